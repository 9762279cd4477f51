//! The `claims` parameter: claims asked for one by one (OpenID Connect Core §5.5).
//!
//! It is read strictly where it arrives and kept as the text that [`ClaimsRequest::to_json`] writes; what is not understood is
//! passed over (§5.5: members that are not understood must be ignored).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::{ErrorCode, OAuthError};
use super::scope::{EMAIL, PROFILE, Scope};

/// Longest parameter, in bytes.
const MAX_BYTES: usize = 4096;
/// Most claims asked for at one place.
const MAX_CLAIMS: usize = 64;

/// What is asked for, at each place. An empty request asks for nothing beyond the scopes.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimsRequest {
    /// To be answered at the userinfo endpoint.
    #[serde(skip_serializing_if = "Asked::is_empty", deserialize_with = "nothing_for_null")]
    pub userinfo: Asked,
    /// To be answered in the ID token.
    #[serde(skip_serializing_if = "Asked::is_empty", deserialize_with = "nothing_for_null")]
    pub id_token: Asked,
}

/// Claims by name; `None` asks for one in the default manner, as a voluntary claim (§5.5.1).
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Asked(BTreeMap<String, Option<ClaimRequest>>);

/// How one claim is asked for (§5.5.1).
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimRequest {
    /// Whether the client says that it needs it. A claim that is missing is no error all the same (§5.5.1).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub essential: bool,
    /// The one value it is to have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The values it may have, the best first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<Value>>,
}

impl ClaimsRequest {
    /// Reads the parameter.
    ///
    /// # Errors
    /// `invalid_request` if it is no JSON object of the form of §5.5, or too long.
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        let invalid = |why: &'static str| OAuthError::new(ErrorCode::InvalidRequest, why);
        if text.len() > MAX_BYTES {
            return Err(invalid("claims is too long"));
        }
        let other = || invalid("claims is not a JSON object as OpenID Connect Core 5.5 describes it");
        let value: Value = serde_json::from_str(text).map_err(|_| other())?;
        if !is_of_objects(&value) {
            return Err(other());
        }
        let read: Self = serde_json::from_value(value).map_err(|_| other())?;
        if read.userinfo.0.len() > MAX_CLAIMS || read.id_token.0.len() > MAX_CLAIMS {
            return Err(invalid("claims asks for too many claims"));
        }
        Ok(read)
    }

    /// As it is kept with a code and a grant.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }

    /// What [`Self::to_json`] wrote; of anything else, and of nothing, the empty request.
    pub fn from_stored(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// The scopes that cover the claims asked for. People consent to scopes, so a claim is only told if its scope was granted:
    /// whoever asks for the claim asks for the scope, as far as the client may.
    pub fn scopes(&self) -> Scope {
        let asks = |names: &[&str]| {
            names.iter().any(|name| self.userinfo.asks_for(name) || self.id_token.asks_for(name))
        };
        let profile = asks(&PROFILE_CLAIMS).then_some(PROFILE);
        let email = asks(&EMAIL_CLAIMS).then_some(EMAIL);
        profile.into_iter().chain(email).collect()
    }
}

/// The claims of scope `profile` that this server knows (§5.4).
pub const PROFILE_CLAIMS: [&str; 3] = ["name", "preferred_username", "locale"];
/// The claims of scope `email` (§5.4).
pub const EMAIL_CLAIMS: [&str; 2] = ["email", "email_verified"];

impl Asked {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `claim` is asked for, in whatever manner.
    pub fn asks_for(&self, claim: &str) -> bool {
        self.0.contains_key(claim)
    }

    /// Whether `claim` is asked for as essential.
    pub fn is_essential(&self, claim: &str) -> bool {
        self.0.get(claim).and_then(Option::as_ref).is_some_and(|request| request.essential)
    }

    /// Whether `value` is one that is asked for; so is any if none is named.
    pub fn admits(&self, claim: &str, value: &Value) -> bool {
        let Some(request) = self.0.get(claim).and_then(Option::as_ref) else { return true };
        match (&request.value, &request.values) {
            (None, None) => true,
            (one, many) => one.as_ref() == Some(value) || many.as_ref().is_some_and(|m| m.contains(value)),
        }
    }

    /// The values named for `claim`, in the client's order.
    pub fn values(&self, claim: &str) -> Vec<&Value> {
        let Some(request) = self.0.get(claim).and_then(Option::as_ref) else { return Vec::new() };
        request.value.iter().chain(request.values.iter().flatten()).collect()
    }
}

/// Whether there are objects where §5.5 has them: the library would read lists, too.
fn is_of_objects(claims: &Value) -> bool {
    let mut places = ["userinfo", "id_token"].into_iter().filter_map(|place| claims.get(place));
    let of_claims = |place: &Value| {
        place.is_null()
            || place
                .as_object()
                .is_some_and(|asked| asked.values().all(|one| one.is_null() || one.is_object()))
    };
    claims.is_object() && places.all(of_claims)
}

fn nothing_for_null<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Asked, D::Error> {
    Ok(Option::<Asked>::deserialize(from)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn oidc_core_5_5_the_specifications_example_is_read_and_kept() {
        let text = r#"{
            "userinfo": {
                "given_name": {"essential": true},
                "nickname": null,
                "email": {"essential": true},
                "email_verified": {"essential": true},
                "picture": null,
                "http://example.info/claims/groups": null
            },
            "id_token": {
                "auth_time": {"essential": true},
                "acr": {"values": ["urn:mace:incommon:iap:silver"]}
            }
        }"#;
        let read = ClaimsRequest::parse(text).unwrap();
        assert!(read.userinfo.asks_for("nickname") && !read.userinfo.is_essential("nickname"));
        assert!(read.userinfo.is_essential("email") && read.id_token.is_essential("auth_time"));
        assert!(!read.id_token.asks_for("email") && !read.id_token.is_essential("acr"));
        assert_eq!(read.id_token.values("acr"), [&json!("urn:mace:incommon:iap:silver")]);
        assert_eq!(ClaimsRequest::from_stored(Some(&read.to_json())), read);
        assert_eq!(read.scopes(), Scope::from([EMAIL]));
    }

    #[test]
    fn oidc_core_5_5_1_value_and_values_say_what_is_asked_for() {
        let read = ClaimsRequest::parse(
            r#"{"id_token":{"sub":{"value":"248289761001"},"acr":{"essential":true,"values":["2","1"]},"name":null}}"#,
        )
        .unwrap();
        for (claim, value, admitted) in [
            ("sub", "248289761001", true),
            ("sub", "other", false),
            ("acr", "1", true),
            ("acr", "3", false),
            ("name", "anything", true),
            ("unasked", "anything", true),
        ] {
            assert_eq!(read.id_token.admits(claim, &json!(value)), admitted, "{claim} {value}");
        }
    }

    #[test]
    fn oidc_core_5_5_what_is_not_understood_is_passed_over_and_the_malformed_refused() {
        for good in [
            "{}",
            r#"{"userinfo":null}"#,
            r#"{"of_tomorrow":7,"id_token":{}}"#,
            r#"{"userinfo":{"x":{"purpose":"why"}}}"#,
        ] {
            assert!(ClaimsRequest::parse(good).is_ok(), "{good}");
        }
        let long = format!(r#"{{"userinfo":{{"{}":null}}}}"#, "a".repeat(MAX_BYTES));
        let names: Vec<_> = (0..=MAX_CLAIMS).map(|n| format!(r#""c{n}":null"#)).collect();
        let many = format!(r#"{{"userinfo":{{{}}}}}"#, names.join(","));
        for bad in [
            "",
            "null",
            "[]",
            "7",
            "\"x\"",
            "{",
            r#"{"userinfo":[]}"#,
            r#"{"userinfo":{"a":7}}"#,
            r#"{"userinfo":{"a":[true]}}"#,
            r#"{"id_token":{"a":{"essential":"yes"}}}"#,
            &long,
            &many,
        ] {
            assert_eq!(ClaimsRequest::parse(bad).unwrap_err().code, ErrorCode::InvalidRequest, "{bad}");
        }
    }

    #[test]
    fn what_is_kept_badly_or_not_at_all_asks_for_nothing() {
        assert_eq!(ClaimsRequest::from_stored(None), ClaimsRequest::default());
        assert_eq!(ClaimsRequest::from_stored(Some("nonsense")), ClaimsRequest::default());
        assert_eq!(ClaimsRequest::default().to_json(), "{}");
    }
}
