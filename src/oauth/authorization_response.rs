//! The authorization response: RFC 6749 §4.1.2 and §4.1.2.1, with the issuer by RFC 9207; in the query, or by Form Post
//! Response Mode §2.

use url::form_urlencoded;

use super::error::OAuthError;
use super::redirect_uri::ValidatedRedirectUri;
use super::response_mode::ResponseMode;

/// A response, as the browser carries it to the client. It may hold a code: no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub enum AuthorizationResponse {
    /// The URL to go to.
    Redirect(String),
    /// The form to send.
    FormPost(FormPost),
}

/// A form that the browser sends to the client (Form Post Response Mode §2). It may hold a code: no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct FormPost {
    /// Where to.
    pub action: ValidatedRedirectUri,
    /// Names and values.
    pub fields: Vec<(&'static str, String)>,
    /// The languages that the client wishes for the page with the form.
    pub ui_locales: Option<String>,
}

/// Where a response goes and what is handed back with it.
#[derive(Clone)]
pub struct Return {
    /// The redirect URI.
    pub uri: ValidatedRedirectUri,
    /// To be handed back untouched.
    pub state: Option<String>,
    /// How.
    pub mode: ResponseMode,
    /// The languages that the client wishes for the pages on the way (OpenID Connect Core §3.1.2.1), as it wrote them.
    pub ui_locales: Option<String>,
}

impl Return {
    /// A code for the client (RFC 6749 §4.1.2), with `state` as it came and `iss` (RFC 9207 §2).
    pub fn success(&self, code: &str, issuer: &str) -> AuthorizationResponse {
        self.answer(vec![("code", code.to_owned())], issuer)
    }

    /// An error for the client (RFC 6749 §4.1.2.1), with `state` as it came and `iss` (RFC 9207 §2).
    pub fn error(&self, error: &OAuthError, issuer: &str) -> AuthorizationResponse {
        let description = error.description.as_ref().to_owned();
        let fields = vec![("error", error.code.as_str().to_owned()), ("error_description", description)];
        self.answer(fields, issuer)
    }

    fn answer(&self, mut fields: Vec<(&'static str, String)>, issuer: &str) -> AuthorizationResponse {
        fields.extend(self.state.clone().map(|state| ("state", state)));
        fields.push(("iss", issuer.to_owned()));
        match self.mode {
            ResponseMode::Query => AuthorizationResponse::Redirect(redirect_url(&self.uri, &fields)),
            ResponseMode::FormPost => {
                let (action, ui_locales) = (self.uri.clone(), self.ui_locales.clone());
                AuthorizationResponse::FormPost(FormPost { action, fields, ui_locales })
            }
        }
    }
}

/// The redirect URI with `fields` added to its query; the query it was registered with is kept (RFC 6749 §3.1.2).
fn redirect_url(uri: &ValidatedRedirectUri, fields: &[(&'static str, String)]) -> String {
    let uri = uri.as_str();
    let separator = match uri.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    format!("{uri}{separator}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client::Client;
    use crate::oauth::error::ErrorCode;
    use crate::oauth::fixture;
    use crate::oauth::redirect_uri::validate;
    use proptest::prelude::*;

    const ISSUER: &str = "https://id.example";

    fn back(uri: &str, state: Option<&str>, mode: ResponseMode) -> Return {
        let client = Client { redirect_uris: vec![uri.to_owned()], ..fixture::public() };
        let uri = validate(&client, Some(uri)).unwrap().0;
        Return { uri, state: state.map(str::to_owned), mode, ui_locales: None }
    }

    fn location(response: AuthorizationResponse) -> String {
        match response {
            AuthorizationResponse::Redirect(location) => location,
            AuthorizationResponse::FormPost(_) => "a form".to_owned(),
        }
    }

    fn success(uri: &str, code: &str, state: Option<&str>) -> String {
        location(back(uri, state, ResponseMode::Query).success(code, ISSUER))
    }

    #[test]
    fn rfc6749_4_1_2_code_state_and_rfc9207_iss() {
        assert_eq!(
            success("https://app.example/cb", "pac_1", Some("a b&c=d")),
            "https://app.example/cb?code=pac_1&state=a+b%26c%3Dd&iss=https%3A%2F%2Fid.example"
        );
        assert_eq!(
            success("com.example.app:/cb", "pac_1", None),
            "com.example.app:/cb?code=pac_1&iss=https%3A%2F%2Fid.example"
        );
    }

    #[test]
    fn rfc6749_4_1_2_1_error_state_and_rfc9207_iss() {
        let denied = OAuthError::new(ErrorCode::AccessDenied, "no");
        let back = back("https://app.example/cb", Some("s"), ResponseMode::Query);
        assert_eq!(
            location(back.error(&denied, ISSUER)),
            "https://app.example/cb?error=access_denied&error_description=no&state=s&iss=https%3A%2F%2Fid.example"
        );
    }

    #[test]
    fn rfc6749_3_1_2_the_registered_query_is_kept() {
        let rest = "code=c&iss=https%3A%2F%2Fid.example";
        for (registered, expected) in [
            ("https://a.example/cb?x=1", "https://a.example/cb?x=1&"),
            ("https://a.example/cb?", "https://a.example/cb?"),
            ("https://a.example", "https://a.example?"),
        ] {
            assert_eq!(success(registered, "c", None), format!("{expected}{rest}"));
        }
    }

    #[test]
    fn oauth_form_post_2_code_and_error_are_fields_of_a_form_to_the_redirect_uri() {
        let back = back("https://app.example/cb?x=1", Some("s&\"<"), ResponseMode::FormPost);
        let denied = OAuthError::new(ErrorCode::AccessDenied, "no");
        let own = |name: &'static str, value: &str| (name, value.to_owned());
        for (response, first) in [
            (back.success("pac_1", ISSUER), vec![own("code", "pac_1")]),
            (
                back.error(&denied, ISSUER),
                vec![own("error", "access_denied"), own("error_description", "no")],
            ),
        ] {
            let AuthorizationResponse::FormPost(form) = response else { panic!("a redirect") };
            assert_eq!(form.action.as_str(), "https://app.example/cb?x=1", "nothing is added to it");
            let rest = [own("state", "s&\"<"), own("iss", ISSUER)];
            assert_eq!(form.fields, first.into_iter().chain(rest).collect::<Vec<_>>());
        }
    }

    proptest! {
        #[test]
        fn state_comes_back_untouched_and_cannot_add_a_header(state in "\\PC{0,60}|[\r\n\t #?&=]{0,9}") {
            let location = success("https://a.example/cb", "c", Some(&state));
            prop_assert!(location.bytes().all(|b| b.is_ascii_graphic()));
            let url = url::Url::parse(&location).unwrap();
            let back = url.query_pairs().find(|(n, _)| n == "state").map(|(_, v)| v.into_owned());
            prop_assert_eq!(back, Some(state));
        }
    }
}
