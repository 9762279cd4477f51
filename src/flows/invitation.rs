//! Invitations: an administrator asks somebody to make an account for themselves (contract §14, `registration`).

use super::account_link::{self as links, HandedOut, LinkKind};
use super::actor::{Acting, Actor};
use super::error::FlowError;
use super::mail::{self, Message};
use super::node::{Node, event};
use super::registration::Registration;
use super::stop;
use super::users::{self, Taken, UserRefusal};
use crate::storage::account_link;
use crate::storage::audit_event::Kind;
use crate::words::Words;

const CLOSED: UserRefusal = UserRefusal::NotAllowed(
    "nobody can be invited while `registration` is closed: make the account, or set it to invitation",
);

/// Makes a link by which somebody makes an account with this address; it is sent there in the language of `words`, where mail
/// is sent, and can be handed out. An earlier one for the same address stops working.
///
/// # Errors
/// The store is away.
pub async fn invite(
    node: &Node,
    actor: Actor<'_>,
    email: &str,
    words: &Words,
) -> Result<Result<HandedOut, UserRefusal>, FlowError> {
    let (by, now) = (Acting::of(actor), node.clock.now());
    if node.policy.registration == Registration::Closed {
        return Ok(Err(CLOSED));
    }
    if let Err(fault) = mail::validate_address(email) {
        return Ok(Err(UserRefusal::Names(fault)));
    }
    if users::find(node, email).await?.is_ok() {
        return Ok(Err(UserRefusal::Taken(Taken::Email)));
    }
    let link = links::draw(node, LinkKind::Invitation, None, Some(email), links::INVITATION_SECONDS);
    let letter = match &node.policy.mail {
        Some(_) => {
            let letter = mail::write(node, words, email, &Message::Invitation(&link.url));
            Some(mail::seal(node, &letter)?)
        }
        None => None,
    };
    let (url, expires_at, mailed) = (link.url.clone(), link.link.expires_at, letter.is_some());
    let trace = by.trace.with(email);
    let made = stop::write(node, move |c| {
        by.administers(c, now, UserRefusal::NotAllowed)?;
        account_link::replace(c, &link.digest, &link.link)?;
        trace.record(c, event(Kind::UserInvited, now))?;
        mail::post(c, letter.as_ref())?;
        Ok(((), Vec::new()))
    });
    Ok(made.await?.map(|()| HandedOut { url, expires_at, mailed }))
}
