//! `/admin/clients/{id}/secret`: another secret for a client, shown in the answer, once; the old one may be good for a while
//! (security §3, 36).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path};
use askama::Template;

use super::super::super::failure::Failure;
use super::super::form::Form;
use super::super::settings::keys::secret::OVERLAPS;
use super::super::visit::{Administrator, Page};
use super::client::find;
use super::{client_address, new_client};
use crate::clock::UnixTime;
use crate::flows::client_secret;
use crate::flows::clients::ClientRefusal;
use crate::oauth::client::Client;

#[derive(Template)]
#[template(path = "admin/replace_client_secret.html", config = "src/http/pages/askama.toml")]
struct Replace<'a> {
    page: Page<'a>,
    client: &'a Client,
    place: String,
    csrf_token: String,
    form: Form,
    overlaps: [(&'static str, String); 4],
    /// Until when there is an old secret already, which ends by this.
    older: Option<UnixTime>,
}

/// Asks how long the old secret is to be good.
///
/// # Errors
/// 404, 303 to prove again who it is.
pub async fn ask(visit: Administrator, path: Path<String>) -> Result<HttpResponse, Failure> {
    visit.proved_lately()?;
    let client = confidential(&visit, &path).await?;
    show(&visit, StatusCode::OK, &client, Form::new().with("overlap", "0"))
}

/// Replaces it, and shows the new one.
///
/// # Errors
/// 403 for a form that is not ours, 404.
pub async fn replace(visit: Administrator, path: Path<String>, body: Bytes) -> Result<HttpResponse, Failure> {
    let client = confidential(&visit, &path).await?;
    let fields = match visit.proved_form(&body, &form_of(&client)).await? {
        Ok(fields) => fields,
        Err(back) => {
            let form = back.form(visit.words, &["overlap"]);
            return show(&visit, StatusCode::FORBIDDEN, &client, form);
        }
    };
    let form = Form::sent(&fields, &["overlap"]);
    let chosen = OVERLAPS.iter().find(|(_, sent, _)| fields.get("overlap") == Some(sent));
    let Some((seconds, ..)) = chosen else {
        let form = form.wrong("overlap", visit.words.say("fault-required"));
        return show(&visit, StatusCode::BAD_REQUEST, &client, form);
    };
    match client_secret::replace(&visit.node, visit.actor(), &client.client_id, *seconds).await? {
        Ok(made) => new_client::with_secret(&visit, &made),
        Err(ClientRefusal::NotAllowed(reason)) => Err(Failure::insufficient_scope(reason)),
        Err(_) => Err(Failure::not_found()),
    }
}

fn form_of(client: &Client) -> String {
    format!("secret-client:{}", client.client_id)
}

/// The client, if it has a secret.
async fn confidential(visit: &Administrator, part: &str) -> Result<Client, Failure> {
    let client = find(visit, part).await?;
    if !client.has_secret() { Err(Failure::not_found()) } else { Ok(client) }
}

fn show(
    visit: &Administrator,
    status: StatusCode,
    client: &Client,
    form: Form,
) -> Result<HttpResponse, Failure> {
    let page = Replace {
        page: visit.page(),
        client,
        place: client_address(&client.client_id),
        csrf_token: visit.form_token(&form_of(client)),
        form: form.labelled([("overlap", visit.words.say("admin-client-overlap"))]),
        overlaps: OVERLAPS.map(|(_, sent, words)| (sent, visit.words.say(words))),
        older: client.overlap_ends(visit.node.clock.now()),
    };
    visit.show(status, &page)
}
