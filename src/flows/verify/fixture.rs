//! Owns an identity for the tests of those who look at one.

use std::net::{IpAddr, Ipv4Addr};

use uuid::Uuid;

use super::super::actor::Actor;
use super::super::rate_limits::{Limits, RateLimits};
use super::Identity;
use crate::account::credential::CredentialClass;
use crate::clock::{Clock, UnixTime};
use crate::oauth::scope::Scope;

/// Whoever has this credential, on this machine.
pub fn holder(identity: &Identity) -> Actor<'_> {
    Actor::Holder { identity, address: IpAddr::V4(Ipv4Addr::LOCALHOST) }
}

/// Nobody's login token for `https://id.example`, which may read.
pub fn identity() -> Identity {
    let limits = Limits { api_key: 1000, oauth: 5000, jwt: 2000 };
    let limits = RateLimits::start(limits, None, Clock::fixed(UnixTime::from_seconds(0))).unwrap();
    Identity {
        user_id: Some(Uuid::nil()),
        subject: Uuid::nil().to_string(),
        username: None,
        email: None,
        is_admin: false,
        scope: Scope::from(["read"]),
        client_id: None,
        class: CredentialClass::Jwt,
        audience: "https://id.example".to_owned(),
        credential_id: Uuid::nil(),
        grant_id: None,
        key: None,
        issued_at: UnixTime::from_seconds(0),
        expires_at: Some(UnixTime::from_seconds(0)),
        quota: limits.quota(CredentialClass::Jwt, "nobody", None, None),
        binding: None,
        networks: Vec::new(),
    }
}
