//! `/.well-known/*` and `/health/*`: discovery claims what exists, and nothing else (RFC 8414, RFC 9728, RFC 7517).

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis::oauth::client_metadata::ClientMetadata;
use serde_json::{Value, json};

use crate::support::actor::asks;
use crate::support::jwt::unproved;
use crate::support::server::TestServer;

fn document(server: &TestServer, path: &str) -> Value {
    let reply = server.actor().get(path).send().expect(200);
    assert!(!reply.the_header("cache-control").contains("private"));
    reply.json()
}

#[test]
fn rfc8414_2_metadata_tells_what_exists() {
    for server in [TestServer::start(), TestServer::https()] {
        let metadata = document(&server, "/.well-known/oauth-authorization-server");
        assert_eq!(metadata["issuer"], server.issuer);
        let mut endpoints = Vec::new();
        for (name, value) in metadata.as_object().unwrap() {
            if name.ends_with("_endpoint") || name == "jwks_uri" {
                endpoints.push(name.as_str());
                let path = value
                    .as_str()
                    .unwrap()
                    .strip_prefix(&server.issuer)
                    .expect("below the issuer")
                    .to_owned();
                let reply = server.actor().get(&path).send();
                assert_ne!(reply.status, 404, "{name} does not exist");
            }
        }
        endpoints.sort_unstable();
        assert_eq!(
            endpoints,
            [
                "authorization_endpoint",
                "device_authorization_endpoint",
                "end_session_endpoint",
                "introspection_endpoint",
                "jwks_uri",
                "pushed_authorization_request_endpoint",
                "revocation_endpoint",
                "token_endpoint",
                "userinfo_endpoint"
            ]
        );
        assert_eq!(
            metadata["grant_types_supported"],
            json!([
                "authorization_code",
                "refresh_token",
                "client_credentials",
                "urn:ietf:params:oauth:grant-type:device_code",
                "urn:ietf:params:oauth:grant-type:token-exchange"
            ]),
            "contract section 3: no passwords"
        );
        assert_eq!(metadata["response_types_supported"], json!(["code"]));
        assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
        assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
        let methods = json!(["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]);
        assert_eq!(metadata["token_endpoint_auth_methods_supported"], methods);
        assert_eq!(metadata["response_modes_supported"], json!(["query", "form_post"]));
        assert_eq!(metadata["require_pushed_authorization_requests"], false);
        assert_eq!(metadata["request_uri_parameter_supported"], false, "none but those of pushed requests");
        assert_eq!(metadata["claims_parameter_supported"], true);
    }
}

/// The members of a document stand in docs/rfc-index.md, each with its test, and nothing else does.
#[test]
fn rfc8414_2_each_claim_has_a_test() {
    let server =
        TestServer::with(&[("DYNAMIC_REGISTRATION", "open"), ("CLIENT_ID_METADATA_DOCUMENTS", "on")]);
    let index = include_str!("../../docs/rfc-index.md");
    for (heading, path) in [
        ("## What discovery claims\n", "/.well-known/oauth-authorization-server"),
        ("## What the protected resource claims\n", "/.well-known/oauth-protected-resource"),
    ] {
        let table = index.split_once(heading).unwrap().1.split("\n## ").next().unwrap();
        let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        let indexed: BTreeSet<&str> = rows.collect();
        let metadata = document(&server, path);
        let claimed: BTreeSet<&str> = metadata.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(claimed, indexed, "{heading}");
    }
}

#[test]
fn rfc8414_2_the_languages_of_the_pages_are_announced() {
    let server = TestServer::start();
    let metadata = document(&server, "/.well-known/openid-configuration");
    let languages: Vec<&str> = metadata["ui_locales_supported"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag.as_str().unwrap())
        .collect();
    assert_eq!(languages, ["en", "de"]);
    for tag in languages {
        let page = server.actor().get(&format!("/login?ui_locales={tag}")).send().expect(200).text();
        assert!(page.contains(&format!("<html lang=\"{tag}\"")), "{page}");
    }
}

/// Of userinfo and introspection, by the key that is published for it.
#[test]
fn oidc_discovery_3_every_algorithm_that_is_announced_signs_what_it_is_announced_for() {
    let server = TestServer::start();
    let metadata = document(&server, "/.well-known/openid-configuration");
    let listed = |name: &str| -> Vec<String> { serde_json::from_value(metadata[name].clone()).unwrap() };
    let algorithms = listed("userinfo_signing_alg_values_supported");
    assert_eq!(algorithms, listed("introspection_signing_alg_values_supported"));
    assert!(algorithms.len() == 4 && !algorithms.contains(&"none".to_owned()), "{algorithms:?}");
    for algorithm in algorithms {
        server.registers(
            "web",
            ClientMetadata {
                userinfo_signed_response_alg: Some(algorithm.clone()),
                introspection_signed_response_alg: Some(algorithm.clone()),
                ..ClientMetadata::default()
            },
        );
        let code = server.actor().authorizes(&asks("web", &[("scope", "openid")])).code();
        let access = server.app("web").redeems(&code).access;
        let userinfo = server.actor().get("/oauth/userinfo").bearer(&access).send().expect(200).text();
        let basic = ("web", server.seed.secret("web").unwrap());
        let introspection = server
            .actor()
            .post("/oauth/introspect")
            .header("accept", "application/token-introspection+jwt")
            .basic(basic.0, basic.1)
            .form(&[("token", &access)])
            .send()
            .expect(200)
            .text();
        for jwt in [userinfo, introspection] {
            let header = URL_SAFE_NO_PAD.decode(jwt.split('.').next().unwrap()).unwrap();
            let header: Value = serde_json::from_slice(&header).unwrap();
            assert_eq!(header["alg"], algorithm, "{jwt}");
            let keys = document(&server, "/.well-known/jwks.json");
            let published = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header["kid"]);
            assert_eq!(published.unwrap()["alg"], algorithm);
        }
    }
}

#[test]
fn rfc8414_2_what_is_not_there_is_not_claimed() {
    let server = TestServer::start();
    let metadata = document(&server, "/.well-known/oauth-authorization-server").to_string();
    let path = "/oauth/check_session";
    assert_eq!(server.actor().get(path).send().status, 404, "{path} exists: extend this test");
    for word in ["check_session", "registration"] {
        assert!(!metadata.contains(word), "{word} is claimed: {metadata}");
    }
    let closed = server.actor().post("/oauth/register").json(&json!({})).send();
    assert_eq!(closed.status, 403, "not to be claimed while it is closed");
    assert!(!metadata.contains("password") && !metadata.contains("implicit") && !metadata.contains("plain"));
}

#[test]
fn rfc9728_2_the_protected_resource_names_its_authorization_server() {
    let server = TestServer::https();
    let resource = document(&server, "/.well-known/oauth-protected-resource");
    assert_eq!(resource["resource_documentation"], format!("{}/docs", server.issuer));
    assert_eq!(server.actor().get("/docs").send().status, 200);
    assert_eq!(resource["resource_name"], "Portcullis");
    assert_eq!(resource["dpop_signing_alg_values_supported"], json!(["ES256", "EdDSA", "PS256", "RS256"]));
    assert_eq!(resource["resource"], server.issuer);
    assert_eq!(resource["authorization_servers"], json!([server.issuer]));
    let challenge = server.actor().get("/auth/v1/me").send().expect(401);
    let expected = format!(r#"resource_metadata="{}/.well-known/oauth-protected-resource""#, server.issuer);
    assert!(challenge.the_header("www-authenticate").contains(&expected));
}

#[test]
fn rfc9728_2_the_ways_to_send_a_token_are_those_that_work() {
    let server = TestServer::start();
    let claimed =
        document(&server, "/.well-known/oauth-protected-resource")["bearer_methods_supported"].clone();
    let scope = [("scope", "openid profile read")];
    let code = server.actor().authorizes(&asks("web", &scope)).code();
    let token = server.app("web").presents(&code).expect(200).member("access_token");
    let actor = server.actor();
    let form = [("access_token", token.as_str())];
    // RFC 6750 §2.1, §2.2 and §2.3.
    let ways = [
        ("header", actor.get("/oauth/userinfo").bearer(&token).send()),
        ("body", actor.post("/oauth/userinfo").form(&form).send()),
        ("query", actor.get(&format!("/oauth/userinfo?access_token={token}")).send()),
    ];
    let work: Vec<&str> = ways.iter().filter(|(_, told)| told.status == 200).map(|(way, _)| *way).collect();
    assert_eq!(claimed, json!(work));
    // Where nothing is asked by a form there is the header alone.
    actor.get("/api/v1/account").bearer(&token).send().expect(200);
    assert_eq!(actor.get(&format!("/api/v1/account?access_token={token}")).send().status, 400);
    assert_eq!(actor.post("/api/v1/keys").form(&form).send().status, 401);
}

#[test]
fn rfc7517_5_keys_are_public_and_distinct() {
    let server = TestServer::start();
    let keys = document(&server, "/.well-known/jwks.json")["keys"].as_array().unwrap().clone();
    let mut algorithms: Vec<&str> = keys.iter().map(|key| key["alg"].as_str().unwrap()).collect();
    algorithms.sort_unstable();
    assert_eq!(algorithms, ["ES256", "EdDSA", "PS256", "RS256"]);
    let ids: BTreeSet<&str> = keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), keys.len());
    for key in &keys {
        assert_eq!(key["use"], "sig");
        for secret in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(key.get(secret).is_none(), "{secret} is private");
        }
        let expected: &[&str] = match key["kty"].as_str().unwrap() {
            "EC" => &["x", "y", "crv"],
            "OKP" => &["x", "crv"],
            _ => &["n", "e"],
        };
        assert!(expected.iter().all(|name| key[name].is_string()), "{key}");
    }
}

#[test]
fn rfc7517_5_a_key_is_published_before_it_signs_and_after() {
    use portcullis::flows::actor::Actor;
    use portcullis::flows::signing_keys;
    let server = TestServer::start();
    let alice = server.actor();
    let published = || {
        let keys = document(&server, "/.well-known/jwks.json")["keys"].as_array().unwrap().clone();
        let ours = keys.into_iter().filter(|key| key["alg"] == "ES256");
        ours.map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let signer = |token: &str| {
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
    };
    let keep = || server.operator(signing_keys::keep(&server.node)).unwrap();
    let told = server.actor().get("/.well-known/jwks.json").send().expect(200);
    assert_eq!(told.the_header("cache-control"), "public, max-age=300");

    let before = published();
    let first = alice.logs_in();
    assert_eq!(before, [signer(&first.access)]);
    let next = server.operator(signing_keys::rotate(&server.node, Actor::Operator)).unwrap().unwrap();
    let next = next.iter().find(|key| key.life.algorithm == "ES256").unwrap().life.kid.clone();
    assert!(published().len() == 2 && published().contains(&next), "at once");

    // Whoever fetched the set just before may keep it for 300 s; another 300 s are for clocks that differ.
    server.clock.advance(599);
    let old = alice.logs_in();
    assert_eq!(signer(&old.access), before[0]);
    server.clock.advance(1);
    let new = alice.logs_in();
    assert_eq!(signer(&new.access), next);
    for token in [&first.access, &old.access, &new.access] {
        assert!(alice.is_believed(token), "a rotation refuses nobody");
    }

    // An hour later nothing it signed is good; another 300 s later it goes.
    server.clock.advance(3599);
    assert_eq!((keep(), published().len()), (0, 2));
    server.clock.advance(301);
    assert_eq!((keep(), published()), (4, vec![next]), "one of each algorithm");
    assert!(!alice.is_believed(&old.access));
}

#[test]
fn contract_1_health() {
    let server = TestServer::start();
    for path in ["/health/live", "/health/ready"] {
        let reply = server.actor().get(path).send().expect(200);
        assert_eq!(reply.the_header("cache-control"), "no-store");
        assert!(reply.json()["status"].is_string());
        assert!(reply.set_cookies().is_empty());
        assert_eq!(server.actor().ask("HEAD", path).send().expect(200).body.len(), 0);
    }
}

#[test]
fn oidc_discovery_4_both_documents_are_one_and_tell_what_exists() {
    let server = TestServer::start();
    let openid = document(&server, "/.well-known/openid-configuration");
    assert_eq!(openid, document(&server, "/.well-known/oauth-authorization-server"));
    assert_eq!(openid["subject_types_supported"], json!(["public", "pairwise"]));
    assert_eq!(openid["id_token_signing_alg_values_supported"], json!(["RS256", "ES256", "PS256", "EdDSA"]));
    // Every claim that is listed was seen in an ID token or an answer of userinfo.
    let scope = [("scope", "openid profile email"), ("nonce", "n")];
    let code = server.actor().authorizes(&asks("web", &scope)).code();
    let answer = server.app("web").presents(&code).expect(200);
    let actor = server.actor();
    let told = actor.get("/oauth/userinfo").bearer(&answer.member("access_token")).send().expect(200).json();
    let token = unproved(&answer.member("id_token"));
    for claim in openid["claims_supported"].as_array().unwrap() {
        let name = claim.as_str().unwrap();
        // Known of people who were seen to read a page.
        assert!(name == "locale" || token.get(name).is_some() || told.get(name).is_some(), "{name}");
    }
    let acr = openid["acr_values_supported"].as_array().unwrap();
    assert!(acr.contains(&token["acr"]));
}

#[test]
fn rfc8414_2_and_rfc9728_2_the_operators_scopes_are_listed_too() {
    let server = TestServer::with(&[("SCOPES", "files:list=see the names of your files")]);
    for path in ["/.well-known/oauth-authorization-server", "/.well-known/oauth-protected-resource"] {
        let scopes = document(&server, path)["scopes_supported"].clone();
        assert!(scopes.as_array().unwrap().contains(&json!("read")), "{path}: {scopes}");
        assert!(scopes.as_array().unwrap().contains(&json!("files:list")), "{path}: {scopes}");
    }
}
