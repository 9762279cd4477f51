//! `/admin/audit`: the audit trail (security I6), by kind, by whom or what it is about, and by day.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use uuid::Uuid;

use super::super::super::failure::Failure;
use super::super::events::{self, Detail};
use super::super::form::Form;
use super::super::visit::{Administrator, Page};
use super::{Found, asked, found, known_id};
use crate::clock::UnixTime;
use crate::flows::audit_events::{self, Filter, Kind, StoredEvent};
use crate::flows::{user_administration, users};
use crate::oauth::parameters::Parameters;
use crate::words::Words;

const FILTERS: [&str; 9] =
    ["kind", "user", "client", "key_id", "project", "signing_key", "scope", "from", "to"];

/// One row.
struct Row {
    event: StoredEvent,
    words: Option<String>,
    who: Option<String>,
    detail: Option<Detail>,
    /// What the client it is about is called.
    client: Option<String>,
    /// The account that did it.
    actor: Option<Uuid>,
    /// Whose account it is about: its user name, or its id where it is gone.
    user: Option<(Uuid, String)>,
}

#[derive(Template)]
#[template(path = "admin/audit.html", config = "src/http/pages/askama.toml")]
struct Audit<'a> {
    page: Page<'a>,
    form: Form,
    kinds: Vec<(&'static str, String)>,
    found: Found<Row>,
}

/// Shows the events that fit.
///
/// # Errors
/// 400 for a filter that is not known, 503.
pub async fn get(visit: Administrator) -> Result<HttpResponse, Failure> {
    let (listing, parameters) = asked(&visit, &FILTERS)?;
    let mut form = Form::sent(&parameters, &FILTERS);
    let (filter, faults) = read(&visit, &parameters).await?;
    for name in faults.iter().copied() {
        form = form.wrong(name, visit.words.say("admin-filter-unknown"));
    }
    let after = listing.after().map_err(|_| visit.not_known())?;
    let events = if faults.is_empty() {
        audit_events::list(&visit.node, filter, after, listing.to_read()).await?
    } else {
        Vec::new()
    };
    let names = events.iter().filter_map(|event| event.user_id).collect();
    let names = user_administration::names(&visit.node, names).await?;
    let mut rows = Vec::new();
    for event in events {
        let client = events::client(&visit.node, &event).await?;
        rows.push(row(event, &names, client, visit.words));
    }
    let page = Audit {
        page: visit.page(),
        form,
        kinds: kinds(visit.words),
        found: found("/admin/audit", (&listing, &parameters), rows, |row| row.event.id.as_bytes().to_vec()),
    };
    visit.show(StatusCode::OK, &page)
}

/// What is asked for, and the names of the filters that nothing can fit.
async fn read(
    visit: &Administrator,
    parameters: &Parameters,
) -> Result<(Filter, Vec<&'static str>), Failure> {
    let mut faults = Vec::new();
    let mut id = |name: &'static str| match parameters.get(name).map(known_id) {
        None => None,
        Some(Ok(id)) => Some(id),
        Some(Err(_)) => {
            faults.push(name);
            None
        }
    };
    let (key_id, project_id) = (id("key_id"), id("project"));
    let kind = parameters.get("kind").map(Kind::parse);
    if kind == Some(None) {
        faults.push("kind");
    }
    let user_id = match parameters.get("user") {
        None => None,
        Some(text) => match whose(visit, text).await? {
            Some(id) => Some(id),
            None => {
                faults.push("user");
                None
            }
        },
    };
    let mut day = |name: &'static str| match parameters.get(name).map(day) {
        Some(None) => {
            faults.push(name);
            None
        }
        found => found.flatten(),
    };
    let (from, until) = (day("from"), day("to").map(|day| day.plus_seconds(DAY_SECONDS)));
    let text = |name| parameters.get(name).map(str::to_owned);
    let (client_id, signing_key, scope) = (text("client"), text("signing_key"), text("scope"));
    let kind = kind.flatten();
    Ok((Filter { user_id, kind, client_id, key_id, project_id, signing_key, scope, from, until }, faults))
}

/// The account meant by an id, a user name or an e-mail address. An account that is gone has only its id.
pub async fn whose(visit: &Administrator, text: &str) -> Result<Option<Uuid>, Failure> {
    if let Ok(id) = known_id(text) {
        return Ok(Some(id));
    }
    Ok(users::find(&visit.node, text).await?.ok().map(|user| user.id))
}

const DAY_SECONDS: i64 = 86_400;

/// The beginning of a day in UTC, as a date field sends it.
fn day(text: &str) -> Option<UnixTime> {
    UnixTime::parse_rfc3339(&format!("{text}T00:00:00Z")).filter(|_| text.len() == 10)
}

fn kinds(words: &Words) -> Vec<(&'static str, String)> {
    let name = |kind: &Kind| {
        let name = kind.as_str();
        (name, events::what(words, name).unwrap_or_else(|| name.to_owned()))
    };
    Kind::ALL.iter().map(name).collect()
}

fn row(event: StoredEvent, names: &[(Uuid, String)], client: Option<String>, words: &Words) -> Row {
    let user = event.user_id.map(|id| {
        let name = names.iter().find(|(own, _)| *own == id).map(|(_, name)| name.clone());
        (id, name.unwrap_or_else(|| id.to_string()))
    });
    let actor = event.by.as_ref().and_then(|by| by.user_id);
    let (who, detail) = (events::who(words, &event), events::detail(words, &event));
    Row { words: events::what(words, &event.kind), who, detail, client, actor, user, event }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_utc_and_is_written_in_one_way() {
        assert_eq!(day("2027-01-15"), Some(UnixTime::from_seconds(1_799_971_200)));
        for odd in ["", "2027-1-15", "2027-02-30", "2027-01-15T00:00:00Z", "15.01.2027", "yesterday"] {
            assert_eq!(day(odd), None, "{odd}");
        }
    }
}
