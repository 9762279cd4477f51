//! Token introspection (RFC 7662, RFC 9701): the same question as verify, asked by an OAuth client (contract §6).

use std::net::IpAddr;

use super::error::FlowError;
use super::node::Node;
use super::verify::{self, Credential, Verdict};
use super::{client_authentication, id_token, issue, signing_keys, subject};
use crate::account::barbell_key;
use crate::clock::UnixTime;
use crate::crypto::opaque_token::{PlainToken, TokenType};
use crate::oauth::access_token::FIRST_PARTY_CLIENT_ID;
use crate::oauth::client::Client;
use crate::oauth::dpop::Confirmation;
use crate::oauth::error::OAuthError;
use crate::oauth::introspection::{
    Introspection, IntrospectionJwt, IntrospectionRequest, JWT_TYP, may_see, may_see_keys,
};
use crate::oauth::parameters::Parameters;
use crate::oauth::scope::PROFILE;
use crate::oauth::subject::SubjectType;
use crate::oauth::token_response::token_type;
use crate::storage::{self, StorageError};

/// An answer, in the form that was asked for.
pub enum Answer {
    /// RFC 7662 §2.2.
    Json(Box<Introspection>),
    /// RFC 9701 §5.
    Jwt(String),
}

/// Says whether a token is active, to whoever may know; to anyone else exactly `{"active":false}`. `as_jwt`: signed, for the
/// client that asks and has proved who it is.
pub async fn introspect(
    node: &Node,
    authorization: Option<&str>,
    parameters: &Parameters,
    as_jwt: bool,
) -> Result<Result<Answer, OAuthError>, FlowError> {
    let record = match client_authentication::authenticate(node, authorization, parameters).await? {
        Ok(record) => record,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let request = match IntrospectionRequest::parse(parameters) {
        Ok(request) => request,
        Err(refusal) => return Ok(Err(refusal)),
    };
    // Anybody can send the id of a public client: nothing is looked up or signed for it.
    if record.client.is_public() {
        return Ok(Ok(Answer::Json(Box::new(Introspection::inactive()))));
    }
    if let Some(token) = PlainToken::parse(TokenType::RefreshToken, &request.token) {
        let answer = refresh_token(node, &record.client, &token).await?;
        return written(node, &record.client, answer, as_jwt).await.map(Ok);
    }
    let answer = verified(node, &record.client, Credential::by_form(&request.token)).await?;
    written(node, &record.client, answer, as_jwt).await.map(Ok)
}

/// RFC 9701 §5, by the algorithm that the client is registered for.
async fn written(
    node: &Node,
    client: &Client,
    answer: Introspection,
    as_jwt: bool,
) -> Result<Answer, FlowError> {
    if !as_jwt {
        return Ok(Answer::Json(Box::new(answer)));
    }
    let algorithm = id_token::algorithm(client.metadata.introspection_algorithm())?;
    let now = node.clock.now();
    let claims = IntrospectionJwt {
        iss: node.issuer(),
        aud: &client.client_id,
        iat: now.seconds(),
        token_introspection: &answer,
    };
    Ok(Answer::Jwt(signing_keys::sign_as(node, JWT_TYP, algorithm, &claims).await?))
}

async fn verified(
    node: &Node,
    client: &Client,
    credential: Credential<'_>,
) -> Result<Introspection, FlowError> {
    let identity = match verify::verify(node, credential).await? {
        Verdict::Valid(identity) => identity,
        Verdict::Expired => return Ok(Introspection::inactive()),
        Verdict::Invalid => {
            // The address is that of whoever was asked to let somebody in: only the account is counted.
            if let Credential::BarbellKey(text) = credential {
                let username = barbell_key::split(text).map(|(name, _)| name);
                let _ = node.guesses.failed(username, None::<IpAddr>, node.clock.now());
            }
            return Ok(Introspection::inactive());
        }
        Verdict::CannotTell => {
            let reason = "it was not heard within the revocation bound".to_owned();
            return Err(StorageError::Unavailable(reason).into());
        }
    };
    let client_id = identity.client_id.as_deref().unwrap_or(FIRST_PARTY_CLIENT_ID);
    let visible = match &identity.key {
        Some(_) => may_see_keys(client),
        None => may_see(client, client_id, &identity.audience, node.issuer()),
    };
    if !visible {
        return Ok(Introspection::inactive());
    }
    let mut answer = Introspection {
        active: true,
        scope: Some(identity.scope.to_string()),
        username: identity.username.clone(),
        exp: identity.expires_at.map(UnixTime::seconds),
        iat: Some(identity.issued_at.seconds()),
        sub: Some(identity.subject.clone()),
        aud: Some(identity.audience.clone()),
        iss: Some(node.issuer().to_owned()),
        ..Introspection::inactive()
    };
    match &identity.key {
        // A key has no issue of its own to name by `jti`, and no client: it is named by its id.
        Some(key) => {
            answer.token_type = Some(identity.class.as_str());
            answer.key_id = Some(identity.credential_id.to_string());
            answer.project_id = key.project_id.map(|id| id.to_string());
            // Only whoever was called knows from where: it has to look.
            answer.ip_allow = key.ip_allow.iter().map(ToString::to_string).collect();
        }
        None => {
            answer.token_type = Some(token_type(identity.binding.is_some()));
            answer.cnf = identity.binding.as_ref().map(|binding| Confirmation { jkt: binding.jkt.clone() });
            answer.client_id = Some(client_id.to_owned());
            answer.jti = Some(identity.credential_id.to_string());
            answer.ip_allow = identity.networks.iter().map(ToString::to_string).collect();
        }
    }
    Ok(answer)
}

/// A refresh token is its own client's business only: no resource server ever sees one.
async fn refresh_token(node: &Node, client: &Client, token: &PlainToken) -> Result<Introspection, FlowError> {
    let digest = node.tokens.digest(token);
    let now = node.clock.now();
    let found = node
        .db
        .read(move |c| {
            let Some(record) = storage::refresh_token::find(c, &digest)? else { return Ok(None) };
            let user = storage::user::find(c, record.grant.user_id)?;
            Ok(user.filter(|user| !user.disabled).map(|user| (record, user)))
        })
        .await?;
    let Some((record, user)) = found else { return Ok(Introspection::inactive()) };
    let live =
        record.token.consumed_at.is_none() && record.token.expires_at > now && record.grant.is_live(now);
    let own = record.grant.client_id.as_deref() == Some(client.client_id.as_str());
    if !live || !own {
        return Ok(Introspection::inactive());
    }
    // What it gives now, as when it is used.
    let Ok(scope) = issue::still_granted(&user, client, &record.grant.scope) else {
        return Ok(Introspection::inactive());
    };
    let sub = subject::of(node, client, user.id);
    // An app that knows people by names of its own learns no other that was not allowed.
    let is_pairwise = SubjectType::of(client) == SubjectType::Pairwise;
    Ok(Introspection {
        active: true,
        scope: Some(scope.to_string()),
        client_id: Some(client.client_id.clone()),
        username: (!is_pairwise || scope.contains(PROFILE)).then_some(user.username),
        exp: Some(record.token.expires_at.seconds()),
        iat: Some(record.token.created_at.seconds()),
        sub: Some(sub),
        iss: Some(node.issuer().to_owned()),
        ..Introspection::inactive()
    })
}
