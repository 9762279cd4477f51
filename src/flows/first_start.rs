//! Owns the opening of an installation: folder, schema, master key, canary, signing keys (contract §14, security §4.1).
//!
//! Nodes that start at once agree: canary and keys are one write, and whoever loses it looks at what the winner did.

use std::path::PathBuf;

use crate::clock::{Clock, UnixTime};
use crate::crypto::CryptoError;
use crate::crypto::jwt;
use crate::crypto::master_key::{MasterKey, Purpose};
use crate::crypto::sealed;
use crate::crypto::signing_keys::{SealingKey, SigningAlgorithm, SigningKey, StoredSigningKey};
use crate::storage::audit_event::Kind;
use crate::storage::signing_key;
use crate::storage::{self, DatabaseUrl, Db, DbConnection, StorageError, installation};

use super::actor::Trace;
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
///
/// On an empty database each of `also` gets its first key too, which may sign at once: nobody can know another key set.
pub async fn open_node(
    place: &Installation,
    policy: Policy,
    clock: Clock,
    also: &[SigningAlgorithm],
) -> Result<Node, StartError> {
    place.migrate().await?;
    let db = Db::open(&place.database_url)?;
    let mut algorithms = vec![jwt::FIRST];
    for algorithm in [policy.access_token_algorithm].iter().chain(also) {
        if !algorithms.contains(algorithm) {
            algorithms.push(*algorithm);
        }
    }
    let master = unlock(&db, place, &algorithms, &clock).await?;
    Ok(Node::start(db, &master, policy, clock).await?)
}

/// Finds or, on an empty database, makes the master key and the first signing key of each of `algorithms`, and proves that it
/// opens this database.
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
    Ok(key)
}

/// Whether there is a master key, in a file that a start could use; for `doctor`, makes none.
///
/// # Errors
/// What a start would say of the file.
pub fn has_master_key(place: &Installation) -> Result<bool, StartError> {
    Ok(KeyFile::new(&place.master_key_file).read()?.is_some())
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
                add(c, key, now)?;
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

/// It signs at once: nobody has seen a key set of this installation yet.
fn add(c: &mut DbConnection, key: &StoredSigningKey, now: UnixTime) -> Result<(), StorageError> {
    signing_key::insert(c, key, now, now)?;
    let what = format!("{} {}", key.algorithm.as_str(), key.kid);
    Trace::server().with(what).record(c, event(Kind::SigningKeyCreated, now))
}

/// An RSA key takes some 0.1 s: not on this thread, and never inside a write.
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::super::fixture::{block_on, open, place};
    use super::*;

    const ES256: SigningAlgorithm = SigningAlgorithm::Es256;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    async fn refusal(place: &Installation) -> String {
        open(place, ES256).await.err().expect("refused").to_string()
    }

    #[test]
    fn contract_14_a_first_start_makes_folder_database_and_key_for_their_owner_only() {
        block_on(async {
            let outer = tempfile::tempdir().unwrap();
            let place = place(&outer.path().join("data"));
            let node = open(&place, ES256).await.unwrap();
            assert_eq!(mode(&place.data_dir), 0o700);
            assert_eq!(mode(&place.master_key_file), 0o600);
            assert_eq!(mode(&place.data_dir.join("portcullis.db")), 0o600);
            let keys = node.db.read(signing_key::list).await.unwrap();
            assert_eq!(keys.len(), 1, "nobody asked for others");
            assert_eq!(
                fs::read_dir(&place.data_dir)
                    .unwrap()
                    .filter(|e| { e.as_ref().unwrap().file_name().to_string_lossy().starts_with(".master") })
                    .count(),
                0
            );
        });
    }

    #[test]
    fn a_second_start_keeps_the_keys() {
        block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let place = place(folder.path());
            let before = open(&place, ES256).await.unwrap().keys.jwks();
            assert_eq!(open(&place, ES256).await.unwrap().keys.jwks(), before);
            assert_eq!(open(&place, SigningAlgorithm::EdDsa).await.unwrap().keys.jwks(), before);
        });
    }

    #[test]
    fn contract_14_a_sealed_database_without_its_key_names_the_file_to_copy() {
        block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let place = place(folder.path());
            drop(open(&place, ES256).await.unwrap());
            fs::remove_file(&place.master_key_file).unwrap();
            let message = refusal(&place).await;
            assert!(message.contains("copy") && message.contains("master.key"), "{message}");
            assert!(!place.master_key_file.exists(), "never made for a database that is not empty");
        });
    }

    #[test]
    fn contract_14_a_database_sealed_under_another_key_refuses_to_start() {
        block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let place = place(folder.path());
            drop(open(&place, ES256).await.unwrap());
            fs::write(&place.master_key_file, MasterKey::generate().to_text().as_bytes()).unwrap();
            let message = refusal(&place).await;
            assert!(message.contains("sealed under another master key"), "{message}");
            let db = Db::open(&place.database_url).unwrap();
            assert!(!opens(&db, &place).await.unwrap());
        });
    }

    #[test]
    fn a_master_key_that_others_may_read_refuses_to_start() {
        block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let place = place(folder.path());
            drop(open(&place, ES256).await.unwrap());
            fs::set_permissions(&place.master_key_file, fs::Permissions::from_mode(0o640)).unwrap();
            assert!(refusal(&place).await.contains("chmod 600"));
        });
    }

    #[test]
    fn nodes_that_start_at_once_on_one_folder_agree() {
        let folder = tempfile::tempdir().unwrap();
        let place = place(folder.path());
        let start = || block_on(async { open(&place, ES256).await.map(|node| node.keys.jwks()) });
        let sets: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
            threads.into_iter().map(|t| t.join().unwrap().unwrap()).collect()
        });
        assert!(sets.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn the_slower_of_two_nodes_with_their_own_keys_takes_its_key_back() {
        let folder = tempfile::tempdir().unwrap();
        let places: Vec<Installation> = (0..4)
            .map(|n| Installation {
                master_key_file: folder.path().join(format!("key-{n}")),
                ..place(folder.path())
            })
            .collect();
        let started: Vec<bool> = std::thread::scope(|scope| {
            let threads: Vec<_> = places
                .iter()
                .map(|place| scope.spawn(move || block_on(async { open(place, ES256).await.is_ok() })))
                .collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert_eq!(started.iter().filter(|won| **won).count(), 1);
        for (place, won) in places.iter().zip(started) {
            assert_eq!(place.master_key_file.exists(), won);
        }
    }
}
