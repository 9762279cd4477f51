//! FAPI 2.0 Security Profile, from end to end: one switch holds a client to all of it.

use jsonwebtoken::Algorithm;
use portcullis::flows::actor::Actor as By;
use portcullis::flows::clients::{self, ClientChange};
use portcullis::oauth::client::AuthMethod;
use portcullis::oauth::client_metadata::ClientMetadata;
use serde_json::{Value, json};

use crate::support::actor::{Answer, VERIFIER, asks};
use crate::support::client_key::TYPE;
use crate::support::dpop::Prover;
use crate::support::exchange::{Reply, encode};
use crate::support::jwt::unproved;
use crate::support::seed::{REDIRECT, unused};
use crate::support::server::TestServer;

/// A client of the profile: its key, and the one that its tokens are bound to.
struct Holder<'s> {
    server: &'s TestServer,
    id: &'static str,
    key: Prover<'s>,
    prover: Prover<'s>,
}

impl<'s> Holder<'s> {
    /// Makes `id` one.
    fn of(server: &'s TestServer, id: &'static str) -> Self {
        let (key, prover) = (Prover::new(server), Prover::new(server));
        let jwks = Some(json!({"keys": [key.jwk()]}));
        let metadata = ClientMetadata { fapi: true, jwks, ..ClientMetadata::default() };
        let change = ClientChange {
            auth_method: Some(Some(AuthMethod::PrivateKeyJwt)),
            metadata: Some(metadata),
            ..ClientChange::default()
        };
        server.operator(clients::update(&server.node, By::Operator, id, change)).unwrap().unwrap();
        Self { server, id, key, prover }
    }

    fn par(&self) -> String {
        format!("{}/oauth/par", self.server.issuer)
    }

    /// A proof for the push, with changes.
    fn proves_at_par(&self, changes: &[(&str, Value)]) -> String {
        self.prover.proof_with("POST", &self.par(), changes)
    }

    /// Who it is, by `key`, to `audience`.
    fn asserts(&self, key: &Prover<'_>, audience: &Value) -> String {
        let now = self.server.clock.now().seconds();
        let claims = json!({
            "iss": self.id, "sub": self.id, "aud": audience, "jti": unused(), "iat": now, "exp": now + 60,
        });
        let assertion = key.signs(&json!({"alg": "ES256"}), &claims);
        encode(&[("client_assertion_type", TYPE), ("client_assertion", &assertion)])
    }

    /// Posts a form, perhaps with a proof.
    fn sends(&self, path: &str, proof: Option<&str>, fields: &str) -> Reply {
        let actor = self.server.actor();
        let mut request = actor.post(path);
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        request.body("application/x-www-form-urlencoded", fields.as_bytes()).send()
    }

    /// The same, proving who it is to the issuer.
    fn posts(&self, path: &str, proof: Option<&str>, fields: &str) -> Reply {
        let authentication = self.asserts(&self.key, &json!(self.server.issuer));
        self.sends(path, proof, &format!("{fields}&{authentication}"))
    }

    fn pushes(&self, more: &[(&str, &str)]) -> Reply {
        self.posts("/oauth/par", None, &asks(self.id, more))
    }

    /// What alice's browser brings back for a pushed request, with more beside it.
    fn signs_in(&self, pushed: &Reply, beside: &[(&str, &str)]) -> Answer {
        let uri = pushed.member("request_uri");
        let query = encode(&[&[("client_id", self.id), ("request_uri", uri.as_str())], beside].concat());
        self.server.actor().authorizes(&query)
    }

    fn redeems(&self, code: &str) -> Reply {
        self.posts("/oauth/token", Some(&self.prover.for_tokens()), &self.redemption(code))
    }

    fn redemption(&self, code: &str) -> String {
        encode(&[
            ("client_id", self.id),
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ])
    }

    fn refreshing(&self, token: &str) -> String {
        encode(&[("client_id", self.id), ("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    /// What userinfo answers to a token, with a proof.
    fn asks_who(&self, token: &str, more: &[(&str, Value)]) -> Reply {
        let uri = format!("{}/oauth/userinfo", self.server.issuer);
        let changes = [&[("ath", json!(crate::support::dpop::ath(token)))], more].concat();
        let proof = self.prover.proof_with("GET", &uri, &changes);
        self.server.actor().get("/oauth/userinfo").dpop(token, &proof).send()
    }
}

#[test]
fn fapi2_5_3_2_the_whole_walk_of_a_client_of_the_profile() {
    let server = TestServer::start();
    let web = Holder::of(&server, "web");
    // 5.3.2.2 (3): nothing that was not pushed; 5.3.2.1 (6): no secret.
    assert_eq!(server.actor().authorizes(&asks("web", &[])).error(), "invalid_request");
    let secret = server.seed.secret("web").unwrap();
    let by_secret = server.actor().post("/oauth/par").basic("web", secret).form(&[("a", "b")]).send();
    assert_eq!(by_secret.expect(401).error(), "invalid_client");
    let request = asks("web", &[("state", &"s".repeat(1000))]);
    let pushed = web.posts("/oauth/par", Some(&web.proves_at_par(&[])), &request).expect(201);
    assert!(pushed.json()["expires_in"].as_i64().is_some_and(|seconds| seconds < 600));
    let answer = web.signs_in(&pushed, &[]);
    // 5.3.2.2 (7).
    assert_eq!(answer.parameter("iss"), Some(server.issuer.clone()));
    let redemption = web.redemption(&answer.code());
    let tokens = |proof: Option<&str>, fields: &str| web.posts("/oauth/token", proof, fields);
    // 5.3.2.1 (4, 5).
    assert_eq!(tokens(None, &redemption).expect(400).error(), "invalid_dpop_proof");
    let first = tokens(Some(&web.prover.for_tokens()), &redemption).expect(200);
    assert_eq!(first.member("token_type"), "DPoP");
    // 5.3.2.1 (9): it is not rotated.
    let refresh = first.member("refresh_token");
    let again = tokens(Some(&web.prover.for_tokens()), &web.refreshing(&refresh)).expect(200);
    assert_eq!(again.member("refresh_token"), refresh);
    // 5.3.2.2 (9).
    let replayed = tokens(Some(&web.prover.for_tokens()), &redemption).expect(400);
    assert_eq!(replayed.error(), "invalid_grant");
}

/// Modules happy-flow and refresh-token.
#[test]
fn fapi2_5_3_2_two_clients_of_the_profile_keep_apart() {
    let server = TestServer::start();
    let both = [Holder::of(&server, "web"), Holder::of(&server, "mail")];
    let stranger = Prover::new(&server);
    for (holder, other) in [(&both[0], &both[1]), (&both[1], &both[0])] {
        let jkt = holder.prover.thumbprint();
        let pushed = holder.pushes(&[("scope", "openid email"), ("dpop_jkt", &jkt)]).expect(201);
        let code = holder.signs_in(&pushed, &[]).code();
        assert_eq!(other.redeems(&code).expect(400).error(), "invalid_grant");
        let first = holder.redeems(&code).expect(200);
        assert_eq!(unproved(&first.member("id_token"))["aud"], holder.id);
        let access = first.member("access_token");
        assert_eq!(holder.asks_who(&access, &[]).expect(200).json()["email"], "alice@example.com");
        assert_eq!(other.asks_who(&access, &[]).expect(401).error(), "invalid_dpop_proof");
        let refresh = first.member("refresh_token");
        let (fields, proof) = (holder.refreshing(&refresh), || holder.prover.for_tokens());
        let issuer = json!(server.issuer);
        // Without its key, by another, without a proof, and by another client.
        let bare = holder.sends("/oauth/token", Some(&proof()), &fields);
        assert_eq!(bare.expect(401).error(), "invalid_client");
        let forged = format!("{fields}&{}", holder.asserts(&stranger, &issuer));
        let forged = holder.sends("/oauth/token", Some(&proof()), &forged);
        assert_eq!(forged.expect(401).error(), "invalid_client");
        let unproved = holder.posts("/oauth/token", None, &fields);
        assert_eq!(unproved.expect(400).error(), "invalid_dpop_proof");
        let stolen =
            other.posts("/oauth/token", Some(&other.prover.for_tokens()), &other.refreshing(&refresh));
        assert_eq!(stolen.expect(400).error(), "invalid_grant");
        let again = holder.posts("/oauth/token", Some(&proof()), &fields).expect(200);
        assert_eq!(again.member("refresh_token"), refresh);
        let _ = holder.asks_who(&again.member("access_token"), &[]).expect(200);
    }
}

/// Modules ensure-authorization-request-without-*, -with-64-char-nonce, -with-long-*, ensure-different-*-inside-and-outside and
/// state-only-outside-request-object-not-used.
#[test]
fn fapi2_5_3_2_2_state_and_nonce_are_those_that_were_pushed() {
    let server = TestServer::start();
    let web = Holder::of(&server, "web");
    let (short, long, state) = ("n".repeat(64), "n".repeat(384), "s".repeat(1000));
    let beside = [("state", "evil"), ("nonce", "evil")];
    for (pushed, beside) in [
        (&[][..], &[][..]),
        (&[], &beside[..]),
        (&[("nonce", "n")], &beside[..1]),
        (&[("state", "st")], &beside[1..]),
        (&[("state", "st"), ("nonce", "n")], &beside),
        (&[("nonce", short.as_str())], &[]),
        (&[("nonce", long.as_str()), ("state", state.as_str())], &[]),
    ] {
        let request = web.pushes(&[&[("scope", "openid")], pushed].concat()).expect(201);
        let answer = web.signs_in(&request, beside);
        let said =
            |name: &str| pushed.iter().find(|(own, _)| *own == name).map(|(_, text)| (*text).to_owned());
        assert_eq!(answer.parameter("state"), said("state"), "{pushed:?} {beside:?}");
        let id_token = web.redeems(&answer.code()).expect(200).member("id_token");
        let nonce = unproved(&id_token).get("nonce").cloned();
        assert_eq!(nonce, said("nonce").map(Value::from), "{pushed:?} {beside:?}");
    }
}

/// Modules ensure-other-scope-order-succeeds and test-claims-parameter-identity-claims.
#[test]
fn fapi2_5_3_2_claims_come_by_each_way_to_ask() {
    let server = TestServer::start();
    let web = Holder::of(&server, "web");
    let known = [
        ("name", json!("alice")),
        ("preferred_username", json!("alice")),
        ("email", json!("alice@example.com")),
        ("email_verified", json!(false)),
    ];
    let asked =
        |how: Value| -> Value { known.iter().map(|(name, _)| ((*name).to_owned(), how.clone())).collect() };
    let (voluntary, essential) = (asked(Value::Null), asked(json!({"essential": true})));
    let all = json!({"id_token": voluntary, "userinfo": essential, "elsewhere": {"name": null}}).to_string();
    let other = json!({"id_token": essential, "userinfo": voluntary}).to_string();
    for (scope, claims) in [
        ("email profile openid", ""),
        ("openid email profile", ""),
        ("openid", all.as_str()),
        ("openid", other.as_str()),
    ] {
        let pushed = web.pushes(&[("scope", scope), ("claims", claims)]).expect(201);
        let told = web.redeems(&web.signs_in(&pushed, &[]).code()).expect(200);
        let (id_token, access) = (unproved(&told.member("id_token")), told.member("access_token"));
        let userinfo = web.asks_who(&access, &[]).expect(200).json();
        assert_eq!(userinfo["sub"], id_token["sub"]);
        for (name, value) in &known {
            assert_eq!(&userinfo[name], value, "{scope} {claims}");
            let in_token = if claims.is_empty() { None } else { Some(value) };
            assert_eq!(id_token.get(name), in_token, "{scope} {claims}");
        }
        let bearer = server.actor().get("/oauth/userinfo").bearer(&access).send();
        assert_eq!(bearer.expect(401).error(), "invalid_token");
    }
}

/// Modules ensure-request-object-without-redirect-uri-fails, ensure-redirect-uri-in-authorization-request,
/// ensure-response-type-*-fails and par-test-*-as-audience-fails.
#[test]
fn fapi2_5_3_2_2_what_the_profile_refuses_at_the_push() {
    let server = TestServer::start();
    let web = Holder::of(&server, "web");
    for (more, error) in [
        // 5.3.2.2 (6): a redirect URI, even if there is but one.
        (&[("redirect_uri", "")][..], "invalid_request"),
        (&[("redirect_uri", ""), ("scope", "openid")], "invalid_request"),
        (&[("response_type", "code id_token")], "unsupported_response_type"),
        (&[("response_type", "id_token")], "unsupported_response_type"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("code_challenge", ""), ("code_challenge_method", "")], "invalid_request"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
    ] {
        assert_eq!(web.pushes(more).expect(400).error(), error, "{more:?}");
    }
    // 5.3.2.1 (8): the issuer and nothing else.
    let (issuer, fields) = (&server.issuer, asks("web", &[]));
    for audience in [json!(web.par()), json!(format!("{issuer}/oauth/token")), json!([issuer])] {
        let fields = format!("{fields}&{}", web.asserts(&web.key, &audience));
        assert_eq!(
            web.sends("/oauth/par", None, &fields).expect(401).error(),
            "invalid_client",
            "{audience}"
        );
    }
    let _ = web.pushes(&[]).expect(201);
}

/// Modules ensure-dpopproof-with-iat-10seconds-* and check-dpop-proof-nbf-exp.
#[test]
fn fapi2_5_3_2_1_a_proof_at_the_push_may_be_of_a_clock_ten_seconds_off() {
    let server = TestServer::start();
    let (web, other) = (Holder::of(&server, "web"), Prover::new(&server));
    let (now, request) = (server.clock.now().seconds(), asks("web", &[("scope", "openid")]));
    let push =
        |changes: &[(&str, Value)]| web.posts("/oauth/par", Some(&web.proves_at_par(changes)), &request);
    for changes in [
        &[("iat", json!(now - 10))][..],
        &[("iat", json!(now + 10))],
        &[("nbf", json!(now)), ("exp", json!(now + 300))],
    ] {
        let code = web.signs_in(&push(changes).expect(201), &[]).code();
        let fields = web.redemption(&code);
        let stolen = web.posts("/oauth/token", Some(&other.for_tokens()), &fields);
        assert_eq!(stolen.expect(400).error(), "invalid_grant", "it binds the code: {changes:?}");
        let proof = web.prover.proof_with("POST", &web.prover.token_endpoint(), changes);
        let access = web.posts("/oauth/token", Some(&proof), &fields).expect(200).member("access_token");
        let _ = web.asks_who(&access, changes).expect(200);
    }
    for iat in [now - 61, now + 31, now - 3600, now + 3600] {
        assert_eq!(push(&[("iat", json!(iat))]).expect(400).error(), "invalid_dpop_proof", "{iat}");
    }
}

#[test]
fn fapi2_5_4_1_whatever_is_configured_tokens_of_the_profile_are_signed_by_what_it_allows() {
    let server = TestServer::with(&[("ACCESS_TOKEN_ALGORITHM", "RS256")]);
    let signed_by = |token: &str| jsonwebtoken::decode_header(token).unwrap().alg;
    let mail = server.app("mail");
    let plain = mail.presents(&server.actor().authorizes(&asks("mail", &[])).code()).expect(200);
    assert_eq!(signed_by(&plain.member("access_token")), Algorithm::RS256, "what is configured");

    let web = Holder::of(&server, "web");
    let pushed = web.pushes(&[("scope", "openid read")]).expect(201);
    let first = web.redeems(&web.signs_in(&pushed, &[]).code()).expect(200);
    let refreshing = web.refreshing(&first.member("refresh_token"));
    let refreshed = web.posts("/oauth/token", Some(&web.prover.for_tokens()), &refreshing).expect(200);
    let robot = Holder::of(&server, "robot");
    let own = encode(&[("client_id", "robot"), ("grant_type", "client_credentials")]);
    let own = robot.posts("/oauth/token", Some(&robot.prover.for_tokens()), &own).expect(200);
    let api = Holder::of(&server, "api");
    let login = server.actor().logs_in();
    let exchange = encode(&[
        ("client_id", "api"),
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", &login.access),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
    ]);
    let exchanged = api.posts("/oauth/token", Some(&api.prover.for_tokens()), &exchange).expect(200);
    for answer in [&first, &refreshed, &own, &exchanged] {
        assert_eq!(signed_by(&answer.member("access_token")), Algorithm::ES256);
    }
    assert_eq!(signed_by(&first.member("id_token")), Algorithm::ES256);
    assert!(web.asks_who(&refreshed.member("access_token"), &[]).expect(200).json()["sub"].is_string());
}
