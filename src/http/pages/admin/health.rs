//! `/admin`: what an operator asks first. Is it ready, and why not; what does it run on; what waits; who is near a limit.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use uuid::Uuid;

use super::super::super::failure::Failure;
use super::super::super::settings::Readiness;
use super::super::visit::{Administrator, Page};
use crate::flows::health::{self, Health, Near};
use crate::flows::mail;
use crate::flows::signing_keys::{self, Listed, State};
use crate::flows::user_administration;

#[derive(Template)]
#[template(path = "admin/health.html", config = "src/http/pages/askama.toml")]
struct HealthPage<'a> {
    page: Page<'a>,
    /// The id of the words for whether it is ready, and why not.
    ready: &'static str,
    is_ready: bool,
    version: &'static str,
    health: &'a Health,
    latency: String,
    rate: Option<String>,
    /// How many were judged since the start.
    judged: String,
    near: Vec<(&'a Near, String, Option<Uuid>)>,
    keys: Vec<Listed>,
    /// Mails that wait to be delivered, where mail is sent.
    mails: Option<i64>,
}

/// Shows it.
///
/// # Errors
/// 503 if the store is away.
pub async fn get(visit: Administrator, readiness: Data<Readiness>) -> Result<HttpResponse, Failure> {
    visit.query()?;
    let health = health::look(&visit.node).await?;
    let ready = match (readiness.is_ready(), health.store_heard) {
        (true, true) => "admin-health-ready",
        (false, _) => "admin-health-stopping",
        (true, false) => "admin-health-unheard",
    };
    let ids = health.near.iter().filter_map(|near| Uuid::parse_str(&near.owner).ok()).collect();
    let names = user_administration::names(&visit.node, ids).await?;
    let mut keys = signing_keys::list(&visit.node).await?;
    // Those that are of use: the list has the others.
    keys.retain(|key| matches!(key.state, State::Active | State::Next));
    let page = HealthPage {
        page: visit.page(),
        ready,
        is_ready: ready == "admin-health-ready",
        version: env!("CARGO_PKG_VERSION"),
        latency: format!("{:.1} ms", health.latency.as_secs_f64() * 1000.0),
        rate: rate(health.hits, health.misses),
        judged: grouped(health.hits.saturating_add(health.misses)),
        near: health.near.iter().map(|near| whose(near, &names)).collect(),
        mails: match &visit.node.policy.mail {
            Some(_) => Some(mail::waiting(&visit.node).await?),
            None => None,
        },
        health: &health,
        keys,
    };
    visit.show(StatusCode::OK, &page)
}

/// Hits of all, in percent.
fn rate(hits: u64, misses: u64) -> Option<String> {
    let all = hits.checked_add(misses).filter(|all| *all > 0)?;
    let tenths = u128::from(hits) * 1000 / u128::from(all);
    Some(format!("{}.{} %", tenths / 10, tenths % 10))
}

/// A number that can be read: in groups of three digits, with narrow spaces between that do not break.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let starts = |at: usize| at > 0 && at % 3 == first;
    digits
        .chars()
        .enumerate()
        .flat_map(|(at, c)| starts(at).then_some('\u{202f}').into_iter().chain([c]))
        .collect()
}

/// The name of who is near a limit, and the account's id if it is a person's.
fn whose<'n>(near: &'n Near, names: &[(Uuid, String)]) -> (&'n Near, String, Option<Uuid>) {
    let id = Uuid::parse_str(&near.owner).ok();
    match names.iter().find(|(own, _)| Some(*own) == id) {
        Some((id, name)) => (near, name.clone(), Some(*id)),
        None => (near, near.owner.clone(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_grouped_by_three() {
        for (number, words) in [
            (0, "0"),
            (999, "999"),
            (1000, "1_000"),
            (12_345, "12_345"),
            (123_456, "123_456"),
            (1_234_567, "1_234_567"),
        ] {
            assert_eq!(grouped(number), words.replace('_', "\u{202f}"));
        }
    }

    #[test]
    fn the_hit_rate_is_rounded_down_and_nothing_of_nothing() {
        assert_eq!(rate(0, 0), None);
        for (hits, misses, words) in [
            (0, 1, "0.0 %"),
            (999, 1, "99.9 %"),
            (9999, 1, "99.9 %"),
            (1, 0, "100.0 %"),
            (u64::MAX, 0, "100.0 %"),
        ] {
            assert_eq!(rate(hits, misses).as_deref(), Some(words));
        }
    }
}
