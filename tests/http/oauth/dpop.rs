//! DPoP at the token endpoint (RFC 9449): what a proof binds, every proof that is none, and each of them once.

use std::thread;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis::flows::actor::Actor;
use portcullis::flows::clients::{self, ClientChange};
use portcullis::oauth::client_metadata::ClientMetadata;
use serde_json::{Value, json};

use super::device;
use crate::support::actor::{Tokens, VERIFIER, asks, tokens};
use crate::support::dpop::Prover;
use crate::support::exchange::{Reply, encode};
use crate::support::seed::REDIRECT;
use crate::support::server::TestServer;

const FOR_ITSELF: [(&str, &str); 1] = [("grant_type", "client_credentials")];

/// What an access token says.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

fn redemption(code: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ]
}

fn refreshing(token: &str) -> Vec<(&str, &str)> {
    vec![("grant_type", "refresh_token"), ("refresh_token", token)]
}

/// Tokens of `client` for alice, bound to the prover's key.
pub fn bound_tokens(
    server: &TestServer,
    client: &'static str,
    prover: &Prover<'_>,
    more: &[(&str, &str)],
) -> Tokens {
    let code = server.actor().authorizes(&asks(client, more)).code();
    let reply = server.app(client).proves(&prover.for_tokens(), &redemption(&code)).expect(200);
    assert_eq!(reply.member("token_type"), "DPoP");
    tokens(&reply.json())
}

#[test]
fn rfc9449_5_every_grant_binds_its_access_token_to_the_key_that_was_proved() {
    let server = TestServer::start();
    let prover = Prover::new(&server);
    let confirmed = json!({"jkt": prover.thumbprint()});
    let reply = server.app("robot").proves(&prover.for_tokens(), &FOR_ITSELF).expect(200);
    assert_eq!(reply.member("token_type"), "DPoP");
    assert_eq!(claims(&reply.member("access_token"))["cnf"], confirmed);
    for client in ["spa", "web"] {
        let first = bound_tokens(&server, client, &prover, &[]);
        assert_eq!(claims(&first.access)["cnf"], confirmed);
        let again = server.app(client).proves(&prover.for_tokens(), &refreshing(&first.refresh)).expect(200);
        assert_eq!(again.member("token_type"), "DPoP");
        assert_eq!(claims(&again.member("access_token"))["cnf"], confirmed);
    }
    let codes = device::begins(&server.app("tv"), "read");
    let person = server.actor();
    let _ = person
        .submits(&device::question(person.signs_in(), &codes.user).with("decision", "allow"))
        .expect(303);
    let grant = ("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
    let fields = [grant, ("device_code", codes.device.as_str())];
    let device = server.app("tv").proves(&prover.for_tokens(), &fields).expect(200);
    // A public client's refresh token is bound, too (RFC 9449 §5).
    let refresh = device.member("refresh_token");
    assert_eq!(server.app("tv").refreshes(&refresh).status, 400);
    let again = server.app("tv").proves(&prover.for_tokens(), &refreshing(&refresh)).expect(200);
    let login = server.actor().logs_in().access;
    let fields = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", login.as_str()),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
    ];
    let exchanged = server.app("api").proves(&prover.for_tokens(), &fields).expect(200);
    for (name, reply) in
        [("a device", device), ("a device that refreshes", again), ("an exchange", exchanged)]
    {
        assert_eq!(reply.member("token_type"), "DPoP", "{name}");
        assert_eq!(claims(&reply.member("access_token"))["cnf"], confirmed, "{name}");
    }
    let plain = server.app("robot").acts_for_itself(&[]).expect(200);
    assert_eq!(plain.member("token_type"), "Bearer");
    assert_eq!(claims(&plain.member("access_token")).get("cnf"), None);
}

#[test]
fn rfc9449_5_every_wrong_proof_is_invalid_dpop_proof() {
    let server = TestServer::start();
    let (prover, other, app) = (Prover::new(&server), Prover::new(&server), server.app("robot"));
    let (now, uri) = (server.clock.now().seconds(), prover.token_endpoint());
    let claim = |name: &str, value: Value| prover.proof_with("POST", &uri, &[(name, value)]);
    let header = |name: &str, value: Value| {
        let mut header = prover.header();
        header[name] = value;
        prover.signs(&header, &prover.claims("POST", &uri))
    };
    let good = prover.for_tokens();
    let (message, signature) = good.rsplit_once('.').unwrap();
    let foreign = other.for_tokens();
    let private = {
        let mut jwk = prover.jwk();
        jwk["d"] = jwk["x"].clone();
        jwk
    };
    for (name, proof) in [
        ("nothing", String::new()),
        ("no JWT", "x".to_owned()),
        ("no signature", format!("{message}.")),
        ("another signature", format!("{message}.{}", foreign.rsplit_once('.').unwrap().1)),
        ("a padded signature", format!("{message}.{signature}=")),
        ("two", format!("{good}, {foreign}")),
        ("typ", header("typ", json!("JWT"))),
        ("alg none", header("alg", json!("none"))),
        ("alg HS256", header("alg", json!("HS256"))),
        ("alg of another key", header("alg", json!("EdDSA"))),
        ("no jwk", header("jwk", Value::Null)),
        ("another's jwk", header("jwk", other.jwk())),
        ("a private jwk", header("jwk", private)),
        ("crit", header("crit", json!(["b64"]))),
        ("no jti", claim("jti", Value::Null)),
        ("htm", claim("htm", json!("GET"))),
        ("no htm", claim("htm", Value::Null)),
        ("htu of another endpoint", claim("htu", json!(format!("{}/oauth/revoke", server.issuer)))),
        ("htu of another server", claim("htu", json!("https://other.example/oauth/token"))),
        ("no htu", claim("htu", Value::Null)),
        ("too old", claim("iat", json!(now - 61))),
        ("of the future", claim("iat", json!(now + 31))),
        ("no iat", claim("iat", Value::Null)),
    ] {
        let reply = app.proves(&proof, &FOR_ITSELF);
        assert_eq!((reply.status, reply.error().as_str()), (400, "invalid_dpop_proof"), "{name}");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{name}");
    }
    // What a client may write otherwise.
    for (name, proof) in [
        ("a query", claim("htu", json!(format!("{uri}?a=b#c")))),
        ("upper case", claim("htu", json!(uri.replace("http:", "HTTP:")))),
        ("a minute old", claim("iat", json!(now - 60))),
        ("a clock ahead", claim("iat", json!(now + 10))),
        ("more claims", claim("other", json!({"a": 1}))),
    ] {
        assert_eq!(app.proves(&proof, &FOR_ITSELF).status, 200, "{name}");
    }
}

#[test]
fn rfc9449_4_3_there_is_one_dpop_header() {
    let server = TestServer::start();
    let (prover, actor) = (Prover::new(&server), server.actor());
    let reply = actor
        .post("/oauth/token")
        .basic("robot", server.seed.secret("robot").unwrap())
        .header("dpop", &prover.for_tokens())
        .header("dpop", &prover.for_tokens())
        .form(&FOR_ITSELF)
        .send();
    assert_eq!(reply.expect(400).error(), "invalid_dpop_proof");
}

#[test]
fn rfc9449_5_a_public_clients_refresh_token_needs_its_key() {
    let server = TestServer::start();
    let (prover, other, app) = (Prover::new(&server), Prover::new(&server), server.app("spa"));
    let first = bound_tokens(&server, "spa", &prover, &[]).refresh;
    assert_eq!(app.refreshes(&first).expect(400).error(), "invalid_grant");
    assert_eq!(app.proves(&other.for_tokens(), &refreshing(&first)).expect(400).error(), "invalid_grant");
    let second = app.proves(&prover.for_tokens(), &refreshing(&first)).expect(200).member("refresh_token");
    assert_eq!(app.refreshes(&second).expect(400).error(), "invalid_grant");
    let third = app.proves(&prover.for_tokens(), &refreshing(&second)).expect(200).member("refresh_token");
    let _ = app.proves(&prover.for_tokens(), &refreshing(&third)).expect(200);
}

#[test]
fn rfc9700_4_14_2_a_spent_token_without_its_key_ends_the_family() {
    let server = TestServer::start();
    let (prover, thief, app) = (Prover::new(&server), Prover::new(&server), server.app("spa"));
    for late in [0, 30] {
        // Somebody else uses it first, and binds the family to a key of theirs: its owner must still be noticed.
        for owner in [None, Some(&prover)] {
            let code = server.actor().authorizes(&asks("spa", &[])).code();
            let stolen = app.presents(&code).expect(200).member("refresh_token");
            let proof = thief.for_tokens();
            let next = app.proves(&proof, &refreshing(&stolen)).expect(200).member("refresh_token");
            server.clock.advance(late);
            let refused = match owner {
                None => app.refreshes(&stolen),
                Some(owner) => app.proves(&owner.for_tokens(), &refreshing(&stolen)),
            };
            assert_eq!(refused.expect(400).error(), "invalid_grant");
            let ended = app.proves(&thief.for_tokens(), &refreshing(&next)).expect(400);
            assert_eq!(ended.error(), "invalid_grant", "{late}");
        }
    }
}

#[test]
fn rfc9449_5_a_public_clients_refresh_token_is_bound_to_the_first_key_it_is_used_with() {
    let server = TestServer::start();
    let (prover, other, app) = (Prover::new(&server), Prover::new(&server), server.app("spa"));
    let code = server.actor().authorizes(&asks("spa", &[])).code();
    let first = app.presents(&code).expect(200).member("refresh_token");
    let second = app.refreshes(&first).expect(200).member("refresh_token");
    let bound = app.proves(&prover.for_tokens(), &refreshing(&second)).expect(200);
    assert_eq!(bound.member("token_type"), "DPoP");
    let third = bound.member("refresh_token");
    assert_eq!(app.refreshes(&third).expect(400).error(), "invalid_grant");
    assert_eq!(app.proves(&other.for_tokens(), &refreshing(&third)).expect(400).error(), "invalid_grant");
    let _ = app.proves(&prover.for_tokens(), &refreshing(&third)).expect(200);
}

#[test]
fn rfc9449_5_a_confidential_clients_refresh_token_is_bound_to_the_client() {
    let server = TestServer::start();
    let (prover, other, app) = (Prover::new(&server), Prover::new(&server), server.app("web"));
    let refresh = bound_tokens(&server, "web", &prover, &[]).refresh;
    let reply = app.proves(&other.for_tokens(), &refreshing(&refresh)).expect(200);
    assert_eq!(claims(&reply.member("access_token"))["cnf"], json!({"jkt": other.thumbprint()}));
    assert_eq!(app.refreshes(&refresh).expect(200).member("token_type"), "Bearer");
}

#[test]
fn rfc9449_5_2_a_client_that_always_proves_is_refused_without() {
    let server = TestServer::start();
    let metadata = ClientMetadata { dpop_bound_access_tokens: true, ..ClientMetadata::default() };
    let change = ClientChange { metadata: Some(metadata), ..ClientChange::default() };
    server.operator(clients::update(&server.node, Actor::Operator, "robot", change)).unwrap().unwrap();
    let app = server.app("robot");
    assert_eq!(app.acts_for_itself(&[]).expect(400).error(), "invalid_dpop_proof");
    let _ = app.proves(&Prover::new(&server).for_tokens(), &FOR_ITSELF).expect(200);
}

#[test]
fn rfc9449_6_2_introspection_names_the_key() {
    let server = TestServer::start();
    let prover = Prover::new(&server);
    let token =
        server.app("robot").proves(&prover.for_tokens(), &FOR_ITSELF).expect(200).member("access_token");
    let told = server.app("robot").introspects(&token).expect(200).json();
    assert_eq!((&told["active"], &told["token_type"]), (&json!(true), &json!("DPoP")));
    assert_eq!(told["cnf"], json!({"jkt": prover.thumbprint()}));
}

#[test]
fn rfc9449_8_where_a_nonce_is_needed_it_is_told_and_then_taken() {
    let server = TestServer::with(&[("DPOP_NONCE", "endpoints")]);
    let (prover, app) = (Prover::new(&server), server.app("robot"));
    let with = |nonce: &str| {
        let changes = [("nonce", json!(nonce))];
        app.proves(&prover.proof_with("POST", &prover.token_endpoint(), &changes), &FOR_ITSELF)
    };
    let refused = app.proves(&prover.for_tokens(), &FOR_ITSELF).expect(400);
    assert_eq!(refused.error(), "use_dpop_nonce");
    let nonce = refused.the_header("dpop-nonce").to_owned();
    let answered = with(&nonce).expect(200);
    assert_eq!(answered.the_header("dpop-nonce"), nonce, "the same minute");
    assert_eq!(answered.header("cache-control"), Some("no-store"));
    for bad in ["", "x", &format!("{nonce}x"), &nonce[1..]] {
        assert_eq!(with(bad).expect(400).error(), "use_dpop_nonce", "{bad}");
    }
    server.clock.advance(240);
    let newer = with(&nonce).expect(200).the_header("dpop-nonce").to_owned();
    assert_ne!(newer, nonce, "the next one comes in time");
    server.clock.advance(60);
    assert_eq!(with(&nonce).expect(400).error(), "use_dpop_nonce");
    let _ = with(&newer).expect(200);
    // Whoever proves nothing is told of none.
    assert_eq!(app.acts_for_itself(&[]).expect(200).header("dpop-nonce"), None);
}

#[test]
fn rfc9449_8_without_the_setting_no_nonce_is_told_and_a_made_up_one_is_refused() {
    let server = TestServer::start();
    let (prover, app) = (Prover::new(&server), server.app("robot"));
    assert_eq!(app.proves(&prover.for_tokens(), &FOR_ITSELF).expect(200).header("dpop-nonce"), None);
    let changes = [("nonce", json!("made-up"))];
    let proof = prover.proof_with("POST", &prover.token_endpoint(), &changes);
    let refused = app.proves(&proof, &FOR_ITSELF).expect(400);
    assert_eq!(refused.error(), "invalid_dpop_proof");
    assert_eq!(refused.header("dpop-nonce"), None);
}

/// The same request by many at once.
fn at_once(server: &TestServer, client: &'static str, proof: &str, fields: &[(&str, &str)]) -> Vec<Reply> {
    thread::scope(|scope| {
        let threads: Vec<_> =
            (0..16).map(|_| scope.spawn(|| server.app(client).proves(proof, fields))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Whoever got tokens; everybody else must be told that the proof was used.
fn winners(replies: &[Reply]) -> Vec<&Reply> {
    let (winners, losers): (Vec<&Reply>, Vec<&Reply>) = replies.iter().partition(|reply| reply.status == 200);
    for loser in losers {
        assert_eq!((loser.status, loser.error()), (400, "invalid_dpop_proof".into()));
    }
    winners
}

on_both! {
    fn rfc9449_11_1_of_sixteen_replays_of_one_proof_one_counts(server) {
        let prover = Prover::new(server);
        for _ in 0..3 {
            let proof = prover.for_tokens();
            assert_eq!(winners(&at_once(server, "robot", &proof, &FOR_ITSELF)).len(), 1);
            assert_eq!(server.app("robot").proves(&proof, &FOR_ITSELF).expect(400).error(), "invalid_dpop_proof");
        }
    }

    fn rfc9449_11_1_a_replayed_proof_does_not_make_a_code_a_replay(server) {
        let prover = Prover::new(server);
        let code = server.actor().authorizes(&asks("spa", &[])).code();
        let (proof, fields) = (prover.for_tokens(), redemption(&code));
        let replies = at_once(server, "spa", &proof, &fields);
        let winners = winners(&replies);
        assert_eq!(winners.len(), 1);
        let refresh = winners[0].member("refresh_token");
        let _ = server.app("spa").proves(&prover.for_tokens(), &refreshing(&refresh)).expect(200);
    }

    fn rfc9449_11_1_what_a_stranger_proves_about_nothing_is_not_remembered(server) {
        let (prover, spa) = (Prover::new(server), server.app("spa"));
        let proof = prover.for_tokens();
        for _ in 0..2 {
            assert_eq!(spa.proves(&proof, &redemption("made-up")).expect(400).error(), "invalid_grant");
        }
        let code = server.actor().authorizes(&asks("spa", &[])).code();
        let _ = spa.proves(&proof, &redemption(&code)).expect(200);
        assert_eq!(spa.proves(&proof, &redemption(&code)).expect(400).error(), "invalid_dpop_proof");
    }

    fn rfc9449_11_1_signed_again_it_is_the_same_proof_and_by_another_key_another(server) {
        let (prover, other, app) = (Prover::new(server), Prover::new(server), server.app("robot"));
        let (uri, jti) = (prover.token_endpoint(), [("jti", json!("one"))]);
        let _ = app.proves(&prover.proof_with("POST", &uri, &jti), &FOR_ITSELF).expect(200);
        // Signed once more: another text, the same proof.
        let again = app.proves(&prover.proof_with("POST", &uri, &jti), &FOR_ITSELF);
        assert_eq!(again.expect(400).error(), "invalid_dpop_proof");
        let _ = app.proves(&other.proof_with("POST", &uri, &jti), &FOR_ITSELF).expect(200);
    }
}

#[test]
fn the_commands_of_the_page_work_as_printed() {
    let server = TestServer::start();
    let folder = tempfile::tempdir().unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/dpop.md");
    let page = std::fs::read_to_string(path).unwrap();
    let blocks: Vec<&str> =
        page.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 2);
    // The server's clock stands still.
    let clock = format!("date() {{ echo {}; }}\n", server.clock.now().seconds());
    let out = std::process::Command::new("bash")
        .args(["-euo", "pipefail", "-c", &format!("{clock}{}", blocks.concat())])
        .current_dir(folder.path())
        .env("URL", &server.base)
        .env("CLIENT", "robot")
        .env("SECRET", server.seed.secret("robot").unwrap())
        .output()
        .expect("bash, curl, openssl and perl run");
    let (stdout, stderr) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success() && stdout.contains("\"client_id\":\"robot\""), "{stdout}\n{stderr}");
}

#[test]
fn rfc9449_10_a_code_is_redeemed_by_the_key_that_was_named() {
    let server = TestServer::start();
    let (prover, other, app) = (Prover::new(&server), Prover::new(&server), server.app("spa"));
    let jkt = prover.thumbprint();
    let code = server.actor().authorizes(&asks("spa", &[("dpop_jkt", &jkt)])).code();
    assert_eq!(app.presents(&code).expect(400).error(), "invalid_grant");
    let stolen = app.proves(&other.for_tokens(), &redemption(&code));
    assert_eq!(stolen.expect(400).error(), "invalid_grant");
    let first = app.proves(&prover.for_tokens(), &redemption(&code)).expect(200).member("refresh_token");
    // Whoever has not the key cannot make a used code a replay.
    assert_eq!(app.presents(&code).expect(400).error(), "invalid_grant");
    let _ = app.proves(&prover.for_tokens(), &refreshing(&first)).expect(200);
    let refused = server.actor().authorizes(&asks("spa", &[("dpop_jkt", "x")]));
    assert_eq!(refused.error(), "invalid_request");
}

#[test]
fn rfc9449_10_1_a_proof_at_the_push_binds_the_code_like_dpop_jkt() {
    let server = TestServer::start();
    let (prover, other, app) = (Prover::new(&server), Prover::new(&server), server.app("web"));
    let uri = format!("{}/oauth/par", server.issuer);
    let secret = server.seed.secret("web").unwrap();
    let push = |proof: &str, more: &[(&str, &str)]| {
        let fields = asks("web", more);
        let body = format!("{fields}&client_secret={secret}");
        let form = "application/x-www-form-urlencoded";
        server.actor().post("/oauth/par").header("dpop", proof).body(form, body.as_bytes()).send()
    };
    let proof = || prover.proof_with("POST", &uri, &[]);
    let (own, others) = (prover.thumbprint(), other.thumbprint());
    assert_eq!(push(&prover.for_tokens(), &[]).expect(400).error(), "invalid_dpop_proof");
    assert_eq!(push(&proof(), &[("dpop_jkt", &others)]).expect(400).error(), "invalid_dpop_proof");
    let used = proof();
    for (proof, more) in [(used.clone(), vec![]), (proof(), vec![("dpop_jkt", own.as_str())])] {
        let pushed = push(&proof, &more).expect(201).member("request_uri");
        let query = encode(&[("client_id", "web"), ("request_uri", &pushed)]);
        let code = server.actor().authorizes(&query).code();
        assert_eq!(app.presents(&code).expect(400).error(), "invalid_grant");
        assert_eq!(app.proves(&other.for_tokens(), &redemption(&code)).expect(400).error(), "invalid_grant");
        let _ = app.proves(&prover.for_tokens(), &redemption(&code)).expect(200);
    }
    assert_eq!(push(&used, &[]).expect(400).error(), "invalid_dpop_proof");
}
