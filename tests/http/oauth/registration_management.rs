//! What a client may do about its own registration (RFC 7592): read, replace, remove it, and nobody else's.

use portcullis::flows::actor::Actor as By;
use portcullis::flows::clients::{self, ClientChange};
use serde_json::{Value, json};

use super::register::{described, open, redeems, registers};
use crate::support::actor::{asks, tokens};
use crate::support::exchange::Reply;
use crate::support::server::TestServer;

const CALLBACK: &str = "https://app.example/callback";
const MOVED: &str = "https://app.example/moved";

/// A client that registered itself.
struct Own<'s> {
    server: &'s TestServer,
    id: String,
    uri: String,
    token: String,
    secret: Option<String>,
}

impl<'s> Own<'s> {
    fn new(server: &'s TestServer, change: &Value) -> Self {
        let made = registers(server, change).expect(201);
        let secret = made.json()["client_secret"].as_str().map(str::to_owned);
        let (id, uri) = (made.member("client_id"), made.member("registration_client_uri"));
        Self { server, id, uri, token: made.member("registration_access_token"), secret }
    }

    fn ask(&self, method: &str, token: &str) -> Reply {
        self.server.actor().ask(method, &self.uri).bearer(token).send()
    }

    fn reads(&self) -> Reply {
        self.ask("GET", &self.token)
    }

    fn puts(&self, change: &Value) -> Reply {
        let mut request = described(&json!({"client_id": self.id}));
        for (name, value) in change.as_object().unwrap() {
            request[name] = value.clone();
        }
        self.server.actor().ask("PUT", &self.uri).bearer(&self.token).json(&request).send()
    }

    /// An access token of alice's, and its refresh token.
    fn gets_tokens(&self) -> (String, String) {
        let query = asks(&self.id, &[("redirect_uri", CALLBACK), ("scope", "read")]);
        let code = self.server.actor().authorizes(&query).code();
        let got = tokens(&redeems(self.server, &self.id, &code, self.secret.as_deref()).expect(200).json());
        (got.access, got.refresh)
    }

    fn is_switched(&self, disabled: bool) {
        let change = ClientChange { disabled: Some(disabled), ..ClientChange::default() };
        let done = self.server.operator(clients::update(&self.server.node, By::Operator, &self.id, change));
        assert!(done.unwrap().is_ok());
    }
}

#[test]
fn rfc7592_3_a_registration_names_where_and_by_what_it_is_managed() {
    let server = open();
    let own = Own::new(&server, &json!({}));
    assert_eq!(own.uri, format!("{}/oauth/register/{}", server.issuer, own.id));
    assert!(own.token.starts_with("pra_") && own.token.len() == 42);
}

#[test]
fn rfc7592_2_1_a_client_reads_what_it_registered() {
    let server = open();
    let own = Own::new(&server, &json!({"token_endpoint_auth_method": "client_secret_basic"}));
    let read = own.reads().expect(200);
    assert_eq!(read.header("cache-control"), Some("no-store"));
    let told = read.json();
    assert_eq!(
        (told["client_id"].as_str(), &told["client_name"]),
        (Some(own.id.as_str()), &json!("Example Agent"))
    );
    assert_eq!(told["registration_access_token"], json!(own.token), "it does not rotate");
    assert_eq!(told["registration_client_uri"], json!(own.uri));
    let metadata = server.actor().get("/.well-known/oauth-authorization-server").send().expect(200).json();
    let endpoint = metadata["registration_endpoint"].as_str().unwrap();
    assert_eq!(endpoint, format!("{}/oauth/register", server.issuer));
    assert_eq!(own.uri, format!("{endpoint}/{}", own.id));
    assert!(told.get("client_secret").is_none(), "it is shown once");
    assert_eq!(told["client_secret_expires_at"], 0);
}

#[test]
fn rfc7592_2_only_the_clients_own_token_opens_its_registration() {
    let server = open();
    let (own, other) = (Own::new(&server, &json!({})), Own::new(&server, &json!({})));
    let secret =
        Own::new(&server, &json!({"token_endpoint_auth_method": "client_secret_basic"})).secret.unwrap();
    let login = server.actor().named("root").logs_in();
    let change = json!({"client_id": own.id});
    for method in ["GET", "PUT", "DELETE"] {
        for token in [other.token.as_str(), "pra_0", &secret, &login.access, &login.refresh] {
            let refused = own.ask(method, token).expect(401);
            assert_eq!(refused.error(), "invalid_token", "{method}");
            assert!(refused.the_header("www-authenticate").starts_with("Bearer "));
        }
        let actor = server.actor();
        let nothing = actor.ask(method, &own.uri).json(&change).send().expect(401);
        assert!(!nothing.the_header("www-authenticate").contains("error="));
        let basic = actor.ask(method, &own.uri).basic(&own.id, &own.token).send();
        assert_eq!(basic.status, 401, "only as a Bearer token");
        // One that an administrator registered has no such token; one that is not there cannot be told from it.
        for id in ["spa", "nobody"] {
            let reply = actor.ask(method, &format!("/oauth/register/{id}")).bearer(&own.token).send();
            assert_eq!((reply.status, reply.error()), (401, "invalid_token".to_owned()), "{method} {id}");
        }
    }
    assert_eq!(own.reads().status, 200);
    // It is no credential for anything else.
    assert_eq!(server.actor().verifies(&own.token).status, 401);
    assert_eq!(registers_with(&server, &own.token).status, 401);
}

fn registers_with(server: &TestServer, token: &str) -> Reply {
    server.actor().post("/oauth/register").bearer(token).json(&described(&json!({}))).send()
}

#[test]
fn rfc7592_2_2_a_change_replaces_everything_and_adds_to_nothing() {
    let server = open();
    let own =
        Own::new(&server, &json!({"logo_uri": "https://app.example/l.png", "contacts": ["a@app.example"]}));
    let told = own.puts(&json!({"redirect_uris": [MOVED], "client_name": "Renamed"})).expect(200).json();
    assert_eq!((&told["redirect_uris"], &told["client_name"]), (&json!([MOVED]), &json!("Renamed")));
    assert!(told.get("logo_uri").is_none() && told.get("contacts").is_none(), "{told}");
    assert_eq!(told["registration_access_token"], json!(own.token));
    assert_eq!(own.reads().expect(200).json(), told);
    let at = |uri: &str| {
        let query = asks(&own.id, &[("redirect_uri", uri)]);
        server.actor().get(&format!("/oauth/authorize?{query}")).send().status
    };
    assert_eq!((at(CALLBACK), at(MOVED)), (400, 303));
    // Nothing is granted by the way round.
    let more = json!({"grant_types": ["authorization_code", "client_credentials"], "scope": "read admin", "fapi": true});
    let told = own.puts(&more).expect(200).json();
    assert_eq!((&told["grant_types"], &told["scope"]), (&json!(["authorization_code"]), &json!("read")));
}

#[test]
fn rfc7592_2_2_what_a_change_must_say_and_must_not() {
    let server = open();
    let own = Own::new(&server, &json!({"token_endpoint_auth_method": "client_secret_basic"}));
    let other = Own::new(&server, &json!({"token_endpoint_auth_method": "client_secret_basic"}));
    let before = own.reads().json();
    for change in [
        json!({"client_id": null}),
        json!({"client_id": other.id}),
        json!({"registration_access_token": own.token}),
        json!({"registration_client_uri": own.uri}),
        json!({"client_secret_expires_at": 0}),
        json!({"client_id_issued_at": 1}),
        json!({"client_secret": other.secret}),
        json!({"client_secret": "chosen-by-the-client-0123456789abcdef"}),
        json!({"client_secret": 1}),
        json!({"client_name": ""}),
    ] {
        assert_eq!(own.puts(&change).expect(400).error(), "invalid_client_metadata", "{change}");
    }
    assert_eq!(own.puts(&json!({"redirect_uris": ["/"]})).expect(400).error(), "invalid_redirect_uri");
    assert_eq!(own.reads().json(), before, "nothing changed");
    let same = json!({"client_secret": own.secret, "token_endpoint_auth_method": "client_secret_basic"});
    let told = own.puts(&same).expect(200).json();
    assert!(told.get("client_secret").is_none(), "the secret stays as it was");
    let _ = own.gets_tokens();
}

#[test]
fn rfc7592_2_2_another_way_to_authenticate_ends_what_was_issued() {
    let server = open();
    let mut own = Own::new(&server, &json!({}));
    let (access, _) = own.gets_tokens();
    let _ = own.puts(&json!({"client_name": "Renamed"})).expect(200);
    assert!(server.actor().is_believed(&access), "another name ends nothing");
    let told = own.puts(&json!({"token_endpoint_auth_method": "client_secret_basic"})).expect(200);
    own.secret = Some(told.member("client_secret"));
    assert!(!server.actor().is_believed(&access));
    let (access, _) = own.gets_tokens();
    let told = own.puts(&json!({"token_endpoint_auth_method": "none"})).expect(200).json();
    assert!(told.get("client_secret").is_none() && told.get("client_secret_expires_at").is_none());
    assert!(!server.actor().is_believed(&access));
}

#[test]
fn rfc7592_2_3_a_client_removes_itself_and_everything_issued_to_it() {
    let server = open();
    let own = Own::new(&server, &json!({}));
    let (access, refresh) = own.gets_tokens();
    let gone = own.ask("DELETE", &own.token).expect(204);
    assert_eq!((gone.body.len(), gone.header("cache-control")), (0, Some("no-store")));
    assert!(!server.actor().is_believed(&access));
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
        ("client_id", own.id.as_str()),
    ];
    assert_eq!(
        server.actor().post("/oauth/token").form(&fields).send().expect(401).error(),
        "invalid_client"
    );
    for method in ["GET", "PUT", "DELETE"] {
        assert_eq!(own.ask(method, &own.token).status, 401, "{method}");
    }
}

#[test]
fn rfc7592_2_a_client_that_was_switched_off_may_do_nothing_about_it() {
    let server = open();
    let own = Own::new(&server, &json!({}));
    own.is_switched(true);
    for reply in [own.reads(), own.puts(&json!({})), own.ask("DELETE", &own.token)] {
        assert_eq!((reply.status, reply.error()), (403, "access_denied".to_owned()), "{}", reply.asked);
    }
    own.is_switched(false);
    // What an administrator decided about it is not the client's to change, and neither is that nobody checked it.
    let change = ClientChange { rate_limit: Some(Some(7)), ..ClientChange::default() };
    let change = ClientChange { metadata: Some(Default::default()), ..change };
    let done = server.operator(clients::update(&server.node, By::Operator, &own.id, change));
    assert!(done.unwrap().unwrap().client.metadata.registered_itself);
    let _ = own.puts(&json!({})).expect(200);
    let stored = server.operator(clients::find(&server.node, &own.id)).unwrap().unwrap();
    assert_eq!((stored.rate_limit, stored.metadata.registered_itself), (Some(7), true));
}

#[test]
fn rfc7592_5_the_token_lasts_as_long_as_the_client_and_works_from_any_page() {
    // Its token does not end while the client is registered, and every page may ask (security §4.6).
    let server = open();
    let own = Own::new(&server, &json!({}));
    server.clock.advance(29 * 86_400);
    let actor = server.actor();
    let origin = [("origin", "https://any.example")];
    let shared = actor.get(&own.uri).bearer(&own.token).headers(&origin).send().expect(200);
    assert_eq!(shared.header("access-control-allow-origin"), Some("*"));
    assert_eq!(shared.header("access-control-allow-credentials"), None);
    let asks = [("origin", "https://any.example"), ("access-control-request-method", "PUT")];
    let preflight = actor.ask("OPTIONS", &own.uri).headers(&asks).send().expect(204);
    assert!(preflight.the_header("access-control-allow-methods").contains("PUT"));
}
