//! Signing out because a client asks for it (OpenID Connect RP-Initiated Logout 1.0 §2, §3): at once where its hint shows that the
//! browser's session is one it knows, and otherwise only if the person says so.

use std::net::IpAddr;

use super::error::FlowError;
use super::node::Node;
use super::session::{self, SignedIn};
use super::{id_token, subject};
use crate::oauth::client::Client;
use crate::oauth::error::OAuthError;
use crate::oauth::id_token::IdTokenClaims;
use crate::oauth::parameters::Parameters;
use crate::oauth::rp_initiated_logout::{self, LogoutRequest, bad_hint};

/// What becomes of a logout request.
pub enum Answer {
    /// Nobody is signed in in this browser, or not any more: it goes there, or nowhere.
    SignedOut(Option<String>),
    /// The person is to be asked (§2); the name of the client that wants it, if it is known.
    Ask(Option<String>),
    /// The request is not in order: nothing of it counts (§4).
    Refused(OAuthError),
}

/// Answers a logout request.
///
/// # Errors
/// The store is away.
pub async fn request(
    node: &Node,
    parameters: &Parameters,
    signed_in: Option<&SignedIn>,
    address: IpAddr,
) -> Result<Answer, FlowError> {
    let request = match check(node, parameters).await? {
        Ok(request) => request,
        Err(error) => return Ok(Answer::Refused(error)),
    };
    let Some(signed_in) = signed_in else { return Ok(Answer::SignedOut(request.location)) };
    let LogoutRequest { client, hint, location } = request;
    match (client, hint) {
        (Some(client), Some(hint)) if belongs(node, &client, &hint, signed_in) => {
            session::end_for(node, signed_in, address, Some(client.client_id)).await?;
            Ok(Answer::SignedOut(location))
        }
        (client, _) => Ok(Answer::Ask(client.map(|client| client.name))),
    }
}

/// Signs out by the word of the person, whatever the request was; where the browser goes then.
///
/// # Errors
/// The store is away.
pub async fn confirmed(
    node: &Node,
    parameters: &Parameters,
    signed_in: Option<&SignedIn>,
    address: IpAddr,
) -> Result<Option<String>, FlowError> {
    let request = check(node, parameters).await?.ok();
    let (client, location) = request.map_or((None, None), |request| (request.client, request.location));
    if let Some(signed_in) = signed_in {
        session::end_for(node, signed_in, address, client.map(|client| client.client_id)).await?;
    }
    Ok(location)
}

/// The name of the client that asks, to ask the person once more.
///
/// # Errors
/// The store is away.
pub async fn asked_by(node: &Node, parameters: &Parameters) -> Result<Option<String>, FlowError> {
    let request = check(node, parameters).await?.ok();
    Ok(request.and_then(|request| request.client).map(|client| client.name))
}

async fn check(node: &Node, parameters: &Parameters) -> Result<Result<LogoutRequest, OAuthError>, FlowError> {
    let hint = match parameters.get("id_token_hint") {
        None => None,
        Some(token) => match id_token::read_hint(node, token) {
            Some(claims) => Some(claims),
            None => return Ok(bad_hint()),
        },
    };
    let record = match rp_initiated_logout::client_id(parameters, hint.as_ref()) {
        Ok(Some(id)) => node.directory.client(id).await?,
        Ok(None) => None,
        Err(error) => return Ok(Err(error)),
    };
    let client = record.as_deref().map(|record| &record.client);
    Ok(rp_initiated_logout::check(parameters, hint, client))
}

/// Whether the hint is of the session that this browser has (§2). A token of a grant that outlives its session has no `sid` after a
/// refresh: it is of this session if the same person signed in at the same moment.
fn belongs(node: &Node, client: &Client, hint: &IdTokenClaims, signed_in: &SignedIn) -> bool {
    match &hint.sid {
        Some(sid) => *sid == subject::session_id(node, client, signed_in.session.id),
        None => {
            hint.auth_time == Some(signed_in.session.auth_time.seconds())
                && hint.sub == subject::of(node, client, signed_in.user.id)
        }
    }
}
