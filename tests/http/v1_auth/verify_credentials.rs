//! Which credentials verify believes: expired, revoked, malformed, doubled, contradicting (contract §2, §6, §8).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::support::actor::{Actor, asks};
use crate::support::exchange::Reply;
use crate::support::server::TestServer;

const PATH: &str = "/v1/auth/verify";

#[track_caller]
fn refused(reply: &Reply, error: &str, name: &str) {
    assert_eq!((reply.status, reply.error().as_str()), (401, error), "{name}: {}", reply.text());
    assert!(reply.the_header("www-authenticate").contains(r#"error="invalid_token""#), "{name}");
    assert_eq!(reply.the_header("cache-control"), "no-store", "{name}");
}

#[test]
fn contract_8_an_expired_token_is_token_expired() {
    let server = TestServer::start();
    let alice = server.actor();
    let token = alice.logs_in().access;
    alice.forgets_cookies();
    server.clock.advance(3599);
    let _ = alice.verifies(&token).expect(200);
    server.clock.advance(1);
    let reply = alice.verifies(&token);
    refused(&reply, "token_expired", "cached");
    assert_eq!(reply.member("message"), "The access token has expired");
    let robot = server.app("robot").acts_for_itself(&[]).expect(200).member("access_token");
    server.clock.advance(3601);
    refused(&alice.verifies(&robot), "token_expired", "never seen before");
}

#[test]
fn contract_8_a_revoked_token_is_invalid_even_with_warm_caches() {
    let server = TestServer::start();
    let alice = server.actor();
    let token = alice.logs_in().access;
    for _ in 0..3 {
        assert!(alice.is_believed(&token));
    }
    let _ = alice.post("/auth/v1/logout").send().expect(204);
    let reply = alice.verifies(&token);
    refused(&reply, "invalid_token", "revoked");
    assert_eq!(reply.member("message"), "The provided token is invalid or has expired");
}

/// A token with one of its parts replaced.
fn with_part(token: &str, at: usize, json: &str) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    parts[at] = URL_SAFE_NO_PAD.encode(json);
    parts.join(".")
}

fn part(token: &str, at: usize) -> String {
    String::from_utf8(URL_SAFE_NO_PAD.decode(token.split('.').nth(at).unwrap()).unwrap()).unwrap()
}

#[test]
fn rfc8725_3_forged_tokens_are_invalid() {
    let server = TestServer::start();
    let alice = server.actor();
    let token = alice.logs_in().access;
    alice.forgets_cookies();
    let (header, claims) = (part(&token, 0), part(&token, 1));
    let unsigned = format!("{}.{}.", token.split('.').next().unwrap(), token.split('.').nth(1).unwrap());
    let none = with_part(&unsigned, 0, r#"{"alg":"none","typ":"at+jwt"}"#);
    let body = alice.verifies(&token).expect(200).json();
    let other_user =
        claims.replace(body["user_id"].as_str().unwrap(), "00000000-0000-7000-8000-000000000000");
    assert_ne!(other_user, claims);
    for (name, forged) in [
        ("alg none", none),
        ("HS256", with_part(&token, 0, &header.replace("ES256", "HS256"))),
        ("RS256", with_part(&token, 0, &header.replace("ES256", "RS256"))),
        ("typ JWT", with_part(&token, 0, &header.replace("at+jwt", "JWT"))),
        ("unknown kid", with_part(&token, 0, r#"{"typ":"at+jwt","alg":"ES256","kid":"x"}"#)),
        ("no kid", with_part(&token, 0, r#"{"typ":"at+jwt","alg":"ES256"}"#)),
        ("own key", with_part(&token, 0, r#"{"typ":"at+jwt","alg":"ES256","jwk":{"kty":"EC"}}"#)),
        ("another user", with_part(&token, 1, &other_user)),
        ("no signature", unsigned),
        ("cut", token[..token.len() - 4].to_owned()),
        ("longer", format!("{token}AAAA")),
        ("two parts", token.rsplit_once('.').unwrap().0.to_owned()),
        ("four parts", format!("{token}.x")),
        ("empty parts", "..".to_owned()),
        ("not base64", "a.b.c".to_owned()),
        ("no dots", "x".repeat(500)),
    ] {
        refused(&alice.verifies(&forged), "invalid_token", name);
    }
    assert!(alice.is_believed(&token));
}

#[test]
fn rfc9068_4_another_servers_token_is_invalid() {
    let (server, other) = (TestServer::start(), TestServer::start());
    let token = other.actor().logs_in().access;
    refused(&server.actor().verifies(&token), "invalid_token", "another issuer");
}

#[test]
fn contract_2_other_secrets_are_no_access_tokens() {
    let server = TestServer::start();
    let person = server.actor();
    let login = person.logs_in();
    let _ = person.signs_in();
    let code = person.authorizes(&asks("web", &[])).code();
    let session = person.jar("sid").unwrap();
    let nobody = server.actor();
    for (name, secret) in [
        ("refresh token", login.refresh.as_str()),
        ("code", &code),
        ("client secret", server.seed.secret("web").unwrap()),
        ("session", &session),
        ("password", "pw"),
        ("API key", "sk_0123456789abcdefghijklm0123456"),
    ] {
        refused(&nobody.verifies(secret), "invalid_token", name);
        refused(&nobody.get(PATH).cookie("access_token", secret).send(), "invalid_token", name);
    }
}

#[test]
fn contract_2_keys_in_every_place_are_credentials_that_are_no_good() {
    let server = TestServer::start();
    let alice = server.actor();
    let _ = alice.logs_in();
    for (name, value) in [
        ("x-api-key", "sk_0123456789abcdefghijklm0123456"),
        ("x-api-auth", "alice:0123456789abcdef"),
        ("authorization", "Basic c2tfMDEyMzQ1Njc4OWFiY2RlZmdoaWprbG0wMTIzNDU2Og=="),
        ("authorization", "Basic YWxpY2U6cGFzc3dvcmQ="),
        ("authorization", "Basic bm8tY29sb24="),
        ("authorization", "Basic"),
        ("authorization", "Bearer"),
        ("authorization", "Bearer "),
        ("authorization", "Bearer a b"),
        ("authorization", "Negotiate abc"),
        ("authorization", "sk_0123456789abcdefghijklm0123456"),
        ("authorization", ""),
    ] {
        let reply = alice.get(PATH).header(name, value).send();
        assert_eq!(
            (reply.status, reply.error()),
            (401, "invalid_token".into()),
            "{name}: {value}, beside a good cookie"
        );
    }
}

fn two(actor: &Actor<'_>, header: &str, cookie: &str) -> Reply {
    actor.get(PATH).bearer(header).cookie("access_token", cookie).send()
}

#[test]
fn contract_2_two_credentials_must_name_one_principal() {
    let server = TestServer::start();
    let (first, second) = (server.actor().logs_in().access, server.actor().logs_in().access);
    let bob = server.actor().named("bob").logs_in().access;
    let robot = server.app("robot").acts_for_itself(&[]).expect(200).member("access_token");
    let actor = server.actor();
    let _ = two(&actor, &first, &first).expect(200);
    let _ = two(&actor, &first, &second).expect(200);
    for (header, cookie) in [(&first, &bob), (&bob, &first), (&first, &robot)] {
        assert_eq!(two(&actor, header, cookie).expect(400).error(), "invalid_request");
    }
    for (header, cookie) in [("a.b.c", first.as_str()), (&first, "a.b.c")] {
        assert_eq!(two(&actor, header, cookie).expect(401).error(), "invalid_token");
    }
}

#[test]
fn security_4_5_a_doubled_cookie_or_header_is_refused() {
    let server = TestServer::start();
    let alice = server.actor();
    let token = alice.logs_in().access;
    alice.forgets_cookies();
    let good = format!("access_token={token}");
    for cookies in [
        vec![format!("{good}; {good}")],
        vec![good.clone(), good.clone()],
        vec![format!("access_token=x; {good}")],
    ] {
        let request =
            cookies.iter().fold(alice.get(PATH), |request, cookie| request.header("cookie", cookie));
        let reply = request.send();
        assert_eq!(reply.status, 400, "{}", reply.text());
        assert_eq!(reply.error(), "invalid_request");
    }
    let reply = alice.get(PATH).bearer(&token).bearer(&token).send();
    assert_eq!(reply.status, 400, "{}", reply.text());
    let _ = alice
        .get(PATH)
        .header("cookie", &format!("a=1; {good}; b=\"2\"; my_access_token=x"))
        .send()
        .expect(200);
}

#[test]
fn contract_2_credentials_in_a_query_string_are_refused() {
    let server = TestServer::start();
    let alice = server.actor();
    let token = alice.logs_in().access;
    for path in [PATH, "/auth/v1/me"] {
        for name in ["access_token", "token", "api_key", "key", "ACCESS_TOKEN"] {
            let reply = alice.get(&format!("{path}?{name}={token}")).send();
            assert_eq!(reply.status, 400, "{path} {name}: {}", reply.text());
            assert!(!reply.text().contains(&token), "{path} {name} is echoed");
            alice.forgets_cookies();
            let reply = alice.get(&format!("{path}?{name}={token}&anonymous=allow")).send();
            assert_eq!(reply.status, 400, "{path} {name} anonymously");
        }
    }
}
