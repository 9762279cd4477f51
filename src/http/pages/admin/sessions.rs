//! `/admin/sessions`: what everybody is signed in with, and ending one of them.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path};
use askama::Template;
use uuid::Uuid;

use super::super::super::failure::Failure;
use super::super::browser::see_other;
use super::super::form::Form;
use super::super::visit::{Administrator, Page};
use super::audit::whose;
use super::{Found, asked, done, found, id_of};
use crate::flows::sessions::{self, SessionRefusal, SignIn, SignInKind};
use crate::flows::user_administration;

/// A sign-in and whose it is, with a token for the form that ends it.
struct Row {
    sign_in: SignIn,
    owner: String,
    token: String,
    /// Whether it is the administrator's own, of this browser.
    is_this: bool,
}

#[derive(Template)]
#[template(path = "admin/sessions.html", config = "src/http/pages/askama.toml")]
struct Sessions<'a> {
    page: Page<'a>,
    done: Option<String>,
    form: Form,
    /// What is wrong with a form that was sent.
    faults: Form,
    found: Found<Row>,
}

/// The id of the words for a kind of sign-in.
pub fn kind(kind: impl std::borrow::Borrow<SignInKind>) -> &'static str {
    match kind.borrow() {
        SignInKind::Browser => "admin-session-browser",
        SignInKind::Login => "admin-session-login",
        SignInKind::App => "admin-session-app",
    }
}

/// Shows them.
///
/// # Errors
/// 400 for a filter that is not known, 503.
pub async fn get(visit: Administrator) -> Result<HttpResponse, Failure> {
    show(&visit, StatusCode::OK, Form::new()).await
}

async fn show(visit: &Administrator, status: StatusCode, faults: Form) -> Result<HttpResponse, Failure> {
    let (listing, parameters) = asked(visit, &["user"])?;
    let mut form = Form::sent(&parameters, &["user"]);
    let user = match parameters.get("user") {
        None => None,
        Some(text) => whose(visit, text).await?,
    };
    let after = listing.after().map_err(|_| visit.not_known())?;
    let all = if parameters.get("user").is_some() && user.is_none() {
        form = form.wrong("user", visit.words.say("admin-filter-unknown"));
        Vec::new()
    } else {
        sessions::list_of(&visit.node, user, after, listing.to_read()).await?
    };
    let names = all.iter().map(|one| one.user_id).collect();
    let names = user_administration::names(&visit.node, names).await?;
    let owner = |id: Uuid| names.iter().find(|(own, _)| *own == id).map(|(_, name)| name.clone());
    let row = |sign_in: SignIn| Row {
        owner: owner(sign_in.user_id).unwrap_or_default(),
        token: visit.form_token(&form_of(sign_in.id)),
        is_this: sign_in.id == visit.browser.signed_in.session.id,
        sign_in,
    };
    let rows = all.into_iter().map(row).collect();
    let page = Sessions {
        page: visit.page(),
        done: done(visit, &parameters),
        form,
        faults,
        found: found("/admin/sessions", (&listing, &parameters), rows, |row| {
            row.sign_in.id.as_bytes().to_vec()
        }),
    };
    visit.show(status, &page)
}

/// Where an administrator comes back to who had to sign in to end one: to the list.
///
/// # Errors
/// 303 to sign in first, 404 for anybody else.
pub async fn show_all(_: Administrator) -> Result<HttpResponse, Failure> {
    see_other("/admin/sessions")
}

/// Ends one, and everything that hangs on it.
///
/// # Errors
/// 403 for a form that is not ours, 404.
pub async fn end(visit: Administrator, path: Path<String>, body: Bytes) -> Result<HttpResponse, Failure> {
    let id = id_of(&path)?;
    if let Err(back) = visit.form_or_again(&body, &form_of(id)).await? {
        return show(&visit, StatusCode::FORBIDDEN, back.form(visit.words, &[])).await;
    }
    match sessions::end_of_anybody(&visit.node, visit.actor(), id).await? {
        Ok(()) => see_other("/admin/sessions?done=ended"),
        Err(SessionRefusal::NotAllowed(_)) => Err(visit.refused("failure-signed_out")),
        Err(SessionRefusal::Unknown) => Err(Failure::not_found()),
    }
}

fn form_of(id: Uuid) -> String {
    format!("end-session:{id}")
}
