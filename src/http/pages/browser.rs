//! The person's browser: its session, its forms' tokens, and where it is sent (security §4.5, §4.6).

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::cookie;
use super::super::extract::origin;
use super::super::failure::Failure;
use super::super::settings::WebSettings;
use super::form::Why;
use crate::flows::Node;
use crate::flows::form_token::{self, FormRefusal};
use crate::flows::session::{self, SignedIn};
use crate::oauth::parameters::Parameters;

/// A signed-in browser, and its cookie. Its forms hang on its session: who types the password again in another tab gets
/// another cookie, and the forms that are open stay good (security §4.6). No `Debug`.
pub struct Browser {
    /// Whose it is.
    pub signed_in: SignedIn,
    cookie: String,
}

impl Browser {
    /// Gives the browser its session; the cookie from before the login goes (security §3, 54).
    pub fn set_cookies(&self, node: &Node, settings: &WebSettings, response: &mut HttpResponse) {
        let (name, before) =
            (cookie::session_name(settings.https), cookie::before_login_name(settings.https));
        let lifetime = node.policy.session_lifetime;
        set_cookie(response, cookie::for_pages(settings, name, &self.cookie, lifetime));
        set_cookie(response, cookie::for_pages(settings, before, "", 0));
    }

    /// Whether its person typed their password within so many seconds.
    pub fn proved_within(&self, node: &Node, seconds: i64) -> bool {
        node.clock.now() <= self.signed_in.session.auth_time.plus_seconds(seconds)
    }

    /// A token for a form of this session.
    pub fn form_token(&self, node: &Node, form: &str) -> String {
        form_token::issue(node, &self.session(), form)
    }

    fn session(&self) -> String {
        self.signed_in.session.id.to_string()
    }

    /// Why what another session's form sent is not looked at, if it did.
    pub fn refuses_foreign(&self, node: &Node, form: &str, fields: &Parameters) -> Option<Why> {
        let token = fields.get("csrf_token");
        form_token::is_foreign(node, &self.session(), form, token).then(|| self.other_person())
    }

    fn other_person(&self) -> Why {
        Why::OtherPerson(self.signed_in.user.username.clone())
    }

    /// Takes what the form of this name of this session sent, once.
    ///
    /// # Errors
    /// 503 while it cannot be told whether it was sent before.
    pub async fn take_form(
        &self,
        node: &Node,
        form: &str,
        fields: &Parameters,
    ) -> Result<Result<(), Why>, Failure> {
        let taken = form_token::take(node, &self.session(), form, fields.get("csrf_token")).await?;
        Ok(taken.map_err(|why| match why {
            FormRefusal::Expired => Why::Late,
            FormRefusal::Sent => Why::Sent,
            FormRefusal::OtherSession => self.other_person(),
        }))
    }
}

/// The session of a request, if it is live.
///
/// # Errors
/// 503 if it cannot be looked up.
pub async fn find(
    request: &HttpRequest,
    node: &Node,
    settings: &WebSettings,
) -> Result<Option<Browser>, Failure> {
    let Some(cookie) = cookie::value(request, cookie::session_name(settings.https)) else { return Ok(None) };
    of_cookie(node, cookie).await
}

/// The browser that holds this session cookie, if it is live.
///
/// # Errors
/// 503 if it cannot be looked up.
pub async fn of_cookie(node: &Node, cookie: &str) -> Result<Option<Browser>, Failure> {
    let signed_in = session::find(node, cookie).await?;
    Ok(signed_in.map(|signed_in| Browser { signed_in, cookie: cookie.to_owned() }))
}

/// Refuses a form that another site sent. Our pages send no referrer, so browsers that do not know `Sec-Fetch-Site`
/// write `Origin: null` (Fetch standard, "append a request `Origin` header"): for those the form's token decides.
///
/// # Errors
/// 403.
pub fn prove_origin(request: &HttpRequest, settings: &WebSettings) -> Result<(), Failure> {
    let headers = request.headers();
    let is_null = headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes() == b"null");
    if is_null && !headers.contains_key("sec-fetch-site") {
        return Ok(());
    }
    origin::prove(request, settings.own_origins.get(..1).unwrap_or_default())
}

/// `next=…` with the path encoded.
pub fn next_query(next: &str) -> String {
    query("next", next)
}

/// `name=…` with the value encoded.
pub fn query(name: &str, value: &str) -> String {
    format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))
}

/// 303 (RFC 9110 §15.4.4): never repeats a POST elsewhere (RFC 9700 §4.12).
///
/// # Errors
/// 500 if `location` cannot stand in a header.
pub fn see_other(location: &str) -> Result<HttpResponse, Failure> {
    let location = HeaderValue::from_str(location).map_err(|_| Failure {
        cause: Some("a location that no header can carry".into()),
        ..Failure::server_error()
    })?;
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, location)).finish())
}

/// Adds a cookie.
pub fn set_cookie(response: &mut HttpResponse, value: Option<HeaderValue>) {
    if let Some(value) = value {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// To the sign-in page, and then to `path`.
pub fn sign_in(path: &str) -> Failure {
    sent_to(&login_address(path, ""))
}

/// The same for who is signed in and has to prove it once more.
pub fn sign_in_again(path: &str) -> Failure {
    sent_to(&prove_address(path))
}

/// The address of the page where they do, which leads to `path`.
pub fn prove_address(path: &str) -> String {
    login_address(path, "&again=1")
}

fn login_address(path: &str, more: &str) -> String {
    format!("/login?{}{more}", next_query(path))
}

fn sent_to(location: &str) -> Failure {
    HeaderValue::from_str(location).map_or_else(|_| Failure::server_error(), Failure::see_other)
}
