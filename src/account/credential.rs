//! The classes of credentials that verification and rate limits tell apart (contract §2, §6, §12).

/// What kind of credential somebody presents.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CredentialClass {
    /// An API key or a Barbell key.
    ApiKey,
    /// An access token from a first-party login.
    Jwt,
    /// An access token of an OAuth client.
    OAuth,
}

impl CredentialClass {
    /// Every class.
    pub const ALL: [Self; 3] = [Self::ApiKey, Self::Jwt, Self::OAuth];

    /// The value of `auth_method` (contract §6), and the name of its rate limit policy (contract §12).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::Jwt => "jwt",
            Self::OAuth => "oauth",
        }
    }
}
