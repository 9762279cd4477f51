//! A registered client: RFC 6749 §2, and what may be registered (contract §5, §14).

use crate::clock::UnixTime;

use super::access_token::FIRST_PARTY_CLIENT_ID;
use super::client_fault::{ClientFault, Rule};
use super::client_id_metadata_document;
use super::client_metadata::ClientMetadata;
pub use super::grant_type::GrantType;
use super::redirect_uri;
use super::resource_indicator;
use super::scope::{OPENID, Scope};

/// Longest client identifier, in bytes.
pub const MAX_CLIENT_ID_BYTES: usize = 128;
/// Longest one that is a URL.
pub const MAX_CLIENT_URL_BYTES: usize = 500;
/// Longest description of an API, in characters: it is read where people decide.
pub const MAX_RESOURCE_DESCRIPTION: usize = 200;

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

    /// The kind of a client of which nothing but this method is known.
    pub fn kind(self) -> ClientKind {
        if self == Self::None { ClientKind::Public } else { ClientKind::Confidential }
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
    /// One of which nothing is said yet: it may nothing, and must use PKCE.
    pub fn new(client_id: String, kind: ClientKind, now: UnixTime) -> Self {
        Self {
            client_id,
            name: String::new(),
            kind,
            redirect_uris: Vec::new(),
            grants: Vec::new(),
            scope: Scope::empty(),
            default_scope: Scope::empty(),
            auth_method: None,
            require_pkce: true,
            resource_server: false,
            resources: Vec::new(),
            disabled: false,
            created_at: now,
            rate_limit: None,
            previous_secret_until: None,
            metadata: ClientMetadata::default(),
        }
    }

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

    /// What counts of the scope it asks for. What a client that nobody registered may not have falls out, so that it can ask for
    /// all that discovery lists (RFC 6749 §3.3), and so do names that nothing here has, beside `openid` (OpenID Connect Core
    /// §3.1.2.1). Where nothing is left, what it asked for, to be refused.
    #[must_use]
    pub fn heeded(&self, asked: &Scope, exists: impl Fn(&str) -> bool) -> Scope {
        let is_openid = asked.contains(OPENID);
        let falls_out = |token: &str| self.metadata.is_unchecked() || (is_openid && !exists(token));
        let left: Scope =
            asked.iter().filter(|token| self.scope.contains(token) || !falls_out(token)).collect();
        if left.is_empty() { asked.clone() } else { left }
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
    /// What to change.
    pub fn validate(&self) -> Result<(), ClientFault> {
        validate_client_id(&self.client_id)?;
        self.validate_name()?;
        self.validate_grants()?;
        self.validate_kind()?;
        self.validate_redirect_uris()?;
        self.validate_scope()?;
        self.validate_resources()?;
        let has_keys = self.metadata.jwks.is_some() || self.metadata.jwks_uri.is_some();
        if self.auth_method == Some(AuthMethod::PrivateKeyJwt) && !has_keys {
            let text = "private_key_jwt needs the client's public keys: give jwks or jwks_uri";
            return Err(ClientFault::new("jwks", Rule::NeedsKeys, text));
        }
        self.metadata.validate(self)
    }

    fn validate_name(&self) -> Result<(), ClientFault> {
        let good = !self.name.trim().is_empty()
            && self.name.chars().count() <= 100
            && !self.name.chars().any(char::is_control);
        let text = "give the client a name of 1 to 100 printable characters";
        if good { Ok(()) } else { Err(ClientFault::new("client_name", Rule::Name, text)) }
    }

    fn validate_grants(&self) -> Result<(), ClientFault> {
        let refuse = |rule, text: &str| Err(ClientFault::new("grant_types", rule, text));
        if self.grants.is_empty() && !self.resource_server {
            return refuse(Rule::NoGrant, "name at least one grant, or make it a resource server");
        }
        let begins = self.allows(GrantType::AuthorizationCode) || self.allows(GrantType::DeviceCode);
        if self.allows(GrantType::RefreshToken) && !begins {
            return refuse(
                Rule::RefreshAlone,
                "add the grant authorization_code or device_code: refresh_token alone never gets a token",
            );
        }
        Ok(())
    }

    fn validate_kind(&self) -> Result<(), ClientFault> {
        let method = |rule, text: &str| Err(ClientFault::new("token_endpoint_auth_method", rule, text));
        match (self.kind, self.auth_method) {
            (ClientKind::Public, Some(AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost)) => {
                method(
                    Rule::PublicProvesNothing,
                    "a public client has no secret: leave the method out, or use none",
                )
            }
            (ClientKind::Public, Some(AuthMethod::PrivateKeyJwt)) => method(
                Rule::PublicProvesNothing,
                "a client with a key of its own is confidential: leave the method out, or use none",
            ),
            (ClientKind::Confidential, Some(AuthMethod::None)) => method(
                Rule::MustProve,
                "a confidential client must authenticate: choose client_secret_basic or client_secret_post, \
                 or make it public",
            ),
            (ClientKind::Public, _) => self.validate_public(),
            _ => Ok(()),
        }
    }

    fn validate_public(&self) -> Result<(), ClientFault> {
        if !self.require_pkce {
            let text = "a public client always needs PKCE: leave the switch on, or make it confidential";
            return Err(ClientFault::new("require_pkce", Rule::PublicNeedsPkce, text));
        }
        let secret = [GrantType::ClientCredentials, GrantType::TokenExchange];
        if let Some(grant) = secret.into_iter().find(|grant| self.allows(*grant)) {
            let name = grant.name();
            let text = format!("{name} needs a secret: make the client confidential, or remove the grant");
            return Err(ClientFault::new("grant_types", Rule::GrantNeedsSecret, text).about(name));
        }
        if self.resource_server {
            let text = "a resource server must authenticate to introspect: make the client confidential";
            return Err(ClientFault::new("resource_server", Rule::PublicResourceServer, text));
        }
        Ok(())
    }

    fn validate_redirect_uris(&self) -> Result<(), ClientFault> {
        if self.allows(GrantType::AuthorizationCode) && self.redirect_uris.is_empty() {
            let text = "authorization_code needs at least one redirect URI";
            return Err(ClientFault::new("redirect_uris", Rule::NoRedirectUri, text));
        }
        self.redirect_uris.iter().try_for_each(|uri| {
            redirect_uri::validate_for_registration(uri)
                .map_err(|reason| ClientFault::of("redirect_uris", "redirect URI", uri, reason))
        })
    }

    fn validate_scope(&self) -> Result<(), ClientFault> {
        if !self.scope.is_well_formed() || !self.default_scope.is_well_formed() {
            let text = "a scope is made of printable ASCII without space, quote and backslash";
            return Err(ClientFault::new("scope", Rule::ScopeCharacters, text));
        }
        if !self.default_scope.is_subset_of(&self.scope) {
            let text = "the default scope must be part of the scope the client may ask for";
            return Err(ClientFault::new("default_scope", Rule::DefaultScope, text));
        }
        Ok(())
    }

    fn validate_resources(&self) -> Result<(), ClientFault> {
        if !self.resources.is_empty() && !self.resource_server {
            let text = "only a resource server has resources: make it one, or remove them";
            return Err(ClientFault::new("resources", Rule::ResourcesOfNoServer, text));
        }
        self.resources.iter().try_for_each(|uri| validate_resource(uri))?;
        let Some(text) = &self.metadata.resource_description else { return Ok(()) };
        let refuse = |rule, text| Err(ClientFault::new("resource_description", rule, text));
        if !self.resource_server {
            let text = "only a resource server has a description: make it one, or remove it";
            return refuse(Rule::ResourcesOfNoServer, text.to_owned());
        }
        let is_short = text.chars().count() <= MAX_RESOURCE_DESCRIPTION;
        if is_short && !text.trim().is_empty() && !text.chars().any(char::is_control) {
            return Ok(());
        }
        let text = format!(
            "the description of an API is one line of 1 to {MAX_RESOURCE_DESCRIPTION} characters: what it is, for \
             instance `the photo archive of the institute`"
        );
        refuse(Rule::ResourceDescription, text)
    }
}

/// Whether a client may answer for this resource (RFC 8707 §2). It stays as it was written: that is the `aud` of tokens for it.
///
/// # Errors
/// What is wrong with it.
fn validate_resource(uri: &str) -> Result<(), ClientFault> {
    resource_indicator::normalise(uri).map(drop).map_err(|error| {
        let text = format!("resource {}: {}", uri.escape_debug(), error.description);
        ClientFault::new("resources", Rule::Resource, text).about(uri)
    })
}

/// Whether `client_id` may be registered: 1 to 128 `VSCHAR` (RFC 6749 appendix A.1), and not the name under which
/// first-party logins issue their tokens.
///
/// # Errors
/// What to change.
pub fn validate_client_id(client_id: &str) -> Result<(), ClientFault> {
    let refuse = |rule, text: &str| Err(ClientFault::new("client_id", rule, text));
    let is_url = client_id_metadata_document::is_url(client_id);
    let most = if is_url { MAX_CLIENT_URL_BYTES } else { MAX_CLIENT_ID_BYTES };
    if client_id.is_empty() || client_id.len() > most {
        return refuse(Rule::IdLength, "a client id has 1 to 128 characters, and a URL at most 500");
    }
    if !client_id.bytes().all(|b| matches!(b, 0x20..=0x7e)) {
        return refuse(Rule::IdCharacters, "a client id is made of printable ASCII (RFC 6749 appendix A.1)");
    }
    // A client acting for itself is its token's subject: it must not read as a person's.
    if uuid::Uuid::parse_str(client_id).is_ok() {
        return refuse(
            Rule::IdOfAPerson,
            "a client id cannot have the form of a UUID, which is a person's id",
        );
    }
    if client_id == "new" {
        return refuse(
            Rule::IdReserved,
            "a client id cannot be `new`, which is a page's name: choose another",
        );
    }
    if client_id.eq_ignore_ascii_case(FIRST_PARTY_CLIENT_ID) {
        return refuse(Rule::IdReserved, "this client id is reserved for first-party logins: choose another");
    }
    Ok(())
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
