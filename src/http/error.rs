//! One renderer for each wire format of errors (contract §8), and the challenges on 401 and 403 (RFC 6750 §3).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use serde::Serialize;
use uuid::Uuid;

use super::door::Door;
use super::explanation::Explanation;
use super::failure::Failure;
use super::pages;
use super::pages::language::Language;
use super::settings::WebSettings;
use crate::clock::UnixTime;
use crate::oauth::{bearer, dpop};

/// What a renderer knows of the request it answers.
pub struct Context<'a> {
    /// Where it came in.
    pub door: Door,
    /// Whether the caller is a browser that shows pages.
    pub accepts_html: bool,
    /// Whether the request tried the DPoP scheme.
    pub is_dpop: bool,
    /// Whether the request tried the Basic scheme.
    pub is_basic: bool,
    /// The request's id, for the person who reports it.
    pub request_id: Uuid,
    /// The time.
    pub now: UnixTime,
    /// The configuration.
    pub settings: &'a WebSettings,
    /// The caller's language, for a page.
    pub language: Language,
}

#[derive(Serialize)]
struct ExampleBody<'a> {
    error: &'a str,
    message: &'a str,
    code: u16,
    timestamp: String,
}

#[derive(Serialize)]
struct OAuthBody<'a> {
    error: &'a str,
    error_description: &'a str,
    message: &'a str,
    code: u16,
    timestamp: String,
}

#[derive(Serialize)]
struct OneCodexBody<'a> {
    message: &'a str,
    status: u16,
}

#[derive(Serialize)]
struct CoCalcBody<'a> {
    error: &'a str,
    message: &'a str,
    status: u16,
}

/// The provider's own words, letter for letter (contract §8).
const ONE_CODEX_401: &str = "The server could not verify that you are authorized to access the URL requested.  You either \
     supplied the wrong credentials (e.g. a bad password), or your browser doesn't understand how to supply the \
     credentials required.";

/// Gives `failure` the shape of its door.
pub fn render(failure: &Failure, context: &Context<'_>) -> HttpResponse {
    let mut response = match context.door {
        Door::Page => pages::error::page(failure, context),
        door => HttpResponse::build(failure.status)
            .content_type("application/json")
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(body(door, failure, context.now)),
    };
    let headers = response.headers_mut();
    for (name, value) in &failure.headers {
        headers.append(name.clone(), value.clone());
    }
    if let Some(challenge) = challenge(failure, context) {
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// What the framework refused by itself, in our words.
pub fn of_status(status: StatusCode) -> Failure {
    match status {
        StatusCode::NOT_FOUND => Failure::not_found(),
        StatusCode::PAYLOAD_TOO_LARGE => Failure::too_large(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            Failure::unsupported_media_type("This content type is not understood")
        }
        status if status.is_client_error() => {
            Failure::invalid_request("The request is not well-formed").explained(Explanation::Unreadable)
        }
        _ => Failure::server_error(),
    }
}

/// The challenge of a 401 or 403 that was rendered elsewhere and has none.
pub fn bare_challenge(settings: &WebSettings) -> Option<HeaderValue> {
    HeaderValue::from_str(&bearer::challenge(&settings.issuer, None, None, Some(&settings.resource_metadata)))
        .ok()
}

fn challenge(failure: &Failure, context: &Context<'_>) -> Option<HeaderValue> {
    if !matches!(failure.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        return None;
    }
    // RFC 6749 §5.2: by the scheme that was used; a browser would answer a Basic challenge that it did not ask for with a window of
    // its own (contract §8).
    if failure.code == "invalid_client" && (context.is_basic || !context.accepts_html) {
        let basic = basic_challenge(context.settings);
        let text = format!("{basic}, resource_metadata=\"{}\"", context.settings.resource_metadata);
        return HeaderValue::from_str(&text).ok();
    }
    let error = failure.presented.then(|| (bearer_code(failure), &*failure.message));
    let settings = context.settings;
    let write = if failure.is_dpop || context.is_dpop { dpop::challenge } else { bearer::challenge };
    let mut text =
        write(&settings.issuer, error, failure.scope.as_deref(), Some(&settings.resource_metadata));
    if offers_basic(failure, context) {
        // Both in one line (RFC 9110 §11.6.1): proxies and clients that take the first of two lines still see both.
        text.push_str(", ");
        text.push_str(&basic_challenge(settings));
    }
    HeaderValue::from_str(&text).ok()
}

/// Where a key may be the user name of Basic (contract §2), beside the Bearer challenge; a browser would answer it with a
/// window of its own (contract §8).
fn offers_basic(failure: &Failure, context: &Context<'_>) -> bool {
    failure.status == StatusCode::UNAUTHORIZED
        && matches!(context.door, Door::OneCodex | Door::CoCalc)
        && !context.accepts_html
}

/// RFC 7617 §2.
fn basic_challenge(settings: &WebSettings) -> String {
    format!("Basic realm=\"{}\"", settings.issuer)
}

/// RFC 6750 §3.1 knows three codes; an expired token is `invalid_token` to it.
fn bearer_code(failure: &Failure) -> &'static str {
    match failure.code {
        // RFC 9449 §12.2.
        code @ ("invalid_dpop_proof" | "use_dpop_nonce") => code,
        _ if failure.status == StatusCode::FORBIDDEN => "insufficient_scope",
        _ => "invalid_token",
    }
}

fn body(door: Door, failure: &Failure, now: UnixTime) -> String {
    let code = failure.status.as_u16();
    let message = match door {
        Door::OneCodex | Door::CoCalc if failure.status == StatusCode::UNAUTHORIZED => ONE_CODEX_401,
        _ => &*failure.message,
    };
    let written = match door {
        Door::OneCodex => serde_json::to_string(&OneCodexBody { message, status: code }),
        Door::CoCalc => serde_json::to_string(&CoCalcBody { error: message, message, status: code }),
        Door::OAuth => serde_json::to_string(&OAuthBody {
            error: code_for_clients(failure),
            error_description: message,
            message,
            code,
            timestamp: now.rfc3339(),
        }),
        Door::Example | Door::Page => serde_json::to_string(&ExampleBody {
            error: failure.code,
            message,
            code,
            timestamp: now.rfc3339(),
        }),
    };
    written.unwrap_or_default()
}

/// RFC 6749 §5.2 registers no codes for what HTTP itself refuses: to an OAuth client all of it is `invalid_request`.
fn code_for_clients(failure: &Failure) -> &'static str {
    match failure.code {
        // RFC 6750 §3.1 has one word for both.
        "token_expired" => "invalid_token",
        "not_found"
        | "method_not_allowed"
        | "payload_too_large"
        | "unsupported_media_type"
        | "https_required"
        | "foreign_origin" => "invalid_request",
        code => code,
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::tests::settings;
    use super::*;
    use crate::account::credential::CredentialClass;
    use crate::account::rate_limit::Standing;
    use crate::oauth::error::{ErrorCode, OAuthError};

    fn rendered(failure: &Failure, door: Door, accepts_html: bool) -> (HttpResponse, Option<String>) {
        answered(failure, door, accepts_html, false)
    }

    fn answered(
        failure: &Failure,
        door: Door,
        accepts_html: bool,
        is_basic: bool,
    ) -> (HttpResponse, Option<String>) {
        let settings = settings("https://id.example");
        let now = UnixTime::from_seconds(0);
        let context = Context {
            door,
            accepts_html,
            is_dpop: false,
            is_basic,
            request_id: Uuid::nil(),
            now,
            settings: &settings,
            language: Language::unasked(crate::words::choose([])),
        };
        let response = render(failure, &context);
        let challenge = response.headers().get(header::WWW_AUTHENTICATE);
        let challenge = challenge.and_then(|v| v.to_str().ok()).map(str::to_owned);
        (response, challenge)
    }

    #[test]
    fn contract_8_each_door_has_its_body() {
        let now = UnixTime::from_seconds(0);
        let failure = Failure::invalid_token();
        insta::assert_snapshot!(body(Door::Example, &failure, now), @r#"{"error":"invalid_token","message":"The provided token is invalid or has expired","code":401,"timestamp":"1970-01-01T00:00:00Z"}"#);
        insta::assert_snapshot!(body(Door::OneCodex, &Failure::not_found(), now), @r#"{"message":"There is nothing at this address","status":404}"#);
        insta::assert_snapshot!(body(Door::OneCodex, &Failure::token_expired(), now), @r#"{"message":"The server could not verify that you are authorized to access the URL requested.  You either supplied the wrong credentials (e.g. a bad password), or your browser doesn't understand how to supply the credentials required.","status":401}"#);
        insta::assert_snapshot!(body(Door::CoCalc, &Failure::not_found(), now), @r#"{"error":"There is nothing at this address","message":"There is nothing at this address","status":404}"#);
        let failure = Failure::from(OAuthError::new(ErrorCode::InvalidGrant, "the code is spent"));
        insta::assert_snapshot!(body(Door::OAuth, &failure, now), @r#"{"error":"invalid_grant","error_description":"the code is spent","message":"the code is spent","code":400,"timestamp":"1970-01-01T00:00:00Z"}"#);
        insta::assert_snapshot!(body(Door::OAuth, &Failure::too_large(), now), @r#"{"error":"invalid_request","error_description":"The body is larger than 64 KiB","message":"The body is larger than 64 KiB","code":413,"timestamp":"1970-01-01T00:00:00Z"}"#);
    }

    #[test]
    fn rfc6750_3_1_no_error_when_nothing_was_presented() {
        let (_, challenge) = rendered(&Failure::unauthenticated(), Door::Example, false);
        assert_eq!(
            challenge.as_deref(),
            Some(
                "Bearer realm=\"https://id.example\", \
                 resource_metadata=\"https://id.example/.well-known/oauth-protected-resource\""
            )
        );
        let (_, challenge) = rendered(&Failure::token_expired(), Door::Example, false);
        assert!(challenge.is_some_and(|c| c.contains("error=\"invalid_token\"")));
    }

    #[test]
    fn contract_8_basic_is_offered_only_to_callers_that_do_not_accept_html() {
        let failure = Failure::from(OAuthError::new(ErrorCode::InvalidClient, "no"));
        let (_, challenge) = rendered(&failure, Door::OAuth, false);
        let basic = "Basic realm=\"https://id.example\", \
                     resource_metadata=\"https://id.example/.well-known/oauth-protected-resource\"";
        assert_eq!(challenge.as_deref(), Some(basic));
        let (_, challenge) = rendered(&failure, Door::OAuth, true);
        assert!(challenge.is_some_and(|c| c.starts_with("Bearer ")));
        // RFC 6749 §5.2: whoever used Basic is answered in Basic.
        let (_, challenge) = answered(&failure, Door::OAuth, true, true);
        assert_eq!(challenge.as_deref(), Some(basic));
    }

    #[test]
    fn contract_12_a_429_has_the_body_of_its_door_and_says_when_to_come_back() {
        let now = UnixTime::from_seconds(0);
        let standing = Standing {
            class: CredentialClass::ApiKey,
            limit: 1000,
            remaining: 0,
            reset_after: 1234,
            allowed: false,
        };
        let failure = Failure::rate_limited(&standing);
        insta::assert_snapshot!(body(Door::Example, &failure, now), @r#"{"error":"rate_limit_exceeded","message":"Too many requests in the last hour: wait as long as Retry-After says","code":429,"timestamp":"1970-01-01T00:00:00Z"}"#);
        insta::assert_snapshot!(body(Door::OneCodex, &failure, now), @r#"{"message":"Too many requests in the last hour: wait as long as Retry-After says","status":429}"#);
        let (response, challenge) = rendered(&failure, Door::Example, false);
        assert_eq!(response.headers().get("retry-after").and_then(|v| v.to_str().ok()), Some("1234"));
        assert_eq!((response.status().as_u16(), challenge), (429, None));
    }

    #[test]
    fn contract_8_where_a_key_may_be_the_user_name_of_basic_it_is_offered_beside_bearer() {
        let offers = |door, accepts_html| {
            let (_, challenge) = rendered(&Failure::unauthenticated(), door, accepts_html);
            challenge.is_some_and(|text| text.ends_with(", Basic realm=\"https://id.example\""))
        };
        assert!(offers(Door::OneCodex, false) && offers(Door::CoCalc, false));
        assert!(!offers(Door::OneCodex, true) && !offers(Door::Example, false));
    }

    #[test]
    fn a_failure_keeps_its_headers() {
        let (response, _) = rendered(&Failure::method_not_allowed("POST"), Door::OAuth, false);
        assert_eq!(response.headers().get("allow").and_then(|v| v.to_str().ok()), Some("POST"));
        let (response, _) = rendered(&Failure::unavailable(), Door::Page, true);
        assert!(response.headers().contains_key("retry-after"));
    }
}
