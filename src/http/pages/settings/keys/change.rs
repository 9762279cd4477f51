//! `…/keys/{id}/change`: another name, expiry, scope, allow list or limit for a key; its secret stays (contract §9).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::super::super::super::failure::Failure;
use super::super::super::browser;
use super::super::super::form::Form;
use super::super::super::visit::{Member, Page};
use super::fields::{self, Choices};
use super::{At, refusal};
use crate::account::access::ProjectPart;
use crate::account::api_key::ApiKey;
use crate::account::project::Project;
use crate::clock::UnixTime;
use crate::flows::api_keys::{self, KeyRefusal};

#[derive(Template)]
#[template(path = "settings/keys/change.html", config = "src/http/pages/askama.toml")]
struct Change<'a> {
    page: Page<'a>,
    form: Form,
    name: &'a str,
    csrf_token: String,
    choices: Choices,
    /// A key stays where it is.
    projects: Vec<Project>,
    url: String,
    is_new: bool,
    ends: Option<UnixTime>,
    class_limit: i64,
}

/// Shows the form. Its scopes and networks may grow: the password is asked for again.
///
/// # Errors
/// 303 to sign in again if the last time was too long ago, 403 and 404.
pub async fn ask(member: Member) -> Result<HttpResponse, Failure> {
    let at = At::find(&member, ProjectPart::Keys).await?;
    let key = at.key(&member).await?;
    member.proved_lately()?;
    let choices = fields::choices(&member, at.project.is_some());
    show(&member, &at, &key, StatusCode::OK, fields::filled(&key, &choices))
}

/// Changes the key.
///
/// # Errors
/// As [`ask`], 403 for a form that another site sent.
pub async fn change(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    let at = At::find(&member, ProjectPart::Keys).await?;
    let key = at.key(&member).await?;
    let choices = fields::choices(&member, at.project.is_some());
    let sent = match member.proved_form(&body, &name(&key)).await? {
        Ok(sent) => sent,
        Err(back) => {
            let kept = fields::filled(&key, &choices);
            let form = back.of_kept(member.words, kept, |typed| fields::sent(typed, &choices));
            return show(&member, &at, &key, StatusCode::FORBIDDEN, form);
        }
    };
    let limit = member.node.policy.rate_limits.api_key;
    let said = match fields::read(member.words, &sent, &choices, limit, member.node.clock.now()) {
        Ok(said) => said,
        Err(form) => return show(&member, &at, &key, StatusCode::BAD_REQUEST, form),
    };
    match api_keys::update(&member.node, member.actor(), at.place, key.id, said.into_change()).await? {
        Ok(_) => browser::see_other(&format!("{}?done=changed", at.url(key.id))),
        Err(KeyRefusal::Unknown) => Err(Failure::not_found()),
        Err(refused) => {
            let form = fields::sent(&sent, &choices).wrong("", member.words.say(refusal(&refused)));
            show(&member, &at, &key, StatusCode::BAD_REQUEST, form)
        }
    }
}

fn name(key: &ApiKey) -> String {
    format!("change-key:{}", key.id)
}

fn show(
    member: &Member,
    at: &At,
    key: &ApiKey,
    status: StatusCode,
    form: Form,
) -> Result<HttpResponse, Failure> {
    let page = Change {
        page: member.page(),
        form: fields::labelled(member.words, form),
        name: &key.name,
        csrf_token: member.form_token(&name(key)),
        choices: fields::choices(member, at.project.is_some()),
        projects: Vec::new(),
        url: at.url(key.id),
        is_new: false,
        ends: key.expires_at,
        class_limit: i64::from(member.node.policy.rate_limits.api_key),
    };
    member.show(status, &page)
}
