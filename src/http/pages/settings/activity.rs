//! `/settings/activity`: a person's own audit trail, in words (contract §1; security I6).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::super::super::failure::Failure;
use super::super::browser;
use super::super::piece::{self, Piece};
use super::super::visit::{Member, Page};
use crate::flows::audit_events::{self, Filter, Kind, StoredEvent};
use crate::words::Words;

/// Rows of a page: as many as fit into 30 KB.
const PAGE: usize = 40;

/// What happens to the server and not to a person: nothing of it is in anybody's own trail.
const OF_THE_SERVER: &[&str] = &["client_", "signing_key_", "plain_http_"];

#[derive(Template)]
#[template(path = "settings/activity.html", config = "src/http/pages/askama.toml")]
struct Activity<'a> {
    page: Page<'a>,
    kinds: Vec<Choice>,
    list: Piece<Row>,
    /// `cursor=…` and the filter, for the next page.
    next: String,
}

struct Choice {
    name: &'static str,
    words: String,
    chosen: bool,
}

struct Row {
    what: String,
    event: StoredEvent,
}

/// Whether somebody else did it, as the trail says: where they were then is their business.
fn is_somebody_elses(event: &StoredEvent, own: &str) -> bool {
    let detail = event.detail.as_deref().unwrap_or_default();
    let by = detail.strip_prefix("by ").or_else(|| detail.rsplit_once(" by ").map(|(_, by)| by));
    let own_app = |by: &str| by.strip_prefix(own).is_some_and(|rest| rest.starts_with(" through "));
    by.is_some_and(|by| by != own && by != "a link" && !own_app(by))
}

/// Shows it.
///
/// # Errors
/// 303 to the sign-in page for who is signed out; 400 for a kind that does not exist.
pub async fn show(member: Member) -> Result<HttpResponse, Failure> {
    let query = member.query()?;
    let before = piece::cursor(&query)?;
    let kind = match query.get("kind") {
        None => None,
        Some(name) => {
            Some(Kind::parse(name).ok_or_else(|| Failure::invalid_request("There is no such kind"))?)
        }
    };
    let filter = Filter { user_id: Some(member.user().id), kind, ..Filter::default() };
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX).saturating_add(1);
    let events = audit_events::list(&member.node, filter, before, limit).await?;
    let list = Piece::cut(events, PAGE, |event| event.id);
    let next = list.next.map(|id| next(&id.to_string(), kind)).unwrap_or_default();
    let own = &member.user().username;
    let rows = list.rows.into_iter().map(|mut event| {
        if is_somebody_elses(&event, own) {
            event.address = None;
        }
        Row { what: what(member.words, &event.kind), event }
    });
    let page = Activity {
        page: member.page(),
        kinds: kinds(member.words, kind),
        list: Piece { rows: rows.collect(), next: list.next },
        next,
    };
    member.show(StatusCode::OK, &page)
}

fn next(cursor: &str, kind: Option<Kind>) -> String {
    let filter = kind.map(|kind| format!("&{}", browser::query("kind", kind.as_str()))).unwrap_or_default();
    format!("{}{filter}", browser::query("cursor", cursor))
}

fn kinds(words: &Words, chosen: Option<Kind>) -> Vec<Choice> {
    let personal = |kind: &&Kind| !OF_THE_SERVER.iter().any(|begins| kind.as_str().starts_with(begins));
    let choice = |kind: &Kind| Choice {
        name: kind.as_str(),
        words: what(words, kind.as_str()),
        chosen: Some(*kind) == chosen,
    };
    let mut all: Vec<Choice> = Kind::ALL.iter().filter(personal).map(choice).collect();
    all.sort_by_key(|choice| choice.words.to_lowercase());
    all
}

/// A kind in words; one that this version does not write any more, by its name.
fn what(words: &Words, kind: &str) -> String {
    let id = format!("kind-{kind}");
    if words.knows(&id) { words.say(&id) } else { kind.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::UnixTime;

    #[test]
    fn only_what_somebody_did_themselves_says_from_where() {
        for (detail, elses) in [
            ("by root", true),
            ("owner by root", true),
            ("by root through app", true),
            ("by key 0198c5b1-7f3a-7cc0-8000-000000000001", true),
            ("by alice", false),
            ("owner by alice", false),
            ("read, by alice", false),
            ("by alice through app", false),
            ("by alice2", true),
            ("asked from 192.0.2.1", false),
            ("by a link", false),
            ("", false),
        ] {
            let event = StoredEvent {
                id: uuid::Uuid::nil(),
                at: UnixTime::from_seconds(0),
                kind: "x".to_owned(),
                user_id: None,
                client_id: None,
                key_id: None,
                project_id: None,
                address: None,
                detail: Some(detail.to_owned()),
            };
            assert_eq!(is_somebody_elses(&event, "alice"), elses, "{detail}");
        }
    }
    use crate::words;

    #[test]
    fn every_kind_of_event_has_words_in_every_language() {
        for language in ["en", "de"] {
            let words = words::of(language).unwrap();
            for kind in Kind::ALL {
                assert!(words.knows(&format!("kind-{}", kind.as_str())), "{language}: {}", kind.as_str());
            }
        }
    }
}
