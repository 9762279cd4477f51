//! `/admin/clients`: the OAuth clients (RFC 6749 §2), looked for by what their name or id contains.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::super::super::failure::Failure;
use super::super::form::Form;
use super::super::visit::{Administrator, Page};
use super::{Found, asked, chosen, done, found};
use crate::flows::clients::{self, Search};
use crate::oauth::client::{Client, GrantType};

#[derive(Template)]
#[template(path = "admin/clients.html", config = "src/http/pages/askama.toml")]
struct Clients<'a> {
    page: Page<'a>,
    done: Option<String>,
    /// Whether others can register some, by a token.
    tokens_count: bool,
    form: Form,
    states: [(&'static str, String); 4],
    found: Found<Client>,
}

/// Shows those that fit.
///
/// # Errors
/// 400 for a filter that is not known, 503.
pub async fn get(visit: Administrator) -> Result<HttpResponse, Failure> {
    let (listing, parameters) = asked(&visit, &["q", "state"])?;
    let states =
        [("enabled", (Some(false), false)), ("disabled", (Some(true), false)), ("limited", (None, true))];
    let (disabled, limited) = chosen(&visit, &parameters, "state", &states)?.unwrap_or_default();
    let after = listing.after_name().map_err(|_| visit.not_known())?;
    let text = parameters.get("q").map(str::to_owned);
    let what = Search { text, disabled, limited };
    let rows = clients::search(&visit.node, what, after, listing.to_read()).await?;
    let page = Clients {
        page: visit.page(),
        done: done(&visit, &parameters),
        tokens_count: super::registration_tokens::counts(&visit),
        form: Form::sent(&parameters, &["q", "state"]),
        states: [
            ("", visit.words.say("admin-all")),
            ("enabled", visit.words.say("admin-enabled-ones")),
            ("disabled", visit.words.say("admin-disabled-ones")),
            ("limited", visit.words.say("admin-limited-ones")),
        ],
        found: found("/admin/clients", (&listing, &parameters), rows, |client| {
            client.client_id.clone().into_bytes()
        }),
    };
    visit.show(StatusCode::OK, &page)
}

/// The id of the words for what kind of application a client is.
pub fn kind(client: &Client) -> &'static str {
    if client.resource_server {
        "admin-client-api"
    } else if client.allows(GrantType::DeviceCode) && client.redirect_uris.is_empty() {
        "admin-client-device"
    } else if client.is_public() {
        "admin-client-public"
    } else if client.redirect_uris.is_empty() {
        "admin-client-service"
    } else {
        "admin-client-web"
    }
}
