//! Forms of people who need not be signed in: their token hangs on the cookie from before the login (security §4.6).

use actix_web::HttpResponse;

use super::super::cookie;
use super::browser;
use super::login::BEFORE_LOGIN_SECONDS;
use super::visit::Visit;
use crate::flows::form_token;
use crate::oauth::parameters::Parameters;

/// Such a form's token, and the cookie it hangs on. No `Debug`.
pub struct OpenForm {
    /// The value of `csrf_token`.
    pub token: String,
    cookie: String,
}

impl OpenForm {
    /// A token for the form of this name.
    pub fn issue(visit: &Visit, form: &str) -> Self {
        let cookie = browser::before_login(&visit.request, &visit.settings);
        Self { token: form_token::issue(&visit.node, &cookie, form), cookie }
    }

    /// Whether the fields came from the form of this name in this browser, not too long ago.
    pub fn is_ours(visit: &Visit, fields: &Parameters, form: &str) -> bool {
        let name = cookie::before_login_name(visit.settings.https);
        cookie::value(&visit.request, name)
            .is_some_and(|before| form_token::is_ours(&visit.node, before, form, fields.get("csrf_token")))
    }

    /// Gives the browser the cookie.
    pub fn set_cookie(&self, visit: &Visit, response: &mut HttpResponse) {
        let name = cookie::before_login_name(visit.settings.https);
        let cookie = cookie::for_pages(&visit.settings, name, &self.cookie, BEFORE_LOGIN_SECONDS);
        browser::set_cookie(response, cookie);
    }
}
