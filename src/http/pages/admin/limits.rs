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

/// Of each, as many as fit into 23 KB; more are found by the lists.
const MOST: i64 = 30;

#[derive(Template)]
#[template(path = "admin/limits.html", config = "src/http/pages/askama.toml")]
struct LimitsPage<'a> {
    page: Page<'a>,
    limits: Limits,
    clients: Vec<Client>,
    keys: Vec<ApiKey>,
}

/// Shows them.
///
/// # Errors
/// 503.
pub async fn get(visit: Administrator) -> Result<HttpResponse, Failure> {
    visit.query()?;
    let clients = clients::Search { limited: true, ..clients::Search::default() };
    let keys = api_keys::administration::Search { limited: true, ..Default::default() };
    let page = LimitsPage {
        page: visit.page(),
        limits: visit.node.policy.rate_limits,
        clients: clients::search(&visit.node, clients, None, MOST).await?,
        keys: api_keys::administration::search(&visit.node, keys, None, MOST).await?,
    };
    visit.show(StatusCode::OK, &page)
}
