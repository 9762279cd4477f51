//! Telling clients that a session ended (OpenID Connect Back-Channel Logout 1.0 §2.5): written down in the transaction that ends it,
//! whoever does, and told by a task of its own. One client is told one thing at a time, so that a slow one delays nobody else.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinSet};
use url::form_urlencoded;
use uuid::Uuid;

use super::actor::Trace;
use super::error::FlowError;
use super::fetch::Behalf;
use super::node::{Node, event};
use super::{id_token, signing_keys, subject};
use crate::crypto::random;
use crate::oauth::authorization_grant::AuthorizationGrant;
use crate::oauth::client::Client;
use crate::oauth::logout_token::{self, About, Heard, TYP};
use crate::oauth::scope::OPENID;
use crate::storage::audit_event::{AuditEvent, Kind};
use crate::storage::backchannel_logout::{self, BackchannelLogout, RelyingParty, Whose};

/// How often it is looked who is to be told.
const EVERY: Duration = Duration::from_secs(1);
/// How many clients are told at once, of those that somebody registered here and of the others: these keep only their own waiting.
const AT_ONCE: [(Whose, usize); 2] = [(Whose::Registered, 8), (Whose::Strangers, 4)];
/// Attempts after which a client is given up: five hours.
const MAX_ATTEMPTS: i32 = 8;

/// Who is to be told when `session` ends: a client that gets an ID token of it, and says where.
pub(super) fn relying_party(
    client: &Client,
    grant: &AuthorizationGrant,
    session_id: Uuid,
) -> Option<RelyingParty> {
    let is_told = client.metadata.backchannel_logout_uri.is_some() && grant.scope.contains(OPENID);
    is_told.then(|| RelyingParty {
        id: random::id(),
        session_id,
        client_id: client.client_id.clone(),
        user_id: grant.user_id,
    })
}

/// Tells clients until the task is dropped.
pub async fn run(node: Arc<Node>) {
    let (mut told, mut busy) = (JoinSet::new(), HashMap::<Id, (Whose, String)>::new());
    let mut is_away = false;
    loop {
        tokio::select! {
            Some(done) = told.join_next_with_id() => {
                let id = match &done {
                    Ok((id, ())) => *id,
                    Err(error) => error.id(),
                };
                busy.remove(&id);
            }
            () = tokio::time::sleep(EVERY) => {}
        }
        let found = due(&node, busy.values().cloned().collect()).await;
        if let Err(error) = &found
            && !is_away
        {
            tracing::warn!(%error, "who is to be told of a logout cannot be looked up: it is tried again");
        }
        is_away = found.is_err();
        for (whose, one) in found.unwrap_or_default() {
            let client = (whose, one.party.client_id.clone());
            let node = Arc::clone(&node);
            let task = told.spawn(async move {
                if let Err(error) = attempt(&node, &one).await {
                    tracing::warn!(%error, "a client could not be told of a logout: it is tried again");
                }
            });
            busy.insert(task.id(), client);
        }
    }
}

/// One of each client that is not `busy`, as many as may be told at once.
async fn due(node: &Node, busy: Vec<(Whose, String)>) -> Result<Vec<(Whose, BackchannelLogout)>, FlowError> {
    let (now, mut due) = (node.clock.now(), Vec::new());
    for (whose, at_once) in AT_ONCE {
        let mut seen: Vec<String> =
            busy.iter().filter(|(one, _)| *one == whose).map(|(_, client)| client.clone()).collect();
        if seen.len() >= at_once {
            continue;
        }
        let busy = seen.clone();
        // The first ones may be one client's.
        for one in node.db.read(move |c| backchannel_logout::due(c, whose, &busy, now, 64)).await? {
            if seen.len() < at_once && !seen.contains(&one.party.client_id) {
                seen.push(one.party.client_id.clone());
                due.push((whose, one));
            }
        }
    }
    Ok(due)
}

/// Tells one client once.
async fn attempt(node: &Node, one: &BackchannelLogout) -> Result<(), FlowError> {
    let (now, claimed, id) = (node.clock.now(), one.clone(), one.party.id);
    let again_at = now.plus_seconds(patience(one.attempts));
    if !node.db.write(move |c| backchannel_logout::claim(c, &claimed, again_at)).await? {
        return Ok(());
    }
    let (heard, cause) = tell(node, &one.party).await?;
    let is_given_up = heard == Heard::Never || (heard == Heard::NotNow && one.attempts + 1 >= MAX_ATTEMPTS);
    let client = one.party.client_id.as_str();
    match (heard, is_given_up) {
        (Heard::Yes, _) => tracing::debug!(client, "told of a logout"),
        (_, true) => tracing::warn!(client, cause, "a client is not told of a logout: it is given up"),
        (_, false) => tracing::warn!(client, cause, "a client was not told of a logout: it is tried again"),
    }
    if heard != Heard::Yes && !is_given_up {
        return Ok(());
    }
    let audit = is_given_up.then(|| AuditEvent {
        user_id: Some(one.party.user_id),
        client_id: Some(one.party.client_id.clone()),
        ..event(Kind::BackchannelLogoutFailed, now)
    });
    let trace = Trace::server().with(cause);
    node.db
        .write(move |c| {
            audit.as_ref().map_or(Ok(()), |audit| trace.record(c, audit.clone()))?;
            backchannel_logout::remove(c, id)
        })
        .await?;
    Ok(())
}

/// What the client made of it, and why, for people.
async fn tell(node: &Node, party: &RelyingParty) -> Result<(Heard, String), FlowError> {
    let record = node.directory.client(&party.client_id).await?;
    let client = record.as_deref().map(|record| &record.client).filter(|client| !client.disabled);
    let told = client.and_then(|client| Some((client, client.metadata.backchannel_logout_uri.as_deref()?)));
    // It was disabled, or wants to hear nothing any more.
    let Some((client, uri)) = told else { return Ok((Heard::Yes, String::new())) };
    let token = logout_token(node, client, party).await?;
    let form = form_urlencoded::Serializer::new(String::new()).append_pair("logout_token", &token).finish();
    Ok(match node.fetcher.tell(uri, form, Behalf::of(client)).await {
        Ok(status) => (Heard::of_status(status), format!("the answer was {status}")),
        Err(error) => (Heard::NotNow, error.to_string()),
    })
}

/// Signed as the client's ID tokens are (§2.4).
async fn logout_token(node: &Node, client: &Client, party: &RelyingParty) -> Result<String, FlowError> {
    let algorithm = id_token::algorithm(client.metadata.id_token_algorithm())?;
    let now = node.clock.now();
    let about = About {
        issuer: node.issuer().to_owned(),
        sub: subject::of(node, client, party.user_id),
        sid: subject::session_id(node, client, party.session_id),
        client_id: client.client_id.clone(),
    };
    let claims = logout_token::claims(about, random::id().to_string(), now);
    signing_keys::sign_as(node, TYP, algorithm, &claims).await
}

/// When a client that was told so often before is told again if this attempt fails, in seconds; longer than an attempt takes.
const fn patience(attempts: i32) -> i64 {
    match attempts {
        ..=0 => 60,
        1 => 300,
        2 => 900,
        _ => 3600,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_told_again_after_1_5_15_and_60_minutes_and_given_up_after_some_hours() {
        assert_eq!([0, 1, 2, 3, 30].map(patience), [60, 300, 900, 3600, 3600]);
        let waits: i64 = (0..MAX_ATTEMPTS - 1).map(patience).sum();
        assert_eq!(waits, 15_660);
    }
}
