//! `/projects/{id}/delete`: the end of a project with its members and keys, after typing its name.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;
use uuid::Uuid;

use super::super::super::failure::Failure;
use super::super::browser;
use super::super::form::Form;
use super::super::visit::{Member, Page};
use super::{failure, inside};
use crate::account::access::ProjectPart;
use crate::account::project::Project;
use crate::flows::projects;

#[derive(Template)]
#[template(path = "projects/delete.html", config = "src/http/pages/askama.toml")]
struct Delete<'a> {
    page: Page<'a>,
    project: &'a Project,
    form: Form,
    csrf_token: String,
}

/// Asks for the name.
///
/// # Errors
/// 303 to sign in again if the last time was too long ago, 403 and 404.
pub async fn ask(member: Member) -> Result<HttpResponse, Failure> {
    let seen = inside(&member, ProjectPart::Management).await?;
    member.proved_lately()?;
    show(&member, &seen.project, StatusCode::OK, Form::new())
}

/// Deletes the project.
///
/// # Errors
/// As [`ask`], and the form again, with 403, if it is not ours or was sent before.
pub async fn delete(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    let seen = inside(&member, ProjectPart::Management).await?;
    let fields = match member.proved_form(&body, &form_name(seen.project.id)).await? {
        Ok(fields) => fields,
        Err(sent_back) => {
            let form = sent_back.form(member.words, &["name"]);
            return show(&member, &seen.project, StatusCode::FORBIDDEN, form);
        }
    };
    if fields.get("name").map(str::trim) != Some(seen.project.name.trim()) {
        let form = Form::sent(&fields, &["name"]).wrong("name", member.words.say("project-fault-typed"));
        return show(&member, &seen.project, StatusCode::BAD_REQUEST, form);
    }
    let done = projects::delete(&member.node, member.actor(), seen.project.id).await?;
    done.map_err(|refused| failure(&member, &refused))?;
    browser::see_other("/projects?done=deleted")
}

fn form_name(project: Uuid) -> String {
    format!("delete-project:{project}")
}

fn show(member: &Member, project: &Project, status: StatusCode, form: Form) -> Result<HttpResponse, Failure> {
    let csrf_token = member.form_token(&form_name(project.id));
    let label = member.words.tell("project-delete-type", &[("project", project.name.as_str())]);
    let form = form.labelled([("name", label)]);
    member.show(status, &Delete { page: member.page(), project, form, csrf_token })
}
