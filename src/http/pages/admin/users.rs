//! `/admin/users`: everybody with an account, looked for by how a name begins.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::super::super::failure::Failure;
use super::super::form::Form;
use super::super::visit::{Administrator, Page};
use super::{Found, asked, chosen, done, found};
use crate::account::user::User;
use crate::flows::user_administration::{self, Which};

#[derive(Template)]
#[template(path = "admin/users.html", config = "src/http/pages/askama.toml")]
struct Users<'a> {
    page: Page<'a>,
    done: Option<String>,
    /// Whether people may be invited here.
    may_invite: bool,
    form: Form,
    /// Whether several were to be switched off, and nobody was chosen.
    is_nobody_chosen: bool,
    states: [(&'static str, String); 4],
    found: Found<User>,
}

/// Shows who fits.
///
/// # Errors
/// 400 for a filter that is not known, 503.
pub async fn get(visit: Administrator) -> Result<HttpResponse, Failure> {
    let (listing, parameters) = asked(&visit, &["q", "state", "fault"])?;
    let states = [
        ("enabled", Which::Enabled),
        ("disabled", Which::Disabled),
        ("administrators", Which::Administrators),
    ];
    let which = chosen(&visit, &parameters, "state", &states)?.unwrap_or(Which::All);
    let after = listing.after_text().map_err(|_| visit.not_known())?;
    let text = parameters.get("q");
    let rows = user_administration::search(&visit.node, which, text, after, listing.to_read()).await?;
    let page = Users {
        page: visit.page(),
        done: done(&visit, &parameters),
        may_invite: super::invite::is_open(&visit),
        form: Form::sent(&parameters, &["q", "state", "cursor"]),
        is_nobody_chosen: parameters.get("fault") == Some("nobody-chosen"),
        states: [
            ("", visit.words.say("admin-all")),
            ("enabled", visit.words.say("admin-enabled-ones")),
            ("disabled", visit.words.say("admin-disabled-ones")),
            ("administrators", visit.words.say("admin-administrators")),
        ],
        found: found("/admin/users", (&listing, &parameters), rows, |user| {
            user.username.clone().into_bytes()
        }),
    };
    visit.show(StatusCode::OK, &page)
}
