//! What `/api/v1/clients` says and takes beyond RFC 6749, by the names of RFC 7591 §2 and its extensions (contract §14).

use serde_json::{Value, json};

use super::Caller;
use crate::support::client_key::ClientKey;
use crate::support::neighbour::Neighbour;
use crate::support::server::TestServer;

/// A neighbour with the list that is behind the client's sector identifier URI.
fn sector() -> Neighbour {
    let neighbour = Neighbour::start();
    neighbour.shows("/sector.json", "", &json!(["https://bank.example/cb"]));
    neighbour
}

/// Every member, with a value that is not its default.
fn everything(sector: &Neighbour) -> Value {
    json!({
        "jwks": {"keys": [ClientKey::new("k1").jwk()]}, "id_token_signed_response_alg": "ES256",
        "userinfo_signed_response_alg": "EdDSA", "introspection_signed_response_alg": "ES256",
        "request_object_signing_alg": "ES256", "require_signed_request_object": true,
        "require_pushed_authorization_requests": true, "response_modes": ["form_post"], "dpop_bound_access_tokens": true,
        "fapi": true, "subject_type": "pairwise", "sector_identifier_uri": sector.url("/sector.json"),
        "default_max_age": 600, "post_logout_redirect_uris": ["https://bank.example/out"],
        "backchannel_logout_uri": "https://bank.example/ended", "backchannel_logout_session_required": true,
        "client_uri": "https://bank.example/", "logo_uri": "https://bank.example/logo.png",
        "tos_uri": "https://bank.example/terms", "policy_uri": "https://bank.example/privacy",
        "contacts": ["ops@bank.example"], "resource_server": true, "resource_description": "the accounts of the bank",
    })
}

const CLIENT: &str = "/api/v1/clients/bank";

fn registered(root: &Caller<'_>, everything: &Value) -> Value {
    let mut new = json!({"client_id": "bank", "name": "Bank", "redirect_uris": ["https://bank.example/cb"],
        "auth_method": "private_key_jwt", "scopes": ["read", "openid"], "default_scopes": ["openid"]});
    new.as_object_mut().unwrap().extend(everything.as_object().unwrap().clone());
    root.post("/api/v1/clients", &new).expect(201).json()
}

on_both! {
    fn contract_14_clients_are_registered_with_all_metadata_and_changed_member_by_member(server) {
        let root = Caller::person(server, "root");
        let sector = sector();
        let everything = everything(&sector);
        let made = registered(&root, &everything);
        assert_eq!(made.get("client_secret"), None, "it has a key");
        for (name, value) in everything.as_object().unwrap() {
            assert_eq!(&made[name], value, "{name}");
        }
        assert_eq!((&made["jwks_uri"], &made["default_scopes"]), (&Value::Null, &json!(["openid"])));
        let mut expected = root.get(CLIENT).expect(200).json();
        assert_eq!(expected, made);

        let changed = root.patch(CLIENT, &json!({"jwks_uri": "https://bank.example/keys", "default_max_age": null,
            "contacts": [], "subject_type": "", "default_scopes": []})).expect(200).json();
        for (name, value) in [("jwks", Value::Null), ("jwks_uri", json!("https://bank.example/keys")),
            ("default_max_age", Value::Null), ("contacts", json!([])), ("subject_type", Value::Null), ("default_scopes", json!(["read"]))] {
            expected[name] = value;
        }
        assert_eq!(changed, expected, "and nothing else");
        let renamed = root.patch(CLIENT, &json!({"name": "The Bank"})).expect(200).json();
        expected["name"] = json!("The Bank");
        assert_eq!(renamed, expected);
    }
}

#[test]
fn contract_14_metadata_that_contradicts_a_rule_is_refused_with_a_sentence() {
    let server = TestServer::start();
    let root = Caller::person(&server, "root");
    let sector = sector();
    let before = registered(&root, &everything(&sector));
    for (change, words) in [
        (json!({"jwks_uri": "https://bank.example/keys", "jwks": {"keys": []}}), "not both"),
        (json!({"jwks": {"keys": []}}), "none of its keys"),
        (json!({"jwks": null}), "public keys"),
        (json!({"jwks_uri": "http://bank.example/keys"}), "jwks_uri http://bank.example/keys: must be https"),
        (json!({"id_token_signed_response_alg": "none"}), "id_token_signed_response_alg none: use RS256"),
        (json!({"id_token_signed_response_alg": "RS256"}), "choose PS256, ES256 or EdDSA"),
        (json!({"auth_method": "client_secret_basic"}), "private_key_jwt"),
        (json!({"post_logout_redirect_uris": ["javascript:alert(1)"]}), "post-logout redirect URI"),
        (json!({"default_max_age": -1}), "0 or more"),
        (json!({"default_max_age": "60"}), "default_max_age has not the type"),
        (json!({"fapi": "yes"}), "fapi has not the type"),
        (json!({"contacts": "ops@bank.example"}), "contacts has not the type"),
        (json!({"resource_server": false}), "only a resource server has a description"),
        (json!({"resource_description": "two\nlines"}), "one line of 1 to 200"),
        (json!({"resource_description": "x".repeat(201)}), "one line of 1 to 200"),
        (json!({"resource_description": "knab \u{202e}"}), "characters that are seen"),
        (json!({"resource_description": 7}), "resource_description has not the type"),
        (json!({"default_scopes": ["write"]}), "the default scope must be part"),
        (json!({"from_document": true}), ""),
        (json!({"describes_itself": true}), ""),
        (json!({"registered_itself": true}), ""),
        (json!({"request_uris": []}), ""),
    ] {
        let refused = root.patch(CLIENT, &change).expect(400);
        assert!(refused.member("message").contains(words), "{change}: {}", refused.text());
    }
    assert_eq!(root.get(CLIENT).expect(200).json(), before);
}
