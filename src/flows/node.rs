//! One running node: the store, the keys, the clock and what is known to be revoked.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::client_id_metadata_document::Documents;
use super::client_keys::ClientKeys;
use super::client_registration::DynamicRegistration;
use super::directory::Directory;
use super::dpop::{Dpop, NoncePolicy};
use super::error::FlowError;
use super::fetch::Fetcher;
use super::guesses::Guesses;
use super::last_used::LastUsed;
use super::mail::{GivenUp, MailServer};
use super::rate_limits::{Limits, RateLimits, ValkeyUrl};
use super::registration::Registration;
use super::revocations::Revocations;
use super::scopes::Scopes;
use super::signing_keys::Keys;
use super::verify::Seen;
use crate::clock::{Clock, UnixTime};
use crate::crypto::form_token::FormKey;
use crate::crypto::master_key::{DerivedKey, MasterKey, Purpose};
use crate::crypto::opaque_token::TokenKey;
use crate::crypto::password::Pepper;
use crate::crypto::password_pool::PasswordPool;
use crate::crypto::random;
use crate::crypto::request_mark::MarkKey;
use crate::crypto::signing_keys::{SealingKey, SigningAlgorithm};
use crate::oauth::access_token::AccessTokenClaims;
use crate::storage::audit_event::{AuditEvent, Kind};
use crate::storage::revocation::Subject;
use crate::storage::{Db, DbConnection, StorageError};

/// What an operator decides about logins and tokens.
#[derive(Clone)]
pub struct Policy {
    /// The issuer identifier (RFC 8414 §2): the public URL without a trailing slash.
    pub issuer: String,
    /// What signs access tokens.
    pub access_token_algorithm: SigningAlgorithm,
    /// Seconds for which a key signs before the next one does; 0: until somebody rotates.
    pub signing_key_lifetime: i64,
    /// Fewest characters of a password (NIST SP 800-63B-4 §3.1.1.2).
    pub password_min_length: usize,
    /// The name people see.
    pub brand: String,
    /// Who may make an account for themselves (contract §14).
    pub registration: Registration,
    /// Where mail is given to be sent; without it none is.
    pub mail: Option<MailServer>,
    /// Whether clients may describe themselves at the URL that is their id.
    pub client_id_documents: bool,
    /// Who may register clients by themselves.
    pub dynamic_registration: DynamicRegistration,
    /// Seconds a sign-in, and what hangs on it, lives (contract §5).
    pub session_lifetime: i64,
    /// Seconds for which a browser may rest and stays signed in; 0: as long as its session lives (security §3, 55).
    pub session_idle_timeout: i64,
    /// Seconds a refresh token with `offline_access` may rest unused.
    pub refresh_idle: i64,
    /// Seconds after which a refresh token with `offline_access` ends in any case.
    pub refresh_lifetime: i64,
    /// Whether a key's secret is kept, sealed, so that its owner can be shown it again (contract §2).
    pub reveal_keys: bool,
    /// Where DPoP proofs need a nonce (RFC 9449 §8).
    pub dpop_nonce: NoncePolicy,
    /// Scopes that the operator added, with their descriptions (contract §2).
    pub scopes: Vec<(String, String)>,
    /// Seconds after the store was last heard for which an answer from memory counts; at least 1 (contract §6).
    pub outage_seconds: u32,
    /// Requests an hour (contract §12).
    pub rate_limits: Limits,
    /// Where several nodes count them together; only a server needs it.
    pub valkey: Option<ValkeyUrl>,
}

/// One running node.
pub struct Node {
    /// The store.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// The operator's decisions.
    pub policy: Policy,
    /// Signs and verifies access tokens.
    pub keys: Arc<Keys>,
    /// The scopes that the operator registered.
    pub(super) scopes: Arc<Scopes>,
    /// Digests opaque tokens.
    pub tokens: TokenKey,
    /// Authenticates forms.
    pub(super) forms: FormKey,
    /// Marks authorization requests on their way through the pages.
    pub(super) marks: MarkKey,
    /// Hashes passwords.
    pub passwords: PasswordPool,
    /// What is revoked.
    pub revocations: Revocations,
    /// Users, clients and memberships as last read.
    pub directory: Directory,
    /// How much credentials may ask.
    pub limits: RateLimits,
    /// When keys were last used.
    pub last_used: LastUsed,
    /// When sessions were last used.
    pub(super) sessions_used: LastUsed,
    /// Credentials that were no good.
    pub guesses: Guesses,
    /// The keys of clients, as last fetched.
    pub client_keys: ClientKeys,
    /// Clients that describe themselves: what is being fetched, and for whom.
    pub documents: Documents,
    /// Asks others for what clients keep with them.
    pub fetcher: Fetcher,
    /// Mails that were not delivered, and never will be.
    pub(super) mails_given_up: GivenUp,
    pub(super) throttle: DerivedKey,
    /// Seals the secrets of keys that may be revealed.
    pub(super) revealable: DerivedKey,
    /// Seals mails that wait to be sent.
    pub(super) mails: DerivedKey,
    /// Makes the names by which clients know people and sessions.
    pub(super) subjects: DerivedKey,
    pub(super) seen: Seen,
    /// Judges DPoP proofs.
    pub(super) dpop: Dpop,
}

impl Node {
    /// Starts a node on a migrated database that `master` opens (see `first_start::unlock`).
    pub async fn start(db: Db, master: &MasterKey, policy: Policy, clock: Clock) -> Result<Self, FlowError> {
        let (sealing, signs) = (SealingKey::new(master), policy.access_token_algorithm);
        let keys = Arc::new(db.read(move |c| Keys::open(c, sealing.clone(), signs)).await??);
        let scopes = Arc::new(db.read(Scopes::open).await?);
        let held = Held { keys: Arc::clone(&keys), scopes: Arc::clone(&scopes) };
        let bound = Duration::from_secs(policy.outage_seconds.into());
        let revocations = Revocations::start(db.url(), bound, move |c, subjects| held.read(c, subjects))?;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            keys,
            scopes,
            tokens: TokenKey::new(master),
            forms: FormKey::new(master),
            marks: MarkKey::new(master),
            passwords: PasswordPool::start(threads, Pepper::new(master))
                .map_err(|e| StorageError::Unavailable(e.to_string()))?,
            throttle: master.derive(Purpose::Throttle),
            mails: master.derive(Purpose::Mails),
            subjects: master.derive(Purpose::Subjects),
            revealable: master.derive(Purpose::RevealableKeys),
            seen: Seen::default(),
            dpop: Dpop::new(master),
            limits: RateLimits::start(policy.rate_limits, policy.valkey.as_ref(), clock.clone())
                .map_err(|e| StorageError::Unavailable(e.to_string()))?,
            last_used: LastUsed::default(),
            sessions_used: LastUsed::default(),
            guesses: Guesses::default(),
            mails_given_up: GivenUp::default(),
            client_keys: ClientKeys::default(),
            documents: Documents::default(),
            fetcher: Fetcher::new(&policy.issuer),
            directory: Directory::new(db.clone(), revocations.clone(), policy.client_id_documents),
            revocations,
            policy,
            clock,
            db,
        })
    }

    /// The issuer identifier.
    pub fn issuer(&self) -> &str {
        &self.policy.issuer
    }

    /// The issuer's origin, as a browser writes it in `Origin`.
    pub fn origin(&self) -> String {
        Url::parse(self.issuer()).map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
    }

    /// What an access token of ours says, and the `kid` of the key that signed it; times are not looked at. Another node may
    /// sign by a key that this one hears of in a moment: so one that is not known is looked for, and nothing is said
    /// of it while the store is away.
    pub(super) async fn claims_of(
        &self,
        token: &str,
    ) -> Result<Option<(AccessTokenClaims, String)>, StorageError> {
        let verified = self.keys.verify(token);
        if verified.is_some() || !self.keys.may_be_newer(token) {
            return Ok(verified);
        }
        if !self.revocations.is_fresh() {
            let reason = "a token names a signing key that is not known here".to_owned();
            return Err(StorageError::Unavailable(reason));
        }
        self.keys.look_for(token, &self.db).await?;
        Ok(self.keys.verify(token))
    }

    /// Runs a write that may revoke, and applies what it revoked on this node at once; signing keys and scopes that changed
    /// are read again before.
    pub(super) async fn revoke<T: Send + 'static>(
        &self,
        work: impl Fn(&mut DbConnection) -> Result<(T, Vec<Subject>), StorageError> + Send + 'static,
    ) -> Result<T, FlowError> {
        let (value, subjects) = self.db.write(work).await?;
        let held = Held { keys: Arc::clone(&self.keys), scopes: Arc::clone(&self.scopes) };
        let read = if Held::holds(&subjects) {
            let about = subjects.clone();
            self.db.read(move |c| held.read(c, &about)).await
        } else {
            Ok(())
        };
        self.revocations.apply(&subjects);
        Ok(read.map(|()| value)?)
    }
}

/// What a node holds in memory as a whole, and reads again when some of it changes.
struct Held {
    keys: Arc<Keys>,
    scopes: Arc<Scopes>,
}

impl Held {
    fn holds(subjects: &[Subject]) -> bool {
        subjects.iter().any(|subject| subject.is_about_signing_keys() || subject.is_about_scopes())
    }

    fn read(&self, c: &mut DbConnection, subjects: &[Subject]) -> Result<(), StorageError> {
        if subjects.iter().any(Subject::is_about_signing_keys) {
            self.keys.reload(c)?;
        }
        if subjects.iter().any(Subject::is_about_scopes) {
            self.scopes.reload(c)?;
        }
        Ok(())
    }
}

/// An audit event about to be stored.
pub(super) fn event(kind: Kind, at: UnixTime) -> AuditEvent {
    AuditEvent {
        id: random::id(),
        at,
        kind,
        user_id: None,
        client_id: None,
        key_id: None,
        project_id: None,
        address: None,
        detail: None,
        by: None,
    }
}
