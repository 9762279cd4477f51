//! The grants a client may be registered for: RFC 6749 §4, §6, RFC 8628 §3.4, RFC 8693 §2.1 (contract §5, §14).

/// A grant a client may be registered for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GrantType {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 6749 §6.
    RefreshToken,
    /// RFC 6749 §4.4.
    ClientCredentials,
    /// RFC 8628 §3.4.
    DeviceCode,
    /// RFC 8693 §2.1.
    TokenExchange,
}

impl GrantType {
    /// Every grant, in the order in which discovery lists them.
    pub const ALL: [Self; 5] = [
        Self::AuthorizationCode,
        Self::RefreshToken,
        Self::ClientCredentials,
        Self::DeviceCode,
        Self::TokenExchange,
    ];

    /// The RFC's name, the value of `grant_type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
        }
    }

    /// The name under which it is stored and listed: short where the RFC's is a URN (contract §14).
    pub const fn name(self) -> &'static str {
        match self {
            Self::DeviceCode => "device_code",
            Self::TokenExchange => "token_exchange",
            other => other.as_str(),
        }
    }

    /// The grant of that name, or of the RFC's.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.name() == name || grant.as_str() == name)
    }

    /// The grant that a request names by the RFC's name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc8628_3_4_names_round_trip_and_on_the_wire_it_is_the_urn() {
        assert!(GrantType::ALL.into_iter().all(|g| GrantType::parse(g.as_str()) == Some(g)));
        assert!(GrantType::ALL.into_iter().all(|g| GrantType::named(g.name()) == Some(g)));
        assert!(GrantType::ALL.into_iter().all(|g| GrantType::named(g.as_str()) == Some(g)));
        // On the wire it is the URN and nothing else (RFC 8628 §3.4).
        assert_eq!(GrantType::parse("device_code"), None);
        assert_eq!((GrantType::parse("token_exchange"), GrantType::parse("token-exchange")), (None, None));
        assert_eq!((GrantType::parse("password"), GrantType::named("password")), (None, None));
    }
}
