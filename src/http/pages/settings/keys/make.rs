//! `…/keys/new`: a new API key, whose secret is shown this once (contract §2, §9; security §3, 50).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::super::super::super::failure::Failure;
use super::super::super::form::Form;
use super::super::super::long_list;
use super::super::super::visit::{Member, Page};
use super::fields::{self, Choices};
use super::{At, refusal, secret};
use crate::account::access::ProjectPart;
use crate::account::project::Project;
use crate::flows::api_keys::{self, Place};
use crate::flows::projects;

/// Most projects that are offered to confine a key to; the others have a button for it of their own.
const PROJECTS: i64 = 50;

#[derive(Template)]
#[template(path = "settings/keys/make.html", config = "src/http/pages/askama.toml")]
struct Make<'a> {
    page: Page<'a>,
    form: Form,
    csrf_token: String,
    choices: Choices,
    project: Option<&'a Project>,
    projects: Vec<Project>,
    action: String,
    home: String,
    is_new: bool,
    ends: Option<crate::clock::UnixTime>,
    class_limit: i64,
}

/// Shows the form.
///
/// # Errors
/// 303 to sign in again if the last time was too long ago, 403 and 404 of a project.
pub async fn ask(member: Member) -> Result<HttpResponse, Failure> {
    let at = At::find(&member, ProjectPart::Keys).await?;
    member.proved_lately()?;
    let choices = fields::choices(&member, at.project.is_some());
    let form = fields::blank(&at, &choices);
    show(&member, &at, StatusCode::OK, form).await
}

/// Makes the key and shows it.
///
/// # Errors
/// As [`ask`], 403 for a form that another site sent.
pub async fn make(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    let at = At::find(&member, ProjectPart::Keys).await?;
    let choices = fields::choices(&member, at.project.is_some());
    let sent = match member.proved_form(&body, &form_name(&at)).await? {
        Ok(sent) => sent,
        Err(back) => {
            let form = back.told(member.words, fields::sent(&back.typed, &choices));
            return show(&member, &at, StatusCode::FORBIDDEN, form).await;
        }
    };
    let limit = member.node.policy.rate_limits.api_key;
    let said = match fields::read(member.words, &sent, &choices, limit, member.node.clock.now()) {
        Ok(said) => said,
        Err(form) => return show(&member, &at, StatusCode::BAD_REQUEST, form).await,
    };
    let place = match sent.get("project") {
        Some(project) if at.project.is_none() => {
            Place::Project(long_list::id(Some(project)).ok_or_else(Failure::not_found)?)
        }
        _ => at.place,
    };
    match api_keys::create(&member.node, member.actor(), member.user().id, place, said.into_new()).await? {
        Ok(made) => secret::shown(&member, &at, &made, "key-made"),
        Err(refused) => {
            let form = fields::sent(&sent, &choices).wrong("", member.words.say(refusal(&refused)));
            show(&member, &at, StatusCode::BAD_REQUEST, form).await
        }
    }
}

/// The name of the form: of one place.
fn form_name(at: &At) -> String {
    format!("new-key:{}", at.base())
}

async fn show(member: &Member, at: &At, status: StatusCode, form: Form) -> Result<HttpResponse, Failure> {
    let projects = if at.project.is_none() {
        let mine = projects::mine(&member.node, member.user().id, None, PROJECTS).await?;
        mine.into_iter().filter(|(_, role)| role.manages_keys()).map(|(project, _)| project).collect()
    } else {
        Vec::new()
    };
    let page = Make {
        page: member.page(),
        form: fields::labelled(member.words, form),
        csrf_token: member.form_token(&form_name(at)),
        choices: fields::choices(member, at.project.is_some()),
        project: at.project.as_ref(),
        projects,
        action: format!("{}/new", at.base()),
        home: at.home(),
        is_new: true,
        ends: None,
        class_limit: i64::from(member.node.policy.rate_limits.api_key),
    };
    member.show(status, &page)
}
