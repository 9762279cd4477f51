//! The authorization endpoint (RFC 6749 §4.1.1): sign in, consent, then a code. Login and consent return here.

use super::actor::Trace;
use super::authorization_request::{Hangs, Loaded, load, marked, unmarked};
use super::error::FlowError;
use super::node::{Node, event};
use super::resource_indicator::{self, Audience};
use super::scopes::Known;
use super::session::SignedIn;
use crate::crypto::opaque_token::{PlainToken, TokenDigest, TokenType};
use crate::crypto::request_mark::Mark;
use crate::oauth::authorization_code::{AuthorizationCode, LIFETIME_SECONDS};
use crate::oauth::authorization_request::{self, AuthorizationRefusal, AuthorizationRequest};
use crate::oauth::authorization_response::{AuthorizationResponse, FormPost};
use crate::oauth::claims_request::ClaimsRequest;
use crate::oauth::client::Client;
use crate::oauth::client_id_metadata_document;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::parameters::Parameters;
use crate::oauth::prompt::{Present, SignIn};
use crate::oauth::scope::Scope;
use crate::storage::audit_event::Kind;
use crate::storage::{self, DbConnection, StorageError};

/// What the browser is to be shown or told.
pub enum Authorize {
    /// Sign in first.
    Login(LoginFirst),
    /// Come back by this query before anything is shown: what the request came by ends before its person has decided, or it
    /// was answered before and begins again.
    ComeBack(String),
    /// Ask the person.
    Consent(Box<ConsentPrompt>),
    /// Go to the client: with a code, or with an error it may be told.
    Redirect(String),
    /// The same by a form (Form Post Response Mode §2).
    FormPost(FormPost),
    /// An error that must not be sent anywhere (RFC 6749 §4.1.2.1).
    Page(OAuthError),
}

/// The way over the sign-in page.
pub struct LoginFirst {
    /// The query to come back with.
    pub query: String,
    /// Why.
    pub why: SignIn,
}

/// What a person needs to know to decide.
pub struct ConsentPrompt {
    /// The client's registered name.
    pub client_name: String,
    /// Its id.
    pub client_id: String,
    /// Where it describes itself, if nobody here registered it.
    pub described_at: Option<String>,
    /// Whether it registered itself, so that nobody here has looked at it.
    pub registered_itself: bool,
    /// Where the answer goes; `None` for a private-use scheme.
    pub redirect_host: Option<String>,
    /// Whether the answer goes to a program on the person's device, which may be any.
    pub to_device: bool,
    /// Its terms of service, if an administrator registered it with them.
    pub terms: Option<String>,
    /// Its privacy policy, likewise.
    pub policy: Option<String>,
    /// Whether a yes counts for the next time; `None` where the application wants to be asked about each time.
    pub is_remembered: Option<bool>,
    /// What it asks for, as far as this person can give it.
    pub scope: Scope,
    /// The API it is for (RFC 8707); `None`: this server's own default audience.
    pub resource: Option<Audience>,
    /// Who is signed in.
    pub username: String,
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

/// Refuses a request of which `once` came once, and something else more often: the client is told, if nothing of where to is in
/// doubt (RFC 6749 §4.1.2.1).
pub async fn refuse_repeated(
    node: &Node,
    once: &Parameters,
    error: OAuthError,
) -> Result<Authorize, FlowError> {
    let record = match once.get("client_id") {
        Some(id) => node.directory.client(id).await?,
        None => None,
    };
    let client = record.as_deref().map(|record| &record.client);
    Ok(refused(node, authorization_request::refuse(once, client, error)))
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
    let loaded = match load(node, parameters).await? {
        Ok(loaded) => loaded,
        Err(refusal) => return Ok(refused(node, refusal)),
    };
    let signed_in = match whoever(node, parameters, &loaded, signed_in) {
        Ok(signed_in) => signed_in,
        Err(answer) => return Ok(answer),
    };
    let request = &loaded.request;
    let scope = grantable(&request.scope, signed_in);
    if scope.is_empty() && !request.scope.is_empty() {
        let text = "the signed-in user cannot grant any of this scope";
        return Ok(refuse(node, request, ErrorCode::AccessDenied, text));
    }
    let prompt = request.demand.prompt;
    let may_remember = memory == Memory::Counts && !prompt.consent;
    if may_remember && is_remembered(node, &loaded.client, request, signed_in, &scope).await? {
        return issue_code(node, parameters, loaded, signed_in, scope).await;
    }
    if prompt.none {
        let text = "the user has to be asked";
        return Ok(refuse(node, request, ErrorCode::ConsentRequired, text));
    }
    if !signed_in.may_give(&scope, node.clock.now()) {
        return Ok(sign_in(node, parameters, &loaded, SignIn::Again));
    }
    // Whoever reads the page for longer than the request lasts can still reload it, and answer.
    if loaded.hangs != Hangs::Nowhere && loaded.seen.is_none() {
        return Ok(Authorize::ComeBack(marked(node, parameters, &request.back)));
    }
    let resource = resource_indicator::shown(node, request.resource.as_deref()).await?;
    // What a stranger says of itself is no place to send people to while they decide (RFC 7591 §5).
    let metadata = Some(&loaded.client.metadata).filter(|metadata| !metadata.is_unchecked());
    Ok(Authorize::Consent(Box::new(ConsentPrompt {
        terms: metadata.and_then(|metadata| metadata.tos_uri.clone()),
        policy: metadata.and_then(|metadata| metadata.policy_uri.clone()),
        is_remembered: (!prompt.consent).then(|| remembers(node, &loaded.client, request)),
        described_at: client_id_metadata_document::host(&loaded.client),
        registered_itself: loaded.client.metadata.registered_itself,
        client_name: loaded.client.name.clone(),
        client_id: loaded.client.client_id.clone(),
        redirect_host: request.back.uri.host(),
        to_device: !request.back.uri.is_https(),
        scope,
        resource,
        username: signed_in.user.username.clone(),
    })))
}

/// Carries out what the person decided on the consent page, where they were `shown` this scope. Everything is checked again; what
/// the client may ask for can have grown meanwhile, and nobody allows what they did not see.
pub async fn decide(
    node: &Node,
    parameters: &Parameters,
    signed_in: &SignedIn,
    shown: &Scope,
    allow: bool,
) -> Result<Authorize, FlowError> {
    let loaded = match load(node, parameters).await? {
        Ok(loaded) => loaded,
        Err(refusal) => return Ok(refused(node, refusal)),
    };
    let scope = grantable(&loaded.request.scope, signed_in).intersect(shown);
    if !allow || (scope.is_empty() && !loaded.request.scope.is_empty()) {
        return Ok(refuse(node, &loaded.request, ErrorCode::AccessDenied, "the user refused"));
    }
    match whoever(node, parameters, &loaded, Some(signed_in)) {
        Ok(signed_in) if signed_in.may_give(&scope, node.clock.now()) => {
            issue_code(node, parameters, loaded, signed_in, scope).await
        }
        Ok(_) => Ok(sign_in(node, parameters, &loaded, SignIn::Again)),
        Err(answer) => Ok(answer),
    }
}

fn sign_in(node: &Node, parameters: &Parameters, loaded: &Loaded, why: SignIn) -> Authorize {
    Authorize::Login(LoginFirst { query: marked(node, parameters, &loaded.request.back), why })
}

/// Who may answer the request, if nobody has to sign in first.
fn whoever<'a>(
    node: &Node,
    parameters: &Parameters,
    loaded: &Loaded,
    signed_in: Option<&'a SignedIn>,
) -> Result<&'a SignedIn, Authorize> {
    let present = signed_in.map(|signed_in| Present {
        auth_time: signed_in.session.auth_time,
        is_expected: loaded.expects(node, signed_in),
        is_hinted: loaded.hints_at(signed_in),
    });
    let demand = loaded.request.demand;
    let why = match (demand.sign_in(present, loaded.seen.map(|mark| mark.at), node.clock.now()), signed_in) {
        (Ok(None), Some(signed_in)) => return Ok(signed_in),
        (Ok(why), _) => why.unwrap_or(SignIn::Needed),
        (Err(error), _) => return Err(respond(loaded.request.back.error(&error, node.issuer()))),
    };
    Err(sign_in(node, parameters, loaded, why))
}

fn refused(node: &Node, refusal: AuthorizationRefusal) -> Authorize {
    match refusal {
        AuthorizationRefusal::Redirect { back, error } => respond(back.error(&error, node.issuer())),
        AuthorizationRefusal::Page(error) => Authorize::Page(error),
    }
}

fn respond(response: AuthorizationResponse) -> Authorize {
    match response {
        AuthorizationResponse::Redirect(location) => Authorize::Redirect(location),
        AuthorizationResponse::FormPost(form) => Authorize::FormPost(form),
    }
}

/// Nobody hands on what they do not have.
fn grantable(asked: &Scope, signed_in: &SignedIn) -> Scope {
    signed_in.user.grantable(asked)
}

/// Whether a client's identity is assured: by its secret, or by an https host that its redirect URI names. One that
/// describes itself proves no more by its key than that it wrote its document, and of one that registered itself nothing is known.
pub(super) fn is_assured(client: &Client, redirects_to_https: bool) -> bool {
    !client.metadata.registered_itself && (!client.is_stranger() || redirects_to_https)
}

/// Consent given before counts for a client whose identity is assured: by its secret, or by the https host that
/// its redirect URI names; any program may listen on loopback (RFC 8252 §8.6; security §3, 39). It was given for
/// the default audience: another resource is asked about each time.
fn remembers(node: &Node, client: &Client, request: &AuthorizationRequest) -> bool {
    is_assured(client, request.back.uri.is_https())
        && request.resource.as_deref().is_none_or(|resource| resource == node.issuer())
}

/// Whether the person allowed all of this before, where that counts.
async fn is_remembered(
    node: &Node,
    client: &Client,
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
    scope: &Scope,
) -> Result<bool, FlowError> {
    if !remembers(node, client, request) {
        return Ok(false);
    }
    let (user_id, client_id) = (signed_in.user.id, client.client_id.clone());
    let before = node.db.read(move |c| storage::consent::find(c, user_id, &client_id)).await?;
    Ok(before.is_some_and(|before| scope.is_subset_of(&before)))
}

fn refuse(node: &Node, request: &AuthorizationRequest, code: ErrorCode, text: &'static str) -> Authorize {
    respond(request.back.error(&OAuthError::new(code, text), node.issuer()))
}

/// What became of a code about to be stored.
enum Stored {
    Yes,
    /// Its person signed out in another tab meanwhile.
    SignedOut,
    /// Another one was issued for the same pushed request.
    Answered,
    /// Another one was issued on the same way through our pages, or a scope was removed meanwhile.
    Repeated,
}

/// Makes a code, and remembers the consent where it counts for the next time, in one write.
async fn issue_code(
    node: &Node,
    parameters: &Parameters,
    loaded: Loaded,
    signed_in: &SignedIn,
    scope: Scope,
) -> Result<Authorize, FlowError> {
    let Loaded { request, client, hangs, seen, .. } = loaded;
    let plain = PlainToken::generate(TokenType::AuthorizationCode);
    let digest = node.tokens.digest(&plain);
    let code = code_for(node, &request, signed_in, scope);
    let remember = remembers(node, &client, &request);
    let trace = Trace::owner(&signed_in.user, None);
    let known = Known::of(node, &code.scope);
    let stored = node.db.write(move |c| match known.is_there(c)? {
        true => store(c, &digest, &code, hangs, seen, remember, &trace),
        false => Ok(Stored::Repeated),
    });
    let stored = stored.await;
    match stored {
        Ok(Stored::Yes) => Ok(respond(request.back.success(plain.expose(), node.issuer()))),
        Ok(Stored::SignedOut) => {
            let query = marked(node, parameters, &request.back);
            Ok(Authorize::Login(LoginFirst { query, why: SignIn::Needed }))
        }
        Ok(Stored::Answered) => {
            let text = "this request was answered before: begin again";
            Ok(refuse(node, &request, ErrorCode::InvalidRequestUri, text))
        }
        // What its person did for that one was not done for this: it begins again.
        Ok(Stored::Repeated) => Ok(Authorize::ComeBack(unmarked(parameters))),
        // The same person answered the same question twice at once, or the client is gone: ask again.
        Err(StorageError::Conflict) => {
            Ok(refuse(node, &request, ErrorCode::TemporarilyUnavailable, "try again"))
        }
        Err(error) => Err(error.into()),
    }
}

fn code_for(
    node: &Node,
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
    scope: Scope,
) -> AuthorizationCode {
    let now = node.clock.now();
    AuthorizationCode {
        client_id: request.client_id.clone(),
        user_id: signed_in.user.id,
        session_id: signed_in.session.id,
        redirect_uri: request.back.uri.as_str().to_owned(),
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
        claims: request.claims.as_ref().map(ClaimsRequest::to_json),
        dpop_jkt: request.dpop_jkt.clone(),
    }
}

/// Stores a code with what hangs on it. Of two for one pushed request the first counts (RFC 9126 §4), and of two on one way
/// through our pages: a sign-in that was demanded lets one code pass.
fn store(
    connection: &mut DbConnection,
    digest: &TokenDigest,
    code: &AuthorizationCode,
    hangs: Hangs,
    seen: Option<Mark>,
    remember: bool,
    trace: &Trace,
) -> Result<Stored, StorageError> {
    let now = code.created_at;
    if !storage::session::lock_live(connection, code.session_id, now)? {
        return Ok(Stored::SignedOut);
    }
    if let Hangs::OnPushed(pushed) = hangs
        && !storage::pushed_authorization_request::consume(connection, &pushed, now)?
    {
        return Ok(Stored::Answered);
    }
    if let Some(mark) = seen
        && !storage::spent_form::spend(connection, &mark.digest, mark.until)?
    {
        return Ok(Stored::Repeated);
    }
    if remember {
        storage::consent::remember(connection, code.user_id, &code.client_id, &code.scope, now)?;
    }
    storage::authorization_code::insert(connection, digest, code)?;
    let mut audit = event(Kind::ConsentGranted, now);
    audit.user_id = Some(code.user_id);
    audit.client_id = Some(code.client_id.clone());
    trace.record(connection, audit)?;
    Ok(Stored::Yes)
}
