//! FAPI 2.0 Security Profile, from end to end: one switch holds a client to all of it.

use portcullis::flows::actor::Actor;
use portcullis::flows::clients::{self, ClientChange};
use portcullis::oauth::client::AuthMethod;
use portcullis::oauth::client_metadata::ClientMetadata;
use serde_json::json;

use crate::support::actor::{VERIFIER, asks};
use crate::support::dpop::Prover;
use crate::support::exchange::{Reply, encode};
use crate::support::seed::{REDIRECT, unused};
use crate::support::server::TestServer;

/// Makes `web` a client of the profile, with this key.
fn holds(server: &TestServer, key: &Prover<'_>) {
    let jwks = Some(json!({"keys": [key.jwk()]}));
    let metadata = ClientMetadata { fapi: true, jwks, ..ClientMetadata::default() };
    let change = ClientChange {
        auth_method: Some(Some(AuthMethod::PrivateKeyJwt)),
        metadata: Some(metadata),
        ..ClientChange::default()
    };
    server.operator(clients::update(&server.node, Actor::Operator, "web", change)).unwrap().unwrap();
}

/// Posts as `web`, which proves who it is to `audience`, and perhaps a key.
fn posts(
    server: &TestServer,
    key: &Prover<'_>,
    audience: &str,
    path: &str,
    proof: Option<&str>,
    fields: &str,
) -> Reply {
    let now = server.clock.now().seconds();
    let claims = json!({
        "iss": "web", "sub": "web", "aud": audience, "jti": unused(), "iat": now, "exp": now + 60,
    });
    let authentication = encode(&[
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", &key.signs(&json!({"alg": "ES256"}), &claims)),
    ]);
    let body = format!("{fields}&{authentication}");
    let actor = server.actor();
    let mut request = actor.post(path);
    if let Some(proof) = proof {
        request = request.header("dpop", proof);
    }
    request.body("application/x-www-form-urlencoded", body.as_bytes()).send()
}

#[test]
fn fapi2_5_3_2_the_whole_walk_of_a_client_of_the_profile() {
    let server = TestServer::start();
    let (key, prover) = (Prover::new(&server), Prover::new(&server));
    holds(&server, &key);
    let issuer = server.issuer.clone();
    let par = format!("{issuer}/oauth/par");
    // 5.3.2.2 (3): nothing that was not pushed; 5.3.2.1 (6): no secret.
    assert_eq!(server.actor().authorizes(&asks("web", &[])).error(), "invalid_request");
    let secret = server.seed.secret("web").unwrap();
    let by_secret = server.actor().post("/oauth/par").basic("web", secret).form(&[("a", "b")]).send();
    assert_eq!(by_secret.expect(401).error(), "invalid_client");
    // 5.3.2.1 (8): the issuer and nothing else.
    let wrong = posts(&server, &key, &par, "/oauth/par", None, &asks("web", &[]));
    assert_eq!(wrong.expect(401).error(), "invalid_client");
    // 5.3.2.2 (6): a redirect URI, even if there is but one.
    let unnamed = posts(&server, &key, &issuer, "/oauth/par", None, &asks("web", &[("redirect_uri", "")]));
    assert_eq!(unnamed.expect(400).error(), "invalid_request");
    let proof = prover.proof_with("POST", &par, &[]);
    let request = asks("web", &[("state", &"s".repeat(1000))]);
    let pushed = posts(&server, &key, &issuer, "/oauth/par", Some(&proof), &request).expect(201);
    assert!(pushed.json()["expires_in"].as_i64().is_some_and(|seconds| seconds < 600));
    let query = encode(&[("client_id", "web"), ("request_uri", &pushed.member("request_uri"))]);
    let answer = server.actor().authorizes(&query);
    // 5.3.2.2 (7).
    assert_eq!(answer.parameter("iss"), Some(issuer.clone()));
    let code = answer.code();
    let redemption = encode(&[
        ("client_id", "web"),
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ]);
    let tokens =
        |proof: Option<&str>, fields: &str| posts(&server, &key, &issuer, "/oauth/token", proof, fields);
    // 5.3.2.1 (4, 5).
    assert_eq!(tokens(None, &redemption).expect(400).error(), "invalid_dpop_proof");
    let first = tokens(Some(&prover.for_tokens()), &redemption).expect(200);
    assert_eq!(first.member("token_type"), "DPoP");
    // 5.3.2.1 (9): it is not rotated.
    let refresh = first.member("refresh_token");
    let refreshing =
        encode(&[("client_id", "web"), ("grant_type", "refresh_token"), ("refresh_token", &refresh)]);
    let again = tokens(Some(&prover.for_tokens()), &refreshing).expect(200);
    assert_eq!(again.member("refresh_token"), refresh);
    // 5.3.2.2 (9).
    let replayed = tokens(Some(&prover.for_tokens()), &redemption).expect(400);
    assert_eq!(replayed.error(), "invalid_grant");
}
