//! Owns the tests of Client ID Metadata Documents: which URL is an id, which document a client.

use super::*;
use crate::oauth::client::ClientKind;
use proptest::prelude::*;
use serde_json::json;

const ID: &str = "https://app.example/client.json";
const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);

fn document() -> Value {
    json!({
        "client_id": ID,
        "client_name": "Example MCP Client",
        "client_uri": "https://app.example",
        "logo_uri": "https://app.example/logo.png",
        "redirect_uris": ["http://127.0.0.1:3000/callback", "http://localhost:3000/callback"],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut document = document();
    document[name] = value;
    document
}

fn judge(document: &Value) -> Result<Client, String> {
    read(document.to_string().as_bytes(), ID, &[], NOW)
}

#[test]
fn cimd_3_which_url_is_a_client_id() {
    for (id, good) in [
        (ID, true),
        ("https://app.example/", true),
        ("https://app.example:8443/a?b=c", true),
        ("https://app.example", false),
        ("https://app.example:443/client.json", false),
        ("HTTPS://app.example/client.json", false),
        ("https://APP.example/client.json", false),
        ("https://app.example/a/../client.json", false),
        ("https://app.example/./client.json", false),
        ("https://app.example/%2e%2e/client.json", false),
        ("https://app.example/client.json#f", false),
        ("https://user@app.example/client.json", false),
        ("https://user:x@app.example/client.json", false),
        ("https://app.example/with space", false),
        ("ftp://app.example/client.json", false),
        ("javascript:alert(1)", false),
        ("app", false),
    ] {
        assert_eq!(identifier(id, false).is_ok(), good, "{id}");
    }
    assert!(
        identifier("http://127.0.0.1:9/c", true).is_ok()
            && identifier("http://127.0.0.1:9/c", false).is_err()
    );
    let long = format!("https://app.example/{}", "a".repeat(MAX_CLIENT_URL_BYTES));
    assert!(identifier(&long, false).is_err());
}

#[test]
fn cimd_4_a_document_makes_a_client_that_no_operator_made() {
    let client = judge(&document()).unwrap();
    assert!(client.is_public() && client.metadata.from_document && client.require_pkce);
    assert_eq!(client.grants, [GrantType::AuthorizationCode, GrantType::RefreshToken]);
    assert_eq!(client.redirect_uris.len(), 2);
    assert_eq!((client.name.as_str(), client.metadata.logo_uri.clone()), ("Example MCP Client", None));
    assert!(!client.resource_server && !client.scope.contains("admin"));
    let mut least =
        json!({"client_id": ID, "client_name": "Least", "redirect_uris": ["https://app.example/cb"]});
    assert_eq!(judge(&least).unwrap().grants, [GrantType::AuthorizationCode]);
    least["scope"] = json!("read admin email other");
    let client = judge(&least).unwrap();
    assert_eq!(
        (client.scope.to_string(), client.default_scope.to_string()),
        ("read email".into(), "read".into())
    );
}

#[test]
fn cimd_4_what_a_document_cannot_give_itself() {
    let mut greedy = document();
    for (name, value) in [
        ("fapi", json!(true)),
        ("from_document", json!(false)),
        ("resource_server", json!(true)),
        ("backchannel_logout_uri", json!("https://app.example/out")),
        ("sector_identifier_uri", json!("https://app.example/s")),
        ("disabled", json!(false)),
        ("rate_limit", json!(1_000_000)),
    ] {
        greedy[name] = value;
    }
    assert_eq!(judge(&greedy), judge(&document()));
}

#[test]
fn cimd_4_1_keys_are_the_only_credentials_and_public() {
    let key = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    let keyed = |name: &str, value: Value| {
        let mut document = with("token_endpoint_auth_method", json!("private_key_jwt"));
        document[name] = value;
        document
    };
    let client = judge(&keyed("jwks", json!({"keys": [key]}))).unwrap();
    assert_eq!(
        (client.kind, client.auth_method),
        (ClientKind::Confidential, Some(AuthMethod::PrivateKeyJwt))
    );
    assert!(judge(&keyed("jwks_uri", json!("https://app.example/jwks"))).is_ok());
    let mut private = key;
    private["d"] = json!("AA");
    for bad in [
        keyed("jwks", json!({"keys": [private]})),
        keyed("jwks", json!({"keys": []})),
        keyed("jwks_uri", json!("http://app.example/jwks")),
        keyed("jwks_uri", json!("https://victim.example/jwks")),
        keyed("jwks_uri", json!("https://app.example:8443/jwks")),
        keyed("jwks_uri", json!("jwks")),
        with("token_endpoint_auth_method", json!("private_key_jwt")),
        with("token_endpoint_auth_method", json!("client_secret_basic")),
        with("token_endpoint_auth_method", json!("client_secret_post")),
        with("token_endpoint_auth_method", json!("client_secret_jwt")),
        with("client_secret", json!("s")),
        with("client_secret_expires_at", json!(0)),
    ] {
        assert!(judge(&bad).is_err(), "{bad}");
    }
}

#[test]
fn cimd_4_a_document_is_of_its_own_url_and_whole() {
    for bad in [
        with("client_id", json!("https://app.example/client.json?")),
        with("client_id", json!("https://evil.example/client.json")),
        with("client_id", json!(7)),
        with("redirect_uris", json!([])),
        with("redirect_uris", json!(["http://app.example/cb", "javascript:alert(1)"])),
        with("redirect_uris", json!("https://app.example/cb")),
        with("client_name", Value::Null),
        with("client_name", json!("")),
        with("client_name", json!("a\nb")),
        with("response_types", json!(["token"])),
        with("grant_types", json!(["client_credentials"])),
        with("client_uri", json!("javascript:alert(1)")),
        json!([document()]),
        json!("text"),
    ] {
        assert!(judge(&bad).is_err(), "{bad}");
    }
    assert!(read(b"{", ID, &[], NOW).is_err());
    let other = with("redirect_uris", json!(["cursor://x", "https://app.example/cb"]));
    assert_eq!(judge(&other).unwrap().redirect_uris, ["https://app.example/cb"]);
}

#[test]
fn cimd_8_4_what_people_decided_by_is_asked_again() {
    let before = judge(&document()).unwrap();
    let keyed = |uri: &str| {
        let mut document = with("token_endpoint_auth_method", json!("private_key_jwt"));
        document["jwks_uri"] = json!(uri);
        judge(&document).unwrap()
    };
    for (after, change) in [
        (before.clone(), Change::Nothing),
        (judge(&with("client_uri", json!("https://app.example/new"))).unwrap(), Change::Details),
        (judge(&with("client_name", json!("Bank"))).unwrap(), Change::Consent),
        (judge(&with("redirect_uris", json!(["https://evil.example/cb"]))).unwrap(), Change::Consent),
        (keyed("https://app.example/jwks"), Change::Identity),
    ] {
        assert_eq!(compare(&before, &after), change);
    }
    let (a, b) = (keyed("https://app.example/a"), keyed("https://app.example/b"));
    assert_eq!(compare(&a, &b), Change::Identity);
}

#[test]
fn oidc_core_8_1_a_client_of_another_sector_is_another_client() {
    let paired = |uri: &str| {
        let mut client = judge(&document()).unwrap();
        client.metadata.subject_type = Some("pairwise".to_owned());
        client.redirect_uris = vec![uri.to_owned()];
        client
    };
    let before = paired("https://one.example/cb");
    assert_eq!(compare(&before, &paired("https://other.example/cb")), Change::Identity);
    assert_eq!(compare(&before, &paired("https://one.example/other")), Change::Consent);
    let mut public = before.clone();
    public.metadata.subject_type = None;
    assert_eq!(compare(&before, &public), Change::Identity);
    assert_eq!(compare(&public, &before), Change::Identity);
}

proptest! {
    #[test]
    fn client_document_reader_never_panics(text in "\\PC{0,100}", name in "\\PC{0,20}") {
        let _ = read(text.as_bytes(), ID, &[], NOW);
        let _ = judge(&with("client_name", json!(name)));
        let _ = identifier(&text, true);
    }
}
