//! The logout request of a client: OpenID Connect RP-Initiated Logout 1.0 §2, §3, §4. What is wrong with it is refused as a whole: then
//! nothing that it says is used.

use url::form_urlencoded;

use super::client::Client;
use super::error::{ErrorCode, Matter, OAuthError};
use super::id_token::IdTokenClaims;
use super::parameters::Parameters;

/// A logout request that was found good.
pub struct LogoutRequest {
    /// Who asks, if it says so or its hint does.
    pub client: Option<Client>,
    /// The ID token that it was once given, which we issued.
    pub hint: Option<IdTokenClaims>,
    /// Where the browser goes afterwards, with `state`: only to what the client registered (§3).
    pub location: Option<String>,
}

/// Whom the request comes from: by its own word, or by its hint.
///
/// # Errors
/// `invalid_request`, if the two say different things (§2).
pub fn client_id<'a>(
    parameters: &'a Parameters,
    hint: Option<&'a IdTokenClaims>,
) -> Result<Option<&'a str>, OAuthError> {
    match (parameters.get("client_id"), hint) {
        (Some(named), Some(hint)) if named != hint.aud => {
            refuse("id_token_hint is another client's", Matter::IdTokenHint)
        }
        (Some(named), _) => Ok(Some(named)),
        (None, hint) => Ok(hint.map(|hint| hint.aud.as_str())),
    }
}

/// Checks the rest; `client` is the one of [`client_id`], if it is registered.
///
/// # Errors
/// `invalid_request`, to be shown to the person and never redirected (§4).
pub fn check(
    parameters: &Parameters,
    hint: Option<IdTokenClaims>,
    client: Option<&Client>,
) -> Result<LogoutRequest, OAuthError> {
    if client.is_none() && client_id(parameters, hint.as_ref())?.is_some() {
        return refuse("client_id is unknown", Matter::UnknownClient);
    }
    if client.is_some_and(|client| client.disabled) {
        return refuse("this application is switched off here", Matter::DisabledClient);
    }
    let location = match (parameters.get("post_logout_redirect_uri"), client) {
        (None, _) => None,
        (Some(_), None) => {
            let text = "post_logout_redirect_uri needs an id_token_hint or a client_id";
            return refuse(text, Matter::PostLogoutRedirectUri);
        }
        (Some(uri), Some(client))
            if client.metadata.post_logout_redirect_uris.iter().any(|own| own == uri) =>
        {
            Some(with_state(uri, parameters.get("state")))
        }
        (Some(_), Some(_)) => {
            let text = "post_logout_redirect_uri is not registered for this client";
            return refuse(text, Matter::PostLogoutRedirectUri);
        }
    };
    Ok(LogoutRequest { client: client.cloned(), hint, location })
}

/// What is answered to a hint that is no ID token of ours (§2).
///
/// # Errors
/// Always.
pub fn bad_hint<T>() -> Result<T, OAuthError> {
    refuse("id_token_hint is no ID token of this server", Matter::IdTokenHint)
}

fn refuse<T>(text: &'static str, matter: Matter) -> Result<T, OAuthError> {
    Err(OAuthError::new(ErrorCode::InvalidRequest, text).about(matter))
}

/// The URI with `state` as it came (§3); the query it was registered with is kept.
fn with_state(uri: &str, state: Option<&str>) -> String {
    let Some(state) = state else { return uri.to_owned() };
    let separator = match uri.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("state", state).finish();
    format!("{uri}{separator}{query}")
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;
    use crate::oauth::client_metadata::ClientMetadata;
    use crate::oauth::fixture;

    const OUT: &str = "https://app.example/out";

    fn client(uris: &[&str]) -> Client {
        let post_logout_redirect_uris = uris.iter().map(|&uri| uri.to_owned()).collect();
        let metadata = ClientMetadata { post_logout_redirect_uris, ..ClientMetadata::default() };
        Client { metadata, ..fixture::confidential() }
    }

    fn hint(aud: &str) -> IdTokenClaims {
        IdTokenClaims {
            iss: "https://id.example".into(),
            sub: "u".into(),
            aud: aud.into(),
            exp: 10,
            iat: 1,
            auth_time: None,
            nonce: None,
            acr: None,
            amr: Vec::new(),
            at_hash: None,
            sid: None,
            person: Map::new(),
        }
    }

    fn request(fields: &[(&str, &str)]) -> Parameters {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Parameters::from_form(query.as_bytes()).unwrap_or_default()
    }

    #[test]
    fn oidc_rpinitiated_2_the_client_is_the_one_the_hint_was_issued_to() {
        let (named, nobody) = (request(&[("client_id", "app")]), request(&[]));
        assert_eq!(client_id(&named, Some(&hint("app"))).ok().flatten(), Some("app"));
        assert_eq!(client_id(&named, None).ok().flatten(), Some("app"));
        assert_eq!(client_id(&nobody, Some(&hint("other"))).ok().flatten(), Some("other"));
        assert_eq!(client_id(&nobody, None).ok().flatten(), None);
        assert!(client_id(&named, Some(&hint("other"))).is_err());
    }

    #[test]
    fn oidc_rpinitiated_3_a_browser_goes_only_to_exactly_what_is_registered() {
        let client = client(&[OUT, "http://127.0.0.1/out"]);
        let asked = |uri: &str| {
            let request = request(&[("post_logout_redirect_uri", uri)]);
            check(&request, Some(hint("app")), Some(&client)).ok().and_then(|good| good.location)
        };
        assert_eq!(asked(OUT).as_deref(), Some(OUT));
        for other in [
            "https://app.example/out/",
            "https://app.example/out?x=1",
            "https://app.example/ou",
            "https://APP.example/out",
            "https://app.example.evil.example/out",
            "//app.example/out",
            // Only of redirect URIs the port is free.
            "http://127.0.0.1:9/out",
            "/",
        ] {
            assert_eq!(asked(other), None, "{other}");
        }
        // Not a redirect URI that is registered for something else.
        assert_eq!(asked("https://app.example/cb"), None);
    }

    #[test]
    fn oidc_rpinitiated_3_state_comes_back_and_the_registered_query_stays() {
        for (registered, expected) in [
            (OUT, "https://app.example/out?state=a+b%26c"),
            ("https://app.example/out?x=1", "https://app.example/out?x=1&state=a+b%26c"),
            ("https://app.example/out?", "https://app.example/out?state=a+b%26c"),
        ] {
            let client = client(&[registered]);
            let request = request(&[("post_logout_redirect_uri", registered), ("state", "a b&c")]);
            let good = check(&request, None, Some(&client)).ok();
            assert_eq!(good.and_then(|good| good.location).as_deref(), Some(expected));
        }
    }

    #[test]
    fn oidc_rpinitiated_4_without_a_client_nobody_is_sent_anywhere() {
        let request_of =
            |fields: &[(&str, &str)], client: Option<&Client>| check(&request(fields), None, client);
        assert!(request_of(&[("post_logout_redirect_uri", OUT)], None).is_err());
        assert!(request_of(&[("client_id", "gone")], None).is_err());
        let nothing = request_of(&[("state", "s"), ("logout_hint", "alice")], None).ok();
        assert!(nothing.is_some_and(|good| good.location.is_none() && good.client.is_none()));
    }
}
