//! Owns the ID token (OpenID Connect Core §3.1.3.3, §12.2): who signed in, told to the client that was allowed to know.

use uuid::Uuid;

use super::error::FlowError;
use super::node::Node;
use super::{signing_keys, subject};
use crate::clock::UnixTime;
use crate::crypto::jwt;
use crate::crypto::signing_keys::SigningAlgorithm;
use crate::oauth::authorization_grant::AuthorizationGrant;
use crate::oauth::claims_request::ClaimsRequest;
use crate::oauth::client::Client;
use crate::oauth::id_token::{ACR_PASSWORD, AMR_PASSWORD, IdTokenClaims, LIFETIME_SECONDS, TYP};
use crate::oauth::scope::{OPENID, Scope};
use crate::oauth::userinfo::{self, Person};
use crate::storage::{StorageError, contact};

/// What an ID token is issued upon.
pub(super) struct Occasion<'a> {
    /// What was granted, and when the person signed in.
    pub grant: &'a AuthorizationGrant,
    /// What the access token beside it allows.
    pub scope: &'a Scope,
    /// The session in which the person allowed it, if it is still known.
    pub session_id: Option<Uuid>,
    /// What the client sent with its request, if this is the answer to it.
    pub nonce: Option<&'a str>,
    /// The key that the access token is bound to (RFC 9449 §5).
    pub key: Option<&'a str>,
}

/// The ID token to go with `access_token`; `None` if `openid` was not granted.
pub(super) async fn issue(
    node: &Node,
    client: &Client,
    occasion: Occasion<'_>,
    access_token: &str,
    now: UnixTime,
) -> Result<Option<String>, FlowError> {
    let Occasion { grant, scope, session_id, nonce, .. } = occasion;
    if !scope.contains(OPENID) {
        return Ok(None);
    }
    let algorithm = algorithm(client.metadata.id_token_algorithm())?;
    let asked = ClaimsRequest::from_stored(grant.claims.as_deref()).id_token;
    let person = if userinfo::is_asked_of(&asked) {
        told(node, grant.user_id, |person| userinfo::in_id_token(person, scope, &asked)).await?
    } else {
        None
    };
    let claims = IdTokenClaims {
        iss: node.issuer().to_owned(),
        sub: subject::of(node, client, grant.user_id),
        aud: client.client_id.clone(),
        exp: now.seconds() + LIFETIME_SECONDS,
        iat: now.seconds(),
        auth_time: Some(grant.auth_time.seconds()),
        nonce: nonce.map(str::to_owned),
        acr: Some(ACR_PASSWORD.to_owned()),
        amr: vec![AMR_PASSWORD.to_owned()],
        at_hash: Some(jwt::left_half(algorithm, access_token)),
        sid: session_id.map(|id| subject::session_id(node, client, id)),
        person: person.unwrap_or_default(),
    };
    Ok(Some(signing_keys::sign_as(node, TYP, algorithm, &claims).await?))
}

/// What an ID token of ours says, to be taken for a hint (OpenID Connect Core §3.1.2.1): its times are not looked at, and whom
/// it is for is for the caller to see to. `None` for anything that we did not sign as an ID token.
pub fn read_hint(node: &Node, token: &str) -> Option<IdTokenClaims> {
    let claims: IdTokenClaims = node.keys.verify_as(TYP, token)?;
    (claims.iss == node.issuer()).then_some(claims)
}

/// `tell` of a person as they are now; `None` if the account is gone.
pub(super) async fn told<T>(
    node: &Node,
    user_id: Uuid,
    tell: impl FnOnce(&Person<'_>) -> T,
) -> Result<Option<T>, FlowError> {
    let Some(user) = node.directory.user(user_id).await? else { return Ok(None) };
    let Some(contact) = node.db.read(move |c| contact::find(c, user_id)).await? else { return Ok(None) };
    Ok(Some(tell(&Person {
        username: &user.username,
        locale: contact.language.as_deref(),
        email: &user.email,
        email_verified: contact.confirmed_at.is_some(),
    })))
}

/// The algorithm of a registered name.
pub(super) fn algorithm(name: &str) -> Result<SigningAlgorithm, FlowError> {
    let broken = || StorageError::Corrupt("a client is registered with an unknown algorithm");
    Ok(SigningAlgorithm::parse(name).ok_or_else(broken)?)
}
