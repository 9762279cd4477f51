//! Owns a node on a fresh embedded database, for the tests of the management flows.

use std::path::Path;

use super::first_start::{Installation, StartError, open_node};
use super::node::{Node, Policy};
use super::rate_limits::Limits;
use crate::clock::{Clock, UnixTime};
use crate::crypto::signing_keys::SigningAlgorithm;
use crate::storage::DatabaseUrl;

/// The installation in `folder`.
pub(super) fn place(folder: &Path) -> Installation {
    Installation {
        database_url: DatabaseUrl::Sqlite(folder.join("portcullis.db")),
        data_dir: folder.to_owned(),
        master_key_file: folder.join("master.key"),
    }
}

/// A node of `place`, signing by `algorithm`.
pub(super) async fn open(place: &Installation, algorithm: SigningAlgorithm) -> Result<Node, StartError> {
    let policy = Policy {
        issuer: "http://127.0.0.1:8080".to_owned(),
        access_token_algorithm: algorithm,
        signing_key_lifetime: 90 * 86_400,
        password_min_length: 15,
        brand: "Portcullis".to_owned(),
        registration: super::registration::Registration::Closed,
        mail: None,
        client_id_documents: true,
        dynamic_registration: super::client_registration::DynamicRegistration::Open,
        session_lifetime: 86_400,
        session_idle_timeout: 14 * 86_400,
        refresh_idle: 86_400,
        refresh_lifetime: 86_400,
        reveal_keys: false,
        dpop_nonce: super::dpop::NoncePolicy::Off,
        scopes: Vec::new(),
        outage_seconds: 1,
        rate_limits: Limits { api_key: 1000, oauth: 5000, jwt: 2000 },
        valkey: None,
    };
    open_node(place, policy, Clock::fixed(UnixTime::from_seconds(1_800_000_000)), &[]).await
}

/// A fresh node, and the folder that must outlive it.
pub(super) async fn node() -> (tempfile::TempDir, Node) {
    let folder = tempfile::tempdir().unwrap();
    let node = open(&place(folder.path()), SigningAlgorithm::Es256).await.unwrap();
    (folder, node)
}

/// Runs `work` as the server and the commands do.
pub(super) fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}
