//! `…/keys/{id}/disable`, `/enable` and `/revoke`: switching a key off, on again, and ending it (contract §9).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;
use uuid::Uuid;

use super::super::super::super::failure::Failure;
use super::super::super::browser;
use super::super::super::visit::{Member, Page};
use super::{At, failure};
use crate::account::access::ProjectPart;
use crate::account::api_key::ApiKey;
use crate::flows::api_keys::{self, KeyRefusal};

#[derive(Template)]
#[template(path = "settings/keys/revoke.html", config = "src/http/pages/askama.toml")]
struct Revoke<'a> {
    page: Page<'a>,
    key: &'a ApiKey,
    url: String,
    csrf_token: String,
}

/// Switches a key off.
///
/// # Errors
/// 403 for a form that is not ours, 403 and 404 of the key.
pub async fn disable(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    switch(&member, &body, true).await
}

/// Switches a key on again.
///
/// # Errors
/// As [`disable`], 303 to prove again who it is.
pub async fn enable(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    switch(&member, &body, false).await
}

async fn switch(member: &Member, body: &Bytes, disabled: bool) -> Result<HttpResponse, Failure> {
    let at = At::find(member, ProjectPart::Keys).await?;
    let key = at.key(member).await?;
    member.form(body, &form(key.id)).await?;
    if !disabled {
        member.proved_lately_or_at(&at.url(key.id))?;
    }
    let done = api_keys::set_disabled(&member.node, at.actor(), at.place, key.id, disabled).await?;
    done.map_err(|refused| failure(&refused))?;
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
    let csrf_token = member.form_token(&revoke_form(key.id));
    let page = Revoke { page: member.page(), url: at.url(key.id), csrf_token, key: &key };
    member.show(StatusCode::OK, &page)
}

/// Ends a key: it is dead at once, and gone.
///
/// # Errors
/// 403 for a form that is not ours, 403 and 404 of the key.
pub async fn revoke(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    let at = At::find(&member, ProjectPart::Keys).await?;
    let key = at.key(&member).await?;
    member.form(&body, &revoke_form(key.id)).await?;
    match api_keys::delete(&member.node, at.actor(), at.place, key.id).await? {
        // Gone is gone, whoever was quicker.
        Ok(()) | Err(KeyRefusal::Unknown) => browser::see_other(&format!("{}?done=revoked", at.home())),
        Err(refused) => Err(failure(&refused)),
    }
}

fn revoke_form(key: Uuid) -> String {
    format!("revoke-key:{key}")
}
