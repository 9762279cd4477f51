//! `/admin/…`: enough to run the server without the command line (contract §14). To who is no administrator there is
//! nothing here; every change goes through a flow that asks again, and writes down who did it.

mod audit;
mod client;
mod client_fields;
mod client_form;
mod client_secret;
mod clients;
mod confirm;
mod disable_users;
mod health;
mod invite;
mod keys;
mod limits;
mod new_client;
mod new_user;
mod project;
mod projects;
mod registration_tokens;
mod scopes;
mod sessions;
mod signing_keys;
mod user;
mod users;

use actix_web::web::{Path, ServiceConfig, post, resource};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use uuid::Uuid;

use super::super::extract::listing::Listing;
use super::super::failure::Failure;
use super::super::routes::{get, only};
use super::super::spelled::{spelled, unspelled};
use super::long_list;
use super::visit::{Administrator, Page, Visit};
use crate::oauth::parameters::Parameters;

/// Rows of a list: with long names, as many as fit into 23 KB.
const ROWS: i64 = 15;

/// The addresses of this section.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/admin").route(get().to(health::get)).default_service(only("GET, HEAD")))
        .service(resource("/admin/limits").route(get().to(limits::get)).default_service(only("GET, HEAD")))
        .service(
            resource("/admin/signing-keys")
                .route(get().to(signing_keys::get))
                .default_service(only("GET, HEAD")),
        )
        .service(
            resource("/admin/signing-keys/rotate")
                .route(get().to(signing_keys::ask_to_rotate))
                .route(post().to(signing_keys::rotate))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/admin/signing-keys/{kid}/revoke")
                .route(get().to(signing_keys::ask_to_revoke))
                .route(post().to(signing_keys::revoke))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(resource("/admin/users").route(get().to(users::get)).default_service(only("GET, HEAD")))
        .service(
            resource("/admin/users/new")
                .route(get().to(new_user::get))
                .route(post().to(new_user::post))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/admin/users/invite")
                .route(get().to(invite::get))
                .route(post().to(invite::post))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/admin/users/disable")
                .route(get().to(disable_users::get))
                .route(post().to(disable_users::post))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(resource("/admin/users/{id}").route(get().to(user::get)).default_service(only("GET, HEAD")))
        .service(
            resource("/admin/users/{id}/{action}")
                .route(get().to(user::ask))
                .route(post().to(user::act))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(resource("/admin/clients").route(get().to(clients::get)).default_service(only("GET, HEAD")))
        .service(
            resource("/admin/clients/new")
                .route(get().to(new_client::get))
                .route(post().to(new_client::post))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/admin/clients/{id}")
                .route(get().to(client::get))
                .route(post().to(client::post))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/admin/clients/{id}/secret")
                .route(get().to(client_secret::ask))
                .route(post().to(client_secret::replace))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/admin/clients/{id}/{action}")
                .route(get().to(client::ask))
                .route(post().to(client::act))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/admin/registration-tokens")
                .route(get().to(registration_tokens::get))
                .default_service(only("GET, HEAD")),
        )
        .service(
            resource("/admin/registration-tokens/new")
                .route(get().to(registration_tokens::ask_new))
                .route(post().to(registration_tokens::make))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/admin/registration-tokens/{id}/revoke")
                .route(get().to(registration_tokens::ask_to_revoke))
                .route(post().to(registration_tokens::revoke))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(resource("/admin/scopes").route(get().to(scopes::get)).default_service(only("GET, HEAD")))
        .service(
            resource("/admin/scopes/new")
                .route(get().to(scopes::ask_new))
                .route(post().to(scopes::make))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/admin/scopes/{name}")
                .route(get().to(scopes::one))
                .route(post().to(scopes::change))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/admin/scopes/{name}/remove")
                .route(get().to(scopes::ask_remove))
                .route(post().to(scopes::remove))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/admin/projects").route(get().to(projects::get)).default_service(only("GET, HEAD")),
        )
        .service(
            resource("/admin/projects/{id}").route(get().to(project::get)).default_service(only("GET, HEAD")),
        )
        .service(
            resource("/admin/projects/{id}/delete")
                .route(get().to(project::ask))
                .route(post().to(project::delete))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(resource("/admin/keys").route(get().to(keys::get)).default_service(only("GET, HEAD")))
        .service(resource("/admin/keys/{id}").route(get().to(keys::one)).default_service(only("GET, HEAD")))
        .service(
            resource("/admin/keys/{id}/revoke")
                .route(get().to(keys::ask))
                .route(post().to(keys::revoke))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource("/admin/sessions").route(get().to(sessions::get)).default_service(only("GET, HEAD")),
        )
        .service(
            resource("/admin/sessions/{id}/end")
                .route(get().to(sessions::show_all))
                .route(post().to(sessions::end))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(resource("/admin/audit").route(get().to(audit::get)).default_service(only("GET, HEAD")));
}

impl Page<'_> {
    /// The sections of the administration, with their names, and whether this page is of it.
    pub fn administration(&self) -> Vec<(&'static str, String, bool)> {
        let all = [
            ("/admin", "admin-health"),
            ("/admin/users", "admin-users"),
            ("/admin/clients", "admin-clients"),
            ("/admin/scopes", "admin-scopes"),
            ("/admin/projects", "admin-projects"),
            ("/admin/keys", "admin-keys"),
            ("/admin/sessions", "admin-sessions"),
            ("/admin/signing-keys", "admin-signing-keys"),
            ("/admin/limits", "admin-limits"),
            ("/admin/audit", "admin-audit"),
        ];
        let below = |path: &str| path != "/admin" && self.path.starts_with(&format!("{path}/"));
        // They register clients, and are found from there.
        let of_clients = self.path.starts_with(registration_tokens::LIST);
        let is_in = |path: &str| self.path == path || below(path) || (of_clients && path == "/admin/clients");
        all.into_iter().map(|(path, id)| (path, self.say(id), is_in(path))).collect()
    }
}

/// One page of a list.
struct Found<T> {
    rows: Vec<T>,
    /// Where the next one is.
    more: Option<String>,
    /// Whether it is everything that there is.
    is_all: bool,
}

impl<T> Found<T> {
    /// How many rows there are on this page.
    fn count(&self) -> i64 {
        i64::try_from(self.rows.len()).unwrap_or(i64::MAX)
    }
}

/// What a list is asked for: its page, and `filters` in the URL.
///
/// # Errors
/// 400 for a parameter that is not known or not understood.
fn asked(visit: &Visit, filters: &[&str]) -> Result<(Listing, Parameters), Failure> {
    let known: Vec<&str> = filters.iter().chain(&["done"]).copied().collect();
    Listing::parse_or(ROWS, visit.request.query_string(), &known).map_err(|_| visit.not_known())
}

/// The one of `options` that a filter in the URL names, if it is set.
///
/// # Errors
/// 400 for one that is not there.
fn chosen<T: Copy>(
    visit: &Visit,
    parameters: &Parameters,
    filter: &str,
    options: &[(&str, T)],
) -> Result<Option<T>, Failure> {
    let Some(name) = parameters.get(filter) else { return Ok(None) };
    let option = options.iter().find(|(own, _)| *own == name).ok_or_else(|| visit.not_known())?;
    Ok(Some(option.1))
}

/// The page that was asked for of the list at `path`, of `rows` that are one more where there is another page.
fn found<T>(
    path: &str,
    (listing, parameters): (&Listing, &Parameters),
    rows: Vec<T>,
    position: impl Fn(&T) -> Vec<u8>,
) -> Found<T> {
    let beside = ["done", "fault", "limit"];
    let is_asked =
        |name: &str| !beside.contains(&name) && parameters.get(name).is_some_and(|v| !v.is_empty());
    let is_all = !parameters.names().any(is_asked);
    let (rows, next) = listing.cut(rows, position);
    let more = next.map(|next| {
        let kept = parameters.without(&["done", "fault"]);
        format!("{path}?{}", kept.to_query_with("cursor", Some(&next)))
    });
    Found { rows, more, is_all }
}

/// An id in a URL.
///
/// # Errors
/// 404 for one that is not written as ours are.
fn known_id(text: &str) -> Result<Uuid, Failure> {
    long_list::id(Some(text)).ok_or_else(Failure::not_found)
}

/// The same of a request for one thing.
fn id_of(path: &Path<String>) -> Result<Uuid, Failure> {
    known_id(path)
}

/// A value as a part of a URL.
fn encoded(text: &str) -> String {
    // What need not be encoded must not be: an address has one spelling (RFC 3986 §2.3).
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, RESERVED).to_string()
}

/// The address of a client's page.
fn client_address(id: &str) -> String {
    format!("/admin/clients/{}", spelled(id))
}

/// The address of a scope's page.
fn scope_address(name: &str) -> String {
    format!("/admin/scopes/{}", spelled(name))
}

/// The name that a part of such an address means.
///
/// # Errors
/// 404 for what spells none.
fn name_of(part: &str) -> Result<String, Failure> {
    unspelled(part).ok_or_else(Failure::not_found)
}

/// What was done before this page was shown, by the words for it.
fn done(visit: &Administrator, parameters: &Parameters) -> Option<String> {
    let id = match parameters.get("done")? {
        "saved" => "admin-done-saved",
        "disabled" => "admin-done-disabled",
        "enabled" => "admin-done-enabled",
        "administrator" => "admin-done-administrator",
        "no-administrator" => "admin-done-no-administrator",
        "signed-out" => "admin-done-signed-out",
        "deleted" => "admin-done-deleted",
        "revoked" => "admin-done-revoked",
        "rotated" => "admin-done-rotated",
        "ended" => "admin-done-ended",
        "scope-removed" => "admin-done-scope-removed",
        "old-secret-ended" => "admin-done-old-secret",
        _ => return None,
    };
    Some(visit.words.say(id))
}
