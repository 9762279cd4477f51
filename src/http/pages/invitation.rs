//! `/invitation?token=…`: makes the account that an administrator invited somebody to.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;

use super::super::failure::Failure;
use super::form::Form;
use super::new_account;
use super::visit::Visit;
use crate::flows::account_link::{self, LinkKind};

/// Where it is.
pub const PATH: &str = account_link::path(LinkKind::Invitation);

/// Shows the form while the link works, or what was done.
///
/// # Errors
/// 400 for a query that cannot be read.
pub async fn get(visit: Visit) -> Result<HttpResponse, Failure> {
    let query = visit.query()?;
    if query.get("done").is_some() {
        return new_account::done(&visit);
    }
    let token = query.get("token").unwrap_or_default();
    new_account::show(&visit, StatusCode::OK, LinkKind::Invitation, token, Form::new()).await
}

/// Makes the account.
///
/// # Errors
/// 403 for a form that another site sent.
pub async fn post(visit: Visit, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = visit.fields(&body)?;
    new_account::complete(&visit, LinkKind::Invitation, &fields).await
}
