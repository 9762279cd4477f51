//! `GET /assets/style.css`: the one stylesheet, embedded, with an `ETag` (RFC 9110 §8.8.3).

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

/// Where it is.
pub const PATH: &str = "/assets/style.css";

const STYLE: &str = include_str!("style.css");

static TAG: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = DefaultHasher::new();
    STYLE.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
});

/// Answers with the stylesheet, or 304 if the browser has it.
pub async fn get(request: HttpRequest) -> HttpResponse {
    let known =
        request.headers().get(header::IF_NONE_MATCH).is_some_and(|tag| tag.as_bytes() == TAG.as_bytes());
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .insert_header((header::ETAG, TAG.as_str()));
    if known {
        return response.finish();
    }
    response.content_type("text/css; charset=utf-8").body(STYLE)
}
