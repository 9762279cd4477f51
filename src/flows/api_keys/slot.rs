//! The keys an account has only one of: of the command-line client, of an app, of `x-api-auth` (contract §2, §10, §11).
//!
//! Whoever asks again gets a new secret, and the old one is dead at once. No secret is kept for showing it again: asking
//! again is how to get one.

use std::net::IpAddr;

use uuid::Uuid;
use zeroize::Zeroizing;

use super::super::actor::{Acting, Trace};
use super::super::error::FlowError;
use super::super::mail::{self, KeyNotice, Notice};
use super::super::node::Node;
use super::super::session::SignedIn;
use super::{Actor, WithSecret, changed, record};
use crate::account::api_key::{ApiKey, Slot, Status};
use crate::clock::UnixTime;
use crate::crypto::barbell_key::BarbellKey;
use crate::crypto::opaque_token::{PlainToken, TokenType};
use crate::crypto::random;
use crate::oauth::scope::{self, Scope};
use crate::storage::api_key::{self, StoredSecret};
use crate::storage::audit_event::Kind;
use crate::storage::revocation::Subject;
use crate::storage::{self, DbConnection, StorageError};

/// What is to be in a slot.
#[derive(Clone)]
struct Filling {
    user: Uuid,
    slot: Slot,
    name: String,
    hint: String,
    secret: StoredSecret,
    trace: Trace,
    /// Who asks: asked again inside the write.
    acting: Acting,
    notice: KeyNotice,
    /// The hint of the secret that who asks saw, empty where there was none; `None`: whichever it is.
    seen: Option<String>,
    /// The id of the key, if there is none yet.
    id: Uuid,
    now: UnixTime,
}

/// Why no key was put into a slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SlotRefusal {
    /// Its owner is disabled or gone, or who asks was signed out meanwhile.
    SignedOut,
    /// Another secret came in the place of the one that who asks saw.
    Replaced,
}

/// The key of who is signed in, in `slot`, with a new secret; `None` when they are disabled, gone or signed out meanwhile. It allows
/// `read write` until its owner narrows it.
///
/// # Errors
/// The store is away.
pub async fn slot_key(
    node: &Node,
    signed_in: &SignedIn,
    slot: Slot,
    name: &str,
    address: IpAddr,
) -> Result<Option<WithSecret>, FlowError> {
    let secret = PlainToken::generate(TokenType::ApiKey);
    let trace = Trace::of(Actor::Browser { signed_in, address }).with(fetched_by(&slot));
    let user = signed_in.user.id;
    let notice = match slot {
        // It is made anew at every sign-in of the command line: one mail each would be read by nobody.
        Slot::CommandLine => KeyNotice::NONE,
        Slot::App(_) | Slot::Barbell => mail::key_notice(node, user, Notice::KeyMade(secret.hint())).await?,
    };
    let filling = Filling {
        user,
        slot,
        name: name.to_owned(),
        hint: secret.hint(),
        secret: StoredSecret { digest: node.tokens.digest(&secret), sealed: None },
        trace,
        acting: Acting::of(Actor::Browser { signed_in, address }),
        notice,
        seen: None,
        id: random::id(),
        now: node.clock.now(),
    };
    let filled = node.revoke(move |c| fill(c, &filling)).await?;
    Ok(filled.ok().map(|(key, _)| WithSecret { key, secret }))
}

/// `USERNAME:KEY` for `x-api-auth`, with a new key. `seen` is the hint of the secret that is to be replaced, empty where there
/// is to be none; `None`: whichever it is.
///
/// # Errors
/// The store is away.
pub async fn barbell(
    node: &Node,
    actor: Actor<'_>,
    user: Uuid,
    seen: Option<&str>,
) -> Result<Result<Zeroizing<String>, SlotRefusal>, FlowError> {
    let acting = Acting::of(actor);
    if acting.user.is_some_and(|own| own != user) {
        return Ok(Err(SlotRefusal::SignedOut));
    }
    let (secret, name) = (BarbellKey::generate(), "Barbell".to_owned());
    let notice = mail::key_notice(node, user, Notice::KeyMade(secret.hint())).await?;
    let filling = Filling {
        user,
        slot: Slot::Barbell,
        name,
        hint: secret.hint(),
        secret: StoredSecret { digest: secret.digest(&node.tokens, user), sealed: None },
        trace: acting.trace.clone(),
        acting,
        notice,
        seen: seen.map(str::to_owned),
        id: random::id(),
        now: node.clock.now(),
    };
    let filled = node.revoke(move |c| fill(c, &filling)).await?;
    Ok(filled.map(|(_, username)| Zeroizing::new(format!("{username}:{}", secret.expose()))))
}

/// For the audit trail: what has its key fetched by its owner's sign-in (contract §10, §11).
fn fetched_by(slot: &Slot) -> String {
    match slot {
        Slot::App(name) => format!("handed to app {name}"),
        Slot::CommandLine => "for the command-line client".to_owned(),
        Slot::Barbell => "for x-api-auth".to_owned(),
    }
}

type Filled = Result<(ApiKey, String), SlotRefusal>;

/// Fills a slot; the key and its owner's name.
fn fill(c: &mut DbConnection, filling: &Filling) -> Result<(Filled, Vec<Subject>), StorageError> {
    let Filling { user, slot, now, .. } = filling;
    // Whoever fills a slot of this account at the same time waits here.
    let Some(owner) = storage::user::lock_enabled(c, *user)? else {
        return Ok((Err(SlotRefusal::SignedOut), Vec::new()));
    };
    // The person before the credential, as in every write that holds both.
    if !filling.acting.still_works(c, *now)? {
        return Ok((Err(SlotRefusal::SignedOut), Vec::new()));
    }
    let held = match api_key::find_by_slot(c, *user, slot)? {
        // Its owner may be changing or removing it.
        Some(old) => api_key::lock(c, old.id)?,
        None => None,
    };
    // The owner's row is held: of two who saw the same secret, or none, one gets another.
    let hint = held.as_ref().map_or("", |old| &old.hint);
    if filling.seen.as_ref().is_some_and(|seen| seen != hint) {
        return Ok((Err(SlotRefusal::Replaced), Vec::new()));
    }
    let (key, subjects) = match held {
        Some(old) if old.revoked_at.is_none() => renew(c, filling, old)?,
        old => {
            // What died for good does not come back under the same id.
            let mut subjects = Vec::new();
            if let Some(dead) = old {
                api_key::delete(c, dead.id)?;
                subjects = changed(c, &filling.trace, Kind::KeyDeleted, &dead, *now)?;
            }
            let blank = ApiKey::new(filling.id, *user, &filling.hint, *now);
            let scope = Scope::from([scope::READ, scope::WRITE]);
            let key = ApiKey { slot: Some(slot.clone()), name: filling.name.clone(), scope, ..blank };
            api_key::insert(c, &key, &filling.secret)?;
            record(c, &filling.trace, Kind::KeyCreated, &key, *now)?;
            (key, subjects)
        }
    };
    filling.notice.post(c, *now)?;
    Ok((Ok((key, owner.username)), subjects))
}

/// Asking again switches a key on again, too; what its owner limited stays limited.
fn renew(
    c: &mut DbConnection,
    filling: &Filling,
    mut key: ApiKey,
) -> Result<(ApiKey, Vec<Subject>), StorageError> {
    if key.status(filling.now) == Status::Expired {
        key.expires_at = None;
    }
    key.disabled_at = None;
    key.name = filling.name.clone();
    key.hint = filling.hint.clone();
    key.secret_created_at = filling.now;
    api_key::replace_secret(c, key.id, &filling.secret, None)?;
    api_key::update(c, &key)?;
    let subjects = changed(c, &filling.trace, Kind::KeyRegenerated, &key, filling.now)?;
    Ok((key, subjects))
}
