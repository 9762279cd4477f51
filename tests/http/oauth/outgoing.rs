//! No URL that somebody wrote makes this server reach what only it can reach: every URL field against every forbidden target
//! (security §3, 38). A field that is fetched gets a row in [`FIELDS`]; logout
//! addresses are tried in `backchannel_logout.rs`.

use portcullis::flows::actor::Actor;
use portcullis::flows::clients::{self, ClientChange};
use portcullis::oauth::client_metadata::ClientMetadata;
use serde_json::json;

use crate::support::actor::asks;
use crate::support::client_key::{ClientKey, TYPE, registers};
use crate::support::neighbour::Neighbour;
use crate::support::seed::REDIRECT;
use crate::support::server::TestServer;

/// Makes the server fetch a URL; the number makes each client another.
type Field = fn(&TestServer, &str, usize);

const FIELDS: [(&str, Field); 4] = [
    ("jwks_uri", jwks_uri),
    ("client_id", client_id),
    ("sector_identifier_uri", sector_identifier_uri),
    ("sector_identifier_uri of a stranger", strangers_sector),
];

fn jwks_uri(server: &TestServer, url: &str, number: usize) {
    let id = format!("keyed{number}");
    registers(server, &id, ClientMetadata { jwks_uri: Some(url.to_owned()), ..ClientMetadata::default() });
    let assertion = ClientKey::new("k1").asserts(server, &id);
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion.as_str()),
    ];
    let reply = server.actor().post("/oauth/token").form(&fields).send();
    assert_eq!(reply.status, 401, "{url}: {}", reply.text());
}

fn client_id(server: &TestServer, url: &str, _: usize) {
    server.clock.advance(60);
    let reply = server.actor().get(&format!("/oauth/authorize?{}", asks(url, &[]))).send();
    assert_eq!(reply.status, 400, "{url}: {}", reply.text());
    assert_eq!(reply.header("location"), None);
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
    server.clock.advance(60);
    let request = json!({"redirect_uris": [REDIRECT], "sector_identifier_uri": url});
    let reply = server.actor().post("/oauth/register").json(&request).send();
    assert_eq!(reply.status, 400, "{url}: {}", reply.text());
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
    for (name, field) in FIELDS {
        for host in HOSTS {
            number += 1;
            field(&server, &format!("https://{host}:{}/there.json", neighbour.port), number);
            assert_eq!(neighbour.connections(), 0, "{name}: {host}");
        }
    }
    // Plain http is not fetched even where it may be registered, to try things out.
    jwks_uri(&server, &neighbour.url("/jwks"), 0);
    client_id(&server, &neighbour.url("/client.json"), 0);
    assert_eq!(neighbour.connections(), 0);
    let log = server.log();
    assert!(log.contains("not on the public network"), "{log}");
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
