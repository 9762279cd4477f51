//! Clients that register themselves (RFC 7591): who may, as what, and what people are told of them.

use portcullis::flows::actor::Actor as By;
use portcullis::flows::clients::{self, ClientChange};
use portcullis::flows::scopes::{self, ScopeChange};
use portcullis::flows::{housekeeping, registration_token};
use portcullis::oauth::scope::Scope;
use serde_json::{Value, json};

use crate::support::actor::{Actor, VERIFIER, asks, tokens};
use crate::support::exchange::Reply;
use crate::support::page::Page;
use crate::support::server::TestServer;

const PATH: &str = "/oauth/register";
const CALLBACK: &str = "https://app.example/callback";
const DAY: i64 = 86_400;

pub fn open() -> TestServer {
    TestServer::with(&[("DYNAMIC_REGISTRATION", "open")])
}

/// A public client as MCP clients register it, with `change`.
pub fn described(change: &Value) -> Value {
    let mut request = json!({
        "client_name": "Example Agent",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    });
    for (name, value) in change.as_object().unwrap() {
        request[name] = value.clone();
    }
    request
}

pub fn registers(server: &TestServer, change: &Value) -> Reply {
    server.actor().post(PATH).json(&described(change)).send()
}

fn query(id: &str) -> String {
    asks(id, &[("redirect_uri", CALLBACK), ("scope", "read")])
}

pub fn redeems(server: &TestServer, id: &str, code: &str, secret: Option<&str>) -> Reply {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let actor = server.actor();
    let request = actor.post("/oauth/token");
    match secret {
        Some(secret) => request.basic(id, secret).form(&fields).send(),
        None => {
            fields.push(("client_id", id));
            request.form(&fields).send()
        }
    }
}

fn initial(server: &TestServer, uses: i32, seconds: i64) -> (String, uuid::Uuid) {
    let made = server.operator(registration_token::create(&server.node, By::Operator, uses, seconds));
    let made = made.unwrap().unwrap();
    server.secrets.add(made.secret.expose());
    (made.secret.expose().to_owned(), made.token.id)
}

/// Signs alice in; somebody whom the server asks for consent.
fn person(server: &TestServer) -> Actor<'_> {
    let person = server.actor();
    let _ = person.signs_in();
    person
}

#[test]
fn rfc7591_3_2_1_a_client_registers_itself_and_gets_tokens() {
    let server = open();
    let made = registers(&server, &json!({"logo_uri": "https://app.example/logo.png"})).expect(201);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    assert_eq!(made.header("content-type"), Some("application/json"));
    let told = made.json();
    for (name, value) in described(&json!({"logo_uri": "https://app.example/logo.png"})).as_object().unwrap()
    {
        assert_eq!(&told[name], value, "{name}");
    }
    assert_eq!(told["client_id_issued_at"], server.clock.now().seconds());
    assert!(told.get("client_secret").is_none() && told.get("client_secret_expires_at").is_none());
    let id = made.member("client_id");
    let code = person(&server).authorizes(&query(&id)).code();
    let got = redeems(&server, &id, &code, None).expect(200).json();
    assert!(server.actor().is_believed(&tokens(&got).access));
    // Its only method, with a secret that nothing else knows.
    let made = registers(&server, &json!({"token_endpoint_auth_method": null})).expect(201);
    assert_eq!(made.json()["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(made.json()["client_secret_expires_at"], 0);
    let (id, secret) = (made.member("client_id"), made.member("client_secret"));
    let code = person(&server).authorizes(&query(&id)).code();
    assert_eq!(redeems(&server, &id, &code, None).expect(401).error(), "invalid_client");
    let _ = redeems(&server, &id, &code, Some(&secret)).expect(200);
}

#[test]
fn rfc7591_3_where_registration_is_closed_nobody_registers_and_nothing_is_announced() {
    for (setting, announced) in [("closed", false), ("token", true), ("open", true)] {
        let server = TestServer::with(&[("DYNAMIC_REGISTRATION", setting)]);
        for document in ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"] {
            let metadata = server.actor().get(document).send().expect(200).json();
            let endpoint = format!("{}{PATH}", server.issuer);
            let expected = announced.then_some(Value::String(endpoint));
            assert_eq!(metadata.get("registration_endpoint").cloned(), expected, "{setting}");
        }
        let (token, _) = initial(&server, 1, DAY);
        let request = described(&json!({}));
        let with_token = server.actor().post(PATH).bearer(&token).json(&request).send();
        let without = registers(&server, &json!({}));
        let expected = match setting {
            "closed" => (403, 403),
            "token" => (201, 401),
            _ => (201, 201),
        };
        assert_eq!((with_token.status, without.status), expected, "{setting}: {}", without.text());
    }
    let by_default = TestServer::start();
    assert_eq!(registers(&by_default, &json!({})).expect(403).error(), "access_denied");
}

#[test]
fn rfc7591_1_2_an_initial_access_token_is_good_for_its_uses_and_time() {
    let server = TestServer::with(&[("DYNAMIC_REGISTRATION", "token")]);
    let ask = |token: &str| server.actor().post(PATH).bearer(token).json(&described(&json!({}))).send();
    let (token, _) = initial(&server, 2, DAY);
    // What is refused uses nothing up.
    let wrong = server.actor().post(PATH).bearer(&token).json(&json!({})).send().expect(400);
    assert_eq!(wrong.error(), "invalid_redirect_uri");
    let _ = ask(&token).expect(201);
    let _ = ask(&token).expect(201);
    let spent = ask(&token).expect(401);
    assert_eq!(spent.error(), "invalid_token");
    assert!(spent.the_header("www-authenticate").starts_with("Bearer "));
    assert!(spent.the_header("www-authenticate").contains("error=\"invalid_token\""));
    let (short, _) = initial(&server, 2, 60);
    server.clock.advance(60);
    assert_eq!(ask(&short).status, 401, "it has ended");
    let (revoked, id) = initial(&server, 2, DAY);
    let done = server.operator(registration_token::revoke(&server.node, By::Operator, id));
    assert!(done.unwrap().is_ok());
    assert_eq!(ask(&revoked).status, 401);
    // RFC 6750 §3.1: nothing was presented, so nothing was wrong with it.
    let nothing = registers(&server, &json!({})).expect(401);
    assert!(!nothing.the_header("www-authenticate").contains("error="));
    // Other tokens are none, and neither is another scheme or the query.
    let login = server.actor().logs_in();
    for other in [login.access.as_str(), login.refresh.as_str(), "pia_0", ""] {
        assert_eq!(ask(other).status, 401);
    }
    let (good, _) = initial(&server, 1, DAY);
    let basic = server.actor().post(PATH).basic("app", &good).json(&described(&json!({}))).send();
    assert_eq!(basic.status, 401);
    let in_body = described(&json!({"access_token": good}));
    assert_eq!(server.actor().post(PATH).json(&in_body).send().status, 401);
}

#[test]
fn rfc7591_3_a_token_that_is_not_needed_must_be_good_all_the_same() {
    let server = open();
    let with = |token: &str| server.actor().post(PATH).bearer(token).json(&described(&json!({}))).send();
    assert_eq!(with("pia_0").status, 401);
    assert_eq!(with(&initial(&server, 1, DAY).0).status, 201);
}

#[test]
fn rfc7591_3_2_2_refusals_have_the_codes_of_the_rfc() {
    let server = open();
    for (change, code) in [
        (json!({"redirect_uris": ["http://app.example/"]}), "invalid_redirect_uri"),
        (json!({"redirect_uris": []}), "invalid_redirect_uri"),
        (json!({"redirect_uris": "https://app.example/"}), "invalid_client_metadata"),
        (json!({"grant_types": ["client_credentials"]}), "invalid_client_metadata"),
        (json!({"scope": "admin"}), "invalid_client_metadata"),
        (json!({"client_name": "Port\u{200b}cullis"}), "invalid_client_metadata"),
        (json!({"client_name": "x".repeat(17_000)}), "invalid_client_metadata"),
        (json!({"jwks": {"keys": []}, "jwks_uri": "https://app.example/jwks"}), "invalid_client_metadata"),
    ] {
        let refused = registers(&server, &change).expect(400);
        assert_eq!(refused.error(), code, "{change:.100}");
        assert_eq!(refused.header("cache-control"), Some("no-store"));
    }
    let actor = server.actor();
    for body in [&b"{"[..], b"[]", b"", b"\"a\"", br#"{"client_name":"a","client_name":"b"}"#, b"\xff"] {
        let refused = actor.post(PATH).body("application/json", body).send().expect(400);
        assert_eq!(refused.error(), "invalid_client_metadata");
    }
    assert_eq!(actor.post(PATH).form(&[("client_name", "a")]).send().status, 415);
}

#[test]
fn rfc7591_5_nothing_that_is_an_operators_to_grant_is_had() {
    let server = open();
    let made = registers(
        &server,
        &json!({
            "grant_types": ["authorization_code", "client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"],
            "token_endpoint_auth_method": "client_secret_post", "scope": "read admin",
            "require_pkce": false, "resource_server": true, "resources": ["https://api.example/other"],
            "client_id": "robot", "client_secret": "chosen-by-the-client-0123456789abcdef",
        }),
    )
    .expect(201);
    let (id, secret) = (made.member("client_id"), made.member("client_secret"));
    assert!(id != "robot" && secret.starts_with("pcs_"));
    assert_eq!(made.member("scope"), "read");
    assert_eq!(made.json()["grant_types"], json!(["authorization_code"]));
    let own = [("client_id", id.as_str()), ("client_secret", secret.as_str())];
    let asks_token = |grant: &str| {
        let fields = [own[0], own[1], ("grant_type", grant), ("scope", "read")];
        server.actor().post("/oauth/token").form(&fields).send().error()
    };
    assert_eq!(asks_token("client_credentials"), "unauthorized_client");
    // PKCE, always; and what stands for an administrator is not even asked for.
    let person = person(&server);
    let bare = [("redirect_uri", CALLBACK), ("code_challenge", ""), ("code_challenge_method", "")];
    let without = person.get(&format!("/oauth/authorize?{}", asks(&id, &bare))).send();
    assert!(
        without.header("location").is_some_and(|to| to.contains("invalid_request")),
        "{}",
        without.text()
    );
    let admin = asks(&id, &[("redirect_uri", CALLBACK), ("scope", "admin")]);
    let admin = server.actor().named("root").get(&format!("/oauth/authorize?{admin}")).send();
    assert!(admin.header("location").is_some_and(|to| to.contains("invalid_scope")), "{}", admin.text());
    // It introspects nobody's tokens but its own.
    let token = server.app("robot").acts_for_itself(&[]).expect(200).member("access_token");
    let fields = [own[0], own[1], ("token", token.as_str())];
    let other = server.actor().post("/oauth/introspect").form(&fields).send().expect(200);
    assert_eq!(other.json(), json!({"active": false}));
}

#[test]
fn rfc6749_3_3_who_registered_itself_may_ask_for_all_that_discovery_lists() {
    let server = open();
    let metadata = server.actor().get("/.well-known/oauth-authorization-server").send().expect(200).json();
    let listed: Vec<&str> =
        metadata["scopes_supported"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let all = listed.join(" ");
    assert!(listed.contains(&"admin"), "{all}");
    let made = registers(&server, &json!({"scope": all})).expect(201);
    let (id, root) = (made.member("client_id"), server.actor().named("root"));
    let _ = root.signs_in();
    let query = asks(&id, &[("redirect_uri", CALLBACK), ("scope", &all)]);
    let got = redeems(&server, &id, &root.authorizes(&query).code(), None).expect(200);
    assert_eq!(got.member("scope"), made.member("scope"));
    assert!(!got.member("scope").contains("admin"));
}

#[test]
fn rfc7591_5_of_the_operators_scopes_only_those_for_anybody_are_had() {
    let server = open();
    let asked = json!({"scope": "read files:list files:write"});
    let had = |made: &Reply| made.json()["scope"].clone();
    for (name, for_anybody) in [("files:list", true), ("files:write", false)] {
        let description = Some(format!("use {name}"));
        let said = ScopeChange { description, for_anybody: Some(for_anybody), ..ScopeChange::default() };
        server.operator(scopes::add(&server.node, By::Operator, name, said)).unwrap().unwrap();
    }
    let made = registers(&server, &asked).expect(201);
    assert_eq!(had(&made), "read files:list");
    let only = registers(&server, &json!({"scope": "files:list"})).expect(201);
    assert_eq!(had(&only), "files:list");
    assert_eq!(registers(&server, &json!({"scope": "files:write"})).error(), "invalid_client_metadata");
    assert!(had(&registers(&server, &json!({})).expect(201)).as_str().unwrap().ends_with("files:list"));
    let (id, person) = (made.member("client_id"), person(&server));
    let query = asks(&id, &[("redirect_uri", CALLBACK), ("scope", "read files:list")]);
    let page = Page::of(&person.get(&format!("/oauth/authorize?{query}")).send().expect(200));
    assert!(page.words().contains("use files:list"), "{}", page.words());
    let got = redeems(&server, &id, &person.authorizes(&query).code(), None).expect(200);
    assert_eq!(got.member("scope"), "read files:list");
    // It is taken from them when it is not for anybody any more, and from nobody else.
    let said = ScopeChange { for_anybody: Some(false), ..ScopeChange::default() };
    let registered =
        ClientChange { scope: Some(Scope::from(["read", "files:list"])), ..ClientChange::default() };
    server.operator(clients::update(&server.node, By::Operator, "web", registered)).unwrap().unwrap();
    server.operator(scopes::update(&server.node, By::Operator, "files:list", said)).unwrap().unwrap();
    let scope =
        |id: &str| server.operator(clients::find(&server.node, id)).unwrap().unwrap().scope.to_string();
    assert_eq!((scope(&id), scope("web")), ("read".to_owned(), "read files:list".to_owned()));
    let refresh = tokens(&got.json()).refresh;
    let fields = [("grant_type", "refresh_token"), ("refresh_token", &refresh), ("client_id", &id)];
    let again = server.actor().post("/oauth/token").form(&fields).send().expect(200);
    assert_eq!(again.member("scope"), "read");
}

#[test]
fn security_37_people_are_told_that_nobody_checked_it_and_are_asked_each_time() {
    let server = open();
    let person = person(&server);
    for method in ["none", "client_secret_basic"] {
        let made = registers(&server, &json!({"token_endpoint_auth_method": method})).expect(201);
        let id = made.member("client_id");
        let page = || person.get(&format!("/oauth/authorize?{}", query(&id))).send().expect(200);
        let words = Page::of(&page()).words();
        for word in ["Example Agent", "app.example", "nobody here has checked it", id.as_str()] {
            assert!(words.contains(word), "{word} is missing in: {words}");
        }
        assert!(!words.contains("registered by the administrator"), "{words}");
        let _ = person.answers(&query(&id), true).code();
        let again = Page::of(&page()).words();
        assert!(again.contains("nobody here has checked it"), "consent is not remembered: {again}");
        let silent = person.get(&format!("/oauth/authorize?{}&prompt=none", query(&id))).send().expect(303);
        assert!(silent.the_header("location").contains("consent_required"));
    }
}

#[test]
fn security_37_the_device_page_says_so_too() {
    let server = open();
    let device =
        json!({"grant_types": ["urn:ietf:params:oauth:grant-type:device_code"], "redirect_uris": []});
    let id = registers(&server, &device).expect(201).member("client_id");
    let asked = |client: &str| {
        let begun = server.actor().post("/oauth/device_authorization").form(&[("client_id", client)]).send();
        let code = begun.expect(200).member("user_code");
        let person = person(&server);
        let form = Page::of(&person.get("/device").send()).form("/device").with("user_code", &code);
        Page::of(&person.submits(&form).expect(200)).words()
    };
    assert!(asked(&id).contains("Nobody here has checked Example Agent"));
    assert!(!asked("tv").contains("Nobody here has checked"));
}

#[test]
fn security_37_registrations_are_limited_by_address() {
    let server = TestServer::with(&[("DYNAMIC_REGISTRATION", "open"), ("TRUSTED_PROXIES", "127.0.0.1/32")]);
    let from = |address: &str| {
        let actor = server.actor();
        actor.post(PATH).header("x-forwarded-for", address).json(&described(&json!({}))).send()
    };
    let made = (0..200).take_while(|_| from("198.51.100.7").status == 201).count();
    assert!((60..70).contains(&made), "{made}");
    let refused = from("198.51.100.7").expect(429);
    assert!(refused.the_header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0));
    assert_eq!(from("198.51.100.8").status, 201, "another address has its own");
    let actor = server.actor();
    let token = initial(&server, 1, DAY).0;
    let known = actor.post(PATH).header("x-forwarded-for", "198.51.100.7").bearer(&token);
    assert_eq!(known.json(&described(&json!({}))).send().status, 201, "who was given a token is not counted");
    server.clock.advance(3600);
    assert_eq!(from("198.51.100.7").status, 201);
}

#[test]
fn contract_14_a_client_that_nobody_uses_goes_after_30_days() {
    let server = open();
    let purge = || server.operator(housekeeping::purge(&server.node)).unwrap();
    let exists = |made: &Reply| {
        let own = made.member("registration_client_uri");
        let token = made.member("registration_access_token");
        server.actor().get(&own).bearer(&token).send().status == 200
    };
    let (used, unused) =
        (registers(&server, &json!({})).expect(201), registers(&server, &json!({})).expect(201));
    let id = used.member("client_id");
    let code = person(&server).authorizes(&query(&id)).code();
    let _ = redeems(&server, &id, &code, None).expect(200);
    server.clock.advance(30 * DAY);
    purge();
    assert!(exists(&used) && exists(&unused));
    server.clock.advance(1);
    purge();
    assert!(exists(&used) && !exists(&unused));
    // And thirty days after the last grant of the other was seen.
    server.clock.advance(31 * DAY);
    purge();
    assert!(!exists(&used));
}

#[test]
fn contract_9_the_audit_trail_says_who_came_and_by_which_token() {
    let server = open();
    let (token, token_id) = initial(&server, 1, DAY);
    let request = described(&json!({}));
    let made = server.actor().post(PATH).bearer(&token).json(&request).send().expect(201);
    let root = server.actor().named("root");
    let access = root.logs_in().access;
    let events = |filter: &str| {
        let path = format!("/api/v1/audit-events?{filter}");
        server.actor().get(&path).bearer(&access).send().expect(200).json().to_string()
    };
    let text = events("kind=client_created");
    for word in [made.member("client_id"), token_id.to_string(), "stranger".to_owned()] {
        assert!(text.contains(&word), "{word}: {text}");
    }
    assert!(events("kind=registration_token_created").contains(&token_id.to_string()));
    assert!(!text.contains(&token));
}
