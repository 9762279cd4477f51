//! DPoP (RFC 9449): a proof is read, checked, and used once. At the endpoints of this server the store remembers it, at
//! resources this node's memory does (decision 0015).

mod seen;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use self::seen::Seen;
use super::client_keys;
use super::error::FlowError;
use super::node::Node;
use super::verify::KeyBinding;
use crate::clock::UnixTime;
use crate::crypto::dpop_nonce::NonceKey;
use crate::crypto::jwt;
use crate::crypto::master_key::MasterKey;
use crate::oauth::client::Client;
use crate::oauth::dpop::{Nonce, Proof, ProofRefusal, Target, normal_uri};
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::fapi;
use crate::storage::{self, StorageError};

const REPLAYED: ProofRefusal =
    ProofRefusal::Invalid("this DPoP proof was used before: make a new one for each request");

/// Where a proof needs a nonce of ours (RFC 9449 §8, §9). One that has a nonce is held to it everywhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoncePolicy {
    /// Nowhere.
    Off,
    /// At the endpoints under `/oauth`.
    Endpoints,
    /// There, and wherever an access token is presented.
    Everywhere,
}

/// What a node needs to judge proofs.
pub struct Dpop {
    nonces: NonceKey,
    seen: Seen,
}

/// A proof that came with an access token.
pub struct Shown<'a> {
    /// The `DPoP` header.
    pub proof: &'a str,
    /// The method of the request.
    pub method: &'a str,
    /// Its URI.
    pub uri: &'a str,
    /// The token.
    pub token: &'a str,
}

/// A good proof.
pub(super) struct Checked {
    /// The thumbprint of its key.
    pub(super) thumbprint: String,
    digest: [u8; 32],
    until: UnixTime,
}

impl Dpop {
    /// Of an installation.
    pub(super) fn new(master: &MasterKey) -> Self {
        Self { nonces: NonceKey::new(master), seen: Seen::default() }
    }
}

/// A nonce for the next proof (RFC 9449 §8).
pub fn nonce(node: &Node) -> String {
    node.dpop.nonces.issue(node.clock.now())
}

/// The nonce to send with an answer, where proofs need one (RFC 9449 §8.2).
pub fn next_nonce(node: &Node) -> Option<String> {
    (node.policy.dpop_nonce != NoncePolicy::Off).then(|| nonce(node))
}

/// The proof of a token request, not remembered yet; `None` if there is none.
///
/// # Errors
/// `invalid_dpop_proof`, also if the client must prove one and does not (RFC 9449 §5.2); `use_dpop_nonce`.
pub(super) fn at_token_endpoint(
    node: &Node,
    client: &Client,
    proof: Option<&str>,
) -> Result<Option<Checked>, OAuthError> {
    if proof.is_none() && client.metadata.needs_bound_tokens() {
        let text = "this client's token requests need a DPoP proof";
        return Err(OAuthError::new(ErrorCode::InvalidDpopProof, text));
    }
    at_endpoint(node, client, proof, "/oauth/token")
}

/// The proof of a POST to the endpoint at `path`; `None` if there is none. Nothing is stored: anybody can sign one and send the
/// id of a public client. It counts once [`remember`] took it.
///
/// # Errors
/// `invalid_dpop_proof`, `use_dpop_nonce`.
pub(super) fn at_endpoint(
    node: &Node,
    client: &Client,
    proof: Option<&str>,
    path: &str,
) -> Result<Option<Checked>, OAuthError> {
    let Some(proof) = proof else { return Ok(None) };
    let uri = normal_uri(&format!("{}{path}", node.issuer())).unwrap_or_default();
    let target = Target { method: "POST", uri: &uri, ath: None };
    let needs_nonce = node.policy.dpop_nonce != NoncePolicy::Off;
    Ok(Some(check(node, proof, &target, needs_nonce, client.metadata.fapi)?))
}

/// Uses a proof up, before anything is done by it. Of one that comes twice the first counts (RFC 9449 §11.1).
///
/// # Errors
/// `invalid_dpop_proof` for one that was used before.
pub(super) async fn remember(node: &Node, proof: &Checked) -> Result<Result<(), OAuthError>, FlowError> {
    let (digest, until) = (proof.digest, proof.until);
    match node.db.write(move |c| storage::dpop::insert(c, &digest, until)).await {
        Ok(()) => Ok(Ok(())),
        Err(StorageError::Conflict) => Ok(Err(REPLAYED.into())),
        Err(error) => Err(error.into()),
    }
}

/// Whether whoever presents a bound token has its key, here and now (RFC 9449 §7.1). Nothing is stored.
///
/// # Errors
/// The inner one is a refusal; the outer one says that there are more proofs than can be remembered.
pub fn at_resource(
    node: &Node,
    shown: &Shown<'_>,
    binding: &KeyBinding,
) -> Result<Result<(), ProofRefusal>, FlowError> {
    let Some(uri) = normal_uri(shown.uri) else {
        return Ok(Err(ProofRefusal::Invalid("the URI of this request is not known")));
    };
    let ath = URL_SAFE_NO_PAD.encode(jwt::fingerprint(shown.token));
    let target = Target { method: shown.method, uri: &uri, ath: Some(&ath) };
    let needs_nonce = node.policy.dpop_nonce == NoncePolicy::Everywhere;
    let checked = match check(node, shown.proof, &target, needs_nonce, binding.is_fapi) {
        Ok(checked) if checked.thumbprint != binding.jkt => {
            return Ok(Err(ProofRefusal::Invalid("the token is bound to another key than the DPoP proof's")));
        }
        Ok(checked) => checked,
        Err(refusal) => return Ok(Err(refusal)),
    };
    match node.dpop.seen.insert(checked.digest, checked.until, node.clock.now()) {
        Some(true) => Ok(Ok(())),
        Some(false) => Ok(Err(REPLAYED)),
        None => {
            let reason = "more DPoP proofs than can be remembered".to_owned();
            Err(StorageError::Unavailable(reason).into())
        }
    }
}

fn check(
    node: &Node,
    text: &str,
    target: &Target<'_>,
    needs_nonce: bool,
    is_fapi: bool,
) -> Result<Checked, ProofRefusal> {
    let now = node.clock.now();
    let proof = Proof::parse(text)?;
    if is_fapi && !fapi::ALGORITHMS.contains(&proof.jws.algorithm.as_str()) {
        return Err(ProofRefusal::Invalid("a FAPI 2.0 client signs with PS256, ES256 or EdDSA"));
    }
    let nonce = match proof.nonce() {
        Some(nonce) => match node.dpop.nonces.accepts(nonce, now) {
            Some(end) => Nonce::Good(end),
            // RFC 9449 §8: nobody is sent for a nonce where none is given out.
            None if node.policy.dpop_nonce == NoncePolicy::Off => {
                return Err(ProofRefusal::Invalid(
                    "the nonce of the DPoP proof is not ours, or over: leave it out",
                ));
            }
            None => Nonce::Bad,
        },
        // RFC 9449 §11.3: what was asked for is not forgotten.
        None if needs_nonce => Nonce::Bad,
        None => Nonce::Absent,
    };
    // Before the signature: what is of another request costs nothing.
    let until = proof.check(target, nonce, now)?;
    if !client_keys::verifies(&proof.key, &proof.jws) {
        return Err(ProofRefusal::Invalid("the signature of the DPoP proof is not that of the key in it"));
    }
    let thumbprint = client_keys::public(&proof.key.material).thumbprint();
    let digest = jwt::fingerprint(&proof.identity(&thumbprint, target).join("\n"));
    Ok(Checked { thumbprint, digest, until })
}
