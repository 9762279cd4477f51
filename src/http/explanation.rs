//! Which of the catalogue's texts a person is told where a request is not answered as asked (contract §8): what happened, and what to do.

use actix_web::http::StatusCode;

use super::failure::Failure;
use crate::oauth::error::{ErrorCode, Matter, OAuthError};

/// Defines [`Explanation`] and the stem of each one's texts: `what-…` and `do-…`.
macro_rules! explanations {
    ($($(#[$doc:meta])* $name:ident: $stem:literal,)+) => {
        /// What can go wrong, as people tell it apart.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Explanation {
            $($(#[$doc])* $name,)+
            /// The failure's message is of the catalogue, in the person's language: it says both.
            Said,
        }

        impl Explanation {
            /// All that have texts of their own.
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$name,)+];

            const fn stem(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some($stem),)+
                    Self::Said => None,
                }
            }
        }
    };
}

explanations! {
    /// No such client is registered.
    UnknownClient: "client-unknown",
    /// The client is switched off.
    DisabledClient: "client-disabled",
    /// What the client says of itself cannot be used.
    ClientDocument: "client-document",
    /// There is no `client_id`.
    NoClientId: "client-unnamed",
    /// There is no `redirect_uri`.
    NoRedirectUri: "redirect-missing",
    /// `redirect_uri` is not the client's.
    RedirectUri: "redirect-unknown",
    /// A pushed request has ended.
    RequestEnded: "request-ended",
    /// A request object is no good.
    RequestObject: "request-object",
    /// Anything else of an application's request.
    ApplicationRequest: "application-request",
    /// `id_token_hint` is no good.
    IdTokenHint: "logout-hint",
    /// `post_logout_redirect_uri` is not the client's.
    PostLogoutRedirectUri: "logout-address",
    /// Something came twice.
    Repeated: "repeated",
    /// What came cannot be read.
    Unreadable: "unreadable",
    /// An address is too long.
    TooLong: "too-long",
    /// A body is too large.
    TooLarge: "too-large",
    /// A body is of a kind that is not read.
    ContentType: "content-type",
    /// A credential stands in the address.
    CredentialInUrl: "credential-in-url",
    /// Anything else that cannot be understood.
    Unclear: "unclear",
    /// What is there already stands against it.
    Conflict: "conflict",
    /// Nothing is there.
    NotFound: "not-found",
    /// The address does not know the method.
    Method: "method",
    /// The body did not arrive in time.
    TooSlow: "too-slow",
    /// A credential is missing, or no good.
    SignIn: "sign-in",
    /// It is not allowed.
    NotAllowed: "not-allowed",
    /// Another site sent it.
    ForeignOrigin: "foreign-origin",
    /// A form was open for too long.
    FormExpired: "form-expired",
    /// A form was sent before.
    FormSent: "form-sent",
    /// A credential came in the clear.
    HttpsRequired: "https-required",
    /// Too often.
    TooMany: "too-many",
    /// Not now.
    Unavailable: "unavailable",
    /// A fault of ours.
    Fault: "fault-of-ours",
}

impl Explanation {
    /// What explains a failure: what was said where it was born, else its code, else its status.
    pub fn of(failure: &Failure) -> Self {
        if let Some(explanation) = failure.explanation {
            return explanation;
        }
        match failure.code {
            "not_found" => Self::NotFound,
            "method_not_allowed" => Self::Method,
            "payload_too_large" => Self::TooLarge,
            "unsupported_media_type" => Self::ContentType,
            "request_timeout" => Self::TooSlow,
            "foreign_origin" => Self::ForeignOrigin,
            "form_expired" => Self::FormExpired,
            "form_sent" => Self::FormSent,
            "https_required" => Self::HttpsRequired,
            "rate_limit_exceeded" => Self::TooMany,
            "temporarily_unavailable" => Self::Unavailable,
            "conflict" => Self::Conflict,
            _ => Self::of_status(failure.status),
        }
    }

    fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::SignIn,
            StatusCode::FORBIDDEN => Self::NotAllowed,
            status if status.is_server_error() => Self::Fault,
            _ => Self::Unclear,
        }
    }

    /// What explains a refusal of an OAuth request that is shown to a person (RFC 6749 §4.1.2.1).
    pub fn of_refusal(error: &OAuthError) -> Self {
        let Some(matter) = error.matter else { return Self::of_code(error.code) };
        match matter {
            Matter::UnknownClient => Self::UnknownClient,
            Matter::DisabledClient => Self::DisabledClient,
            Matter::ClientDocument => Self::ClientDocument,
            Matter::NoClientId => Self::NoClientId,
            Matter::NoRedirectUri => Self::NoRedirectUri,
            Matter::RedirectUri => Self::RedirectUri,
            Matter::Repeated => Self::Repeated,
            Matter::Unreadable => Self::Unreadable,
            Matter::TooLong => Self::TooLong,
            Matter::IdTokenHint => Self::IdTokenHint,
            Matter::PostLogoutRedirectUri => Self::PostLogoutRedirectUri,
        }
    }

    const fn of_code(code: ErrorCode) -> Self {
        match code {
            ErrorCode::InvalidRequestUri => Self::RequestEnded,
            ErrorCode::InvalidRequestObject => Self::RequestObject,
            ErrorCode::TemporarilyUnavailable => Self::Unavailable,
            ErrorCode::ServerError => Self::Fault,
            _ => Self::ApplicationRequest,
        }
    }

    /// The id of the page's title.
    pub fn title(self, status: StatusCode) -> &'static str {
        match self {
            Self::Method => "error-not-a-page",
            Self::RequestEnded | Self::FormExpired => "error-too-late",
            _ => title_of(status),
        }
    }

    /// The id of what happened; `None`: the message says it.
    pub fn what(self) -> Option<String> {
        self.stem().map(|stem| format!("what-{stem}"))
    }

    /// The id of what to do; `None`: the message says it. That of [`Self::TooMany`] takes the time to wait as `wait`.
    pub fn to_do(self) -> Option<String> {
        self.stem().map(|stem| format!("do-{stem}"))
    }

    /// Whether the failure's own sentence, which is English, tells whoever runs the application, or this server, more than
    /// the person reads.
    pub const fn has_detail(self) -> bool {
        !matches!(
            self,
            Self::Said
                | Self::NotFound
                | Self::Method
                | Self::TooLarge
                | Self::TooSlow
                | Self::ForeignOrigin
                | Self::FormExpired
                | Self::FormSent
                | Self::HttpsRequired
                | Self::TooMany
                | Self::Unavailable
                | Self::Fault
        )
    }
}

fn title_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        403 => "error-not-allowed",
        404 => "error-not-found",
        429 => "error-too-many",
        500.. => "error-later",
        _ => "error-request",
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;

    use super::super::error::of_status;
    use super::*;
    use crate::oauth::parameters::ParameterError;
    use crate::words;

    #[test]
    fn contract_8_what_can_go_wrong_has_a_title_what_happened_and_what_to_do_in_each_language() {
        for language in words::languages() {
            let words = words::of(language).unwrap();
            for explanation in Explanation::ALL {
                let (what, to_do) = (explanation.what().unwrap(), explanation.to_do().unwrap());
                for status in [400, 403, 404, 429, 500, 503] {
                    let title = explanation.title(StatusCode::from_u16(status).unwrap());
                    assert!(words.knows(title), "{language}: {title}");
                }
                assert!(words.knows(&what) && words.knows(&to_do), "{language}: {what}, {to_do}");
            }
        }
    }

    #[test]
    fn contract_8_each_failure_has_its_own_explanation() {
        use Explanation as E;
        let refused = |code| Failure::from(OAuthError::new(code, "x"));
        for (failure, explanation) in [
            (Failure::invalid_request("x"), E::Unclear),
            (Failure::two_principals(), E::Unclear),
            (Failure::too_slow(), E::TooSlow),
            (Failure::invalid_token(), E::SignIn),
            (Failure::token_expired(), E::SignIn),
            (Failure::unauthenticated(), E::SignIn),
            (Failure::wrong_scheme(true), E::SignIn),
            (Failure::invalid_dpop_proof("x"), E::SignIn),
            (Failure::use_dpop_nonce("x"), E::SignIn),
            (Failure::insufficient_scope("x"), E::NotAllowed),
            (Failure::wrong_address(), E::NotAllowed),
            (Failure::foreign_origin(), E::ForeignOrigin),
            (Failure::form_expired(), E::FormExpired),
            (Failure::form_sent(), E::FormSent),
            (Failure::untrusted_gateway(), E::NotAllowed),
            (Failure::https_required(), E::HttpsRequired),
            (Failure::not_found(), E::NotFound),
            (Failure::method_not_allowed("POST"), E::Method),
            (Failure::conflict("x"), E::Conflict),
            (Failure::too_large(), E::TooLarge),
            (Failure::unsupported_media_type("x"), E::ContentType),
            (Failure::too_many_attempts(1), E::TooMany),
            (Failure::too_many_devices(1), E::TooMany),
            (Failure::too_many_pushes(1), E::TooMany),
            (Failure::too_many_registrations(1), E::TooMany),
            (Failure::unavailable(), E::Unavailable),
            (Failure::server_error(), E::Fault),
            (of_status(StatusCode::BAD_REQUEST), E::Unreadable),
            (of_status(StatusCode::NOT_FOUND), E::NotFound),
            (of_status(StatusCode::PAYLOAD_TOO_LARGE), E::TooLarge),
            (ParameterError::Malformed.into(), E::Unreadable),
            (ParameterError::NotText.into(), E::Unreadable),
            (ParameterError::TooLong.into(), E::TooLong),
            (ParameterError::Duplicate("next".to_owned()).into(), E::Repeated),
            (ParameterError::Duplicate("resource".to_owned()).into(), E::Repeated),
            (refused(ErrorCode::InvalidRequestUri), E::RequestEnded),
            (refused(ErrorCode::InvalidRequestObject), E::RequestObject),
            (refused(ErrorCode::RequestUriNotSupported), E::ApplicationRequest),
            (refused(ErrorCode::InvalidRequest), E::ApplicationRequest),
            (refused(ErrorCode::TemporarilyUnavailable), E::Unavailable),
        ] {
            assert_eq!(Explanation::of(&failure), explanation, "{failure} {}", failure.message);
        }
    }
}
