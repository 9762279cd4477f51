//! What is refused before any door looks at it: credentials over plain http (contract §13), in a query string
//! (contract §2), and API keys at the internal API (contract §3).

use actix_web::HttpRequest;
use actix_web::http::{Method, header};

use super::extract::{address, caller, credential, query};
use super::failure::Failure;
use super::settings::WebSettings;
use super::v1::auth::adapter::Adapter;
use super::{cookie, pages};
use crate::flows::Node;

/// Lets a request pass, or says why not.
///
/// # Errors
/// 403 or 400.
pub fn check(request: &HttpRequest, settings: &WebSettings) -> Result<(), Failure> {
    if settings.https
        && !address::is_https(request.peer_addr(), request.headers(), settings)
        && carries_credential(request)
    {
        return Err(Failure::https_required());
    }
    // What Envoy's clients asked for is theirs; here it is neither routed nor read (decision 0009).
    let is_clients_url = Adapter::of(request.path()) == Some(Adapter::Envoy);
    // No URL of ours needs an escape; with one, what is checked here would not be what is routed.
    if request.path().contains('%') && !is_clients_url {
        return Err(Failure::not_found());
    }
    // A one-time link is a credential in a URL, by design (contract §14, decision 0011); sign-in pages carry a whole URL in `next`.
    if !pages::ONE_TIME_LINKS.contains(&request.path()) && !is_clients_url {
        query::refuse_credentials(request.query_string())?;
    }
    Ok(())
}

/// Refuses a key at the internal API (contract §3), as what it is: one that is no good is a 401 there as everywhere (§7).
///
/// # Errors
/// 403 for a good key; else those of [`caller::find`].
pub async fn refuse_keys(request: &HttpRequest, node: &Node, settings: &WebSettings) -> Result<(), Failure> {
    if !request.path().starts_with("/auth/v1/") || !credential::looks_like_api_key(request, settings) {
        return Ok(());
    }
    match caller::find(request, node, settings).await? {
        Some(_) => Err(Failure::insufficient_scope("API keys cannot be used on the internal API")),
        None => Ok(()),
    }
}

/// Whether anything in the request is, or is about to be, a secret. Every POST but verify's carries one.
fn carries_credential(request: &HttpRequest) -> bool {
    let headers = request.headers();
    let adapter = Adapter::of(request.path());
    let posts = request.method() == Method::POST && adapter.is_none();
    let cookies = [cookie::ACCESS_TOKEN, cookie::REFRESH_TOKEN, cookie::API_KEY, cookie::session_name(true)];
    posts
        || headers.contains_key(header::AUTHORIZATION)
        || headers.contains_key("x-api-key")
        || headers.contains_key("x-api-auth")
        || cookies.iter().any(|name| !matches!(cookie::find(request, name), cookie::Found::None))
        || (adapter != Some(Adapter::Envoy) && query::refuse_credentials(request.query_string()).is_err())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::super::settings::tests::settings;
    use super::*;

    fn status(issuer: &str, request: TestRequest) -> u16 {
        let request = request.to_http_request();
        check(&request, &settings(issuer)).map_or_else(|failure| failure.status.as_u16(), |()| 200)
    }

    #[test]
    fn contract_13_credentials_over_plain_http_are_refused() {
        let https = "https://id.example";
        for (request, expected) in [
            (TestRequest::get().uri("/health/ready"), 200),
            (TestRequest::get().uri("/login"), 200),
            (TestRequest::post().uri("/v1/auth/verify"), 200),
            (TestRequest::post().uri("/v1/auth/verify/envoy/shop?code=x"), 200),
            (TestRequest::post().uri("/v1/auth/verify/envoy/shop").insert_header(("x-api-key", "k")), 403),
            (TestRequest::post().uri("/auth/v1/token"), 403),
            (TestRequest::get().uri("/setup?token=psl_x"), 403),
            (TestRequest::get().uri("/v1/auth/verify").insert_header(("x-api-key", "k")), 403),
            (TestRequest::get().uri("/").insert_header(("cookie", "__Host-sid=x")), 403),
            (TestRequest::get().uri("/").insert_header(("cookie", "theme=dark")), 200),
        ] {
            assert_eq!(status(https, request), expected);
        }
        assert_eq!(status("http://127.0.0.1:1", TestRequest::post().uri("/auth/v1/token")), 200);
    }

    #[test]
    fn contract_2_the_pages_alone_may_have_a_token_in_their_query() {
        assert_eq!(status("http://127.0.0.1:1", TestRequest::get().uri("/setup?token=x")), 200);
        assert_eq!(status("http://127.0.0.1:1", TestRequest::get().uri("/auth/v1/me?token=x")), 400);
    }

    #[test]
    fn decision_9_only_below_envoys_prefix_is_the_url_the_clients_own() {
        for (uri, expected) in [
            ("/v1/auth/verify/envoy/a%2fb?code=x&access_token=y", 200),
            ("/v1/auth/verify/envoy?code=x", 200),
            ("/v1/auth/verify/envoys?code=x", 400),
            ("/v1/auth/verify/%65nvoy/", 404),
            ("/v1/auth/verify/forward?code=x", 400),
            ("/v1/auth/verify/nginx?token=x", 400),
            ("/v1/auth/verify/nginx%2f", 404),
        ] {
            assert_eq!(status("http://127.0.0.1:1", TestRequest::get().uri(uri)), expected, "{uri}");
        }
    }
}
