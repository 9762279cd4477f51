//! What gets through, and as what it arrives (contract §6).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::bed::Bed;
use crate::handed_out::{HEARSAY, IDENTITY};
use crate::wire;

#[test]
fn contract_6_the_upstream_learns_who_asks_and_never_the_credential() {
    let bed = Bed::start();
    let token = bed.token_of("alice");
    for gateway in &bed.gateways {
        let bearer = format!("Bearer {token}");
        let cookie = format!("access_token={token}; theme=dark");
        for headers in [
            vec![("Authorization", bearer.as_str())],
            vec![("Cookie", &cookie)],
            vec![("Authorization", &bearer), ("Cookie", &cookie)],
        ] {
            let reply = gateway.send("GET", "/v1/users?page=2", &headers);
            assert_eq!(reply.status, 200, "{}: {}", gateway.name, reply.text());
            let body = reply.json();
            assert_eq!(
                (body["resource"].as_str(), body["method"].as_str(), body["target"].as_str()),
                (Some("users"), Some("GET"), Some("/v1/users?page=2")),
                "{}",
                gateway.name
            );
            for (name, value) in [
                ("x-auth-username", "alice"),
                ("x-auth-method", "jwt"),
                ("x-auth-scopes", "read write"),
                ("x-auth-key-id", "-"),
                ("x-auth-request-email", "alice@example.com"),
                ("remote-user", "alice"),
                ("remote-groups", "-"),
            ] {
                assert_eq!(reply.received(name), [value], "{}: {name}", gateway.name);
            }
            for name in IDENTITY {
                assert_eq!(reply.received(&name.to_ascii_lowercase()).len(), 1, "{}: {name}", gateway.name);
            }
            for name in ["authorization", "cookie", "x-api-key", "x-api-auth"] {
                assert_eq!(reply.received(name), [""; 0], "{}: {name}", gateway.name);
            }
            assert!(!reply.text().contains(&token), "{}", gateway.name);
            assert_eq!(reply.received("x-forwarded-for"), ["127.0.0.1"], "{}", gateway.name);
        }
    }
}

#[test]
fn contract_6_without_a_credential_where_that_is_allowed_everything_is_a_dash() {
    let bed = Bed::start();
    for gateway in &bed.gateways {
        let reply = gateway.send("GET", "/v1/samples", &[]);
        assert_eq!(reply.status, 200, "{}: {}", gateway.name, reply.text());
        for name in IDENTITY {
            assert_eq!(reply.received(&name.to_ascii_lowercase()), ["-"], "{}: {name}", gateway.name);
        }
        let token = bed.token_of("alice");
        assert_eq!(gateway.get("/v1/samples", &token).received("remote-user"), ["alice"], "{}", gateway.name);
        assert_eq!(gateway.get("/v1/samples", "a.b.c").status, 401, "{}", gateway.name);
    }
}

#[test]
fn contract_2_keys_get_through_by_every_transport() {
    let bed = Bed::start();
    let key = bed.server.key("alice", |_| {});
    let basic = format!("Basic {}", STANDARD.encode(format!("{key}:")));
    for gateway in &bed.gateways {
        for (name, value) in [
            ("Authorization", basic.as_str()),
            ("Authorization", &format!("Bearer {key}")),
            ("X-API-Key", &key),
        ] {
            let reply = gateway.send("POST", "/v1/users", &[(name, value)]);
            assert_eq!(reply.status, 200, "{} {name}: {}", gateway.name, reply.text());
            assert_eq!(reply.received("x-auth-method"), ["api_key"], "{}", gateway.name);
            assert_eq!(reply.received("remote-user"), ["alice"], "{}", gateway.name);
            assert_ne!(reply.received("x-auth-key-id"), ["-"], "{}", gateway.name);
            assert!(!reply.text().contains(&key) && !reply.text().contains(value), "{}", gateway.name);
        }
    }
}

/// How a client may write `x-auth-user-id` for a service that takes all of them for the same.
fn disguises(name: &str) -> Vec<String> {
    let mut all = vec![name.to_owned(), name.to_ascii_uppercase(), name.to_ascii_lowercase()];
    all.push(name.replacen('-', "_", 1));
    for replacement in ["_", ".", "!", "#", "$", "%", "&", "'", "*", "+", "^", "`", "|", "~"] {
        all.push(name.replace('-', replacement));
    }
    all
}

#[test]
fn contract_6_spoofed_identity_headers_do_not_arrive() {
    let bed = Bed::start();
    let bearer = format!("Bearer {}", bed.token_of("alice"));
    for gateway in &bed.gateways {
        for (target, credential) in
            [("/v1/users", Some(("Authorization", bearer.as_str()))), ("/v1/samples", None)]
        {
            for name in IDENTITY {
                let disguised = disguises(name);
                let mut headers: Vec<(&str, &str)> =
                    disguised.iter().map(|name| (name.as_str(), "spoofed-root")).collect();
                headers.extend(credential);
                let reply = gateway.send("GET", target, &headers);
                assert_eq!(reply.status, 200, "{}: {}", gateway.name, reply.text());
                assert!(!reply.text().contains("spoofed-root"), "{} {name}: {}", gateway.name, reply.text());
            }
        }
    }
}

#[test]
fn contract_6_nothing_arrives_that_undoes_what_was_checked() {
    let bed = Bed::start();
    let bearer = format!("Bearer {}", bed.token_of("alice"));
    for gateway in &bed.gateways {
        for name in HEARSAY {
            let disguised = disguises(name);
            let mut headers: Vec<(&str, &str)> =
                disguised.iter().map(|name| (name.as_str(), "/spoofed-root")).collect();
            headers.push(("Authorization", &bearer));
            let reply = gateway.send("GET", "/v1/users", &headers);
            assert_eq!(reply.status, 200, "{} {name}: {}", gateway.name, reply.text());
            assert!(!reply.text().contains("spoofed-root"), "{} {name}: {}", gateway.name, reply.text());
        }
        let claims = [
            ("Authorization", bearer.as_str()),
            ("X-Real-IP", "192.0.2.1"),
            ("X-Forwarded-For", "192.0.2.1"),
        ];
        for claims in
            [&claims[..], &[&claims[..], &[("Connection", "close, X-Real-IP, X-Forwarded-For")]].concat()]
        {
            let reply = gateway.send("GET", "/v1/users", claims);
            for name in ["x-real-ip", "x-forwarded-for"] {
                assert_eq!(reply.received(name), ["127.0.0.1"], "{} {name}", gateway.name);
            }
        }
    }
}

#[test]
fn contract_6_no_header_takes_the_identity_away() {
    let bed = Bed::start();
    let bearer = format!("Bearer {}", bed.token_of("alice"));
    for gateway in &bed.gateways {
        for names in ["close, X-Auth-User-Id", "close, remote-user, x-auth-scopes"] {
            let headers = [("Authorization", bearer.as_str()), ("Connection", names)];
            let reply = gateway.send("GET", "/v1/users", &headers);
            if reply.status != 400 {
                assert_eq!(reply.status, 200, "{}: {}", gateway.name, reply.text());
                for name in ["remote-user", "x-auth-username"] {
                    assert_eq!(reply.received(name), ["alice"], "{}", gateway.name);
                }
            }
        }
    }
}

#[test]
fn contract_6_a_body_reaches_the_upstream_intact() {
    let bed = Bed::start();
    let bearer = format!("Bearer {}", bed.token_of("alice"));
    let body: Vec<u8> = (0..1_048_576_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &body);
    let digest: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    for gateway in &bed.gateways {
        for method in ["POST", "PUT", "PATCH"] {
            let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/octet-stream")];
            let reply = wire::send(gateway.address, method, "/v1/samples/upload", &headers, &body);
            assert_eq!(reply.status, 200, "{} {method}: {}", gateway.name, reply.text());
            let received = reply.json();
            assert_eq!(received["method"], method, "{}", gateway.name);
            assert_eq!(received["body"]["length"], body.len(), "{} {method}", gateway.name);
            assert_eq!(received["body"]["sha256"], digest, "{} {method}", gateway.name);
            assert_eq!(reply.received("content-type"), ["application/octet-stream"], "{}", gateway.name);
            let reply = wire::send(gateway.address, method, "/v1/samples/upload", &headers[1..], &body);
            assert_eq!(reply.status, 401, "{} {method}: {}", gateway.name, reply.text());
        }
        let chunked = [("Authorization", bearer.as_str()), ("Transfer-Encoding", "chunked")];
        let reply =
            wire::send_raw_body(gateway.address, "POST", "/v1/users", &chunked, b"5\r\nhello\r\n0\r\n\r\n");
        assert_eq!((reply.status, &reply.json()["body"]["length"]), (200, &5.into()), "{}", gateway.name);
        let head = gateway.send("HEAD", "/v1/users", &[("Authorization", &bearer)]);
        assert_eq!((head.status, head.body.len()), (200, 0), "{}", gateway.name);
    }
}
