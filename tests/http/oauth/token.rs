//! `POST /oauth/token` whatever the grant: errors, encodings, headers, and client credentials (RFC 6749 §4.4, §5.2).

use serde_json::json;

use crate::support::server::TestServer;

#[test]
fn contract_5_errors_have_the_rfcs_members_and_the_example_apis() {
    let server = TestServer::start();
    let reply = server.actor().post("/oauth/token").form(&[("grant_type", "refresh_token")]).send();
    let body = reply.json();
    let mut members: Vec<&String> = body.as_object().unwrap().keys().collect();
    members.sort_unstable();
    assert_eq!(members, ["code", "error", "error_description", "message", "timestamp"]);
    assert_eq!(body["code"], reply.status);
    assert_eq!(body["timestamp"], "2027-01-15T08:00:00Z");
    assert_eq!(reply.the_header("cache-control"), "no-store");
}

#[test]
fn rfc6749_5_2_grants_that_do_not_exist_here() {
    let server = TestServer::start();
    let password = server.seed.password.as_str();
    for grant in ["password", "implicit", "CLIENT_CREDENTIALS", "urn:ietf:params:oauth:grant-type:jwt-bearer"]
    {
        let fields = [("grant_type", grant), ("username", "alice"), ("password", password)];
        for app in ["web", "spa", "robot"] {
            let reply = server.app(app).asks_for_tokens(&fields);
            assert_eq!(
                (reply.status, reply.error()),
                (400, "unsupported_grant_type".into()),
                "{grant} {app}"
            );
        }
    }
    for fields in [vec![], vec![("grant_type", "")]] {
        assert_eq!(server.app("web").asks_for_tokens(&fields).expect(400).error(), "invalid_request");
    }
}

#[test]
fn rfc6749_5_2_a_grant_the_client_is_not_registered_for() {
    let server = TestServer::start();
    let code = ("code", "pac_x");
    for (app, grant) in [
        ("spa", "client_credentials"),
        ("web", "client_credentials"),
        ("robot", "authorization_code"),
        ("robot", "refresh_token"),
    ] {
        let fields = [("grant_type", grant), code, ("refresh_token", "prt_x")];
        let reply = server.app(app).asks_for_tokens(&fields);
        assert_eq!((reply.status, reply.error()), (400, "unauthorized_client".into()), "{app} {grant}");
    }
}

#[test]
fn rfc6749_3_1_doubled_parameters_are_refused() {
    let server = TestServer::start();
    let robot = server.app("robot");
    for doubled in
        [("grant_type", "client_credentials"), ("scope", "read"), ("client_id", "robot"), ("unknown", "x")]
    {
        let reply = robot.acts_for_itself(&[doubled, doubled]);
        assert_eq!((reply.status, reply.error()), (400, "invalid_request".into()), "{doubled:?}");
    }
    let secret = robot.secret.as_deref().unwrap();
    let body = format!(
        r#"{{"grant_type":"client_credentials","client_id":"robot","client_secret":"{secret}","scope":"read","scope":"write"}}"#
    );
    let reply = server.actor().post("/oauth/token").body("application/json", body.as_bytes()).send();
    assert_eq!((reply.status, reply.error()), (400, "invalid_request".into()));
}

#[test]
fn contract_5_json_is_one_flat_object_of_strings() {
    let server = TestServer::start();
    let secret = server.app("robot").secret.unwrap();
    let good = json!({"grant_type": "client_credentials", "client_id": "robot", "client_secret": secret});
    let send = |value: &serde_json::Value| server.actor().post("/oauth/token").json(value).send();
    let _ = send(&good).expect(200);
    for (name, value) in [
        ("scope", json!(["read"])),
        ("scope", json!({"read": true})),
        ("client_secret", json!(7)),
        ("grant_type", json!(true)),
    ] {
        let mut body = good.clone();
        body[name] = value;
        let reply = send(&body);
        assert_eq!((reply.status, reply.error()), (400, "invalid_request".into()), "{name}: {}", body[name]);
    }
    for body in [json!([]), json!("grant_type"), json!(null), json!([good])] {
        assert_eq!(send(&body).expect(400).error(), "invalid_request", "{body}");
    }
}

#[test]
fn rfc6749_4_4_scopes_of_client_credentials() {
    let server = TestServer::start();
    let robot = server.app("robot");
    assert_eq!(robot.acts_for_itself(&[]).expect(200).member("scope"), "read write", "its own default");
    assert_eq!(robot.acts_for_itself(&[("scope", "write")]).expect(200).member("scope"), "write");
    for scope in ["admin", "read admin", "nonsense", "re\"ad", "read\u{e9}"] {
        let reply = robot.acts_for_itself(&[("scope", scope)]);
        assert_eq!((reply.status, reply.error()), (400, "invalid_scope".into()), "{scope}");
    }
    let two = (robot.acts_for_itself(&[]), robot.acts_for_itself(&[]));
    assert_ne!(two.0.member("access_token"), two.1.member("access_token"));
}

#[test]
fn rfc9068_2_the_access_token_is_a_jwt_of_its_own_type() {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let server = TestServer::start();
    let token = server.app("robot").acts_for_itself(&[]).expect(200).member("access_token");
    let parts: Vec<&str> = token.split('.').collect();
    let part = |at: usize| -> serde_json::Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[at]).unwrap()).unwrap()
    };
    let (header, claims) = (part(0), part(1));
    assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("ES256")));
    assert_eq!(claims["iss"], server.issuer);
    assert_eq!(claims["aud"], server.issuer, "the public URL without a resource");
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!("robot"), &json!("robot")));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
    assert!(claims["jti"].is_string());
    let keys = server.actor().get("/.well-known/jwks.json").send().expect(200).json();
    assert!(
        keys["keys"].as_array().unwrap().iter().any(|key| key["kid"] == header["kid"]),
        "its key is published"
    );
}

#[test]
fn contract_2_credentials_in_the_query_are_refused() {
    let server = TestServer::start();
    let robot = server.app("robot");
    let secret = robot.secret.as_deref().unwrap();
    let query = crate::support::exchange::encode(&[("client_id", "robot"), ("client_secret", secret)]);
    let reply = server
        .actor()
        .post(&format!("/oauth/token?{query}"))
        .form(&[("grant_type", "client_credentials")])
        .send();
    assert!(matches!(reply.status, 400 | 401), "{}: {}", reply.status, reply.text());
    let _ = robot.acts_for_itself(&[]).expect(200);
}
