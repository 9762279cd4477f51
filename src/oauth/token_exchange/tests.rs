//! What may be exchanged, by whom, and for what (RFC 8693).

use super::*;
use crate::oauth::client::ClientKind;
use crate::oauth::fixture;
use proptest::prelude::*;

const HOME: &str = "https://id.example";
const API: &str = "https://api.example/";
const OTHER: &str = "https://other.example/";

fn parse(form: &str) -> Result<TokenExchangeRequest, OAuthError> {
    TokenExchangeRequest::parse(&Parameters::from_form(form.as_bytes()).ok().unwrap())
}

/// A request, with more parameters.
fn request(more: &str) -> TokenExchangeRequest {
    let form = format!("subject_token=t&subject_token_type={ACCESS_TOKEN_TYPE}{more}");
    parse(&form).ok().unwrap()
}

fn server() -> Client {
    Client { resource_server: true, resources: vec![API.into()], ..fixture::confidential() }
}

fn subject<'a>(client_id: Option<&'a str>, audience: &'a str, scope: &'a Scope) -> Subject<'a> {
    Subject { client_id, audience, scope, jkt: None, origin: None }
}

fn check(client: &Client, more: &str, subject: &Subject<'_>) -> Result<(String, String), ErrorCode> {
    let known = [API.to_owned(), OTHER.to_owned()];
    decide(client, &request(more), subject, None, &known, HOME)
        .map(|given| (given.scope.to_string(), given.audience))
        .map_err(|error| error.code)
}

#[test]
fn rfc8693_2_1_what_is_required_and_what_does_not_exist_here() {
    let good = format!("subject_token=t&subject_token_type={ACCESS_TOKEN_TYPE}");
    assert!(parse(&good).is_ok_and(|r| r.subject_token_type == SubjectTokenType::AccessToken));
    let key = format!("subject_token=t&subject_token_type={API_KEY_TYPE}");
    assert!(parse(&key).is_ok_and(|r| r.subject_token_type == SubjectTokenType::ApiKey));
    for wanted in [ACCESS_TOKEN_TYPE, JWT_TYPE] {
        let asked = parse(&format!("{good}&requested_token_type={wanted}"));
        assert!(asked.is_ok_and(|r| r.issued_token_type == wanted), "{wanted}");
    }
    // A key is an access token, too, but no JWT.
    for (name, kind) in
        [(ACCESS_TOKEN_TYPE, SubjectTokenType::ApiKey), (JWT_TYPE, SubjectTokenType::AccessToken)]
    {
        let key = parse(&format!("subject_token=sk_t&subject_token_type={name}"));
        assert!(key.is_ok_and(|r| r.subject_token_type == kind), "{name}");
    }
    let typed = |name: &str| format!("subject_token=t&subject_token_type=urn:ietf:params:oauth:{name}");
    for bad in [
        "subject_token=t".to_owned(),
        format!("subject_token_type={ACCESS_TOKEN_TYPE}"),
        format!("subject_token=&subject_token_type={ACCESS_TOKEN_TYPE}"),
        typed("token-type:refresh_token"),
        typed("token-type:id_token"),
        typed("token-type:saml2"),
        "subject_token=t&subject_token_type=access_token".to_owned(),
        format!("{good}&actor_token=a&actor_token_type={ACCESS_TOKEN_TYPE}"),
        format!("{good}&actor_token=a"),
        format!("{good}&actor_token_type={ACCESS_TOKEN_TYPE}"),
        format!("{good}&requested_token_type=urn:ietf:params:oauth:token-type:refresh_token"),
    ] {
        assert_eq!(parse(&bad).err().map(|e| e.code), Some(ErrorCode::InvalidRequest), "{bad}");
    }
}

#[test]
fn rfc8693_5_only_confidential_clients_with_the_grant() {
    let scope = Scope::from(["read"]);
    let own = subject(Some("app"), HOME, &scope);
    assert!(check(&fixture::confidential(), "", &own).is_ok());
    let public = Client { kind: ClientKind::Public, ..fixture::confidential() };
    let without = Client { grants: vec![GrantType::ClientCredentials], ..fixture::confidential() };
    for client in [public, without] {
        assert_eq!(check(&client, "", &own), Err(ErrorCode::UnauthorizedClient));
    }
}

#[test]
fn rfc8693_2_2_2_a_token_is_exchanged_by_whom_it_was_issued_to_or_is_meant_for() {
    let scope = Scope::from(["read"]);
    for (client, issued_to, audience, good) in [
        (fixture::confidential(), Some("app"), HOME, true),
        (fixture::confidential(), Some("other"), HOME, false),
        (fixture::confidential(), Some("portcullis"), HOME, false),
        (server(), Some("other"), HOME, true),
        (server(), Some("portcullis"), HOME, true),
        (server(), Some("other"), API, true),
        (server(), Some("other"), OTHER, false),
        (fixture::confidential(), None, HOME, true),
    ] {
        let expected =
            if good { Ok(("read".into(), audience.to_owned())) } else { Err(ErrorCode::InvalidRequest) };
        assert_eq!(
            check(&client, "", &subject(issued_to, audience, &scope)),
            expected,
            "{issued_to:?} {audience}"
        );
    }
}

#[test]
fn rfc8693_2_1_the_scope_only_gets_narrower() {
    let all = Scope::from(["read", "admin", "openid", "offline_access", "profile"]);
    for (more, expected) in [
        ("", Ok("read")),
        ("&scope=", Ok("read")),
        ("&scope=read", Ok("read")),
        ("&scope=write", Err(ErrorCode::InvalidScope)),
        ("&scope=read+write", Err(ErrorCode::InvalidScope)),
        ("&scope=admin", Err(ErrorCode::InvalidScope)),
        ("&scope=openid", Err(ErrorCode::InvalidScope)),
        ("&scope=read+offline_access", Err(ErrorCode::InvalidScope)),
        ("&scope=%22", Err(ErrorCode::InvalidScope)),
    ] {
        let given = check(&fixture::confidential(), more, &subject(Some("app"), HOME, &all));
        assert_eq!(given.map(|(scope, _)| scope), expected.map(str::to_owned), "{more}");
    }
    let foreign = Scope::from(["admin"]);
    let nothing = check(&fixture::confidential(), "", &subject(Some("app"), HOME, &foreign));
    assert_eq!(nothing, Err(ErrorCode::InvalidScope));
}

#[test]
fn rfc8693_2_2_2_the_target_is_registered_and_never_back_to_this_server() {
    let scope = Scope::from(["read"]);
    for (more, own, expected) in [
        ("", HOME, Ok(HOME)),
        ("", API, Ok(API)),
        ("&resource=https://OTHER.example", HOME, Ok(OTHER)),
        ("&audience=https://other.example/", HOME, Ok(OTHER)),
        ("&resource=https://other.example&audience=https://other.example/", API, Ok(OTHER)),
        ("&resource=https://id.example/", HOME, Ok(HOME)),
        ("&resource=https://id.example/", API, Err(ErrorCode::InvalidTarget)),
        ("&audience=https://id.example", API, Err(ErrorCode::InvalidTarget)),
        ("&resource=https://nobody.example/", HOME, Err(ErrorCode::InvalidTarget)),
        ("&audience=api", HOME, Err(ErrorCode::InvalidTarget)),
        ("&resource=https://other.example&audience=https://api.example", HOME, Err(ErrorCode::InvalidTarget)),
    ] {
        let given = check(&server(), more, &subject(Some("other"), own, &scope));
        assert_eq!(given.map(|(_, audience)| audience), expected.map(str::to_owned), "{more} {own}");
    }
}

#[test]
fn rfc9449_7_a_bound_subject_token_needs_its_key() {
    let scope = Scope::from(["read"]);
    let check = |jkt, key| {
        let subject = Subject { jkt, ..subject(Some("app"), HOME, &scope) };
        let given = decide(&fixture::confidential(), &request(""), &subject, key, &[], HOME);
        given.map(drop).map_err(|error| error.code)
    };
    assert_eq!(check(Some("one"), Some("one")), Ok(()));
    assert_eq!(check(None, Some("one")), Ok(()));
    assert_eq!(check(Some("one"), None), Err(ErrorCode::InvalidRequest));
    assert_eq!(check(Some("one"), Some("two")), Err(ErrorCode::InvalidRequest));
}

#[test]
fn a_chain_has_an_end_and_says_all_that_came_before() {
    let scope = Scope::from(["read"]);
    let mut origin = Origin::of_key(Uuid::max(), 7);
    for n in 0..=MAX_CHAIN {
        let subject = Subject { origin: Some(&origin), ..subject(Some("app"), HOME, &scope) };
        let given = check(&fixture::confidential(), "", &subject);
        assert_eq!(given.is_ok(), n < MAX_CHAIN, "{n}");
        let (jti, client_id, kid) = (Uuid::from_u128(n as u128), "app".into(), "k".into());
        origin = Origin::of_token(OriginToken { jti, client_id, kid }, Some(origin));
    }
    let text = serde_json::to_string(&origin).unwrap();
    assert_eq!(serde_json::from_str::<Origin>(&text).unwrap(), origin);
    assert_eq!(origin.tokens.first().map(|token| token.jti), Some(Uuid::from_u128(MAX_CHAIN as u128)));
    assert_eq!(origin.key, Some(OriginKey { id: Uuid::max(), secret_at: 7 }));
}

proptest! {
    #[test]
    fn token_exchange_parser_never_panics(form in "[a-z_=&%+:]{0,120}") {
        if let Ok(parameters) = Parameters::from_form(form.as_bytes()) {
            let _ = TokenExchangeRequest::parse(&parameters);
        }
    }
}
