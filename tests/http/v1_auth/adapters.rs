//! The adapters of verify, in each gateway's own words on the wire (contract §6, decision 0009).

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::support::actor::Actor;
use crate::support::exchange::{Reply, Request};
use crate::support::server::TestServer;

/// The test's client is the gateway.
pub const TRUSTED: (&str, &str) = ("TRUSTED_PROXIES", "127.0.0.1/32");

/// A gateway's question about a client's request.
pub struct Gateway {
    pub name: &'static str,
    pub ask: for<'a> fn(&'a Actor<'a>, &str, &str, &str) -> Request<'a>,
}

/// Method, path and requirements, as each of them says it (their documentation; nginx and Caddy: `tests/gateways`).
pub const GATEWAYS: [Gateway; 5] = [
    Gateway { name: "Traefik and Caddy", ask: forward },
    Gateway { name: "APISIX", ask: apisix },
    Gateway { name: "nginx", ask: nginx },
    Gateway { name: "Envoy", ask: envoy },
    Gateway { name: "Envoy, its root", ask: envoy_root },
];

fn forward<'a>(gateway: &'a Actor<'a>, method: &str, path: &str, demands: &str) -> Request<'a> {
    gateway.get(&format!("/v1/auth/verify/forward?{demands}")).headers(&[
        ("x-forwarded-method", method),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "api.example"),
        ("x-forwarded-uri", path),
        ("x-forwarded-for", "198.51.100.7"),
    ])
}

/// By POST, too, if its operator says so.
fn apisix<'a>(gateway: &'a Actor<'a>, method: &str, path: &str, demands: &str) -> Request<'a> {
    gateway.post(&format!("/v1/auth/verify/forward?{demands}")).headers(&[
        ("x-forwarded-proto", "https"),
        ("x-forwarded-method", method),
        ("x-forwarded-host", "api.example"),
        ("x-forwarded-uri", path),
        ("x-forwarded-for", "198.51.100.7"),
        ("content-type", "application/json"),
    ])
}

fn nginx<'a>(gateway: &'a Actor<'a>, method: &str, path: &str, demands: &str) -> Request<'a> {
    gateway.get(&format!("/v1/auth/verify/nginx?{demands}")).headers(&[
        ("x-original-method", method),
        ("x-original-uri", path),
        ("x-original-host", "api.example"),
        ("x-forwarded-for", "198.51.100.7"),
        ("x-forwarded-proto", "https"),
        ("content-length", "0"),
    ])
}

fn envoy<'a>(gateway: &'a Actor<'a>, method: &str, path: &str, demands: &str) -> Request<'a> {
    let request = gateway.ask(method, &format!("/v1/auth/verify/envoy{path}")).headers(&[
        ("x-forwarded-for", "198.51.100.7"),
        ("x-forwarded-proto", "https"),
        ("content-length", "0"),
    ]);
    if demands.is_empty() { request } else { request.header("x-auth-requirements", demands) }
}

fn envoy_root<'a>(gateway: &'a Actor<'a>, method: &str, path: &str, demands: &str) -> Request<'a> {
    let query = path.find('?').map_or("", |at| &path[at..]);
    envoy(gateway, method, query, demands)
}

/// The status the client is to get, whatever this gateway is told.
pub fn meant(reply: &Reply) -> u16 {
    let nginx = reply.asked.contains("/v1/auth/verify/nginx");
    match reply.header("x-auth-status") {
        Some(status) => {
            assert!(nginx && reply.status == 403, "{}: {}", reply.asked, reply.status);
            status.parse().unwrap()
        }
        None => {
            assert!(!nginx || [200, 401, 403].contains(&reply.status), "{}: {}", reply.asked, reply.status);
            reply.status
        }
    }
}

#[test]
fn contract_6_every_gateway_gets_the_same_answers() {
    let server = TestServer::with(&[TRUSTED]);
    let token = server.actor().logs_in().access;
    let gateway = server.actor();
    for Gateway { name, ask } in &GATEWAYS {
        for (demands, bearer, status) in [
            ("", Some(token.as_str()), 200),
            ("scope=read", Some(&token), 200),
            ("scope=admin", Some(&token), 403),
            ("scope=admin&hide=1", Some(&token), 404),
            ("methods=api_key", Some(&token), 403),
            ("scopes=read", Some(&token), 400),
            ("scope=read", Some("a.b.c"), 401),
            ("scope=read", None, 401),
            ("anonymous=allow", None, 200),
            ("anonymous=allow", Some("a.b.c"), 401),
        ] {
            for method in ["GET", "POST", "DELETE", "OPTIONS", "HEAD"] {
                let request = ask(&gateway, method, "/v1/users?page=2", demands);
                let request = bearer.into_iter().fold(request, Request::bearer);
                let reply = request.header("origin", "https://evil.example").send();
                assert_eq!(meant(&reply), status, "{name} {method} {demands} {bearer:?}: {}", reply.text());
                if status == 200 {
                    let user = reply.the_header("remote-user");
                    assert_eq!(user, if bearer.is_some() { "alice" } else { "-" }, "{name}");
                }
                assert_eq!(reply.header("www-authenticate").is_some(), [401, 403].contains(&reply.status));
            }
        }
    }
}

#[test]
fn contract_6_the_clients_own_url_never_matters() {
    let server = TestServer::with(&[TRUSTED]);
    let token = server.actor().logs_in().access;
    let gateway = server.actor();
    for Gateway { name, ask } in &GATEWAYS {
        for path in [
            "/",
            "//",
            "/a%2F%5c%00",
            "/%ff%0a",
            "/x?page=2&page=3",
            "/x?code=1&access_token=2&token=3",
            "/x?scope=admin&anonymous=allow&hide=1",
            "/x?%zz=%ff",
            "/setup?token=psl_x",
        ] {
            let reply = ask(&gateway, "GET", path, "scope=read").bearer(&token).send();
            assert_eq!(reply.status, 200, "{name} {path}: {}", reply.text());
            let reply = ask(&gateway, "GET", path, "scope=read").send();
            assert_eq!(reply.status, 401, "{name} {path}: {}", reply.text());
        }
    }
}

/// A status, asked with a path that no well-behaved client library would send.
fn raw_status(server: &TestServer, path: &str, token: &str) -> String {
    let mut stream = TcpStream::connect(server.base.trim_start_matches("http://")).unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n");
    write!(stream, "{head}x-auth-requirements: scope=admin\r\nauthorization: Bearer {token}\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().to_owned()
}

#[test]
fn decision_9_no_path_of_a_client_leaves_envoys_prefix() {
    let server = TestServer::with(&[TRUSTED]);
    let (alice, root) = (server.actor().logs_in().access, server.actor().named("root").logs_in().access);
    for path in
        ["/..", "/../../verify", "/../../../oauth/token", "/%2e%2e/", "/%2E%2E%2f", "//../x", "/;/..;/"]
    {
        let path = format!("/v1/auth/verify/envoy{path}");
        assert_eq!(raw_status(&server, &path, &root), "200", "{path}");
        assert_eq!(raw_status(&server, &path, &alice), "403", "{path}");
    }
}

/// What a browser says of a page that sent something.
const FOREIGN: [(&str, &str); 2] = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];

#[test]
fn contract_6_a_cookie_vouches_for_an_unsafe_method_only_with_a_proof_of_origin() {
    let server = TestServer::with(&[TRUSTED]);
    let token = server.actor().logs_in().access;
    let own = [("origin", server.issuer.as_str())];
    let gateway = server.actor();
    for Gateway { name, ask } in &GATEWAYS {
        for (method, proof, status) in [
            ("GET", &FOREIGN[..], 200),
            ("HEAD", &FOREIGN, 200),
            ("POST", &FOREIGN, 403),
            ("DELETE", &FOREIGN[..1], 403),
            ("TRACE", &FOREIGN[1..], 403),
            ("POST", &own, 200),
            ("POST", &[("sec-fetch-site", "same-origin")], 200),
            ("POST", &[], 200),
        ] {
            let asked = || ask(&gateway, method, "/x", "").headers(proof);
            let reply = asked().cookie("access_token", &token).send();
            assert_eq!(reply.status, status, "{name} {method} {proof:?}: {}", reply.text());
            assert!(status == 200 || reply.error() == "foreign_origin", "{name}");
            assert_eq!(asked().bearer(&token).send().status, 200, "{name}: no cookie vouches");
            assert_eq!(asked().cookie("access_token", "a.b.c").send().status, 401, "{name}");
        }
    }
    let plain = gateway.post("/v1/auth/verify").headers(&FOREIGN).cookie("access_token", &token).send();
    assert_eq!(plain.status, 200, "a service judges its own requests");
}

#[test]
fn contract_6_a_strangers_word_about_the_method_counts_for_nothing() {
    let server = TestServer::start();
    let token = server.actor().logs_in().access;
    let stranger = server.actor();
    for (path, name, status) in [
        ("/v1/auth/verify/forward", "x-forwarded-method", 403),
        ("/v1/auth/verify/nginx", "x-original-method", 403),
        ("/v1/auth/verify/envoy/x", "x-envoy-original-method", 200),
    ] {
        let asked = || stranger.get(path).header(name, "GET").headers(&FOREIGN);
        assert_eq!(asked().cookie("access_token", &token).send().status, status, "{path}");
        assert_eq!(asked().bearer(&token).send().status, 200, "{path}");
    }
    let reply = stranger.get("/v1/auth/verify/envoy/x").header("x-auth-requirements", "scope=read");
    assert_eq!(reply.bearer(&token).send().expect(403).error(), "untrusted_gateway");
    let reply = stranger.get("/v1/auth/verify").header("x-auth-requirements", "scope=admin");
    assert_eq!(reply.bearer(&token).send().status, 200, "no other adapter reads it");
}

#[test]
fn contract_6_nginx_is_told_in_its_own_words_wherever_a_request_fails() {
    let server = TestServer::https_with(&[]);
    let token = server.actor().logs_in().access;
    let gateway = server.actor();
    let path = "/v1/auth/verify/nginx";
    let doubled = format!("access_token={token}; access_token={token}");
    for (request, status) in [
        (gateway.get(&format!("{path}?code=x")).bearer(&token), "400"),
        (gateway.get(&format!("{path}?x=1")).bearer(&token), "400"),
        (gateway.get(path).header("cookie", &doubled), "400"),
        (gateway.get(path).bearer(&token).bearer(&token), "400"),
        (gateway.get(&format!("{path}?hide=1&scope=admin")).bearer(&token), "404"),
    ] {
        let reply = request.send();
        assert_eq!((reply.status, reply.header("x-auth-status")), (403, Some(status)), "{}", reply.text());
    }
    let plain = server.actor().over_plain_http();
    let reply = plain.get(path).bearer(&token).send().expect(403);
    assert_eq!((reply.error().as_str(), reply.header("x-auth-status")), ("https_required", None));
    let preflight = [("origin", "https://front.example"), ("access-control-request-method", "POST")];
    for path in [path, "/v1/auth/verify/forward", "/v1/auth/verify/envoy/x"] {
        assert_eq!(gateway.ask("OPTIONS", path).headers(&preflight).send().status, 401, "{path}");
    }
}
