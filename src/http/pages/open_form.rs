//! Forms of people who need not be signed in: their token hangs on the cookie from before the login (security §4.6).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::super::cookie;
use super::super::failure::Failure;
use super::browser;
use super::visit::Visit;
use crate::flows::form_token;
use crate::oauth::parameters::Parameters;

/// How long a browser keeps the cookie such a form hangs on: as long as the form's token (an hour), and as long again for a
/// form that is sent late.
const COOKIE_SECONDS: i64 = 7200;

/// Such a form's token, and the cookie it hangs on. No `Debug`.
pub struct OpenForm {
    /// The value of `csrf_token`.
    pub token: String,
    cookie: String,
}

impl OpenForm {
    /// A token for the form of this name.
    pub fn issue(visit: &Visit, form: &str) -> Self {
        let known = cookie::value(&visit.request, cookie::before_login_name(visit.settings.https));
        let cookie = match known.filter(|value| is_cookie(value)) {
            Some(value) => value.to_owned(),
            None => (visit.settings.nonce)(),
        };
        Self { token: form_token::issue(&visit.node, &cookie, form), cookie }
    }

    /// Whether the fields came from the form of this name in this browser, not too long ago.
    pub fn is_ours(visit: &Visit, fields: &Parameters, form: &str) -> bool {
        let name = cookie::before_login_name(visit.settings.https);
        cookie::value(&visit.request, name)
            .filter(|before| !before.is_empty())
            .is_some_and(|before| form_token::is_ours(&visit.node, before, form, fields.get("csrf_token")))
    }

    /// Shows the form's page, and gives the browser the cookie.
    ///
    /// # Errors
    /// 500 if it cannot be written.
    pub fn show(
        &self,
        visit: &Visit,
        status: StatusCode,
        page: &impl Template,
    ) -> Result<HttpResponse, Failure> {
        let mut response = visit.show(status, page)?;
        let name = cookie::before_login_name(visit.settings.https);
        let cookie = cookie::for_pages(&visit.settings, name, &self.cookie, COOKIE_SECONDS);
        browser::set_cookie(&mut response, cookie);
        Ok(response)
    }
}

fn is_cookie(value: &str) -> bool {
    value.len() == 32 && value.bytes().all(|b| b.is_ascii_alphanumeric())
}
