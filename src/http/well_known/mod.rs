//! `/.well-known`: discovery (RFC 8414 §3, RFC 9728 §3, RFC 7517 §5; contract §1).

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Data;
use serde_json::json;

use super::settings::WebSettings;
use crate::flows::client_registration::DynamicRegistration;
use crate::flows::{Node, scopes};
use crate::oauth::{dpop, jwks, metadata, scope};
use crate::words;

/// `GET /.well-known/oauth-authorization-server` (RFC 8414 §3.2).
pub async fn authorization_server(node: Data<Node>, settings: Data<WebSettings>) -> HttpResponse {
    let mut document = metadata::authorization_server(&settings.issuer, &supported(&node));
    if let Some(members) = document.as_object_mut() {
        members.insert("ui_locales_supported".to_owned(), words::languages().collect());
    }
    if node.policy.client_id_documents {
        metadata::offer_client_id_metadata_documents(&mut document);
    }
    if node.policy.dynamic_registration != DynamicRegistration::Closed {
        metadata::offer_registration(&mut document, &settings.issuer);
    }
    public().json(document)
}

/// `GET /.well-known/oauth-protected-resource` (RFC 9728 §3.2): our own API, protected by ourselves. It is one resource, the
/// issuer, which has no path: so there is no other form of this URL (§3.1). Every door of it takes a token in the header, and the
/// one that is asked by a form, userinfo, in that form, too (RFC 6750 §2.1, §2.2).
pub async fn protected_resource(node: Data<Node>, settings: Data<WebSettings>) -> HttpResponse {
    public().json(json!({
        "resource": settings.issuer,
        "authorization_servers": [settings.issuer],
        "scopes_supported": supported(&node),
        "bearer_methods_supported": ["header", "body"],
        "resource_name": node.policy.brand,
        "resource_documentation": format!("{}/docs", settings.issuer.trim_end_matches('/')),
        "dpop_signing_alg_values_supported": dpop::ALGORITHMS,
    }))
}

/// `GET /.well-known/jwks.json` (RFC 7517 §5).
pub async fn key_set(node: Data<Node>) -> HttpResponse {
    public().content_type("application/json").body(node.keys.jwks())
}

/// The built-in scopes, and those that the operator added (contract §2).
fn supported(node: &Node) -> Vec<String> {
    scope::SUPPORTED.into_iter().map(str::to_owned).chain(scopes::names(node)).collect()
}

fn public() -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    // Long enough to spare requests, short enough for a rotated key.
    response.insert_header((header::CACHE_CONTROL, format!("public, max-age={}", jwks::MAX_AGE_SECONDS)));
    response
}
