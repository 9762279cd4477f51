//! That every page is looked at by a walk: each door of the server that shows one stands in the table of tests/browser/pages.rs, or
//! here with a walk that keeps to it.

use std::any::type_name;
use std::cell::RefCell;
use std::collections::HashSet;

use crate::pages;

/// Doors, as tests/http/doors.rs writes them with `{}` for what is somebody's, each with a walk that comes to its page.
const WALKS: &[(&str, &str)] = &[
    (
        "/oauth/authorize",
        "application::oidc_core_3_1_2_1_who_is_known_is_asked_again_where_the_application_wants_it",
    ),
    (
        "/oauth/logout",
        "application::oidc_rpinitiated_2_an_application_asks_to_sign_out_and_its_people_come_back_to_it",
    ),
    ("/setup", "sign_in::contract_14_the_setup_link_makes_the_first_administrator_once"),
    ("/invitation", "mail::contract_14_an_invitation_leads_to_an_account"),
    ("/confirm", "mail::security_3_51_a_new_address_counts_once_it_is_confirmed"),
    ("/reset-password", "mail::security_3_50_a_forgotten_password_is_replaced_by_a_link_once"),
    ("/settings/account", "keys::contract_1_the_three_addresses_are_one_page"),
    ("/dashboard/settings", "keys::contract_1_the_three_addresses_are_one_page"),
    ("/settings/apps/disconnect", "account::pages_an_app_is_disconnected"),
    ("/settings/keys/{}", "keys::contract_9_a_key_is_changed_replaced_and_revoked"),
    ("/settings/keys/{}/change", "keys::contract_9_a_key_is_changed_replaced_and_revoked"),
    ("/settings/keys/{}/regenerate", "keys::contract_9_a_key_is_changed_replaced_and_revoked"),
    ("/settings/keys/{}/rotate", "keys::contract_9_a_key_is_changed_replaced_and_revoked"),
    ("/settings/keys/{}/revoke", "keys::contract_9_a_key_is_changed_replaced_and_revoked"),
    (
        "/settings/keys/{}/reveal",
        "keys::contract_9_a_key_is_revealed_to_who_knows_the_password_where_that_is_on",
    ),
    ("/projects/{}", "projects::contract_7_a_project_is_made_public_and_private_again"),
    ("/projects/{}/settings", "projects::contract_9_a_project_is_made_shared_and_deleted"),
    ("/projects/{}/members/{}", "projects::contract_9_a_project_is_made_shared_and_deleted"),
    ("/projects/{}/members/{}/remove", "projects::contract_9_a_project_is_made_shared_and_deleted"),
    ("/projects/{}/delete", "projects::contract_9_a_project_is_made_shared_and_deleted"),
    ("/projects/{}/keys/new", "projects::contract_9_a_projects_key_is_made_used_replaced_and_revoked"),
    ("/projects/{}/keys/{}", "projects::contract_9_a_projects_key_is_made_used_replaced_and_revoked"),
    ("/projects/{}/keys/{}/change", "projects::contract_9_a_projects_key_is_made_used_replaced_and_revoked"),
    (
        "/projects/{}/keys/{}/regenerate",
        "projects::contract_9_a_projects_key_is_made_used_replaced_and_revoked",
    ),
    ("/projects/{}/keys/{}/rotate", "projects::contract_9_a_projects_key_is_made_used_replaced_and_revoked"),
    ("/projects/{}/keys/{}/reveal", "projects::contract_9_a_projects_key_is_made_used_replaced_and_revoked"),
    ("/projects/{}/keys/{}/revoke", "projects::contract_9_a_projects_key_is_made_used_replaced_and_revoked"),
    ("/admin/users/{}", "admin::contract_1_a_user_is_found_switched_off_and_on"),
    ("/admin/users/{}/disable", "admin::contract_1_a_user_is_found_switched_off_and_on"),
    ("/admin/users/disable", "admin::contract_1_several_users_are_switched_off_after_a_preview"),
    ("/admin/clients/{}", "admin::contract_1_a_client_is_registered_changed_given_a_new_secret_and_deleted"),
    (
        "/admin/clients/{}/secret",
        "admin::contract_1_a_client_is_registered_changed_given_a_new_secret_and_deleted",
    ),
    (
        "/admin/clients/{}/disable",
        "admin::contract_14_a_client_with_keys_a_sign_out_address_and_a_limit_is_registered_switched_off_and_on",
    ),
    ("/admin/scopes/{}", "admin::rfc_6749_3_3_a_scope_is_registered_changed_and_removed"),
    ("/admin/scopes/{}/remove", "admin::rfc_6749_3_3_a_scope_is_registered_changed_and_removed"),
    ("/admin/signing-keys/rotate", "admin::contract_1_signing_keys_are_rotated"),
    ("/admin/signing-keys/{}/revoke", "admin::contract_1_a_signing_key_that_was_given_away_is_revoked"),
    (
        "/admin/registration-tokens/{}/revoke",
        "admin::rfc7591_3_a_registration_token_is_made_shown_once_and_revoked",
    ),
    ("/admin/projects/{}", "admin::contract_1_somebodys_project_is_found_looked_at_and_deleted"),
    ("/admin/projects/{}/delete", "admin::contract_1_somebodys_project_is_found_looked_at_and_deleted"),
    ("/admin/keys/{}", "admin::contract_1_keys_and_sign_ins_are_found_and_ended"),
    ("/admin/keys/{}/revoke", "admin::contract_1_keys_and_sign_ins_are_found_and_ended"),
];

/// Doors that only lead elsewhere when one goes there.
const REDIRECTS: &[&str] = &[
    "/consent",
    "/device/decision",
    "/admin/sessions/{}/end",
    "/settings/keys/{}/disable",
    "/settings/keys/{}/enable",
    "/projects/{}/members",
    "/projects/{}/keys/{}/disable",
    "/projects/{}/keys/{}/enable",
];

/// Every door that shows a page to who goes there.
fn doors() -> Vec<String> {
    let table = include_str!("../http/doors.rs").lines().map(str::trim);
    let rows = table.filter(|row| row.starts_with("door(") && row.ends_with("Shape::Page),"));
    let shown = |row: &&str| row.contains(", GET,") || row.contains(", BOTH,") || row.contains("\"GET\"");
    let path = |row: &str| {
        let mut texts = row.split('"').skip(1).step_by(2);
        let first = texts.next().unwrap_or_default();
        let after = texts.next().filter(|text| text.starts_with('/')).unwrap_or_default();
        let whole = if row.contains("ID!(") { format!("{first}{{}}{after}") } else { first.to_owned() };
        let named = |part: &str| if ["x", "spa"].contains(&part) { "{}".to_owned() } else { part.to_owned() };
        whole.split('/').map(named).collect::<Vec<_>>().join("/")
    };
    rows.filter(shown).map(path).collect()
}

/// Whether a path leads to a door.
fn leads_to(path: &str, door: &str, doors: &[String]) -> bool {
    if doors.iter().any(|other| other == path) {
        return path == door;
    }
    let (own, meant): (Vec<_>, Vec<_>) = (path.split('/').collect(), door.split('/').collect());
    own.len() == meant.len() && own.iter().zip(&meant).all(|(own, meant)| own == meant || *meant == "{}")
}

thread_local! {
    /// Where the walk of this thread has been.
    static SEEN: RefCell<HashSet<String>> = RefCell::default();
}

/// Somebody looks at a page.
pub fn saw(path: &str) {
    SEEN.with_borrow_mut(|seen| seen.insert(path.to_owned()));
}

/// At its end: insists that a walk came to every page that it stands here for.
#[track_caller]
pub fn kept<W>(_: &W) {
    let name = type_name::<W>().trim_end_matches("::{{closure}}");
    let doors = doors();
    let seen = SEEN.take();
    for (door, _) in WALKS.iter().filter(|(_, walk)| name.ends_with(&format!("::{walk}"))) {
        let came = seen.iter().any(|path| leads_to(path, door, &doors));
        assert!(came, "{name} does not come to {door}: {seen:?}");
    }
}

#[test]
fn wcag_every_door_with_a_page_is_looked_at() {
    let doors = doors();
    assert!(doors.len() > 60 && doors.contains(&"/admin/users/{}/disable".to_owned()), "{doors:?}");
    for door in &doors {
        let listed = pages::shown().any(|path| leads_to(path, door, &doors));
        let walked = WALKS.iter().any(|(own, _)| own == door) || REDIRECTS.contains(&door.as_str());
        assert!(listed || walked, "{door} is in no table of tests/browser");
        assert!(!(listed && walked), "{door} is in two tables");
    }
    for (door, walk) in WALKS {
        assert!(doors.iter().any(|own| own == door), "{door} is no door");
        let (file, name) = walk.split_once("::").unwrap();
        let file = format!("{}/tests/browser/{file}.rs", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(text.contains(&format!("#[test]\nfn {name}() {{")), "there is no {walk}");
    }
}
