//! Path tricks: whatever a client writes, the upstream's `/admin` is reached only by whom verify let pass there
//! (contract §6). The upstream reads paths as loosely as any service does.

use crate::bed::Bed;
use crate::wire;

/// Paths that mean, or could be taken to mean, something under /admin.
const TRICKS: [&str; 44] = [
    "/admin",
    "/admin/",
    "/admin/users",
    "//admin",
    "///admin",
    "/./admin",
    "/v1/../admin",
    "/v1//../admin",
    "/v1/users/../../admin",
    "/v1/%2e%2e/admin",
    "/v1/%2E%2E/admin",
    "/v1/.%2e/admin",
    "/v1/..%2fadmin",
    "/v1/..%2Fadmin",
    "/v1%2f..%2fadmin",
    "/v1/%2e%2e%2fadmin",
    "/v1/%252e%252e/admin",
    "/v1/%252e%252e%252fadmin",
    "/v1/..%252fadmin",
    "/v1/..%5cadmin",
    "/v1/..\\admin",
    "/v1\\..\\admin",
    "/v1/..;/admin",
    "/v1/..;x=1/admin",
    "/v1/%2e%2e;/admin",
    "/v1/..%3b/admin",
    "/v1/samples/..%2f..%2fadmin",
    "/v1/samples/../../admin",
    "/admin%2f..%2fv1/users",
    "/admin/..%2fv1/users",
    "/admin%2fusers",
    "/%61dmin",
    "/%41dmin",
    "/ADMIN",
    "/Admin/users",
    "/%2fadmin",
    "/admin;/",
    "/;/admin",
    "/admin%00",
    "/admin?x=/v1/users",
    "/admin/?/v1/",
    "/v1/../admin?page=2",
    "/admin#/v1/",
    "/v1/%c0%ae%c0%ae/admin",
];

#[test]
fn contract_6_no_path_trick_reaches_what_was_not_asked_about() {
    let bed = Bed::start();
    let (alice, root) = (bed.token_of("alice"), bed.token_of("root"));
    for gateway in &bed.gateways {
        let mut reached = 0;
        for target in TRICKS {
            for token in [Some(&alice), None] {
                let bearer = token.map(|token| format!("Bearer {token}"));
                let headers: Vec<(&str, &str)> =
                    bearer.iter().map(|bearer| ("Authorization", bearer.as_str())).collect();
                let reply = gateway.send("GET", target, &headers);
                let resource = reply.resource();
                assert_ne!(resource.as_deref(), Some("admin"), "{} {target}: {}", gateway.name, reply.text());
                assert!(
                    resource.is_some() || (400..500).contains(&reply.status),
                    "{} {target}: {}",
                    gateway.name,
                    reply.status
                );
            }
            reached += usize::from(gateway.get(target, &root).resource().as_deref() == Some("admin"));
        }
        assert!(reached >= 4, "{}: this upstream has an /admin: {reached}", gateway.name);
    }
}

#[test]
fn contract_6_the_upstream_gets_the_path_that_was_compared() {
    let bed = Bed::start();
    let root = bed.token_of("root");
    for gateway in &bed.gateways {
        for target in TRICKS {
            let reply = gateway.get(target, &root);
            let Some(resource) = reply.resource() else { continue };
            let body = reply.json();
            let path = body["target"].as_str().unwrap().split('?').next().unwrap();
            let tidy = !["//", "/./", "/../", "%2f", "%2F", "%2e", "%2E", "%25", "%5c", "%5C", "\\", ";"]
                .iter()
                .any(|odd| path.contains(odd));
            assert!(tidy, "{} {target}: {path} as {resource}", gateway.name);
        }
        for target in ["/v1/users/a%20b", "/v1/users/%C3%A9", "/v1/users/a+b", "/v1/users/x?y=%2f//&z=a%3Bb"]
        {
            let reply = gateway.get(target, &root);
            assert_eq!(reply.json()["target"], target, "{}", gateway.name);
        }
    }
}

#[test]
fn contract_6_no_host_gets_around_the_question() {
    let bed = Bed::start();
    let alice = format!("Bearer {}", bed.token_of("alice"));
    for gateway in &bed.gateways {
        for host in
            ["API.Example.COM", "api.example.com.", "api.example.com:80", "127.0.0.1", "evil.example", "x_y"]
        {
            let headers = [("Host", host), ("Authorization", alice.as_str())];
            assert_eq!(gateway.send("GET", "/admin", &headers).resource(), None, "{} {host}", gateway.name);
            assert_eq!(
                gateway.send("GET", "/v1/users", &headers[..1]).resource(),
                None,
                "{} {host}",
                gateway.name
            );
            let reply = gateway.send("GET", "/v1/users", &headers);
            assert!(
                reply.resource().as_deref() == Some("users") || host.contains("x_y"),
                "{} {host}: {}",
                gateway.name,
                reply.status
            );
        }
        // The absolute form of a request line (RFC 9112 §3.2.2).
        let headers = [("Authorization", alice.as_str())];
        let reply = wire::send(gateway.address, "GET", "http://api.example.com/admin", &headers, b"");
        assert_eq!(reply.resource(), None, "{}: {}", gateway.name, reply.text());
    }
}

#[test]
fn contract_6_the_questions_themselves_are_not_for_clients() {
    let bed = Bed::start();
    let root = bed.token_of("root");
    for gateway in &bed.gateways {
        for target in ["/_verify/read", "/_verify/anybody", "/_verify/", "/_verify/nothing"] {
            let reply = gateway.get(target, &root);
            // Caddy has no such locations: there it is a path like any other.
            assert_eq!(reply.resource().is_some(), gateway.name == "Caddy", "{} {target}", gateway.name);
            assert!(reply.header("x-auth-user-id").is_none(), "{} {target}", gateway.name);
        }
    }
}
