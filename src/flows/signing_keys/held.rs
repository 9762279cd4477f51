//! Owns the signing keys as this node holds them: parsed once, and read again when they change on any node (decisions 0004,
//! 0006).
//!
//! Whoever sees that a key changed sees the new keys too: they are swapped in before the change is told to anybody.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::clock::UnixTime;
use crate::crypto::CryptoError;
use crate::crypto::jwt::KeyRing;
use crate::crypto::signing_keys::{SealingKey, SigningAlgorithm, SigningKey};
use crate::oauth::access_token;
use crate::storage::signing_key::SigningKeyRow;
use crate::storage::{Db, DbConnection, StorageError, signing_key};

/// A token by an unknown key makes a node look at the store this often at most: anybody can write a `kid`. Nobody is told
/// that their key is unknown by a look that began before they asked: they wait for the next.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// The keys that sign and verify here.
pub struct Keys {
    pub(super) sealing: Arc<SealingKey>,
    signs: SigningAlgorithm,
    ring: RwLock<Arc<KeyRing>>,
    /// Held from the reading to the swapping in: an older reading never replaces a newer one.
    turn: Mutex<()>,
    /// Held by the one who looks; the others wait for what they find.
    looked: tokio::sync::Mutex<Option<Look>>,
    /// Held by the one who makes the first key of an algorithm.
    pub(super) making: tokio::sync::Mutex<()>,
}

/// A look at the store for a key that was not known.
struct Look {
    began: Instant,
    succeeded: bool,
}

impl Keys {
    /// Reads the keys; those of algorithm `signs` sign access tokens.
    pub(in super::super) fn open(
        c: &mut DbConnection,
        sealing: SealingKey,
        signs: SigningAlgorithm,
    ) -> Result<Result<Self, CryptoError>, StorageError> {
        let rows = signing_key::list(c)?;
        Ok(ring(&rows, &sealing, signs).map(|ring| Self {
            sealing: Arc::new(sealing),
            signs,
            ring: RwLock::new(Arc::new(ring)),
            turn: Mutex::default(),
            looked: tokio::sync::Mutex::default(),
            making: tokio::sync::Mutex::default(),
        }))
    }

    /// Reads the keys again. Keys that cannot be used leave the old ones in place, and are no small thing.
    pub(in super::super) fn reload(&self, c: &mut DbConnection) -> Result<(), StorageError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = signing_key::list(c)?;
        let ring = ring(&rows, &self.sealing, self.signs)
            .map_err(|_| StorageError::Corrupt("the signing keys cannot be used"))?;
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
        Ok(())
    }

    /// Whether `token` may be of a key that this node has not heard of yet.
    pub(in super::super) fn may_be_newer(&self, token: &str) -> bool {
        self.ring().may_be_of_a_newer_key(token)
    }

    /// Comes back when the key of `token` is known, or when a reading that began after this was called did not find it. All
    /// who ask at once wait for one reading.
    ///
    /// # Errors
    /// The store is away: nothing can be said of the token.
    pub(in super::super) async fn look_for(
        self: &Arc<Self>,
        token: &str,
        db: &Db,
    ) -> Result<(), StorageError> {
        let asked = Instant::now();
        let mut looked = self.looked.lock().await;
        if !self.may_be_newer(token) {
            return Ok(());
        }
        if let Some(look) = &*looked {
            if look.began >= asked {
                let reason = || StorageError::Unavailable("the signing keys could not be read".to_owned());
                return if look.succeeded { Ok(()) } else { Err(reason()) };
            }
            tokio::time::sleep(LOOK_AGAIN.saturating_sub(look.began.elapsed())).await;
        }
        let (began, keys) = (Instant::now(), Arc::clone(self));
        let read = db.read(move |c| keys.reload(c)).await;
        *looked = Some(Look { began, succeeded: read.is_ok() });
        read
    }

    fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Signs `claims` as an access token by the key whose time it is, of an algorithm that `may` sign it.
    pub(in super::super) fn sign<T: Serialize>(
        &self,
        claims: &T,
        may: impl Fn(SigningAlgorithm) -> bool,
        now: UnixTime,
    ) -> Result<String, CryptoError> {
        self.ring().sign(claims, may, now)
    }

    /// Whether there is a key of `algorithm`.
    pub(super) fn has(&self, algorithm: SigningAlgorithm) -> bool {
        self.ring().has(algorithm)
    }

    /// See [`super::sign_as`].
    pub(super) fn sign_as<T: Serialize>(
        &self,
        typ: &str,
        algorithm: SigningAlgorithm,
        claims: &T,
        now: UnixTime,
    ) -> Result<String, CryptoError> {
        self.ring().sign_as(typ, algorithm, claims, now)
    }

    /// The claims of a JWT of type `typ` that one of our keys signed. Times are not looked at.
    pub(in super::super) fn verify_as<T: DeserializeOwned>(&self, typ: &str, token: &str) -> Option<T> {
        self.ring().verify_as(typ, token)
    }

    /// The claims of an access token that one of our keys signed, and that key's `kid`. Times are not looked at.
    pub(in super::super) fn verify<T: DeserializeOwned>(&self, token: &str) -> Option<(T, String)> {
        self.ring().verify(token).map(|(claims, kid)| (claims, kid.to_owned()))
    }

    /// Whether tokens of the key of this `kid` are believed.
    pub(in super::super) fn knows(&self, kid: &str) -> bool {
        self.ring().knows(kid)
    }

    /// The JWK Set document (RFC 7517 §5).
    pub fn jwks(&self) -> String {
        self.ring().jwks().to_owned()
    }
}

/// The keys that are believed, opened.
fn ring(
    rows: &[SigningKeyRow],
    sealing: &SealingKey,
    signs: SigningAlgorithm,
) -> Result<KeyRing, CryptoError> {
    let good = rows.iter().filter(|row| row.life.is_good());
    let keys = good
        .map(|row| Ok((SigningKey::open(&row.key, sealing)?, row.life.active_at)))
        .collect::<Result<Vec<_>, CryptoError>>()?;
    KeyRing::new(keys, access_token::TYP, signs)
}
