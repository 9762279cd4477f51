//! The mark on an authorization request that goes through our own pages: when it was first seen, and that it is the same one.

use aws_lc_rs::constant_time;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::master_key::{DerivedKey, MasterKey, Purpose};
use super::random;
use crate::clock::UnixTime;

/// How long a request may be on its way through the pages, in seconds: as long as their forms.
pub const LIFETIME_SECONDS: i64 = super::form_token::LIFETIME_SECONDS;

/// Characters that tell a mark from others of the same request and microsecond (95 bits).
const ONCE_LENGTH: usize = 16;

/// A mark of ours that was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    /// When the request was first seen.
    pub at: UnixTime,
    /// Until when the mark is good.
    pub until: UnixTime,
    /// What tells it from every other.
    pub digest: [u8; 32],
}

/// The key that authenticates marks.
#[derive(Clone)]
pub struct MarkKey(DerivedKey);

impl MarkKey {
    /// The mark key of this installation.
    pub fn new(master: &MasterKey) -> Self {
        Self(master.derive(Purpose::RequestMarks))
    }

    /// Says that `request` was seen at `at`. Only `[A-Za-z0-9_.-]`, and no two are the same: each is good for one code.
    pub fn issue(&self, request: &str, at: UnixTime) -> String {
        let once = random::base62(ONCE_LENGTH);
        let mac = URL_SAFE_NO_PAD.encode(self.mac(request, &once, at));
        format!("{}.{once}.{mac}", at.micros())
    }

    /// What `mark` says, if it is ours, about this request, and no older than [`LIFETIME_SECONDS`].
    pub fn read(&self, mark: &str, request: &str, now: UnixTime) -> Option<Mark> {
        let (at, rest) = mark.split_once('.')?;
        let (once, mac) = rest.split_once('.')?;
        let at = UnixTime::from_micros(at.parse().ok()?);
        let sent = URL_SAFE_NO_PAD.decode(mac).ok()?;
        let digest = self.mac(request, once, at);
        let is_ours = constant_time::verify_slices_are_equal(&digest, &sent).is_ok();
        let until = at.plus_seconds(LIFETIME_SECONDS);
        (is_ours && now <= until).then_some(Mark { at, until, digest })
    }

    fn mac(&self, request: &str, once: &str, at: UnixTime) -> [u8; 32] {
        self.0.mac(&[request.as_bytes(), once.as_bytes(), &at.micros().to_be_bytes()])
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
        let read = |now| key.read(&mark, "client_id=a", now);
        assert_eq!(read(at).map(|mark| (mark.at, mark.until)), Some((at, last)));
        assert_eq!(read(last), read(at));
        assert_eq!(key.read(&mark, "client_id=a", last.plus_seconds(1)), None);
        assert_eq!(key.read(&mark, "client_id=b", at), None);
        assert_ne!(key.issue("client_id=a", at), mark);
        let (_, rest) = mark.split_once('.').unwrap();
        let later = format!("{}.{rest}", at.plus_seconds(9).micros());
        for bad in [
            "",
            ".",
            "..",
            "1.AAAA",
            "1.a.AAAA",
            "x.y.z",
            &later,
            &format!("{mark}A"),
            mark.get(..30).unwrap(),
        ] {
            assert_eq!(key.read(bad, "client_id=a", at), None, "{bad}");
        }
        assert_eq!(MarkKey::new(&MasterKey::generate()).read(&mark, "client_id=a", at), None);
    }
}
