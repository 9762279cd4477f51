//! `/settings`: the account, its API keys and its Barbell key. The providers' documents send people to three addresses
//! and to headings and buttons by name: all three are this page (contract §1).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::super::super::failure::Failure;
use super::super::long_list::{self, Piece};
use super::super::visit::{Member, Page};
use super::keys::At;
use super::keys::row::{self, PAGE, Row};
use crate::account::api_key::{ApiKey, Slot};
use crate::account::user::User;
use crate::flows::api_keys;

#[derive(Template)]
#[template(path = "settings/settings.html", config = "src/http/pages/askama.toml")]
struct Settings<'a> {
    page: Page<'a>,
    user: &'a User,
    done: Option<&'static str>,
    /// "Your API Key": the newest account key that works.
    main: Option<Row>,
    reveals: bool,
    keys: Piece<Row>,
    /// Where the links of the table lead.
    here: &'static str,
    is_first: bool,
    barbell: Option<ApiKey>,
    issuer: &'a str,
}

/// Shows the page.
///
/// # Errors
/// 303 to the sign-in page for who is signed out.
pub async fn show(member: Member) -> Result<HttpResponse, Failure> {
    let (query, user) = (member.query()?, member.user());
    let before = long_list::cursor(&member, &query)?;
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX).saturating_add(1);
    let made = api_keys::list_made_by(&member.node, user.id, before, limit).await?;
    let mut keys = Piece::cut(made, PAGE, |key| key.id);
    // It is shown in a section of its own.
    keys.rows.retain(|key| key.slot != Some(Slot::Barbell));
    let at = At::account(&member);
    let main = if before.is_none() { api_keys::newest_active(&member.node, user.id).await? } else { None };
    let page = Settings {
        page: member.page(),
        user,
        done: query.get("done").and_then(done),
        main: main.map(|key| Row::of(key, &at)),
        reveals: member.node.policy.reveal_keys,
        keys: Piece { next: keys.next, rows: row::of_maker(&member, keys.rows).await? },
        here: "/settings",
        is_first: before.is_none(),
        barbell: api_keys::in_slot(&member.node, user.id, Slot::Barbell).await?,
        issuer: &member.settings.issuer,
    };
    member.show(StatusCode::OK, &page)
}

/// What was done on the page before, in words.
fn done(name: &str) -> Option<&'static str> {
    match name {
        "revoked" => Some("key-done-revoked"),
        "key-removed" => Some("key-done-removed"),
        _ => None,
    }
}
