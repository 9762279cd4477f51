//! `/admin/projects`: everybody's projects (contract §7), looked for by what their name contains.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::super::super::failure::Failure;
use super::super::form::Form;
use super::super::visit::{Administrator, Page};
use super::{Found, asked, chosen, done, found};
use crate::flows::projects::administration::{self, Owned, Search};

#[derive(Template)]
#[template(path = "admin/projects.html", config = "src/http/pages/askama.toml")]
struct Projects<'a> {
    page: Page<'a>,
    done: Option<String>,
    form: Form,
    kinds: [(&'static str, String); 3],
    found: Found<Owned>,
}

/// Shows those that fit.
///
/// # Errors
/// 400 for a filter that is not known, 503.
pub async fn get(visit: Administrator) -> Result<HttpResponse, Failure> {
    let (listing, parameters) = asked(&visit, &["q", "visibility"])?;
    let is_public = chosen(&visit, &parameters, "visibility", &[("public", true), ("private", false)])?;
    let after = listing.after().map_err(|_| visit.not_known())?;
    let what = Search { text: parameters.get("q").map(str::to_owned), is_public };
    let rows = administration::search(&visit.node, what, after, listing.to_read()).await?;
    let page = Projects {
        page: visit.page(),
        done: done(&visit, &parameters),
        form: Form::sent(&parameters, &["q", "visibility"]),
        kinds: [
            ("", visit.words.say("admin-all")),
            ("public", visit.words.say("project-public")),
            ("private", visit.words.say("project-private")),
        ],
        found: found("/admin/projects", (&listing, &parameters), rows, |row| {
            row.project.id.as_bytes().to_vec()
        }),
    };
    visit.show(StatusCode::OK, &page)
}
