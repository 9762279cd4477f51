//! Refresh tokens: RFC 6749 §6, rotation and replay by RFC 9700 §4.14.2 and contract §5.

use uuid::Uuid;

use crate::clock::UnixTime;

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
