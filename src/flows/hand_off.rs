//! Keys that a browser's sign-in fetches: for an app (contract §10), for the command-line client (§11).

use std::net::IpAddr;

use super::api_keys;
use super::error::FlowError;
use super::node::Node;
use super::session::SignedIn;
use crate::account::api_key::Slot;
use crate::account::hand_off::{self, AppName};
use crate::crypto::opaque_token::PlainToken;

/// The name of the command-line client's key in the list of keys.
const COMMAND_LINE: &str = "Command line";

/// A URL that carries a key. No `Debug`.
pub struct Location(String);

impl Location {
    /// The URL, for the one header it belongs in.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Gives an app its key to the account of who signed in; the one it had before is dead at once. The URL that carries it
/// to the app, or `None` if the account has been disabled, or the browser signed out, meanwhile.
pub async fn to_app(
    node: &Node,
    signed_in: &SignedIn,
    app: &AppName,
    address: IpAddr,
) -> Result<Option<Location>, FlowError> {
    let made = api_keys::slot_key(node, signed_in, app.slot(), &app.title(), address).await?;
    Ok(made.map(|made| Location(hand_off::location(made.secret.expose()))))
}

/// The key of the command-line client, a new one each time. `None` if the person signed in too long ago, or the account
/// has been disabled meanwhile.
pub async fn to_command_line(
    node: &Node,
    signed_in: &SignedIn,
    address: IpAddr,
) -> Result<Option<PlainToken>, FlowError> {
    if !hand_off::is_fresh(signed_in.session.auth_time, node.clock.now()) {
        return Ok(None);
    }
    let made = api_keys::slot_key(node, signed_in, Slot::CommandLine, COMMAND_LINE, address).await?;
    Ok(made.map(|made| made.secret))
}
