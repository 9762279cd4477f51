//! The members of a client's metadata stand in many lists: what one of them forgets is found here (RFC 7591 §2; contract §14).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use portcullis::oauth::client_metadata::ClientMetadata;
use serde_json::{Map, Value, json};

use crate::oauth::register::described;
use crate::pages::client_metadata::{flags, members_with_a_field};
use crate::support::client_key::ClientKey;
use crate::support::neighbour::Neighbour;
use crate::support::server::TestServer;

/// Our own marks, which nobody says.
const MARKS: [&str; 2] = ["from_document", "registered_itself"];
/// What a stranger cannot say: it is the operator's.
const OPERATORS: [&str; 3] = ["fapi", "resource_description", "response_modes"];
/// What a program says of itself, and an operator has no use for.
const PROGRAMS: [&str; 2] = ["software_id", "software_version"];
/// What has no flag; its fields are walked in `pages/client_about.rs`.
const UNSEEN: [&str; 5] = ["client_uri", "logo_uri", "tos_uri", "policy_uri", "contacts"];

/// Every member, none with its default. A new member does not compile before it is here, and then it is looked for in every list.
pub fn everything(sector_identifier_uri: &str) -> ClientMetadata {
    let uri = |path: &str| Some(format!("https://app.example/{path}"));
    let alg = || Some("ES256".to_owned());
    ClientMetadata {
        jwks: Some(json!({"keys": [ClientKey::new("k1").jwk()]})),
        jwks_uri: uri("keys"),
        id_token_signed_response_alg: alg(),
        userinfo_signed_response_alg: alg(),
        introspection_signed_response_alg: alg(),
        request_object_signing_alg: alg(),
        require_signed_request_object: true,
        require_pushed_authorization_requests: true,
        response_modes: vec!["form_post".to_owned()],
        dpop_bound_access_tokens: true,
        fapi: true,
        subject_type: Some("pairwise".to_owned()),
        sector_identifier_uri: Some(sector_identifier_uri.to_owned()),
        default_max_age: Some(600),
        post_logout_redirect_uris: vec!["https://app.example/out".to_owned()],
        backchannel_logout_uri: uri("ended"),
        backchannel_logout_session_required: true,
        client_uri: uri(""),
        logo_uri: uri("logo.png"),
        tos_uri: uri("terms"),
        policy_uri: uri("privacy"),
        contacts: vec!["ops@app.example".to_owned()],
        from_document: true,
        registered_itself: true,
        resource_description: Some("Stores genomes".to_owned()),
        software_id: Some("example".to_owned()),
        software_version: Some("1".to_owned()),
    }
}

/// The same, by their names.
pub fn members(sector_identifier_uri: &str) -> Map<String, Value> {
    match serde_json::to_value(everything(sector_identifier_uri)).unwrap() {
        Value::Object(members) => members,
        other => panic!("{other}"),
    }
}

/// The names of all but `exceptions`, each of which is one.
fn names(exceptions: &[&[&str]]) -> BTreeSet<String> {
    let mut all: BTreeSet<String> =
        members("https://app.example/sector").into_iter().map(|(name, _)| name).collect();
    for name in exceptions.iter().copied().flatten() {
        assert!(all.remove(*name), "{name} is no member");
    }
    all
}

/// Those of the names (all but `exceptions`) that are not there.
fn missing(exceptions: &[&[&str]], is_there: impl Fn(&str) -> bool) -> Vec<String> {
    names(exceptions).into_iter().filter(|name| !is_there(name)).collect()
}

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn rfc7591_2_every_member_is_in_the_documents_that_list_them() {
    for (document, exceptions) in [
        ("docs/api.md", &[MARKS.as_slice(), &PROGRAMS] as &[&[&str]]),
        ("docs/apply.md", &[&MARKS, &PROGRAMS]),
        ("docs/dynamic-registration.md", &[&MARKS, &OPERATORS]),
    ] {
        let text = file(document);
        let found = missing(exceptions, |name| text.contains(&format!("`{name}`")));
        assert!(found.is_empty(), "{document}: {found:?}");
    }
}

#[test]
fn contract_14_every_member_can_be_declared_and_has_a_field_and_a_flag() {
    let declaration = file("src/flows/apply/declaration.rs");
    let declared =
        missing(&[&MARKS, &PROGRAMS], |name| declaration.contains(&format!("pub {name}: Option<")));
    assert!(declared.is_empty(), "{declared:?}");
    let fields = members_with_a_field();
    let shown = missing(&[&MARKS, &PROGRAMS, &UNSEEN], |name| fields.contains(name));
    assert!(shown.is_empty(), "{shown:?}");
}

#[test]
fn contract_14_every_flag_of_the_command_line_has_a_row() {
    let document = file("docs/command-line.md");
    // These stand in the row of another.
    let rows =
        flags().into_iter().filter(|flag| !["id", "name", "jwks", "jwks-uri"].contains(&flag.as_str()));
    let missing: Vec<String> = rows.filter(|flag| !document.contains(&format!("\n| `--{flag}"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn contract_1_every_member_is_in_the_schema_of_a_client() {
    let server = TestServer::start();
    let schema = server.actor().get("/api/v1/schema").send().expect(200).json();
    let of_clients: Vec<&Map<String, Value>> = schema["components"]["schemas"]
        .as_object()
        .unwrap()
        .values()
        .filter_map(|schema| schema["properties"].as_object())
        .filter(|properties| properties.contains_key("backchannel_logout_uri"))
        .collect();
    assert!(of_clients.len() >= 2, "what is said and what is answered");
    for properties in of_clients {
        let found = missing(&[&MARKS, &PROGRAMS], |name| properties.contains_key(name));
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn rfc7591_3_2_1_every_member_that_a_client_may_say_is_told_again() {
    let server = TestServer::with(&[("DYNAMIC_REGISTRATION", "open")]);
    let neighbour = Neighbour::start();
    neighbour.shows("/sector.json", "", &json!(["https://app.example/callback"]));
    let mut said = members(&neighbour.url("/sector.json"));
    said.insert("token_endpoint_auth_method".to_owned(), json!("private_key_jwt"));
    // Keys come in one way.
    for without in ["jwks", "jwks_uri"] {
        let mut request = said.clone();
        request.remove(without);
        let request = described(&Value::Object(request));
        let told = server.actor().post("/oauth/register").json(&request).send().expect(201).json();
        for name in names(&[&MARKS, &OPERATORS, &[without]]) {
            assert_eq!(told[&name], said[&name], "{name}");
        }
        for name in MARKS.iter().chain(&OPERATORS) {
            assert_eq!(told.get(*name), None, "{name} is not the client's to say");
        }
    }
}
