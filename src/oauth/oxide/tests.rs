//! The traps of the `oxide-auth` machines, each by name, with what our rules make of it (RFC 6749, RFC 7636; contract §5).

use crate::oauth::authorization_code::{AuthorizationCode, Redemption, redeem};
use crate::oauth::authorization_request::{Arrival, AuthorizationRefusal, check};
use crate::oauth::authorization_response::AuthorizationResponse;
use crate::oauth::client::Client;
use crate::oauth::client_authentication::ClientAuthentication;
use crate::oauth::error::ErrorCode;
use crate::oauth::fixture::{self, CHALLENGE, REDIRECT_URI, VERIFIER, at};
use crate::oauth::parameters::Parameters;
use crate::oauth::pkce::CodeChallenge;
use crate::oauth::refresh_token::decide;
use crate::oauth::scope::Scope;
use crate::oauth::token_request::{AuthorizationCodeRequest, RefreshTokenRequest};

fn code_request() -> AuthorizationCodeRequest {
    AuthorizationCodeRequest {
        code: "pac_x".into(),
        redirect_uri: Some(REDIRECT_URI.into()),
        code_verifier: Some(VERIFIER.into()),
        resource: None,
    }
}

fn redeem_at(
    code: Option<&AuthorizationCode>,
    request: &AuthorizationCodeRequest,
    now: i64,
) -> Result<Redemption, ErrorCode> {
    redeem(code, &fixture::public(), request, at(now)).map_err(|e| e.code)
}

#[test]
fn trap_1_unknown_code_and_wrong_verifier_are_invalid_grant_not_invalid_request() {
    assert_eq!(redeem_at(None, &code_request(), 1001), Err(ErrorCode::InvalidGrant));
    let wrong = AuthorizationCodeRequest { code_verifier: Some("a".repeat(43)), ..code_request() };
    assert_eq!(redeem_at(Some(&fixture::code()), &wrong, 1001), Err(ErrorCode::InvalidGrant));
}

#[test]
fn trap_2_the_machine_takes_any_challenge_and_verifier_and_we_do_not() {
    assert!(CodeChallenge::parse(Some("S256"), Some("abc")).is_err());
    // A challenge from before this rule, and a verifier that matches it but is too short.
    let sha256_of_a = "ypeBEsobvcr6wjGzmiPcTaeG7_gUfE5yuYB3ha_uSLs";
    let code = AuthorizationCode {
        code_challenge: Some(CodeChallenge::from_stored(sha256_of_a.into())),
        ..fixture::code()
    };
    let short = AuthorizationCodeRequest { code_verifier: Some("a".into()), ..code_request() };
    assert!(
        super::access_token(&fixture::public(), Some(&code), &short).is_ok(),
        "the machine alone accepts it"
    );
    assert_eq!(redeem_at(Some(&code), &short, 1001), Err(ErrorCode::InvalidGrant));
}

#[test]
fn trap_3_expiry_follows_our_clock_and_not_the_machines() {
    // These times are in 1970: by the machine's own clock everything here ended long ago.
    assert_eq!(redeem_at(Some(&fixture::code()), &code_request(), 1059), Ok(Redemption::First));
    assert_eq!(redeem_at(Some(&fixture::code()), &code_request(), 1060), Err(ErrorCode::InvalidGrant));
    // And these are far ahead of it.
    let far = AuthorizationCode { expires_at: at(99_999_999_999), ..fixture::code() };
    assert_eq!(redeem_at(Some(&far), &code_request(), 99_999_999_999), Err(ErrorCode::InvalidGrant));
}

#[test]
fn trap_4_nonce_and_resource_stay_on_the_row_and_out_of_the_machine() {
    let code = AuthorizationCode {
        nonce: Some("n".into()),
        resource: Some("https://api.example".into()),
        ..fixture::code()
    };
    assert_eq!(redeem_at(Some(&code), &code_request(), 1001), Ok(Redemption::First));
    assert_eq!(code.nonce.as_deref(), Some("n"));
    let other = AuthorizationCodeRequest { resource: Some("https://b.example".into()), ..code_request() };
    assert_eq!(redeem_at(Some(&code), &other, 1001), Err(ErrorCode::InvalidTarget));
}

#[test]
fn trap_5_a_public_client_refreshes_only_its_own_and_the_grant_keeps_its_scope() {
    let request = |scope: Option<&str>| RefreshTokenRequest {
        refresh_token: "prt_x".into(),
        scope: scope.map(str::to_owned),
        resource: None,
    };
    let (token, grant) = (fixture::refresh_token(), fixture::grant());
    let thief = Client { client_id: "thief".into(), ..fixture::public() };
    // Asked with the client's id, the machine itself refuses a public client's foreign token.
    let machine = super::refresh(&thief, &grant, &request(None)).map_err(|e| e.code);
    assert_eq!(machine, Err(ErrorCode::InvalidGrant));
    let narrow = decide(&token, &grant, &fixture::public(), &request(Some("read")), at(2000));
    assert_eq!(narrow.map(|(_, s)| s).ok(), Some(Scope::from(["read"])));
    let again = decide(&token, &grant, &fixture::public(), &request(None), at(2000));
    assert_eq!(again.map(|(_, s)| s).ok(), Some(Scope::from(["read", "write"])));
}

#[test]
fn trap_6_redirect_uris_are_strings_and_not_urls() {
    for same_url in ["https://app.example:443/cb", "https://APP.example/cb", "https://app.example/x/../cb"] {
        let request = AuthorizationCodeRequest { redirect_uri: Some(same_url.into()), ..code_request() };
        assert!(
            super::access_token(&fixture::public(), Some(&fixture::code()), &request).is_ok(),
            "{same_url}"
        );
        assert_eq!(
            redeem_at(Some(&fixture::code()), &request, 1001),
            Err(ErrorCode::InvalidGrant),
            "{same_url}"
        );
        let query = format!("client_id=app&response_type=code&redirect_uri={same_url}");
        let parameters = Parameters::from_form(query.as_bytes()).ok().unwrap();
        let answer =
            check(&parameters, Some(&fixture::public()), "https://id.example", &[], Arrival::default());
        assert!(matches!(answer, Err(AuthorizationRefusal::Page(_))), "{same_url}");
    }
}

#[test]
fn trap_7_no_refusal_comes_out_as_a_server_error() {
    // The machines' primitives fail without a reason; none is asked, so every refusal has its own code.
    let request = AuthorizationCodeRequest { redirect_uri: Some("no url".into()), ..code_request() };
    assert_eq!(redeem_at(Some(&fixture::code()), &request, 1001), Err(ErrorCode::InvalidGrant));
    let foreign = AuthorizationCode { client_id: "other".into(), ..fixture::code() };
    assert_eq!(redeem_at(Some(&foreign), &code_request(), 1001), Err(ErrorCode::InvalidGrant));
}

#[test]
fn trap_8_basic_is_form_decoded_may_repeat_client_id_and_answers_carry_iss() {
    let header = Some("Basic YSUzQWI6cyUyQnQ="); // a%3Ab:s%2Bt
    let parameters = Parameters::from_form(b"client_id=a:b").ok().unwrap();
    let attempt = ClientAuthentication::parse(header, &parameters).ok().unwrap();
    let read: Vec<_> =
        attempt.candidates.iter().map(|c| (c.client_id.as_str(), c.client_secret.as_deref())).collect();
    assert_eq!(read, [("a:b", Some("s+t"))]);
    let query = format!("client_id=app&redirect_uri={REDIRECT_URI}&response_type=token");
    let parameters = Parameters::from_form(query.as_bytes()).ok().unwrap();
    match check(&parameters, Some(&fixture::public()), "https://id.example", &[], Arrival::default()) {
        Err(AuthorizationRefusal::Redirect { back, error }) => {
            let AuthorizationResponse::Redirect(location) = back.error(&error, "https://id.example") else {
                panic!("a form")
            };
            assert!(location.ends_with("&iss=https%3A%2F%2Fid.example"), "{location}");
        }
        _ => panic!("a redirect with an error"),
    }
}

#[test]
fn trap_9_a_missing_response_type_is_invalid_request_and_not_unsupported() {
    let query = format!(
        "client_id=app&redirect_uri={REDIRECT_URI}&code_challenge={CHALLENGE}&code_challenge_method=S256"
    );
    let parameters = Parameters::from_form(query.as_bytes()).ok().unwrap();
    match check(&parameters, Some(&fixture::public()), "https://id.example", &[], Arrival::default()) {
        Err(AuthorizationRefusal::Redirect { error, .. }) => {
            assert_eq!(error.code, ErrorCode::InvalidRequest)
        }
        _ => panic!("a redirect with an error"),
    }
}
