//! `/logout`: a page with a button, since a GET changes nothing (security §4.6), and signing out by POST.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::super::cookie;
use super::super::failure::Failure;
use super::browser::{self, Browser};
use super::form;
use super::visit::{Page, Visit};
use crate::flows::form_token::FormRefusal;
use crate::flows::session;

const FORM: &str = "logout";

#[derive(Template)]
#[template(path = "logout.html", config = "src/http/pages/askama.toml")]
struct Logout<'a> {
    page: Page<'a>,
    username: &'a str,
    csrf_token: &'a str,
    notice: Option<String>,
}

#[derive(Template)]
#[template(path = "signed_out.html", config = "src/http/pages/askama.toml")]
struct SignedOut<'a> {
    page: Page<'a>,
}

/// Asks once more.
///
/// # Errors
/// 503 if the session cannot be looked up.
pub async fn get(visit: Visit) -> Result<HttpResponse, Failure> {
    match &visit.browser {
        Some(browser) => question(&visit, browser, None),
        None => visit.show(StatusCode::OK, &SignedOut { page: visit.page() }),
    }
}

fn question(visit: &Visit, browser: &Browser, again: Option<FormRefusal>) -> Result<HttpResponse, Failure> {
    let page = Logout {
        page: visit.page(),
        username: &browser.signed_in.user.username,
        csrf_token: &browser.form_token(&visit.node, FORM),
        notice: again.map(|why| form::notice(visit.words, why)),
    };
    visit.show(form::status(again), &page)
}

/// Signs out.
///
/// # Errors
/// 403 for a form that another site sent; one that was open for too long is shown again.
pub async fn post(visit: Visit, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = visit.fields(&body)?;
    if let Some(browser) = &visit.browser {
        if let Err(why) = browser.take_form(&visit.node, FORM, &fields).await? {
            return question(&visit, browser, Some(why));
        }
        session::end(&visit.node, &browser.signed_in, visit.address()).await?;
    }
    let mut response = visit.show(StatusCode::OK, &SignedOut { page: Page { who: None, ..visit.page() } })?;
    let cleared = cookie::for_pages(&visit.settings, cookie::session_name(visit.settings.https), "", 0);
    browser::set_cookie(&mut response, cleared);
    Ok(response)
}
