//! The authorization endpoint (RFC 6749 §4.1.1): sign in, consent, then a code. Login and consent return here.

use super::actor::Trace;
use super::error::FlowError;
use super::node::{Node, event};
use super::session::SignedIn;
use crate::crypto::opaque_token::{PlainToken, TokenType};
use crate::oauth::authorization_code::{AuthorizationCode, LIFETIME_SECONDS};
use crate::oauth::authorization_request::{self, AuthorizationRefusal, AuthorizationRequest, Prompt};
use crate::oauth::authorization_response as response;
use crate::oauth::client::Client;
use crate::oauth::client_id_metadata_document;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::parameters::Parameters;
use crate::oauth::scope::Scope;
use crate::storage::audit_event::Kind;
use crate::storage::client::ClientRecord;
use crate::storage::{self, StorageError};

/// What the browser is to be shown or told.
pub enum Authorize {
    /// Sign in first, then come back with the same query.
    Login,
    /// Ask the person.
    Consent(ConsentPrompt),
    /// Go to the client: with a code, or with an error it may be told.
    Redirect(String),
    /// An error that must not be sent anywhere (RFC 6749 §4.1.2.1).
    Page(OAuthError),
}

/// What a person needs to know to decide.
pub struct ConsentPrompt {
    /// The client's registered name.
    pub client_name: String,
    /// Its id.
    pub client_id: String,
    /// Where it describes itself, if nobody here registered it.
    pub described_at: Option<String>,
    /// Where the answer goes; `None` for a private-use scheme.
    pub redirect_host: Option<String>,
    /// What it asks for, as far as this person can give it.
    pub scope: Scope,
    /// The resource it is for (RFC 8707); `None`: this server's own default audience.
    pub resource: Option<String>,
    /// Who is signed in.
    pub username: String,
}

/// An authorization request that was found good, and who asks.
struct Checked {
    request: AuthorizationRequest,
    client: Client,
}

/// Answers an authorization request.
pub async fn authorize(
    node: &Node,
    parameters: &Parameters,
    signed_in: Option<&SignedIn>,
) -> Result<Authorize, FlowError> {
    answer(node, parameters, signed_in, Memory::Counts).await
}

/// Asks the person once more, whatever they allowed before: what they sent was not taken as an answer. Makes no code.
pub async fn ask_again(
    node: &Node,
    parameters: &Parameters,
    signed_in: &SignedIn,
) -> Result<Authorize, FlowError> {
    answer(node, parameters, Some(signed_in), Memory::IsNotAsked).await
}

/// Whether what a person allowed before is an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Memory {
    Counts,
    IsNotAsked,
}

async fn answer(
    node: &Node,
    parameters: &Parameters,
    signed_in: Option<&SignedIn>,
    memory: Memory,
) -> Result<Authorize, FlowError> {
    let Checked { request, client } = match check(node, parameters).await? {
        Ok(checked) => checked,
        Err(answer) => return Ok(answer),
    };
    let Some(signed_in) = signed_in else {
        return Ok(match request.prompt {
            Prompt::None => refuse(node, &request, ErrorCode::LoginRequired, "nobody is signed in"),
            _ => Authorize::Login,
        });
    };
    // The door strips this from the request before it comes back from the sign-in page.
    if request.prompt == Prompt::Login {
        return Ok(Authorize::Login);
    }
    let scope = grantable(&request.scope, signed_in);
    if scope.is_empty() && !request.scope.is_empty() {
        let text = "the signed-in user cannot grant any of this scope";
        return Ok(refuse(node, &request, ErrorCode::AccessDenied, text));
    }
    let may_remember = memory == Memory::Counts && request.prompt != Prompt::Consent;
    if may_remember && is_remembered(node, &client, &request, signed_in, &scope).await? {
        return issue_code(node, request, signed_in, scope).await;
    }
    Ok(match request.prompt {
        Prompt::None => refuse(node, &request, ErrorCode::ConsentRequired, "the user has to be asked"),
        _ => Authorize::Consent(ConsentPrompt {
            described_at: client_id_metadata_document::host(&client),
            client_name: client.name,
            client_id: client.client_id,
            redirect_host: request.redirect_uri.host(),
            scope,
            resource: request.resource.clone().filter(|resource| resource != node.issuer()),
            username: signed_in.user.username.clone(),
        }),
    })
}

/// Carries out what the person decided on the consent page. Everything is checked again.
pub async fn decide(
    node: &Node,
    parameters: &Parameters,
    signed_in: &SignedIn,
    allow: bool,
) -> Result<Authorize, FlowError> {
    let Checked { request, .. } = match check(node, parameters).await? {
        Ok(checked) => checked,
        Err(answer) => return Ok(answer),
    };
    let scope = grantable(&request.scope, signed_in);
    if !allow || (scope.is_empty() && !request.scope.is_empty()) {
        return Ok(refuse(node, &request, ErrorCode::AccessDenied, "the user refused"));
    }
    issue_code(node, request, signed_in, scope).await
}

async fn check(node: &Node, parameters: &Parameters) -> Result<Result<Checked, Authorize>, FlowError> {
    let record = match parameters.get("client_id") {
        Some(id) => node.directory.client(id).await?,
        None => None,
    };
    let known = node.directory.resources().await?;
    let client = record.as_deref().map(|ClientRecord { client, .. }| client);
    Ok(match (authorization_request::check(parameters, client, node.issuer(), &known), client) {
        (Ok(request), Some(client)) => Ok(Checked { request, client: client.clone() }),
        (Err(AuthorizationRefusal::Redirect { redirect_uri, state, error }), _) => {
            Err(Authorize::Redirect(response::error(&redirect_uri, &error, state.as_deref(), node.issuer())))
        }
        (Err(AuthorizationRefusal::Page(error)), _) => Err(Authorize::Page(error)),
        (Ok(_), None) => {
            Err(Authorize::Page(OAuthError::new(ErrorCode::InvalidRequest, "client_id is unknown")))
        }
    })
}

/// Nobody hands on what they do not have.
fn grantable(asked: &Scope, signed_in: &SignedIn) -> Scope {
    signed_in.user.grantable(asked)
}

/// Whether a client's identity is assured: by its secret, or by an https host that its redirect URI names. One that
/// describes itself proves no more by its key than that it wrote its document.
pub(super) fn is_assured(client: &Client, redirects_to_https: bool) -> bool {
    (!client.is_public() && !client.metadata.from_document) || redirects_to_https
}

/// Consent given before counts for a client whose identity is assured: by its secret, or by the https host that
/// its redirect URI names; any program may listen on loopback (RFC 8252 §8.6; security §3, 39). It was given for
/// the default audience: another resource is asked about each time.
async fn is_remembered(
    node: &Node,
    client: &Client,
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
    scope: &Scope,
) -> Result<bool, FlowError> {
    if !is_assured(client, request.redirect_uri.is_https())
        || request.resource.as_deref().is_some_and(|resource| resource != node.issuer())
    {
        return Ok(false);
    }
    let (user_id, client_id) = (signed_in.user.id, client.client_id.clone());
    let before = node.db.read(move |c| storage::consent::find(c, user_id, &client_id)).await?;
    Ok(before.is_some_and(|before| scope.is_subset_of(&before)))
}

fn refuse(node: &Node, request: &AuthorizationRequest, code: ErrorCode, text: &'static str) -> Authorize {
    let error = OAuthError::new(code, text);
    Authorize::Redirect(response::error(
        &request.redirect_uri,
        &error,
        request.state.as_deref(),
        node.issuer(),
    ))
}

/// Makes a code, and remembers the consent, in one write.
async fn issue_code(
    node: &Node,
    request: AuthorizationRequest,
    signed_in: &SignedIn,
    scope: Scope,
) -> Result<Authorize, FlowError> {
    let now = node.clock.now();
    let plain = PlainToken::generate(TokenType::AuthorizationCode);
    let digest = node.tokens.digest(&plain);
    let code = AuthorizationCode {
        client_id: request.client_id.clone(),
        user_id: signed_in.user.id,
        session_id: signed_in.session.id,
        redirect_uri: request.redirect_uri.as_str().to_owned(),
        redirect_uri_was_given: request.redirect_uri_was_given,
        scope,
        code_challenge: request.code_challenge.clone(),
        nonce: request.nonce.clone(),
        resource: request.resource.clone(),
        auth_time: signed_in.session.auth_time,
        created_at: now,
        expires_at: now.plus_seconds(LIFETIME_SECONDS),
        consumed_at: None,
        grant_id: None,
        claims: None,
        dpop_jkt: None,
    };
    let remember = code.resource.as_deref().is_none_or(|resource| resource == node.issuer());
    let trace = Trace::owner(&signed_in.user, None);
    let mut audit = event(Kind::ConsentGranted, now);
    audit.user_id = Some(code.user_id);
    audit.client_id = Some(code.client_id.clone());
    let stored = node
        .db
        .write(move |c| {
            if !storage::session::lock_live(c, code.session_id, now)? {
                return Ok(false);
            }
            if remember {
                storage::consent::remember(c, code.user_id, &code.client_id, &code.scope, now)?;
            }
            storage::authorization_code::insert(c, &digest, &code)?;
            trace.record(c, audit.clone())?;
            Ok(true)
        })
        .await;
    match stored {
        Ok(true) => Ok(Authorize::Redirect(response::success(
            &request.redirect_uri,
            plain.expose(),
            request.state.as_deref(),
            node.issuer(),
        ))),
        // Signed out in another tab meanwhile.
        Ok(false) => Ok(Authorize::Login),
        // The same person answered the same question twice at once, or the client is gone: ask again.
        Err(StorageError::Conflict) => {
            Ok(refuse(node, &request, ErrorCode::TemporarilyUnavailable, "try again"))
        }
        Err(error) => Err(error.into()),
    }
}
