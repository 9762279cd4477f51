//! No URL that somebody wrote makes this server reach what only it can reach: every URL field against every forbidden target
//! (security §3, 38). A field that is fetched gets a row in [`FIELDS`], one that is not a name in [`NEVER`].

use portcullis::flows::actor::Actor;
use portcullis::flows::clients::{self, ClientChange};
use portcullis::oauth::client::{AuthMethod, GrantType};
use portcullis::oauth::client_metadata::ClientMetadata;
use serde_json::{Value, json};

use super::register::described;
use crate::client_members;
use crate::support::actor::{Actor as Person, asks};
use crate::support::client_key::{ClientKey, TYPE, registers};
use crate::support::exchange::{Reply, encode};
use crate::support::neighbour::Neighbour;
use crate::support::page::Page;
use crate::support::seed::REDIRECT;
use crate::support::server::TestServer;

/// Makes the server fetch a URL; the number makes each client another.
type Field = fn(&TestServer, &str, usize);

/// The member of the metadata, by whom it is said, and how it comes to be fetched.
const FIELDS: [(&str, &str, Field); 9] = [
    ("jwks_uri", "an operator", jwks_uri),
    ("jwks_uri", "a document", documents_keys),
    ("jwks_uri", "a stranger", strangers_keys),
    ("jwks_uri", "a stranger who changes it", changed_keys),
    ("client_id", "a stranger", client_id),
    ("client_id", "a stranger who pushes", pushed_client_id),
    ("sector_identifier_uri", "an operator", sector_identifier_uri),
    ("sector_identifier_uri", "a stranger", strangers_sector),
    ("sector_identifier_uri", "a stranger who changes it", changed_sector),
];

/// What is fetched elsewhere: tried in `security_38_nobody_is_told_where_only_this_server_can_go`.
const TOLD: &str = "backchannel_logout_uri";

/// What is never fetched, whatever stands there; the last three are members that we do not know.
const NEVER: [&str; 10] = [
    "redirect_uris",
    "post_logout_redirect_uris",
    "client_uri",
    "logo_uri",
    "tos_uri",
    "policy_uri",
    "request_uri",
    "request_uris",
    "initiate_login_uri",
    "software_statement",
];

/// Proves itself by a key, wherever that is.
fn proves_itself(server: &TestServer, id: &str, url: &str) {
    let assertion = ClientKey::new("k1").asserts(server, id);
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", "none"),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion.as_str()),
    ];
    let reply = server.actor().post("/oauth/token").form(&fields).send();
    assert_eq!((reply.status, reply.error().as_str()), (401, "invalid_client"), "{url}: {}", reply.text());
}

fn jwks_uri(server: &TestServer, url: &str, number: usize) {
    let id = format!("keyed{number}");
    registers(server, &id, ClientMetadata { jwks_uri: Some(url.to_owned()), ..ClientMetadata::default() });
    proves_itself(server, &id, url);
}

/// A document that was read once names keys elsewhere, by whatever mistake it was let.
fn documents_keys(server: &TestServer, url: &str, number: usize) {
    let change = ClientChange {
        name: Some("Described".to_owned()),
        redirect_uris: Some(vec![REDIRECT.to_owned()]),
        grants: Some(vec![GrantType::AuthorizationCode]),
        auth_method: Some(Some(AuthMethod::PrivateKeyJwt)),
        metadata: Some(ClientMetadata {
            jwks_uri: Some(url.to_owned()),
            from_document: true,
            ..ClientMetadata::default()
        }),
        ..ClientChange::default()
    };
    let id = format!("https://app.example/{number}.json");
    assert!(
        server.operator(clients::create(&server.node, Actor::Operator, Some(&id), change)).unwrap().is_ok()
    );
    proves_itself(server, &id, url);
}

fn registration(server: &TestServer, change: &Value) -> Reply {
    server.clock.advance(60);
    server.actor().post("/oauth/register").json(&described(change)).send()
}

/// Registers, and says something else afterwards (RFC 7592 §2.2).
fn changed(server: &TestServer, change: &Value) -> (String, Reply) {
    let made = registration(server, &json!({})).expect(201);
    let id = made.member("client_id");
    let mut request = described(change);
    request["client_id"] = json!(id);
    let token = made.member("registration_access_token");
    let actor = server.actor();
    let reply =
        actor.ask("PUT", &made.member("registration_client_uri")).bearer(&token).json(&request).send();
    (id, reply)
}

fn with_keys(url: &str) -> Value {
    json!({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": url})
}

fn strangers_keys(server: &TestServer, url: &str, _: usize) {
    let made = registration(server, &with_keys(url)).expect(201);
    proves_itself(server, &made.member("client_id"), url);
}

fn changed_keys(server: &TestServer, url: &str, _: usize) {
    let (id, reply) = changed(server, &with_keys(url));
    let _ = reply.expect(200);
    proves_itself(server, &id, url);
}

fn client_id(server: &TestServer, url: &str, _: usize) {
    server.clock.advance(60);
    let reply = server.actor().get(&format!("/oauth/authorize?{}", asks(url, &[]))).send();
    assert_eq!(reply.status, 400, "{url}: {}", reply.text());
    assert_eq!(reply.header("location"), None);
}

fn pushed_client_id(server: &TestServer, url: &str, _: usize) {
    server.clock.advance(60);
    let form = [("client_id", url), ("response_type", "code"), ("redirect_uri", REDIRECT)];
    let reply = server.actor().post("/oauth/par").form(&form).send();
    assert!(matches!(reply.status, 400 | 401), "{url}: {}", reply.text());
}

fn sector_identifier_uri(server: &TestServer, url: &str, number: usize) {
    let change = ClientChange {
        name: Some("Paired".to_owned()),
        redirect_uris: Some(vec![REDIRECT.to_owned()]),
        metadata: Some(ClientMetadata {
            sector_identifier_uri: Some(url.to_owned()),
            ..ClientMetadata::default()
        }),
        ..ClientChange::default()
    };
    let id = format!("paired{number}");
    let made = server.operator(clients::create(&server.node, Actor::Operator, Some(&id), change)).unwrap();
    assert!(made.is_err(), "{url}");
}

fn strangers_sector(server: &TestServer, url: &str, _: usize) {
    let refused = registration(server, &json!({"sector_identifier_uri": url})).expect(400);
    assert_eq!(refused.error(), "invalid_client_metadata");
}

fn changed_sector(server: &TestServer, url: &str, _: usize) {
    let (_, reply) = changed(server, &json!({"sector_identifier_uri": url}));
    assert_eq!(reply.expect(400).error(), "invalid_client_metadata");
}

/// What must not be reached; each of the first leads to this machine.
pub const HOSTS: [&str; 24] = [
    "127.0.0.1",
    "127.0.0.2",
    "localhost",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "10.0.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
];

#[test]
fn security_38_no_url_field_reaches_a_forbidden_target() {
    let server =
        TestServer::https_with(&[("CLIENT_ID_METADATA_DOCUMENTS", "on"), ("DYNAMIC_REGISTRATION", "open")]);
    let neighbour = Neighbour::start();
    let mut number = 0;
    for (name, by, field) in FIELDS {
        for host in HOSTS {
            number += 1;
            field(&server, &format!("https://{host}:{}/there.json", neighbour.port), number);
            assert_eq!(neighbour.connections(), 0, "{name} of {by}: {host}");
        }
    }
    // Plain http is not fetched even where it may be registered, to try things out.
    for (_, _, field) in FIELDS {
        number += 1;
        field(&server, &neighbour.url("/there.json"), number);
    }
    assert_eq!(neighbour.connections(), 0);
    let log = server.log();
    for host in HOSTS {
        let url = format!("https://{host}:{}/there.json", neighbour.port);
        let fields = FIELDS.map(|(name, ..)| name);
        for name in ["jwks_uri", "sector_identifier_uri", "client_id"] {
            let said = log.lines().filter(|line| line.contains(&url) && line.contains(refused_as(name)));
            // A name that is not in the usual form is not even looked up.
            let is_usual = name != "client_id" || url::Url::parse(&url).unwrap().as_str() == url;
            let reason = if is_usual { "not on the public network" } else { "not written in the usual form" };
            let refused = said.filter(|line| line.contains(reason)).count();
            assert_eq!(refused, fields.iter().filter(|field| **field == name).count(), "{name}: {host}");
        }
    }
}

/// What the log says of a member that could not be fetched.
fn refused_as(name: &str) -> &'static str {
    match name {
        "jwks_uri" => "a client's keys could not be fetched",
        "sector_identifier_uri" => "a client's sector_identifier_uri could not be fetched",
        _ => "a client's metadata document is not used",
    }
}

#[test]
fn security_38_every_member_that_is_a_url_is_tried_or_never_fetched() {
    for name in client_members::members("https://app.example/sector").keys() {
        let is_tried = FIELDS.iter().any(|(field, ..)| field == name) || name == TOLD;
        let is_url = name.ends_with("_uri") || name.ends_with("_uris");
        assert_eq!(is_tried || NEVER.contains(&name.as_str()), is_url, "{name}");
    }
}

/// Whoever writes a document cannot have us ask somebody else, again and again.
#[test]
fn security_38_a_document_names_no_keys_elsewhere() {
    let server = TestServer::with(&[("CLIENT_ID_METADATA_DOCUMENTS", "on")]);
    let (neighbour, other) = (Neighbour::start(), Neighbour::start());
    let id = neighbour.url("/client.json");
    for (tried, host) in HOSTS.iter().enumerate() {
        let keys = format!("https://{host}:{}/keys.json", other.port);
        let document = json!({
            "client_id": id, "client_name": "An App", "redirect_uris": [REDIRECT], "jwks_uri": keys,
            "token_endpoint_auth_method": "private_key_jwt",
        });
        neighbour.shows("/client.json", "", &document);
        client_id(&server, &id, 0);
        pushed_client_id(&server, &id, 0);
        // Asked for by each, since it was no good.
        assert_eq!(neighbour.connections(), 2 * (tried + 1), "{host}");
        assert_eq!(other.connections(), 0, "{host}");
    }
}

/// What the client is told at its redirect URI.
fn told(person: &Person<'_>, query: &str) -> String {
    person.answers(query, true).error()
}

/// Here this machine may be asked, so whatever asks is seen.
#[test]
fn security_38_what_is_only_shown_or_gone_to_is_never_fetched() {
    let server =
        TestServer::with(&[("CLIENT_ID_METADATA_DOCUMENTS", "on"), ("DYNAMIC_REGISTRATION", "open")]);
    let (neighbour, documents) = (Neighbour::start(), Neighbour::start());
    let url = |name: &str| neighbour.url(&format!("/{name}"));
    let mut said = json!({});
    for name in NEVER {
        said[name] = if name.ends_with('s') { json!([url(name)]) } else { json!(url(name)) };
    }
    let registered = registration(&server, &said).expect(201).member("client_id");
    let described = documents.url("/client.json");
    let mut document =
        json!({"client_id": described, "client_name": "An App", "token_endpoint_auth_method": "none"});
    document.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
    documents.shows("/client.json", "Cache-Control: max-age=600\r\n", &document);
    let root = server.actor().named("root");
    let _ = root.signs_in();
    for id in [registered.as_str(), described.as_str()] {
        let person = server.actor();
        let redirect = url("redirect_uris");
        let query = |more: &[(&str, &str)]| {
            let mut all = vec![("redirect_uri", redirect.as_str()), ("scope", "read")];
            all.extend_from_slice(more);
            asks(id, &all)
        };
        assert!(person.authorizes(&query(&[])).url.starts_with(&redirect), "{id}");
        assert_eq!(
            told(&person, &query(&[("request_uri", &url("request_uri"))])),
            "request_uri_not_supported"
        );
        assert_eq!(told(&person, &query(&[("prompt", "none"), ("scope", "openid")])), "consent_required");
    }
    let person = server.actor();
    let _ = person.signs_in();
    let out = url("post_logout_redirect_uris");
    let query = encode(&[("client_id", registered.as_str()), ("post_logout_redirect_uri", &out)]);
    let asked = person.get(&format!("/oauth/logout?{query}")).send().expect(200);
    let gone = Page::of(&person.submits(&Page::of(&asked).form("/logout")).expect(200)).moves_on_to();
    assert_eq!(gone, Some(out));
    for link in Page::of(&root.get("/admin/clients").send().expect(200)).links() {
        if link.starts_with("/admin/clients/") {
            let _ = root.get(&link).send().expect(200);
        }
    }
    assert_eq!((neighbour.connections(), documents.connections()), (0, 1));
}

#[test]
fn security_38_while_it_is_tried_out_this_machine_may_be_asked_and_no_other() {
    let server = TestServer::with(&[("CLIENT_ID_METADATA_DOCUMENTS", "on")]);
    let neighbour = Neighbour::start();
    client_id(&server, &neighbour.url("/client.json"), 0);
    assert_eq!(neighbour.connections(), 1);
    for (number, host) in
        ["10.0.0.1", "169.254.169.254", "192.168.0.1", "[fc00::1]", "[::ffff:127.0.0.1]"].iter().enumerate()
    {
        for scheme in ["http", "https"] {
            client_id(&server, &format!("{scheme}://{host}:{}/c.json", neighbour.port), number);
        }
    }
    assert_eq!(neighbour.connections(), 1);
}
