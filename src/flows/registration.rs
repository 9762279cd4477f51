//! New accounts that people make for themselves. Nothing is stored under a name or an address before its owner has opened
//! the link that was sent there (security §3, 48; decision 0011).

use std::net::IpAddr;

use super::account_link::{self as links, Answer, LinkKind, LinkRefusal};
use super::actor::Trace;
use super::error::FlowError;
use super::mail::{self, Content, Message, Place};
use super::node::Node;
use super::stop::{self, Stop};
use super::users::{self, NewUser, Prepared, Taken, UserRefusal};
use crate::account::user::{LoginName, NameFault, User};
use crate::storage::mail::Mail;
use crate::storage::{self, StorageError, account_link, contact};
use crate::words::Words;

/// Who may make an account for themselves (contract §14).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Registration {
    /// Nobody: administrators make accounts.
    Closed,
    /// Whom an administrator invited.
    Invitation,
    /// Whoever reads mail at an address.
    Open,
}

/// Why no mail was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AskRefusal {
    /// Nobody may make an account for themselves.
    Closed,
    /// It is no address.
    Email(NameFault),
    /// Too many mails were asked for: come back after so many seconds.
    Throttled(i64),
}

/// Sends a link to `email`, by which an account is made; or, if there is one already, says so there and only there.
///
/// # Errors
/// The store is away.
pub async fn ask(
    node: &Node,
    email: &str,
    address: IpAddr,
    words: &Words,
) -> Result<Result<(), AskRefusal>, FlowError> {
    if !is_open(node) {
        return Ok(Err(AskRefusal::Closed));
    }
    if let Err(fault) = mail::validate_address(email) {
        return Ok(Err(AskRefusal::Email(fault)));
    }
    let place = Place::of(node, address);
    let (email, language) = (email.to_owned(), words.language().to_owned());
    let asked = mail::request(node, place, &Content::Registration { email, language }).await?;
    Ok(asked.map_err(AskRefusal::Throttled))
}

/// Whether somebody can begin by themselves.
pub fn is_open(node: &Node) -> bool {
    node.policy.registration == Registration::Open && node.policy.mail.is_some()
}

/// What becomes of such a request.
pub(super) async fn send(node: &Node, request: &Mail, email: &str, language: &str) -> Result<(), FlowError> {
    let known = match LoginName::parse(email) {
        Some(name) => node.db.read(move |c| storage::user::find_by_login(c, &name)).await?,
        None => None,
    };
    let words = mail::language(Some(language));
    let made = match known {
        Some(known) if known.user.disabled => None,
        Some(known) => {
            let sign_in = format!("{}/login", node.issuer());
            let letter = mail::write(node, words, &known.user.email, &Message::Known(&sign_in));
            Some(Answer::known(node, &known.user.email, letter)?)
        }
        None => {
            let link = links::draw(node, LinkKind::Registration, None, Some(email), links::MAILED_SECONDS);
            let letter = mail::write(node, words, email, &Message::Registration(&link.url));
            Some(Answer::with_link(node, link, email, letter)?)
        }
    };
    links::answer(node, request, made, |_| Ok(())).await
}

/// The address that a presented link makes an account for, while it works; of a registration or an invitation.
///
/// # Errors
/// The store is away.
pub async fn whose(node: &Node, token: &str, kind: LinkKind) -> Result<Option<String>, FlowError> {
    let is_possible = match kind {
        LinkKind::Registration => node.policy.registration == Registration::Open,
        LinkKind::Invitation => node.policy.registration != Registration::Closed,
        LinkKind::Password | LinkKind::Email => false,
    };
    if !is_possible {
        return Ok(None);
    }
    Ok(links::find(node, token, kind).await?.and_then(|link| link.email))
}

/// A name and a password, as typed by whoever opened a link.
#[derive(Clone, Copy)]
pub struct Chosen<'a> {
    /// The user name.
    pub username: &'a str,
    /// The password.
    pub password: &'a str,
}

/// Uses the link up and makes the account, with the address the link was sent to. Of several at once one wins.
///
/// # Errors
/// The store is away.
pub async fn complete(
    node: &Node,
    token: &str,
    kind: LinkKind,
    chosen: Chosen<'_>,
    address: IpAddr,
    words: &Words,
) -> Result<Result<User, LinkRefusal>, FlowError> {
    let (Some(digest), Some(email)) = (links::digest(node, token), whose(node, token, kind).await?) else {
        return Ok(Err(LinkRefusal::Link));
    };
    let Chosen { username, password } = chosen;
    let new = NewUser { username, email: &email, password: Some(password), is_admin: false };
    let Prepared { user, hash, .. } = match users::prepare(node, new).await? {
        Ok(prepared) => prepared,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    let how = if kind == LinkKind::Invitation { "invitation" } else { "registration" };
    let (trace, now, language) = (Trace::link(address).with(how), node.clock.now(), words.language());
    let stored = user.clone();
    let written = stop::write(node, move |c| {
        if account_link::consume(c, &digest, kind, now)?.is_none() {
            return Err(Stop::Refused(LinkRefusal::Link));
        }
        users::insert(c, &stored, &hash, &trace)?;
        // An invitation was shown to whoever invited: that it is opened proves nothing about mail.
        if kind == LinkKind::Registration {
            contact::confirm(c, stored.id, now)?;
        }
        contact::set_language(c, stored.id, language)?;
        Ok(((), Vec::new()))
    });
    match written.await {
        Ok(done) => Ok(done.map(|()| user)),
        // Rolled back: the link was not used up.
        Err(FlowError::Storage(StorageError::Conflict)) => {
            Ok(Err(UserRefusal::Taken(Taken::Username).into()))
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::super::actor::Actor;
    use super::super::fixture::{block_on, node};
    use super::super::mail::{MailServer, Sender, SmtpUrl};
    use super::super::password_reset;
    use super::*;
    use crate::words;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    async fn mails(node: &Node) -> Vec<Mail> {
        let now = node.clock.now();
        node.db.read(move |c| storage::mail::due(c, now, 99)).await.unwrap()
    }

    #[test]
    fn security_3_48_a_request_does_the_same_whoever_it_is_about() {
        block_on(async {
            let (_folder, mut node) = node().await;
            let url = SmtpUrl::parse("smtp://127.0.0.1:9").ok().unwrap();
            node.policy.mail = Some(MailServer { url, from: Sender::parse("a@b.example").ok().unwrap() });
            node.policy.registration = Registration::Open;
            let alice = NewUser {
                username: "alice",
                email: "alice@example.com",
                password: Some("a short sentence works"),
                is_admin: false,
            };
            users::create(&node, Actor::Operator, alice).await.unwrap().unwrap();
            let words = words::choose([]);
            for name in ["alice", "nobdy"] {
                password_reset::ask(&node, name, HERE, words).await.unwrap().unwrap();
            }
            for email in ["alice@example.com", "nobdy@example.com"] {
                ask(&node, email, HERE, words).await.unwrap().unwrap();
            }
            let sizes: Vec<usize> = mails(&node).await.iter().map(|mail| mail.sealed.len()).collect();
            assert_eq!(sizes.len(), 4, "one row for each, and nothing else");
            assert!(sizes[0] == sizes[1] && sizes[2] == sizes[3], "of one size: {sizes:?}");
        });
    }
}
