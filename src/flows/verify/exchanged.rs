//! What a token that came by exchange hangs on: every token before it, their clients and signing keys, and the API key at the
//! beginning (RFC 8693;
//! contract §6).

use uuid::Uuid;

use super::super::node::Node;
use crate::account::api_key::{ApiKey, Status};
use crate::clock::UnixTime;
use crate::crypto::random;
use crate::oauth::access_token::FIRST_PARTY_CLIENT_ID;
use crate::oauth::client::Client;
use crate::oauth::token_exchange::{Origin, OriginKey};
use crate::storage::revocation::Subject;
use crate::storage::{self, StorageError};

/// What of it dies for good.
pub(super) fn tokens(origin: &Origin) -> impl Iterator<Item = Subject> {
    origin.tokens.iter().map(|token| Subject::Token(token.jti))
}

/// What of it may change: to be looked at again.
pub(super) fn others(origin: &Origin) -> impl Iterator<Item = Subject> {
    let clients = origin.tokens.iter().filter(|token| token.client_id != FIRST_PARTY_CLIENT_ID);
    clients
        .map(|token| Subject::Client(token.client_id.clone()))
        .chain(origin.tokens.iter().map(|token| Subject::SigningKey(token.kid.clone())))
        .chain(origin.key.map(|key| Subject::Key(key.id)))
}

/// Whether every token before it is still believed: its signing key is, and its client may act. Keys stay until the last token
/// by them ended, so one that is gone was revoked.
pub(super) async fn tokens_are_good(node: &Node, origin: &Origin) -> Result<bool, StorageError> {
    if !origin.tokens.iter().all(|token| node.keys.knows(&token.kid)) {
        return Ok(false);
    }
    for token in origin.tokens.iter().filter(|token| token.client_id != FIRST_PARTY_CLIENT_ID) {
        let client = node.directory.client(&token.client_id).await?;
        if !client.is_some_and(|record| is_good(&record.client, token.jti)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a client may act, and is the one that the token of this id was issued to. One of the same name made later is another
/// client: `iat` has only seconds, the id milliseconds.
pub(super) fn is_good(client: &Client, jti: Uuid) -> bool {
    let issued = random::id_time(jti);
    !client.disabled && issued.is_some_and(|at| client.created_at.micros() / 1000 <= at)
}

/// The key at the beginning, if it works and has the secret that was exchanged. It is an account's: those of projects are not
/// exchanged.
pub(super) async fn key(
    node: &Node,
    origin: OriginKey,
    now: UnixTime,
) -> Result<Option<ApiKey>, StorageError> {
    let found = node.db.read(move |c| storage::api_key::find(c, origin.id)).await?;
    Ok(found.filter(|key| {
        key.status(now) == Status::Active
            && key.project_id.is_none()
            && key.secret_created_at.micros() == origin.secret_at
    }))
}
