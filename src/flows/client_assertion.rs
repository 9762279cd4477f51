//! Client assertions (RFC 7523 §3): what one says, by which key, and that it counts once.

use super::client_keys;
use super::error::FlowError;
use super::node::Node;
use crate::crypto::jwt;
use crate::oauth::client::Client;
use crate::oauth::client_assertion;
use crate::oauth::jws::Jws;
use crate::storage;

/// The endpoints at which clients authenticate. Many libraries name them in `aud`.
const ENDPOINTS: [&str; 5] =
    ["/oauth/token", "/oauth/par", "/oauth/introspect", "/oauth/revoke", "/oauth/device_authorization"];

/// Whether `token` proves that it is `client` who asks. One that does is used up by it, whatever becomes of the request; one
/// that does not uses up nothing, so that nobody can spend another's.
pub(super) async fn proves(node: &Node, client: &Client, token: &str) -> Result<bool, FlowError> {
    let Some(jws) = Jws::parse(token) else { return Ok(false) };
    let issuer = node.issuer();
    let endpoints = ENDPOINTS.map(|path| format!("{}{path}", issuer.trim_end_matches('/')));
    let once = match client_assertion::check(&jws, client, issuer, &endpoints, node.clock.now()) {
        Ok(once) => once,
        Err(reason) => return Ok(refused(client, reason)),
    };
    if !client_keys::signed(node, client, &jws).await? {
        return Ok(refused(client, "none of the client's keys signed it"));
    }
    let client_id = client.client_id.clone();
    // No client id holds a line feed: two clients never share a digest.
    let digest = jwt::fingerprint(&format!("{client_id}\n{}", once.jti));
    let consumed = node
        .db
        .write(move |c| storage::client_assertion::consume(c, &digest, &client_id, once.expires_at))
        .await?;
    Ok(consumed || refused(client, "it was used before"))
}

fn refused(client: &Client, reason: &str) -> bool {
    tracing::info!(
        client_id = client.client_id.escape_debug().to_string(),
        reason,
        "a client assertion was refused"
    );
    false
}
