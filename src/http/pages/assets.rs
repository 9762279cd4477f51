//! `GET /assets/…`: the one stylesheet, the one script and the icon, embedded, with an `ETag` (RFC 9110 §8.8.3).

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

/// Where the stylesheet is.
pub const STYLE_PATH: &str = "/assets/style.css";
/// Where the script is.
pub const SCRIPT_PATH: &str = "/assets/page.js";
/// Where the icon is.
pub const ICON_PATH: &str = "/assets/icon.svg";

struct Asset {
    content_type: &'static str,
    body: &'static str,
    tag: String,
}

impl Asset {
    fn new(content_type: &'static str, body: &'static str) -> Self {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        Self { content_type, body, tag: format!("\"{:016x}\"", hasher.finish()) }
    }

    /// The asset, or 304 if the browser has it.
    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let tag = request.headers().get(header::IF_NONE_MATCH);
        let known = tag.is_some_and(|tag| tag.as_bytes() == self.tag.as_bytes());
        let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response
            .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
            .insert_header((header::ETAG, self.tag.as_str()));
        if known {
            return response.finish();
        }
        response.content_type(self.content_type).body(self.body)
    }
}

static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("text/css; charset=utf-8", include_str!("assets/style.css")));
static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("text/javascript; charset=utf-8", include_str!("assets/page.js")));
static ICON: LazyLock<Asset> = LazyLock::new(|| Asset::new("image/svg+xml", include_str!("assets/icon.svg")));

/// The stylesheet.
pub async fn style(request: HttpRequest) -> HttpResponse {
    STYLE.answer(&request)
}

/// What pages do better with script than without; none needs it.
pub async fn script(request: HttpRequest) -> HttpResponse {
    SCRIPT.answer(&request)
}

/// What a browser puts on the tab.
pub async fn icon(request: HttpRequest) -> HttpResponse {
    ICON.answer(&request)
}
