//! Owns the opening of an installation: folder, schema, master key, canary, signing keys (contract §14, security §4.1).
//!
//! Nodes that start at once agree: canary and keys are one write, and whoever loses it looks at what the winner did.

use std::path::PathBuf;

use crate::clock::Clock;
use crate::crypto::CryptoError;
use crate::crypto::master_key::{MasterKey, Purpose};
use crate::crypto::sealed;
use crate::crypto::signing_keys::{SealingKey, SigningAlgorithm, SigningKey, StoredSigningKey};
use crate::storage::audit_event::{self, Kind};
use crate::storage::{self, DatabaseUrl, Db, StorageError, installation, signing_key};

use super::error::FlowError;
use super::master_key_file::{self, KeyFile};
use super::node::{Node, Policy, event};

const CANARY_PLACE: &[u8] = b"installation/canary";
const CANARY: &[u8] = b"portcullis";

/// Why a node does not start. One line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Something has to be changed first.
    #[error("{0}")]
    Refused(String),
    /// The store is away or broken.
    #[error("{0}: check database_url and that the database is running")]
    Storage(#[from] StorageError),
    /// A stored key cannot be used.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// A file, folder or socket cannot be used.
    #[error("{doing}: {source}")]
    Io {
        /// What was attempted, with the path or address.
        doing: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl From<FlowError> for StartError {
    fn from(error: FlowError) -> Self {
        match error {
            FlowError::Storage(error) => Self::Storage(error),
            FlowError::Crypto(error) => Self::Crypto(error),
            FlowError::Busy => Self::Refused(error.to_string()),
        }
    }
}

/// Where an installation's data and master key are.
#[derive(Clone)]
pub struct Installation {
    /// The database.
    pub database_url: DatabaseUrl,
    /// Made when missing, with mode 0700.
    pub data_dir: PathBuf,
    /// The master key's file; made only while the database is empty.
    pub master_key_file: PathBuf,
}

impl Installation {
    /// Makes the folder and brings the schema up to date; returns the names of the migrations applied.
    pub async fn migrate(&self) -> Result<Vec<String>, StartError> {
        let place = self.clone();
        blocking(move || {
            master_key_file::prepare_folder(&place.data_dir)?;
            if let DatabaseUrl::Sqlite(file) = &place.database_url {
                master_key_file::prepare_database(file)?;
            }
            Ok(storage::migrate(&place.database_url)?)
        })
        .await
    }
}

/// Everything between a configuration and a node: used by the server and by every command alike.
pub async fn open_node(place: &Installation, policy: Policy, clock: Clock) -> Result<Node, StartError> {
    place.migrate().await?;
    let db = Db::open(&place.database_url)?;
    let mut algorithms = vec![SigningAlgorithm::Es256, SigningAlgorithm::Rs256];
    if !algorithms.contains(&policy.access_token_algorithm) {
        algorithms.push(policy.access_token_algorithm);
    }
    let master = unlock(&db, place, &algorithms, &clock).await?;
    Ok(Node::start(db, &master, policy, clock).await?)
}

/// Finds or, on an empty database, makes the master key, proves that it opens this database, and sees to it that
/// every algorithm has a signing key.
///
/// # Errors
/// [`StartError::Refused`] names the file to copy when the key is missing or another one.
pub async fn unlock(
    db: &Db,
    place: &Installation,
    algorithms: &[SigningAlgorithm],
    clock: &Clock,
) -> Result<MasterKey, StartError> {
    let canary = db.read(installation::canary).await?;
    let file = KeyFile::new(&place.master_key_file);
    let (key, made_now) = match (file.read()?, &canary) {
        (Some(key), _) => (key, false),
        (None, None) => file.create()?,
        (None, Some(_)) => return Err(file.missing()),
    };
    let canary = match canary {
        Some(canary) => canary,
        None => match set_up(db, &key, algorithms, clock).await? {
            None => return Ok(key),
            // Another node was first: its key counts.
            Some(theirs) => theirs,
        },
    };
    if sealed::open(&key.derive(Purpose::Canary), CANARY_PLACE, &canary).is_err() {
        if made_now {
            file.remove()?;
            return Err(file.missing());
        }
        return Err(file.foreign());
    }
    add_missing_keys(db, &key, algorithms, clock).await?;
    Ok(key)
}

/// Whether the master key in the file opens this database; for `doctor`, changes nothing.
pub async fn opens(db: &Db, place: &Installation) -> Result<bool, StartError> {
    let Some(canary) = db.read(installation::canary).await? else { return Ok(true) };
    let file = KeyFile::new(&place.master_key_file);
    let key = file.read()?.ok_or_else(|| file.missing())?;
    Ok(sealed::open(&key.derive(Purpose::Canary), CANARY_PLACE, &canary).is_ok())
}

/// Seals the database under `key`, with its first signing keys; the other node's canary if that was first.
async fn set_up(
    db: &Db,
    key: &MasterKey,
    algorithms: &[SigningAlgorithm],
    clock: &Clock,
) -> Result<Option<Vec<u8>>, StartError> {
    let canary = sealed::seal(&key.derive(Purpose::Canary), CANARY_PLACE, CANARY)?;
    let keys = generate(key, algorithms.to_vec()).await?;
    let now = clock.now();
    let written = db
        .write(move |c| {
            installation::insert(c, &canary, now)?;
            for key in &keys {
                signing_key::insert(c, key, now)?;
                audit_event::insert(c, &event(Kind::SigningKeyCreated, now))?;
            }
            Ok(())
        })
        .await;
    match written {
        Ok(()) => Ok(None),
        Err(StorageError::Conflict) => {
            let theirs = db.read(installation::canary).await?;
            theirs.map(Some).ok_or(StartError::Storage(StorageError::Conflict))
        }
        Err(error) => Err(error.into()),
    }
}

/// Makes a key for each algorithm that has none, for instance one configured later.
async fn add_missing_keys(
    db: &Db,
    key: &MasterKey,
    algorithms: &[SigningAlgorithm],
    clock: &Clock,
) -> Result<(), StartError> {
    let present = db.read(signing_key::list).await?;
    let has = |algorithm: &SigningAlgorithm| present.iter().any(|row| row.key.algorithm == *algorithm);
    let missing: Vec<SigningAlgorithm> = algorithms.iter().filter(|a| !has(a)).copied().collect();
    if missing.is_empty() {
        return Ok(());
    }
    let keys = generate(key, missing).await?;
    let now = clock.now();
    db.write(move |c| {
        let present = signing_key::list(c)?;
        for key in &keys {
            if !present.iter().any(|row| row.key.algorithm == key.algorithm) {
                signing_key::insert(c, key, now)?;
                audit_event::insert(c, &event(Kind::SigningKeyCreated, now))?;
            }
        }
        Ok(())
    })
    .await?;
    Ok(())
}

/// An RSA key takes some 0.3 s: not on this thread, and never inside a write.
async fn generate(
    key: &MasterKey,
    algorithms: Vec<SigningAlgorithm>,
) -> Result<Vec<StoredSigningKey>, StartError> {
    let sealing = SealingKey::new(key);
    blocking(move || {
        let keys =
            algorithms.into_iter().map(|a| SigningKey::generate(a, &sealing).map(|(_, stored)| stored));
        Ok(keys.collect::<Result<_, _>>()?)
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StartError> + Send + 'static,
) -> Result<T, StartError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(StartError::Refused("starting panicked: see the log".to_owned())))
}
