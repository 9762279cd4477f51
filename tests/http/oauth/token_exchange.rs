//! Token exchange (RFC 8693): what comes of it, who gets it, and what is refused (contract §5).

use portcullis::account::project::Role;
use portcullis::flows::actor::Actor;
use portcullis::flows::clients::{self, ClientChange};
use portcullis::oauth::client::GrantType;
use portcullis::oauth::client_metadata::ClientMetadata;
use portcullis::oauth::scope::Scope;
use serde_json::{Value, json};

use super::dpop::bound_tokens;
use crate::support::actor::{Tokens, asks};
use crate::support::dpop::Prover;
use crate::support::exchange::{Reply, encode};
use crate::support::jwt::unproved;
use crate::support::seed::RESOURCE;
use crate::support::server::TestServer;

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// What `mail` answers for in the tests that need a second resource server.
const MAIL: &str = "https://mail.example/v1";

/// Changes what a client is registered as.
pub fn changes(server: &TestServer, client: &str, change: ClientChange) {
    server.operator(clients::update(&server.node, Actor::Operator, client, change)).unwrap().unwrap();
}

/// Tokens of `client` for alice.
pub fn signs_in(server: &TestServer, client: &'static str, scope: &str) -> Tokens {
    let code = server.actor().authorizes(&asks(client, &[("scope", scope)])).code();
    server.app(client).redeems(&code)
}

fn exchanging() -> Option<Vec<GrantType>> {
    Some(vec![GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::TokenExchange])
}

/// Makes `mail` a second resource server that exchanges tokens.
fn second_resource_server(server: &TestServer) {
    let change = ClientChange {
        resource_server: Some(true),
        resources: Some(vec![MAIL.to_owned()]),
        grants: exchanging(),
        ..ClientChange::default()
    };
    changes(server, "mail", change);
}

#[track_caller]
fn is_refused(reply: &Reply, error: &str, name: &str) {
    assert_eq!((reply.status, reply.error().as_str()), (400, error), "{name}: {}", reply.text());
    assert_eq!(reply.the_header("cache-control"), "no-store", "{name}");
    assert_eq!(reply.json().get("access_token"), None, "{name}");
}

fn audience(reply: &Reply) -> Value {
    unproved(&reply.member("access_token"))["aud"].clone()
}

on_both! {
    fn rfc8693_2_2_1_a_resource_server_gets_a_narrower_token(server) {
        let tokens = signs_in(server, "web", "openid profile read write offline_access");
        server.clock.advance(1000);
        let api = server.app("api");
        let reply = api.exchanges(&tokens.access, &[("scope", "read"), ("resource", RESOURCE)]).expect(200);
        assert_eq!(reply.the_header("cache-control"), "no-store");
        let body = reply.json();
        let mut members: Vec<&String> = body.as_object().unwrap().keys().collect();
        members.sort();
        assert_eq!(members, ["access_token", "expires_in", "issued_token_type", "scope", "token_type"]);
        assert_eq!(
            (&body["issued_token_type"], &body["token_type"], &body["expires_in"], &body["scope"]),
            (&json!(ACCESS_TOKEN), &json!("Bearer"), &json!(2600), &json!("read")),
        );
        let (before, given) = (unproved(&tokens.access), reply.member("access_token"));
        let after = unproved(&given);
        for same in ["iss", "sub", "exp", "auth_time", "grant_id"] {
            assert_eq!(before[same], after[same], "{same}");
        }
        assert_eq!(
            (&after["aud"], &after["client_id"], &after["scope"]),
            (&json!(RESOURCE), &json!("api"), &json!("read")),
        );
        assert_ne!(before["jti"], after["jti"]);
        let url = format!("/v1/auth/verify?{}", encode(&[("audience", RESOURCE)]));
        let verified = server.actor().get(&url).bearer(&given).send().expect(200).json();
        assert_eq!((&verified["username"], &verified["client_id"]), (&json!("alice"), &json!("api")));
        assert_eq!((&verified["scopes"], &verified["auth_method"]), (&json!(["read"]), &json!("oauth")));
        let seen = api.introspects(&given).expect(200).json();
        assert_eq!((&seen["active"], &seen["aud"]), (&json!(true), &json!(RESOURCE)));
        // Without a word about either: the subject token's own audience, and what is left of its scope.
        let same = api.exchanges(&tokens.access, &[]).expect(200);
        assert_eq!(audience(&same), json!(server.issuer));
        let scope = Scope::parse(&same.member("scope")).unwrap();
        assert!(scope.contains("read") && scope.contains("write"), "{scope}");
        assert!(!scope.contains("openid") && !scope.contains("offline_access"), "{scope}");
        // A login's token is one for this server, too.
        let login = server.actor().logs_in();
        let _ = api.exchanges(&login.access, &[("requested_token_type", ACCESS_TOKEN)]).expect(200);
    }

    fn rfc8693_1_an_api_key_becomes_a_token_of_an_hour(server) {
        let (api, now) = (server.app("api"), server.clock.now());
        let reply = api.exchanges_key(&server.key("alice", |_| {}), &[("resource", RESOURCE)]).expect(200);
        assert_eq!(reply.json()["expires_in"], 3600);
        // Libraries know the types of the RFC alone: a key is recognised, and a JWT is what a token is, too.
        let (key, jwt) = (server.key("alice", |_| {}), "urn:ietf:params:oauth:token-type:jwt");
        let typed = api.exchanges_as(ACCESS_TOKEN, &key, &[("requested_token_type", jwt)]).expect(200);
        assert_eq!((typed.member("issued_token_type"), typed.member("scope")), (jwt.into(), "read write".into()));
        is_refused(&api.exchanges_as(jwt, &key, &[]), "invalid_request", "a key is no JWT");
        let _ = api.exchanges_as(jwt, &server.actor().logs_in().access, &[]).expect(200);
        assert_eq!((reply.member("scope"), audience(&reply)), ("read write".to_owned(), json!(RESOURCE)));
        let given = reply.member("access_token");
        assert_eq!(unproved(&given)["sub"], server.id_of("alice").to_string());
        let verified = server.actor().verifies(&given).expect(200);
        // No more requests than the key has: it is counted with the keys of its owner.
        assert!(verified.the_header("ratelimit-policy").starts_with("\"api_key\""));
        let verified = verified.json();
        assert_eq!((&verified["auth_method"], &verified["client_id"]), (&json!("oauth"), &json!("api")));
        let ending = server.key("alice", |key| key.expires_at = Some(now.plus_seconds(60)));
        assert_eq!(api.exchanges_key(&ending, &[]).expect(200).json()["expires_in"], 60);
        let narrow = server.key("alice", |key| key.scope = Scope::from(["read"]));
        assert_eq!(api.exchanges_key(&narrow, &[]).expect(200).member("scope"), "read");
        is_refused(&api.exchanges_key(&narrow, &[("scope", "write")]), "invalid_scope", "more than the key");
        let project = server.project(&[("alice", Role::Owner)]);
        let of_project = server.key("alice", |key| key.project_id = Some(project));
        is_refused(&api.exchanges_key(&of_project, &[]), "invalid_request", "a key of a project");
    }
}

#[test]
fn rfc8693_2_2_2_what_is_refused_and_how() {
    let server = TestServer::start();
    let tokens = signs_in(&server, "web", "read write profile");
    let (api, token) = (server.app("api"), tokens.access.as_str());
    let of_type = |name: &str| format!("urn:ietf:params:oauth:token-type:{name}");
    for (name, reply, error) in [
        ("a client without the grant", server.app("robot").exchanges(token, &[]), "unauthorized_client"),
        ("a public client", server.app("spa").exchanges(token, &[]), "unauthorized_client"),
        ("no token of ours", api.exchanges("a.b.c", &[]), "invalid_request"),
        ("an empty token", api.exchanges("", &[]), "invalid_request"),
        (
            "a refresh token",
            api.exchanges_as(&of_type("refresh_token"), &tokens.refresh, &[]),
            "invalid_request",
        ),
        ("an ID token", api.exchanges_as(&of_type("id_token"), token, &[]), "invalid_request"),
        ("an unknown type", api.exchanges_as("token", token, &[]), "invalid_request"),
        ("a token as a key", api.exchanges_key(token, &[]), "invalid_request"),
        (
            "an actor",
            api.exchanges(token, &[("actor_token", token), ("actor_token_type", ACCESS_TOKEN)]),
            "invalid_request",
        ),
        (
            "an actor's type alone",
            api.exchanges(token, &[("actor_token_type", ACCESS_TOKEN)]),
            "invalid_request",
        ),
        (
            "a refresh token wanted",
            api.exchanges(token, &[("requested_token_type", &of_type("refresh_token"))]),
            "invalid_request",
        ),
        ("scope that was not granted", api.exchanges(token, &[("scope", "read email")]), "invalid_scope"),
        ("administration", api.exchanges(token, &[("scope", "admin")]), "invalid_scope"),
        ("openid", api.exchanges(token, &[("scope", "openid")]), "invalid_scope"),
        (
            "nobody's resource",
            api.exchanges(token, &[("resource", "https://nobody.example")]),
            "invalid_target",
        ),
        ("nobody's audience", api.exchanges(token, &[("audience", "api")]), "invalid_target"),
        (
            "two targets",
            api.exchanges(token, &[("resource", RESOURCE), ("audience", &server.issuer)]),
            "invalid_target",
        ),
        (
            "two resources",
            api.exchanges(token, &[("resource", RESOURCE), ("resource", MAIL)]),
            "invalid_target",
        ),
    ] {
        is_refused(&reply, error, name);
    }
    // RFC 8693 §5: whoever found a token has nothing to exchange it with.
    let fields = [("grant_type", EXCHANGE), ("subject_token", token), ("subject_token_type", ACCESS_TOKEN)];
    for more in [vec![], vec![("client_id", "api")], vec![("client_id", "api"), ("client_secret", "pcs_x")]] {
        let all: Vec<_> = fields.iter().copied().chain(more).collect();
        let reply = server.actor().post("/oauth/token").form(&all).send();
        assert_eq!((reply.status, reply.error()), (401, "invalid_client".into()), "{}", reply.text());
    }
    let _ = api.exchanges(token, &[]).expect(200);
    server.clock.advance(3600);
    is_refused(&api.exchanges(token, &[]), "invalid_request", "an expired token");
}

#[test]
fn rfc8693_2_2_2_a_token_is_for_whom_it_was_issued_to_or_is_meant_for() {
    let server = TestServer::start();
    second_resource_server(&server);
    changes(&server, "web", ClientChange { grants: exchanging(), ..ClientChange::default() });
    let (api, mail, web) = (server.app("api"), server.app("mail"), server.app("web"));
    let own = signs_in(&server, "web", "read write").access;
    let spas = signs_in(&server, "spa", "read write").access;
    let login = server.actor().logs_in().access;
    let robots = server.app("robot").acts_for_itself(&[("resource", RESOURCE)]).expect(200);
    let robots = robots.member("access_token");
    assert_eq!(audience(&web.exchanges(&own, &[("audience", RESOURCE)]).expect(200)), json!(RESOURCE));
    is_refused(&web.exchanges(&spas, &[]), "invalid_request", "another app's");
    is_refused(&web.exchanges(&login, &[]), "invalid_request", "a login's");
    is_refused(&mail.exchanges(&robots, &[]), "invalid_request", "meant for another resource server");
    // A resource server goes on to the next, and never back to the account of who sent it the token.
    let on = api.exchanges(&robots, &[("resource", MAIL)]).expect(200);
    assert_eq!((audience(&on), on.member("scope")), (json!(MAIL), "read write".to_owned()));
    let claims = unproved(&on.member("access_token"));
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!("robot"), &json!("api")));
    for target in ["resource", "audience"] {
        let reply = api.exchanges(&robots, &[(target, &server.issuer)]);
        is_refused(&reply, "invalid_target", "back to this server");
    }
    // What came of it is exchanged by whom it is meant for, and the chain has an end.
    let mut last = on.member("access_token");
    for _ in 0..3 {
        last = mail.exchanges(&last, &[]).expect(200).member("access_token");
    }
    is_refused(&mail.exchanges(&last, &[]), "invalid_request", "too long a chain");
}

#[test]
fn rfc8693_5_whatever_an_app_may_not_do_it_may_not_do_with_an_exchanged_key() {
    let server = TestServer::start();
    let key = server.key("root", |key| key.scope = Scope::from(["read", "write", "admin"]));
    let change =
        ClientChange { scope: Some(Scope::from(["read", "write", "admin"])), ..ClientChange::default() };
    changes(&server, "api", change);
    let token = server.app("api").exchanges_key(&key, &[]).expect(200).member("access_token");
    let actor = server.actor();
    let _ = actor.get("/api/v1/account").bearer(&token).send().expect(200);
    let _ = actor.post("/api/v1/keys").bearer(&token).json(&json!({"name": "wider"})).send().expect(403);
    let user = json!({"username": "eve", "email": "eve@example.com"});
    let _ = actor.post("/api/v1/users").bearer(&token).json(&user).send().expect(403);
    let _ = actor.get("/api/v1/account").bearer(&key).send().expect(200);
}

#[test]
fn contract_9_an_exchanged_key_counts_where_the_key_does() {
    let server = TestServer::https();
    let key = server.key("alice", |key| key.ip_allow = vec!["203.0.113.0/24".parse().unwrap()]);
    let secret = server.app("api").secret.unwrap();
    let fields = [
        ("grant_type", EXCHANGE),
        ("client_id", "api"),
        ("client_secret", secret.as_str()),
        ("subject_token", key.as_str()),
        ("subject_token_type", "urn:portcullis:token-type:api_key"),
    ];
    let exchanges =
        |from: &str| server.actor().post("/oauth/token").header("x-forwarded-for", from).form(&fields).send();
    let verifies = |token: &str, from: &str| {
        server.actor().get("/v1/auth/verify").header("x-forwarded-for", from).bearer(token).send().status
    };
    for from in ["198.51.100.9", "nonsense"] {
        is_refused(&exchanges(from), "invalid_request", from);
    }
    let token = exchanges("203.0.113.9").expect(200).member("access_token");
    assert_eq!((verifies(&token, "203.0.113.7"), verifies(&token, "198.51.100.9")), (200, 403));
    let seen = server.app("api").introspects(&token).expect(200).json();
    assert_eq!(seen["ip_allow"], json!(["203.0.113.0/24"]));
    // What came of it by another exchange counts no further.
    let again = server.app("api").exchanges(&token, &[]);
    is_refused(&again, "invalid_request", "from elsewhere");
}

#[test]
fn rfc9449_7_a_bound_token_is_exchanged_with_its_proof() {
    let server = TestServer::start();
    let (own, other) = (Prover::new(&server), Prover::new(&server));
    let bound = bound_tokens(&server, "web", &own, &[("scope", "read")]).access;
    let api = server.app("api");
    let fields = [("grant_type", EXCHANGE), ("subject_token", &bound), ("subject_token_type", ACCESS_TOKEN)];
    is_refused(&api.exchanges(&bound, &[]), "invalid_request", "no proof");
    is_refused(&api.proves(&other.for_tokens(), &fields), "invalid_request", "another key's proof");
    let reply = api.proves(&own.for_tokens(), &fields).expect(200);
    assert_eq!(reply.member("token_type"), "DPoP");
    assert_eq!(unproved(&reply.member("access_token"))["cnf"], json!({"jkt": own.thumbprint()}));
    // And a token that is bound to none is bound to the key of who exchanges it.
    let login = server.actor().logs_in().access;
    let fields = [("grant_type", EXCHANGE), ("subject_token", &login), ("subject_token_type", ACCESS_TOKEN)];
    let reply = api.proves(&other.for_tokens(), &fields).expect(200);
    assert_eq!(unproved(&reply.member("access_token"))["cnf"], json!({"jkt": other.thumbprint()}));
}

#[test]
fn oidc_core_8_1_an_exchange_tells_no_other_name_of_the_person() {
    let server = TestServer::start();
    let pairwise =
        || ClientMetadata { subject_type: Some("pairwise".to_owned()), ..ClientMetadata::default() };
    server.registers("web", pairwise());
    let before = signs_in(&server, "web", "openid read").access;
    let given = server.app("api").exchanges(&before, &[]).expect(200).member("access_token");
    assert_eq!(unproved(&given)["sub"], unproved(&before)["sub"]);
    let id = server.id_of("alice").to_string();
    let verified = server.actor().verifies(&given).expect(200).text();
    assert!(!verified.contains(&id) && !verified.contains("alice"), "{verified}");
    assert_eq!(server.actor().get("/api/v1/account").bearer(&given).send().status, 403);
    // A key says no name: there it is the one by which the client that exchanges it knows the person.
    server.registers("api", pairwise());
    let key = server.key("alice", |_| {});
    let given = server.app("api").exchanges_key(&key, &[]).expect(200).member("access_token");
    let name = unproved(&given)["sub"].as_str().unwrap().to_owned();
    assert!(name != id && name.len() == 43, "{name}");
    assert_eq!(server.actor().verifies(&given).expect(200).json()["user_id"], name.as_str());
}

#[test]
fn security_i6_every_exchange_is_in_the_audit_trail() {
    let server = TestServer::start();
    let api = server.app("api");
    let key = server.key("alice", |_| {});
    let token = api.exchanges_key(&key, &[("scope", "read"), ("resource", RESOURCE)]).expect(200);
    let _ = api.exchanges(&token.member("access_token"), &[]).expect(200);
    let _ = api.exchanges(&token.member("access_token"), &[("scope", "write")]).expect(400);
    let root = server.actor().named("root").logs_in();
    let path = "/api/v1/audit-events?limit=100&kind=token_exchanged";
    let events = server.actor().get(path).bearer(&root.access).send().expect(200).json();
    let events = events["data"].as_array().unwrap().clone();
    assert_eq!(events.len(), 2, "{events:?}");
    let first = &events[1];
    let verified = server.actor().get("/v1/auth/verify").header("x-api-key", &key).send().expect(200).json();
    assert_eq!((&first["key_id"], &events[0]["key_id"]), (&verified["key_id"], &Value::Null));
    for event in &events {
        assert_eq!(event["user_id"], server.id_of("alice").to_string());
        assert_eq!(
            (&event["client_id"], &event["detail"]),
            (&json!("api"), &json!(format!("read for {RESOURCE}")))
        );
        assert_eq!(event["address"], "127.0.0.1");
    }
}

#[test]
fn contract_12_subject_tokens_that_are_no_good_count_for_their_address() {
    let server = TestServer::start();
    let api = server.app("api");
    let verifies = || server.actor().verifies("a.b.c").status;
    assert_eq!(verifies(), 401);
    for _ in 0..1001 {
        is_refused(&api.exchanges("a.b.c", &[]), "invalid_request", "a guess");
    }
    assert_eq!(verifies(), 429);
}
