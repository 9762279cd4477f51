//! `/.well-known/*` and `/health/*`: discovery claims what exists, and nothing else (RFC 8414, RFC 9728, RFC 7517).

use serde_json::{Value, json};

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
                "introspection_endpoint",
                "jwks_uri",
                "revocation_endpoint",
                "token_endpoint"
            ]
        );
        assert_eq!(
            metadata["grant_types_supported"],
            json!([
                "authorization_code",
                "refresh_token",
                "client_credentials",
                "urn:ietf:params:oauth:grant-type:device_code"
            ]),
            "contract section 3: no passwords"
        );
        assert_eq!(metadata["response_types_supported"], json!(["code"]));
        assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
        assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
        let methods = json!(["client_secret_basic", "client_secret_post", "none"]);
        assert_eq!(metadata["token_endpoint_auth_methods_supported"], methods);
    }
}

#[test]
fn rfc8414_2_what_is_not_there_is_not_claimed() {
    let server = TestServer::start();
    let metadata = document(&server, "/.well-known/oauth-authorization-server").to_string();
    for (path, word) in [
        ("/oauth/userinfo", "userinfo"),
        ("/oauth/par", "pushed_authorization"),
        ("/oauth/register", "registration"),
        ("/oauth/logout", "end_session"),
        ("/.well-known/openid-configuration", "id_token"),
    ] {
        assert_eq!(server.actor().get(path).send().status, 404, "{path} exists: extend this test");
        assert!(!metadata.contains(word), "{word} is claimed: {metadata}");
    }
    assert!(!metadata.contains("password") && !metadata.contains("implicit") && !metadata.contains("plain"));
}

#[test]
fn rfc9728_2_the_protected_resource_names_its_authorization_server() {
    let server = TestServer::https();
    let resource = document(&server, "/.well-known/oauth-protected-resource");
    assert_eq!(resource["resource"], server.issuer);
    assert_eq!(resource["authorization_servers"], json!([server.issuer]));
    assert_eq!(resource["bearer_methods_supported"], json!(["header"]));
    let challenge = server.actor().get("/auth/v1/me").send().expect(401);
    let expected = format!(r#"resource_metadata="{}/.well-known/oauth-protected-resource""#, server.issuer);
    assert!(challenge.the_header("www-authenticate").contains(&expected));
}

#[test]
fn rfc7517_5_keys_are_public_and_distinct() {
    let server = TestServer::start();
    let keys = document(&server, "/.well-known/jwks.json")["keys"].as_array().unwrap().clone();
    let mut algorithms: Vec<&str> = keys.iter().map(|key| key["alg"].as_str().unwrap()).collect();
    algorithms.sort_unstable();
    assert_eq!(algorithms, ["ES256", "RS256"]);
    let mut ids: Vec<&str> = keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
    ids.dedup();
    assert_eq!(ids.len(), keys.len());
    for key in &keys {
        assert_eq!(key["use"], "sig");
        for secret in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(key.get(secret).is_none(), "{secret} is private");
        }
        let expected: &[&str] = if key["kty"] == "EC" { &["x", "y", "crv"] } else { &["n", "e"] };
        assert!(expected.iter().all(|name| key[name].is_string()), "{key}");
    }
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
