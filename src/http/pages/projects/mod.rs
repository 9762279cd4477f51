//! Projects: what several people share, and what is shown of it to whom (contract §7, §9).

use actix_web::web::ServiceConfig;

use super::super::failure::Failure;
use super::piece;
use super::settings::keys;
use super::visit::{Visit, sign_in_first};
use crate::account::access::{Access, ProjectPart};
use crate::flows::projects::{self, Seen};
use crate::flows::verify::Identity;

/// The addresses of this section.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(|config| keys::routes(config, "/projects/{project_id}/keys"));
}

/// The project of the address, if `identity` may have that part of it: the table of contract §7. What is hidden is
/// answered as what never was, a malformed id too.
///
/// # Errors
/// 303 to sign in, 403, 404.
pub async fn enter(visit: &Visit, identity: Option<&Identity>, part: ProjectPart) -> Result<Seen, Failure> {
    let id = piece::id(visit.request.match_info().get("project_id")).ok_or_else(Failure::not_found)?;
    let seen = projects::see(&visit.node, identity, id).await?.ok_or_else(Failure::not_found)?;
    match seen.access(part) {
        Access::Granted => Ok(seen),
        Access::Unauthenticated => Err(sign_in_first(&visit.request, "")),
        Access::Hidden => Err(Failure::not_found()),
        Access::Forbidden => {
            Err(Failure::insufficient_scope("Your role in this project does not allow this"))
        }
    }
}
