//! `…/keys/{id}/disable`, `/enable` and `/revoke`: switching a key off, on again, and ending it (contract §9).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;
use uuid::Uuid;

use super::super::super::super::failure::Failure;
use super::super::super::browser;
use super::super::super::form::{Form, SentBack, Why};
use super::super::super::long_list;
use super::super::super::visit::{Member, Page};
use super::{At, failure, key};
use crate::account::access::ProjectPart;
use crate::account::api_key::{ApiKey, Status};
use crate::flows::api_keys::{self, KeyRefusal};

#[derive(Template)]
#[template(path = "settings/keys/revoke.html", config = "src/http/pages/askama.toml")]
struct Revoke<'a> {
    page: Page<'a>,
    key: &'a ApiKey,
    url: String,
    /// Whether it is dead already, and only leaves the list.
    is_revoked: bool,
    csrf_token: String,
    form: Form,
}

/// Where a person comes back to who had to sign in to switch a key: to the key.
///
/// # Errors
/// 303 to sign in first, 403 and 404 of the key.
pub async fn show_key(member: Member) -> Result<HttpResponse, Failure> {
    let at = At::find(&member, ProjectPart::Keys).await?;
    let key = at.key(&member).await?;
    browser::see_other(&at.url(key.id))
}

/// Switches a key off.
///
/// # Errors
/// 403 and 404 of the key, and the page again, with 403, for a form that is not ours or was sent before.
pub async fn disable(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    switch(&member, &body, true).await
}

/// Switches a key on again.
///
/// # Errors
/// As [`disable`]; the page again also where the password was typed too long ago.
pub async fn enable(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    switch(&member, &body, false).await
}

async fn switch(member: &Member, body: &Bytes, disabled: bool) -> Result<HttpResponse, Failure> {
    let at = At::find(member, ProjectPart::Keys).await?;
    let key = at.key(member).await?;
    // To switch one off needs nothing.
    let taken = member.proved_form_if(body, &form(key.id), |_| !disabled, &at.url(key.id)).await?;
    if let Err(sent_back) = taken {
        return key::page(member, &at, &key, StatusCode::FORBIDDEN, sent_back.form(member.words, &[]));
    }
    let done = api_keys::set_disabled(&member.node, member.actor(), at.place, key.id, disabled).await?;
    done.map_err(|refused| failure(member, &refused))?;
    let done = if disabled { "disabled" } else { "enabled" };
    browser::see_other(&format!("{}?done={done}", at.url(key.id)))
}

/// The name of the form that switches a key.
pub fn form(key: Uuid) -> String {
    format!("switch-key:{key}")
}

/// Asks before a key is ended.
///
/// # Errors
/// 403 and 404 of the key.
pub async fn ask_to_revoke(member: Member) -> Result<HttpResponse, Failure> {
    let at = At::find(&member, ProjectPart::Keys).await?;
    let key = at.key(&member).await?;
    show_revoke(&member, &at, &key, StatusCode::OK, Form::new())
}

fn show_revoke(
    member: &Member,
    at: &At,
    key: &ApiKey,
    status: StatusCode,
    form: Form,
) -> Result<HttpResponse, Failure> {
    let csrf_token = member.form_token(&revoke_form(key.id));
    let is_revoked = is_revoked(member, key);
    member
        .show(status, &Revoke { page: member.page(), url: at.url(key.id), is_revoked, csrf_token, key, form })
}

/// Whether a key is dead for good.
fn is_revoked(member: &Member, key: &ApiKey) -> bool {
    key.status(member.node.clock.now()) == Status::Revoked
}

/// Ends a key: it is dead at once, and gone.
///
/// # Errors
/// 403 and 404 of the key, and the page again, with 403, for a form that is not ours or was sent before.
pub async fn revoke(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    let at = At::find(&member, ProjectPart::Keys).await?;
    let id = long_list::id(member.request.match_info().get("id")).ok_or_else(Failure::not_found)?;
    let found = api_keys::find(&member.node, at.place, id).await?;
    let done =
        if found.as_ref().is_some_and(|key| is_revoked(&member, key)) { "key-removed" } else { "revoked" };
    let gone = || browser::see_other(&format!("{}?done={done}", at.home()));
    match (member.form_or_again(&body, &revoke_form(id)).await?, found) {
        (Err(sent_back), Some(key)) => {
            let form = sent_back.form(member.words, &[]);
            return show_revoke(&member, &at, &key, StatusCode::FORBIDDEN, form);
        }
        // Sent twice: the second answer is the one that its person sees.
        (Err(SentBack { why: Why::Sent, .. }), None) => return gone(),
        (Err(_), None) => return Err(Failure::not_found()),
        (Ok(_), _) => {}
    }
    match api_keys::delete(&member.node, member.actor(), at.place, id).await? {
        // Gone is gone, whoever was quicker.
        Ok(()) | Err(KeyRefusal::Unknown) => gone(),
        Err(refused) => Err(failure(&member, &refused)),
    }
}

fn revoke_form(key: Uuid) -> String {
    format!("revoke-key:{key}")
}
