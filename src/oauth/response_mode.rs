//! How an authorization response travels: OAuth 2.0 Multiple Response Type Encoding Practices §2.1, Form Post Response Mode §2.

use super::client::Client;
use super::error::{ErrorCode, OAuthError};
use super::redirect_uri::ValidatedRedirectUri;

/// The ways there are. Not `fragment`: nothing is gained by it for a code, and browsers carry fragments on to wherever a
/// redirect leads (RFC 9700 §4.1).
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub enum ResponseMode {
    /// In the query of the redirect URI: the default for a code.
    #[default]
    Query,
    /// In the body of a POST, which a page of ours makes the browser send.
    FormPost,
}

impl ResponseMode {
    /// Every mode, in the order in which discovery lists them.
    pub const ALL: [Self; 2] = [Self::Query, Self::FormPost];

    /// The registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::FormPost => "form_post",
        }
    }

    /// The mode a request asks for.
    ///
    /// # Errors
    /// `invalid_request` for a mode that is not offered, that the client is not registered for, or that cannot reach the
    /// redirect URI: a program that waits for a private-use scheme gets no body.
    pub fn parse(
        text: Option<&str>,
        client: &Client,
        redirect_uri: &ValidatedRedirectUri,
    ) -> Result<Self, OAuthError> {
        let refuse = |text: &'static str| Err(OAuthError::new(ErrorCode::InvalidRequest, text));
        let mode = match text {
            None => Self::default(),
            Some(name) => match Self::ALL.into_iter().find(|mode| mode.as_str() == name) {
                Some(mode) => mode,
                None => return refuse("response_mode must be query or form_post"),
            },
        };
        let registered = &client.metadata.response_modes;
        if !registered.is_empty() && !registered.iter().any(|name| name == mode.as_str()) {
            return refuse("this client is not registered for this response_mode");
        }
        if mode == Self::FormPost && !redirect_uri.is_web() {
            return refuse("form_post needs a redirect URI of http or https");
        }
        Ok(mode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client_metadata::ClientMetadata;
    use crate::oauth::fixture;
    use crate::oauth::redirect_uri::validate;

    fn parse(text: Option<&str>, registered: &[&str], uri: &str) -> Result<ResponseMode, ErrorCode> {
        let response_modes = registered.iter().map(|name| (*name).to_owned()).collect();
        let metadata = ClientMetadata { response_modes, ..ClientMetadata::default() };
        let client = Client { metadata, redirect_uris: vec![uri.to_owned()], ..fixture::public() };
        let uri = validate(&client, Some(uri)).unwrap().0;
        ResponseMode::parse(text, &client, &uri).map_err(|error| error.code)
    }

    #[test]
    fn oauth_multiple_response_types_2_1_query_is_the_default_and_fragment_is_not_offered() {
        let web = "https://app.example/cb";
        assert_eq!(parse(None, &[], web), Ok(ResponseMode::Query));
        assert_eq!(parse(Some("query"), &[], web), Ok(ResponseMode::Query));
        assert_eq!(parse(Some("form_post"), &[], web), Ok(ResponseMode::FormPost));
        assert_eq!(parse(Some("form_post"), &[], "http://127.0.0.1:9/cb"), Ok(ResponseMode::FormPost));
        for bad in ["fragment", "web_message", "query.jwt", "FORM_POST", "x"] {
            assert_eq!(parse(Some(bad), &[], web), Err(ErrorCode::InvalidRequest), "{bad}");
        }
        for private in ["com.example.app:/cb", "com.example.app://cb"] {
            assert_eq!(parse(Some("form_post"), &[], private), Err(ErrorCode::InvalidRequest), "{private}");
        }
    }

    #[test]
    fn security_3_9_response_modes_can_be_restricted_for_a_client() {
        let web = "https://app.example/cb";
        assert_eq!(parse(Some("form_post"), &["form_post"], web), Ok(ResponseMode::FormPost));
        assert_eq!(parse(None, &["form_post"], web), Err(ErrorCode::InvalidRequest), "query is the default");
        assert_eq!(parse(Some("form_post"), &["query"], web), Err(ErrorCode::InvalidRequest));
    }
}
