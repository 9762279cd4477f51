//! `/projects/{id}/members/…`: adding somebody by user name or e-mail address, another role, removing, leaving
//! (contract §7, §9).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;
use uuid::Uuid;

use super::super::super::failure::Failure;
use super::super::browser;
use super::super::form::Form;
use super::super::long_list;
use super::super::visit::{Member, Page};
use super::{Choice, failure, inside, roles, settings};
use crate::account::access::ProjectPart;
use crate::account::project::{self, Project, Role};
use crate::flows::projects::{self, ProjectRefusal, Seen};
use crate::oauth::parameters::Parameters;

#[derive(Template)]
#[template(path = "projects/member.html", config = "src/http/pages/askama.toml")]
struct Change<'a> {
    page: Page<'a>,
    project: &'a Project,
    person: &'a project::Member,
    form: Form,
    roles: [Choice; 3],
    csrf_token: String,
}

#[derive(Template)]
#[template(path = "projects/remove.html", config = "src/http/pages/askama.toml")]
struct Remove<'a> {
    page: Page<'a>,
    project: &'a Project,
    person: &'a project::Member,
    leaves: bool,
    form: Form,
    csrf_token: String,
}

/// What is typed to add somebody.
const FIELDS: [&str; 2] = ["user", "role"];

/// Whether somebody gets what lasts longer than this browser is open, for which the password counts: making keys.
fn lets_in(fields: &Parameters) -> bool {
    fields.get("role").and_then(Role::parse).is_some_and(Role::manages_keys)
}

/// Where a person comes back to who had to sign in to add somebody: to the list of members.
///
/// # Errors
/// 303 to sign in first, 403 and 404 of the project.
pub async fn show_all(member: Member) -> Result<HttpResponse, Failure> {
    let seen = inside(&member, ProjectPart::Management).await?;
    browser::see_other(&format!("/projects/{}/settings#members", seen.project.id))
}

/// Adds a member. Who is one keeps their role, which has a page of its own.
///
/// # Errors
/// 403 and 404 of the project, 403 for a form that another site sent.
pub async fn add(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    let seen = inside(&member, ProjectPart::Management).await?;
    let id = seen.project.id;
    let words = member.words;
    let again = async |status, form| {
        settings::page(&member, &seen, status, settings::filled(&seen.project), form).await
    };
    let page = format!("/projects/{id}/settings");
    let fields = match member.proved_form_if(&body, &settings::add_form(id), lets_in, &page).await? {
        Ok(fields) => fields,
        Err(back) => return again(StatusCode::FORBIDDEN, back.form(words, &FIELDS)).await,
    };
    let form = Form::sent(&fields, &FIELDS);
    let Some(who) = fields.get("user").map(str::trim) else {
        return again(StatusCode::BAD_REQUEST, form.wrong("user", words.say("fault-required"))).await;
    };
    let role = role(&member, fields.get("role"))?;
    match projects::add_member(&member.node, member.actor(), id, who, role).await? {
        Ok(_) => browser::see_other(&format!("/projects/{id}/settings?done=added#members")),
        Err(ProjectRefusal::UnknownUser) => {
            again(StatusCode::BAD_REQUEST, form.wrong("user", words.say("project-fault-person"))).await
        }
        Err(ProjectRefusal::MemberAlready) => {
            again(StatusCode::CONFLICT, form.wrong("user", words.say("project-fault-member"))).await
        }
        Err(refused) => Err(failure(&member, &refused)),
    }
}

/// Shows a member's role, to be changed.
///
/// # Errors
/// 403 and 404.
pub async fn show(member: Member) -> Result<HttpResponse, Failure> {
    let seen = inside(&member, ProjectPart::Management).await?;
    let person = of_address(&member, &seen).await?;
    let form = Form::new().with("role", person.role.as_str());
    show_change(&member, &seen, &person, StatusCode::OK, form)
}

/// Gives a member another role.
///
/// # Errors
/// 403 and 404, and the form again, with 403, if it is not ours or was sent before.
pub async fn change(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    let seen = inside(&member, ProjectPart::Management).await?;
    let person = of_address(&member, &seen).await?;
    let id = seen.project.id;
    let (form, page) = (role_form(id, person.user_id), member.request.path());
    let fields = match member.proved_form_if(&body, &form, lets_in, page).await? {
        Ok(fields) => fields,
        Err(sent_back) => {
            let form = sent_back.form(member.words, &["role"]);
            return show_change(&member, &seen, &person, StatusCode::FORBIDDEN, form);
        }
    };
    let role = role(&member, fields.get("role"))?;
    match projects::set_member(&member.node, member.actor(), id, &person.username, role).await? {
        Ok(_) => browser::see_other(&format!("/projects/{id}/settings?done=role#members")),
        Err(ProjectRefusal::LastOwner) => {
            let form = Form::sent(&fields, &["role"]).wrong("", member.words.say("project-fault-last-owner"));
            show_change(&member, &seen, &person, StatusCode::CONFLICT, form)
        }
        Err(refused) => Err(failure(&member, &refused)),
    }
}

/// Asks before somebody is removed, or leaves.
///
/// # Errors
/// 403 and 404.
pub async fn ask_to_remove(member: Member) -> Result<HttpResponse, Failure> {
    let seen = inside(&member, part(&member)).await?;
    let person = of_address(&member, &seen).await?;
    show_remove(&member, &seen, &person, StatusCode::OK, Form::new())
}

/// Removes a member; the keys they made for the project are dead at once.
///
/// # Errors
/// 403 and 404, and the form again, with 403, if it is not ours or was sent before.
pub async fn remove(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    let seen = inside(&member, part(&member)).await?;
    let person = of_address(&member, &seen).await?;
    let id = seen.project.id;
    if let Err(sent_back) = member.form_or_again(&body, &remove_form(id, person.user_id)).await? {
        let form = sent_back.form(member.words, &[]);
        return show_remove(&member, &seen, &person, StatusCode::FORBIDDEN, form);
    }
    match projects::remove_member(&member.node, member.actor(), id, person.user_id).await? {
        Ok(()) if person.user_id == member.user().id => browser::see_other("/projects?done=left"),
        Ok(()) => browser::see_other(&format!("/projects/{id}/settings?done=removed#members")),
        Err(ProjectRefusal::LastOwner) => {
            let form = Form::new().wrong("", member.words.say("project-fault-last-owner"));
            show_remove(&member, &seen, &person, StatusCode::CONFLICT, form)
        }
        Err(refused) => Err(failure(&member, &refused)),
    }
}

/// Anybody may leave; only an owner removes others.
fn part(member: &Member) -> ProjectPart {
    let own = user_id(member) == Some(member.user().id);
    if own { ProjectPart::Inside } else { ProjectPart::Management }
}

fn user_id(member: &Member) -> Option<Uuid> {
    long_list::id(member.request.match_info().get("user_id"))
}

/// The member that the address is about.
async fn of_address(member: &Member, seen: &Seen) -> Result<project::Member, Failure> {
    let id = user_id(member).ok_or_else(Failure::not_found)?;
    let all = projects::members(&member.node, seen.project.id).await?;
    all.into_iter().find(|person| person.user_id == id).ok_or_else(Failure::not_found)
}

fn role(member: &Member, name: Option<&str>) -> Result<Role, Failure> {
    name.and_then(Role::parse).ok_or_else(|| member.not_whole())
}

fn role_form(project: Uuid, user: Uuid) -> String {
    format!("role:{project}:{user}")
}

fn remove_form(project: Uuid, user: Uuid) -> String {
    format!("remove-member:{project}:{user}")
}

fn show_change(
    member: &Member,
    seen: &Seen,
    person: &project::Member,
    status: StatusCode,
    form: Form,
) -> Result<HttpResponse, Failure> {
    let csrf_token = member.form_token(&role_form(seen.project.id, person.user_id));
    let page =
        Change { page: member.page(), project: &seen.project, person, form, roles: roles(), csrf_token };
    member.show(status, &page)
}

fn show_remove(
    member: &Member,
    seen: &Seen,
    person: &project::Member,
    status: StatusCode,
    form: Form,
) -> Result<HttpResponse, Failure> {
    let csrf_token = member.form_token(&remove_form(seen.project.id, person.user_id));
    let leaves = person.user_id == member.user().id;
    let page = Remove { page: member.page(), project: &seen.project, person, leaves, form, csrf_token };
    member.show(status, &page)
}
