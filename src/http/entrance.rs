//! What happens to every request, whatever its URL: an id, the gate, sharing, one format for failures, a panic
//! contained, the headers, and one line in the log, at `info` for refusals and faults and at `debug` for the rest
//! (security §4.8: no query, no headers, no body).

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpResponse};
use uuid::Uuid;

use super::cors::{self, Sharing};
use super::door::Door;
use super::error::{self, Context};
use super::extract::{address, credential};
use super::failure::Failure;
use super::pages::language::Language;
use super::settings::{Readiness, WebSettings};
use super::v1::auth::adapter::Adapter;
use super::{gate, rate_limit_headers, security_headers};
use crate::account::rate_limit::Standing;
use crate::clock::UnixTime;
use crate::flows::{Node, plain_http};
use crate::words;

/// How long a request may take, its body's arrival included (security ).
const DEADLINE: Duration = Duration::from_secs(10);
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, for pages that tell it.
pub struct RequestId(pub Uuid);

/// What is known of a request before it is routed, and still needed when it is gone.
struct Visit {
    settings: Data<WebSettings>,
    language: Language,
    door: Door,
    adapter: Option<Adapter>,
    sharing: Sharing,
    origin: Option<HeaderValue>,
    accepts_html: bool,
    is_basic: bool,
    is_dpop: bool,
    /// Whether a browser shows what it gets, to a person who may have ended up there by mistake.
    is_navigation: bool,
    is_https: bool,
    id: Uuid,
    now: UnixTime,
    began: Instant,
}

/// The one middleware.
///
/// # Errors
/// None that is not a rendered response already.
pub async fn entrance(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let (Some(node), Some(settings)) =
        (request.app_data::<Data<Node>>().cloned(), request.app_data::<Data<WebSettings>>().cloned())
    else {
        return Ok(request.into_response(HttpResponse::InternalServerError().finish()));
    };
    let visit = Visit::of(&request, &node, settings);
    let method = request.method().clone();
    let _ = request.extensions_mut().insert(RequestId(visit.id));
    let work = contained(answer(request, next, &node, &visit));
    // What has no body cannot dawdle over sending it.
    let done = if method == Method::GET || method == Method::HEAD {
        Ok(work.await)
    } else {
        tokio::time::timeout(DEADLINE, work).await
    };
    match done {
        Ok(Some(Ok(response))) => Ok(visit.leave(response, method.as_str())),
        Ok(Some(Err(error))) => Err(visit.lost(&error_failure(&error), method.as_str())),
        Err(_) => Err(visit.lost(&Failure::too_slow(), method.as_str())),
        Ok(None) => {
            let failure = Failure { cause: Some("a handler panicked".into()), ..Failure::server_error() };
            Err(visit.lost(&failure, method.as_str()))
        }
    }
}

/// What the gate, the rules of sharing or the handler answers.
async fn answer(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    node: &Node,
    visit: &Visit,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if let Err(failure) = admit(&request, node, visit).await {
        return Ok(request.into_response(visit.rendered(&failure)));
    }
    if let Some(response) = cors::preflight(request.method(), request.path(), request.headers()) {
        return Ok(request.into_response(response));
    }
    Ok(visit.answered(next.call(request).await?))
}

async fn admit(request: &ServiceRequest, node: &Node, visit: &Visit) -> Result<(), Failure> {
    if let Err(failure) = gate::check(request.request(), &visit.settings) {
        if failure.code == "https_required" {
            audit(request, node, visit).await;
        }
        return Err(failure);
    }
    gate::refuse_keys(request.request(), node, &visit.settings).await
}

impl Visit {
    fn of(request: &ServiceRequest, node: &Node, settings: Data<WebSettings>) -> Self {
        let (path, now) = (request.path(), node.clock.now());
        let (door, is_navigation) = (Door::of(path), is_navigation(request));
        let language = if is_navigation || door == Door::Page {
            Language::of(request.query_string(), request.headers())
        } else {
            Language::unasked(words::choose([]))
        };
        // A script on a page accepts anything, and its browser would still open the window of a Basic challenge.
        let accepts_html = request.headers().contains_key("sec-fetch-mode")
            || request
                .headers()
                .get(header::ACCEPT)
                .and_then(|accept| accept.to_str().ok())
                .is_some_and(|accept| accept.contains("text/html"));
        Self {
            door,
            adapter: Adapter::of(path),
            sharing: Sharing::of(path),
            origin: request.headers().get(header::ORIGIN).cloned(),
            accepts_html,
            is_dpop: credential::is_dpop(request.headers()),
            is_basic: is_basic(request.headers()),
            is_navigation,
            is_https: settings.https && address::is_https(request.peer_addr(), request.headers(), &settings),
            id: (settings.request_id)(now),
            now,
            began: Instant::now(),
            settings,
            language,
        }
    }

    /// A failure in the door's shape, and in words that the gateway which asks understands; its reason goes to the log, here and nowhere else.
    fn rendered(&self, failure: &Failure) -> HttpResponse {
        if let Some(cause) = &failure.cause {
            if failure.status.is_server_error() {
                tracing::error!(request_id = %self.id, %cause, "the request failed");
            } else {
                tracing::warn!(request_id = %self.id, %cause, "the request was refused");
            }
        }
        let context = Context {
            door: self.door,
            accepts_html: self.accepts_html,
            is_dpop: self.is_dpop,
            is_basic: self.is_basic,
            request_id: self.id,
            now: self.now,
            settings: &self.settings,
            language: self.language,
        };
        // A person who follows a link that leads nowhere reads a page (decision 0020).
        let is_nowhere = matches!(failure.status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED);
        let context =
            if self.is_navigation && is_nowhere { Context { door: Door::Page, ..context } } else { context };
        match self.adapter {
            Some(adapter) => error::render(&adapter.translate(failure.clone()), &context),
            None => error::render(failure, &context),
        }
    }

    /// Replaces the response of an error by the door's own.
    fn answered(&self, response: ServiceResponse<impl MessageBody + 'static>) -> ServiceResponse<BoxBody> {
        let rendered = response.response().error().map(|error| self.rendered(&error_failure(error)));
        match rendered {
            Some(rendered) => response.into_response(rendered),
            None => response.map_into_boxed_body(),
        }
    }

    fn leave(&self, mut response: ServiceResponse<BoxBody>, method: &str) -> ServiceResponse<BoxBody> {
        let status = response.status();
        let standing = response.request().extensions().get::<Standing>().copied();
        self.finish(status, response.headers_mut());
        if let Some(standing) = standing {
            rate_limit_headers::add(&standing, self.now, response.headers_mut());
        }
        if is_told(status) {
            let route = response.request().match_pattern();
            self.log(method, route.as_deref().unwrap_or("-"), status);
        }
        response
    }

    /// A failure after which the request is gone, and with it its route.
    fn lost(&self, failure: &Failure, method: &str) -> Error {
        let mut response = self.rendered(failure);
        self.finish(response.status(), response.headers_mut());
        self.log(method, "-", failure.status);
        InternalError::from_response("already rendered", response).into()
    }

    fn finish(&self, status: StatusCode, headers: &mut HeaderMap) {
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
            && !headers.contains_key(header::WWW_AUTHENTICATE)
            && let Some(challenge) = error::bare_challenge(&self.settings)
        {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        let is_page = headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| self.is_navigation && kind.as_bytes().starts_with(b"text/html"));
        let door = if is_page { Door::Page } else { self.door };
        security_headers::apply(door, self.is_https, headers);
        cors::share(self.sharing, self.origin.as_ref(), &self.settings.cors_origins, headers);
        let mut text = Uuid::encode_buffer();
        if let Ok(id) = HeaderValue::from_str(self.id.hyphenated().encode_lower(&mut text)) {
            headers.insert(X_REQUEST_ID, id);
        }
    }

    fn log(&self, method: &str, route: &str, status: StatusCode) {
        let micros = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let status_code = status.as_u16();
        if is_failure(status) {
            tracing::info!(request_id = %self.id, method, route, status = status_code, micros, "answered");
        } else {
            tracing::debug!(request_id = %self.id, method, route, status = status_code, micros, "answered");
        }
    }
}

/// Whether a request tries the Basic scheme (RFC 7617 §2).
fn is_basic(headers: &HeaderMap) -> bool {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.split(' ').next()).is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic"))
}

/// A browser on its way to what it will show: what leads nowhere is then a page, wherever it is (decision 0020). Not below `/v1`:
/// gateways ask there with the headers of whoever came to them.
fn is_navigation(request: &ServiceRequest) -> bool {
    let says = |name: &str, word: &str| {
        let value = request.headers().get(name).and_then(|value| value.to_str().ok());
        value.is_some_and(|value| value.contains(word))
    };
    let of_gateways =
        request.path().strip_prefix("/v1").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    request.method() == Method::GET
        && !of_gateways
        && says("sec-fetch-dest", "document")
        && says("accept", "text/html")
}

fn is_failure(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

/// What went well is told at `debug` only: a line for each of some ten thousand requests a second costs more than
/// answering them.
fn is_told(status: StatusCode) -> bool {
    tracing::enabled!(tracing::Level::DEBUG)
        || (is_failure(status) && tracing::enabled!(tracing::Level::INFO))
}

/// Our own failures as they are, the framework's by their status.
fn error_failure(error: &Error) -> Failure {
    match error.as_error::<Failure>() {
        Some(failure) => failure.clone(),
        None => error::of_status(error.as_response_error().status_code()),
    }
}

/// Runs `work`; `None` if it panicked. It is never polled again after that.
async fn contained<F: Future>(work: F) -> Option<F::Output> {
    let mut work = pin!(work);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
        Ok(poll) => poll.map(Some),
        Err(_) => Poll::Ready(None),
    })
    .await
}

async fn audit(request: &ServiceRequest, node: &Node, visit: &Visit) {
    let Some(readiness) = request.app_data::<Data<Readiness>>() else { return };
    if !readiness.may_audit_plain_http(visit.now) {
        return;
    }
    let trusted = &visit.settings.trusted_proxies;
    let address = address::client(request.peer_addr(), request.headers(), trusted);
    if let Err(error) = plain_http::refused(node, address).await {
        tracing::error!(request_id = %visit.id, %error, "the refusal could not be written into the audit trail");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn r_25_a_panic_is_contained() {
        assert_eq!(contained(async { 1 }).await, Some(1));
        assert!(contained(async { std::hint::black_box(None::<u8>).unwrap() }).await.is_none());
    }
}
