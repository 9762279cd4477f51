//! `portcullis client …`.

use serde_json::{Value, json};

use crate::operator::{Operator, contains, everything_in, members};

#[test]
fn contract_14_client_create_answers_client_id_and_client_secret() {
    let operator = Operator::new();
    let made =
        operator.json(&["client", "create", "--name", "App", "--redirect-uri", "https://app.example/cb"]);
    assert_eq!(members(&made), ["client_id", "client_secret"]);
    let secret = made["client_secret"].as_str().unwrap();
    assert!(secret.starts_with("pcs_"));
    assert!(!contains(&everything_in(operator.folder.path()), secret), "stored as a digest only");
    assert!(!operator.run(&["client", "list", "--json"]).stdout.contains("pcs_"));
    let public = [
        "client",
        "create",
        "--name",
        "Spa",
        "--id",
        "spa",
        "--public",
        "--redirect-uri",
        "http://127.0.0.1/",
    ];
    assert_eq!(operator.json(&public), json!({ "client_id": "spa", "client_secret": null }));
}

#[test]
fn contract_14_the_method_of_a_new_client_says_whether_it_is_public_and_its_keys_by_what_it_authenticates() {
    let operator = Operator::new();
    let uri = ["--redirect-uri", "https://a.example/cb"];
    let made = |id: &str, more: &[&str]| {
        let said =
            operator.json(&[&["client", "create", "--name", "A", "--id", id], &uri[..], more].concat());
        let listed = operator.json(&["client", "list"])["clients"].clone();
        let own = listed.as_array().unwrap().iter().find(|client| client["client_id"] == id).unwrap().clone();
        (own["public"] == true, own["auth_method"].clone(), !said["client_secret"].is_null())
    };
    let keys = ["--jwks-uri", "https://a.example/jwks"];
    let with = |more: &[&'static str]| [&keys[..], more].concat();
    assert_eq!(made("open", &["--auth-method", "none"]), (true, json!("none"), false));
    assert_eq!(made("keyed", &keys), (false, json!("private_key_jwt"), false));
    assert_eq!(made("both", &with(&["--auth-method", "none"])), (true, json!("none"), false));
    assert_eq!(made("signs", &with(&["--public"])), (true, Value::Null, false));
    let secret = with(&["--auth-method", "client_secret_post"]);
    assert_eq!(made("secret", &secret), (false, json!("client_secret_post"), true));
    assert_eq!(made("plain", &[]), (false, Value::Null, true));
    let told =
        operator.run(&[&["client", "create", "--name", "A", "--id", "told"], &uri[..], &keys].concat());
    assert!(told.stdout.contains("key of its own"), "{}", told.stdout);
    let asked = ["client", "create", "--name", "A", "--public=false", "--auth-method", "none"];
    assert!(operator.refusal(&[&asked[..], &uri].concat()).contains("public"));
    // A change of what is there says everything itself.
    operator.json(&[&["client", "update", "plain"], &keys[..]].concat());
    assert!(operator.refusal(&["client", "update", "plain", "--auth-method", "none"]).contains("public"));

    // A file, and what it says, come to the same.
    let file = "[clients.f-open]\nauth_method = \"none\"\nredirect_uris = [\"https://a.example/cb\"]\n\
                [clients.f-keyed]\nmetadata = { jwks_uri = \"https://a.example/jwks\" }\n\
                [clients.f-secret]\nsecret_file = \"s\"\nmetadata = { jwks_uri = \"https://a.example/jwks\" }\n";
    operator.write("s", "0123456789abcdef0123456789abcdef");
    operator.write("f.toml", file);
    assert_eq!(operator.json(&["apply", "f.toml"])["client_secrets"], json!([]));
    assert_eq!(operator.json(&["apply", "f.toml"])["changes"], json!([]));
    let listed = operator.json(&["client", "list"])["clients"].clone();
    let methods: Vec<(&Value, &Value)> = listed
        .as_array()
        .unwrap()
        .iter()
        .filter(|client| client["client_id"].as_str().unwrap().starts_with("f-"))
        .map(|client| (&client["public"], &client["auth_method"]))
        .collect();
    let (yes, no) = (json!(true), json!(false));
    let (none, key) = (json!("none"), json!("private_key_jwt"));
    assert_eq!(methods, [(&no, &key), (&yes, &none), (&no, &Value::Null)]);
}

#[test]
fn contract_14_every_flag_of_client_create_is_kept() {
    let operator = Operator::new();
    operator.json(&[
        "client",
        "create",
        "--name",
        "API",
        "--id",
        "api",
        "--resource-server",
        "--resource",
        "HTTPS://API.example",
        "--resource-description",
        "the archive",
        "--grant",
        "authorization_code",
        "--grant",
        "client_credentials",
        "--redirect-uri",
        "https://a.example/1",
        "--redirect-uri",
        "https://a.example/2",
        "--scope",
        "openid",
        "--scope",
        "read",
        "--default-scope",
        "openid",
        "--default-scope",
        "read",
        "--no-pkce",
        "--auth-method",
        "client_secret_post",
        "--post-logout-redirect-uri",
        "https://a.example/out",
        "--require-par",
        "--dpop",
        "--jwks-uri",
        "https://a.example/jwks",
        "--id-token-alg",
        "ES256",
        "--subject-type",
        "pairwise",
        "--backchannel-logout-uri",
        "https://a.example/ended",
    ]);
    let mut listed = operator.json(&["client", "list"])["clients"][0].clone();
    assert!(listed["created_at"].take().as_str().unwrap().ends_with('Z'));
    assert_eq!(
        listed,
        json!({
            "client_id": "api",
            "name": "API",
            "public": false,
            "redirect_uris": ["https://a.example/1", "https://a.example/2"],
            "grants": ["authorization_code", "client_credentials"],
            "scope": "openid read",
            "default_scope": "openid read",
            "auth_method": "client_secret_post",
            "require_pkce": false,
            "resource_server": true,
            "resources": ["HTTPS://API.example"],
            "rate_limit": null,
            "disabled": false,
            "previous_secret_until": null,
            "created_at": null,
            "metadata": {
                "resource_description": "the archive",
                "post_logout_redirect_uris": ["https://a.example/out"],
                "require_pushed_authorization_requests": true,
                "dpop_bound_access_tokens": true,
                "jwks_uri": "https://a.example/jwks",
                "id_token_signed_response_alg": "ES256",
                "subject_type": "pairwise",
                "backchannel_logout_uri": "https://a.example/ended",
            },
        })
    );
}

#[test]
fn contract_14_an_empty_value_removes_what_was_registered() {
    let operator = Operator::new();
    let ended = "https://a.example/ended";
    operator.json(&[
        "client",
        "create",
        "--name",
        "A",
        "--id",
        "a",
        "--backchannel-logout-uri",
        ended,
        "--dpop",
    ]);
    operator.json(&["client", "update", "a", "--backchannel-logout-uri", "", "--dpop=false"]);
    assert_eq!(operator.json(&["client", "list"])["clients"][0]["metadata"], json!({}));
}

#[test]
fn contract_14_client_update_changes_only_the_given_flags() {
    let operator = Operator::new();
    operator.json(&[
        "client",
        "create",
        "--name",
        "App",
        "--id",
        "app",
        "--redirect-uri",
        "https://app.example/cb",
    ]);
    let before = operator.json(&["client", "list"])["clients"][0].clone();
    assert_eq!(operator.json(&["client", "update", "app", "--no-pkce"]), json!({ "client_id": "app" }));
    let mut after = operator.json(&["client", "list"])["clients"][0].clone();
    assert_eq!(after["require_pkce"].take(), Value::Bool(false));
    after["require_pkce"] = Value::Bool(true);
    assert_eq!(after, before);
    operator.json(&["client", "update", "app", "--no-pkce=false", "--name", "Other"]);
    let last = operator.json(&["client", "list"])["clients"][0].clone();
    assert_eq!((last["require_pkce"].as_bool(), last["name"].as_str()), (Some(true), Some("Other")));
}

#[test]
fn contract_14_client_delete_and_its_refusals() {
    let operator = Operator::new();
    operator.json(&["client", "create", "--name", "Job", "--id", "job"]);
    assert!(operator.refusal(&["client", "create", "--name", "Job", "--id", "job"]).contains("taken"));
    assert!(operator.refusal(&["client", "update", "job", "--public"]).contains("confidential"));
    assert_eq!(operator.json(&["client", "delete", "job"]), json!({ "client_id": "job", "deleted": true }));
    assert!(operator.refusal(&["client", "delete", "job"]).contains("portcullis client list"));
    let http = ["client", "create", "--name", "A", "--redirect-uri", "http://app.example/cb"];
    assert!(operator.refusal(&http).contains("redirect URI"));
    assert_eq!(operator.json(&["client", "list"]), json!({ "clients": [] }));
}

#[test]
fn security_36_a_secret_is_replaced_with_an_overlap_that_can_be_ended() {
    let operator = Operator::new();
    let first = operator.json(&["client", "create", "--name", "Job", "--id", "job"]);
    let listed = || operator.json(&["client", "list"])["clients"][0]["previous_secret_until"].clone();
    assert_eq!(listed(), Value::Null);
    let second = operator.json(&["client", "replace-secret", "job", "--overlap", "7d"]);
    assert_eq!(members(&second), ["client_id", "client_secret"]);
    assert_ne!(second["client_secret"], first["client_secret"]);
    assert!(listed().as_str().unwrap().ends_with('Z'));
    let ended = operator.json(&["client", "end-old-secret", "job"]);
    assert_eq!(ended, json!({ "client_id": "job", "previous_secret_until": null }));
    assert_eq!(listed(), Value::Null);
    let third = operator.run(&["client", "replace-secret", "job"]);
    assert!(
        third.stdout.contains("does not work any more") && third.stdout.contains("pcs_"),
        "{}",
        third.stdout
    );
    assert_eq!(listed(), Value::Null);
    assert!(operator.refusal(&["client", "replace-secret", "job", "--overlap", "8d"]).contains("7 days"));
    assert!(operator.refusal(&["client", "replace-secret", "none"]).contains("client list"));
    let _ = operator.json(&["client", "update", "job", "--public", "--grant", "device_code"]);
    assert!(operator.refusal(&["client", "replace-secret", "job"]).contains("public"));
}
