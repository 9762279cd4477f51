//! The task that sends what is due. Each mail is claimed before it is tried, so that two nodes never send it at once; one
//! that was sent while its node died is sent again: better twice than never.

use std::sync::Arc;
use std::time::Duration;

use super::super::error::FlowError;
use super::super::node::Node;
use super::super::{email_confirmation, password_reset, registration};
use super::smtp::{Smtp, Trouble};
use super::{Content, again, open};
use crate::storage::mail::{self, Mail};
use uuid::Uuid;

/// How often due mails are looked for.
const EVERY: Duration = Duration::from_secs(1);
/// How many are looked at before others may have come.
const AT_ONCE: i64 = 20;

/// Sends due mails until the task is dropped; nothing where no server for mail is configured.
pub async fn run(node: Arc<Node>) {
    let Some(server) = &node.policy.mail else { return };
    let smtp = Smtp::new(&node, server);
    let mut is_away = false;
    loop {
        tokio::time::sleep(EVERY).await;
        let mut outcome = deliver(&node, &smtp).await;
        while matches!(outcome, Ok(true)) {
            outcome = deliver(&node, &smtp).await;
        }
        if let Err(error) = &outcome
            && !is_away
        {
            tracing::warn!(%error, "mails that are due cannot be looked up: it is tried again");
        }
        is_away = outcome.is_err();
    }
}

/// Sends what is due, and says whether that made more; stops at the first that the server does not take now, since the others
/// would fare alike.
async fn deliver(node: &Node, smtp: &Smtp) -> Result<bool, FlowError> {
    let (now, mut more) = (node.clock.now(), false);
    for due in node.db.read(move |c| mail::due(c, now, AT_ONCE)).await? {
        let claimed = due.clone();
        if !node.db.write(move |c| mail::claim(c, &claimed, again(&claimed, now))).await? {
            continue;
        }
        match attempt(node, smtp, &due).await? {
            Next::Another => {}
            Next::New => more = true,
            Next::Later => return Ok(false),
        }
    }
    Ok(more)
}

/// How it goes on after an attempt.
enum Next {
    /// With the next mail.
    Another,
    /// The same, and a mail has come.
    New,
    /// When the server is back.
    Later,
}

async fn attempt(node: &Node, smtp: &Smtp, due: &Mail) -> Result<Next, FlowError> {
    let id = due.id;
    match open(node, due) {
        Ok(Content::Letter(letter)) if letter.has_ended(node.clock.now()) => {
            tracing::warn!(mail = %id, "a mail is given up: the link in it does not work any more");
        }
        Ok(Content::Letter(letter)) => match smtp.send(letter, id, node.clock.now()).await {
            Ok(()) => {
                tracing::debug!(mail = %id, "sent");
                return remove(node, id).await;
            }
            Err(Trouble::Refused(cause)) => {
                tracing::warn!(mail = %id, cause, "a mail is given up: it cannot be delivered");
            }
            Err(Trouble::Later(cause)) => {
                tracing::warn!(mail = %id, cause, "a mail was not taken: it is tried again");
                return Ok(Next::Later);
            }
        },
        Ok(Content::Password { name, language }) => {
            password_reset::send(node, due, &name, &language).await?;
            return Ok(Next::New);
        }
        Ok(Content::Registration { email, language }) => {
            registration::send(node, due, &email, &language).await?;
            return Ok(Next::New);
        }
        Ok(Content::Email { user, email, language }) => {
            email_confirmation::send(node, due, user, &email, &language).await?;
            return Ok(Next::New);
        }
        Err(error) => tracing::error!(mail = %id, %error, "a mail is given up"),
    }
    node.mails_given_up.count(1);
    remove(node, id).await
}

async fn remove(node: &Node, id: Uuid) -> Result<Next, FlowError> {
    node.db.write(move |c| mail::remove(c, id)).await?;
    Ok(Next::Another)
}
