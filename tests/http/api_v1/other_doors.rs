//! Brings about every documented answer of the doors outside `/api/v1` (contract §3–6).

use portcullis::flows::actor::Actor;
use portcullis::flows::clients::{self, ClientChange};
use serde_json::json;

use super::Caller;
use super::document::Seen;
use crate::support::actor::asks;
use crate::support::exchange::Request;
use crate::support::server::TestServer;

const TEXT: &str = "text/plain";

/// Asks each of them.
pub fn drive(server: &TestServer, seen: &mut Seen<'_>) {
    passwords(server, seen, "/auth/v1/token");
    passwords(server, seen, "/auth/v1/token/");
    cookies(server, seen);
    json_logins(server, seen);
    me(server, seen);
    for path in ["/v1/auth/verify", "/v1/auth/verify/forward", "/v1/auth/verify/nginx"] {
        verify(server, seen, path, path);
    }
    verify(server, seen, "/v1/auth/verify/envoy", "/v1/auth/verify/envoy");
    verify(server, seen, "/v1/auth/verify/envoy/{path}", "/v1/auth/verify/envoy/files");
    oauth(server, seen);
    userinfo(server, seen);
    registration(seen);
    command_line_key(server, seen);
    cocalcs_call(server, seen);
    for path in [
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/.well-known/oauth-protected-resource",
        "/.well-known/jwks.json",
        "/health/live",
        "/health/ready",
    ] {
        seen.note(&format!("GET {path}"), 200, server.actor().get(path).send());
    }
}

fn command_line_key(server: &TestServer, seen: &mut Seen<'_>) {
    let (path, operation) = ("/api/get_token", "GET /api/get_token");
    let (browser, bob) = (server.actor(), server.actor().named("bob").logs_in());
    seen.note(operation, 401, browser.get(path).send());
    let _ = browser.signs_in();
    seen.note(operation, 200, browser.get(path).send());
    seen.note(operation, 400, browser.get(path).bearer(&bob.access).send());
    seen.note(operation, 403, browser.get(path).header("sec-fetch-site", "cross-site").send());
    let spent = spent_key(server);
    seen.note(operation, 429, browser.get(path).header("x-api-key", &spent).send());
}

fn cocalcs_call(server: &TestServer, seen: &mut Seen<'_>) {
    let (path, operation) = ("/api/v2/api-keys", "POST /api/v2/api-keys");
    let (key, actor) = (server.key("alice", |_| ()), server.actor());
    let call = |key: &str| actor.post(path).header("x-api-key", key);
    let reader = server.key("alice", |key| key.scope = portcullis::oauth::scope::Scope::from(["read"]));
    let create = json!({"action": "create", "name": "night run"});
    seen.note(operation, 200, call(&key).json(&create).send());
    seen.note(operation, 400, call(&key).json(&json!({"action": "none"})).send());
    seen.note(operation, 401, actor.post(path).json(&create).send());
    seen.note(operation, 403, call(&reader).json(&create).send());
    seen.note(operation, 404, call(&key).json(&json!({"action": "get", "id": "none"})).send());
    seen.note(operation, 415, call(&key).body(TEXT, b"x").send());
    seen.note(operation, 429, call(&spent_key(server)).json(&create).send());
}

fn userinfo(server: &TestServer, seen: &mut Seen<'_>) {
    let (actor, path) = (server.actor(), "/oauth/userinfo");
    let sign_in = |server: &TestServer, scope| {
        let code = server.actor().authorizes(&asks("web", &[("scope", scope)])).code();
        server.app("web").redeems(&code).access
    };
    let (good, narrow) = (sign_in(server, "openid"), sign_in(server, "read"));
    for method in ["GET", "POST"] {
        let operation = format!("{method} {path}");
        let ask = |token: &str| actor.ask(method, path).bearer(token).send();
        seen.note(&operation, 200, ask(&good));
        seen.note(&operation, 401, ask("a.b.c"));
        seen.note(&operation, 403, ask(&narrow));
        let limited = TestServer::with(&[("RATE_LIMIT_OAUTH", "1")]);
        let token = sign_in(&limited, "openid");
        let limited = || limited.actor().ask(method, path).bearer(&token).send();
        let _ = limited().expect(200);
        seen.note(&operation, 429, limited());
    }
    let twice = actor.post(path).bearer(&good).form(&[("access_token", &good)]).send();
    seen.note("POST /oauth/userinfo", 400, twice);
    seen.note("POST /oauth/userinfo", 415, actor.post(path).body(TEXT, b"x").send());
}

fn registration(seen: &mut Seen<'_>) {
    let server = TestServer::with(&[("DYNAMIC_REGISTRATION", "open")]);
    let (actor, path, operation) = (server.actor(), "/oauth/register", "POST /oauth/register");
    let good = json!({"redirect_uris": ["https://app.example/callback"], "client_name": "An App"});
    let made = seen.note(operation, 201, actor.post(path).json(&good).send());
    seen.note(operation, 400, actor.post(path).json(&json!({})).send());
    seen.note(operation, 401, actor.post(path).bearer("pia_x").json(&good).send());
    seen.note(operation, 415, actor.post(path).body(TEXT, b"x").send());
    let closed = TestServer::start();
    seen.note(operation, 403, closed.actor().post(path).json(&good).send());
    let register = || actor.post(path).json(&good).send();
    let refused = (0..200).map(|_| register()).find(|reply| reply.status != 201).expect("an end");
    seen.note(operation, 429, refused);
    server.clock.advance(3600);
    let own = made.member("registration_client_uri");
    let token = made.member("registration_access_token");
    let named = |method: &str| format!("{method} /oauth/register/{{client_id}}");
    let change = json!({"client_id": made.member("client_id"), "redirect_uris": good["redirect_uris"]});
    let ask = |method: &str, token: &str| {
        let request = actor.ask(method, &own).bearer(token);
        if method == "PUT" { request.json(&change).send() } else { request.send() }
    };
    seen.note(&named("GET"), 200, ask("GET", &token));
    seen.note(&named("PUT"), 200, ask("PUT", &token));
    seen.note(&named("PUT"), 400, actor.ask("PUT", &own).bearer(&token).json(&good).send());
    seen.note(&named("PUT"), 415, actor.ask("PUT", &own).bearer(&token).body(TEXT, b"x").send());
    let switch = |disabled| {
        let change = ClientChange { disabled: Some(disabled), ..ClientChange::default() };
        let id = made.member("client_id");
        let done = server.operator(clients::update(&server.node, Actor::Operator, &id, change));
        assert!(done.unwrap().is_ok());
    };
    switch(true);
    for method in ["GET", "PUT", "DELETE"] {
        seen.note(&named(method), 403, ask(method, &token));
        seen.note(&named(method), 401, ask(method, "pra_x"));
    }
    for method in ["GET", "PUT", "DELETE"] {
        let guess = || ask(method, "pra_x");
        let refused = (0..2000).map(|_| guess()).find(|reply| reply.status != 401).expect("an end");
        seen.note(&named(method), 429, refused);
    }
    switch(false);
    seen.note(&named("DELETE"), 204, ask("DELETE", &token));
}

/// A key of alice's whose one request of this hour is made.
fn spent_key(server: &TestServer) -> String {
    let key = server.key("alice", |key| key.rate_limit = Some(1));
    let _ = server.actor().get("/v1/auth/verify").header("x-api-key", &key).send().expect(200);
    key
}

fn passwords(server: &TestServer, seen: &mut Seen<'_>, path: &str) {
    let (actor, operation) = (server.actor(), format!("POST {path}"));
    let key = server.key("alice", |_| {});
    let wrong = [("username", "alice"), ("password", "wrong horse battery staple")];
    seen.note(&operation, 200, actor.post(path).form(&actor.credentials()).send());
    seen.note(&operation, 400, actor.post(path).form(&[]).send());
    seen.note(&operation, 401, server.actor().post(path).form(&wrong).send());
    seen.note(&operation, 403, actor.post(path).header("x-api-key", &key).form(&wrong).send());
    seen.note(&operation, 415, actor.post(path).body(TEXT, b"x").send());
    seen.note(&operation, 429, throttled(server, path, "198.51.100.1"));
}

/// The first refusal of somebody who guesses at a name of their own choice.
fn throttled(server: &TestServer, path: &str, address: &str) -> crate::support::exchange::Reply {
    let name = crate::support::seed::unused();
    let wrong = json!({"username": name, "password": "wrong horse battery staple"});
    let guess = || server.actor().post(path).header("x-forwarded-for", address).json(&wrong).send();
    (0..200).map(|_| guess()).find(|reply| reply.status == 429).expect("a limit")
}

fn cookies(server: &TestServer, seen: &mut Seen<'_>) {
    for (path, good) in [("/auth/v1/refresh", 200), ("/auth/v1/logout", 204)] {
        let operation = format!("POST {path}");
        let actor = server.actor();
        let refresh = actor.logs_in().refresh;
        actor.forgets_cookies();
        let foreign = [("sec-fetch-site", "cross-site")];
        seen.note(
            &operation,
            403,
            actor.post(path).headers(&foreign).form(&[("refresh_token", &refresh)]).send(),
        );
        seen.note(&operation, 400, actor.post(path).body("application/json", b"[]").send());
        seen.note(&operation, 401, actor.post(path).send());
        seen.note(&operation, 415, actor.post(path).body(TEXT, b"x").send());
        seen.note(&operation, good, actor.post(path).form(&[("refresh_token", &refresh)]).send());
    }
}

fn json_logins(server: &TestServer, seen: &mut Seen<'_>) {
    let actor = server.actor();
    let login = json!({"username": "alice", "password": server.seed.password});
    let wrong = json!({"username": "alice", "password": "wrong horse battery staple"});
    let refresh = seen.note("POST /v1/auth/login", 200, actor.post("/v1/auth/login").json(&login).send());
    let refresh = json!({"refresh_token": refresh.member("refresh_token")});
    seen.note("POST /v1/auth/login", 401, actor.post("/v1/auth/login").json(&wrong).send());
    seen.note("POST /v1/auth/login", 429, throttled(server, "/v1/auth/login", "198.51.100.2"));
    let next = seen.note("POST /v1/auth/refresh", 200, actor.post("/v1/auth/refresh").json(&refresh).send());
    let none = json!({"refresh_token": "prt_x"});
    seen.note("POST /v1/auth/refresh", 401, actor.post("/v1/auth/refresh").json(&none).send());
    let next = json!({"refresh_token": next.member("refresh_token")});
    seen.note("POST /v1/auth/logout", 204, actor.post("/v1/auth/logout").json(&next).send());
    seen.note("POST /v1/auth/logout", 401, actor.post("/v1/auth/logout").send());
    for path in ["/v1/auth/login", "/v1/auth/refresh", "/v1/auth/logout"] {
        let operation = format!("POST {path}");
        seen.note(&operation, 400, actor.post(path).body("application/json", b"[]").send());
        seen.note(&operation, 415, actor.post(path).body(TEXT, b"x").send());
    }
}

fn me(server: &TestServer, seen: &mut Seen<'_>) {
    let (path, operation) = ("/auth/v1/me", "GET /auth/v1/me");
    let alice = Caller::person(server, "alice");
    seen.note(operation, 200, alice.get(path));
    seen.note(operation, 401, Caller::with(server, "").get(path));
    seen.note(operation, 403, Caller::with(server, &server.key("alice", |_| {})).get(path));
    let limited = TestServer::with(&[("RATE_LIMIT_JWT", "1")]);
    let alice = Caller::person(&limited, "alice");
    let _ = alice.get(path).expect(200);
    seen.note(operation, 429, alice.get(path));
}

fn verify(server: &TestServer, seen: &mut Seen<'_>, documented: &str, path: &str) {
    let operation = format!("GET {documented}");
    let root = Caller::person(server, "root");
    let actor = server.actor();
    // What the adapters need of a gateway; the plain door does not look at it.
    let gateway = |request: Request<'_>| {
        let headers = [
            ("x-forwarded-method", "GET"),
            ("x-forwarded-proto", "http"),
            ("x-forwarded-host", "api.example"),
            ("x-forwarded-uri", "/files"),
            ("x-forwarded-for", "192.0.2.1"),
            ("x-original-method", "GET"),
            ("x-original-uri", "/files"),
        ];
        request.headers(&headers).send()
    };
    let ask = |requirements: &str, credential: &str| {
        if path.contains("/envoy") {
            return gateway(actor.get(path).bearer(credential).header("x-auth-requirements", requirements));
        }
        gateway(actor.get(&format!("{path}?{requirements}")).bearer(credential))
    };
    let is_nginx = path.ends_with("/nginx");
    seen.note(&operation, 200, ask("", &root.credential));
    seen.note(&operation, 401, ask("", "a.b.c"));
    seen.note(&operation, 403, ask("scope=unheard-of", &root.credential));
    if !is_nginx {
        seen.note(&operation, 400, ask("nonsense=1", &root.credential));
        seen.note(&operation, 404, ask("scope=unheard-of&hide=1", &root.credential));
        let spent = root.with_key(&json!({"name": "spent", "rate_limit": 1}));
        let _ = spent.get("/api/v1/schema").expect(200);
        seen.note(&operation, 429, ask("", &spent.credential));
    }
}

fn oauth(server: &TestServer, seen: &mut Seen<'_>) {
    let browser = server.actor();
    let tokens = server.app("web").redeems(&browser.authorizes(&asks("web", &[])).code());
    let actor = server.actor();
    let secret = server.seed.secret("web").unwrap();
    let robot = server.seed.secret("robot").unwrap();
    let grant = [("grant_type", "client_credentials")];
    let token = [("token", tokens.access.as_str())];
    seen.note("POST /oauth/token", 200, actor.post("/oauth/token").basic("robot", robot).form(&grant).send());
    seen.note(
        "POST /oauth/introspect",
        200,
        actor.post("/oauth/introspect").basic("web", secret).form(&token).send(),
    );
    seen.note(
        "POST /oauth/revoke",
        200,
        actor.post("/oauth/revoke").basic("web", secret).form(&token).send(),
    );
    let device = "POST /oauth/device_authorization";
    let tv = || actor.post("/oauth/device_authorization").form(&[("client_id", "tv")]).send();
    seen.note(device, 200, tv());
    let refused = (0..1000).map(|_| tv()).find(|reply| reply.status != 200).expect("an end");
    seen.note(device, 429, refused);
    let par = "POST /oauth/par";
    let asked = asks("spa", &[]);
    let push = || actor.post("/oauth/par").body("application/x-www-form-urlencoded", asked.as_bytes()).send();
    seen.note(par, 201, push());
    let refused = (0..1000).map(|_| push()).find(|reply| reply.status != 201).expect("an end");
    seen.note(par, 429, refused);
    for path in
        ["/oauth/token", "/oauth/introspect", "/oauth/revoke", "/oauth/device_authorization", "/oauth/par"]
    {
        let operation = format!("POST {path}");
        seen.note(&operation, 400, actor.post(path).basic("web", secret).form(&[]).send());
        let wrong = actor.post(path).basic("web", "pcs_wrong");
        seen.note(
            &operation,
            401,
            wrong.form(&[("grant_type", "client_credentials"), ("token", "x")]).send(),
        );
        seen.note(&operation, 415, actor.post(path).body(TEXT, b"x").send());
    }
}
