//! `/admin/limits`: how much may be asked in an hour (contract §12), and whose limits differ.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::super::super::failure::Failure;
use super::super::visit::{Administrator, Page};
use crate::account::api_key::ApiKey;
use crate::flows::rate_limits::Limits;
use crate::flows::{api_keys, clients};
use crate::oauth::client::Client;

/// Of each, as many as fit into 23 KB; their lists have all.
const MOST: usize = 30;

#[derive(Template)]
#[template(path = "admin/limits.html", config = "src/http/pages/askama.toml")]
struct LimitsPage<'a> {
    page: Page<'a>,
    limits: Limits,
    clients: Few<Client>,
    keys: Few<ApiKey>,
}

/// The first of a list.
struct Few<T> {
    rows: Vec<T>,
    /// Whether there are more.
    more: bool,
}

impl<T> Few<T> {
    /// Of what was read, one more than is shown.
    fn of(mut rows: Vec<T>) -> Self {
        let more = rows.len() > MOST;
        rows.truncate(MOST);
        Self { rows, more }
    }
}

/// Shows them.
///
/// # Errors
/// 503.
pub async fn get(visit: Administrator) -> Result<HttpResponse, Failure> {
    visit.query()?;
    let clients = clients::Search { limited: true, ..clients::Search::default() };
    let keys = api_keys::administration::Search { limited: true, ..Default::default() };
    let most = i64::try_from(MOST).unwrap_or(i64::MAX).saturating_add(1);
    let page = LimitsPage {
        page: visit.page(),
        limits: visit.node.policy.rate_limits,
        clients: Few::of(clients::search(&visit.node, clients, None, most).await?),
        keys: Few::of(api_keys::administration::search(&visit.node, keys, None, most).await?),
    };
    visit.show(StatusCode::OK, &page)
}
