//! What a person (or a login) allowed: the root from which access and refresh tokens descend (RFC 6749 §1.3, contract §5).

use uuid::Uuid;

use crate::clock::UnixTime;

use super::scope::Scope;

/// One authorization: revoking it ends every token that came from it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuthorizationGrant {
    /// Its id, the `grant_id` of its tokens.
    pub id: Uuid,
    /// Who allowed it. (A client that acts for itself needs no grant.)
    pub user_id: Uuid,
    /// To whom; `None`: a first-party login.
    pub client_id: Option<String>,
    /// The session in which it was given; `None` once it may outlive one (`offline_access`).
    pub session_id: Option<Uuid>,
    /// What was allowed.
    pub scope: Scope,
    /// For which resource (RFC 8707); `None`: the public URL.
    pub resource: Option<String>,
    /// When the person last signed in.
    pub auth_time: UnixTime,
    /// When it was given.
    pub created_at: UnixTime,
    /// The absolute end, however often it is refreshed.
    pub expires_at: UnixTime,
    /// When it was ended before its time.
    pub revoked_at: Option<UnixTime>,
    /// The claims that were asked for one by one, as JSON (OpenID Connect Core §5.5).
    pub claims: Option<String>,
    /// The thumbprint of the key that a public client's refresh token is bound to (RFC 9449 §5).
    pub dpop_jkt: Option<String>,
}

impl AuthorizationGrant {
    /// Whether tokens may still descend from it at `now`.
    pub fn is_live(&self, now: UnixTime) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_ends_at_its_end_or_when_it_is_revoked() {
        let at = UnixTime::from_seconds;
        let grant = AuthorizationGrant {
            id: Uuid::nil(),
            user_id: Uuid::nil(),
            client_id: None,
            session_id: None,
            scope: Scope::empty(),
            resource: None,
            auth_time: at(0),
            created_at: at(0),
            expires_at: at(100),
            revoked_at: None,
            claims: None,
            dpop_jkt: None,
        };
        assert!(grant.is_live(at(99)));
        assert!(!grant.is_live(at(100)));
        assert!(!AuthorizationGrant { revoked_at: Some(at(1)), ..grant }.is_live(at(50)));
    }
}
