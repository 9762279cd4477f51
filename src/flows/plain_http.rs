//! A credential that came over plain http: remembered for the operator (contract §13).

use std::net::IpAddr;

use super::error::FlowError;
use super::node::{Node, event};
use crate::storage::audit_event::{self, Kind};

/// Writes the refusal into the audit trail.
pub async fn refused(node: &Node, address: IpAddr) -> Result<(), FlowError> {
    let mut audit = event(Kind::PlainHttpRefused, node.clock.now());
    audit.address = Some(address.to_string());
    node.db.write(move |connection| audit_event::insert(connection, &audit)).await?;
    Ok(())
}
