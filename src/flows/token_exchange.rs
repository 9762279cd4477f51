//! Token exchange (RFC 8693): an access token or an API key becomes a narrower access token, which dies with it.

use std::net::IpAddr;
use std::sync::Arc;

use super::api_keys::still_works;
use super::error::FlowError;
use super::issue::{self, Order};
use super::node::{Node, event};
use super::subject;
use super::verify::{self, Credential, Identity, Verdict};
use crate::clock::UnixTime;
use crate::oauth::access_token::FIRST_PARTY_CLIENT_ID;
use crate::oauth::client::Client;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::token_exchange::{
    Exchange, Origin, OriginToken, Subject, SubjectTokenType, TokenExchangeRequest, decide, refused,
};
use crate::oauth::token_response::TokenResponse;
use crate::storage::audit_event::{self, AuditEvent, By, ByKind, Kind};
use crate::storage::{StorageError, authorization_grant};

/// What only the token that is exchanged says; of a key nothing.
#[derive(Default)]
struct Before {
    kid: String,
    auth_time: Option<UnixTime>,
    origin: Option<Origin>,
}

/// The `token-exchange` grant of the token endpoint; `from` is where the request came from, as far as that is known.
pub(super) async fn exchange(
    node: &Node,
    client: &Client,
    request: &TokenExchangeRequest,
    key: Option<&str>,
    from: Option<IpAddr>,
) -> Result<Result<TokenResponse, OAuthError>, FlowError> {
    let token = request.subject_token.as_str();
    let credential = match request.subject_token_type {
        SubjectTokenType::AccessToken => Credential::AccessToken(token),
        SubjectTokenType::ApiKey => Credential::ApiKey(token),
    };
    let identity = match verify::verify(node, credential).await? {
        Verdict::Valid(identity) => identity,
        Verdict::Expired => return Ok(Err(refused())),
        Verdict::Invalid => {
            // Whoever is told to wait is told so where guesses are tried otherwise: here nothing says that it was one.
            let _ = node.guesses.failed(None, from, node.clock.now());
            return Ok(Err(refused()));
        }
        Verdict::CannotTell => {
            let reason = "it was not heard within the revocation bound".to_owned();
            return Err(StorageError::Unavailable(reason).into());
        }
    };
    if let Err(refusal) = usable(&identity, from) {
        return Ok(Err(refusal));
    }
    let before = match identity.key {
        Some(_) => Before::default(),
        None => match node.claims_of(token).await? {
            Some((claims, kid)) => {
                Before { kid, auth_time: claims.auth_time.map(UnixTime::from_seconds), origin: claims.origin }
            }
            None => return Ok(Err(refused())),
        },
    };
    let issued_to = identity.client_id.as_deref().unwrap_or(FIRST_PARTY_CLIENT_ID);
    let subject = Subject {
        client_id: identity.key.is_none().then_some(issued_to),
        audience: &identity.audience,
        scope: &identity.scope,
        jkt: identity.binding.as_ref().map(|binding| binding.jkt.as_str()),
        origin: before.origin.as_ref(),
    };
    let known = node.directory.resources().await?;
    let given = match decide(client, request, &subject, key, &known, node.issuer()) {
        Ok(given) => given,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let now = node.clock.now();
    if identity.expires_at.is_some_and(|end| end.seconds() <= now.seconds()) {
        return Ok(Err(refused()));
    }
    let access = issue::access_token(node, order(node, client, &identity, &given, before, key), now)?;
    if !store(node, client, &identity, &given, from, now).await? {
        return Ok(Err(refused()));
    }
    let response = issue::response(access, &given.scope, None);
    Ok(Ok(TokenResponse { issued_token_type: Some(request.issued_token_type), ..response }))
}

/// Whether a credential that is good may be exchanged at all, by whoever sent it from there.
fn usable(identity: &Identity, from: Option<IpAddr>) -> Result<(), OAuthError> {
    let refuse = |text: &'static str| Err(OAuthError::new(ErrorCode::InvalidRequest, text));
    if identity.project_id().is_some() {
        // Whoever reads the token alone could not know that it is good in one project only.
        return refuse("a key of a project is not exchanged: it would act outside its project");
    }
    if identity.is_previous() {
        return refuse("this secret is being replaced: use the new one");
    }
    if !identity.may_come_from(from) {
        return refuse("the subject token may not be used from this address");
    }
    Ok(())
}

/// What the new token says. Its subject is called what it was called before: whoever has the one token could read that.
fn order<'a>(
    node: &Node,
    client: &'a Client,
    identity: &Identity,
    given: &'a Exchange,
    before: Before,
    key: Option<&'a str>,
) -> Order<'a> {
    let (name, origin) = match (&identity.key, identity.user_id) {
        (Some(_), Some(user)) => (
            subject::of(node, client, user),
            Origin::of_key(identity.credential_id, identity.issued_at.micros()),
        ),
        _ => {
            let token = OriginToken {
                jti: identity.credential_id,
                client_id: identity.client_id.as_deref().unwrap_or(FIRST_PARTY_CLIENT_ID).to_owned(),
                kid: before.kid,
            };
            (identity.subject.clone(), Origin::of_token(token, before.origin))
        }
    };
    Order {
        subject: name,
        client_id: &client.client_id,
        scope: &given.scope,
        resource: Some(&given.audience),
        auth_time: before.auth_time,
        grant: identity.grant_id.zip(identity.expires_at),
        key,
        fapi: client.metadata.fapi,
        exchanged: Some((origin, identity.expires_at)),
    }
}

/// Writes down what was exchanged, if it is still good: its grant or key is held meanwhile. `false`: it is not any more.
async fn store(
    node: &Node,
    client: &Client,
    identity: &Arc<Identity>,
    given: &Exchange,
    from: Option<IpAddr>,
    now: UnixTime,
) -> Result<bool, FlowError> {
    let by = By { name: Some(client.client_id.clone()), ..By::nameless(ByKind::Client) };
    let audit = AuditEvent {
        user_id: identity.user_id,
        client_id: Some(client.client_id.clone()),
        key_id: identity.key.as_ref().map(|_| identity.credential_id),
        address: from.map(|address| address.to_string()),
        detail: Some(format!("{} for {}", given.scope, given.audience)),
        by: Some(by),
        ..event(Kind::TokenExchanged, now)
    };
    let identity = Arc::clone(identity);
    let stored = node
        .db
        .write(move |c| {
            let good = match (&identity.key, identity.grant_id) {
                (Some(_), _) => still_works(c, identity.credential_id, identity.issued_at, now)?,
                (None, Some(grant)) => authorization_grant::lock_live(c, grant, now)?,
                (None, None) => true,
            };
            if good {
                audit_event::insert(c, &audit)?;
            }
            Ok(good)
        })
        .await?;
    Ok(stored)
}
