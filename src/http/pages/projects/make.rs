//! `/projects/new`: a project of one's own.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::super::super::failure::Failure;
use super::super::browser;
use super::super::form::Form;
use super::super::visit::{Member, Page};
use super::failure;
use crate::account::project::validate_name;
use crate::flows::projects;

const FORM: &str = "new-project";

#[derive(Template)]
#[template(path = "projects/make.html", config = "src/http/pages/askama.toml")]
struct Make<'a> {
    page: Page<'a>,
    form: Form,
    csrf_token: String,
}

/// Shows the form.
///
/// # Errors
/// 303 to sign in.
pub async fn ask(member: Member) -> Result<HttpResponse, Failure> {
    show(&member, StatusCode::OK, Form::new().with("visibility", "private"))
}

/// Makes the project.
///
/// # Errors
/// 303 to sign in, 403 for a form that another site sent.
pub async fn make(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = member.fields(&body)?;
    let form = Form::sent(&fields, &["name", "visibility"]);
    if let Err(why) = member.browser.take_form(&member.node, FORM, &fields).await? {
        return show(&member, StatusCode::FORBIDDEN, form.sent_back(member.words, &why));
    }
    let name = fields.get("name").unwrap_or_default().trim();
    if validate_name(name).is_err() {
        let form = form.wrong("name", member.words.say("project-fault-name"));
        return show(&member, StatusCode::BAD_REQUEST, form);
    }
    let is_public = fields.get("visibility") == Some("public");
    let made = projects::create(&member.node, member.actor(), member.user().id, name, is_public).await?;
    let project = made.map_err(|refused| failure(&member, &refused))?;
    browser::see_other(&format!("/projects/{}/settings?done=made", project.id))
}

fn show(member: &Member, status: StatusCode, form: Form) -> Result<HttpResponse, Failure> {
    let csrf_token = member.form_token(FORM);
    let form = form.helped("name").labelled([("name", member.words.say("project-name"))]);
    member.show(status, &Make { page: member.page(), form, csrf_token })
}
