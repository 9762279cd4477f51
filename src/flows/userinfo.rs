//! Owns the answer of the userinfo endpoint (OpenID Connect Core §5.3.2): what the client that asks may know of the person.

use serde_json::{Map, Value};

use super::error::FlowError;
use super::node::Node;
use super::verify::Identity;
use super::{id_token, signing_keys};
use crate::oauth::id_token::TYP;
use crate::oauth::scope::OPENID;
use crate::oauth::userinfo::at_userinfo;

/// What is told.
pub enum UserInfo {
    /// The claims.
    Json(Map<String, Value>),
    /// The claims, signed for the client that is registered for it.
    Jwt(String),
}

/// Why nothing is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UserInfoRefusal {
    /// The token does not have the scope `openid`, or is no person's.
    NoOpenId,
    /// The account or the client is gone.
    Gone,
}

/// Tells of the person of a token that is good.
///
/// # Errors
/// The store is away.
pub async fn userinfo(
    node: &Node,
    identity: &Identity,
) -> Result<Result<UserInfo, UserInfoRefusal>, FlowError> {
    let Some(user_id) = identity.user_id.filter(|_| identity.scope.contains(OPENID)) else {
        return Ok(Err(UserInfoRefusal::NoOpenId));
    };
    let told = id_token::told(node, user_id, |person| at_userinfo(person, &identity.scope)).await?;
    let Some(mut claims) = told else { return Ok(Err(UserInfoRefusal::Gone)) };
    // The token's own: what the ID token said when it was issued (§5.3.2).
    claims.insert("sub".to_owned(), identity.subject.clone().into());
    let Some(client_id) = &identity.client_id else { return Ok(Ok(UserInfo::Json(claims))) };
    let Some(record) = node.directory.client(client_id).await? else {
        return Ok(Err(UserInfoRefusal::Gone));
    };
    let Some(registered) = &record.client.metadata.userinfo_signed_response_alg else {
        return Ok(Ok(UserInfo::Json(claims)));
    };
    let algorithm = id_token::algorithm(registered)?;
    // §5.3.2: if signed, it says who it is from and for. Without times it can be taken for no ID token.
    claims.insert("iss".to_owned(), node.issuer().into());
    claims.insert("aud".to_owned(), client_id.as_str().into());
    Ok(Ok(UserInfo::Jwt(signing_keys::sign_as(node, TYP, algorithm, &claims).await?)))
}
