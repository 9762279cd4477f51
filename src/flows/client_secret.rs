//! The secret of a confidential client: another one, with or without an overlap (security §3, 36; RFC 6749 §2.3.1).
//!
//! Two are good at most: the last one, and for a while the one before.

use super::actor::{Acting, Actor};
use super::clients::{ClientRefusal, WithSecret, changed, refuse};
use super::error::FlowError;
use super::node::Node;
use super::stop;
use crate::crypto::opaque_token::{PlainToken, TokenType};
use crate::oauth::client::Client;
use crate::oauth::client_fault::{ClientFault, Rule};
use crate::storage::audit_event::Kind;
use crate::storage::client;

/// Longest time for which the secret before the last one may stay good, in seconds: 7 days, as for API keys (contract §9).
pub const MAX_OVERLAP_SECONDS: i64 = 7 * 86_400;

const NONE: &str = "a public client has no secret: make it confidential first";
const KEY: &str = "a client that authenticates by its key has no secret: give it another method first";
// What it gave away would outlive it, and with an overlap nobody would notice.
const BOUND: &str =
    "a key with an expiry, networks or a rate limit cannot replace a client's secret: sign in to do that";

fn without_one(client: &Client) -> ClientRefusal {
    let (rule, text) =
        if client.is_public() { (Rule::PublicHasNoSecret, NONE) } else { (Rule::KeyInsteadOfSecret, KEY) };
    ClientRefusal::Invalid(ClientFault::new("token_endpoint_auth_method", rule, text))
}

/// Gives a confidential client another secret. The one before is good for `overlap_seconds` more, without any it is dead at
/// once; one that was before that is dead in either case.
///
/// # Errors
/// The store is away.
pub async fn replace(
    node: &Node,
    actor: Actor<'_>,
    id: &str,
    overlap_seconds: i64,
) -> Result<Result<WithSecret, ClientRefusal>, FlowError> {
    if !(0..=MAX_OVERLAP_SECONDS).contains(&overlap_seconds) {
        let reason =
            format!("the overlap of a client's secrets is 0 to {MAX_OVERLAP_SECONDS} seconds (7 days)");
        return Ok(Err(ClientRefusal::Invalid(ClientFault::new("", Rule::Overlap, reason))));
    }
    let (id, by, now) = (id.to_owned(), Acting::of(actor), node.clock.now());
    let fresh = PlainToken::generate(TokenType::ClientSecret);
    let digest = node.tokens.digest(&fresh);
    let until = (overlap_seconds > 0).then(|| now.plus_seconds(overlap_seconds));
    let done = stop::write(node, move |c| {
        by.administers(c, now, ClientRefusal::NotAllowed)?;
        if by.is_bound {
            return refuse(ClientRefusal::NotAllowed(BOUND));
        }
        let Some(mut record) = client::lock(c, &id)? else {
            return refuse(ClientRefusal::Unknown(id.clone()));
        };
        if !record.client.has_secret() {
            return refuse(without_one(&record.client));
        }
        record.previous_secret = record.secret.replace(digest).filter(|_| until.is_some());
        record.client.previous_secret_until = until;
        client::update(c, &record)?;
        let kind = if until.is_some() { Kind::ClientSecretRotated } else { Kind::ClientSecretReplaced };
        Ok((record.client, changed(c, &by, &id, kind, now)?))
    });
    Ok(done.await?.map(|client| WithSecret { client, secret: Some(fresh) }))
}

/// Gives a confidential client a secret that it knows already; the ones before are dead at once. One that has it as its only
/// secret is left alone.
///
/// # Errors
/// The store is away.
pub async fn bring(
    node: &Node,
    actor: Actor<'_>,
    id: &str,
    secret: &PlainToken,
) -> Result<Result<Client, ClientRefusal>, FlowError> {
    let (id, by, now) = (id.to_owned(), Acting::of(actor), node.clock.now());
    let digest = node.tokens.digest(secret);
    stop::write(node, move |c| {
        by.administers(c, now, ClientRefusal::NotAllowed)?;
        if by.is_bound {
            return refuse(ClientRefusal::NotAllowed(BOUND));
        }
        let Some(mut record) = client::lock(c, &id)? else {
            return refuse(ClientRefusal::Unknown(id.clone()));
        };
        if !record.client.has_secret() {
            return refuse(without_one(&record.client));
        }
        let has_it = record.secret.is_some_and(|stored| stored.matches(&digest));
        if has_it && record.previous_secret.is_none() {
            return Ok((record.client, Vec::new()));
        }
        record.secret = Some(digest);
        (record.previous_secret, record.client.previous_secret_until) = (None, None);
        client::update(c, &record)?;
        Ok((record.client, changed(c, &by, &id, Kind::ClientSecretReplaced, now)?))
    })
    .await
}

/// Ends the overlap now: only the last secret is good. Where there is no other, nothing happens.
///
/// # Errors
/// The store is away.
pub async fn end_previous(
    node: &Node,
    actor: Actor<'_>,
    id: &str,
) -> Result<Result<Client, ClientRefusal>, FlowError> {
    let (id, by, now) = (id.to_owned(), Acting::of(actor), node.clock.now());
    stop::write(node, move |c| {
        by.administers(c, now, ClientRefusal::NotAllowed)?;
        let Some(mut record) = client::lock(c, &id)? else {
            return refuse(ClientRefusal::Unknown(id.clone()));
        };
        let was_good = record.client.overlap_ends(now).is_some();
        (record.previous_secret, record.client.previous_secret_until) = (None, None);
        if !was_good {
            return Ok((record.client, Vec::new()));
        }
        client::update(c, &record)?;
        Ok((record.client, changed(c, &by, &id, Kind::ClientPreviousSecretEnded, now)?))
    })
    .await
}
