//! What an attacker tried at the doors: cookies of other encodings, escaped paths, mixed credentials, slow bodies
//! (contract §2, §3, §6, §13; security §3, 54, §4.5).

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::support::server::TestServer;

#[test]
fn security_4_5_another_cookie_of_any_encoding_hides_none_of_ours() {
    let server = TestServer::start();
    let alice = server.actor();
    let token = alice.logs_in().access;
    alice.forgets_cookies();
    let with = |cookies: String, query: &str| {
        alice.get(&format!("/v1/auth/verify{query}")).header_bytes("cookie", cookies.as_bytes()).send()
    };
    assert_eq!(with(format!("theme=Zo\u{eb}; access_token={token}"), "").status, 200);
    assert_eq!(with("access_token=garbage; x=\u{e9}".into(), "?anonymous=allow").status, 401);
    assert_eq!(with("access_token=gar\u{e9}".into(), "?anonymous=allow").status, 401);
    assert_eq!(with(format!("access_token={token}; x=\u{e9}; access_token={token}"), "").status, 400);
}

#[test]
fn contract_2_an_unreadable_authorization_is_a_bad_credential() {
    let server = TestServer::start();
    let reply =
        server.actor().get("/v1/auth/verify").header_bytes("authorization", b"Bearer \xc3\xa9").send();
    assert_eq!((reply.status, reply.error()), (401, "invalid_token".into()));
}

#[test]
fn contract_2_an_escaped_path_is_no_way_around_a_check() {
    let server = TestServer::start();
    let alice = server.actor();
    let token = alice.logs_in().access;
    for (method, path) in [
        ("GET", "/%61uth/v1/me?access_token=x"),
        ("GET", "/%61uth/v1/me"),
        ("GET", "/%761/auth/verify"),
        ("OPTIONS", "/v1/auth/%76erify"),
        ("POST", "/oauth/%74oken"),
    ] {
        assert_eq!(alice.ask(method, path).bearer(&token).send().status, 404, "{method} {path}");
    }
}

#[test]
fn contract_2_credentials_in_a_pages_query_are_refused_too() {
    let server = TestServer::start();
    for path in ["/login?password=x", "/?access_token=x", "/oauth/authorize?client_id=web&access_token=x"] {
        assert_eq!(server.actor().get(path).send().status, 400, "{path}");
    }
}

#[test]
fn contract_2_a_bad_credential_is_never_skipped_at_logout() {
    let server = TestServer::start();
    let (alice, root) = (server.actor(), server.actor().named("root"));
    let (hers, roots) = (alice.logs_in(), root.logs_in());
    let logout = |authorization: Option<&str>, refresh: Option<&str>| {
        let stranger = server.actor();
        let mut request = stranger.post("/auth/v1/logout");
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        request.form(&refresh.map(|token| ("refresh_token", token)).into_iter().collect::<Vec<_>>()).send()
    };
    let bearer = format!("Bearer {}", hers.access);
    assert_eq!(logout(Some("Bearer a b"), Some(&hers.refresh)).status, 401);
    assert_eq!(logout(Some("Basic YTpi"), Some(&hers.refresh)).status, 401);
    assert_eq!(logout(Some("Bearer garbage"), Some(&hers.refresh)).status, 401);
    assert_eq!(logout(Some(&bearer), Some("prt_garbage")).status, 401);
    assert_eq!(logout(Some(&bearer), Some(&roots.refresh)).status, 400);
    assert!(alice.is_believed(&hers.access) && root.is_believed(&roots.access), "nothing was ended");
    assert_eq!(logout(Some(&bearer), Some(&hers.refresh)).status, 204);
    assert!(!alice.is_believed(&hers.access));
}

#[test]
fn contract_3_the_json_logout_asks_for_an_origin_only_where_a_cookie_vouches() {
    let server = TestServer::start();
    let alice = server.actor();
    let (first, second) = (alice.logs_in(), alice.logs_in());
    let cookie = format!("access_token={}", second.access);
    alice.forgets_cookies();
    let foreign = || alice.post("/v1/auth/logout").header("origin", "capacitor://localhost");
    assert_eq!(foreign().header("cookie", &cookie).send().status, 403);
    assert!(alice.is_believed(&second.access));
    assert_eq!(foreign().bearer(&first.access).send().status, 204);
    assert!(!alice.is_believed(&first.access));
}

#[test]
fn security_4_5_a_doubled_refresh_token_cookie_is_refused() {
    let server = TestServer::start();
    let alice = server.actor();
    let token = alice.logs_in().refresh;
    let twice = format!("refresh_token={token}; refresh_token={token}");
    alice.forgets_cookies();
    let reply = alice.post("/auth/v1/refresh").header("cookie", &twice).send();
    assert_eq!((reply.status, reply.error()), (400, "invalid_request".into()));
}

#[test]
fn security_3_54_signing_in_again_kills_the_old_cookie_and_keeps_the_session() {
    let server = TestServer::start();
    let browser = server.actor();
    let _ = browser.signs_in();
    let old = browser.jar("sid").unwrap();
    let _ = browser.signs_in();
    let new = browser.jar("sid").unwrap();
    assert_ne!(old, new);
    let signed_in = |cookie: &str| {
        let stranger = server.actor();
        stranger.get("/logout").cookie("sid", cookie).send().expect(200).text().contains("alice")
    };
    assert!(signed_in(&new));
    assert!(!signed_in(&old), "the cookie from before is dead");
}

#[test]
fn security_3_54_somebody_else_signing_in_ends_the_session_before() {
    let server = TestServer::start();
    let browser = server.actor();
    let _ = browser.signs_in();
    let alices = browser.jar("sid").unwrap();
    let browser = browser.named("root");
    let _ = browser.signs_in();
    let stranger = server.actor();
    assert!(!stranger.get("/").cookie("sid", &alices).send().expect(200).text().contains("alice"));
}

#[test]
fn oidc_core_3_1_2_1_prompt_login_offers_no_way_on_without_the_password() {
    let server = TestServer::start();
    let browser = server.actor();
    let _ = browser.signs_in();
    let query = crate::support::actor::asks("web", &[("prompt", "login")]);
    let reply = browser.get(&format!("/oauth/authorize?{query}")).send().expect(303);
    let page = browser.get(reply.the_header("location")).send().expect(200);
    assert!(!page.text().contains("Continue"));
    assert_eq!(
        browser.answers(&query, true).parameter("error"),
        None,
        "and it ends in a code, not in a loop"
    );
}

#[test]
fn security_r_19_a_body_that_does_not_arrive_is_given_up() {
    let server = TestServer::start();
    let mut stream = TcpStream::connect(server.issuer.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let began = Instant::now();
    let head = "POST /auth/v1/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                Content-Length: 100\r\n\r\nu";
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains(r#""error":"request_timeout""#), "{answer}");
    assert!(began.elapsed() < Duration::from_secs(15));
}
