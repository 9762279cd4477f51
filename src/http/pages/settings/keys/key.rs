//! `…/keys/{id}`: everything that is known of a key, its secret apart (contract §9).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use ipnet::IpNet;

use super::super::super::super::failure::Failure;
use super::super::super::form::Form;
use super::super::super::visit::{Member, Page};
use super::{At, row, status};
use crate::account::access::ProjectPart;
use crate::account::api_key::{ApiKey, Slot, Status};
use crate::account::project::Project;

#[derive(Template)]
#[template(path = "settings/keys/key.html", config = "src/http/pages/askama.toml")]
struct Shown<'a> {
    page: Page<'a>,
    key: &'a ApiKey,
    url: String,
    home: String,
    project: Option<&'a Project>,
    networks: Vec<String>,
    marks: Vec<(&'static str, &'static str)>,
    done: Option<&'static str>,
    form: Form,
    csrf_token: String,
    /// Whether it is dead for good, and can only be removed.
    is_revoked: bool,
    is_mine: bool,
    is_barbell: bool,
    reveals: bool,
}

/// Shows it.
///
/// # Errors
/// 404, and 403 of a project.
pub async fn show(member: Member) -> Result<HttpResponse, Failure> {
    let at = At::find(&member, ProjectPart::Keys).await?;
    let key = at.key(&member).await?;
    page(&member, &at, &key, StatusCode::OK, Form::new())
}

/// The page, with what became of a form of it that was sent.
///
/// # Errors
/// 400 for a query that cannot be read.
pub fn page(
    member: &Member,
    at: &At,
    key: &ApiKey,
    status: StatusCode,
    form: Form,
) -> Result<HttpResponse, Failure> {
    let now = member.node.clock.now();
    let page = Shown {
        page: member.page(),
        url: at.url(key.id),
        home: at.home(),
        project: at.project.as_ref(),
        networks: key.ip_allow.iter().map(IpNet::to_string).collect(),
        marks: row::marks(key, now),
        done: member.query()?.get("done").and_then(done),
        form,
        csrf_token: member.form_token(&status::form(key.id)),
        is_revoked: key.status(now) == Status::Revoked,
        is_mine: at.made(key),
        is_barbell: key.slot == Some(Slot::Barbell),
        reveals: member.node.policy.reveal_keys && key.slot.is_none(),
        key,
    };
    member.show(status, &page)
}

/// What was done on the page before, in words.
fn done(name: &str) -> Option<&'static str> {
    match name {
        "changed" => Some("key-done-changed"),
        "disabled" => Some("key-done-disabled"),
        "enabled" => Some("key-done-enabled"),
        _ => None,
    }
}
