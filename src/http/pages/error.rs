//! The error page (contract §8): what happened, what to do, and the id to report.

use actix_web::HttpResponse;
use actix_web::http::header;
use askama::Template;

use super::super::error::Context;
use super::super::explanation::Explanation;
use super::super::failure::Failure;
use super::visit::Page;
use crate::words::Words;

const MINUTE: i64 = 60;

#[derive(Template)]
#[template(path = "error.html", config = "src/http/pages/askama.toml")]
struct ErrorPage<'a> {
    page: Page<'a>,
    title: String,
    what: String,
    to_do: Option<String>,
    /// What is told to developers, in English.
    detail: Option<&'a str>,
    code: &'a str,
    request_id: String,
}

/// Renders a failure for a person.
pub fn page(failure: &Failure, context: &Context<'_>) -> HttpResponse {
    if failure.status.is_redirection() {
        return HttpResponse::new(failure.status);
    }
    let (words, explanation) = (context.language.words, Explanation::of(failure));
    let page = ErrorPage {
        page: Page {
            brand: &context.settings.brand,
            look: &context.settings.look,
            language: context.language,
            who: None,
            path: "",
            now: context.now,
        },
        title: words.say(explanation.title(failure.status)),
        what: explanation.what().map_or_else(|| failure.message.to_string(), |id| words.say(&id)),
        to_do: to_do(explanation, failure, words),
        detail: Some(&*failure.message).filter(|text| explanation.has_detail() && !text.is_empty()),
        code: failure.code,
        request_id: context.request_id.to_string(),
    };
    match page.render() {
        Ok(body) => HttpResponse::build(failure.status).content_type("text/html; charset=utf-8").body(body),
        Err(_) => HttpResponse::new(failure.status),
    }
}

/// What to do; where it is to wait, for how long.
fn to_do(explanation: Explanation, failure: &Failure, words: &Words) -> Option<String> {
    let id = explanation.to_do()?;
    Some(match explanation {
        Explanation::TooMany => words.tell(&id, &[("wait", wait(failure, words))]),
        _ => words.say(&id),
    })
}

/// As long as `Retry-After` says, in seconds or whole minutes.
fn wait(failure: &Failure, words: &Words) -> String {
    let header = failure.headers.iter().find(|(name, _)| *name == header::RETRY_AFTER);
    let seconds = header.and_then(|(_, value)| value.to_str().ok()?.parse().ok()).unwrap_or(MINUTE);
    if seconds < MINUTE { words.count("time-seconds", seconds) } else { words.span(seconds + MINUTE - 1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words;

    #[test]
    fn contract_8_whoever_is_too_fast_reads_how_long_to_wait() {
        let german = words::of("de").unwrap();
        for (seconds, said) in [
            (1, "Warten Sie 1 Sekunde und"),
            (59, "Warten Sie 59 Sekunden und"),
            (60, "Warten Sie 1 Minute und"),
            (61, "Warten Sie 2 Minuten und"),
            (900, "Warten Sie 15 Minuten und"),
        ] {
            let said_is = to_do(Explanation::TooMany, &Failure::too_many_attempts(seconds), german).unwrap();
            assert!(said_is.starts_with(said), "{seconds}: {said_is}");
        }
        let later = to_do(Explanation::Unavailable, &Failure::unavailable(), german);
        assert_eq!(later.as_deref(), Some("Warten Sie einen Augenblick und laden Sie die Seite neu."));
    }
}
