//! The audit trail, as an administrator reads it by the API.

use serde_json::Value;

use super::server::TestServer;

/// The newest hundred events that fit, newest first.
pub fn events(server: &TestServer, filter: &str) -> Vec<Value> {
    let root = server.actor().named("root").logs_in().access;
    let path = format!("/api/v1/audit-events?limit=100{filter}");
    let mut page = server.actor().get(&path).bearer(&root).send().expect(200).json();
    page["data"].take().as_array().unwrap().clone()
}

/// How often this happened.
pub fn happened(server: &TestServer, kind: &str) -> usize {
    events(server, &format!("&kind={kind}")).len()
}
