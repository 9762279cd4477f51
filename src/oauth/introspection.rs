//! Token introspection: RFC 7662 §2, as a JWT RFC 9701 §5, and who may ask about which token (contract §6).

use serde::Serialize;

use super::client::Client;
use super::dpop::Confirmation;
use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;
use super::resource_indicator;
use super::revocation::TokenTypeHint;

/// RFC 7662 §2.1. Holds a secret: no `Debug`.
pub struct IntrospectionRequest {
    /// The token in question.
    pub token: String,
    /// What it may be.
    pub hint: Option<TokenTypeHint>,
}

impl IntrospectionRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid_request` without a token.
    pub fn parse(params: &Parameters) -> Result<Self, OAuthError> {
        let token = params
            .get("token")
            .ok_or_else(|| OAuthError::new(ErrorCode::InvalidRequest, "token is missing"))?;
        Ok(Self { token: token.to_owned(), hint: TokenTypeHint::parse(params.get("token_type_hint")) })
    }
}

/// The answer (RFC 7662 §2.2); members that do not apply are left out.
#[derive(Serialize, Clone, PartialEq, Eq, Debug, Default)]
pub struct Introspection {
    /// Whether the token is good, here and now.
    pub active: bool,
    /// What it allows, space separated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// To whom it was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Whose it is, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// `Bearer` or `DPoP` for an access token, `api_key` for a key, absent for a refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<&'static str>,
    /// Its end, in seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// When it was issued, in seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// For whom it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aud: Option<String>,
    /// Who issued it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// The key that an access token is bound to: the resource server has to ask for a proof (RFC 9449 §6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// The id of an API key (ours; RFC 7662 §2.2 allows further members).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// The project an API key is confined to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    /// The networks an API key, or what it was exchanged for, may be used from; left out: anywhere. The resource server has to look.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ip_allow: Vec<String>,
}

impl Introspection {
    /// The answer about any token that is not good or not the asker's business: exactly `{"active":false}`
    /// (RFC 7662 §2.2).
    pub fn inactive() -> Self {
        Self::default()
    }
}

/// The content type that asks for an answer as a JWT, and says that it is one (RFC 9701 §4, §5).
pub const JWT_CONTENT_TYPE: &str = "application/token-introspection+jwt";
/// The `typ` header of such an answer (RFC 9701 §5).
pub const JWT_TYP: &str = "token-introspection+jwt";

/// The claims of an answer as a JWT (RFC 9701 §5). It says nothing of the token outside its own member, and has neither `sub`
/// nor `exp`: so nobody can take it for an access token.
#[derive(Serialize)]
pub struct IntrospectionJwt<'a> {
    /// The issuer.
    pub iss: &'a str,
    /// The resource server that asked.
    pub aud: &'a str,
    /// When it was asked, in seconds since the epoch.
    pub iat: i64,
    /// The answer.
    pub token_introspection: &'a Introspection,
}

/// Whether the `Accept` header of a request asks for an answer as a JWT: by its name, and not less than for plain JSON
/// (RFC 9701 §4, RFC 9110 §12.4.2, §12.5.1).
pub fn asks_for_jwt(accept: &str) -> bool {
    let weighs = |wanted: &str| accept.split(',').filter_map(|range| weight(range, wanted)).max();
    let json = ["application/json", "application/*", "*/*"].into_iter().find_map(weighs).unwrap_or_default();
    weighs(JWT_CONTENT_TYPE).is_some_and(|jwt| jwt > 0 && jwt >= json)
}

/// The weight of a range of an `Accept` header in thousandths, if that is what it names. One that cannot be read is the greatest.
fn weight(range: &str, wanted: &str) -> Option<u32> {
    let mut parts = range.split(';').map(str::trim);
    parts.next().filter(|name| name.eq_ignore_ascii_case(wanted))?;
    let q = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    Some(q.and_then(thousandths).unwrap_or(1000))
}

/// `0.5` as 500: at most three digits after the point (RFC 9110 §12.4.2).
fn thousandths(q: &str) -> Option<u32> {
    let (whole, fraction) = q.split_once('.').unwrap_or((q, ""));
    let is_digits = fraction.len() <= 3 && fraction.bytes().all(|b| b.is_ascii_digit());
    match whole {
        "0" if is_digits => format!("{fraction:0<3}").parse().ok(),
        "1" if is_digits => Some(1000),
        _ => None,
    }
}

/// Whether `client`, which has authenticated, may learn about a token issued to `token_client_id` for `audience`:
/// a confidential client about its own, a resource server also about those meant for its resources or for the default
/// audience (contract §6).
pub fn may_see(client: &Client, token_client_id: &str, audience: &str, default_audience: &str) -> bool {
    if client.is_public() || client.disabled {
        return false;
    }
    let is_mine = |own: &str| resource_indicator::same(own, audience);
    client.client_id == token_client_id
        || (client.resource_server
            && (audience == default_audience || client.resources.iter().any(|own| is_mine(own))))
}

/// Whether `client`, which has authenticated, may learn about API keys: only a resource server, which is called by them.
pub fn may_see_keys(client: &Client) -> bool {
    client.resource_server && !client.is_public() && !client.disabled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::fixture;

    #[test]
    fn rfc7662_2_2_inactive_says_nothing_more() {
        assert_eq!(serde_json::to_string(&Introspection::inactive()).unwrap(), r#"{"active":false}"#);
    }

    #[test]
    fn rfc9701_4_only_its_own_content_type_asks_for_a_jwt() {
        for (accept, expected) in [
            ("application/token-introspection+jwt", true),
            ("Application/Token-Introspection+JWT; q=0.5, application/json", false),
            ("application/token-introspection+jwt;q=0.5, application/json;q=0.4", true),
            ("application/json;q=0.9, application/token-introspection+jwt", true),
            ("application/json, application/token-introspection+jwt;q=0.1", false),
            ("application/token-introspection+jwt;q=0.5, */*;q=0.1", true),
            ("application/token-introspection+jwt;q=0.5, */*", false),
            ("application/token-introspection+jwt;q=0.5, application/json;q=0.25, */*", true),
            ("application/token-introspection+jwt;q=0.000", false),
            ("application/json, application/token-introspection+jwt", true),
            ("application/token-introspection+jwt;q=0", false),
            ("application/json", false),
            ("application/jwt", false),
            ("*/*", false),
            ("", false),
        ] {
            assert_eq!(asks_for_jwt(accept), expected, "{accept}");
        }
    }

    #[test]
    fn rfc9701_5_the_claims_of_the_answer_cannot_be_taken_for_a_tokens() {
        let answer =
            Introspection { active: true, sub: Some("u".into()), exp: Some(7), ..Introspection::default() };
        let jwt =
            IntrospectionJwt { iss: "https://id.example", aud: "api", iat: 1, token_introspection: &answer };
        assert_eq!(
            serde_json::to_string(&jwt).unwrap(),
            r#"{"iss":"https://id.example","aud":"api","iat":1,"token_introspection":{"active":true,"exp":7,"sub":"u"}}"#
        );
    }

    #[test]
    fn rfc7662_2_2_members_that_do_not_apply_are_left_out() {
        let answer = Introspection { active: true, exp: Some(7), ..Introspection::default() };
        assert_eq!(serde_json::to_string(&answer).unwrap(), r#"{"active":true,"exp":7}"#);
    }

    #[test]
    fn rfc7662_2_1_token_is_required_and_an_unknown_hint_is_ignored() {
        let parse = |form: &str| {
            let params = Parameters::from_form(form.as_bytes()).ok().unwrap();
            IntrospectionRequest::parse(&params).map(|r| r.hint).map_err(|e| e.code)
        };
        assert_eq!(parse("token=t&token_type_hint=refresh_token"), Ok(Some(TokenTypeHint::RefreshToken)));
        assert_eq!(parse("token=t&token_type_hint=x"), Ok(None));
        assert_eq!(parse("token="), Err(ErrorCode::InvalidRequest));
    }

    #[test]
    fn contract_6_who_may_introspect_what() {
        let home = "https://id.example";
        let server = Client {
            resource_server: true,
            resources: vec!["https://api.example".into()],
            ..fixture::confidential()
        };
        for (name, client, token_client, audience, expected) in [
            ("own token", &fixture::confidential(), "app", home, true),
            ("foreign token", &fixture::confidential(), "other", home, false),
            ("public client, own token", &fixture::public(), "app", home, false),
            ("resource server, default audience", &server, "other", home, true),
            ("resource server, its resource", &server, "other", "https://API.example/", true),
            ("resource server, another's resource", &server, "other", "https://b.example", false),
            ("resource server, own token for another", &server, "app", "https://b.example", true),
            ("disabled", &Client { disabled: true, ..server.clone() }, "app", home, false),
            (
                "not a resource server",
                &Client { resource_server: false, ..server.clone() },
                "other",
                home,
                false,
            ),
        ] {
            assert_eq!(may_see(client, token_client, audience, home), expected, "{name}");
        }
    }
}
