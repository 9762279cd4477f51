//! Owns the names that clients know people and sessions by (OpenID Connect Core §8; decision 0013).

use uuid::Uuid;

use super::node::Node;
use crate::oauth::client::Client;
use crate::oauth::subject::{SubjectType, sector_identifier};

/// The `sub` by which `client` knows `user`: the account's id, or, if it is pairwise, a name that only clients of its sector
/// know, and that nobody but this server can lead back (§8.1).
pub fn of(node: &Node, client: &Client, user: Uuid) -> String {
    match SubjectType::of(client) {
        SubjectType::Public => user.to_string(),
        SubjectType::Pairwise => {
            let sector = sector_identifier(client);
            node.subjects.mac_text(&[b"sub", sector.as_bytes(), user.as_bytes()])
        }
    }
}

/// The `sid` by which `client` knows `session` (OpenID Connect Back-Channel Logout §2.1). Each client has its own: two that
/// compare theirs must not find out that it is the same person.
pub fn session_id(node: &Node, client: &Client, session: Uuid) -> String {
    let parts: [&[u8]; 3] = [b"sid", client.client_id.as_bytes(), session.as_bytes()];
    node.subjects.mac_text(&parts)
}
