//! `/settings/sessions`: what a person is signed in with, and ending it (contract §1; security §3, 54–57).

use actix_web::HttpResponse;
use actix_web::web::Bytes;
use askama::Template;
use uuid::Uuid;

use super::super::super::failure::Failure;
use super::super::form::Why;
use super::super::long_list::{self, Piece};
use super::super::visit::{Member, Page};
use super::super::{browser, form};
use crate::account::user_agent::Device;
use crate::clock::UnixTime;
use crate::flows::sessions::{self, SessionRefusal, SignIn, SignInKind};
use crate::flows::sign_out_elsewhere;
use crate::oauth::parameters::Parameters;
use crate::words::Words;

const PATH: &str = "/settings/sessions";
const EVERYTHING_ELSE: &str = "sign-out-elsewhere";
/// Rows of a page: as many as fit into 23 KB.
const PAGE: usize = 20;

#[derive(Template)]
#[template(path = "settings/sessions.html", config = "src/http/pages/askama.toml")]
struct Sessions<'a> {
    page: Page<'a>,
    done: Option<&'static str>,
    notice: Option<String>,
    list: Piece<Row>,
    is_first: bool,
}

/// Asks before all but this browser is signed out.
#[derive(Template)]
#[template(path = "settings/elsewhere.html", config = "src/http/pages/askama.toml")]
struct Elsewhere<'a> {
    page: Page<'a>,
    csrf_token: &'a str,
    notice: Option<String>,
}

struct Row {
    id: Uuid,
    name: String,
    address: Option<String>,
    since: UnixTime,
    until: UnixTime,
    last_used: Option<UnixTime>,
    is_this: bool,
    csrf_token: String,
}

/// Shows them.
///
/// # Errors
/// 303 to the sign-in page for who is signed out.
pub async fn show(member: Member) -> Result<HttpResponse, Failure> {
    if member.query()?.get("ask") == Some("elsewhere") {
        return ask_elsewhere(&member, None);
    }
    list(&member, None).await
}

async fn list(member: &Member, again: Option<&Why>) -> Result<HttpResponse, Failure> {
    let query = member.query()?;
    let before = long_list::cursor(member, &query)?;
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX).saturating_add(1);
    let all = sessions::list(&member.node, member.user().id, before, limit).await?;
    let piece = Piece::cut(all, PAGE, |one| one.id);
    let mut rows = Vec::new();
    for one in piece.rows {
        rows.push(row(member, one).await?);
    }
    let page = Sessions {
        page: member.page(),
        done: query.get("done").and_then(done),
        notice: again.map(|why| form::notice(member.words, why)),
        list: Piece { rows, next: piece.next },
        is_first: before.is_none(),
    };
    member.show(form::status(again), &page)
}

fn ask_elsewhere(member: &Member, again: Option<&Why>) -> Result<HttpResponse, Failure> {
    let csrf_token = &member.form_token(EVERYTHING_ELSE);
    let notice = again.map(|why| form::notice(member.words, why));
    member.show(form::status(again), &Elsewhere { page: member.page(), csrf_token, notice })
}

fn done(name: &str) -> Option<&'static str> {
    match name {
        "ended" => Some("session-done-ended"),
        "elsewhere" => Some("session-done-elsewhere"),
        _ => None,
    }
}

async fn row(member: &Member, one: SignIn) -> Result<Row, Failure> {
    let name = match (one.kind, &one.client_id) {
        (SignInKind::App, Some(id)) => {
            let app = member.node.directory.client(id).await.map_err(crate::flows::FlowError::from)?;
            app.map_or_else(|| id.clone(), |record| record.client.name.clone())
        }
        (SignInKind::Login | SignInKind::App, _) => member.words.say("session-login"),
        (SignInKind::Browser, _) => device(member.words, one.user_agent.as_deref().unwrap_or_default()),
    };
    Ok(Row {
        csrf_token: member.form_token(&form_name(one.id)),
        is_this: one.id == member.browser.signed_in.session.id,
        id: one.id,
        name,
        address: one.address,
        since: one.created_at,
        until: one.expires_at,
        last_used: one.last_used_at,
    })
}

/// "Firefox on Linux".
pub fn device(words: &Words, user_agent: &str) -> String {
    match Device::of(user_agent) {
        Device { browser: Some(browser), system: Some(system) } => {
            words.tell("browser-on", &[("browser", browser), ("system", system)])
        }
        Device { browser: Some(name), system: None } => name.to_owned(),
        Device { browser: None, system: Some(system) } => words.tell("browser-some", &[("system", system)]),
        Device { browser: None, system: None } => words.say("browser-unknown"),
    }
}

fn form_name(id: Uuid) -> String {
    format!("sign-out:{id}")
}

/// Ends one, or all but this browser's.
///
/// # Errors
/// 404 if there is none of theirs.
pub async fn end(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = member.fields(&body)?;
    if fields.get("id").is_none() {
        return end_others(&member, &fields).await;
    }
    let id = long_list::id(fields.get("id")).ok_or_else(Failure::not_found)?;
    if let Err(why) = member.browser.take_form(&member.node, &form_name(id), &fields).await? {
        return list(&member, Some(&why)).await;
    }
    match sessions::end(&member.node, member.actor(), member.user().id, id).await? {
        Ok(()) => browser::see_other(&format!("{PATH}?done=ended")),
        Err(SessionRefusal::Unknown) => Err(Failure::not_found()),
        // This browser was signed out a moment ago.
        Err(SessionRefusal::NotAllowed(_)) => browser::see_other(PATH),
    }
}

async fn end_others(member: &Member, fields: &Parameters) -> Result<HttpResponse, Failure> {
    if let Err(why) = member.browser.take_form(&member.node, EVERYTHING_ELSE, fields).await? {
        return ask_elsewhere(member, Some(&why));
    }
    sign_out_elsewhere::end_others(&member.node, &member.browser.signed_in, member.address()).await?;
    browser::see_other(&format!("{PATH}?done=elsewhere"))
}
