//! Forgotten passwords: a link by mail, or one that an administrator hands out (security §3, 47–50, 52; decision 0011).

use std::net::IpAddr;

use uuid::Uuid;

use super::account_link::{self as links, Answer, HandedOut, LinkKind, LinkRefusal};
use super::actor::{Acting, Actor, Trace};
use super::api_keys;
use super::error::FlowError;
use super::mail::{self, Content, Message, Notice, Place};
use super::new_password;
use super::node::Node;
use super::stop::{self, Stop};
use super::users::{self, UserRefusal};
use crate::account::user::{LoginName, User};
use crate::storage::account_link;
use crate::storage::audit_event::Kind;
use crate::storage::mail::Mail;
use crate::storage::{self, contact, login_throttle};
use crate::words::Words;

/// Sends a link to whom `typed` names, if there is somebody who may have one. Nobody learns whether there is: the request is
/// written down, and what becomes of it is found out later. `Err`: seconds after which to come back.
///
/// # Errors
/// The store is away.
pub async fn ask(
    node: &Node,
    typed: &str,
    address: IpAddr,
    words: &Words,
) -> Result<Result<(), i64>, FlowError> {
    let Some(name) = LoginName::parse(typed).filter(|_| node.policy.mail.is_some()) else {
        return Ok(Ok(()));
    };
    let (name, language) = (name.as_str().to_owned(), words.language().to_owned());
    let place = Place::of(node, address);
    mail::request(node, place, &Content::Password { name, language }).await
}

/// What becomes of such a request.
pub(super) async fn send(node: &Node, request: &Mail, name: &str, language: &str) -> Result<(), FlowError> {
    let found = match LoginName::parse(name) {
        Some(name) => node.db.read(move |c| storage::user::find_by_login(c, &name)).await?,
        None => None,
    };
    let Some(user) = found.map(|found| found.user).filter(|user| !user.disabled) else {
        return links::answer(node, request, None, |_| Ok(())).await;
    };
    let link = links::draw(node, LinkKind::Password, Some(user.id), Some(&user.email), links::MAILED_SECONDS);
    let message = Message::Password(&user.username, &link.url);
    let letter = mail::write(node, mail::language(Some(language)), &user.email, &message);
    let made = Answer::with_link(node, link, &user.email, letter)?;
    let audit = users::about(user.id, Kind::PasswordLinkMade, node.clock.now());
    let trace = Trace::stranger(None).with("by mail");
    let and = move |c: &mut storage::DbConnection| trace.record(c, audit.clone());
    links::answer(node, request, Some(made), and).await
}

/// Makes a link by which a person sets a new password, for an administrator to hand out; earlier ones stop working. The
/// person is told, where mail is sent.
///
/// # Errors
/// The store is away.
pub async fn link_for(
    node: &Node,
    actor: Actor<'_>,
    user_id: Uuid,
) -> Result<Result<HandedOut, UserRefusal>, FlowError> {
    make_link(node, actor, user_id, Some(Notice::NewSignInLink)).await
}

/// The same for an account that was just made: its person knows of none yet, and would take the notice for an alarm.
///
/// # Errors
/// The store is away.
pub async fn first_link_for(
    node: &Node,
    actor: Actor<'_>,
    user_id: Uuid,
) -> Result<Result<HandedOut, UserRefusal>, FlowError> {
    make_link(node, actor, user_id, None).await
}

async fn make_link(
    node: &Node,
    actor: Actor<'_>,
    user_id: Uuid,
    notice: Option<Notice>,
) -> Result<Result<HandedOut, UserRefusal>, FlowError> {
    let (by, now) = (Acting::of(actor), node.clock.now());
    if !by.is_unbounded() {
        return Ok(Err(LOGIN_ONLY));
    }
    let unknown = || UserRefusal::Unknown(user_id.to_string());
    let Some(user) = users::find_by_id(node, user_id).await? else { return Ok(Err(unknown())) };
    let link = links::draw(node, LinkKind::Password, Some(user.id), None, links::HANDED_OUT_SECONDS);
    let notice = match notice {
        Some(notice) => mail::notice(node, &user, notice).await?,
        None => None,
    };
    let (url, expires_at) = (link.url.clone(), link.link.expires_at);
    let made = stop::write(node, move |c| {
        by.administers(c, now, UserRefusal::NotAllowed)?;
        if storage::user::lock_enabled(c, user_id)?.is_none() {
            return users::refuse(OFF);
        }
        account_link::replace(c, &link.digest, &link.link)?;
        by.trace.record(c, users::about(user_id, Kind::PasswordLinkMade, now))?;
        mail::post(c, notice.as_ref())?;
        Ok(((), Vec::new()))
    });
    Ok(made.await?.map(|()| HandedOut { url, expires_at, mailed: false }))
}

const LOGIN_ONLY: UserRefusal =
    UserRefusal::NotAllowed("only a login can make a link by which somebody signs in: sign in to do that");
const OFF: UserRefusal = UserRefusal::NotAllowed("the account is switched off: switch it on first");

/// Whose password a presented link sets, while it works.
///
/// # Errors
/// The store is away.
pub async fn whose(node: &Node, token: &str) -> Result<Option<User>, FlowError> {
    let link = links::find(node, token, LinkKind::Password).await?;
    let Some(user) = link.and_then(|link| link.user_id) else { return Ok(None) };
    Ok(users::find_by_id(node, user).await?.filter(|user| !user.disabled))
}

/// What was chosen by a link.
#[derive(Clone, Copy)]
pub struct Chosen<'a> {
    /// The new password.
    pub password: &'a str,
    /// Whether every API key of the person ends, too.
    pub end_keys: bool,
}

/// Uses the link up and sets the password, which ends everything issued under the old one. Of several at once one wins.
///
/// # Errors
/// The store is away.
pub async fn complete(
    node: &Node,
    token: &str,
    chosen: Chosen<'_>,
    address: IpAddr,
    words: &Words,
) -> Result<Result<User, LinkRefusal>, FlowError> {
    let (Some(digest), Some(user)) = (links::digest(node, token), whose(node, token).await?) else {
        return Ok(Err(LinkRefusal::Link));
    };
    let password = match new_password::choose(node, &user.username, &user.email, chosen.password).await? {
        Ok(password) => password,
        Err(fault) => return Ok(Err(UserRefusal::Password(fault).into())),
    };
    let hash = node.passwords.hash(user.id, password).await?;
    let end_keys = chosen.end_keys;
    let notice = mail::notice(node, &user, Notice::password_changed(end_keys)).await?;
    let (trace, now, language) = (Trace::link(address), node.clock.now(), words.language());
    let counters = super::login_throttle::Place::of(node, address).own(&user);
    stop::write(node, move |c| {
        let Some(user) = storage::user::lock_enabled(c, user.id)? else { return gone() };
        let Some(link) = account_link::consume(c, &digest, LinkKind::Password, now)? else { return gone() };
        storage::user::set_password(c, user.id, &hash)?;
        if link.email.as_ref() == Some(&user.email) {
            contact::confirm(c, user.id, now)?;
        }
        contact::set_language(c, user.id, language)?;
        // Whoever forgot their password has tried some: they need not wait for that now.
        for name in &counters {
            if login_throttle::find(c, name)?.is_some() {
                login_throttle::update(c, name, now, |state| state.forgiven(now))?;
            }
        }
        trace.record(c, users::about(user.id, Kind::PasswordSet, now))?;
        mail::post(c, notice.as_ref())?;
        let ((), mut subjects) = users::end_everything(c, user.id, now)?;
        if end_keys {
            subjects.extend(api_keys::end_all(c, user.id, &trace, now)?);
        }
        Ok((user, subjects))
    })
    .await
}

const fn gone<T>() -> Result<T, Stop<LinkRefusal>> {
    Err(Stop::Refused(LinkRefusal::Link))
}
