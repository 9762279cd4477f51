//! `GET /api/get_token`: the key that One Codex's command-line client fetches after it signed in (contract §11).

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::super::extract::{address, caller, origin};
use super::super::failure::Failure;
use super::super::pages::browser;
use super::super::settings::WebSettings;
use crate::flows::{Node, hand_off};

#[derive(Serialize)]
struct Body<'a> {
    key: &'a str,
}

/// Answers with a new key of the account whose browser signed in within the last five minutes.
///
/// # Errors
/// 401 without such a browser, 403 if another site's page sent it here: this GET changes something. 401 and 400 for
/// another credential beside the cookie that is no good or somebody else's (contract §2).
pub async fn get(
    request: HttpRequest,
    node: Data<Node>,
    settings: Data<WebSettings>,
) -> Result<HttpResponse, Failure> {
    // Not even a configured origin: what belongs to this URL is a redirect of our own sign-in page.
    origin::prove(&request, &[])?;
    let caller = caller::find(&request, &node, &settings).await?;
    let Some(browser) = browser::find(&request, &node, &settings).await? else {
        return Err(Failure::unauthenticated());
    };
    if caller.is_some_and(|caller| caller.user_id != Some(browser.signed_in.user.id)) {
        return Err(Failure::two_principals());
    }
    let address = address::client(request.peer_addr(), request.headers(), &settings.trusted_proxies);
    match hand_off::to_command_line(&node, &browser.signed_in, address).await? {
        Some(key) => Ok(HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .json(Body { key: key.expose() })),
        None => Err(Failure { presented: true, ..Failure::unauthenticated() }),
    }
}
