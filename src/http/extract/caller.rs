//! Who calls an API of ours: the credential, and everything that must hold of it before a handler looks (contract §2,
//! §3, §7, §9, §12).

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::{HttpMessage, HttpRequest};

use super::super::failure::Failure;
use super::super::settings::WebSettings;
use super::{credential, origin, principal};
use crate::account::rate_limit::Standing;
use crate::flows::Node;
use crate::flows::actor::Actor;
use crate::flows::verify::Identity;

/// Whoever calls; `None` without a credential. The request counts against their limit, and every answer then says
/// where they stand.
///
/// # Errors
/// 401 for a credential that is no good or meant for another API, 403 for one that may not come from here or must not learn
/// accounts' ids, 429 above
/// the limit, 400 for two principals, 503 if it cannot be told.
pub async fn find(
    request: &HttpRequest,
    node: &Node,
    settings: &WebSettings,
) -> Result<Option<Arc<Identity>>, Failure> {
    let presented = credential::find(request, settings)?;
    if presented.is_nothing() {
        return Ok(None);
    }
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if presented.is_ambient() && !safe {
        origin::prove(request, &settings.own_origins)?;
    }
    let from = principal::From::of(request, settings);
    let Some(identity) = principal::identify(node, &presented, from).await? else { return Ok(None) };
    // RFC 9068 §4: a token for somebody else's resource is none for ours.
    if identity.audience != settings.issuer {
        return Err(Failure::invalid_token());
    }
    if identity.is_pairwise() {
        // What is answered here names people by the ids of their accounts (OpenID Connect Core §8.1; decision 0013).
        return Err(Failure::insufficient_scope(
            "This app knows people by names of its own: ask /oauth/userinfo",
        ));
    }
    if !identity.may_come_from(from.known) {
        stand(request, node, &identity).await;
        return Err(Failure::wrong_address());
    }
    count(request, node, &identity).await?;
    Ok(Some(identity))
}

/// On whose behalf a request is, and from where, for those flows that ask again and write it down.
pub fn acting<'i>(request: &HttpRequest, identity: &'i Identity, settings: &WebSettings) -> Actor<'i> {
    Actor::Holder { identity, address: principal::From::of(request, settings).address }
}

/// Counts the request and leaves the caller's standing with it, for the headers of whatever is answered.
///
/// # Errors
/// 429.
pub async fn count(request: &HttpRequest, node: &Node, identity: &Identity) -> Result<Standing, Failure> {
    let standing = node.limits.take(&identity.quota).await;
    request.extensions_mut().insert(standing);
    if standing.allowed { Ok(standing) } else { Err(Failure::rate_limited(&standing)) }
}

/// Counts nothing and refuses nothing: the answer only says where the caller stands. For a question that is free, and for
/// a key that came from where it may not: whoever stole it must not use up its owner's quota.
pub async fn stand(request: &HttpRequest, node: &Node, identity: &Identity) {
    let standing = node.limits.peek(&identity.quota).await;
    request.extensions_mut().insert(standing);
}

/// As [`find`], for a route that is nobody's without a credential.
///
/// # Errors
/// Those, and 401.
pub async fn require(
    request: &HttpRequest,
    node: &Node,
    settings: &WebSettings,
) -> Result<Arc<Identity>, Failure> {
    find(request, node, settings).await?.ok_or_else(Failure::unauthenticated)
}
