//! `ANY /v1/auth/verify` and its adapters: is this credential good, and good enough (contract §6)? Exactly 200, or never 2xx.

use std::sync::Arc;

use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use quick_cache::sync::Cache;
use serde::Serialize;
use uuid::Uuid;

use super::super::super::extract::{caller, credential, origin, principal};
use super::super::super::failure::Failure;
use super::super::super::settings::WebSettings;
use super::adapter::Adapter;
use super::{identity_headers, requirements};
use crate::clock::UnixTime;
use crate::flows::verify::Identity;
use crate::flows::{Node, project_scope};

/// Answers kept; beyond that the least used go.
const CAPACITY: usize = 20_000;

/// The body of a 200; members that do not apply are `null`.
#[derive(Serialize)]
struct Verified<'a> {
    authenticated: bool,
    /// The user; for a client acting for itself the client, which is its token's subject (RFC 9068 §2.2).
    user_id: &'a str,
    scopes: Vec<&'a str>,
    expires_at: Option<String>,
    auth_method: &'static str,
    username: Option<&'a str>,
    email: Option<&'a str>,
    key_id: Option<Uuid>,
    project_id: Option<Uuid>,
    client_id: Option<&'a str>,
    audience: &'a str,
}

/// Contract §6, word for word.
const ANONYMOUS: &str = r#"{"authenticated":false,"user_id":null,"scopes":[],"expires_at":null}"#;

/// Answers every method alike; the body is never read.
///
/// # Errors
/// 400 for what cannot be understood, 401 not valid, 403 (or 404) not allowed, 429 too many, 503 cannot tell; to nginx all of these in
/// its own words (`adapter.rs`).
pub async fn any(
    request: HttpRequest,
    node: Data<Node>,
    settings: Data<WebSettings>,
    rendered: Data<Rendered>,
) -> Result<HttpResponse, Failure> {
    let adapter = Adapter::of(request.path()).unwrap_or(Adapter::Plain);
    let requirements = adapter.requirements(&request, &settings)?;
    let presented = credential::find(&request, &settings)?;
    let from = principal::From::of(&request, &settings);
    let Some(identity) = principal::identify(&node, &presented, from).await? else {
        if !requirements.allows_anonymous() {
            return Err(Failure::unauthenticated());
        }
        return Ok(anonymous());
    };
    if presented.is_ambient() && adapter.may_change_something(&request, &settings) {
        origin::prove(&request, &settings.own_origins)?;
    }
    if !identity.may_come_from(from.known) {
        caller::stand(&request, &node, &identity).await;
        return Err(requirements.hidden(Failure::wrong_address()));
    }
    if requirements.is_free() {
        // No refusal: a second question about the last request of an hour must not stop it.
        caller::stand(&request, &node, &identity).await;
    } else {
        caller::count(&request, &node, &identity).await?;
    }
    let scope = match requirements.project() {
        None => None,
        Some(project) => {
            let found = project_scope::scope_in(&node, &identity, project).await?;
            Some(found.ok_or_else(|| requirements.hidden(requirements::wrong_project()))?)
        }
    };
    requirements.admit(&identity, scope.as_ref().unwrap_or(&identity.scope))?;
    Ok(match scope.filter(|scope| *scope != identity.scope) {
        // Who reads the scopes must not read more than counts in this project. Seldom enough not to be kept.
        Some(scope) => response(&write(&Arc::new(Identity { scope, ..Identity::clone(&identity) }))),
        None => rendered.answer(&identity),
    })
}

fn anonymous() -> HttpResponse {
    let mut response = HttpResponse::Ok().content_type("application/json").body(ANONYMOUS);
    identity_headers::add(None, response.headers_mut());
    response
}

/// Answers written before, by token or key: the same identity is answered with the same bytes.
pub struct Rendered(Cache<Uuid, Arc<Answer>>);

struct Answer {
    identity: Arc<Identity>,
    headers: HeaderMap,
    body: Bytes,
}

impl Default for Rendered {
    fn default() -> Self {
        Self(Cache::new(CAPACITY))
    }
}

impl Rendered {
    fn answer(&self, identity: &Arc<Identity>) -> HttpResponse {
        // The very same identity: one that was looked up anew may say something else of the same token.
        let known =
            self.0.get(&identity.credential_id).filter(|known| Arc::ptr_eq(&known.identity, identity));
        let answer = known.unwrap_or_else(|| {
            let answer = Arc::new(write(identity));
            self.0.insert(identity.credential_id, Arc::clone(&answer));
            answer
        });
        response(&answer)
    }
}

fn response(answer: &Answer) -> HttpResponse {
    let mut response = HttpResponse::Ok().body(answer.body.clone());
    for (name, value) in &answer.headers {
        response.headers_mut().insert(name.clone(), value.clone());
    }
    response
}

fn write(identity: &Arc<Identity>) -> Answer {
    let verified = Verified {
        authenticated: true,
        user_id: &identity.subject,
        scopes: identity.scope.iter().collect(),
        expires_at: identity.expires_at.map(UnixTime::rfc3339),
        auth_method: identity.class.as_str(),
        username: identity.username.as_deref(),
        email: identity.email.as_deref(),
        key_id: identity.key.as_ref().map(|_| identity.credential_id),
        project_id: identity.project_id(),
        client_id: identity.client_id.as_deref(),
        audience: &identity.audience,
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    identity_headers::add(Some(identity), &mut headers);
    // Strings and lists of strings: this cannot fail.
    let body = serde_json::to_vec(&verified).unwrap_or_default();
    Answer { identity: Arc::clone(identity), headers, body: body.into() }
}
