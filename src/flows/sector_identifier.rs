//! The list behind a client's `sector_identifier_uri`, which must hold every redirect URI of it (OpenID Connect Core §8.1,
//! Registration §5): fetched before a client is stored, wherever one is registered or changed, and never in the write.

use super::clients::{ClientChange, amend};
use super::error::FlowError;
use super::fetch::Behalf;
use super::node::Node;
use crate::crypto::opaque_token::TokenDigest;
use crate::oauth::client::Client;
use crate::oauth::client_fault::{ClientFault, Rule};
use crate::storage::client;

/// Largest list, in bytes.
const MAX_BYTES: usize = 64 * 1024;

/// What the list of a client depends on.
#[derive(PartialEq, Eq)]
struct Sector {
    uri: String,
    redirect_uris: Vec<String>,
}

impl Sector {
    fn of(client: &Client) -> Option<Self> {
        let uri = client.metadata.sector_identifier_uri.clone()?;
        Some(Self { uri, redirect_uris: client.redirect_uris.clone() })
    }
}

/// What was found to be in order.
pub(super) struct Checked(Option<Sector>);

impl Checked {
    /// Whether `after` may take the place of `before`: it has no such URI, nothing about it changed, or it is what was checked.
    pub(super) fn covers(&self, before: &Client, after: &Client) -> bool {
        let sector = Sector::of(after);
        sector.is_none() || sector == Sector::of(before) || sector == self.0
    }
}

/// Fetches the list of `client`, if it names one.
///
/// # Errors
/// A sentence that says what to change. A client that registers itself is not told why nothing could be fetched, which would tell
/// it of the network; the log has it.
pub(super) async fn check(node: &Node, client: &Client) -> Result<Checked, ClientFault> {
    let Some(sector) = Sector::of(client) else { return Ok(Checked(None)) };
    let behalf = Behalf::of(client);
    let list = match node.fetcher.get(&sector.uri, MAX_BYTES, behalf).await {
        Ok(fetched) => serde_json::from_slice::<Vec<String>>(&fetched.body).map_err(|_| {
            fault(Rule::SectorList, "sector_identifier_uri: what stands there is no JSON array of texts")
        })?,
        Err(error) => {
            let uri = sector.uri.escape_debug().to_string();
            tracing::info!(uri, %error, "a client's sector_identifier_uri could not be fetched");
            let told = match behalf {
                Behalf::Registered => format!("sector_identifier_uri could not be fetched: {error}"),
                Behalf::Stranger => "sector_identifier_uri could not be fetched".to_owned(),
            };
            return Err(fault(Rule::SectorAway, &told));
        }
    };
    match sector.redirect_uris.iter().find(|uri| !list.contains(uri)) {
        None => Ok(Checked(Some(sector))),
        Some(uri) => {
            let told = format!(
                "the redirect URI {} is not in the list at sector_identifier_uri: add it there first",
                uri.escape_debug()
            );
            Err(fault(Rule::SectorList, &told))
        }
    }
}

fn fault(rule: Rule, text: &str) -> ClientFault {
    ClientFault::new("sector_identifier_uri", rule, text)
}

/// The same for what `change` would make of the client `id`, if that changes what its list must hold. What cannot be stored anyway
/// is left to the write, which says why.
pub(super) async fn check_change(
    node: &Node,
    id: &str,
    change: &ClientChange,
    fresh: TokenDigest,
) -> Result<Result<Checked, ClientFault>, FlowError> {
    let id = id.to_owned();
    let Some(record) = node.db.read(move |c| client::find(c, &id)).await? else {
        return Ok(Ok(Checked(None)));
    };
    let before = record.client.clone();
    match amend(record, change, fresh) {
        Ok(after) if Sector::of(&after.client) != Sector::of(&before) => Ok(check(node, &after.client).await),
        _ => Ok(Ok(Checked(None))),
    }
}
