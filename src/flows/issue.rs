//! The only mint: every access token is signed here, every refresh token stored here (RFC 9068, contract §2, §5).

use uuid::Uuid;

use super::error::FlowError;
use super::id_token::{self, Occasion};
use super::node::Node;
use super::subject;
use crate::account::user::User;
use crate::clock::UnixTime;
use crate::crypto::CryptoError;
use crate::crypto::master_key::DerivedKey;
use crate::crypto::opaque_token::{PlainToken, TokenType};
use crate::crypto::{random, sealed};
use crate::oauth::access_token::{AccessTokenClaims, FIRST_PARTY_CLIENT_ID, LIFETIME_SECONDS};
use crate::oauth::authorization_grant::AuthorizationGrant;
use crate::oauth::client::Client;
use crate::oauth::dpop::Confirmation;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::fapi;
use crate::oauth::scope::{OFFLINE_ACCESS, Scope};
use crate::oauth::token_exchange::Origin;
use crate::oauth::token_response::{TokenResponse, token_type};
use crate::storage::{self, DbConnection, StorageError};

const SUCCESSOR: &[u8] = b"portcullis/v1/refresh successor";

/// What an access token is to say.
pub(super) struct Order<'a> {
    /// `sub`: a user, by the name the client knows them by, or the client itself.
    pub subject: String,
    /// `client_id`.
    pub client_id: &'a str,
    /// `scope`.
    pub scope: &'a Scope,
    /// `aud`: a registered resource; `None` is the public URL.
    pub resource: Option<&'a str>,
    /// `auth_time`.
    pub auth_time: Option<UnixTime>,
    /// The grant it hangs on, and that grant's end.
    pub grant: Option<(Uuid, UnixTime)>,
    /// `cnf`: the thumbprint of the key that it is bound to (RFC 9449 §6.1).
    pub key: Option<&'a str>,
    /// Whether it is for a client that is held to FAPI 2.0.
    pub fapi: bool,
    /// What it is given for (RFC 8693), and when that ends.
    pub exchanged: Option<(Origin, Option<UnixTime>)>,
}

/// A signed access token.
pub(super) struct AccessToken {
    /// The compact JWS.
    pub token: String,
    /// `exp`.
    pub expires_at: UnixTime,
    /// Seconds until then.
    pub expires_in: i64,
    /// How it is to be presented.
    pub token_type: &'static str,
}

impl<'a> Order<'a> {
    /// The order for a token of `grant`, with a scope that may be narrower. `sub` is the account's id: see [`Self::of_client`].
    pub(super) fn from_grant(grant: &'a AuthorizationGrant, scope: &'a Scope) -> Self {
        Self {
            subject: grant.user_id.to_string(),
            client_id: grant.client_id.as_deref().unwrap_or(FIRST_PARTY_CLIENT_ID),
            scope,
            resource: grant.resource.as_deref(),
            auth_time: Some(grant.auth_time),
            grant: Some((grant.id, grant.expires_at)),
            key: None,
            fapi: false,
            exchanged: None,
        }
    }

    /// The same for a token of `client`: bound to the key that it proved, if any, and with the name by which it knows the
    /// person, since whoever holds the token can read it (decision 0013).
    fn of_client(self, node: &Node, client: &Client, user_id: Uuid, key: Option<&'a str>) -> Self {
        Self { subject: subject::of(node, client, user_id), key, fapi: client.metadata.fapi, ..self }
    }
}

/// What of `granted` still counts: what the person may hand on and the client may ask for now, not when it was granted.
///
/// # Errors
/// `invalid_scope` if nothing of it is left.
pub(super) fn still_granted(user: &User, client: &Client, granted: &Scope) -> Result<Scope, OAuthError> {
    let scope = user.grantable(granted).intersect(&client.scope);
    if scope.is_empty() && !granted.is_empty() {
        let text = "nothing is left of what was granted: the person or the client may no longer have it";
        return Err(OAuthError::new(ErrorCode::InvalidScope, text));
    }
    Ok(scope)
}

/// Signs an access token; it never outlives its grant, nor what it is given for.
pub(super) fn access_token(node: &Node, order: Order<'_>, now: UnixTime) -> Result<AccessToken, CryptoError> {
    let issued_at = now.seconds();
    let longest = issued_at + LIFETIME_SECONDS;
    let (origin, until) = order.exchanged.map_or((None, None), |(origin, until)| (Some(origin), until));
    let ends = [order.grant.map(|(_, end)| end), until];
    let expires = ends.into_iter().flatten().map(UnixTime::seconds).fold(longest, i64::min);
    let claims = AccessTokenClaims {
        iss: node.issuer().to_owned(),
        sub: order.subject,
        aud: order.resource.unwrap_or(node.issuer()).to_owned(),
        exp: expires,
        iat: issued_at,
        jti: random::id_at(now),
        client_id: order.client_id.to_owned(),
        scope: order.scope.to_string(),
        auth_time: order.auth_time.map(UnixTime::seconds),
        grant_id: order.grant.map(|(id, _)| id),
        cnf: order.key.map(|key| Confirmation { jkt: key.to_owned() }),
        origin,
    };
    Ok(AccessToken {
        token: node.keys.sign(&claims, |by| !order.fapi || fapi::allows(by.as_str()), now)?,
        expires_at: UnixTime::from_seconds(expires),
        expires_in: expires - issued_at,
        token_type: token_type(claims.cnf.is_some()),
    })
}

/// The RFC 6749 §5.1 answer around an access token.
pub(super) fn response(access: AccessToken, scope: &Scope, refresh: Option<&PlainToken>) -> TokenResponse {
    TokenResponse {
        access_token: access.token,
        token_type: access.token_type,
        expires_in: access.expires_in,
        scope: scope.to_string(),
        refresh_token: refresh.map(|token| token.expose().to_owned()),
        id_token: None,
        issued_token_type: None,
    }
}

/// The key that a client's refresh tokens are bound to: a public client's are to the one it proved, others' to the client
/// itself (RFC 9449 §5).
pub(super) fn refresh_key(client: &Client, key: Option<&str>) -> Option<String> {
    key.filter(|_| client.is_public()).map(str::to_owned)
}

/// The answer to a client that a person allowed something: an access token, and an ID token if it may know who they are.
pub(super) async fn answer(
    node: &Node,
    client: &Client,
    occasion: Occasion<'_>,
    refresh: Option<&PlainToken>,
    now: UnixTime,
) -> Result<TokenResponse, FlowError> {
    let Occasion { grant, scope, key, .. } = occasion;
    let order = Order::from_grant(grant, scope).of_client(node, client, grant.user_id, key);
    let access = access_token(node, order, now)?;
    let id_token = id_token::issue(node, client, occasion, &access.token, now).await?;
    Ok(TokenResponse { id_token, ..response(access, scope, refresh) })
}

/// A new refresh token, not stored yet.
pub(super) fn refresh_token() -> PlainToken {
    PlainToken::generate(TokenType::RefreshToken)
}

/// Stores a grant and its first refresh token, if it has one.
pub(super) fn store(
    connection: &mut DbConnection,
    grant: &AuthorizationGrant,
    refresh: Option<(&crate::crypto::opaque_token::TokenDigest, UnixTime)>,
) -> Result<(), StorageError> {
    storage::authorization_grant::insert(connection, grant)?;
    if let Some((digest, expires_at)) = refresh {
        storage::refresh_token::insert(connection, digest, grant.id, grant.created_at, expires_at)?;
    }
    Ok(())
}

/// When a grant made now ends: with the session it came from, or, with `offline_access`, after its own life
/// (contract §5).
pub(super) fn grant_end(node: &Node, scope: &Scope, session_end: UnixTime, now: UnixTime) -> UnixTime {
    if scope.contains(OFFLINE_ACCESS) {
        now.plus_seconds(node.policy.refresh_lifetime)
    } else {
        session_end.min(now.plus_seconds(node.policy.session_lifetime))
    }
}

/// When a refresh token used now ends if it is not used again.
pub(super) fn refresh_end(node: &Node, grant: &AuthorizationGrant, now: UnixTime) -> UnixTime {
    if grant.scope.contains(OFFLINE_ACCESS) {
        grant.expires_at.min(now.plus_seconds(node.policy.refresh_idle))
    } else {
        grant.expires_at
    }
}

/// Seals a successor so that only a holder of `parent` can read it again.
pub(super) fn seal_successor(parent: &PlainToken, successor: &PlainToken) -> Result<Vec<u8>, CryptoError> {
    let key = DerivedKey::from_secret(parent.expose().as_bytes(), SUCCESSOR);
    sealed::seal(&key, SUCCESSOR, successor.expose().as_bytes())
}

/// Opens what [`seal_successor`] sealed.
pub(super) fn open_successor(parent: &PlainToken, sealed: &[u8]) -> Result<PlainToken, CryptoError> {
    const BROKEN: CryptoError = CryptoError("a sealed successor is not a refresh token");
    let key = DerivedKey::from_secret(parent.expose().as_bytes(), SUCCESSOR);
    let plain = sealed::open(&key, SUCCESSOR, sealed)?;
    let text = std::str::from_utf8(&plain).map_err(|_| BROKEN)?;
    PlainToken::parse(TokenType::RefreshToken, text).ok_or(BROKEN)
}
