//! An authorization request as it arrives: by its parameters, by the URI of a pushed one (RFC 9126 §4) or in a request object
//! (RFC 9101), and with the mark that it carries through our own pages.

use super::error::FlowError;
use super::node::Node;
use super::session::SignedIn;
use super::{client_keys, id_token, scopes, subject};
use crate::account::user::User;
use crate::clock::UnixTime;
use crate::crypto::opaque_token::{PlainToken, TokenDigest, TokenType};
use crate::crypto::request_mark::Mark;
use crate::oauth::authorization_request::{
    Arrival, AuthorizationRefusal, AuthorizationRequest, check, check_arrival, refuse, unknown_client,
};
use crate::oauth::authorization_response::Return;
use crate::oauth::client::Client;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::parameters::Parameters;
use crate::oauth::pushed_authorization_request::{PushedAuthorizationRequest, token_of, unknown};
use crate::oauth::request_object;
use crate::storage;
use crate::storage::client::ClientRecord;

/// The parameter that says when a request was first sent to a page of ours. It is not the client's to set: one that we did not
/// write says nothing.
const MARK: &str = "seen";
/// OpenID Connect Core §3.1.2.1.
const UI_LOCALES: &str = "ui_locales";

/// A request that was found good, and what it hangs on.
pub(super) struct Loaded {
    /// What it asks for.
    pub request: AuthorizationRequest,
    /// Who asks.
    pub client: Client,
    /// What it came by.
    pub hangs: Hangs,
    /// Since when it is on its way through pages of ours, if it comes from there.
    pub seen: Option<Mark>,
    /// Whom the client expects, by the names it knows people by: one of each list.
    expected: Vec<Vec<String>>,
}

impl Loaded {
    /// Whether this may be whom the client hints at, who says it by a user name or an e-mail address.
    pub(super) fn hints_at(&self, signed_in: &SignedIn) -> bool {
        let hint = self.request.login_hint.as_deref().filter(is_name);
        hint.is_none_or(|hint| is_named(&signed_in.user, hint))
    }

    /// Whether this is who the client expects, if it expects somebody.
    pub(super) fn expects(&self, node: &Node, signed_in: &SignedIn) -> bool {
        let name = || subject::of(node, &self.client, signed_in.user.id);
        self.expected.is_empty() || {
            let name = name();
            self.expected.iter().all(|names| names.contains(&name))
        }
    }
}

/// What a request hangs on beside its parameters: something that ends soon, before a person has read a page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hangs {
    /// On nothing.
    Nowhere,
    /// A request object (RFC 9101).
    OnObject,
    /// What was pushed under this digest (RFC 9126).
    OnPushed(TokenDigest),
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
    let is_pushed = parameters.get("request_uri").and_then(token_of).is_some();
    // Whatever else it came by (RFC 9126 §4).
    if let Some(client) = client.filter(|_| !is_pushed)
        && let Err(error) = check_arrival(client, Arrival { is_pushed, is_signed: true })
    {
        return refused(error);
    }
    match (parameters.get("request_uri"), parameters.get("request")) {
        (None, None) => {
            let checked = checked(node, parameters, client, Arrival::default()).await?;
            Ok(checked.and_then(|(request, client)| finished(node, request, client, Hangs::Nowhere, seen)))
        }
        (Some(uri), None) => pushed(node, parameters, client, uri, seen).await,
        (None, Some(object)) => {
            let at = since(node, seen);
            let signed = match opened(node, client, object, at).await? {
                Ok(signed) => signed,
                Err(Unopened { error, is_signed }) => {
                    return Ok(Err(refused_object(parameters, client, object, is_signed, error)));
                }
            };
            let arrival = Arrival { is_pushed: false, is_signed: true };
            let checked = checked(node, &signed, client, arrival).await?;
            Ok(checked.and_then(|(request, client)| finished(node, request, client, Hangs::OnObject, seen)))
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
    seen: Option<Mark>,
) -> Result<Answer, FlowError> {
    if token_of(uri).is_none() {
        let text = "only the request_uri of a pushed request is supported (RFC 9126)";
        let error = OAuthError::new(ErrorCode::RequestUriNotSupported, text);
        return Ok(Err(refuse(parameters, client, error)));
    }
    let found = found(node, uri).await?;
    let mine = found.filter(|(_, pushed)| parameters.get("client_id") == Some(&pushed.client_id));
    let Some((digest, pushed)) = mine else {
        // Nothing says where else to tell it.
        return Ok(Err(AuthorizationRefusal::Page(unknown())));
    };
    let arrival = Arrival { is_pushed: true, is_signed: true };
    let (request, client) = match checked(node, &pushed.parameters, client, arrival).await? {
        Ok(checked) => checked,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Err(error) = pushed.check(since(node, seen)) {
        return Ok(Err(AuthorizationRefusal::Redirect { back: request.back, error }));
    }
    Ok(finished(node, request, client, Hangs::OnPushed(digest), seen))
}

/// What was pushed under a URI of ours.
async fn found(
    node: &Node,
    uri: &str,
) -> Result<Option<(TokenDigest, PushedAuthorizationRequest)>, FlowError> {
    let token = token_of(uri).and_then(|token| PlainToken::parse(TokenType::PushedRequest, token));
    let Some(digest) = token.map(|token| node.tokens.digest(&token)) else { return Ok(None) };
    let found = node.db.read(move |c| storage::pushed_authorization_request::find(c, &digest)).await?;
    Ok(found.map(|pushed| (digest, pushed)))
}

/// The request with whom its client expects.
pub(super) fn finished(
    node: &Node,
    request: AuthorizationRequest,
    client: Client,
    hangs: Hangs,
    seen: Option<Mark>,
) -> Answer {
    match expected(node, &request, &client) {
        Ok(expected) => Ok(Loaded { request, client, hangs, seen, expected }),
        Err(error) => Err(AuthorizationRefusal::Redirect { back: request.back, error }),
    }
}

/// Whom the client expects: the person of the ID token it sends as a hint (OpenID Connect Core §3.1.2.1), however old that is,
/// and of the `sub` it asks for by name (§5.5.1).
fn expected(
    node: &Node,
    request: &AuthorizationRequest,
    client: &Client,
) -> Result<Vec<Vec<String>>, OAuthError> {
    let mut expected = Vec::new();
    if let Some(claims) = &request.claims {
        let names = claims.id_token.values("sub").into_iter().filter_map(|name| name.as_str());
        let names: Vec<String> = names.map(str::to_owned).collect();
        expected.extend((!claims.id_token.values("sub").is_empty()).then_some(names));
    }
    match request.id_token_hint.as_deref().map(|hint| id_token::read_hint(node, hint)) {
        None => {}
        Some(Some(claims)) if claims.aud == client.client_id => expected.push(vec![claims.sub]),
        Some(Some(_)) => {
            let text = "the id_token_hint was issued to another client";
            return Err(OAuthError::new(ErrorCode::InvalidRequest, text));
        }
        // Signed by a key that has gone, or not by us. It is a hint: only where nobody can be asked does it have to be good.
        Some(None) if request.demand.prompt.none => {
            let text = "the id_token_hint is not an ID token of ours";
            return Err(OAuthError::new(ErrorCode::LoginRequired, text));
        }
        Some(None) => {}
    }
    Ok(expected)
}

/// Refuses a request object: at its own redirect URI, if the client signed it, whatever stands beside it (RFC 9101 §5). Of one
/// that nobody signed the way back counts as little as what stands beside it, and only where that names none.
fn refused_object(
    beside: &Parameters,
    client: Option<&Client>,
    object: &str,
    is_signed: bool,
    error: OAuthError,
) -> AuthorizationRefusal {
    match client.filter(|_| is_signed || beside.get("redirect_uri").is_none()) {
        Some(known) => refuse(&request_object::way_back(object, known), client, error),
        None => refuse(beside, client, error),
    }
}

/// Why a request object is refused.
pub(super) struct Unopened {
    /// What is told.
    pub error: OAuthError,
    /// Whether the client signed it all the same.
    pub is_signed: bool,
}

/// What a request object says, if the client signed it (RFC 9101 §6). `at` is when it was first seen here.
pub(super) async fn opened(
    node: &Node,
    client: Option<&Client>,
    object: &str,
    at: UnixTime,
) -> Result<Result<Parameters, Unopened>, FlowError> {
    let unsigned = |error| Ok(Err(Unopened { error, is_signed: false }));
    let Some(client) = client else {
        return unsigned(unknown_client());
    };
    let jws = match request_object::read(object, client) {
        Ok(jws) => jws,
        Err(error) => return unsigned(error),
    };
    if !client_keys::signed(node, client, &jws).await? {
        return unsigned(request_object::unsigned());
    }
    let parameters = request_object::parameters(&jws, client, node.issuer(), at);
    Ok(parameters.map_err(|error| Unopened { error, is_signed: true }))
}

/// Checks what counts as a request's parameters.
pub(super) async fn checked(
    node: &Node,
    parameters: &Parameters,
    client: Option<&Client>,
    arrival: Arrival,
) -> Result<Result<(AuthorizationRequest, Client), AuthorizationRefusal>, FlowError> {
    let known = node.directory.resources().await?;
    let heeded = client.map(|client| scopes::heeded(node, client, parameters));
    let parameters = heeded.as_ref().unwrap_or(parameters);
    let checked = check(parameters, client, node.issuer(), &known, arrival);
    Ok(match (checked, client) {
        (Ok(request), Some(client)) => Ok((request, client.clone())),
        (Err(refusal), _) => Err(refusal),
        (Ok(_), None) => Err(AuthorizationRefusal::Page(unknown_client())),
    })
}

/// The query by which a request comes back from a page of ours: itself, with the mark that says since when it is there. The
/// language of the pages stands in it too where what it came by hides it: they are in the one that counts.
pub(super) fn marked(node: &Node, parameters: &Parameters, back: &Return) -> String {
    if seen(node, parameters).is_some() {
        return parameters.to_query();
    }
    let mut shown = parameters.without(&[UI_LOCALES, MARK]);
    if let Some(ui_locales) = back.ui_locales.as_deref().or_else(|| parameters.get(UI_LOCALES)) {
        // What cannot be added is a language that is not spoken: the browser's is.
        let _ = shown.add(UI_LOCALES, ui_locales);
    }
    let mark = node.marks.issue(&unmarked(&shown), node.clock.now());
    shown.to_query_with(MARK, Some(&mark))
}

/// When a request is judged that ends soon: when it was first seen here.
fn since(node: &Node, seen: Option<Mark>) -> UnixTime {
    seen.map_or_else(|| node.clock.now(), |mark| mark.at)
}

fn seen(node: &Node, parameters: &Parameters) -> Option<Mark> {
    node.marks.read(parameters.get(MARK)?, &unmarked(parameters), node.clock.now())
}

/// The query of a request as its client sent it.
pub(super) fn unmarked(parameters: &Parameters) -> String {
    parameters.to_query_with(MARK, None)
}

/// Whom the application says it expects to sign in (OpenID Connect Core §3.1.2.1, `login_hint`), wherever it says so: one word,
/// or nothing that could be a name here. For the sign-in page.
pub async fn login_hint(node: &Node, parameters: &Parameters) -> Result<Option<String>, FlowError> {
    let said = match (parameters.get("request_uri"), parameters.get("request")) {
        (Some(uri), _) => found(node, uri).await?.map(|(_, pushed)| pushed.parameters),
        (None, Some(object)) => {
            let record = node.directory.client(parameters.get("client_id").unwrap_or_default()).await?;
            let client = record.as_deref().map(|record| &record.client);
            let at = since(node, seen(node, parameters));
            opened(node, client, object, at).await?.ok()
        }
        (None, None) => Some(parameters.clone()),
    };
    Ok(said.and_then(|said| said.get("login_hint").filter(is_name).map(str::to_owned)))
}

/// Whether a hint could be a name here: what could not hints at nobody.
fn is_name(hint: &&str) -> bool {
    hint.len() <= 254 && !hint.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// Whether a hint is the user name or the address of `user`, in whatever letters.
pub fn is_named(user: &User, hint: &str) -> bool {
    let hint = hint.to_lowercase();
    [&user.username, &user.email].into_iter().any(|own| own.to_lowercase() == hint)
}
