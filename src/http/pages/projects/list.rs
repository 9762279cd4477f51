//! `/projects`: those that a person is in, and with `?public=1`, or for a stranger, those that anybody may see.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::super::super::failure::Failure;
use super::super::long_list::{self, Piece};
use super::super::visit::{Page, Visit};
use super::role_words;
use crate::account::project::Project;
use crate::flows::projects;

/// Rows of a page: with long names, as many as fit into 23 KB.
const PAGE: usize = 35;

#[derive(Template)]
#[template(path = "projects/list.html", config = "src/http/pages/askama.toml")]
struct List<'a> {
    page: Page<'a>,
    done: Option<&'static str>,
    is_public: bool,
    is_first: bool,
    /// With the words for the role of who looks.
    projects: Piece<(Project, Option<&'static str>)>,
    issuer: &'a str,
}

/// Shows the page.
///
/// # Errors
/// 400 for a cursor that is none of ours.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let query = visit.query()?;
    let before = long_list::cursor(&visit, &query)?;
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX).saturating_add(1);
    let user = visit.browser.as_ref().map(|browser| browser.signed_in.user.id);
    let (is_public, rows) = match user.filter(|_| query.get("public").is_none()) {
        Some(user) => {
            let mine = projects::mine(&visit.node, user, before, limit).await?;
            (false, mine.into_iter().map(|(project, role)| (project, Some(role_words(role)))).collect())
        }
        None => {
            let public = projects::visible(&visit.node, None, before, limit).await?;
            (true, public.into_iter().map(|project| (project, None)).collect::<Vec<_>>())
        }
    };
    let page = List {
        page: visit.page(),
        done: query.get("done").and_then(done),
        is_public,
        is_first: before.is_none(),
        projects: Piece::cut(rows, PAGE, |(project, _)| project.id),
        issuer: &visit.settings.issuer,
    };
    visit.show(StatusCode::OK, &page)
}

/// What was done on the page before, in words.
fn done(name: &str) -> Option<&'static str> {
    match name {
        "deleted" => Some("project-done-deleted"),
        "left" => Some("project-done-left"),
        _ => None,
    }
}
