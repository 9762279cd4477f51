//! Requests from pages on other origins (Fetch standard, CORS protocol; contract §3, security §4.6).

use crate::support::server::{FRONT_END, PUBLIC_URL, TestServer};

const WITH_CREDENTIALS: [(&str, &str); 8] = [
    ("POST", "/auth/v1/token"),
    ("POST", "/auth/v1/token/"),
    ("POST", "/auth/v1/refresh"),
    ("POST", "/auth/v1/logout"),
    ("GET", "/auth/v1/me"),
    ("POST", "/v1/auth/login"),
    ("POST", "/v1/auth/refresh"),
    ("POST", "/v1/auth/logout"),
];
const STRANGERS: [&str; 6] = [
    "https://evil.example",
    "null",
    "https://front.example.evil.example",
    "http://front.example",
    "https://front.example:444",
    "https://FRONT.example",
];

fn lists(header: &str, item: &str) -> bool {
    header.split(',').any(|own| own.trim().eq_ignore_ascii_case(item))
}

#[test]
fn contract_3_preflight_of_a_configured_origin() {
    let server = TestServer::https();
    let page = server.actor();
    for (method, path) in WITH_CREDENTIALS {
        let reply = page
            .ask("OPTIONS", path)
            .headers(&[
                ("origin", FRONT_END),
                ("access-control-request-method", method),
                ("access-control-request-headers", "content-type"),
            ])
            .send();
        assert!(matches!(reply.status, 200 | 204), "{path}: {}", reply.status);
        assert_eq!(reply.the_header("access-control-allow-origin"), FRONT_END, "{path}");
        assert_eq!(reply.the_header("access-control-allow-credentials"), "true", "{path}");
        assert!(lists(reply.the_header("access-control-allow-methods"), method), "{path}");
        assert!(lists(reply.the_header("access-control-allow-headers"), "content-type"), "{path}");
        assert!(lists(reply.the_header("vary"), "origin"), "{path}");
    }
}

#[test]
fn contract_3_answers_to_a_configured_origin_may_be_read() {
    let server = TestServer::https();
    let page = server.actor();
    let headers = [("origin", FRONT_END), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors")];
    let reply = page.post("/auth/v1/token").headers(&headers).form(&page.credentials()).send().expect(200);
    for reply in [reply, page.get("/auth/v1/me").headers(&headers).send().expect(200)] {
        assert_eq!(reply.the_header("access-control-allow-origin"), FRONT_END);
        assert_eq!(reply.the_header("access-control-allow-credentials"), "true");
        assert!(lists(reply.the_header("vary"), "origin"));
    }
    let wrong = [("username", "alice"), ("password", "wrong, and a page may know")];
    let reply = page.post("/auth/v1/token").headers(&headers).form(&wrong).send().expect(401);
    assert_eq!(reply.the_header("access-control-allow-origin"), FRONT_END, "errors are read too");
}

#[test]
fn contract_3_strangers_may_read_nothing() {
    let server = TestServer::https();
    let page = server.actor();
    for origin in STRANGERS {
        for (method, path) in WITH_CREDENTIALS {
            let preflight = [("origin", origin), ("access-control-request-method", method)];
            let reply = page.ask("OPTIONS", path).headers(&preflight).send();
            assert_eq!(reply.header("access-control-allow-origin"), None, "{origin} {path}");
            assert_eq!(reply.header("access-control-allow-credentials"), None, "{origin} {path}");
            assert!(lists(reply.the_header("vary"), "origin"), "{origin} {path}");
            let reply = page.ask(method, path).header("origin", origin).send();
            assert_eq!(reply.header("access-control-allow-origin"), None, "{origin} {path}");
            assert!(lists(reply.the_header("vary"), "origin"), "{origin} {path}");
        }
    }
}

#[test]
fn contract_3_nothing_is_shared_with_everybody_and_credentials() {
    let server = TestServer::https();
    let page = server.actor();
    for (_, path) in WITH_CREDENTIALS {
        for origin in [FRONT_END, PUBLIC_URL, "https://evil.example"] {
            let reply = page.post(path).header("origin", origin).send();
            assert_ne!(reply.header("access-control-allow-origin"), Some("*"), "{path}");
        }
    }
}

#[test]
fn security_4_6_public_documents_and_the_token_endpoint_are_open_without_credentials() {
    let server = TestServer::https();
    let page = server.actor();
    for (method, path) in [
        ("POST", "/oauth/token"),
        ("POST", "/oauth/revoke"),
        ("POST", "/oauth/par"),
        ("POST", "/oauth/device_authorization"),
        ("GET", "/oauth/userinfo"),
        ("POST", "/oauth/userinfo"),
        ("GET", "/.well-known/openid-configuration"),
        ("GET", "/.well-known/jwks.json"),
        ("GET", "/.well-known/oauth-authorization-server"),
    ] {
        let reply = page.ask(method, path).header("origin", "https://any.example").send();
        assert_eq!(reply.the_header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(reply.header("access-control-allow-credentials"), None, "{path}");
    }
}

#[test]
fn security_4_6_pages_and_introspection_are_shared_with_nobody() {
    let server = TestServer::https();
    let page = server.actor();
    for path in ["/login", "/", "/oauth/authorize", "/oauth/introspect", "/consent"] {
        for method in ["GET", "POST", "OPTIONS"] {
            let reply = page
                .ask(method, path)
                .headers(&[("origin", FRONT_END), ("access-control-request-method", "POST")])
                .send();
            assert_eq!(reply.header("access-control-allow-origin"), None, "{method} {path}");
        }
    }
}
