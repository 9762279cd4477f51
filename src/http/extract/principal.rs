//! Who presents the credentials of a request: all of them are looked at, and all must be the same principal's (contract §2).

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::HttpRequest;

use super::super::failure::Failure;
use super::super::settings::WebSettings;
use super::address;
use super::credential::{Part, Presented, Proof};
use crate::account::barbell_key;
use crate::flows::Node;
use crate::flows::dpop::{self, Shown};
use crate::flows::verify::{self, Credential, Identity, KeyBinding, Verdict};
use crate::oauth::dpop::ProofRefusal;

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
        let identity = verified(node, part, presented.proof(), from.address).await?;
        match &known {
            Some(_) if !identity.may_come_from(from.known) => return Err(Failure::wrong_address()),
            None => known = Some(identity),
            Some(first) if first.is_same_principal(&identity) => {}
            Some(_) => return Err(Failure::two_principals()),
        }
    }
    Ok(known)
}

async fn verified(
    node: &Node,
    part: &Part<'_>,
    proof: Option<&Proof<'_>>,
    address: IpAddr,
) -> Result<Arc<Identity>, Failure> {
    let credential = match part {
        Part::Token(token) | Part::BoundToken(token) => Credential::AccessToken(token),
        Part::Key(key) => Credential::ApiKey(key),
        Part::BarbellKey(header) => Credential::BarbellKey(header),
        Part::Unusable => return Err(no_good(node, None, address)),
        // RFC 6750 §3.1: no word about a token where none was shown.
        Part::OtherScheme => return Err(Failure { presented: false, ..no_good(node, None, address) }),
    };
    match verify::verify(node, credential).await? {
        Verdict::Valid(identity) => {
            prove(node, part, proof, identity.binding.as_ref())?;
            Ok(identity)
        }
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

/// A token that is bound to a key counts only with a proof, made for this request, by whoever has the key; and only such
/// a token may come by the DPoP scheme (RFC 9449 §7.1, §7.2).
fn prove(
    node: &Node,
    part: &Part<'_>,
    proof: Option<&Proof<'_>>,
    binding: Option<&KeyBinding>,
) -> Result<(), Failure> {
    let (token, binding) = match (part, binding) {
        (Part::BoundToken(token), Some(binding)) => (token, binding),
        (Part::BoundToken(_), None) => return Err(Failure::wrong_scheme(false)),
        (_, Some(_)) => return Err(Failure::wrong_scheme(true)),
        (_, None) => return Ok(()),
    };
    let Some(Proof { text: Some(text), original }) = proof else {
        return Err(Failure::invalid_dpop_proof("the DPoP header is missing"));
    };
    let Some(original) = original else {
        let reason =
            "which request the DPoP proof is of is not known: the gateway has to say it, as a trusted proxy";
        return Err(Failure::invalid_dpop_proof(reason));
    };
    let shown = Shown { proof: text, method: &original.method, uri: &original.uri, token };
    dpop::at_resource(node, &shown, binding)?.map_err(|refusal| match refusal {
        ProofRefusal::Invalid(reason) => Failure::invalid_dpop_proof(reason),
        ProofRefusal::NeedsNonce => Failure::use_dpop_nonce(&dpop::nonce(node)),
    })
}

fn no_good(node: &Node, username: Option<&str>, address: IpAddr) -> Failure {
    match node.guesses.failed(username, address, node.clock.now()) {
        Some(retry_after) => Failure::too_many_attempts(retry_after),
        None => Failure::invalid_token(),
    }
}
