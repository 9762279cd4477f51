//! `/admin/…`: enough to run the server without the command line (contract §1; security §3, 50, 60–64).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::person::{Person, walked, walked_with};
use crate::support::page::Page;

/// What every page of administration needs to be there.
pub const SETTINGS: [(&str, &str); 1] = [("REGISTRATION", "invitation")];

/// Every page of administration that needs no id.
pub const PAGES: [&str; 16] = [
    "/admin",
    "/admin/users",
    "/admin/users/new",
    "/admin/users/invite",
    "/admin/clients",
    "/admin/clients/new",
    "/admin/registration-tokens",
    "/admin/registration-tokens/new",
    "/admin/scopes",
    "/admin/scopes/new",
    "/admin/projects",
    "/admin/keys",
    "/admin/sessions",
    "/admin/audit",
    "/admin/signing-keys",
    "/admin/limits",
];

/// Searches as one does: by typing, and pressing the button where there is no script.
fn searches(person: &Person<'_>, label: &str, text: &str) {
    person.types(label, text);
    if !person.variant.script {
        let _ = person.clicks("Search");
    }
}

fn is_gone(person: &Person<'_>, words: &str) {
    person.tab.until(&format!("no “{words}”"), || !person.tab.words().contains(words));
}

#[test]
fn contract_1_to_anybody_else_there_is_no_administration() {
    walked_with(&SETTINGS, |person| {
        person.signs_in_as("alice");
        person.does_not_read("Administration");
        for path in PAGES {
            let _ = person.opens_for(404, path);
        }
    });
}

#[test]
fn contract_1_a_user_is_found_switched_off_and_on() {
    walked(|person| {
        person.signs_in_as("root");
        let _ = person.opens("/settings");
        let _ = person.clicks("Administration");
        person.reads("Ready: this server answers requests.");
        let _ = person.clicks("Users");
        searches(person, "User name or e-mail address begins with", "bo");
        is_gone(person, "alice");
        assert!(person.tab.url().contains("q=bo"), "a view can be shared: {}", person.tab.url());
        let _ = person.clicks("bob");
        let _ = person.clicks("Switch off bob");
        person.reads("Switch off bob?");
        let _ = person.clicks("Switch off bob");
        person.reads("Switched off. What was issued before does not work any more.");
        let _ = person.clicks("Switch on bob");
        person.reads("Switched on.");
        let _ = person.clicks("History in the audit log");
        person.is_at("/admin/audit");
        person.reads("bob");
    });
}

#[test]
fn contract_1_several_users_are_switched_off_after_a_preview() {
    walked(|person| {
        person.signs_in_as("root");
        let _ = person.opens("/admin/users");
        person.ticks("alice");
        person.ticks("bob");
        let _ = person.clicks("Switch off the chosen ones…");
        person.reads("Switch off 2 accounts?");
        let _ = person.clicks("Switch off 2 accounts");
        person.signs_in_as("root");
        let _ = person.opens("/admin/users?state=disabled");
        person.reads("alice@example.com");
    });
}

#[test]
fn contract_1_a_user_is_added_and_gets_a_link_once() {
    walked(|person| {
        person.signs_in_as("root");
        let _ = person.opens("/admin/users/new");
        person.types("User name", "alice");
        person.types("E-mail address", "ada@example.com");
        let _ = person.clicks_for(400, "Add the user");
        person.reads("Somebody has this user name. Choose another.");
        assert_eq!(person.value("E-mail address"), "ada@example.com");
        person.types("User name", "ada");
        let _ = person.clicks("Add the user");
        let link = person.shown_once("Link");
        let _ = person.clicks("I have saved it");
        person.reads("ada@example.com");
        assert_eq!(person.server.actor().get(&link).send().status, 200);
    });
}

#[test]
fn contract_1_a_client_is_registered_changed_given_a_new_secret_and_deleted() {
    walked(|person| {
        person.signs_in_as("root");
        let _ = person.opens("/admin/clients");
        let _ = person.clicks("Register a client");
        person.types("Name", "Newsletter");
        person.ticks("Web application with a server");
        person.types("Where answers go (redirect URIs)", "not a URI");
        let _ = person.clicks_for(400, "Register the client");
        assert_eq!(person.value("Name"), "Newsletter");
        person.types("Where answers go (redirect URIs)", "https://news.example/done");
        let _ = person.clicks("Register the client");
        person.reads("Newsletter is ready");
        let first = person.shown_once("Client secret");
        let _ = person.clicks("I have saved it");
        person.types("Name", "News");
        let _ = person.clicks("Save changes");
        person.reads("The changes are saved.");
        let _ = person.clicks("Replace the secret of News");
        person.reads("The old one stops working at once");
        person.ticks("for 1 day more");
        let _ = person.clicks("Replace the secret of News");
        person.reads("The old secret ends");
        assert_ne!(person.shown_once("Client secret"), first);
        let _ = person.clicks("I have saved it");
        person.reads("ends in ");
        let _ = person.clicks("End the old secret of News");
        let _ = person.clicks("End the old secret of News");
        person.reads("The old secret does not work any more.");
        let id = person.tab.runs("return document.querySelector('dd code').textContent");
        let id = id.as_str().unwrap().to_owned();
        let _ = person.clicks("Delete News");
        person.types(&format!("To delete it, type its id: {id}"), &id);
        let _ = person.clicks("Delete News");
        person.reads("Deleted. What was issued before does not work any more.");
    });
}

/// What few need is folded away, and found by keyboard and without script.
#[test]
fn contract_14_a_client_with_keys_a_sign_out_address_and_a_limit_is_registered_switched_off_and_on() {
    const KEYS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    walked(|person| {
        person.signs_in_as("root");
        let _ = person.opens("/admin/clients/new");
        person.types("Name", "Ledger");
        person.types("Where answers go (redirect URIs)", "https://ledger.example/done");
        person.presses("Keys");
        person.chooses("How it proves who it is", "By a key of its own, without a secret (private_key_jwt)");
        person.types("Public keys", "no keys");
        person.presses("Sign-out");
        person.types("Address that is told of it", "https://ledger.example/ended");
        person.presses("More");
        person.types("Requests an hour", "many");
        let _ = person.clicks_for(400, "Register the client");
        person.reads("Public keys: This is no JWK Set of public keys");
        person.reads("Write a number, or leave it empty.");
        person.types("Requests an hour", "7");
        assert_eq!(person.value("Address that is told of it"), "https://ledger.example/ended");
        person.types("Public keys", KEYS);
        let _ = person.clicks("Register the client");
        person.reads("It proves who it is by a key of its own, so it has no secret.");
        let _ = person.clicks("Continue");
        assert!(person.value("Public keys").contains("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"));
        assert_eq!(person.value("Address that is told of it"), "https://ledger.example/ended");
        assert!(!person.has("Replace the secret of Ledger"));
        let _ = person.clicks("Switch off Ledger");
        let _ = person.clicks("Switch off Ledger");
        person.reads("Switched off. What was issued before does not work any more.");
        let _ = person.clicks("Switch on Ledger");
        person.reads("Switched on.");
        let _ = person.clicks("Rate limits");
        person.reads("Ledger: 7");
        let _ = person.clicks("Ledger");
        person.types("Requests an hour", "");
        let _ = person.clicks("Save changes");
        person.reads("The changes are saved.");
        let _ = person.opens("/admin/limits");
        person.reads("No client has one.");
    });
}

#[test]
fn contract_1_keys_and_sign_ins_are_found_and_ended() {
    walked(|person| {
        let key = person.server.key("alice", |key| "leaky".clone_into(&mut key.name));
        let _ = person.server.key("bob", |key| "harmless".clone_into(&mut key.name));
        let alice = person.server.actor();
        let _ = alice.signs_in();
        person.signs_in_as("root");
        let _ = person.opens("/admin/keys");
        searches(person, "Name begins with, or hint", "lea");
        is_gone(person, "harmless");
        let _ = person.clicks("leaky");
        let _ = person.clicks("Revoke leaky");
        person.reads("Revoke the key leaky of alice?");
        let _ = person.clicks("Revoke leaky");
        person.reads("Revoked. It is refused everywhere.");
        let verified = person.server.actor().get("/v1/auth/verify").header("x-api-key", &key).send();
        assert_eq!(verified.status, 401);
        let _ = person.opens("/admin/sessions");
        let _ = person.clicks("Sign out alice");
        person.reads("The sign-in is ended.");
        assert_eq!(alice.get("/settings").send().status, 303);
    });
}

#[test]
fn contract_1_somebodys_project_is_found_looked_at_and_deleted() {
    walked(|person| {
        let alice = person.server.actor();
        let _ = alice.signs_in();
        for name in ["Genomes", "Kitchen"] {
            let form = Page::of(&alice.get("/projects/new").send()).form("/projects/new");
            assert_eq!(alice.submits(&form.with("name", name)).status, 303);
        }
        person.signs_in_as("root");
        let _ = person.opens("/admin/projects");
        searches(person, "Name contains", "geno");
        is_gone(person, "Kitchen");
        let _ = person.clicks("Genomes");
        person.reads("Project Genomes");
        person.reads("owner");
        let _ = person.clicks("Delete Genomes");
        person.types("To delete it, type its name: Genomes", "Genome");
        let _ = person.clicks_for(400, "Delete Genomes");
        person.types("To delete it, type its name: Genomes", "Genomes");
        let _ = person.clicks("Delete Genomes");
        person.reads("Deleted. What was issued before does not work any more.");
        person.does_not_read("Genomes");
        person.reads("Kitchen");
    });
}

#[test]
fn contract_1_signing_keys_are_rotated() {
    walked(|person| {
        person.signs_in_as("root");
        let _ = person.opens("/admin/signing-keys");
        let _ = person.clicks("Rotate the signing keys");
        person.reads("Nobody is signed out.");
        let _ = person.clicks("Rotate the signing keys");
        person.reads("The next signing keys are made");
        person.reads("next");
    });
}

/// By which key a JWT is signed (RFC 7515 §4.1.4).
fn kid_of(token: &str) -> String {
    let head = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&head).unwrap()["kid"].as_str().unwrap().to_owned()
}

#[test]
fn contract_1_a_signing_key_that_was_given_away_is_revoked() {
    walked(|person| {
        let alice = person.server.actor();
        let before = alice.logs_in().access;
        let revoke = format!("Revoke the signing key {}", kid_of(&before));
        person.signs_in_as("root");
        let _ = person.opens("/admin/signing-keys");
        let _ = person.clicks(&format!("Revoke… {}", kid_of(&before)));
        person.reads(&format!("{revoke}?"));
        person.reads("Every token it signed is refused at once");
        assert!(alice.is_believed(&before));
        let _ = person.clicks(&revoke);
        person.reads("Revoked. It is refused everywhere.");
        assert!(!person.has(&format!("Revoke… {}", kid_of(&before))));
        assert!(!alice.is_believed(&before));
        let after = alice.logs_in().access;
        assert_ne!(kid_of(&after), kid_of(&before));
        assert!(alice.is_believed(&after));
    });
}

#[test]
fn rfc_6749_3_3_a_scope_is_registered_changed_and_removed() {
    walked(|person| {
        person.signs_in_as("root");
        let _ = person.opens("/admin/scopes");
        person.reads("Your API has no scopes of its own yet.");
        let _ = person.clicks("Register a scope");
        person.types("Name", "read");
        person.types("Description", "list your files");
        let _ = person.clicks_for(400, "Register the scope");
        person.reads("This name is built in.");
        assert_eq!(person.value("Description"), "list your files");
        person.types("Name", "files:list");
        person.types("In German", "Ihre Dateien auflisten");
        let _ = person.clicks("Register the scope");
        person.reads("The changes are saved.");
        person.reads("list your files");
        let _ = person.clicks("files:list");
        assert_eq!(person.value("In German"), "Ihre Dateien auflisten");
        person.types("Description", "see your files");
        let _ = person.clicks("Save");
        person.reads("The changes are saved.");
        let _ = person.opens("/settings/keys/new");
        person.reads("see your files");
        let _ = person.opens("/admin/scopes");
        let _ = person.clicks("Remove files:list");
        person.reads("No application may ask for it.");
        let _ = person.clicks("Remove files:list");
        person.reads("The scope is removed. Nobody can ask for it any more.");
        person.reads("Your API has no scopes of its own yet.");
    });
}

#[test]
fn rfc7591_3_a_registration_token_is_made_shown_once_and_revoked() {
    walked_with(&[("DYNAMIC_REGISTRATION", "token")], |person| {
        person.signs_in_as("root");
        let _ = person.opens("/admin/clients");
        let _ = person.clicks("Registration tokens");
        person.reads("There are none yet.");
        let _ = person.clicks("Make a registration token");
        person.types("Clients it may register", "many");
        let _ = person.clicks_for(400, "Make the token");
        person.reads("Write a number from 1 to 10000.");
        person.types("Clients it may register", "3");
        let _ = person.clicks("Make the token");
        let token = person.shown_once("Token");
        let _ = person.clicks("I have saved it");
        person.is_at("/admin/registration-tokens");
        assert!(!person.tab.source().contains(&token), "it is shown once");
        person.reads("0 of 3");
        let id = person.tab.runs("return document.querySelector('tbody code').textContent");
        let revoke = format!("Revoke {}", id.as_str().unwrap());
        let _ = person.clicks(&revoke);
        person.reads("Nobody can register clients with it any more.");
        let _ = person.clicks(&revoke);
        person.is_at("/admin/registration-tokens");
        person.does_not_read(&revoke);
    });
}

#[test]
fn contract_1_the_audit_log_is_filtered_in_its_address() {
    walked(|person| {
        let _ = person.server.actor().signs_in();
        person.signs_in_as("root");
        let _ = person.opens("/admin/audit");
        person.types("User name, e-mail address or id", "alice");
        let _ = person.clicks("Search");
        assert!(person.tab.url().contains("user=alice"), "{}", person.tab.url());
        person.reads("alice");
        let _ = person.opens("/admin/audit?kind=key_created");
        person.reads("Nothing fits.");
    });
}
