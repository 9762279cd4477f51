//! `GET /assets/…`: the one stylesheet, the one script and the icon, embedded, and the operator's colour and logo, with an
//! `ETag` (RFC 9110 §8.8.3).

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, LazyLock};

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::super::failure::Failure;
use super::super::settings::WebSettings;
use super::gzip;
use crate::account::accent::Accent;

/// Where the stylesheet is.
pub const STYLE_PATH: &str = "/assets/style.css";
/// Where the script is.
pub const SCRIPT_PATH: &str = "/assets/page.js";
/// Where the icon is.
pub const ICON_PATH: &str = "/assets/icon.svg";

/// Where the operator's logo is, if there is one.
pub const LOGO_PATH: &str = "/assets/logo";

/// Of a picture that somebody else drew: one that is opened by itself does nothing.
const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

struct Asset {
    /// What changes with the body.
    version: String,
    content_type: &'static str,
    body: Bytes,
    tag: String,
    /// The same compressed, where that is shorter, and its own tag (RFC 9110 §8.8.3.3).
    gzip: Option<(Bytes, String)>,
}

/// The operator's logo.
pub struct Logo {
    /// `image/png` or `image/svg+xml`.
    pub content_type: &'static str,
    /// The file.
    pub body: Vec<u8>,
}

/// What the operator decided about how pages look.
#[derive(Clone)]
pub struct Look {
    style: Arc<Asset>,
    logo: Option<Arc<Asset>>,
}

impl Look {
    /// The stylesheet with the operator's accent in it, and their logo.
    pub fn new(accent: Option<Accent>, logo: Option<Logo>) -> Self {
        let own = accent.map(Accent::to_css).unwrap_or_default();
        let style = format!("{}{own}", include_str!("assets/style.css"));
        Self {
            style: Arc::new(Asset::new("text/css; charset=utf-8", style)),
            logo: logo.map(|logo| Arc::new(Asset::new(logo.content_type, logo.body))),
        }
    }

    /// Whether there is a logo to show.
    pub const fn has_logo(&self) -> bool {
        self.logo.is_some()
    }

    /// The address of this version of the stylesheet: a page never meets that of another.
    pub fn style_address(&self) -> String {
        format!("{STYLE_PATH}?v={}", self.style.version)
    }
}

impl Asset {
    fn new(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let hash = hasher.finish();
        let shorter = gzip::of(&body).ok().filter(|gzip| gzip.len() < body.len());
        let gzip = shorter.map(|gzip| (gzip.into(), format!("\"{hash:016x}-gzip\"")));
        Self { version: format!("{hash:016x}"), content_type, body, tag: format!("\"{hash:016x}\""), gzip }
    }

    /// How long a browser may keep it. At an address of this version it never changes; one of another is of a page that another
    /// version of the server wrote, on another node while it is upgraded.
    fn cache_control(&self, request: &HttpRequest) -> &'static str {
        match request.query_string().strip_prefix("v=") {
            None => "public, max-age=3600",
            Some(version) if version == self.version => "public, max-age=31536000, immutable",
            Some(_) => "no-cache",
        }
    }

    /// The asset, or 304 if the browser has it.
    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let gzip = self.gzip.as_ref().filter(|_| gzip::is_taken(request));
        let (body, tag) = gzip.map_or((&self.body, &self.tag), |(body, tag)| (body, tag));
        let held = request.headers().get(header::IF_NONE_MATCH);
        let known = held.is_some_and(|held| held.as_bytes() == tag.as_bytes());
        let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response
            .insert_header((header::CACHE_CONTROL, self.cache_control(request)))
            .insert_header((header::VARY, "accept-encoding"))
            .insert_header((header::ETAG, tag.as_str()));
        if known {
            return response.finish();
        }
        if gzip.is_some() {
            response.insert_header((header::CONTENT_ENCODING, "gzip"));
        }
        response.content_type(self.content_type).body(body.clone())
    }
}

static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("text/javascript; charset=utf-8", include_str!("assets/page.js")));
static ICON: LazyLock<Asset> = LazyLock::new(|| Asset::new("image/svg+xml", include_str!("assets/icon.svg")));

/// The address of this version of the script.
pub fn script_address() -> String {
    format!("{SCRIPT_PATH}?v={}", SCRIPT.version)
}

/// The stylesheet.
pub async fn style(request: HttpRequest, settings: Data<WebSettings>) -> HttpResponse {
    settings.look.style.answer(&request)
}

/// The operator's logo.
///
/// # Errors
/// 404 if there is none.
pub async fn logo(request: HttpRequest, settings: Data<WebSettings>) -> Result<HttpResponse, Failure> {
    let logo = settings.look.logo.as_ref().ok_or_else(Failure::not_found)?;
    let mut response = logo.answer(&request);
    let policy = HeaderValue::from_static(PICTURE_POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

/// What pages do better with script than without; none needs it.
pub async fn script(request: HttpRequest) -> HttpResponse {
    SCRIPT.answer(&request)
}

/// What a browser puts on the tab.
pub async fn icon(request: HttpRequest) -> HttpResponse {
    ICON.answer(&request)
}
