//! `/admin/clients/…`: what a client is registered with beyond RFC 6749, on its page (contract §14; RFC 7591 §2).

use std::collections::BTreeSet;
use std::process::Command;

use portcullis::flows::actor::Actor as By;
use portcullis::flows::clients::{self, ClientChange};
use portcullis::oauth::client::Client;
use portcullis::oauth::client_metadata::ClientMetadata;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::client_key::{ClientKey, TYPE, registers};
use crate::support::neighbour::Neighbour;
use crate::support::page::{Form, Page};
use crate::support::server::TestServer;

/// What every command accepts.
const GLOBAL: [&str; 5] = ["config", "database-url", "data-dir", "json", "help"];

fn root(server: &TestServer) -> Actor<'_> {
    let root = server.actor().named("root");
    root.signs_in();
    root
}

#[track_caller]
fn page(actor: &Actor<'_>, path: &str) -> Page {
    Page::of(&actor.get(path).send().expect(200))
}

#[track_caller]
fn form(actor: &Actor<'_>, path: &str) -> Form {
    page(actor, path).form(path)
}

fn client(server: &TestServer, id: &str) -> Client {
    server.operator(clients::find(&server.node, id)).unwrap().unwrap()
}

fn says(form: &Form, name: &str) -> Option<String> {
    form.fields.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone())
}

/// The flags with which the command line registers a client.
pub fn flags() -> BTreeSet<String> {
    let help =
        Command::new(env!("CARGO_BIN_EXE_portcullis")).args(["client", "create", "--help"]).output().unwrap();
    let text = String::from_utf8(help.stdout).unwrap();
    let named =
        text.lines().filter_map(|line| line.trim_start().trim_start_matches("-h, ").strip_prefix("--"));
    let all: BTreeSet<String> = named
        .map(|rest| rest.split(|c: char| !c.is_ascii_lowercase() && c != '-').next().unwrap().to_owned())
        .filter(|flag| !GLOBAL.contains(&flag.as_str()))
        .collect();
    assert!(all.len() > 20, "{text}");
    all
}

/// What is registered then: a member of the metadata, and its value.
type Registered = Option<(&'static str, Value)>;

/// Each flag of the command line, the field of the page, a value that is not the default, and what comes of it where it is
/// metadata.
fn rows(jwks: &str, sector: &str) -> Vec<(&'static str, &'static str, String, Registered)> {
    let own = |flag, field, value: &str| (flag, field, value.to_owned(), None);
    let member =
        |flag, field, value: &str, registered| (flag, field, value.to_owned(), Some((field, registered)));
    let text = |flag, field, value: &str| member(flag, field, value, json!(value));
    let on = |flag, field| member(flag, field, "on", json!(true));
    vec![
        own("name", "name", "Whole"),
        own("redirect-uri", "redirect_uris", "https://whole.example/other"),
        own("resource-server", "resource_server", "on"),
        own("resource", "resources", "https://whole.example/api"),
        text("resource-description", "resource_description", "the whole of it"),
        own("grant", "grant-token_exchange", "on"),
        own("scope", "scope-write", "on"),
        own("default-scope", "default_scope", "openid"),
        own("auth-method", "auth_method", "private_key_jwt"),
        own("rate-limit", "rate_limit", "7"),
        member("jwks", "jwks", jwks, serde_json::from_str(jwks).unwrap()),
        member(
            "post-logout-redirect-uri",
            "post_logout_redirect_uris",
            "https://whole.example/out",
            json!(["https://whole.example/out"]),
        ),
        on("require-par", "require_pushed_authorization_requests"),
        on("require-signed-request", "require_signed_request_object"),
        text("request-object-alg", "request_object_signing_alg", "ES256"),
        member("response-mode", "response_modes", "form_post", json!(["form_post"])),
        member("default-max-age", "default_max_age", "0", json!(0)),
        on("fapi", "fapi"),
        on("dpop", "dpop_bound_access_tokens"),
        text("id-token-alg", "id_token_signed_response_alg", "ES256"),
        text("userinfo-alg", "userinfo_signed_response_alg", "EdDSA"),
        text("introspection-alg", "introspection_signed_response_alg", "ES256"),
        text("subject-type", "subject_type", "pairwise"),
        text("sector-identifier-uri", "sector_identifier_uri", sector),
        text("backchannel-logout-uri", "backchannel_logout_uri", "https://whole.example/ended"),
        on("backchannel-logout-session", "backchannel_logout_session_required"),
    ]
}

/// The members of the metadata that have a flag and a field.
pub fn members_with_a_field() -> BTreeSet<String> {
    let named = rows("{}", "").into_iter().filter_map(|(.., member)| member.map(|(name, _)| name.to_owned()));
    // Beside `jwks`, which contradicts it.
    named.chain(["jwks_uri".to_owned()]).collect()
}

on_both! {
    fn contract_14_whatever_the_command_line_says_of_a_client_the_page_can(server) {
        let root = root(server);
        let jwks = json!({"keys": [ClientKey::new("k1").jwk()]}).to_string();
        let neighbour = Neighbour::start();
        neighbour.shows("/sector.json", "", &json!(["https://whole.example/other", "https://whole.example/cb"]));
        let sector = neighbour.url("/sector.json");
        let path = "/admin/clients/whole";
        // What contradicts the rest comes after it; what is switched off has a button.
        let mut seen: BTreeSet<String> = ["id", "public", "no-pkce", "jwks-uri", "disabled"].map(str::to_owned).into();
        let new = form(&root, "/admin/clients/new").with("kind", "web").with("name", "Small").with("client_id", "whole")
            .with("redirect_uris", "https://whole.example/cb");
        assert!(Page::of(&root.submits(&new).expect(200)).control("secret").starts_with("pcs_"));
        let before = form(&root, path);
        let mut change = before.clone();
        for (flag, field, value, _) in rows(&jwks, &sector) {
            assert_ne!(says(&before, field).as_deref(), Some(value.as_str()), "--{flag}: {field} says this at first");
            assert!(seen.insert(flag.to_owned()), "{flag} is there twice");
            change = change.with(field, &value);
        }
        assert_eq!(seen, flags(), "a flag of the command line has no field on the page");
        let _ = root.submits(&change).expect(303);
        let shown = form(&root, path);
        let registered = serde_json::to_value(&client(server, "whole").metadata).unwrap();
        for (flag, field, value, member) in rows(&jwks, &sector) {
            let said = says(&shown, field).unwrap_or_else(|| panic!("--{flag}: {field} is not shown"));
            let is_same = said == value || (flag == "jwks" && serde_json::from_str::<Value>(&said).unwrap() == json!({"keys": registered["jwks"]["keys"]}));
            assert!(is_same, "--{flag}: {field} says {said}");
            if let Some((name, expected)) = member {
                assert_eq!(registered[name], expected, "--{flag}");
            }
        }
        assert_eq!(client(server, "whole").default_scope.to_string(), "openid");
        // Saved once more as it is, it is the same.
        let whole = client(server, "whole");
        let _ = root.submits(&shown).expect(303);
        let again = client(server, "whole");
        assert_eq!(again, Client { scope: again.scope.clone(), ..whole });

        let other = form(&root, path).without("fapi").with("no_pkce", "on").with("jwks", "")
            .with("jwks_uri", "https://whole.example/keys");
        let _ = root.submits(&other).expect(303);
        let now = client(server, "whole");
        assert!(!now.require_pkce && now.metadata.jwks.is_none() && !now.metadata.fapi);
        assert_eq!(now.metadata.jwks_uri.as_deref(), Some("https://whole.example/keys"));
        assert_eq!(says(&form(&root, path), "jwks_uri").as_deref(), Some("https://whole.example/keys"));

        // And all of it taken back.
        let rows = rows(&jwks, &sector);
        let taken = rows.iter().filter(|(flag, ..)| !["name", "redirect-uri", "auth-method"].contains(flag));
        let bare = taken.fold(form(&root, path), |form, (_, field, ..)| {
            if before.fields.iter().any(|(name, _)| name == field) { form.with(field, before.value(field)) } else { form.without(field) }
        });
        let bare = bare.without("no_pkce").with("jwks_uri", "").with("auth_method", "any");
        assert!(Page::of(&root.submits(&bare).expect(200)).control("secret").starts_with("pcs_"), "it has a secret again");
        assert_eq!(client(server, "whole").metadata, ClientMetadata::default());

        let _ = root.submits(&form(&root, "/admin/clients/spa").with("type", "confidential")).expect(200);
        let _ = root.submits(&form(&root, "/admin/clients/spa").with("type", "public")).expect(303);
        assert!(client(server, "spa").is_public());
        let _ = root.submits(&form(&root, "/admin/clients/spa/disable")).expect(303);
        assert!(client(server, "spa").disabled);
    }
}

/// A refusal stands beside the field that it is about, in an open group, in the language of the page; at the top it is
/// named by the label.
#[test]
fn wcag_3_3_1_a_refusal_is_beside_its_field_in_the_language_of_the_page() {
    let server = TestServer::start();
    let root = root(&server);
    let path = "/admin/clients/web";
    for (name, value, field, summary) in [
        (
            "type",
            "public\u{0}grant-client_credentials",
            "grants",
            "Wege zum Token: client_credentials ist für Anwendungen",
        ),
        ("redirect_uris", "", "redirect_uris", "Wohin Antworten gehen (Redirect-URIs): Wer Menschen"),
        ("redirect_uris", "http://a.example/", "redirect_uris", "http://a.example/: Nehmen Sie https."),
        ("auth_method", "none", "auth_method", "Eine Anwendung mit Geheimnis muss sich ausweisen"),
        (
            "auth_method",
            "private_key_jwt",
            "jwks",
            "Öffentliche Schlüssel: Geben Sie ihre öffentlichen Schlüssel an",
        ),
        ("jwks", "{", "jwks", "Öffentliche Schlüssel: Das ist kein JWK Set"),
        ("jwks", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"YQ\"}]}", "jwks", "Das ist kein JWK Set"),
        ("jwks_uri", "keys", "jwks_uri", "keys ist keine vollständige Adresse"),
        (
            "post_logout_redirect_uris",
            "javascript:alert(1)",
            "post_logout_redirect_uris",
            "javascript:alert(1) führt zu keiner Anwendung",
        ),
        (
            "backchannel_logout_uri",
            "http://a.example/",
            "backchannel_logout_uri",
            "Adresse, die davon erfährt: http://a.example/: Nehmen Sie https",
        ),
        ("client_uri", "web.example", "client_uri", "Startseite: web.example ist keine vollständige Adresse"),
        ("tos_uri", "javascript:alert(1)", "tos_uri", "javascript:alert(1): Nehmen Sie https"),
        ("policy_uri", "http://a.example/", "policy_uri", "http://a.example/: Nehmen Sie https"),
        (
            "id_token_signed_response_alg",
            "none",
            "id_token_signed_response_alg",
            "Signatur ihrer ID-Token: Wählen Sie RS256",
        ),
        ("subject_type", "secret", "subject_type", "Wählen Sie eines von beiden"),
        ("default_max_age", "soon", "default_max_age", "Schreiben Sie eine Zahl von Sekunden"),
        ("default_max_age", "-1", "default_max_age", "Schreiben Sie eine Zahl von Sekunden"),
        ("fapi", "on", "auth_method", "FAPI 2.0 verlangt einen eigenen Schlüssel"),
        ("response_modes", "fragment", "response_modes", "Wählen Sie query oder form_post"),
        (
            "default_scope",
            "admin",
            "default_scope",
            "Darin steht etwas, worum die Anwendung nicht bitten darf",
        ),
        ("resources", "api\u{0}resource_server", "resources", "api: Schreiben Sie eine vollständige Adresse"),
        (
            "resource_description",
            "\u{202e}knaB\u{0}resource_server",
            "resource_description",
            "Was diese API ist: Schreiben Sie eine Zeile",
        ),
        ("name", "\u{202e}knaB", "name", "Nehmen Sie nur Zeichen, die man sieht"),
    ] {
        let (value, ticked) = value.split_once('\u{0}').unwrap_or((value, ""));
        let sent = form(&root, path).with(name, value);
        let sent = if ticked.is_empty() { sent } else { sent.with(ticked, "on") };
        let refused = root.post(path).header("accept-language", "de").form(&sent.pairs()).send().expect(400);
        let again = Page::of(&refused);
        assert!(again.words().contains(summary), "{name}={value}: {}", again.words());
        assert!(
            again.html().contains(&format!("id=\"{field}-fault\"")),
            "{name}={value}: no fault at {field}"
        );
        assert!(
            again.html().contains(&format!("href=\"#{field}\"")),
            "{name}={value}: the summary leads elsewhere"
        );
        let group =
            again.html().split("<details").find(|part| part.contains(&format!("id=\"{field}-fault\"")));
        let is_folded = group.is_some_and(|part| {
            part.starts_with('>') && part.contains("</details>") && {
                part.find("</details>") > part.find(&format!("id=\"{field}-fault\""))
            }
        });
        assert!(!is_folded, "{name}={value}: the fault is folded away");
    }
    // The rules are the same in English, and what was typed comes back.
    let sent = form(&root, path).with("backchannel_logout_uri", "http://a.example/");
    let again = Page::of(&root.submits(&sent).expect(400));
    assert!(
        again.words().contains("Address that is told of it: http://a.example/: use https."),
        "{}",
        again.words()
    );
    assert_eq!(again.form(path).value("backchannel_logout_uri"), "http://a.example/");
    assert_eq!(client(&server, "web").metadata, ClientMetadata::default());
}

#[test]
fn what_nobody_said_is_folded_and_what_is_set_is_seen() {
    let server = TestServer::start();
    let root = root(&server);
    let open = |page: &Page| page.html().matches("<details open>").count();
    assert_eq!(open(&page(&root, "/admin/clients/new")), 0);
    let path = "/admin/clients/web";
    assert_eq!(open(&page(&root, path)), 0);
    let _ = root.submits(&form(&root, path).with("default_max_age", "60")).expect(303);
    assert_eq!(open(&page(&root, path)), 1);
}

/// Its page offers what it has: whoever gives it another name does not give it a secret instead of its key.
#[test]
fn a_client_with_a_key_of_its_own_keeps_it_when_its_page_is_saved() {
    let server = TestServer::start();
    let key = ClientKey::new("k1");
    let jwks = Some(json!({"keys": [key.jwk()]}));
    let contacts = vec!["ops@keyed.example".to_owned()];
    registers(&server, "keyed", ClientMetadata { jwks, contacts, ..ClientMetadata::default() });
    let root = root(&server);
    let path = "/admin/clients/keyed";
    let renamed = form(&root, path).with("name", "Renamed");
    assert_eq!(renamed.value("auth_method"), "private_key_jwt");
    let before = client(&server, "keyed").metadata;
    let _ = root.submits(&renamed).expect(303);
    assert_eq!(client(&server, "keyed").metadata, before, "what has no field stays, too");
    let assertion = key.asserts(&server, "keyed");
    let proof = [("client_assertion_type", TYPE), ("client_assertion", assertion.as_str())];
    let fields = [&[("grant_type", "client_credentials")][..], &proof].concat();
    let _ = server.actor().post("/oauth/token").form(&fields).send().expect(200);
    let secret = format!("{path}/secret");
    assert!(!page(&root, path).links().contains(&secret), "there is none to replace");
    assert_eq!(root.get(&secret).send().status, 404);

    let new = form(&root, "/admin/clients/new")
        .with("name", "Signer")
        .with("redirect_uris", "https://s.example/cb");
    let new = new.with("auth_method", "private_key_jwt").with("jwks_uri", "https://s.example/keys");
    let made = Page::of(&root.submits(&new).expect(200));
    assert!(made.words().contains("It proves who it is by a key of its own"), "{}", made.words());
}

#[test]
fn cimd_5_of_a_client_that_describes_itself_only_the_limit_is_offered() {
    let server = TestServer::start();
    let metadata = ClientMetadata {
        from_document: true,
        client_uri: Some("https://self.example/".to_owned()),
        jwks_uri: Some("https://self.example/keys".to_owned()),
        ..ClientMetadata::default()
    };
    let change = ClientChange {
        name: Some("Itself".to_owned()),
        redirect_uris: Some(vec!["https://self.example/cb".to_owned()]),
        metadata: Some(metadata),
        ..ClientChange::default()
    };
    let made = server.operator(clients::create(&server.node, By::Operator, Some("itself"), change)).unwrap();
    assert!(made.is_ok());
    let (root, path) = (root(&server), "/admin/clients/itself");
    let shown = page(&root, path);
    let offered = shown.form(path);
    let names: BTreeSet<&str> = offered.fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, BTreeSet::from(["csrf_token", "rate_limit", "version"]));
    for words in
        ["https://self.example/cb", "https://self.example/keys", "describes itself", "offline_access"]
    {
        assert!(shown.words().contains(words), "{words}: {}", shown.words());
    }
    let before = client(&server, "itself");
    let _ = root.submits(&offered.clone().with("rate_limit", "5").with("name", "Other")).expect(303);
    assert_eq!(client(&server, "itself"), Client { rate_limit: Some(5), ..before.clone() });
    let wrong = root.submits(&form(&root, path).with("rate_limit", "many")).expect(400);
    assert!(wrong.text().contains("rate_limit-fault"));
    let _ = root.submits(&form(&root, &format!("{path}/disable"))).expect(303);
    assert!(client(&server, "itself").disabled);
    let enable = page(&root, path).form(&format!("{path}/enable"));
    let _ = root.submits(&enable).expect(303);
    let _ = root.submits(&form(&root, &format!("{path}/delete")).with("typed", "itself")).expect(303);
    assert_eq!(root.get(path).send().status, 404);
}
