//! The mark on an authorization request that goes through our own pages: when it was first seen, and that it is the same one.

use aws_lc_rs::constant_time;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::master_key::{DerivedKey, MasterKey, Purpose};
use crate::clock::UnixTime;

/// How long a request may be on its way through the pages, in seconds: as long as their forms.
pub const LIFETIME_SECONDS: i64 = super::form_token::LIFETIME_SECONDS;

/// The key that authenticates marks.
#[derive(Clone)]
pub struct MarkKey(DerivedKey);

impl MarkKey {
    /// The mark key of this installation.
    pub fn new(master: &MasterKey) -> Self {
        Self(master.derive(Purpose::RequestMarks))
    }

    /// Says that `request` was seen at `at`. Only `[A-Za-z0-9_.-]`.
    pub fn issue(&self, request: &str, at: UnixTime) -> String {
        format!("{}.{}", at.micros(), URL_SAFE_NO_PAD.encode(self.mac(request, at)))
    }

    /// When `request` was seen, if `mark` is ours, about this request, and no older than [`LIFETIME_SECONDS`].
    pub fn read(&self, mark: &str, request: &str, now: UnixTime) -> Option<UnixTime> {
        let (at, mac) = mark.split_once('.')?;
        let at = UnixTime::from_micros(at.parse().ok()?);
        let sent = URL_SAFE_NO_PAD.decode(mac).ok()?;
        let is_ours = constant_time::verify_slices_are_equal(&self.mac(request, at), &sent).is_ok();
        (is_ours && now <= at.plus_seconds(LIFETIME_SECONDS)).then_some(at)
    }

    fn mac(&self, request: &str, at: UnixTime) -> [u8; 32] {
        self.0.mac(&[request.as_bytes(), &at.micros().to_be_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_good_for_its_request_and_its_hour() {
        let key = MarkKey::new(&MasterKey::generate());
        let at = UnixTime::from_micros(1_700_000_000_123_456);
        let mark = key.issue("client_id=a", at);
        assert!(mark.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b)));
        let last = at.plus_seconds(LIFETIME_SECONDS);
        assert_eq!(key.read(&mark, "client_id=a", at), Some(at));
        assert_eq!(key.read(&mark, "client_id=a", last), Some(at));
        assert_eq!(key.read(&mark, "client_id=a", last.plus_seconds(1)), None);
        assert_eq!(key.read(&mark, "client_id=b", at), None);
        let (_, mac) = mark.split_once('.').unwrap();
        let later = format!("{}.{mac}", at.plus_seconds(9).micros());
        for bad in ["", ".", "1.AAAA", "x.y", &later, &format!("{mark}A"), mark.get(..30).unwrap()] {
            assert_eq!(key.read(bad, "client_id=a", at), None, "{bad}");
        }
        assert_eq!(MarkKey::new(&MasterKey::generate()).read(&mark, "client_id=a", at), None);
    }
}
