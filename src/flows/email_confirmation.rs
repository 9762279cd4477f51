//! Another address for an account: its owner proves who they are, and then that they read mail there (security §3, 50).

use uuid::Uuid;

use super::account_link::{self as links, Answer, LinkKind, LinkRefusal};
use super::actor::{Actor, Trace};
use super::error::FlowError;
use super::mail::{self, Content, Message, Notice, Place};
use super::node::Node;
use super::password::{self, Attempt, LoginRefusal};
use super::session::SignedIn;
use super::stop::{self, Stop};
use super::users::{self, Taken, UserRefusal};
use crate::account::user::{NameFault, User, canonical};
use crate::storage::account_link;
use crate::storage::audit_event::Kind;
use crate::storage::mail::Mail;
use crate::storage::{self, StorageError, contact};
use crate::words::Words;
use std::net::IpAddr;

/// Why no mail was sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ChangeRefusal {
    /// No mail is sent here.
    NoMail,
    /// It is no address, or already theirs.
    Email(NameFault),
    /// It is the address the account has.
    Same,
    /// The password is wrong.
    Password,
    /// Too many wrong passwords, or too many mails: come back after so many seconds.
    Throttled(i64),
}

/// Sends a link to `email`, by which `user` gets that address. Whether somebody else has it is told only there.
///
/// # Errors
/// The store is away.
pub async fn ask(
    node: &Node,
    user: &User,
    email: &str,
    password: &str,
    address: IpAddr,
    words: &Words,
) -> Result<Result<(), ChangeRefusal>, FlowError> {
    if node.policy.mail.is_none() {
        return Ok(Err(ChangeRefusal::NoMail));
    }
    let checked = if is_named_by_address(user) {
        mail::validate_names(email, email)
    } else {
        mail::validate_address(email)
    };
    if let Err(fault) = checked {
        return Ok(Err(ChangeRefusal::Email(fault)));
    }
    // The address that an account has already can still be confirmed.
    let is_same = email == user.email;
    if is_same && is_confirmed(node, user.id).await? {
        return Ok(Err(ChangeRefusal::Same));
    }
    let place = Place::of(node, address);
    let content =
        Content::Email { user: user.id, email: email.to_owned(), language: words.language().to_owned() };
    let (mail, now) = (mail::seal(node, &content)?, node.clock.now());
    let notice =
        if is_same { None } else { mail::notice(node, user, Notice::EmailAsked(email.to_owned())).await? };
    let (trace, id) = (Trace::owner(user, address), user.id);
    let attempt = Attempt { name: &user.username, password, address };
    let filed = password::prove(node, attempt, user.id, move |c| {
        let filed = mail::file(c, place, &mail, now)?;
        if filed.is_ok() {
            trace.record(c, users::about(id, Kind::EmailChangeAsked, now))?;
            mail::post(c, notice.as_ref())?;
        }
        Ok(filed)
    });
    let filed = filed.await?;
    Ok(match filed {
        Ok(filed) => filed.map_err(ChangeRefusal::Throttled),
        Err(LoginRefusal::Throttled { retry_after }) => Err(ChangeRefusal::Throttled(retry_after)),
        Err(LoginRefusal::InvalidCredentials | LoginRefusal::InvalidScope) => Err(ChangeRefusal::Password),
    })
}

/// Whether the user name of an account is its address, and so changes with it.
fn is_named_by_address(user: &User) -> bool {
    canonical(&user.username) == canonical(&user.email)
}

/// What becomes of such a request.
pub(super) async fn send(
    node: &Node,
    request: &Mail,
    user: Uuid,
    email: &str,
    language: &str,
) -> Result<(), FlowError> {
    let owner = users::find_by_id(node, user).await?.filter(|user| !user.disabled);
    let other = users::find(node, email).await?.ok().filter(|other| other.id != user);
    let words = mail::language(Some(language));
    let made = match (owner, other) {
        (None, _) => None,
        (Some(_), Some(other)) => {
            let sign_in = format!("{}/login", node.issuer());
            let letter = mail::write(node, words, &other.email, &Message::Known(&sign_in));
            Some(Answer::known(node, &other.email, letter)?)
        }
        (Some(_), None) => {
            let link = links::draw(node, LinkKind::Email, Some(user), Some(email), links::MAILED_SECONDS);
            let letter = mail::write(node, words, email, &Message::Email(&link.url));
            Some(Answer::with_link(node, link, email, letter)?)
        }
    };
    links::answer(node, request, made, |_| Ok(())).await
}

/// The account and the address that a presented link brings together, while it works.
///
/// # Errors
/// The store is away.
pub async fn whose(node: &Node, token: &str) -> Result<Option<(User, String)>, FlowError> {
    let Some(link) = links::find(node, token, LinkKind::Email).await? else { return Ok(None) };
    let (Some(user), Some(email)) = (link.user_id, link.email) else { return Ok(None) };
    let user = users::find_by_id(node, user).await?.filter(|user| !user.disabled);
    Ok(user.map(|user| (user, email)))
}

/// Uses the link up and gives the account its new address. The old one is told. A link of another account than that which is
/// signed in does nothing.
///
/// # Errors
/// The store is away.
pub async fn complete(
    node: &Node,
    signed_in: &SignedIn,
    token: &str,
    address: IpAddr,
) -> Result<Result<User, LinkRefusal>, FlowError> {
    let (Some(digest), Some((before, email))) = (links::digest(node, token), whose(node, token).await?)
    else {
        return Ok(Err(LinkRefusal::Link));
    };
    if before.id != signed_in.user.id {
        return Ok(Err(LinkRefusal::Link));
    }
    let session = signed_in.session.id;
    let changes = email != before.email;
    let notice = if changes { mail::notice(node, &before, Notice::EmailChanged(email)).await? } else { None };
    let (trace, now) = (Trace::of(Actor::Browser { signed_in, address }).with("by a link"), node.clock.now());
    let written = stop::write(node, move |c| {
        let gone = || Stop::Refused(LinkRefusal::Link);
        let mut user = storage::user::lock_enabled(c, before.id)?.ok_or_else(gone)?;
        if !storage::session::lock_live(c, session, now)? {
            return Err(gone());
        }
        let link = account_link::consume(c, &digest, LinkKind::Email, now)?.ok_or_else(gone)?;
        let email = link.email.ok_or_else(gone)?;
        if is_named_by_address(&user) {
            user.username.clone_from(&email);
        }
        user.email = email;
        contact::set_names(c, &user, now)?;
        // A link that went to the old address opens nothing any more.
        account_link::end_all(c, user.id, now)?;
        trace.record(c, users::about(user.id, Kind::EmailChanged, now))?;
        mail::post(c, notice.as_ref())?;
        let ((), subjects) = users::changed(c, user.id, now)?;
        Ok((user, subjects))
    });
    match written.await {
        // Somebody else was faster.
        Err(FlowError::Storage(StorageError::Conflict)) => Ok(Err(UserRefusal::Taken(Taken::Email).into())),
        done => done,
    }
}

/// Whether somebody proved that they read mail at the address of their account.
///
/// # Errors
/// The store is away.
pub async fn is_confirmed(node: &Node, user: Uuid) -> Result<bool, FlowError> {
    let contact = node.db.read(move |c| contact::find(c, user)).await?;
    Ok(contact.is_some_and(|contact| contact.confirmed_at.is_some()))
}
