//! Owns the tests of what a client may register itself as (RFC 7591 §2, §3; RFC 7592 §2.2).

use super::*;
use crate::oauth::fixture::at;
use crate::oauth::scope::Scope;

const ID: &str = "abcdefghijklmnopqrst";
const CALLBACK: &str = "https://app.example/callback";

fn described(change: Value) -> Result<Client, OAuthError> {
    let mut request = json!({"redirect_uris": [CALLBACK], "client_name": "An App"});
    for (name, value) in change.as_object().unwrap() {
        request[name] = value.clone();
    }
    read(request.as_object().unwrap(), ID, &[], at(1000))
}

fn refused(change: Value) -> &'static str {
    described(change.clone()).err().map_or_else(|| panic!("{change}"), |error| error.code.as_str())
}

#[test]
fn rfc7591_2_what_is_left_out_has_its_default() {
    let client = described(json!({})).unwrap();
    assert_eq!(client.auth_method, Some(AuthMethod::ClientSecretBasic));
    assert_eq!(client.grants, [GrantType::AuthorizationCode]);
    assert!(client.require_pkce && client.metadata.registered_itself && client.is_stranger());
    let told = told(&client);
    assert_eq!(told["response_types"], json!(["code"]));
    assert_eq!(told["grant_types"], json!(["authorization_code"]));
    assert_eq!(told["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(told["client_secret_expires_at"], 0);
    assert_eq!(told["client_id_issued_at"], 1000);
    assert_eq!(described(json!({"client_name": null})).unwrap().name, "app.example");
}

#[test]
fn rfc7591_2_what_is_not_understood_is_ignored() {
    let client = described(json!({
        "tomorrow": {"a": [1]}, "client_name#de": "Eine App", "software_statement": "a.b.c",
        "client_id": "mine", "client_secret": "mine", "application_type": "native",
    }))
    .unwrap();
    assert_eq!(client.client_id, ID);
    assert_eq!(client, described(json!({})).unwrap());
}

#[test]
fn rfc7591_5_what_is_an_operators_to_grant_is_not_had_by_asking() {
    let client = described(json!({
        "grant_types": ["authorization_code", "client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange",
                        "implicit", "password", "refresh_token"],
        "scope": "read admin openid every:thing",
        "require_pkce": false, "resource_server": true, "resources": ["https://api.example"],
        "fapi": true, "from_document": true, "registered_itself": false, "disabled": false, "rate_limit": 1000000,
    }))
    .unwrap();
    assert_eq!(client.grants, [GrantType::AuthorizationCode, GrantType::RefreshToken]);
    assert_eq!(client.scope, Scope::from(["read", "openid"]));
    assert!(client.require_pkce && !client.resource_server && client.resources.is_empty());
    assert!(!client.metadata.fapi && !client.metadata.from_document && client.metadata.registered_itself);
    assert_eq!(client.rate_limit, None);
    assert_eq!(refused(json!({"scope": "admin"})), "invalid_client_metadata");
    assert_eq!(refused(json!({"grant_types": ["client_credentials"]})), "invalid_client_metadata");
}

#[test]
fn rfc7591_3_2_2_a_bad_redirection_uri_has_its_own_code() {
    let many: Vec<String> = (0..21).map(|i| format!("https://app.example/{i}")).collect();
    for uris in [
        json!([]),
        json!(null),
        json!(["http://app.example/callback"]),
        json!([CALLBACK, "javascript:alert(1)"]),
        json!(["/callback"]),
        json!(["https://app.example/#fragment"]),
        json!([format!("https://app.example/{}", "a".repeat(500))]),
        json!(many),
    ] {
        assert_eq!(refused(json!({"redirect_uris": uris})), "invalid_redirect_uri", "{uris}");
    }
    let device = "urn:ietf:params:oauth:grant-type:device_code";
    let none = described(json!({"redirect_uris": [], "grant_types": [device]})).unwrap();
    assert_eq!(told(&none)["response_types"], json!([]));
}

#[test]
fn rfc7591_3_2_2_whatever_else_is_wrong_is_invalid_client_metadata() {
    for change in [
        json!({"redirect_uris": CALLBACK}),
        json!({"client_name": 1}),
        json!({"client_name": " "}),
        json!({"client_name": "a\nb"}),
        json!({"token_endpoint_auth_method": "client_secret_jwt"}),
        json!({"token_endpoint_auth_method": "private_key_jwt"}),
        json!({"grant_types": ["refresh_token"]}),
        json!({"grant_types": []}),
        json!({"response_types": ["token"]}),
        json!({"jwks": {"keys": []}}),
        json!({"jwks": {"keys": []}, "jwks_uri": "https://app.example/jwks"}),
        json!({"jwks_uri": "http://app.example/jwks"}),
        json!({"logo_uri": "javascript:alert(1)"}),
        json!({"client_uri": format!("https://app.example/{}", "a".repeat(500))}),
        json!({"contacts": vec!["a@app.example"; 11]}),
        json!({"software_id": "a".repeat(201)}),
        json!({"id_token_signed_response_alg": "none"}),
        json!({"default_max_age": -1}),
        json!({"subject_type": "secret"}),
        json!({"subject_type": "pairwise", "grant_types": ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"]}),
        json!({"post_logout_redirect_uris": ["http://app.example/"]}),
    ] {
        assert_eq!(refused(change.clone()), "invalid_client_metadata", "{change}");
    }
}

#[test]
fn rfc7591_3_2_1_everything_registered_is_told_and_nothing_that_is_ours() {
    let client = described(json!({
        "logo_uri": "https://app.example/logo.png", "contacts": ["a@app.example"], "software_id": "x",
        "post_logout_redirect_uris": ["https://app.example/out"], "default_max_age": 60,
        "token_endpoint_auth_method": "none", "dpop_bound_access_tokens": true,
    }))
    .unwrap();
    let told = told(&client);
    for (name, value) in [
        ("logo_uri", json!("https://app.example/logo.png")),
        ("contacts", json!(["a@app.example"])),
        ("software_id", json!("x")),
        ("post_logout_redirect_uris", json!(["https://app.example/out"])),
        ("default_max_age", json!(60)),
        ("dpop_bound_access_tokens", json!(true)),
        ("id_token_signed_response_alg", json!("RS256")),
        ("scope", json!("read write openid profile email offline_access")),
    ] {
        assert_eq!(told.get(name), Some(&value), "{name}");
    }
    assert!(!told.contains_key("client_secret_expires_at"), "a public client has no secret");
    assert!(UNTOLD.iter().all(|name| !told.contains_key(*name)), "{told:?}");
    // What is told can be sent again, and says the same (RFC 7592 §2.2).
    assert_eq!(super::told(&read(&told, ID, &[], at(1000)).unwrap()), told);
}

#[test]
fn rfc7592_2_2_a_change_names_its_client_and_nothing_of_ours() {
    let check = |request: Value| check_update(request.as_object().unwrap(), ID).is_ok();
    assert!(check(json!({"client_id": ID, "redirect_uris": []})));
    assert!(!check(json!({"redirect_uris": []})) && !check(json!({"client_id": "another"})));
    for name in OURS {
        assert!(!check(json!({"client_id": ID, name: null})), "{name}");
    }
}
