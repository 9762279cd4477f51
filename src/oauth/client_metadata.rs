//! What a client is registered with beyond RFC 6749: RFC 7591 §2 and its extensions, by their registered names.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use super::client::Client;
use super::client_fault::{ClientFault, Reason, Rule};
use super::response_mode::ResponseMode;
use super::{fapi, id_token, jwk, jws, redirect_uri, subject};

/// Longest URI that is registered, in bytes.
const MAX_URI_BYTES: usize = 2000;

/// Client metadata (RFC 7591 §2). A member that is not there has the default of its specification. Unknown members are
/// passed over when they are read back: a newer version may have stored them.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientMetadata {
    /// Its public keys, a JWK Set (RFC 7591 §2); not beside `jwks_uri`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    /// Where its public keys are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// The algorithm of its ID tokens; RS256 unless it says another (OpenID Connect Registration §2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_signed_response_alg: Option<String>,
    /// The algorithm of its userinfo answers; without one they are plain JSON (OpenID Connect Registration §2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<String>,
    /// The algorithm of its signed introspection answers (RFC 9701 §6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection_signed_response_alg: Option<String>,
    /// The algorithm its request objects must have (RFC 9101 §10.5); without one any that is supported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_object_signing_alg: Option<String>,
    /// Whether every request must come as a request object (RFC 9101 §10.5).
    #[serde(skip_serializing_if = "is_false")]
    pub require_signed_request_object: bool,
    /// Whether every request must be pushed (RFC 9126 §6).
    #[serde(skip_serializing_if = "is_false")]
    pub require_pushed_authorization_requests: bool,
    /// The response modes it uses; empty: any that is supported. Ours.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub response_modes: Vec<String>,
    /// Whether its access tokens must be bound to a key (RFC 9449 §5.2).
    #[serde(skip_serializing_if = "is_false")]
    pub dpop_bound_access_tokens: bool,
    /// Whether it is held to the FAPI 2.0 security profile: everything that asks, by one switch. Ours.
    #[serde(skip_serializing_if = "is_false")]
    pub fapi: bool,
    /// What it knows people by: `public`, the same for all, or `pairwise`, its own (OpenID Connect Core §8).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_type: Option<String>,
    /// The list of redirect URIs that share their pairwise subjects (OpenID Connect Core §8.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<String>,
    /// Seconds after which a person signs in again for it, unless its request says otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<i64>,
    /// Where a browser may be sent after it signed out (OpenID Connect RP-Initiated Logout §3).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub post_logout_redirect_uris: Vec<String>,
    /// Where it is told that a session ended (OpenID Connect Back-Channel Logout §2.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    /// Whether it needs the `sid` then.
    #[serde(skip_serializing_if = "is_false")]
    pub backchannel_logout_session_required: bool,
    /// Its home page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// Its picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// Its terms of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    /// What it does with data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// Who answers for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// What its API is, in one sentence: people who are asked to allow an application to use it read it below the name. Ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_description: Option<String>,
    /// Whether it describes itself at the URL that is its id, and nobody here registered it. Ours.
    #[serde(skip_serializing_if = "is_false")]
    pub from_document: bool,
    /// Whether it registered itself (RFC 7591), and nobody here did. Ours.
    #[serde(skip_serializing_if = "is_false")]
    pub registered_itself: bool,
    /// Which software it is, the same for all of its instances (RFC 7591 §2); nothing hangs on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// Which version of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl ClientMetadata {
    /// As it is stored.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }

    /// What [`Self::to_json`] wrote; `None` for anything else.
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Whether nobody here registered the client, so that nobody has looked at what it says of itself.
    pub const fn is_unchecked(&self) -> bool {
        self.from_document || self.registered_itself
    }

    /// The algorithm of its ID tokens: RS256 by default (OpenID Connect Registration §2), which FAPI 2.0 §5.4.1 forbids.
    pub fn id_token_algorithm(&self) -> &str {
        self.id_token_signed_response_alg.as_deref().unwrap_or(self.default_algorithm())
    }

    /// The algorithm of its introspection answers as a JWT: RS256 by default (RFC 9701 §6).
    pub fn introspection_algorithm(&self) -> &str {
        self.introspection_signed_response_alg.as_deref().unwrap_or(self.default_algorithm())
    }

    const fn default_algorithm(&self) -> &'static str {
        if self.fapi { "ES256" } else { "RS256" }
    }

    /// Whether this may be registered for `client`.
    ///
    /// # Errors
    /// What to change.
    pub fn validate(&self, client: &Client) -> Result<(), ClientFault> {
        for (name, algorithm) in [
            ("id_token_signed_response_alg", &self.id_token_signed_response_alg),
            ("userinfo_signed_response_alg", &self.userinfo_signed_response_alg),
            ("introspection_signed_response_alg", &self.introspection_signed_response_alg),
        ] {
            id_token::validate_algorithm(name, algorithm.as_deref())?;
        }
        subject::validate(client)?;
        self.validate_requests()?;
        self.validate_keys()?;
        self.validate_uris()?;
        fapi::check(client)
    }

    /// What its authorization requests go by.
    fn validate_requests(&self) -> Result<(), ClientFault> {
        if let Some(mode) = self.response_modes.iter().find(|mode| !is_response_mode(mode)) {
            let reason = Reason::new(Rule::ResponseMode, "choose query or form_post");
            return Err(ClientFault::of("response_modes", "response mode", mode, reason));
        }
        let unknown = |alg: &&str| jws::Algorithm::parse(alg).is_none();
        if let Some(alg) = self.request_object_signing_alg.as_deref().filter(unknown) {
            let name = "request_object_signing_alg";
            let reason = Reason::new(Rule::Algorithm, "use RS256, PS256, ES256 or EdDSA");
            return Err(ClientFault::of(name, name, alg, reason));
        }
        if self.default_max_age.is_some_and(i64::is_negative) {
            let text = "default_max_age is a number of seconds, 0 or more";
            return Err(ClientFault::new("default_max_age", Rule::MaxAge, text));
        }
        Ok(())
    }

    fn validate_keys(&self) -> Result<(), ClientFault> {
        let refuse = |rule, text: String| Err(ClientFault::new("jwks", rule, text));
        if self.jwks.is_some() && self.jwks_uri.is_some() {
            let text = "give the client's keys by jwks or by jwks_uri, not both (RFC 7591 §2)";
            return refuse(Rule::KeysTwice, text.to_owned());
        }
        match self.jwks.as_ref().map(jwk::read_set) {
            Some(Err(reason)) => refuse(Rule::Keys, format!("jwks: {reason}")),
            Some(Ok(keys)) if keys.is_empty() => {
                let text = "jwks: none of its keys can verify RS256, PS256, ES256 or EdDSA";
                refuse(Rule::NoUsableKey, text.to_owned())
            }
            _ => Ok(()),
        }
    }

    fn validate_uris(&self) -> Result<(), ClientFault> {
        for uri in &self.post_logout_redirect_uris {
            redirect_uri::validate_for_registration(uri).map_err(|reason| {
                ClientFault::of("post_logout_redirect_uris", "post-logout redirect URI", uri, reason)
            })?;
        }
        let fetched = [
            ("jwks_uri", &self.jwks_uri),
            ("backchannel_logout_uri", &self.backchannel_logout_uri),
            ("sector_identifier_uri", &self.sector_identifier_uri),
        ];
        let shown = [
            ("client_uri", &self.client_uri),
            ("logo_uri", &self.logo_uri),
            ("tos_uri", &self.tos_uri),
            ("policy_uri", &self.policy_uri),
        ];
        for (name, uri) in fetched.into_iter().chain(shown) {
            let Some(uri) = uri.as_deref() else { continue };
            https(uri).map_err(|reason| ClientFault::of(name, name, uri, reason))?;
        }
        Ok(())
    }

    /// What is said by the registered names, put over what there is: null, an empty text and an empty list take a member away.
    /// Of the two ways in which keys come the one that is said counts.
    ///
    /// # Errors
    /// A value that is of another type than its member.
    pub fn with(self, said: &Map<String, Value>) -> Result<Self, ClientFault> {
        let broken =
            |name: &str| ClientFault::new("", Rule::Type, format!("{name} has not the type of RFC 7591 §2"));
        let is_nothing = |value: &Value| value.is_null() || value.as_str().is_some_and(str::is_empty);
        let gives = |name: &str| said.get(name).is_some_and(|value| !is_nothing(value));
        let Ok(Value::Object(mut all)) = serde_json::to_value(self) else { return Err(broken("it")) };
        match (gives("jwks"), gives("jwks_uri")) {
            (false, true) => drop(all.remove("jwks")),
            (true, false) => drop(all.remove("jwks_uri")),
            _ => {}
        }
        for (name, value) in said {
            let alone = Map::from_iter([(name.clone(), value.clone())]);
            if is_nothing(value) {
                all.remove(name);
            } else if serde_json::from_value::<Self>(Value::Object(alone)).is_ok() {
                all.insert(name.clone(), value.clone());
            } else {
                return Err(broken(name));
            }
        }
        serde_json::from_value(Value::Object(all)).map_err(|_| broken("it"))
    }
}

fn is_response_mode(name: &str) -> bool {
    ResponseMode::ALL.into_iter().any(|mode| mode.as_str() == name)
}

/// An absolute https URI, or http on loopback for trying things out, without user and fragment.
fn https(uri: &str) -> Result<(), Reason> {
    let refuse = |rule, text| Err(Reason::new(rule, text));
    if uri.len() > MAX_URI_BYTES {
        return refuse(Rule::UriLong, "is too long");
    }
    let Ok(url) = Url::parse(uri) else { return refuse(Rule::UriRelative, "is no absolute URI") };
    redirect_uri::refuse_wildcard(&url)?;
    let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
        return refuse(Rule::UriPlainHttp, "must be https");
    }
    if url.fragment().is_some() {
        return refuse(Rule::UriFragment, "must have no fragment and no user");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse(Rule::UriUser, "must have no fragment and no user");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::fixture;
    use serde_json::json;

    #[test]
    fn what_is_not_said_is_not_stored_and_what_is_comes_back() {
        assert_eq!(ClientMetadata::default().to_json(), "{}");
        let said = ClientMetadata {
            jwks_uri: Some("https://app.example/jwks".into()),
            fapi: true,
            post_logout_redirect_uris: vec!["https://app.example/out".into()],
            ..ClientMetadata::default()
        };
        assert_eq!(ClientMetadata::from_json(&said.to_json()), Some(said));
    }

    #[test]
    fn members_of_a_newer_version_are_passed_over() {
        assert_eq!(ClientMetadata::from_json(r#"{"of_tomorrow":1}"#), Some(ClientMetadata::default()));
        assert_eq!(ClientMetadata::from_json("nonsense"), None);
    }

    #[test]
    fn contract_14_what_is_said_is_put_over_what_there_is() {
        let before = ClientMetadata {
            jwks_uri: Some("https://app.example/jwks".into()),
            contacts: vec!["ops@app.example".into()],
            subject_type: Some("pairwise".into()),
            ..ClientMetadata::default()
        };
        let with = |said: Value| before.clone().with(said.as_object().unwrap());
        assert_eq!(with(json!({})), Ok(before.clone()));
        let other = with(json!({"jwks": {"keys": []}, "subject_type": "", "contacts": null})).unwrap();
        let keys = ClientMetadata { jwks: Some(json!({"keys": []})), ..ClientMetadata::default() };
        assert_eq!(other, keys, "keys come one way, and what is empty is taken away");
        for wrong in [json!({"contacts": 7}), json!({"fapi": "yes"}), json!({"jwks_uri": ["a"]})] {
            let fault = with(wrong.clone()).unwrap_err().to_string();
            let name = wrong.as_object().unwrap().keys().next().unwrap().clone();
            assert_eq!(fault, format!("{name} has not the type of RFC 7591 §2"));
        }
    }

    #[test]
    fn oidc_rpinitiated_3_1_where_a_browser_may_be_sent_after_it_signed_out() {
        let with = |uri: &str| ClientMetadata {
            post_logout_redirect_uris: vec![uri.to_owned()],
            ..ClientMetadata::default()
        };
        let client = fixture::confidential();
        for good in ["https://app.example/out?a=b", "http://127.0.0.1:9/out", "com.example.app:/out"] {
            assert_eq!(with(good).validate(&client), Ok(()), "{good}");
        }
        for bad in ["http://app.example/out", "javascript:alert(1)", "/out", "https://a.example/#f", ""] {
            assert!(with(bad).validate(&client).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_authorization_requests_go_by_is_checked() {
        let client = fixture::confidential();
        let modes = |mode: &str| ClientMetadata {
            response_modes: vec![mode.to_owned()],
            ..ClientMetadata::default()
        };
        assert_eq!(modes("form_post").validate(&client), Ok(()));
        assert!(modes("fragment").validate(&client).is_err());
        let signed = |alg: &str| ClientMetadata {
            request_object_signing_alg: Some(alg.to_owned()),
            ..ClientMetadata::default()
        };
        assert_eq!(signed("ES256").validate(&client), Ok(()));
        assert!(signed("none").validate(&client).is_err() && signed("HS256").validate(&client).is_err());
        let aged = |age| ClientMetadata { default_max_age: Some(age), ..ClientMetadata::default() };
        assert_eq!(aged(0).validate(&client), Ok(()));
        assert!(aged(-1).validate(&client).is_err());
    }

    #[test]
    fn rfc7591_2_uris_are_https_and_keys_come_one_way() {
        let client = fixture::confidential();
        let with = |uri: &str| ClientMetadata { jwks_uri: Some(uri.into()), ..ClientMetadata::default() };
        for good in ["https://app.example/jwks", "http://127.0.0.1:9/jwks", "http://localhost/"] {
            assert_eq!(with(good).validate(&client), Ok(()), "{good}");
        }
        for bad in [
            "http://app.example/",
            "ftp://a.example/",
            "jwks",
            "https://u@a.example/",
            "https://a.example/#f",
            "https://*.example/jwks",
        ] {
            assert!(with(bad).validate(&client).is_err(), "{bad}");
        }
        let both = ClientMetadata { jwks: Some(Value::Null), ..with("https://app.example/jwks") };
        assert!(both.validate(&client).is_err());
    }
}
