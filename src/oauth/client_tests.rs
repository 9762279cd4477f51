//! Tests of what may be registered as a client (RFC 6749 §2, RFC 9700 §2.1.1).

use super::*;
use crate::oauth::fixture;
use proptest::prelude::*;

#[test]
fn rfc6749_appendix_a_1_client_id_is_vschar() {
    let long = "a".repeat(129);
    for (id, good) in [
        ("app", true),
        ("my app:1", true),
        (long.get(..128).unwrap(), true),
        (long.as_str(), false),
        ("", false),
        ("a\u{7f}", false),
        ("a\n", false),
        ("\u{e9}", false),
        ("0198c5b1-7f3a-7cc0-8000-000000000001", false),
        ("0198C5B17F3A7CC08000000000000001", false),
        ("portcullis", false),
        ("Portcullis", false),
        ("new", false),
    ] {
        assert_eq!(validate_client_id(id).is_ok(), good, "{id:?}");
    }
}

#[test]
fn kind_and_method_names_round_trip() {
    assert!(AuthMethod::ALL.into_iter().all(|m| AuthMethod::parse(m.as_str()) == Some(m)));
    assert_eq!(AuthMethod::parse("private_key_jwt"), Some(AuthMethod::PrivateKeyJwt));
    assert_eq!(AuthMethod::parse("client_secret_jwt"), None);
    assert!(
        [ClientKind::Public, ClientKind::Confidential]
            .into_iter()
            .all(|k| ClientKind::parse(k.as_str()) == Some(k))
    );
}

#[test]
fn good_clients_may_be_registered() {
    for client in [
        fixture::public(),
        fixture::confidential(),
        Client { require_pkce: false, ..fixture::confidential() },
        Client { auth_method: None, ..fixture::public() },
        Client {
            grants: vec![GrantType::ClientCredentials],
            redirect_uris: Vec::new(),
            ..fixture::confidential()
        },
        Client {
            grants: vec![GrantType::DeviceCode, GrantType::RefreshToken],
            redirect_uris: Vec::new(),
            ..fixture::public()
        },
        Client {
            grants: Vec::new(),
            redirect_uris: Vec::new(),
            resource_server: true,
            resources: vec!["https://api.example".into()],
            ..fixture::confidential()
        },
    ] {
        assert_eq!(client.validate(), Ok(()));
    }
}

#[test]
fn rfc6749_2_and_rfc9700_2_1_1_bad_clients_are_refused_with_advice() {
    let (public, confidential) = (fixture::public, fixture::confidential);
    for (advice, client) in [
        ("client id", Client { client_id: String::new(), ..public() }),
        ("reserved", Client { client_id: "portcullis".into(), ..public() }),
        ("name", Client { name: " ".into(), ..public() }),
        ("name", Client { name: "a\nb".into(), ..public() }),
        ("PKCE", Client { require_pkce: false, ..public() }),
        ("client_credentials", Client { grants: GrantType::ALL.to_vec(), ..public() }),
        ("token_exchange", Client { grants: vec![GrantType::TokenExchange], ..public() }),
        ("no secret", Client { auth_method: Some(AuthMethod::ClientSecretBasic), ..public() }),
        ("must authenticate", Client { auth_method: Some(AuthMethod::None), ..confidential() }),
        ("confidential", Client { resource_server: true, ..public() }),
        ("key of its own", Client { auth_method: Some(AuthMethod::PrivateKeyJwt), ..public() }),
        ("public keys", Client { auth_method: Some(AuthMethod::PrivateKeyJwt), ..confidential() }),
        ("redirect URI", Client { redirect_uris: Vec::new(), ..public() }),
        ("redirect URI", Client { redirect_uris: vec!["http://app.example/".into()], ..public() }),
        ("at least one grant", Client { grants: Vec::new(), ..public() }),
        ("authorization_code", Client { grants: vec![GrantType::RefreshToken], ..public() }),
        ("default scope", Client { default_scope: Scope::from(["admin"]), ..public() }),
        ("printable", Client { scope: Scope::from(["re ad"]), default_scope: Scope::empty(), ..public() }),
        ("resource server", Client { resources: vec!["https://a.example".into()], ..confidential() }),
        (
            "fragment",
            Client {
                resource_server: true,
                resources: vec!["https://a.example/#f".into()],
                ..confidential()
            },
        ),
    ] {
        let message = client.validate().unwrap_err().to_string();
        assert!(message.contains(advice), "{advice}: {message}");
    }
}

#[test]
fn rfc9700_2_1_1_a_public_client_needs_pkce_whatever_its_switch_says() {
    assert!(Client { require_pkce: false, ..fixture::public() }.needs_pkce());
    assert!(!Client { require_pkce: false, ..fixture::confidential() }.needs_pkce());
}

proptest! {
    #[test]
    fn client_id_check_never_panics(id in "\\PC{0,140}") {
        let _ = validate_client_id(&id);
    }
}

#[test]
fn rfc6749_3_3_what_counts_of_the_scope_that_a_client_asks_for() {
    let scope = Scope::from(["openid", "read"]);
    let registered = Client { scope, ..fixture::public() };
    let mut stranger = registered.clone();
    stranger.metadata.registered_itself = true;
    let exists = |token: &str| token != "nothing";
    for (asked, heeded, of_stranger) in [
        ("read", "read", "read"),
        ("read admin", "read admin", "read"),
        ("read nothing", "read nothing", "read"),
        ("openid nothing read", "openid read", "openid read"),
        ("openid admin nothing", "openid admin", "openid"),
        ("admin nothing", "admin nothing", "admin nothing"),
    ] {
        let asked = Scope::parse(asked).unwrap();
        assert_eq!(registered.heeded(&asked, exists).to_string(), heeded, "{asked}");
        assert_eq!(stranger.heeded(&asked, exists).to_string(), of_stranger, "{asked}");
    }
}
