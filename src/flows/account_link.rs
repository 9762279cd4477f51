//! Links that a person opens once: drawn here, stored as digests, built from the public URL and from nothing a request says
//! (security §3, 52; §4.8; decision 0011).

use uuid::Uuid;

use super::error::FlowError;
use super::mail::{self, Content, Recipient};
use super::node::Node;
use super::users::UserRefusal;
use crate::clock::UnixTime;
use crate::crypto::CryptoError;
use crate::crypto::opaque_token::{PlainToken, TokenDigest, TokenType};
use crate::storage::account_link::{self, AccountLink};
use crate::storage::mail::Mail;
use crate::storage::{self, DbConnection, StorageError};

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

/// What a request for mail leads to.
pub(super) struct Answer {
    link: Option<NewLink>,
    letter: Mail,
    recipient: Recipient,
}

impl Answer {
    /// A letter with a link.
    pub(super) fn with_link(
        node: &Node,
        link: NewLink,
        to: &str,
        letter: Content,
    ) -> Result<Self, CryptoError> {
        let recipient = Recipient::of(node, link.link.kind.as_str(), to);
        let letter = letter.until(link.link.expires_at);
        Ok(Self { link: Some(link), letter: mail::seal(node, &letter)?, recipient })
    }

    /// A letter to somebody who has an account already.
    pub(super) fn known(node: &Node, to: &str, letter: Content) -> Result<Self, CryptoError> {
        Ok(Self {
            link: None,
            letter: mail::seal(node, &letter)?,
            recipient: Recipient::of(node, "known", to),
        })
    }
}

/// One write for what was asked for by mail: the request goes, the link and the mail with it come, or nothing where there
/// is nobody to write to. Nothing happens when another node did it already, when the account's links were ended after the
/// request, or when its person was sent several mails of this kind just now and the last link still works.
pub(super) async fn answer(
    node: &Node,
    request: &Mail,
    made: Option<Answer>,
    and: impl Fn(&mut DbConnection) -> Result<(), StorageError> + Send + 'static,
) -> Result<(), FlowError> {
    let (id, asked_at, now) = (request.id, request.created_at, node.clock.now());
    node.db
        .write(move |c| {
            if !storage::mail::remove(c, id)? {
                return Ok(());
            }
            let Some(Answer { link, letter, recipient }) = &made else { return Ok(()) };
            let user = link.as_ref().and_then(|new| new.link.user_id);
            if let Some(user) = user
                && !account_link::may_come(c, user, asked_at)?
            {
                return Ok(());
            }
            let has_one = match link {
                Some(new) => account_link::is_in_mail(c, &new.link, now)?,
                None => true,
            };
            if has_one && recipient.has_many(c, now)? {
                return Ok(());
            }
            recipient.count(c, now)?;
            if let Some(NewLink { digest, link, .. }) = link {
                account_link::replace(c, digest, link)?;
            }
            storage::mail::insert(c, letter)?;
            and(c)
        })
        .await?;
    Ok(())
}
