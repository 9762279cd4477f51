//! Refresh tokens: RFC 6749 §6, rotation and replay by RFC 9700 §4.14.2 and contract §5.

use uuid::Uuid;

use crate::clock::UnixTime;

use super::authorization_grant::AuthorizationGrant;
use super::client::{Client, GrantType};
use super::error::{ErrorCode, OAuthError};
use super::scope::Scope;
use super::token_request::RefreshTokenRequest;
use super::{oxide, resource_indicator};

/// For how long a lost answer may be asked for again, in seconds (contract §5).
pub const REPLAY_WINDOW_SECONDS: i64 = 10;

/// A refresh token as it was issued, found by its digest. The token itself is not here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefreshToken {
    /// The authorization it descends from; all of one authorization's tokens are a family.
    pub grant_id: Uuid,
    /// When it was issued.
    pub created_at: UnixTime,
    /// When it ends if it is not used.
    pub expires_at: UnixTime,
    /// When it was exchanged for a successor.
    pub consumed_at: Option<UnixTime>,
    /// Whether the sealed successor is still kept: it is wiped when the successor is used, which proves that it arrived.
    pub has_successor: bool,
}

/// What a rightful presentation of a refresh token means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presentation {
    /// Issue a successor and consume this one.
    Rotate,
    /// Issue an access token; this one stays.
    Keep,
    /// The answer was lost on its way: give the same successor again.
    Repeat,
    /// It was used before: refuse it and revoke the family (RFC 9700 §4.14.2).
    Replay,
}

/// What presenting `token` means, for whoever may present it; `rotates`: whether its kind of client exchanges it at
/// every use (public clients and the login doors do, contract §5).
///
/// # Errors
/// `invalid_grant` if the grant is over or the token was idle too long.
pub fn present(
    token: &RefreshToken,
    grant: &AuthorizationGrant,
    rotates: bool,
    now: UnixTime,
) -> Result<Presentation, OAuthError> {
    if token.grant_id != grant.id || !grant.is_live(now) {
        return Err(refused());
    }
    match token.consumed_at {
        // Even after its idle end: only a copy of a spent token still turns up then.
        Some(at) => Ok(present_again(token, at, now)),
        None if now >= token.expires_at => Err(refused()),
        None if rotates => Ok(Presentation::Rotate),
        None => Ok(Presentation::Keep),
    }
}

/// A second presentation is a lost answer while the window is open and the successor unused, and a theft otherwise.
fn present_again(token: &RefreshToken, consumed_at: UnixTime, now: UnixTime) -> Presentation {
    let in_window = now < consumed_at.plus_seconds(REPLAY_WINDOW_SECONDS);
    if in_window && token.has_successor { Presentation::Repeat } else { Presentation::Replay }
}

/// The scope of the next access token: the grant's, or the part of it that was asked for (RFC 6749 §6). The grant
/// keeps its own, so the next refresh may ask for all of it again.
///
/// # Errors
/// `invalid_scope` if it is malformed or more than was granted.
pub fn narrowed(grant: &AuthorizationGrant, requested: Option<&str>) -> Result<Scope, OAuthError> {
    let refuse = || OAuthError::new(ErrorCode::InvalidScope, "scope is malformed or more than was granted");
    let requested = Scope::parse(requested.unwrap_or_default()).map_err(|_| refuse())?;
    if requested.is_empty() {
        return Ok(grant.scope.clone());
    }
    if requested.is_subset_of(&grant.scope) { Ok(requested) } else { Err(refuse()) }
}

/// What `request` means, for a client that has authenticated, and the scope of the access token it gets. A replay by
/// the right client comes out as such whatever else the request says; nobody else can cause one.
///
/// # Errors
/// `unauthorized_client`; `invalid_grant` for another client's token, a grant that is over or an idle token;
/// `invalid_target` for another resource; `invalid_scope` for more than was granted, or if nothing of it is left that
/// the client may still ask for.
pub fn decide(
    token: &RefreshToken,
    grant: &AuthorizationGrant,
    client: &Client,
    request: &RefreshTokenRequest,
    now: UnixTime,
) -> Result<(Presentation, Scope), OAuthError> {
    if grant.client_id.as_deref() != Some(client.client_id.as_str()) {
        return Err(refused());
    }
    if !client.allows(GrantType::RefreshToken) {
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, "this client may not use refresh_token"));
    }
    let presentation = present(token, grant, client.is_public(), now)?;
    if presentation == Presentation::Replay {
        return Ok((presentation, Scope::empty()));
    }
    oxide::refresh(client, grant, request)?;
    resource_indicator::unchanged(request.resource.as_deref(), grant.resource.as_deref())?;
    // What the client may ask for can have shrunk since the grant was given.
    let scope = narrowed(grant, request.scope.as_deref())?.intersect(&client.scope);
    if scope.is_empty() && !grant.scope.is_empty() {
        return Err(OAuthError::new(ErrorCode::InvalidScope, "this client may no longer ask for this scope"));
    }
    Ok((presentation, scope))
}

fn refused() -> OAuthError {
    OAuthError::new(
        ErrorCode::InvalidGrant,
        "the refresh token is unknown, expired, revoked or another client's",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::fixture::{self, at};

    fn request() -> RefreshTokenRequest {
        RefreshTokenRequest { refresh_token: "prt_x".into(), scope: None, resource: None }
    }

    fn check(
        token: &RefreshToken,
        client: &Client,
        request: &RefreshTokenRequest,
        now: i64,
    ) -> Result<(Presentation, String), ErrorCode> {
        decide(token, &fixture::grant(), client, request, at(now))
            .map(|(presentation, scope)| (presentation, scope.to_string()))
            .map_err(|e| e.code)
    }

    fn spent() -> RefreshToken {
        RefreshToken { consumed_at: Some(at(2000)), has_successor: true, ..fixture::refresh_token() }
    }

    #[test]
    fn contract_5_public_clients_rotate_and_confidential_ones_keep() {
        let token = fixture::refresh_token();
        let all = "read write".to_owned();
        assert_eq!(
            check(&token, &fixture::public(), &request(), 2000),
            Ok((Presentation::Rotate, all.clone()))
        );
        assert_eq!(check(&token, &fixture::confidential(), &request(), 2000), Ok((Presentation::Keep, all)));
    }

    #[test]
    fn rfc9700_4_14_2_a_second_use_is_a_repeat_in_the_window_and_a_replay_after() {
        let wiped = RefreshToken { has_successor: false, ..spent() };
        for (name, token, now, expected) in [
            ("at once", &spent(), 2000, Presentation::Repeat),
            ("window end", &spent(), 2009, Presentation::Repeat),
            ("after the window", &spent(), 2010, Presentation::Replay),
            ("successor used, so wiped", &wiped, 2001, Presentation::Replay),
            ("after its idle end", &spent(), 7000, Presentation::Replay),
        ] {
            let answer = present(token, &fixture::grant(), true, at(now));
            assert_eq!(answer.ok(), Some(expected), "{name}");
        }
    }

    #[test]
    fn contract_5_a_spent_token_is_no_better_in_a_client_that_keeps_its_tokens() {
        assert_eq!(present(&spent(), &fixture::grant(), false, at(3000)).ok(), Some(Presentation::Replay));
    }

    #[test]
    fn rfc6749_5_2_idle_revoked_and_ended_are_invalid_grant() {
        let token = fixture::refresh_token();
        let live = fixture::grant();
        let revoked = AuthorizationGrant { revoked_at: Some(at(1500)), ..fixture::grant() };
        let other = AuthorizationGrant { id: Uuid::max(), ..fixture::grant() };
        for (name, token, grant, now) in [
            ("idle", &token, &live, 6000),
            ("grant over", &RefreshToken { expires_at: at(99_999), ..token.clone() }, &live, 11_000),
            ("grant revoked", &token, &revoked, 2000),
            ("spent, grant revoked", &spent(), &revoked, 2001),
            ("another grant", &token, &other, 2000),
        ] {
            let answer = present(token, grant, true, at(now)).map_err(|e| e.code);
            assert_eq!(answer, Err(ErrorCode::InvalidGrant), "{name}");
        }
    }

    #[test]
    fn rfc6749_6_the_scope_only_shrinks() {
        for (scope, expected) in [
            (None, Ok("read write")),
            (Some(" "), Ok("read write")),
            (Some("write"), Ok("write")),
            (Some("write read"), Ok("write read")),
            (Some("read openid"), Err(ErrorCode::InvalidScope)),
            (Some("re\\ad"), Err(ErrorCode::InvalidScope)),
        ] {
            let request = RefreshTokenRequest { scope: scope.map(str::to_owned), ..request() };
            let expected = expected.map(|s| (Presentation::Keep, s.to_owned()));
            let answer = check(&fixture::refresh_token(), &fixture::confidential(), &request, 2000);
            assert_eq!(answer, expected, "{scope:?}");
            let same = narrowed(&fixture::grant(), scope).map(|s| s.to_string()).map_err(|e| e.code);
            assert_eq!(same, expected.map(|(_, s)| s), "{scope:?}");
        }
    }

    #[test]
    fn asvs_10_4_11_what_the_client_may_no_longer_ask_for_falls_out() {
        let smaller = Client { scope: Scope::from(["write"]), ..fixture::confidential() };
        let answer = check(&fixture::refresh_token(), &smaller, &request(), 2000);
        assert_eq!(answer, Ok((Presentation::Keep, "write".into())));
        let none = Client { scope: Scope::from(["admin"]), ..fixture::confidential() };
        assert_eq!(check(&fixture::refresh_token(), &none, &request(), 2000), Err(ErrorCode::InvalidScope));
    }

    #[test]
    fn rfc6749_6_a_token_belongs_to_its_client_and_nobody_else_can_replay_it() {
        for client in [fixture::public(), fixture::confidential()] {
            let other = Client { client_id: "other".into(), ..client };
            for token in [fixture::refresh_token(), spent()] {
                assert_eq!(check(&token, &other, &request(), 9000), Err(ErrorCode::InvalidGrant));
            }
        }
        let login = AuthorizationGrant { client_id: None, ..fixture::grant() };
        let answer = decide(&spent(), &login, &fixture::public(), &request(), at(9000)).map_err(|e| e.code);
        assert_eq!(answer, Err(ErrorCode::InvalidGrant));
    }

    #[test]
    fn rfc9700_4_14_2_a_replay_comes_out_whatever_else_is_wrong() {
        let request =
            RefreshTokenRequest { scope: Some("admin".into()), resource: Some("x".into()), ..request() };
        let answer = check(&spent(), &fixture::public(), &request, 3000);
        assert_eq!(answer, Ok((Presentation::Replay, String::new())));
    }

    #[test]
    fn rfc8707_2_2_resource_must_be_the_authorised_one() {
        let request = RefreshTokenRequest { resource: Some("https://other.example".into()), ..request() };
        let answer = check(&fixture::refresh_token(), &fixture::public(), &request, 2000);
        assert_eq!(answer, Err(ErrorCode::InvalidTarget));
    }

    #[test]
    fn rfc6749_5_2_a_client_without_the_grant_is_unauthorized() {
        let client = Client { grants: vec![GrantType::AuthorizationCode], ..fixture::public() };
        let answer = check(&fixture::refresh_token(), &client, &request(), 2000);
        assert_eq!(answer, Err(ErrorCode::UnauthorizedClient));
    }
}
