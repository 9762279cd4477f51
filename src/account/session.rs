//! A browser that signed in (security §3, sessions).

use uuid::Uuid;

use crate::clock::UnixTime;

/// How long a sign-in lasts at most: 30 days in seconds (contract §5).
pub const LIFETIME_SECONDS: i64 = 30 * 86_400;

/// A browser that signed in.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// Names the session; not a secret.
    pub id: Uuid,
    /// Who signed in.
    pub user_id: Uuid,
    /// When they proved who they are.
    pub auth_time: UnixTime,
    /// When the session began.
    pub created_at: UnixTime,
    /// When it ends by itself.
    pub expires_at: UnixTime,
    /// When it ends if it is not used again.
    pub idle_at: UnixTime,
    /// When it was ended, if it was.
    pub ended_at: Option<UnixTime>,
}

impl Session {
    /// Whether it still counts.
    pub fn is_live(&self, now: UnixTime) -> bool {
        self.ended_at.is_none() && now < self.expires_at && now < self.idle_at
    }
}
