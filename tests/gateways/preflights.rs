//! Pages of other origins: with the lines that nginx.conf keeps commented out, nginx answers preflights by itself, and only
//! those (contract §6; Fetch Standard, CORS protocol).

use crate::bed::Bed;
use crate::gateway::NGINX;

const PAGE: &str = "https://app.example.com";

/// nginx.conf with these lines in use.
fn with_cors() -> String {
    assert!(NGINX.contains("#cors "), "there is nothing to take into use");
    NGINX.replace("#cors ", "")
}

#[test]
fn contract_6_a_preflight_of_a_listed_page_is_answered_by_nginx_and_nothing_else_gets_around_the_question() {
    let bed = Bed::start();
    let nginx = bed.nginx_with(&with_cors());
    let preflight = [("Origin", PAGE), ("Access-Control-Request-Method", "PUT")];
    for target in ["/v1/users", "/v1/samples", "/admin"] {
        let reply = nginx.send("OPTIONS", target, &preflight);
        assert_eq!((reply.status, reply.resource()), (204, None), "{target}");
        assert_eq!(reply.header("access-control-allow-origin"), Some(PAGE), "{target}");
        assert!(
            reply.header("access-control-allow-methods").is_some_and(|all| all.contains("PUT")),
            "{target}"
        );
        assert!(
            reply.header("access-control-allow-headers").is_some_and(|all| all.contains("Authorization"))
        );
        assert_eq!(reply.header("vary"), Some("Origin"));
    }
    let foreign = [("Origin", "https://evil.example"), preflight[1]];
    let longer = [("Origin", "https://app.example.com.evil.example"), preflight[1]];
    for (method, headers) in [
        ("OPTIONS", &foreign[..]),
        ("OPTIONS", &longer),
        ("OPTIONS", &preflight[..1]),
        ("OPTIONS", &preflight[1..]),
        ("GET", &preflight),
        ("DELETE", &preflight),
    ] {
        let reply = nginx.send(method, "/v1/users", headers);
        assert_eq!((reply.status, reply.resource()), (401, None), "{method} {headers:?}");
        let own = headers.contains(&preflight[0]).then_some(PAGE);
        assert_eq!(reply.header("access-control-allow-origin"), own, "{method} {headers:?}");
    }
    let reply = nginx.send("GET", "/_preflight", &[]);
    assert_eq!((reply.status, reply.resource()), (404, None));
}

#[test]
fn contract_6_a_listed_page_reads_answers_and_refusals() {
    let bed = Bed::start();
    let nginx = bed.nginx_with(&with_cors());
    let bearer = format!("Bearer {}", bed.token_of("alice"));
    let credential = ("Authorization", bearer.as_str());
    for (target, status) in [("/v1/users", 200), ("/v1/samples", 200), ("/admin", 404)] {
        for (origin, allowed) in [(PAGE, Some(PAGE)), ("https://evil.example", None)] {
            let reply = nginx.send("GET", target, &[credential, ("Origin", origin)]);
            assert_eq!(reply.status, status, "{target}");
            assert_eq!(reply.header("access-control-allow-origin"), allowed, "{target} {origin}");
        }
    }
}
