//! The error page (contract §8): what happened, what to do, and the id to report.

use std::borrow::Cow;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::super::error::Context;
use super::super::failure::Failure;
use super::visit::Page;
use crate::words::Words;

#[derive(Template)]
#[template(path = "error.html", config = "src/http/pages/askama.toml")]
struct ErrorPage<'a> {
    page: Page<'a>,
    title: String,
    message: String,
    code: &'a str,
    request_id: String,
}

/// Renders a failure for a person.
pub fn page(failure: &Failure, context: &Context<'_>) -> HttpResponse {
    if failure.status.is_redirection() {
        return HttpResponse::new(failure.status);
    }
    let words = context.language.words;
    let page = ErrorPage {
        page: Page {
            brand: &context.settings.brand,
            look: &context.settings.look,
            language: context.language,
            who: None,
            path: "",
            now: context.now,
        },
        title: words.say(title(failure.status)),
        message: message(failure, words),
        code: failure.code,
        request_id: context.request_id.to_string(),
    };
    match page.render() {
        Ok(body) => HttpResponse::build(failure.status).content_type("text/html; charset=utf-8").body(body),
        Err(_) => HttpResponse::new(failure.status),
    }
}

/// What was said for this one request stays; what a code always means is said in the person's language.
fn message(failure: &Failure, words: &Words) -> String {
    let id = format!("failure-{}", failure.code);
    match &failure.message {
        Cow::Borrowed(_) if words.knows(&id) => words.say(&id),
        message => format!("{message}."),
    }
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::FORBIDDEN => "error-not-allowed",
        StatusCode::NOT_FOUND => "error-not-found",
        StatusCode::TOO_MANY_REQUESTS => "error-too-many",
        status if status.is_server_error() => "error-later",
        _ => "error-request",
    }
}
