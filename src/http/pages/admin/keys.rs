//! `/admin/keys`: everybody's API keys, without their secrets; ending one for good.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path};
use askama::Template;
use uuid::Uuid;

use super::super::super::failure::Failure;
use super::super::browser::see_other;
use super::super::form::Form;
use super::super::settings::keys::refusal;
use super::super::visit::{Administrator, Page};
use super::audit::whose;
use super::confirm::{self, Question};
use super::{Found, asked, chosen, done, found, id_of, known_id};
use crate::account::api_key::{ApiKey, Status};
use crate::clock::UnixTime;
use crate::flows::api_keys::KeyRefusal;
use crate::flows::api_keys::administration::{self, Search};
use crate::flows::user_administration;

/// A key and who made it.
struct Row {
    key: ApiKey,
    owner: String,
}

#[derive(Template)]
#[template(path = "admin/keys.html", config = "src/http/pages/askama.toml")]
struct Keys<'a> {
    page: Page<'a>,
    done: Option<String>,
    form: Form,
    states: [(&'static str, String); 6],
    found: Found<Row>,
}

#[derive(Template)]
#[template(path = "admin/key.html", config = "src/http/pages/askama.toml")]
struct One<'a> {
    page: Page<'a>,
    done: Option<String>,
    row: Row,
}

/// The id of the words for a key's state.
pub fn state(key: &ApiKey, now: impl std::borrow::Borrow<UnixTime>) -> &'static str {
    match key.status(*now.borrow()) {
        Status::Active => "admin-key-active",
        Status::Disabled => "admin-key-disabled",
        Status::Expired => "admin-key-expired",
        Status::Revoked => "admin-key-revoked",
    }
}

/// Shows the keys that fit. A search finds the keys of a person by their name or address, else those whose name begins so
/// or whose hint it is.
///
/// # Errors
/// 400 for a filter that is not known, 503. 303 to the same without the secret that somebody pasted.
pub async fn get(visit: Administrator) -> Result<HttpResponse, Failure> {
    let (listing, parameters) = asked(&visit, &["q", "user", "project", "state"])?;
    if let Some(text) = parameters.get("q")
        && let hint = hint(text.trim())
        && hint != text.trim()
    {
        // Before anything is shown: neither the page nor the browser's history keeps it.
        return see_other(&format!("/admin/keys?{}", parameters.to_query_with("q", Some(&hint))));
    }
    let mut form = Form::sent(&parameters, &["q", "user", "project", "state"]);
    let states = [
        ("active", (Some(Status::Active), false)),
        ("disabled", (Some(Status::Disabled), false)),
        ("expired", (Some(Status::Expired), false)),
        ("revoked", (Some(Status::Revoked), false)),
        ("limited", (None, true)),
    ];
    let (status, limited) = chosen(&visit, &parameters, "state", &states)?.unwrap_or_default();
    let after = listing.after().map_err(|_| visit.not_known())?;
    let user = match parameters.get("user") {
        None => None,
        Some(text) => whose(&visit, text).await?,
    };
    let project = parameters.get("project").map(known_id);
    if parameters.get("user").is_some() && user.is_none() {
        form = form.wrong("user", visit.words.say("admin-filter-unknown"));
    }
    if matches!(project, Some(Err(_))) {
        form = form.wrong("project", visit.words.say("admin-filter-unknown"));
    }
    let keys = if form.has_faults() {
        Vec::new()
    } else {
        let text = parameters.get("q").map(str::to_owned);
        let what = Search {
            user,
            text,
            status,
            limited,
            project: project.and_then(Result::ok),
            ..Search::default()
        };
        administration::search(&visit.node, what, after, listing.to_read()).await?
    };
    let page = Keys {
        page: visit.page(),
        done: done(&visit, &parameters),
        form,
        states: [
            ("", visit.words.say("admin-all")),
            ("active", visit.words.say("admin-key-active")),
            ("disabled", visit.words.say("admin-key-disabled")),
            ("expired", visit.words.say("admin-key-expired")),
            ("revoked", visit.words.say("admin-key-revoked")),
            ("limited", visit.words.say("admin-limited-ones")),
        ],
        found: found("/admin/keys", (&listing, &parameters), rows(&visit, keys).await?, |row| {
            row.key.id.as_bytes().to_vec()
        }),
    };
    visit.show(StatusCode::OK, &page)
}

/// Whoever pastes a whole secret gets its hint looked for: the form posts nothing, so it must not be kept either.
fn hint(text: &str) -> String {
    match (text.get(..3), text.len().checked_sub(6).and_then(|at| text.get(at..))) {
        (Some("sk_"), Some(end)) if text.len() == 32 => format!("sk_...{end}"),
        _ => text.to_owned(),
    }
}

async fn rows(visit: &Administrator, keys: Vec<ApiKey>) -> Result<Vec<Row>, Failure> {
    let owners = keys.iter().map(|key| key.user_id).collect();
    let names = user_administration::names(&visit.node, owners).await?;
    let owner = |id: Uuid| names.iter().find(|(own, _)| *own == id).map(|(_, name)| name.clone());
    Ok(keys.into_iter().map(|key| Row { owner: owner(key.user_id).unwrap_or_default(), key }).collect())
}

async fn find(visit: &Administrator, id: Uuid) -> Result<Row, Failure> {
    let key = administration::find_any(&visit.node, id).await?.ok_or_else(Failure::not_found)?;
    rows(visit, vec![key]).await?.pop().ok_or_else(Failure::not_found)
}

/// Shows one key.
///
/// # Errors
/// 404, 503.
pub async fn one(visit: Administrator, path: Path<String>) -> Result<HttpResponse, Failure> {
    let row = find(&visit, id_of(&path)?).await?;
    let done = done(&visit, &visit.query()?);
    visit.show(StatusCode::OK, &One { page: visit.page(), done, row })
}

/// Asks whether to end one for good.
///
/// # Errors
/// 404, 303 to prove again who it is.
pub async fn ask(visit: Administrator, path: Path<String>) -> Result<HttpResponse, Failure> {
    visit.proved_lately()?;
    let row = find(&visit, id_of(&path)?).await?;
    confirm::page(&visit, StatusCode::OK, &question(&visit, &row), Form::new())
}

fn question(visit: &Administrator, Row { key, owner }: &Row) -> Question {
    let with = [("name", key.name.as_str()), ("owner", owner.as_str())];
    Question {
        title: visit.words.tell("admin-revoke", &with),
        explained: visit.words.tell("admin-revoke-explained", &with),
        action: format!("/admin/keys/{}/revoke", key.id),
        form: form_of(key.id),
        button: visit.words.tell("admin-revoke-button", &with),
        is_bad: true,
        back: format!("/admin/keys/{}", key.id),
        ..Question::default()
    }
}

/// Ends it.
///
/// # Errors
/// 403 for a form that is not ours, 404.
pub async fn revoke(visit: Administrator, path: Path<String>, body: Bytes) -> Result<HttpResponse, Failure> {
    let id = id_of(&path)?;
    if let Err(back) = visit.proved_form(&body, &form_of(id)).await? {
        let question = question(&visit, &find(&visit, id).await?);
        let form = back.form(visit.words, &[]);
        return confirm::page(&visit, StatusCode::FORBIDDEN, &question, form);
    }
    match administration::revoke(&visit.node, visit.actor(), id).await? {
        Ok(_) => see_other(&format!("/admin/keys/{id}?done=revoked")),
        Err(refused @ KeyRefusal::NotAllowed(_)) => Err(visit.refused(refusal(&refused))),
        Err(_) => Err(Failure::not_found()),
    }
}

fn form_of(id: Uuid) -> String {
    format!("revoke-key:{id}")
}
