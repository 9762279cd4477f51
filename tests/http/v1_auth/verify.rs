//! `ANY /v1/auth/verify`: what a 200 says, and what the operator's URL demands (contract §6).

use serde_json::json;

use crate::support::actor::asks;
use crate::support::exchange::Reply;
use crate::support::seed::{RESOURCE, ZOE};
use crate::support::server::TestServer;

const PATH: &str = "/v1/auth/verify";
const IDENTITY: [&str; 15] = [
    "x-auth-user-id",
    "x-auth-username",
    "x-auth-method",
    "x-auth-scopes",
    "x-auth-key-id",
    "x-auth-project-id",
    "x-auth-client-id",
    "x-auth-expires-at",
    "x-auth-request-user",
    "x-auth-request-email",
    "x-auth-request-groups",
    "remote-user",
    "remote-email",
    "remote-groups",
    "remote-name",
];
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "TRACE"];

/// The identity headers, in the order of [`IDENTITY`].
#[track_caller]
fn identity(reply: &Reply) -> Vec<String> {
    IDENTITY.iter().map(|name| reply.the_header(name).to_owned()).collect()
}

#[test]
fn contract_6_the_body_of_a_login() {
    let server = TestServer::start();
    let alice = server.actor();
    let tokens = alice.logs_in();
    alice.forgets_cookies();
    let by_header = alice.get(PATH).bearer(&tokens.access).send().expect(200);
    let by_cookie = alice.get(PATH).cookie("access_token", &tokens.access).send().expect(200);
    let any_case =
        alice.get(PATH).header("AUTHORIZATION", &format!("bEARER {}", tokens.access)).send().expect(200);
    for reply in [&by_header, &by_cookie, &any_case] {
        let body = reply.json();
        let id = body["user_id"].as_str().expect("a string").to_owned();
        assert_eq!(
            body,
            json!({
                "authenticated": true,
                "user_id": id,
                "scopes": ["read", "write"],
                "expires_at": "2027-01-15T09:00:00Z",
                "auth_method": "jwt",
                "username": "alice",
                "email": "alice@example.com",
                "key_id": null,
                "project_id": null,
                "client_id": null,
                "audience": server.issuer,
            })
        );
        let all = [
            id.as_str(),
            "alice",
            "jwt",
            "read write",
            "-",
            "-",
            "-",
            "2027-01-15T09:00:00Z",
            "alice",
            "alice@example.com",
            "-",
            "alice",
            "alice@example.com",
            "-",
            "alice",
        ];
        assert_eq!(identity(reply), all);
        assert_eq!(reply.the_header("cache-control"), "no-store");
    }
}

#[test]
fn contract_6_the_body_of_an_oauth_token() {
    let server = TestServer::start();
    let code = server.actor().named("root").authorizes(&asks("web", &[("scope", "read")])).code();
    let token = server.app("web").redeems(&code).access;
    let reply = server.actor().verifies(&token).expect(200);
    let body = reply.json();
    assert_eq!((&body["auth_method"], &body["client_id"]), (&json!("oauth"), &json!("web")));
    assert_eq!((&body["username"], &body["scopes"]), (&json!("root"), &json!(["read"])));
    assert_eq!(reply.the_header("x-auth-client-id"), "web");
    assert_eq!(reply.the_header("remote-groups"), "-", "a token without admin makes no administrator");
    let client = server.app("robot").acts_for_itself(&[]).expect(200).member("access_token");
    let reply = server.actor().verifies(&client).expect(200);
    assert_eq!((&reply.json()["authenticated"], &reply.json()["user_id"]), (&json!(true), &json!("robot")));
    for name in [
        "x-auth-user-id",
        "x-auth-username",
        "x-auth-request-user",
        "x-auth-request-email",
        "remote-user",
        "remote-name",
    ] {
        assert_eq!(reply.the_header(name), "-", "{name}");
    }
    assert_eq!(identity(&reply).len(), IDENTITY.len());
}

#[test]
fn contract_6_every_method_answers_alike_and_the_body_is_ignored() {
    let server = TestServer::start();
    let alice = server.actor();
    let token = alice.logs_in().access;
    alice.forgets_cookies();
    let good = identity(&alice.verifies(&token).expect(200));
    for method in METHODS {
        let body = if method == "TRACE" { Vec::new() } else { b"{\"password\":\xff".to_vec() };
        let request = alice.ask(method, PATH).bearer(&token);
        let request = if body.is_empty() { request } else { request.body("application/json", &body) };
        let reply = request.send();
        assert_eq!(reply.status, 200, "{method}: {}", reply.text());
        assert_eq!(identity(&reply), good, "{method}");
        assert_eq!(reply.body.is_empty(), method == "HEAD", "{method}");
        let reply = alice.ask(method, PATH).bearer("a.b.c").send();
        assert_eq!(reply.status, 401, "{method}");
        assert_eq!(alice.ask(method, PATH).send().status, 401, "{method}");
        assert_eq!(
            alice.ask(method, &format!("{PATH}?scope=admin")).bearer(&token).send().status,
            403,
            "{method}"
        );
    }
}

#[test]
fn contract_6_a_preflight_is_never_let_pass() {
    let server = TestServer::https();
    let page = server.actor();
    let headers = [("origin", crate::support::server::FRONT_END), ("access-control-request-method", "GET")];
    let reply = page.ask("OPTIONS", PATH).headers(&headers).send();
    assert_eq!(reply.status, 401, "a gateway would take 2xx for yes");
}

#[test]
fn contract_6_requirements_of_the_url() {
    let server = TestServer::start();
    let login = server.actor().logs_in().access;
    let root = server.actor().named("root").logs_in().access;
    let robot = server.app("robot").acts_for_itself(&[("scope", "read")]).expect(200).member("access_token");
    let api =
        server.app("robot").acts_for_itself(&[("resource", RESOURCE)]).expect(200).member("access_token");
    let home = url::form_urlencoded::byte_serialize(server.issuer.as_bytes()).collect::<String>();
    for (query, token, status) in [
        ("scope=read", &login, 200),
        ("scope=read%20write", &login, 200),
        ("scope=write+read", &login, 200),
        ("scope=admin", &login, 403),
        ("scope=admin", &root, 200),
        ("scope=write", &robot, 403),
        ("scope=nonsense", &login, 403),
        ("scope=admin&hide=1", &login, 404),
        ("scope=read&hide=1", &login, 200),
        ("scope=admin&hide=0", &login, 403),
        ("methods=jwt", &login, 200),
        ("methods=oauth,api_key", &login, 403),
        ("methods=oauth", &robot, 200),
        ("methods=api_key&hide=1", &robot, 404),
        (&format!("audience={home}"), &login, 200),
        ("audience=https%3A%2F%2Fapi.example%2Fv1", &api, 200),
        (&format!("audience={home}"), &api, 403),
        ("audience=https%3A%2F%2Fapi.example%2Fv1", &login, 403),
        ("audience=https%3A%2F%2Fapi.example%2Fv1&hide=1", &login, 404),
        ("", &api, 200),
        (&format!("audience={home}"), &api, 403),
        ("audience=HTTPS%3A%2F%2FAPI.example%2Fv1", &api, 200),
        ("anonymous=allow", &login, 200),
        ("anonymous=deny", &login, 200),
        ("anonymous=allow&scope=admin", &login, 403),
        ("consume=0", &login, 200),
        ("project_id=x", &login, 400),
        ("project_id=01920000-0000-7000-8000-000000000001", &login, 403),
        ("unknown=1", &login, 400),
        ("Scope=read", &login, 400),
        ("scope=read&scope=admin", &login, 400),
        ("methods=cookies", &login, 400),
        ("hide=maybe", &login, 400),
    ] {
        let actor = server.actor();
        let reply = actor.get(&format!("{PATH}?{query}")).bearer(token).send();
        assert_eq!(reply.status, status, "{query}: {}", reply.text());
        if status == 403 {
            assert_eq!(reply.error(), "insufficient_scope", "{query}");
            let challenge = reply.the_header("www-authenticate");
            assert!(challenge.contains(r#"error="insufficient_scope""#), "{query}: {challenge}");
        }
        if status != 200 {
            assert!(
                IDENTITY.iter().all(|name| reply.header(name).is_none()),
                "{query}: a refusal names nobody"
            );
        }
    }
}

#[test]
fn rfc6750_3_1_the_scope_that_would_have_been_enough_is_named() {
    let server = TestServer::start();
    let alice = server.actor();
    let token = alice.logs_in().access;
    let reply = alice.get(&format!("{PATH}?scope=read+admin")).bearer(&token).send().expect(403);
    assert!(reply.the_header("www-authenticate").contains(r#"scope="read admin""#));
}

#[test]
fn contract_7_a_hidden_404_is_that_of_an_unknown_address() {
    let server = TestServer::start();
    let alice = server.actor();
    let token = alice.logs_in().access;
    let hidden = alice.get(&format!("{PATH}?scope=admin&hide=1")).bearer(&token).send().expect(404);
    let unknown = alice.get("/v1/auth/nothing").bearer(&token).send().expect(404);
    assert_eq!(hidden.text(), unknown.text());
    assert_eq!(hidden.header("www-authenticate"), None);
}

#[test]
fn contract_6_anonymous_where_it_is_allowed() {
    let server = TestServer::start();
    let nobody = server.actor();
    for method in METHODS {
        let reply = nobody.ask(method, &format!("{PATH}?anonymous=allow&scope=read")).send();
        assert_eq!(reply.status, 200, "{method}");
        if method != "HEAD" {
            let expected = r#"{"authenticated":false,"user_id":null,"scopes":[],"expires_at":null}"#;
            assert_eq!(reply.text(), expected, "{method}");
        }
        assert!(identity(&reply).iter().all(|value| value == "-"), "{method}");
    }
    for (name, value) in
        [("authorization", "Bearer a.b.c"), ("x-api-key", "sk_x"), ("cookie", "access_token=a.b.c")]
    {
        let reply = nobody.get(&format!("{PATH}?anonymous=allow")).header(name, value).send();
        assert_eq!(reply.status, 401, "{name}: an invalid credential is not anonymity");
    }
    let reply = nobody.get(PATH).send().expect(401);
    assert!(!reply.the_header("www-authenticate").contains("error="), "nothing was presented");
}

#[test]
fn contract_6_headers_carry_names_outside_ascii() {
    let server = TestServer::start();
    let zoe = server.actor().named(ZOE);
    let token = zoe.logs_in().access;
    let reply = zoe.verifies(&token).expect(200);
    assert_eq!(reply.json()["username"], ZOE);
    for name in ["x-auth-username", "x-auth-request-user", "remote-user", "remote-name"] {
        assert_eq!(reply.the_header(name), "zo%C3%AB", "{name}");
    }
}

#[test]
fn contract_6_no_token_stands_in_a_response_header() {
    let server = TestServer::start();
    let alice = server.actor();
    let token = alice.logs_in().access;
    let reply = alice.verifies(&token).expect(200);
    assert!(reply.headers.values().all(|value| !value.to_str().unwrap().contains(&token)));
    assert!(!reply.text().contains(&token));
    assert!(reply.set_cookies().is_empty());
}

#[test]
fn contract_6_a_callers_own_identity_headers_mean_nothing() {
    let server = TestServer::start();
    let alice = server.actor();
    let token = alice.logs_in().access;
    let forged: Vec<(&str, &str)> = IDENTITY.iter().map(|name| (*name, "root")).collect();
    let reply = alice.get(PATH).headers(&forged).bearer(&token).send().expect(200);
    assert!(!identity(&reply).contains(&"root".to_owned()));
    assert_eq!(
        alice.ask("GET", PATH).headers(&forged).header("x-auth-status", "200").send().status,
        200,
        "by cookie"
    );
    alice.forgets_cookies();
    assert_eq!(alice.get(PATH).headers(&forged).send().status, 401);
}
