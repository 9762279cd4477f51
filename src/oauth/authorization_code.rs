//! The authorization code and its redemption: RFC 6749 §4.1.2 and §4.1.3, RFC 7636 §4.6, RFC 9700 §2.1.1 and §4.5.

use uuid::Uuid;

use crate::clock::UnixTime;

use super::pkce::CodeChallenge;
use super::scope::Scope;

/// How long a code lives, in seconds (contract §5).
pub const LIFETIME_SECONDS: i64 = 60;

/// A code as it was issued, found by its digest. The code itself is not here.
#[derive(Clone)]
pub struct AuthorizationCode {
    /// The client it was issued to.
    pub client_id: String,
    /// Who allowed it.
    pub user_id: Uuid,
    /// In which session.
    pub session_id: Uuid,
    /// The redirect URI it was sent to, as a string.
    pub redirect_uri: String,
    /// Whether the request named that URI; the token request must then repeat it (RFC 6749 §4.1.3).
    pub redirect_uri_was_given: bool,
    /// What was allowed.
    pub scope: Scope,
    /// What the verifier must match.
    pub code_challenge: Option<CodeChallenge>,
    /// To be repeated in the ID token.
    pub nonce: Option<String>,
    /// The resource it was authorised for; `None`: the public URL.
    pub resource: Option<String>,
    /// When the person signed in.
    pub auth_time: UnixTime,
    /// When it was issued.
    pub created_at: UnixTime,
    /// When it ends.
    pub expires_at: UnixTime,
    /// When it was redeemed.
    pub consumed_at: Option<UnixTime>,
    /// The grant its redemption made.
    pub grant_id: Option<Uuid>,
}

/// What a rightful presentation of a code means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Redemption {
    /// Its first use: tokens may be issued if the store agrees that it is.
    First,
    /// A further use by the right client with the right proof: refuse it and revoke what came from it
    /// (RFC 6749 §4.1.2).
    Replay {
        /// What to revoke, if the first use got that far.
        grant_id: Option<Uuid>,
    },
}
