//! An authorization request as it arrives: by its parameters or by the URI of a pushed one (RFC 9126 §4), and with the mark
//! that it carries through our own pages.

use super::error::FlowError;
use super::node::Node;
use crate::clock::UnixTime;
use crate::crypto::opaque_token::{PlainToken, TokenDigest, TokenType};
use crate::oauth::authorization_request::{
    Arrival, AuthorizationRefusal, AuthorizationRequest, check, refuse,
};
use crate::oauth::client::Client;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::parameters::Parameters;
use crate::oauth::pushed_authorization_request::{token_of, unknown};
use crate::storage;
use crate::storage::client::ClientRecord;

/// The parameter that says when a request was first sent to a page of ours. It is not the client's to set: one that we did not
/// write says nothing.
const MARK: &str = "seen";

/// A request that was found good, and what it hangs on.
pub(super) struct Loaded {
    /// What it asks for.
    pub request: AuthorizationRequest,
    /// Who asks.
    pub client: Client,
    /// Under what it was pushed.
    pub pushed: Option<TokenDigest>,
    /// Whether what it came by ends soon: before a person has read the page.
    pub passes: bool,
    /// When it was first sent to a page of ours, if it comes from there.
    pub seen: Option<UnixTime>,
}

type Answer = Result<Loaded, AuthorizationRefusal>;

/// Finds the client and what counts as its parameters, and checks them.
pub(super) async fn load(node: &Node, parameters: &Parameters) -> Result<Answer, FlowError> {
    let record = match parameters.get("client_id") {
        Some(id) => node.directory.client(id).await?,
        None => None,
    };
    let client = record.as_deref().map(|ClientRecord { client, .. }| client);
    let seen = seen(node, parameters);
    let refused = |error| Ok(Err(refuse(parameters, client, error)));
    match (parameters.get("request_uri"), parameters.get("request")) {
        (None, None) => {
            let checked = checked(node, parameters, client, Arrival::default()).await?;
            Ok(checked.map(|(request, client)| Loaded {
                request,
                client,
                pushed: None,
                passes: false,
                seen,
            }))
        }
        (Some(uri), None) => pushed(node, parameters, client, uri, seen).await,
        (None, Some(_)) => {
            refused(OAuthError::new(ErrorCode::RequestNotSupported, "request objects are not supported"))
        }
        (Some(_), Some(_)) => {
            let text = "request and request_uri exclude each other (RFC 9101 section 5)";
            refused(OAuthError::new(ErrorCode::InvalidRequest, text))
        }
    }
}

/// A pushed request: nothing beside its URI and `client_id` counts (RFC 9126 §4).
async fn pushed(
    node: &Node,
    parameters: &Parameters,
    client: Option<&Client>,
    uri: &str,
    seen: Option<UnixTime>,
) -> Result<Answer, FlowError> {
    let Some(token) = token_of(uri) else {
        let text = "only the request_uri of a pushed request is supported (RFC 9126)";
        let error = OAuthError::new(ErrorCode::RequestUriNotSupported, text);
        return Ok(Err(refuse(parameters, client, error)));
    };
    // Nothing says where else to tell it.
    let nobodys = || Ok(Err(AuthorizationRefusal::Page(unknown())));
    let Some(token) = PlainToken::parse(TokenType::PushedRequest, token) else { return nobodys() };
    let digest = node.tokens.digest(&token);
    let found = node.db.read(move |c| storage::pushed_authorization_request::find(c, &digest)).await?;
    let Some(pushed) = found.filter(|pushed| parameters.get("client_id") == Some(&pushed.client_id)) else {
        return nobodys();
    };
    let arrival = Arrival { is_pushed: true, is_signed: true };
    let (request, client) = match checked(node, &pushed.parameters, client, arrival).await? {
        Ok(checked) => checked,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Err(error) = pushed.check(seen.unwrap_or_else(|| node.clock.now())) {
        return Ok(Err(AuthorizationRefusal::Redirect { back: request.back, error }));
    }
    Ok(Ok(Loaded { request, client, pushed: Some(digest), passes: true, seen }))
}

/// Checks what counts as a request's parameters.
pub(super) async fn checked(
    node: &Node,
    parameters: &Parameters,
    client: Option<&Client>,
    arrival: Arrival,
) -> Result<Result<(AuthorizationRequest, Client), AuthorizationRefusal>, FlowError> {
    let known = node.directory.resources().await?;
    let checked = check(parameters, client, node.issuer(), &known, arrival);
    Ok(match (checked, client) {
        (Ok(request), Some(client)) => Ok((request, client.clone())),
        (Err(refusal), _) => Err(refusal),
        (Ok(_), None) => {
            let error = OAuthError::new(ErrorCode::InvalidRequest, "client_id is unknown");
            Err(AuthorizationRefusal::Page(error))
        }
    })
}

/// The query by which a request comes back from a page of ours: itself, with the mark that says since when it is there.
pub(super) fn marked(node: &Node, parameters: &Parameters) -> String {
    if seen(node, parameters).is_some() {
        return parameters.to_query();
    }
    let mark = node.marks.issue(&unmarked(parameters), node.clock.now());
    parameters.to_query_with(MARK, Some(&mark))
}

fn seen(node: &Node, parameters: &Parameters) -> Option<UnixTime> {
    node.marks.read(parameters.get(MARK)?, &unmarked(parameters), node.clock.now())
}

fn unmarked(parameters: &Parameters) -> String {
    parameters.to_query_with(MARK, None)
}
