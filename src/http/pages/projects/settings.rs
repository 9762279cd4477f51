//! `/projects/{id}/settings`: name and visibility, members, and the project's own API keys (contract §7, §9). Every member
//! sees it; an editor manages the keys, an owner everything.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;
use uuid::Uuid;

use super::super::super::failure::Failure;
use super::super::browser;
use super::super::form::{Form, Why, notice};
use super::super::long_list::{self, Piece};
use super::super::settings::keys::At;
use super::super::settings::keys::row::{self, Row};
use super::super::visit::{Member, Page, Visit, sign_in_first};
use super::{Choice, enter, failure, inside, role_words, roles};
use crate::account::access::ProjectPart;
use crate::account::project::{self, Project, Role, validate_name};
use crate::flows::projects::Seen;
use crate::flows::{api_keys, projects};

/// Members of a page, and keys of a page: both stand on it, and have to fit into 23 KB.
const PAGE: usize = 10;

#[derive(Template)]
#[template(path = "projects/settings.html", config = "src/http/pages/askama.toml")]
struct Settings<'a> {
    page: Page<'a>,
    project: &'a Project,
    done: Option<&'static str>,
    form: Form,
    csrf_token: String,
    adding: Form,
    add_token: String,
    roles: [Choice; 3],
    owns: bool,
    manages_keys: bool,
    is_first: bool,
    members: Piece<(project::Member, &'static str)>,
    me: Uuid,
    keys: Piece<Row>,
    issuer: &'a str,
}

/// Shows the page.
///
/// # Errors
/// 303 to sign in where a stranger may know that it is there, 403, 404.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let seen = enter(&visit, visit.actor(), ProjectPart::Inside).await?;
    let member = Member::of(visit)?;
    page(&member, &seen, StatusCode::OK, filled(&seen.project), blank()).await
}

/// Changes name and visibility.
///
/// # Errors
/// As [`show`], 403 for a form that another site sent.
pub async fn change(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    let seen = inside(&member, ProjectPart::Management).await?;
    let id = seen.project.id;
    let fields = member.fields(&body)?;
    let form = Form::sent(&fields, &["name", "visibility"]).helped("name");
    if let Err(why) = member.browser.take_form(&member.node, &form_name(id), &fields).await? {
        let form = match &why {
            Why::OtherPerson(_) => filled(&seen.project).wrong("", notice(member.words, &why)),
            _ => form.sent_back(member.words, &why),
        };
        return page(&member, &seen, StatusCode::FORBIDDEN, form, blank()).await;
    }
    let name = fields.get("name").unwrap_or_default().trim();
    if validate_name(name).is_err() {
        let form = form.wrong("name", member.words.say("project-fault-name"));
        return page(&member, &seen, StatusCode::BAD_REQUEST, form, blank()).await;
    }
    let is_public = fields.get("visibility") == Some("public");
    let done =
        projects::update(&member.node, member.actor(), id, Some(name.to_owned()), Some(is_public)).await?;
    done.map_err(|refused| failure(&member, &refused))?;
    browser::see_other(&format!("/projects/{id}/settings?done=changed"))
}

/// The form to add a member, empty.
pub(super) fn blank() -> Form {
    Form::new().with("role", Role::Viewer.as_str())
}

pub(super) fn filled(project: &Project) -> Form {
    let visibility = if project.is_public { "public" } else { "private" };
    Form::new().with("name", project.name.as_str()).with("visibility", visibility).helped("name")
}

fn form_name(project: Uuid) -> String {
    format!("project:{project}")
}

/// The name of the form that adds a member.
pub(super) fn add_form(project: Uuid) -> String {
    format!("add-member:{project}")
}

/// The page, with what was typed and what is wrong with it.
pub(super) async fn page(
    member: &Member,
    seen: &Seen,
    status: StatusCode,
    form: Form,
    adding: Form,
) -> Result<HttpResponse, Failure> {
    // Signed out meanwhile, or not a member any more: `seen` says so.
    let Some(role) = seen.role else { return Err(sign_in_first(&member.request)) };
    let (query, project) = (member.query()?, &seen.project);
    let before = long_list::cursor(member, &query)?;
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX).saturating_add(1);
    let at = At::project(member, project.clone());
    let keys = Piece::cut(api_keys::list(&member.node, at.place, before, limit).await?, PAGE, |key| key.id);
    let all = projects::members(&member.node, project.id).await?;
    let manages_keys = role.manages_keys();
    let page = Settings {
        page: member.page(),
        project,
        done: query.get("done").and_then(done),
        form: form.labelled([("name", member.words.say("project-name"))]),
        csrf_token: member.form_token(&form_name(project.id)),
        adding: adding.labelled([("user", member.words.say("sign-in-name"))]),
        add_token: member.form_token(&add_form(project.id)),
        roles: roles(),
        owns: role == Role::Owner,
        manages_keys,
        is_first: before.is_none(),
        keys: Piece { next: keys.next, rows: row::of_project(&at, keys.rows, &all, manages_keys) },
        members: some_members(all, long_list::id(query.get("members"))),
        me: member.user().id,
        issuer: &member.settings.issuer,
    };
    member.show(status, &page)
}

/// A page of the members after this one, in the order of their ids.
pub fn some_members(
    mut all: Vec<project::Member>,
    after: Option<Uuid>,
) -> Piece<(project::Member, &'static str)> {
    all.sort_by_key(|member| member.user_id);
    all.retain(|member| after.is_none_or(|after| member.user_id > after));
    let piece = Piece::cut(all, PAGE, |member| member.user_id);
    let worded = |member: project::Member| {
        let words = role_words(member.role);
        (member, words)
    };
    Piece { next: piece.next, rows: piece.rows.into_iter().map(worded).collect() }
}

/// What was done on the page before, in words.
fn done(name: &str) -> Option<&'static str> {
    match name {
        "made" => Some("project-done-made"),
        "changed" => Some("project-done-changed"),
        "added" => Some("project-done-added"),
        "role" => Some("project-done-role"),
        "removed" => Some("project-done-removed"),
        "revoked" => Some("key-done-revoked"),
        "key-removed" => Some("key-done-removed"),
        _ => None,
    }
}
