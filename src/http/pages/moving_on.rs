//! The page that moves on: Chromium applies `form-action` to every redirect a form starts, so consent and login
//! answer 200 with a page that leaves by itself (security §4.7).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use askama::Template;

use super::super::failure::Failure;
use super::visit::{Page, Visit};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'none'; \
     frame-ancestors 'none'; base-uri 'none'; object-src 'none'";

#[derive(Template)]
#[template(path = "moving_on.html", config = "src/http/pages/askama.toml")]
struct MovingOn<'a> {
    page: Page<'a>,
    location: &'a str,
}

/// Sends the browser to `location`, which must be ours or validated.
///
/// # Errors
/// 500 if the page cannot be written.
pub fn page(visit: &Visit, location: &str) -> Result<HttpResponse, Failure> {
    let mut response = visit.show(StatusCode::OK, &MovingOn { page: visit.page(), location })?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::super::assets::Look;
    use super::super::language::Language;
    use super::*;
    use crate::clock::UnixTime;
    use crate::words;

    #[test]
    fn the_target_cannot_leave_its_attribute() {
        let location = "https://app.example/cb?code=1&state='\"><script>";
        let language = Language::unasked(words::choose([]));
        let page = Page {
            brand: "P",
            look: &Look::new(None, None),
            language,
            who: None,
            path: "/",
            now: UnixTime::from_seconds(0),
        };
        let page = MovingOn { page, location }.render().unwrap();
        assert!(!page.contains("<script>"));
        assert!(page.contains("content=\"0;url=https://app.example/cb?code=1&#38;state="));
    }
}
