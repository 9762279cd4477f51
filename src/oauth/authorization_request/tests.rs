//! Authorization requests, each parameter and each way to be refused, in the order in which they are looked at.

use super::*;
use crate::oauth::client_metadata::ClientMetadata;
use crate::oauth::fixture::{self, CHALLENGE, REDIRECT_URI};
use proptest::prelude::*;
use url::form_urlencoded::Serializer;

const ISSUER: &str = "https://id.example";

/// A good request with some parameters replaced, or left out (empty).
fn params(changes: &[(&str, &str)]) -> Parameters {
    let good = [
        ("client_id", "app"),
        ("redirect_uri", REDIRECT_URI),
        ("response_type", "code"),
        ("scope", "read write"),
        ("state", "s"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let kept = good.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let query = Serializer::new(String::new()).extend_pairs(kept).extend_pairs(changes).finish();
    Parameters::from_form(query.as_bytes()).ok().unwrap()
}

fn ask(client: &Client, changes: &[(&str, &str)]) -> Result<AuthorizationRequest, AuthorizationRefusal> {
    let known = ["https://api.example".to_owned()];
    check(&params(changes), Some(client), ISSUER, &known, Arrival::default())
}

/// The code of an error that goes to the client.
fn redirected(client: &Client, changes: &[(&str, &str)]) -> Option<ErrorCode> {
    match ask(client, changes) {
        Err(AuthorizationRefusal::Redirect { back, error }) => {
            assert_eq!(back.uri.as_str(), REDIRECT_URI);
            assert_eq!(back.state.as_deref(), Some("s"));
            Some(error.code)
        }
        _ => None,
    }
}

fn shown(answer: Result<AuthorizationRequest, AuthorizationRefusal>) -> bool {
    matches!(answer, Err(AuthorizationRefusal::Page(_)))
}

#[test]
fn rfc6749_4_1_1_a_good_request_is_understood() {
    let request = ask(&fixture::public(), &[("nonce", "n")]).ok().unwrap();
    assert_eq!(request.client_id, "app");
    assert_eq!(request.back.uri.as_str(), REDIRECT_URI);
    assert!(request.redirect_uri_was_given);
    assert_eq!(request.scope, Scope::from(["read", "write"]));
    assert_eq!(request.back.state.as_deref(), Some("s"));
    assert_eq!(request.code_challenge.map(|c| c.as_str().to_owned()).as_deref(), Some(CHALLENGE));
    assert_eq!(request.nonce.as_deref(), Some("n"));
    assert_eq!(request.resource, None);
    assert_eq!(request.demand.prompt, Prompt::default());
    assert_eq!(request.back.mode, ResponseMode::Query);
}

#[test]
fn rfc6749_4_1_2_1_client_and_redirect_uri_errors_are_shown_and_never_redirected() {
    let client = fixture::public();
    assert!(shown(check(&params(&[]), None, ISSUER, &[], Arrival::default())));
    assert!(shown(ask(&client, &[("client_id", "")])));
    assert!(shown(ask(&client, &[("client_id", "other")])));
    assert!(shown(ask(&Client { disabled: true, ..client.clone() }, &[])));
    for uri in
        ["https://evil.example/", "https://app.example/cb/", "https://app.example/cb?x", "cb", "javascript:x"]
    {
        assert!(shown(ask(&client, &[("redirect_uri", uri)])), "{uri}");
    }
    let two = Client { redirect_uris: vec![REDIRECT_URI.into(), "https://b.example/".into()], ..client };
    assert!(shown(ask(&two, &[("redirect_uri", "")])));
    assert!(shown(ask(&Client { redirect_uris: Vec::new(), ..two }, &[("redirect_uri", "")])));
}

#[test]
fn rfc6749_3_1_2_3_the_only_registered_redirect_uri_need_not_be_named() {
    let request = ask(&fixture::public(), &[("redirect_uri", "")]).ok().unwrap();
    assert_eq!(request.back.uri.as_str(), REDIRECT_URI);
    assert!(!request.redirect_uri_was_given);
}

#[test]
fn rfc6749_4_1_2_1_every_other_error_redirects() {
    use ErrorCode::*;
    let long = "n".repeat(1025);
    for (changes, expected) in [
        (&[("response_type", "")][..], InvalidRequest),
        (&[("response_type", "token")], UnsupportedResponseType),
        (&[("response_type", "code id_token")], UnsupportedResponseType),
        (&[("response_mode", "fragment")], InvalidRequest),
        (&[("scope", "read admin")], InvalidScope),
        (&[("scope", "re\"ad")], InvalidScope),
        (&[("resource", "https://unknown.example")], InvalidTarget),
        (&[("resource", "nonsense")], InvalidTarget),
        (&[("prompt", "none login")], InvalidRequest),
        (&[("prompt", "create")], InvalidRequest),
        (&[("prompt", "none consent")], InvalidRequest),
        (&[("max_age", "-1")], InvalidRequest),
        (&[("max_age", "soon")], InvalidRequest),
        (&[("claims", "{")], InvalidRequest),
        (&[("claims", "[]")], InvalidRequest),
        (&[("nonce", long.as_str())], InvalidRequest),
        (&[("registration", "{}")], RegistrationNotSupported),
        (&[("registration", "{}"), ("response_type", "")], RegistrationNotSupported),
    ] {
        assert_eq!(redirected(&fixture::public(), changes), Some(expected), "{changes:?}");
    }
    let other = Client { grants: vec![GrantType::ClientCredentials], ..fixture::confidential() };
    assert_eq!(redirected(&other, &[]), Some(UnauthorizedClient));
}

#[test]
fn rfc7636_4_4_1_pkce_is_required_and_must_be_s256() {
    let missing = [("code_challenge", ""), ("code_challenge_method", "")];
    let invalid = Some(ErrorCode::InvalidRequest);
    for client in [fixture::public(), fixture::confidential()] {
        assert_eq!(redirected(&client, &missing), invalid);
        assert_eq!(redirected(&client, &[("code_challenge_method", "plain")]), invalid);
        assert_eq!(redirected(&client, &[("code_challenge_method", "")]), invalid);
        assert_eq!(redirected(&client, &[("code_challenge", "abc")]), invalid);
    }
    // The switch is for confidential clients only, and lets nobody send a broken challenge.
    let old = Client { require_pkce: false, ..fixture::confidential() };
    assert!(ask(&old, &missing).is_ok_and(|r| r.code_challenge.is_none()));
    assert!(ask(&old, &[]).is_ok_and(|r| r.code_challenge.is_some()));
    assert_eq!(redirected(&old, &[("code_challenge_method", "plain")]), invalid);
    assert_eq!(redirected(&Client { require_pkce: false, ..fixture::public() }, &missing), invalid);
}

#[test]
fn rfc6749_3_3_an_absent_scope_is_the_default_and_an_empty_default_is_refused() {
    let client = fixture::public();
    for scope in ["", " "] {
        let request = ask(&client, &[("scope", scope)]).ok().unwrap();
        assert_eq!(request.scope, client.default_scope, "{scope:?}");
    }
    let bare = Client { default_scope: Scope::empty(), ..client };
    assert_eq!(redirected(&bare, &[("scope", "")]), Some(ErrorCode::InvalidScope));
}

#[test]
fn rfc8707_2_1_a_known_resource_is_kept_as_registered() {
    let resource = |r| ask(&fixture::public(), &[("resource", r)]).ok().and_then(|r| r.resource);
    assert_eq!(resource("https://API.example/").as_deref(), Some("https://api.example"));
    assert_eq!(resource("https://id.example/").as_deref(), Some(ISSUER));
}

#[test]
fn fapi_2_long_state_and_nonce_are_accepted() {
    let (state, nonce) = ("s".repeat(1001), "n".repeat(64));
    let request = ask(&fixture::public(), &[("state", &state), ("nonce", &nonce)]).ok().unwrap();
    assert_eq!(request.back.state, Some(state));
    assert_eq!(request.nonce, Some(nonce));
}

#[test]
fn oidc_core_3_1_2_1_optional_parameters_are_read_and_never_an_error() {
    let claims = r#"{"id_token":{"auth_time":{"essential":true}},"userinfo":{"email":null}}"#;
    let client = Client {
        scope: Scope::from(["read", "write", "openid", "email"]),
        metadata: ClientMetadata { default_max_age: Some(7), ..ClientMetadata::default() },
        ..fixture::public()
    };
    let request = ask(
        &client,
        &[
            ("scope", "openid read"),
            ("prompt", "login consent"),
            ("display", "nonsense"),
            ("ui_locales", "tlh x-y-z"),
            ("claims_locales", "de"),
            ("acr_values", "urn:of:nobody"),
            ("login_hint", "somebody"),
            ("id_token_hint", "a.b.c"),
            ("claims", claims),
        ],
    );
    let request = request.ok().unwrap();
    assert!(request.demand.prompt.login && request.demand.prompt.consent);
    assert_eq!(request.demand.max_age, Some(7), "the client's default");
    assert_eq!(request.id_token_hint.as_deref(), Some("a.b.c"));
    assert_eq!(request.scope, Scope::from(["openid", "read", "email"]), "a claim asks for its scope");
    assert!(request.claims.is_some_and(|claims| claims.id_token.is_essential("auth_time")));
    let own = ask(&client, &[("max_age", "0")]).ok().unwrap();
    assert_eq!(own.demand.max_age, Some(0), "before its default");
    let plain = ask(&client, &[("claims", claims)]).ok().unwrap();
    assert_eq!(plain.scope, Scope::from(["read", "write"]), "without openid claims mean nothing");
}

#[test]
fn oidc_core_5_5_1_1_an_essential_acr_that_nobody_has_is_a_failed_sign_in() {
    let ask = |claims: &str| redirected(&fixture::public(), &[("scope", "openid"), ("claims", claims)]);
    let unmet = Some(ErrorCode::UnmetAuthenticationRequirements);
    assert_eq!(ask(r#"{"id_token":{"acr":{"essential":true,"values":["urn:of:nobody"]}}}"#), unmet);
    assert_eq!(ask(r#"{"id_token":{"acr":{"essential":true,"value":"9"}}}"#), unmet);
    for met in [
        r#"{"id_token":{"acr":{"essential":true,"values":["9","1"]}}}"#,
        r#"{"id_token":{"acr":{"essential":true}}}"#,
        r#"{"id_token":{"acr":{"values":["urn:of:nobody"]}}}"#,
        r#"{"userinfo":{"acr":{"essential":true,"value":"9"}}}"#,
    ] {
        assert_eq!(ask(met), None, "{met}");
    }
}

#[test]
fn oidc_core_3_1_2_1_an_openid_request_names_its_redirect_uri() {
    let client = fixture::public();
    assert!(shown(ask(&client, &[("scope", "openid"), ("redirect_uri", "")])));
    assert!(ask(&client, &[("scope", "openid")]).is_ok());
    assert!(ask(&client, &[("redirect_uri", "")]).is_ok(), "RFC 6749 section 3.1.2.3");
}

#[test]
fn oauth_form_post_2_errors_go_the_way_that_was_asked_for() {
    for (changes, mode) in [
        (&[("response_mode", "form_post"), ("response_type", "")][..], ResponseMode::FormPost),
        (&[("response_mode", "form_post"), ("scope", "nonsense")], ResponseMode::FormPost),
        (&[("response_mode", "nonsense")], ResponseMode::Query),
        (&[("response_mode", "query"), ("scope", "nonsense")], ResponseMode::Query),
    ] {
        match ask(&fixture::public(), changes) {
            Err(AuthorizationRefusal::Redirect { back, .. }) => assert_eq!(back.mode, mode, "{changes:?}"),
            _ => panic!("{changes:?}"),
        }
    }
}

/// The code of what is refused of a client with `metadata`, by how its request came.
fn arrives(metadata: ClientMetadata, arrival: Arrival) -> Option<ErrorCode> {
    let client = Client { metadata, ..fixture::confidential() };
    match check(&params(&[]), Some(&client), ISSUER, &[], arrival) {
        Err(AuthorizationRefusal::Redirect { error, .. }) => Some(error.code),
        Err(AuthorizationRefusal::Page(_)) => panic!("shown"),
        Ok(_) => None,
    }
}

#[test]
fn rfc9126_6_and_rfc9101_10_5_a_client_can_be_held_to_pushing_and_signing() {
    let pushed = Arrival { is_pushed: true, is_signed: false };
    let signed = Arrival { is_pushed: false, is_signed: true };
    let both = Arrival { is_pushed: true, is_signed: true };
    let refused = Some(ErrorCode::InvalidRequest);
    let must_push =
        || ClientMetadata { require_pushed_authorization_requests: true, ..ClientMetadata::default() };
    let fapi = || ClientMetadata { fapi: true, ..ClientMetadata::default() };
    let must_sign = || ClientMetadata { require_signed_request_object: true, ..ClientMetadata::default() };
    for (name, metadata, expected) in [
        ("none", ClientMetadata::default(), [None, None, None, None]),
        ("par", must_push(), [refused, None, refused, None]),
        ("fapi", fapi(), [refused, None, refused, None]),
        ("jar", must_sign(), [refused, refused, None, None]),
    ] {
        for (arrival, expected) in [Arrival::default(), pushed, signed, both].into_iter().zip(expected) {
            assert_eq!(arrives(metadata.clone(), arrival), expected, "{name} {arrival:?}");
        }
    }
}

#[test]
fn rfc9101_6_3_a_refused_object_is_told_to_the_client_only_at_its_own_redirect_uri() {
    let client = fixture::public();
    let error = || OAuthError::new(ErrorCode::InvalidRequestObject, "no");
    for (changes, redirects) in [
        (&[][..], true),
        (&[("redirect_uri", "")], true),
        (&[("redirect_uri", "https://evil.example/")], false),
        (&[("client_id", "other")], false),
    ] {
        let refusal = refuse(&params(changes), Some(&client), error());
        match refusal {
            AuthorizationRefusal::Redirect { back, .. } => {
                assert!(redirects && back.uri.as_str() == REDIRECT_URI, "{changes:?}");
            }
            AuthorizationRefusal::Page(shown) => {
                assert!(!redirects && shown.code == ErrorCode::InvalidRequestObject, "{changes:?}");
            }
        }
    }
}

#[test]
fn rfc8252_7_3_a_loopback_port_is_free_and_the_answer_goes_there() {
    let native = Client { redirect_uris: vec!["http://127.0.0.1/cb".into()], ..fixture::public() };
    let request = ask(&native, &[("redirect_uri", "http://127.0.0.1:51004/cb")]).ok().unwrap();
    assert_eq!(request.back.uri.as_str(), "http://127.0.0.1:51004/cb");
}

proptest! {
    #[test]
    fn authorization_check_never_panics_and_redirects_only_to_registered_uris(
        changes in proptest::collection::btree_map(
            prop_oneof![
                Just("client_id"), Just("redirect_uri"), Just("response_type"), Just("scope"), Just("resource"),
                Just("code_challenge"), Just("code_challenge_method"), Just("prompt"), Just("response_mode"),
                    Just("max_age"), Just("claims"), Just("nonce"), Just("id_token_hint"), Just("registration"),
            ],
            "[^\0]{0,30}|code|S256|read|https://app\\.example/cb",
            0..6,
        )
    ) {
        let changes: Vec<(&str, &str)> = changes.iter().map(|(n, v)| (*n, v.as_str())).collect();
        match ask(&fixture::public(), &changes) {
            Ok(request) => prop_assert_eq!(request.back.uri.as_str(), REDIRECT_URI),
            Err(AuthorizationRefusal::Redirect { back, error }) => {
                prop_assert_eq!(back.uri.as_str(), REDIRECT_URI);
                prop_assert!(error.code != ErrorCode::ServerError);
            }
            Err(AuthorizationRefusal::Page(error)) => prop_assert_eq!(error.code, ErrorCode::InvalidRequest),
        }
    }
}
