//! The error page (contract §8): what happened, what to do, and the id to report.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::super::error::Context;
use super::super::failure::Failure;

#[derive(Template)]
#[template(path = "error.html", config = "src/http/pages/askama.toml")]
struct ErrorPage<'a> {
    brand: &'a str,
    title: &'a str,
    message: &'a str,
    code: &'a str,
    request_id: String,
}

/// Renders a failure for a person.
pub fn page(failure: &Failure, context: &Context<'_>) -> HttpResponse {
    let page = ErrorPage {
        brand: &context.settings.brand,
        title: title(failure.status),
        message: &failure.message,
        code: failure.code,
        request_id: context.request_id.to_string(),
    };
    match page.render() {
        Ok(body) => HttpResponse::build(failure.status).content_type("text/html; charset=utf-8").body(body),
        Err(_) => HttpResponse::new(failure.status),
    }
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::FORBIDDEN => "This is not allowed",
        StatusCode::NOT_FOUND => "Page not found",
        StatusCode::TOO_MANY_REQUESTS => "Too many attempts",
        status if status.is_server_error() => "Try again in a moment",
        _ => "This request cannot be answered",
    }
}
