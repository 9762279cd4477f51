//! Pushing an authorization request (RFC 9126 §2): the client authenticates, the request is checked as at the authorization
//! endpoint, and a URI stands for it.

use std::net::IpAddr;

use super::authorization_request::{Hangs, finished};
use super::error::FlowError;
use super::node::Node;
use super::throttle::network;
use super::{authorization_request, client_authentication, dpop, throttle};
use crate::account::login_throttle::Counter;
use crate::clock::UnixTime;
use crate::crypto::opaque_token::{PlainToken, TokenType};
use crate::oauth::authorization_request::{Arrival, AuthorizationRefusal};
use crate::oauth::client::Client;
use crate::oauth::dpop::bind;
use crate::oauth::error::OAuthError;
use crate::oauth::parameters::Parameters;
use crate::oauth::pushed_authorization_request::{
    LIFETIME_SECONDS, PushedAuthorizationRequest, PushedAuthorizationResponse, kept,
};
use crate::storage;
use crate::storage::login_throttle::Name;

/// Why nothing was pushed.
pub enum PushRefusal {
    /// RFC 9126 §2.3: an error of the token endpoint.
    OAuth(OAuthError),
    /// Too many of one client from one address: come back in so many seconds.
    Throttled(i64),
}

/// Stores a request and gives it a URI.
pub async fn push(
    node: &Node,
    authorization: Option<&str>,
    body: &Parameters,
    proof: Option<&str>,
    address: IpAddr,
) -> Result<Result<PushedAuthorizationResponse, PushRefusal>, FlowError> {
    let refused = |error| Ok(Err(PushRefusal::OAuth(error)));
    let record = match client_authentication::authenticate(node, authorization, body).await? {
        Ok(record) => record,
        Err(error) => return refused(error),
    };
    let client = &record.client;
    let proof = match dpop::at_endpoint(node, client, proof, "/oauth/par") {
        Ok(proof) => proof,
        Err(error) => return refused(error),
    };
    let now = node.clock.now();
    let (mut parameters, arrival) = match said(node, client, body, now).await? {
        Ok(said) => said,
        Err(error) => return refused(error),
    };
    if let Some(proof) = &proof
        && let Err(error) = bind(&mut parameters, &proof.thumbprint)
    {
        return refused(error);
    }
    // Nobody is sent anywhere from here: what would be shown and what would be redirected is told alike (RFC 9126 §2.3).
    let checked = authorization_request::checked(node, &parameters, Some(client), arrival).await?;
    match checked.and_then(|(request, client)| finished(node, request, client, Hangs::Nowhere, None)) {
        Ok(_) => {}
        Err(AuthorizationRefusal::Page(error) | AuthorizationRefusal::Redirect { error, .. }) => {
            return refused(error);
        }
    }
    let pushed = PushedAuthorizationRequest {
        client_id: client.client_id.clone(),
        parameters,
        created_at: now,
        expires_at: now.plus_seconds(LIFETIME_SECONDS),
        consumed_at: None,
    };
    // Whoever was registered with a secret answers for what it does; anybody can send the id of a public client, or describe
    // one.
    let counted = client.is_stranger().then(|| {
        let who = [b"push", Counter::Pushes.label(), client.client_id.as_bytes(), &network(address)];
        (Counter::Pushes, node.throttle.mac(&who))
    });
    let wait = admitted(node, counted, now).await?;
    if wait > 0 {
        return Ok(Err(PushRefusal::Throttled(wait)));
    }
    // Behind the throttle: a stranger's proofs are rows too.
    if let Some(proof) = &proof
        && let Err(error) = dpop::remember(node, proof).await?
    {
        return refused(error);
    }
    let token = PlainToken::generate(TokenType::PushedRequest);
    let digest = node.tokens.digest(&token);
    node.db.write(move |c| storage::pushed_authorization_request::insert(c, &digest, &pushed)).await?;
    Ok(Ok(PushedAuthorizationResponse::new(token.expose())))
}

/// Counts a push of who is counted; the seconds to wait if there were too many.
async fn admitted(node: &Node, counted: Option<(Counter, Name)>, now: UnixTime) -> Result<i64, FlowError> {
    if counted.is_none() {
        return Ok(0);
    }
    let wait = node.db.write(move |c| {
        let wait = throttle::waits(c, counted.as_slice(), now)?;
        if wait == 0 {
            throttle::count(c, counted.as_slice(), now)?;
        }
        Ok(wait)
    });
    Ok(wait.await?)
}

/// What a push asks for: what its request object says, if there is one (RFC 9126 §3), else what its body says.
async fn said(
    node: &Node,
    client: &Client,
    body: &Parameters,
    now: UnixTime,
) -> Result<Result<(Parameters, Arrival), OAuthError>, FlowError> {
    let kept = match kept(body, &client.client_id) {
        Ok(kept) => kept,
        Err(error) => return Ok(Err(error)),
    };
    let arrival = |is_signed| Arrival { is_pushed: true, is_signed };
    let Some(object) = kept.get("request") else { return Ok(Ok((kept, arrival(false)))) };
    let said = authorization_request::opened(node, Some(client), object, now).await?;
    Ok(said.map(|said| (said, arrival(true))).map_err(|unopened| unopened.error))
}
