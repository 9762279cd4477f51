//! `/settings/activity`: a person's own audit trail, in words (contract §1; security I6).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::super::super::failure::Failure;
use super::super::browser;
use super::super::events::{self, Detail};
use super::super::long_list::{self, Piece};
use super::super::visit::{Member, Page};
use crate::account::user::User;
use crate::flows::audit_events::{self, ByKind, Filter, Kind, StoredEvent};
use crate::words::Words;

/// Rows of a page: as many as fit into 23 KB.
const PAGE: usize = 30;

/// What happens to the server and not to a person: nothing of it is in anybody's own trail.
const OF_THE_SERVER: &[&str] =
    &["client_", "registration_token_", "scope_", "signing_key_", "plain_http_", "user_invited"];

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
    who: Option<String>,
    /// The application that it is about.
    client: Option<String>,
    detail: Option<Detail>,
    event: StoredEvent,
}

/// Whether somebody else did it, as the trail says: where they were then is their business.
fn is_somebody_elses(event: &StoredEvent, me: &User) -> bool {
    let Some(by) = &event.by else {
        return event.detail.as_deref().is_some_and(|detail| names_another(detail, &me.username));
    };
    match by.kind {
        ByKind::Person | ByKind::App | ByKind::Key => by.user_id != Some(me.id),
        // Whoever has it was given it for this account.
        ByKind::Link => false,
        ByKind::Operator | ByKind::Server | ByKind::Client | ByKind::Stranger => true,
    }
}

/// The same of an event from before actors were kept: anything but "by" and one's own name may be somebody else.
fn names_another(detail: &str, own: &str) -> bool {
    let names_somebody = detail.starts_with("by ") || detail.contains(" by ");
    names_somebody && detail != "by a link" && detail.strip_prefix("by ") != Some(own)
}

/// Shows it.
///
/// # Errors
/// 303 to the sign-in page for who is signed out; 400 for a kind that does not exist.
pub async fn show(member: Member) -> Result<HttpResponse, Failure> {
    let query = member.query()?;
    let before = long_list::cursor(&member, &query)?;
    let kind = match query.get("kind") {
        None => None,
        Some(name) => Some(Kind::parse(name).ok_or_else(|| member.not_known())?),
    };
    let filter = Filter { user_id: Some(member.user().id), kind, ..Filter::default() };
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX).saturating_add(1);
    let events = audit_events::list(&member.node, filter, before, limit).await?;
    let list = Piece::cut(events, PAGE, |event| event.id);
    let next = list.next.map(|id| next(&id.to_string(), kind)).unwrap_or_default();
    let mut rows = Vec::new();
    for mut event in list.rows {
        if is_somebody_elses(&event, member.user()) {
            event.address = None;
        }
        let (who, detail) = (events::who(member.words, &event), events::detail(member.words, &event));
        let client = events::client(&member.node, &event).await?;
        rows.push(Row { what: what(member.words, &event.kind), who, client, detail, event });
    }
    let page = Activity {
        page: member.page(),
        kinds: kinds(member.words, kind),
        list: Piece { rows, next: list.next },
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
    events::what(words, kind).unwrap_or_else(|| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::clock::UnixTime;
    use crate::flows::audit_events::By;

    const ME: Uuid = Uuid::from_u128(1);

    fn elses(by: Option<By>, detail: &str) -> bool {
        let at = UnixTime::from_seconds(0);
        let event = StoredEvent {
            id: Uuid::nil(),
            at,
            kind: "x".to_owned(),
            user_id: Some(ME),
            client_id: None,
            key_id: None,
            project_id: None,
            address: None,
            detail: Some(detail.to_owned()),
            by,
        };
        let (username, email) = ("alice".to_owned(), "alice@example.com".to_owned());
        let me = User { id: ME, username, email, is_admin: false, disabled: false, created_at: at };
        is_somebody_elses(&event, &me)
    }

    #[test]
    fn only_what_somebody_did_themselves_says_from_where() {
        for kind in [ByKind::Person, ByKind::App, ByKind::Key] {
            for (user, name, expected) in
                [(ME, "alice", false), (ME, "another name then", false), (Uuid::nil(), "alice", true)]
            {
                let by = By { user_id: Some(user), name: Some(name.to_owned()), ..By::nameless(kind) };
                // The name of a project, say.
                assert_eq!(elses(Some(by), "x by alice"), expected, "{kind:?} {user} {name}");
            }
        }
        for (kind, expected) in [
            (ByKind::Link, false),
            (ByKind::Operator, true),
            (ByKind::Server, true),
            (ByKind::Client, true),
            (ByKind::Stranger, true),
        ] {
            assert_eq!(elses(Some(By::nameless(kind)), "by alice"), expected, "{kind:?}");
        }
    }

    #[test]
    fn an_event_from_before_actors_were_kept_says_from_where_only_if_it_is_plainly_ones_own() {
        for (detail, expected) in [
            ("by root", true),
            ("owner by root", true),
            ("by root through app", true),
            ("by key 0198c5b1-7f3a-7cc0-8000-000000000001", true),
            ("by alice", false),
            ("by root by alice", true),
            ("owner by root by alice", true),
            ("by alice through app", true),
            ("by alice2", true),
            ("asked from 192.0.2.1", false),
            ("by a link", false),
            ("", false),
        ] {
            assert_eq!(elses(None, detail), expected, "{detail}");
        }
    }
}
