//! A registered client: RFC 6749 §2, and what may be registered (contract §5, §14).

use crate::clock::UnixTime;

use super::access_token::FIRST_PARTY_CLIENT_ID;
use super::client_id_metadata_document;
use super::client_metadata::ClientMetadata;
pub use super::grant_type::GrantType;
use super::redirect_uri;
use super::resource_indicator;
use super::scope::Scope;

/// Longest client identifier, in bytes.
pub const MAX_CLIENT_ID_BYTES: usize = 128;
/// Longest one that is a URL.
pub const MAX_CLIENT_URL_BYTES: usize = 500;

/// Whether the client can keep a secret (RFC 6749 §2.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClientKind {
    /// Runs where its user can read it: no secret.
    Public,
    /// Runs on a server of its own: has a secret.
    Confidential,
}

impl ClientKind {
    /// The name under which it is stored and listed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Confidential => "confidential",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "public" => Some(Self::Public),
            "confidential" => Some(Self::Confidential),
            _ => None,
        }
    }
}

/// How a client authenticates at the token endpoint (RFC 7591 §2, `token_endpoint_auth_method`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AuthMethod {
    /// HTTP Basic (RFC 6749 §2.3.1).
    ClientSecretBasic,
    /// `client_id` and `client_secret` in the body (RFC 6749 §2.3.1).
    ClientSecretPost,
    /// A JWT signed by a key of the client's (RFC 7523 §2.2, OpenID Connect Core §9).
    PrivateKeyJwt,
    /// `client_id` alone: a public client.
    None,
}

impl AuthMethod {
    /// Every method, in the order in which discovery lists them.
    pub const ALL: [Self; 4] =
        [Self::ClientSecretBasic, Self::ClientSecretPost, Self::PrivateKeyJwt, Self::None];

    /// The registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::None => "none",
        }
    }

    /// The method of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }
}

/// A registered client. Its secret is not here: whether one matches is an argument to the rules.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Client {
    /// Unique, 1 to 128 visible characters.
    pub client_id: String,
    /// The name people see on the consent page.
    pub name: String,
    /// Public or confidential.
    pub kind: ClientKind,
    /// Where answers may be sent, compared as strings.
    pub redirect_uris: Vec<String>,
    /// The grants it may use.
    pub grants: Vec<GrantType>,
    /// What it may ask for.
    pub scope: Scope,
    /// What it gets if it asks for nothing.
    pub default_scope: Scope,
    /// The one method it must use; `None`: any method with a secret.
    pub auth_method: Option<AuthMethod>,
    /// False only for confidential clients of the old kind (contract §5).
    pub require_pkce: bool,
    /// It protects resources and may introspect tokens meant for them (contract §6).
    pub resource_server: bool,
    /// The resource URIs it answers for (RFC 8707).
    pub resources: Vec<String>,
    /// Refused everywhere while set.
    pub disabled: bool,
    /// When it was registered.
    pub created_at: UnixTime,
    /// Requests an hour that its tokens may make for each of its users; `None`: as many as all OAuth tokens (contract §12).
    pub rate_limit: Option<u32>,
    /// Until when the secret before the last one is good beside it; also when that is over (security §3, 36).
    pub previous_secret_until: Option<UnixTime>,
    /// What it is registered with beyond RFC 6749.
    pub metadata: ClientMetadata,
}

impl Client {
    /// Whether it is registered for `grant`.
    pub fn allows(&self, grant: GrantType) -> bool {
        self.grants.contains(&grant)
    }

    /// Whether it cannot keep a secret.
    pub fn is_public(&self) -> bool {
        self.kind == ClientKind::Public
    }

    /// Whether anybody can be it: it keeps no secret, or nobody here registered it.
    pub fn is_stranger(&self) -> bool {
        self.is_public() || self.metadata.is_unchecked()
    }

    /// Whether it proves who it is by a secret that we keep; if not, it is public or has a key of its own.
    pub fn has_secret(&self) -> bool {
        !self.is_public() && self.auth_method != Some(AuthMethod::PrivateKeyJwt)
    }

    /// Until when the secret before the last one is good, if it still is at `now`.
    pub fn overlap_ends(&self, now: UnixTime) -> Option<UnixTime> {
        self.previous_secret_until.filter(|until| now < *until)
    }

    /// Whether an authorization request must carry a challenge: always for a public client, whatever its switch says
    /// (RFC 9700 §2.1.1).
    pub fn needs_pkce(&self) -> bool {
        self.is_public() || self.require_pkce
    }

    /// Whether this may be registered.
    ///
    /// # Errors
    /// A sentence that says what to change.
    pub fn validate(&self) -> Result<(), String> {
        validate_client_id(&self.client_id)?;
        self.validate_name()?;
        self.validate_grants()?;
        self.validate_kind()?;
        self.validate_redirect_uris()?;
        self.validate_scope()?;
        self.validate_resources()?;
        let has_keys = self.metadata.jwks.is_some() || self.metadata.jwks_uri.is_some();
        if self.auth_method == Some(AuthMethod::PrivateKeyJwt) && !has_keys {
            return Err("private_key_jwt needs the client's public keys: give jwks or jwks_uri".into());
        }
        self.metadata.validate(self)
    }

    fn validate_name(&self) -> Result<(), String> {
        let good = !self.name.trim().is_empty()
            && self.name.chars().count() <= 100
            && !self.name.chars().any(char::is_control);
        if good { Ok(()) } else { Err("give the client a name of 1 to 100 printable characters".into()) }
    }

    fn validate_grants(&self) -> Result<(), String> {
        if self.grants.is_empty() && !self.resource_server {
            return Err("name at least one grant, or make it a resource server".into());
        }
        let begins = self.allows(GrantType::AuthorizationCode) || self.allows(GrantType::DeviceCode);
        if self.allows(GrantType::RefreshToken) && !begins {
            return Err(
                "add the grant authorization_code or device_code: refresh_token alone never gets a token"
                    .into(),
            );
        }
        Ok(())
    }

    fn validate_kind(&self) -> Result<(), String> {
        match (self.kind, self.auth_method) {
            (ClientKind::Public, Some(AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost)) => {
                Err("a public client has no secret: leave the method out, or use none".into())
            }
            (ClientKind::Public, Some(AuthMethod::PrivateKeyJwt)) => {
                Err("a client with a key of its own is confidential: leave the method out, or use none"
                    .into())
            }
            (ClientKind::Confidential, Some(AuthMethod::None)) => Err(
                "a confidential client must authenticate: choose client_secret_basic or client_secret_post, \
                     or make it public"
                    .into(),
            ),
            (ClientKind::Public, _) if !self.require_pkce => {
                Err("a public client always needs PKCE: leave the switch on, or make it confidential".into())
            }
            (ClientKind::Public, _) if self.allows(GrantType::ClientCredentials) => {
                Err("client_credentials needs a secret: make the client confidential, or remove the grant"
                    .into())
            }
            (ClientKind::Public, _) if self.allows(GrantType::TokenExchange) => {
                Err("token_exchange needs a secret: make the client confidential, or remove the grant".into())
            }
            (ClientKind::Public, _) if self.resource_server => {
                Err("a resource server must authenticate to introspect: make the client confidential".into())
            }
            _ => Ok(()),
        }
    }

    fn validate_redirect_uris(&self) -> Result<(), String> {
        if self.allows(GrantType::AuthorizationCode) && self.redirect_uris.is_empty() {
            return Err("authorization_code needs at least one redirect URI".into());
        }
        self.redirect_uris.iter().try_for_each(|uri| {
            redirect_uri::validate_for_registration(uri)
                .map_err(|reason| format!("redirect URI {}: {reason}", uri.escape_debug()))
        })
    }

    fn validate_scope(&self) -> Result<(), String> {
        if !self.scope.is_well_formed() || !self.default_scope.is_well_formed() {
            return Err("a scope is made of printable ASCII without space, quote and backslash".into());
        }
        if !self.default_scope.is_subset_of(&self.scope) {
            return Err("the default scope must be part of the scope the client may ask for".into());
        }
        Ok(())
    }

    fn validate_resources(&self) -> Result<(), String> {
        if !self.resources.is_empty() && !self.resource_server {
            return Err("only a resource server has resources: make it one, or remove them".into());
        }
        self.resources.iter().try_for_each(|uri| {
            resource_indicator::normalise(uri)
                .map(drop)
                .map_err(|error| format!("resource {}: {}", uri.escape_debug(), error.description))
        })
    }
}

/// Whether `client_id` may be registered: 1 to 128 `VSCHAR` (RFC 6749 appendix A.1), and not the name under which
/// first-party logins issue their tokens.
///
/// # Errors
/// A sentence that says what to change.
pub fn validate_client_id(client_id: &str) -> Result<(), String> {
    let is_url = client_id_metadata_document::is_url(client_id);
    let most = if is_url { MAX_CLIENT_URL_BYTES } else { MAX_CLIENT_ID_BYTES };
    if client_id.is_empty() || client_id.len() > most {
        return Err("a client id has 1 to 128 characters, and a URL at most 500".into());
    }
    if !client_id.bytes().all(|b| matches!(b, 0x20..=0x7e)) {
        return Err("a client id is made of printable ASCII (RFC 6749 appendix A.1)".into());
    }
    // A client acting for itself is its token's subject: it must not read as a person's.
    if uuid::Uuid::parse_str(client_id).is_ok() {
        return Err("a client id cannot have the form of a UUID, which is a person's id".into());
    }
    if client_id == "new" {
        return Err("a client id cannot be `new`, which is a page's name: choose another".into());
    }
    if client_id.eq_ignore_ascii_case(FIRST_PARTY_CLIENT_ID) {
        return Err("this client id is reserved for first-party logins: choose another".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::fixture;
    use proptest::prelude::*;

    #[test]
    fn rfc6749_appendix_a_1_client_id_is_vschar() {
        let long = "a".repeat(129);
        for (id, good) in [
            ("app", true),
            ("my app:1", true),
            (long.get(..128).unwrap(), true),
            (long.as_str(), false),
            ("", false),
            ("a\u{7f}", false),
            ("a\n", false),
            ("\u{e9}", false),
            ("0198c5b1-7f3a-7cc0-8000-000000000001", false),
            ("0198C5B17F3A7CC08000000000000001", false),
            ("portcullis", false),
            ("Portcullis", false),
            ("new", false),
        ] {
            assert_eq!(validate_client_id(id).is_ok(), good, "{id:?}");
        }
    }

    #[test]
    fn kind_and_method_names_round_trip() {
        assert!(AuthMethod::ALL.into_iter().all(|m| AuthMethod::parse(m.as_str()) == Some(m)));
        assert_eq!(AuthMethod::parse("private_key_jwt"), Some(AuthMethod::PrivateKeyJwt));
        assert_eq!(AuthMethod::parse("client_secret_jwt"), None);
        assert!(
            [ClientKind::Public, ClientKind::Confidential]
                .into_iter()
                .all(|k| ClientKind::parse(k.as_str()) == Some(k))
        );
    }

    #[test]
    fn good_clients_may_be_registered() {
        for client in [
            fixture::public(),
            fixture::confidential(),
            Client { require_pkce: false, ..fixture::confidential() },
            Client { auth_method: None, ..fixture::public() },
            Client {
                grants: vec![GrantType::ClientCredentials],
                redirect_uris: Vec::new(),
                ..fixture::confidential()
            },
            Client {
                grants: vec![GrantType::DeviceCode, GrantType::RefreshToken],
                redirect_uris: Vec::new(),
                ..fixture::public()
            },
            Client {
                grants: Vec::new(),
                redirect_uris: Vec::new(),
                resource_server: true,
                resources: vec!["https://api.example".into()],
                ..fixture::confidential()
            },
        ] {
            assert_eq!(client.validate(), Ok(()));
        }
    }

    #[test]
    fn rfc6749_2_and_rfc9700_2_1_1_bad_clients_are_refused_with_advice() {
        let (public, confidential) = (fixture::public, fixture::confidential);
        for (advice, client) in [
            ("client id", Client { client_id: String::new(), ..public() }),
            ("reserved", Client { client_id: "portcullis".into(), ..public() }),
            ("name", Client { name: " ".into(), ..public() }),
            ("name", Client { name: "a\nb".into(), ..public() }),
            ("PKCE", Client { require_pkce: false, ..public() }),
            ("client_credentials", Client { grants: GrantType::ALL.to_vec(), ..public() }),
            ("token_exchange", Client { grants: vec![GrantType::TokenExchange], ..public() }),
            ("no secret", Client { auth_method: Some(AuthMethod::ClientSecretBasic), ..public() }),
            ("must authenticate", Client { auth_method: Some(AuthMethod::None), ..confidential() }),
            ("confidential", Client { resource_server: true, ..public() }),
            ("key of its own", Client { auth_method: Some(AuthMethod::PrivateKeyJwt), ..public() }),
            ("public keys", Client { auth_method: Some(AuthMethod::PrivateKeyJwt), ..confidential() }),
            ("redirect URI", Client { redirect_uris: Vec::new(), ..public() }),
            ("redirect URI", Client { redirect_uris: vec!["http://app.example/".into()], ..public() }),
            ("at least one grant", Client { grants: Vec::new(), ..public() }),
            ("authorization_code", Client { grants: vec![GrantType::RefreshToken], ..public() }),
            ("default scope", Client { default_scope: Scope::from(["admin"]), ..public() }),
            (
                "printable",
                Client { scope: Scope::from(["re ad"]), default_scope: Scope::empty(), ..public() },
            ),
            ("resource server", Client { resources: vec!["https://a.example".into()], ..confidential() }),
            (
                "fragment",
                Client {
                    resource_server: true,
                    resources: vec!["https://a.example/#f".into()],
                    ..confidential()
                },
            ),
        ] {
            let message = client.validate().unwrap_err();
            assert!(message.contains(advice), "{advice}: {message}");
        }
    }

    #[test]
    fn rfc9700_2_1_1_a_public_client_needs_pkce_whatever_its_switch_says() {
        assert!(Client { require_pkce: false, ..fixture::public() }.needs_pkce());
        assert!(!Client { require_pkce: false, ..fixture::confidential() }.needs_pkce());
    }

    proptest! {
        #[test]
        fn client_id_check_never_panics(id in "\\PC{0,140}") {
            let _ = validate_client_id(&id);
        }
    }
}
