//! Clients that describe themselves at the URL that is their id (draft-ietf-oauth-client-id-metadata-document-02; MCP
//! authorization 2025-11-25).

use portcullis::flows::actor::Actor as By;
use portcullis::flows::clients::{self, ClientChange};
use portcullis::flows::housekeeping;
use portcullis::flows::scopes::{self, ScopeChange};
use portcullis::oauth::client::{ClientKind, GrantType};
use portcullis::oauth::client_metadata::ClientMetadata;
use serde_json::{Value, json};

use super::device::enters;
use crate::support::actor::{Actor, VERIFIER, asks, tokens};
use crate::support::client_key::{ClientKey, TYPE};
use crate::support::exchange::Reply;
use crate::support::neighbour::Neighbour;
use crate::support::page::Page;
use crate::support::server::TestServer;

const CALLBACK: &str = "http://127.0.0.1:3000/callback";
const DAY: i64 = 86_400;

fn server() -> TestServer {
    TestServer::with(&[("CLIENT_ID_METADATA_DOCUMENTS", "on")])
}

/// Shows a document at `/client.json`, with `change`; its client id.
fn shows(neighbour: &Neighbour, change: &Value) -> String {
    let id = neighbour.url("/client.json");
    let mut document = json!({
        "client_id": id,
        "client_name": "Example MCP Client",
        "redirect_uris": [CALLBACK, "https://app.example/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    });
    for (name, value) in change.as_object().unwrap() {
        document[name] = value.clone();
    }
    neighbour.shows("/client.json", "Cache-Control: max-age=600\r\n", &document);
    id
}

fn query(id: &str) -> String {
    asks(id, &[("redirect_uri", CALLBACK)])
}

fn asked(person: &Actor<'_>, query: &str) -> Reply {
    person.get(&format!("/oauth/authorize?{query}")).send()
}

fn redeems(server: &TestServer, id: &str, code: &str, more: &[(&str, &str)]) -> Reply {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("client_id", id),
    ];
    fields.extend_from_slice(more);
    server.actor().post("/oauth/token").form(&fields).send()
}

#[test]
fn cimd_5_a_client_that_nobody_registered_gets_tokens_and_people_are_told() {
    let (server, neighbour) = (server(), Neighbour::start());
    let id = shows(&neighbour, &json!({}));
    let person = server.actor();
    let _ = person.signs_in();
    let words = Page::of(&asked(&person, &query(&id)).expect(200)).words();
    for word in ["Example MCP Client", "127.0.0.1", "nobody here has checked it", id.as_str()] {
        assert!(words.contains(word), "{word} is missing in: {words}");
    }
    assert!(!words.contains("registered by the administrator"), "{words}");
    let code = person.answers(&query(&id), true).code();
    let got = redeems(&server, &id, &code, &[]).expect(200);
    assert!(server.actor().is_believed(&tokens(&got.json()).access));
    assert_eq!(neighbour.connections(), 1, "it is kept");
    // Anybody on this machine could be who listens there: it is asked about each time (§8.5, RFC 8252 §8.6).
    assert_eq!(asked(&person, &query(&id)).status, 200);
    server.clock.advance(601);
    let _ = asked(&person, &query(&id));
    assert_eq!(neighbour.connections(), 2, "and read again when it is stale");
}

#[test]
fn cimd_of_the_operators_scopes_it_asks_for_those_for_anybody() {
    let (server, neighbour) = (server(), Neighbour::start());
    let id = shows(&neighbour, &json!({"scope": "read files:list files:write"}));
    for (name, for_anybody) in [("files:list", true), ("files:write", false)] {
        let description = Some(format!("use {name}"));
        let said = ScopeChange { description, for_anybody: Some(for_anybody), ..ScopeChange::default() };
        server.operator(scopes::add(&server.node, By::Operator, name, said)).unwrap().unwrap();
    }
    let person = server.actor();
    let _ = person.signs_in();
    let asking = |scope| asks(&id, &[("redirect_uri", CALLBACK), ("scope", scope)]);
    let words = Page::of(&asked(&person, &asking("read files:list")).expect(200)).words();
    assert!(words.contains("use files:list"), "{words}");
    let code = person.answers(&asking("read files:list"), true).code();
    assert_eq!(redeems(&server, &id, &code, &[]).expect(200).member("scope"), "read files:list");
    assert_eq!(person.answers(&asking("files:write"), true).error(), "invalid_scope");
    server.operator(scopes::remove(&server.node, By::Operator, "files:list")).unwrap().unwrap();
    assert_eq!(person.answers(&asking("files:list"), true).error(), "invalid_scope");
}

#[test]
fn cimd_6_it_is_announced_where_it_is_on_and_else_nothing_is_fetched() {
    let neighbour = Neighbour::start();
    let id = shows(&neighbour, &json!({}));
    for (server, is_on) in [(server(), true), (TestServer::start(), false)] {
        let person = server.actor();
        let _ = person.signs_in();
        let metadata = person.get("/.well-known/oauth-authorization-server").send().expect(200).json();
        let announced = metadata.get("client_id_metadata_document_supported").cloned();
        assert_eq!(announced, is_on.then_some(Value::Bool(true)));
        let before = neighbour.connections();
        assert_eq!(asked(&person, &query(&id)).status, if is_on { 200 } else { 400 });
        assert_eq!(neighbour.connections() - before, usize::from(is_on));
    }
}

#[test]
fn cimd_5_1_what_cannot_be_used_is_a_page_and_not_remembered() {
    let (server, neighbour) = (server(), Neighbour::start());
    let person = server.actor();
    let _ = person.signs_in();
    let id = shows(&neighbour, &json!({"client_id": "https://evil.example/client.json"}));
    let page = asked(&person, &query(&id)).expect(400);
    assert!(page.text().contains("client_id is not the URL"), "{}", page.text());
    assert_eq!(page.header("location"), None);
    neighbour.hides("/client.json");
    // Why it could not be fetched is in the log alone: it would tell a stranger of the network (security §3, 38).
    let page = asked(&person, &query(&id)).expect(400).text().to_owned();
    assert!(page.contains("could not be fetched") && !page.contains("404"), "{page}");
    assert!(server.log().contains("the answer was 404"));
    let id = shows(&neighbour, &json!({}));
    assert_eq!(asked(&person, &query(&id)).status, 200, "an error is not kept (§5.2)");
    // Only what the document names is redirected to.
    let elsewhere = asks(&id, &[("redirect_uri", "https://evil.example/cb")]);
    let page = asked(&person, &elsewhere).expect(400);
    assert_eq!(page.header("location"), None);
    // The document changed for the worse: what is stored is not used for a new request.
    shows(&neighbour, &json!({"redirect_uris": []}));
    server.clock.advance(601);
    assert_eq!(asked(&person, &query(&id)).status, 400);
}

#[test]
fn cimd_8_2_a_client_with_a_key_must_use_it() {
    let (server, neighbour) = (server(), Neighbour::start());
    let key = ClientKey::new("k1");
    let id = shows(
        &neighbour,
        &json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [key.jwk()]}}),
    );
    let code = server.actor().authorizes(&query(&id)).code();
    assert_eq!(redeems(&server, &id, &code, &[]).expect(401).error(), "invalid_client");
    let assertion = key.asserts(&server, &id);
    let proof = [("client_assertion_type", TYPE), ("client_assertion", assertion.as_str())];
    let _ = redeems(&server, &id, &code, &proof).expect(200);
}

#[test]
fn cimd_8_4_consent_is_forgotten_when_the_document_changes() {
    let (server, neighbour) = (server(), Neighbour::start());
    let id = shows(&neighbour, &json!({}));
    let web = asks(&id, &[]);
    let person = server.actor();
    let https = asks(&id, &[("redirect_uri", "https://app.example/callback")]);
    let _ = person.authorizes(&https);
    assert_eq!(asked(&person, &https).status, 303, "an https host is somebody: {web}");
    shows(&neighbour, &json!({"client_name": "Your Bank"}));
    server.clock.advance(601);
    let words = Page::of(&asked(&person, &https).expect(200)).words();
    assert!(words.contains("Your Bank"), "{words}");
}

#[test]
fn cimd_an_administrator_switches_one_off_and_unused_ones_go() {
    let (server, neighbour) = (server(), Neighbour::start());
    let id = shows(&neighbour, &json!({}));
    let person = server.actor();
    let code = person.authorizes(&query(&id)).code();
    let access = tokens(&redeems(&server, &id, &code, &[]).expect(200).json()).access;
    let off = ClientChange { disabled: Some(true), ..ClientChange::default() };
    let done = server.operator(clients::update(&server.node, By::Operator, &id, off));
    assert!(done.unwrap().is_ok());
    assert!(!server.actor().is_believed(&access));
    server.clock.advance(601);
    let before = neighbour.connections();
    assert_eq!(asked(&person, &query(&id)).status, 400);
    assert_eq!(neighbour.connections(), before, "it is not even asked");
    let known = |id: &str| server.operator(clients::find(&server.node, id)).unwrap().is_some();
    // Another that nobody allowed anything.
    let other = neighbour.url("/other.json");
    let document = json!({"client_id": other, "client_name": "Other", "redirect_uris": [CALLBACK]});
    neighbour.shows("/other.json", "", &document);
    let _ = asked(&person, &query(&other));
    assert!(known(&id) && known(&other));
    server.clock.advance(8 * DAY);
    let _ = server.operator(housekeeping::purge(&server.node)).unwrap();
    assert!(known(&id) && !known(&other), "what is switched off stays, so that it cannot come back");
}

#[test]
fn cimd_what_the_document_says_is_not_changed_here() {
    let (server, neighbour) = (server(), Neighbour::start());
    let id = shows(&neighbour, &json!({}));
    let person = server.actor();
    let _ = person.signs_in();
    assert_eq!(asked(&person, &query(&id)).status, 200);
    let update = |change| server.operator(clients::update(&server.node, By::Operator, &id, change)).unwrap();
    let narrowed = ClientChange { redirect_uris: Some(vec![CALLBACK.to_owned()]), ..ClientChange::default() };
    let refused = update(narrowed).err().map(|refusal| refusal.to_string());
    assert!(refused.is_some_and(|reason| reason.contains("describes itself")));
    let limited = ClientChange { rate_limit: Some(Some(7)), ..ClientChange::default() };
    assert!(update(limited).is_ok());
}

#[test]
fn cimd_one_that_is_stored_is_unknown_while_the_setting_is_off() {
    let server = TestServer::start();
    let metadata = |from_document| ClientMetadata { from_document, ..ClientMetadata::default() };
    for (id, from_document, status) in [("stored", true, 401), ("registered", false, 200)] {
        let change = ClientChange {
            name: Some(id.to_owned()),
            kind: Some(ClientKind::Public),
            redirect_uris: Some(vec![CALLBACK.to_owned()]),
            grants: Some(vec![GrantType::DeviceCode]),
            metadata: Some(metadata(from_document)),
            ..ClientChange::default()
        };
        let made = server.operator(clients::create(&server.node, By::Operator, Some(id), change));
        assert!(made.unwrap().is_ok());
        let form = [("client_id", id)];
        let reply = server.actor().post("/oauth/device_authorization").form(&form).send();
        assert_eq!(reply.status, status, "{id}");
    }
}

#[test]
fn cimd_one_address_cannot_have_everything_fetched() {
    let (server, neighbour) = (server(), Neighbour::start());
    let actor = server.actor();
    for number in 0..40 {
        let _ = asked(&actor, &query(&neighbour.url(&format!("/none/{number}"))));
    }
    assert_eq!(neighbour.connections(), 20);
    server.clock.advance(60);
    let _ = asked(&actor, &query(&neighbour.url("/none")));
    assert_eq!(neighbour.connections(), 21);
}

#[test]
fn rfc8628_3_1_a_device_may_describe_itself() {
    let (server, neighbour) = (server(), Neighbour::start());
    let id = shows(&neighbour, &json!({"grant_types": ["urn:ietf:params:oauth:grant-type:device_code"]}));
    let form = [("client_id", id.as_str())];
    let person = server.actor();
    person.signs_in();
    let codes = person.post("/oauth/device_authorization").form(&form).send().expect(200);
    let asked = Page::of(&enters(&person, &codes.member("user_code")).expect(200)).words();
    assert!(asked.contains("Nobody here has checked"), "{asked}");
    let unknown = neighbour.url("/none");
    let form = [("client_id", unknown.as_str())];
    let reply = server.actor().post("/oauth/device_authorization").form(&form).send();
    assert_eq!((reply.status, reply.error().as_str()), (401, "invalid_client"));
}
