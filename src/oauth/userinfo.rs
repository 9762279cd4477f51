//! What is told of a person: the standard claims by scope and one by one (OpenID Connect Core §5.1, §5.3.2, §5.4, §5.5).

use serde_json::{Map, Value};

use super::claims_request::{Asked, EMAIL_CLAIMS, PROFILE_CLAIMS};
use super::scope::{EMAIL, PROFILE, Scope};

/// What this server knows of a person.
pub struct Person<'a> {
    /// The user name, also the name that is shown.
    pub username: &'a str,
    /// The tag of the language they were last seen to read (BCP 47).
    pub locale: Option<&'a str>,
    /// The e-mail address.
    pub email: &'a str,
    /// Whether they proved that they read mail there.
    pub email_verified: bool,
}

impl Person<'_> {
    /// One claim; `None` for what is not known.
    fn claim(&self, name: &str) -> Option<Value> {
        match name {
            "name" | "preferred_username" => Some(self.username.into()),
            "locale" => self.locale.map(Into::into),
            "email" => Some(self.email.into()),
            "email_verified" => Some(self.email_verified.into()),
            _ => None,
        }
    }
}

/// The claims at the userinfo endpoint: those of the scopes granted (§5.3.2, §5.4). What is asked for there one by one is
/// among them, or its scope was not granted.
pub fn at_userinfo(person: &Person<'_>, scope: &Scope) -> Map<String, Value> {
    told(person, scope, |_| true)
}

/// The claims in an ID token: only those asked for there one by one, since an access token comes with it (§5.4).
pub fn in_id_token(person: &Person<'_>, scope: &Scope, asked: &Asked) -> Map<String, Value> {
    told(person, scope, |name| asked.asks_for(name))
}

/// Whether an ID token is to tell anything of the person.
pub fn is_asked_of(asked: &Asked) -> bool {
    PROFILE_CLAIMS.iter().chain(&EMAIL_CLAIMS).any(|name| asked.asks_for(name))
}

/// A claim is told only if the scope that covers it was granted: scopes are what people consent to.
fn told(person: &Person<'_>, scope: &Scope, wanted: impl Fn(&str) -> bool) -> Map<String, Value> {
    let covered = [(PROFILE, &PROFILE_CLAIMS[..]), (EMAIL, &EMAIL_CLAIMS[..])];
    let names = covered.into_iter().filter(|(token, _)| scope.contains(token)).flat_map(|(_, names)| names);
    names
        .filter(|name| wanted(name))
        .filter_map(|name| Some(((*name).to_owned(), person.claim(name)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::claims_request::ClaimsRequest;

    const PERSON: Person<'static> =
        Person { username: "alice", locale: Some("de"), email: "alice@a.example", email_verified: true };

    fn names(map: &Map<String, Value>) -> Vec<&str> {
        map.keys().map(String::as_str).collect()
    }

    #[test]
    fn oidc_core_5_4_scopes_ask_for_claims_at_the_userinfo_endpoint() {
        for (scope, expected) in [
            ("openid", vec![]),
            ("openid profile", vec!["locale", "name", "preferred_username"]),
            ("openid email", vec!["email", "email_verified"]),
            ("openid email profile", vec!["email", "email_verified", "locale", "name", "preferred_username"]),
        ] {
            let scope = Scope::parse(scope).unwrap();
            let mut told: Vec<_> =
                names(&at_userinfo(&PERSON, &scope)).into_iter().map(str::to_owned).collect();
            told.sort();
            assert_eq!(told, expected);
            assert!(
                in_id_token(&PERSON, &scope, &Asked::default()).is_empty(),
                "an access token comes with it"
            );
        }
    }

    #[test]
    fn oidc_core_5_5_a_claim_asked_for_one_by_one_needs_its_scope() {
        let asked =
            ClaimsRequest::parse(r#"{"id_token":{"email":null,"name":null,"shoe_size":null}}"#).unwrap();
        let of = |scope: &str| {
            names(&in_id_token(&PERSON, &Scope::parse(scope).unwrap(), &asked.id_token)).join(" ")
        };
        assert_eq!(of("openid"), "");
        assert_eq!(of("openid email"), "email");
        assert!(is_asked_of(&asked.id_token) && !is_asked_of(&asked.userinfo));
    }

    #[test]
    fn oidc_core_5_3_2_what_is_not_known_is_left_out() {
        let person = Person { locale: None, ..PERSON };
        let told = at_userinfo(&person, &Scope::parse("openid profile email").unwrap());
        assert!(!told.contains_key("locale") && told.values().all(|value| !value.is_null()));
        assert_eq!(told["email_verified"], true);
    }
}
