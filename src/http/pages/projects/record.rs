//! `/projects/{id}`: what anybody may see of a public project, and its members of their own (contract §7).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::super::super::failure::Failure;
use super::super::visit::{Page, Visit};
use super::{enter, role_words};
use crate::account::access::ProjectPart;
use crate::account::project::Project;

#[derive(Template)]
#[template(path = "projects/record.html", config = "src/http/pages/askama.toml")]
struct Record<'a> {
    page: Page<'a>,
    project: Project,
    /// The words for the role of who looks; `None` for a stranger.
    role: Option<&'static str>,
}

/// Shows the page.
///
/// # Errors
/// 404, the same for one that is hidden as for one that never was.
pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let seen = enter(&visit, visit.actor(), ProjectPart::Record).await?;
    let page = Record { page: visit.page(), role: seen.role.map(role_words), project: seen.project };
    visit.show(StatusCode::OK, &page)
}
