//! Who presents the credentials of a request: all of them are looked at, and all must be the same principal's (contract §2).

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::HttpRequest;

use super::super::failure::Failure;
use super::super::settings::WebSettings;
use super::address;
use super::credential::{Part, Presented};
use crate::account::barbell_key;
use crate::flows::Node;
use crate::flows::verify::{self, Credential, Identity, Verdict};

/// Where a request came from.
#[derive(Clone, Copy)]
pub struct From {
    /// Where guesses are counted (contract §12).
    pub address: IpAddr,
    /// What a key's allow list is asked about (contract §9).
    pub known: Option<IpAddr>,
}

impl From {
    /// Of this request.
    pub fn of(request: &HttpRequest, settings: &WebSettings) -> Self {
        let (peer, headers, trusted) = (request.peer_addr(), request.headers(), &settings.trusted_proxies);
        Self {
            address: address::client(peer, headers, trusted),
            known: address::known(peer, headers, trusted),
        }
    }
}

/// Who presents them; `None` if nothing was presented. The first is who asks; whether that one may come from here is for
/// the caller to see to.
///
/// # Errors
/// 401 if a credential is no good, 429 if there were too many of those, 400 if two name different principals, 503 if it
/// cannot be told.
pub async fn identify(
    node: &Node,
    presented: &Presented<'_>,
    from: From,
) -> Result<Option<Arc<Identity>>, Failure> {
    let mut known: Option<Arc<Identity>> = None;
    for part in presented.parts() {
        let identity = verified(node, part, from.address).await?;
        match &known {
            Some(_) if !identity.may_come_from(from.known) => return Err(Failure::wrong_address()),
            None => known = Some(identity),
            Some(first) if first.is_same_principal(&identity) => {}
            Some(_) => return Err(Failure::two_principals()),
        }
    }
    Ok(known)
}

async fn verified(node: &Node, part: &Part<'_>, address: IpAddr) -> Result<Arc<Identity>, Failure> {
    let credential = match part {
        Part::Token(token) => Credential::AccessToken(token),
        Part::Key(key) => Credential::ApiKey(key),
        Part::BarbellKey(header) => Credential::BarbellKey(header),
        Part::Unusable => return Err(no_good(node, None, address)),
    };
    match verify::verify(node, credential).await? {
        Verdict::Valid(identity) => Ok(identity),
        Verdict::Expired => Err(Failure::token_expired()),
        Verdict::Invalid => {
            let username = match part {
                Part::BarbellKey(header) => barbell_key::split(header).map(|(name, _)| name),
                _ => None,
            };
            Err(no_good(node, username, address))
        }
        Verdict::CannotTell => Err(Failure::unavailable()),
    }
}

fn no_good(node: &Node, username: Option<&str>, address: IpAddr) -> Failure {
    match node.guesses.failed(username, address, node.clock.now()) {
        Some(retry_after) => Failure::too_many_attempts(retry_after),
        None => Failure::invalid_token(),
    }
}
