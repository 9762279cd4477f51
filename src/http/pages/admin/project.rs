//! `/admin/projects/{id}`: one project, whosever it is, with its members and keys; removing it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path};
use askama::Template;
use uuid::Uuid;

use super::super::super::failure::Failure;
use super::super::browser::see_other;
use super::super::form::Form;
use super::super::long_list::{self, Piece};
use super::super::projects::settings::some_members;
use super::super::visit::{Administrator, Page};
use super::confirm::{self, Question};
use super::{id_of, user::GLANCE};
use crate::account::api_key::ApiKey;
use crate::account::project::{Member, Project};
use crate::flows::api_keys::administration::{self as keys, Search};
use crate::flows::projects::{self, ProjectRefusal, administration};

#[derive(Template)]
#[template(path = "admin/project.html", config = "src/http/pages/askama.toml")]
struct One<'a> {
    page: Page<'a>,
    project: &'a Project,
    members: Piece<(Member, &'static str)>,
    keys: Vec<ApiKey>,
}

/// Shows it.
///
/// # Errors
/// 404, 503.
pub async fn get(visit: Administrator, path: Path<String>) -> Result<HttpResponse, Failure> {
    let after = long_list::id(visit.query()?.get("members"));
    let project = find(&visit, id_of(&path)?).await?;
    let of_it = Search { project: Some(project.id), ..Search::default() };
    let page = One {
        page: visit.page(),
        members: some_members(projects::members(&visit.node, project.id).await?, after),
        keys: keys::search(&visit.node, of_it, None, GLANCE).await?,
        project: &project,
    };
    visit.show(StatusCode::OK, &page)
}

/// Asks whether to remove it.
///
/// # Errors
/// 404, 303 to prove again who it is.
pub async fn ask(visit: Administrator, path: Path<String>) -> Result<HttpResponse, Failure> {
    visit.proved_lately()?;
    let project = find(&visit, id_of(&path)?).await?;
    confirm::page(&visit, StatusCode::OK, &question(&visit, &project), Form::new())
}

/// Removes it.
///
/// # Errors
/// 403 for a form that is not ours, 404.
pub async fn delete(visit: Administrator, path: Path<String>, body: Bytes) -> Result<HttpResponse, Failure> {
    let project = find(&visit, id_of(&path)?).await?;
    let fields = match visit.proved_form(&body, &form_of(project.id)).await? {
        Ok(fields) => fields,
        Err(back) => {
            let form = back.form(visit.words, &["typed"]);
            return confirm::page(&visit, StatusCode::FORBIDDEN, &question(&visit, &project), form);
        }
    };
    if fields.get("typed").map(str::trim) != Some(project.name.trim()) {
        let form = Form::sent(&fields, &["typed"]).wrong("typed", visit.words.say("project-fault-typed"));
        return confirm::page(&visit, StatusCode::BAD_REQUEST, &question(&visit, &project), form);
    }
    match administration::delete(&visit.node, visit.actor(), project.id).await? {
        Ok(()) => see_other("/admin/projects?done=deleted"),
        Err(ProjectRefusal::NotAllowed(_)) => Err(visit.refused("failure-signed_out")),
        Err(_) => Err(Failure::not_found()),
    }
}

fn question(visit: &Administrator, project: &Project) -> Question {
    let name = [("name", project.name.as_str())];
    Question {
        title: visit.words.tell("admin-delete", &name),
        explained: visit.words.tell("admin-project-delete-explained", &name),
        action: format!("/admin/projects/{}/delete", project.id),
        form: form_of(project.id),
        typed: Some(visit.words.tell("admin-project-type", &name)),
        button: visit.words.tell("admin-delete-button", &name),
        is_bad: true,
        back: format!("/admin/projects/{}", project.id),
        ..Question::default()
    }
}

fn form_of(id: Uuid) -> String {
    format!("admin-delete-project:{id}")
}

async fn find(visit: &Administrator, id: Uuid) -> Result<Project, Failure> {
    projects::find(&visit.node, id).await?.ok_or_else(Failure::not_found)
}
