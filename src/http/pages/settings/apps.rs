//! `/settings/apps`: the apps that a person let in, and disconnecting one (security §3, 24, 40).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::super::super::failure::Failure;
use super::super::form::Why;
use super::super::visit::{Member, Page};
use super::super::{browser, form, wish};
use crate::clock::UnixTime;
use crate::flows::connected_apps::{self, ConnectedApp};

const PATH: &str = "/settings/apps";
/// Apps of a page: with long names and much that each may do, as many as fit into 23 KB.
const APPS: usize = 10;

#[derive(Template)]
#[template(path = "settings/apps.html", config = "src/http/pages/askama.toml")]
struct Apps<'a> {
    page: Page<'a>,
    done: bool,
    apps: Vec<App>,
    /// `cursor=…` of the next page, if there is one.
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "settings/disconnect.html", config = "src/http/pages/askama.toml")]
struct Disconnect<'a> {
    page: Page<'a>,
    app: App,
    notice: Option<String>,
    csrf_token: &'a str,
}

struct App {
    client_id: String,
    /// `client=…` for a URL.
    query: String,
    name: String,
    host: Option<String>,
    wishes: Vec<String>,
    since: UnixTime,
    until: Option<UnixTime>,
    is_remembered: bool,
}

impl App {
    fn of(member: &Member, app: ConnectedApp) -> Self {
        Self {
            query: browser::query("client", &app.client_id),
            wishes: app.scope.iter().map(|token| wish::wish(member, token)).collect(),
            client_id: app.client_id,
            name: app.name,
            host: app.host,
            since: app.since,
            until: app.until,
            is_remembered: app.is_remembered,
        }
    }
}

/// Lists them.
///
/// # Errors
/// 303 to the sign-in page for who is signed out.
pub async fn show(member: Member) -> Result<HttpResponse, Failure> {
    let query = member.query()?;
    let done = query.get("done") == Some("disconnected");
    let (user, after) = (member.user().id, query.get("cursor"));
    let (apps, more) = connected_apps::page(&member.node, user, after, APPS).await?;
    let next = apps.last().filter(|_| more).map(|last| browser::query("cursor", &last.client_id));
    let apps = apps.into_iter().map(|app| App::of(&member, app)).collect();
    member.show(StatusCode::OK, &Apps { page: member.page(), done, apps, next })
}

/// Asks whether one is to go.
///
/// # Errors
/// 404 if it is not connected.
pub async fn ask(member: Member) -> Result<HttpResponse, Failure> {
    let query = member.query()?;
    // Whoever comes back from signing in chooses again.
    let Some(client) = query.get("client") else { return browser::see_other(PATH) };
    let app = connected_apps::find(&member.node, member.user().id, client).await?;
    question(&member, app.ok_or_else(Failure::not_found)?, None)
}

fn question(member: &Member, app: ConnectedApp, again: Option<&Why>) -> Result<HttpResponse, Failure> {
    let csrf_token = &member.form_token(&form_name(&app.client_id));
    let notice = again.map(|why| form::notice(member.words, why));
    let app = App::of(member, app);
    let page = Disconnect { page: member.page(), app, notice, csrf_token };
    member.show(form::status(again), &page)
}

/// Takes its access away.
///
/// # Errors
/// 403 for a form that is not ours or was sent before, 404 if it is not connected.
pub async fn disconnect(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = member.fields(&body)?;
    let client = fields.get("client").ok_or_else(Failure::not_found)?;
    if let Err(why) = member.browser.take_form(&member.node, &form_name(client), &fields).await? {
        let app = connected_apps::find(&member.node, member.user().id, client).await?;
        // What is not connected any more was disconnected by it.
        return match app {
            Some(app) => question(&member, app, Some(&why)),
            None => Err(why.into()),
        };
    }
    let (signed_in, address) = (&member.browser.signed_in, member.address());
    if connected_apps::disconnect(&member.node, signed_in, client, address).await? {
        return browser::see_other(&format!("{PATH}?done=disconnected"));
    }
    Err(Failure::not_found())
}

fn form_name(client: &str) -> String {
    format!("disconnect:{client}")
}
