//! Broken queries, headers, cookies and requests: 4xx or ignored, never 5xx, and the server lives (contract §8, R-25).

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::doors::DOORS;
use crate::support::server::TestServer;

#[test]
fn security_r_25_broken_queries() {
    let server = TestServer::start();
    let actor = server.actor();
    let long = format!("x={}", "a".repeat(30_000));
    let many = (0..5000).map(|i| format!("a{i}=1")).collect::<Vec<_>>().join("&");
    let deep = "%25".repeat(5000);
    for door in DOORS {
        for query in [
            "%ff",
            "a=%ff",
            "%zz=1",
            "a=%",
            "%00",
            "a=%00",
            "a=1&a=2",
            "=",
            "&&&",
            "next=%ff",
            "next=%00",
            "client_id=%ff",
            "client_id=spa&redirect_uri=%ff",
            "scope=%ff",
            "hide=%00",
            "token=%ff",
            "a[]=1",
            "a;b",
            long.as_str(),
            many.as_str(),
            deep.as_str(),
        ] {
            for method in ["GET", "POST"] {
                let reply = actor.ask(method, &format!("{}?{query}", door.path)).send();
                let asked = format!("{method} {}?{query:.40}", door.path);
                assert!(reply.status < 500, "{asked}: {} {:.300}", reply.status, reply.text());
                if reply.status >= 400 {
                    door.shape.check(&reply);
                }
                let is_query_read = door.path == "/v1/auth/verify" || door.path == "/oauth/authorize";
                assert!(
                    reply.status >= 400 || !(is_query_read && method == "GET"),
                    "{asked}: {}",
                    reply.status
                );
            }
        }
    }
    assert!(!server.log().contains("panicked"));
}

#[test]
fn security_r_25_broken_headers() {
    let server = TestServer::start();
    let actor = server.actor();
    let long = "a".repeat(60_000);
    let many_cookies = (0..1000).map(|i| format!("c{i}=v")).collect::<Vec<_>>().join("; ");
    let raw: &[u8] = b"Bearer \xff\xfe";
    for door in DOORS {
        for (name, value) in [
            ("authorization", raw),
            ("authorization", b"Basic \xff"),
            ("authorization", b"Basic /////w=="),
            ("authorization", b"Bearer ....."),
            ("authorization", long.as_bytes()),
            ("cookie", b"access_token=\xff\xff"),
            ("cookie", b"access_token; =; ;; sid=\xff; pre="),
            ("cookie", b"sid=a; sid=b; pre=a; pre=b; refresh_token=a; refresh_token=b"),
            ("cookie", many_cookies.as_bytes()),
            ("cookie", b"access_token=\"a.b.c\""),
            ("x-api-key", b"\xff"),
            ("x-api-auth", b":::"),
            ("origin", b"\xff"),
            ("sec-fetch-site", b"\xff"),
            ("sec-fetch-mode", b"\xff"),
            ("accept", b"\xff"),
            ("user-agent", b"\xff"),
            ("content-type", b"\xff"),
            ("content-type", b"application/json; charset=utf-7"),
            ("content-encoding", b"gzip"),
            ("x-forwarded-for", b"\xff"),
            ("if-none-match", b"\xff"),
            ("range", b"bytes=0-99999999999"),
            ("expect", b"100-continue"),
        ] {
            for method in ["GET", "POST"] {
                let reply = actor.ask(method, door.path).header_bytes(name, value).send();
                assert!(
                    reply.status < 500,
                    "{method} {} with {name}: {} {:.300}",
                    door.path,
                    reply.status,
                    reply.text()
                );
                if reply.status >= 400 {
                    door.shape.check(&reply);
                }
            }
        }
        actor.forgets_cookies();
    }
    assert!(!server.log().contains("panicked"));
}

/// Sends bytes on a connection of their own; what comes back until it is closed.
fn raw(server: &TestServer, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.base.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(5))).unwrap();
    stream.write_all(request).unwrap();
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn rfc9112_6_requests_that_are_none() {
    let server = TestServer::start();
    let good = raw(&server, b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(good.starts_with("HTTP/1.1 200 "), "{good}");
    for (name, request) in [
        ("a length that is none", &b"POST /auth/v1/token HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n"[..]),
        ("a negative length", b"POST /auth/v1/token HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
        ("two lengths", b"POST /auth/v1/token HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        ("a chunk that is none", b"POST /auth/v1/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        ("length and chunks", b"POST /auth/v1/token HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("a space before the colon", b"GET /health/live HTTP/1.1\r\nHost : x\r\n\r\n"),
        ("NUL in a header", b"GET /health/live HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n"),
        ("NUL in the path", b"GET /health\0/live HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("no version", b"GET /health/live\r\n\r\n"),
        ("nonsense", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
    ] {
        let answer = raw(&server, request);
        let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.0 4");
        assert!(refused, "{name}: {answer}");
        assert!(!answer.contains("panicked") && !answer.contains("src/"), "{name}: {answer}");
        assert_eq!(answer.matches("HTTP/1.").count().min(2), usize::from(!answer.is_empty()), "{name}: one answer: {answer}");
    }
    assert_eq!(server.actor().get("/health/live").send().status, 200);
    assert!(!server.log().contains("panicked"));
}

#[test]
fn rfc9112_3_2_the_request_target_is_one_path() {
    let server = TestServer::start();
    for (target, status) in [
        ("http://evil.example/health/live", "200"),
        ("*", "4"),
        ("/%68ealth/live", ""),
        ("/health/../health/live", "404"),
        ("/%2e%2e/login", "404"),
        ("/assets/../login", "404"),
        ("/health//live", "404"),
        ("/health/live;x=1", "404"),
        ("/health/live/", "404"),
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = raw(&server, request.as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{target}: {answer}");
        assert!(!answer.starts_with("HTTP/1.1 5"), "{target}: {answer}");
    }
}

#[test]
fn contract_8_a_body_of_64_kib_is_read_and_one_byte_more_is_413() {
    let server = TestServer::start();
    // Whoever is signed out is sent to sign in, whatever they bring to a page that needs it.
    let actor = server.actor().named("root");
    let _ = actor.signs_in();
    for door in DOORS.iter().filter(|door| door.methods.contains(&"POST")) {
        let kind = if door.path.starts_with("/v1/auth") {
            "application/json"
        } else {
            "application/x-www-form-urlencoded"
        };
        for (size, too_large) in [(64 * 1024, false), (64 * 1024 + 1, true)] {
            let reply = actor.post(door.path).body(kind, &vec![b'a'; size]).send();
            assert_eq!(reply.status == 413, too_large, "{} with {size} bytes: {}", door.path, reply.status);
            if reply.status >= 400 {
                door.shape.check(&reply);
            }
        }
    }
}

#[test]
fn contract_8_a_chunked_body_is_measured_too() {
    let server = TestServer::start();
    let head = "POST /auth/v1/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("1000\r\n{}\r\n", "a".repeat(0x1000));
    let too_large = format!("{head}{}0\r\n\r\n", chunk.repeat(17));
    let answer = raw(&server, too_large.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains(r#""error":"payload_too_large""#), "{answer}");
    let fits = format!("{head}{}0\r\n\r\n", chunk.repeat(16));
    let answer = raw(&server, fits.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[test]
fn contract_8_a_compressed_body_is_not_unpacked() {
    let server = TestServer::start();
    let actor = server.actor();
    // `username=alice` by gzip.
    let packed = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x2b\x2d\x4e\x2d\xca\x4b\xcc\x4d\xb5\x4d\xcc\xc9\x4c\x4e\x05\x00";
    for encoding in ["gzip", "br", "zstd", "deflate"] {
        let reply = actor
            .post("/auth/v1/token")
            .header("content-encoding", encoding)
            .body("application/x-www-form-urlencoded", packed)
            .send();
        assert!(matches!(reply.status, 400 | 415), "{encoding}: {}", reply.text());
    }
}
