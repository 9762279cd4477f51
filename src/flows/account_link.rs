//! Links that a person opens once: drawn here, stored as digests, built from the public URL and from nothing a request says
//! (security §3, 52; §4.8; decision 0011).

use uuid::Uuid;

use super::error::FlowError;
use super::node::Node;
use super::users::UserRefusal;
use crate::clock::UnixTime;
use crate::crypto::opaque_token::{PlainToken, TokenDigest, TokenType};
use crate::storage::account_link::{self, AccountLink};
use crate::storage::mail::{self, Mail};
use crate::storage::{DbConnection, StorageError};

pub use crate::storage::account_link::LinkKind;

/// Seconds a link in a mail works that somebody just asked for: 30 minutes.
pub const MAILED_SECONDS: i64 = 1800;
/// Seconds a link works that an administrator hands out: a day.
pub const HANDED_OUT_SECONDS: i64 = 86_400;
/// Seconds an invitation works: a week.
pub const INVITATION_SECONDS: i64 = 7 * 86_400;

/// Why a link did nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkRefusal {
    /// Unknown, used, expired or replaced by a newer one.
    #[error("this link does not work any more")]
    Link,
    /// What was typed cannot be used; the link still works.
    #[error(transparent)]
    User(#[from] UserRefusal),
}

/// A link that was made for somebody to hand out. No `Debug`: whoever has it may use it.
pub struct HandedOut {
    /// The whole URL.
    pub url: String,
    /// When it ends.
    pub expires_at: UnixTime,
    /// Whether it was sent by mail as well.
    pub mailed: bool,
}

/// A link about to be stored.
pub(super) struct NewLink {
    pub(super) url: String,
    pub(super) digest: TokenDigest,
    pub(super) link: AccountLink,
}

/// Draws a link of a kind, that works for `seconds`.
pub(super) fn draw(
    node: &Node,
    kind: LinkKind,
    user_id: Option<Uuid>,
    email: Option<&str>,
    seconds: i64,
) -> NewLink {
    let token = PlainToken::generate(TokenType::AccountLink);
    let now = node.clock.now();
    NewLink {
        url: format!("{}{}?token={}", node.issuer(), path(kind), token.expose()),
        digest: node.tokens.digest(&token),
        link: AccountLink {
            kind,
            user_id,
            email: email.map(str::to_owned),
            created_at: now,
            expires_at: now.plus_seconds(seconds),
        },
    }
}

/// The page that a link of a kind leads to.
pub const fn path(kind: LinkKind) -> &'static str {
    match kind {
        LinkKind::Password => "/reset-password",
        LinkKind::Registration => "/register",
        LinkKind::Invitation => "/invitation",
        LinkKind::Email => "/confirm",
    }
}

/// The digest of a presented token; `None` if it cannot be one.
pub(super) fn digest(node: &Node, token: &str) -> Option<TokenDigest> {
    PlainToken::parse(TokenType::AccountLink, token).map(|token| node.tokens.digest(&token))
}

/// What a presented link is about, while it works. Looking changes nothing (security §4.6).
///
/// # Errors
/// The store is away.
pub(super) async fn find(node: &Node, token: &str, kind: LinkKind) -> Result<Option<AccountLink>, FlowError> {
    let Some(digest) = digest(node, token) else { return Ok(None) };
    let now = node.clock.now();
    Ok(node.db.read(move |c| account_link::find(c, &digest, kind, now)).await?)
}

/// One write for what was asked for by mail: the request goes, the link and the mail with it come, or nothing where there
/// is nobody to write to. Nothing happens when another node did it already.
pub(super) async fn answer(
    node: &Node,
    request: Uuid,
    made: Option<(Option<NewLink>, Mail)>,
    and: impl Fn(&mut DbConnection) -> Result<(), StorageError> + Send + 'static,
) -> Result<(), FlowError> {
    node.db
        .write(move |c| {
            if !mail::remove(c, request)? {
                return Ok(());
            }
            let Some((link, letter)) = &made else { return Ok(()) };
            if let Some(NewLink { digest, link, .. }) = link {
                account_link::replace(c, digest, link)?;
            }
            mail::insert(c, letter)?;
            and(c)
        })
        .await?;
    Ok(())
}
