//! What a client knows people by: public or pairwise subject identifiers (OpenID Connect Core §8).

use std::collections::BTreeSet;

use url::Url;

use super::client::Client;
use super::client_fault::{ClientFault, Reason, Rule};

/// How a client knows people (OpenID Connect Core §8).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SubjectType {
    /// By the same name as every other client.
    Public,
    /// By a name that no client of another sector knows.
    Pairwise,
}

impl SubjectType {
    /// Every type, in the order in which discovery lists them.
    pub const ALL: [Self; 2] = [Self::Public, Self::Pairwise];

    /// The registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Pairwise => "pairwise",
        }
    }

    /// The type of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.as_str() == name)
    }

    /// What `client` is registered with; `public` unless it says otherwise.
    pub fn of(client: &Client) -> Self {
        client.metadata.subject_type.as_deref().and_then(Self::parse).unwrap_or(Self::Public)
    }
}

/// The sector that `client` shares its pairwise subjects with: the host of its sector identifier URI, or of all its redirect
/// URIs (§8.1). One that has neither, such as a device, is a sector of its own; its name is no host's. So is one with a
/// redirect URI that is not https: loopback and schemes of its own are everybody's (RFC 8252 §8.6).
pub fn sector_identifier(client: &Client) -> String {
    let uri = client.metadata.sector_identifier_uri.as_deref();
    let is_somebody = client.redirect_uris.iter().all(|uri| is_https(uri));
    let host = uri.and_then(host).or_else(|| only_host(client).ok().flatten().filter(|_| is_somebody));
    host.unwrap_or_else(|| format!("client {}", client.client_id))
}

/// Whether the members that say what it knows people by may be registered.
///
/// # Errors
/// What to change.
pub fn validate(client: &Client) -> Result<(), ClientFault> {
    if let Some(name) = &client.metadata.subject_type
        && SubjectType::parse(name).is_none()
    {
        let reason = Reason::new(Rule::SubjectType, "use public or pairwise");
        return Err(ClientFault::of("subject_type", "subject_type", name, reason));
    }
    if SubjectType::of(client) == SubjectType::Public || client.metadata.sector_identifier_uri.is_some() {
        return Ok(());
    }
    only_host(client).map(|_| ())
}

/// The host of its redirect URIs; `None` if they have none.
fn only_host(client: &Client) -> Result<Option<String>, ClientFault> {
    let hosts: BTreeSet<_> = client.redirect_uris.iter().filter_map(|uri| host(uri)).collect();
    if hosts.len() > 1 {
        // §8.1.
        let text = "a pairwise client whose redirect URIs have several hosts needs a sector_identifier_uri: \
                    name one, or leave one host";
        return Err(ClientFault::new("sector_identifier_uri", Rule::PairwiseHosts, text));
    }
    Ok(hosts.into_iter().next())
}

fn is_https(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|uri| uri.scheme() == "https")
}

fn host(uri: &str) -> Option<String> {
    Url::parse(uri).ok()?.host_str().map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client_metadata::ClientMetadata;
    use crate::oauth::fixture;

    fn client(uris: &[&str], sector: Option<&str>, subject_type: Option<&str>) -> Client {
        Client {
            redirect_uris: uris.iter().map(|&uri| uri.to_owned()).collect(),
            metadata: ClientMetadata {
                subject_type: subject_type.map(str::to_owned),
                sector_identifier_uri: sector.map(str::to_owned),
                ..ClientMetadata::default()
            },
            ..fixture::confidential()
        }
    }

    #[test]
    fn oidc_core_8_1_the_sector_is_the_host_of_the_sector_identifier_uri_or_of_the_redirect_uris() {
        let two = ["https://a.example/x", "https://b.example/y"];
        for (uris, sector, expected) in [
            (vec!["https://A.example:8443/cb", "https://a.example/other"], None, "a.example"),
            (two.to_vec(), Some("https://s.example/uris.json"), "s.example"),
            (vec![], None, "client app"),
            (vec!["com.example.app:/cb"], None, "client app"),
            (vec!["http://127.0.0.1:3000/cb"], None, "client app"),
            (vec!["https://a.example/x", "com.example.app:/cb"], None, "client app"),
        ] {
            assert_eq!(sector_identifier(&client(&uris, sector, Some("pairwise"))), expected, "{uris:?}");
        }
    }

    #[test]
    fn oidc_core_8_1_several_hosts_need_a_sector_identifier_uri() {
        let two = ["https://a.example/x", "https://b.example/y"];
        for (uris, sector, subject_type, good) in [
            (&two[..], None, Some("pairwise"), false),
            (&two[..], None, Some("public"), true),
            (&two[..], None, None, true),
            (&two[..1], None, Some("pairwise"), true),
            (&two[..], Some("https://s.example/uris.json"), Some("pairwise"), true),
            (&two[..1], None, Some("secret"), false),
        ] {
            assert_eq!(validate(&client(uris, sector, subject_type)).is_ok(), good, "{uris:?} {sector:?}");
        }
    }

    #[test]
    fn oidc_core_8_public_unless_registered_otherwise() {
        assert_eq!(SubjectType::of(&client(&[], None, None)), SubjectType::Public);
        assert_eq!(SubjectType::of(&client(&[], None, Some("pairwise"))), SubjectType::Pairwise);
    }
}
