//! Hidden form fields that prove a form came from us: an HMAC bound to session, form and time (security §4.6).

use aws_lc_rs::constant_time;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::master_key::{DerivedKey, MasterKey, Purpose};
use super::random;
use crate::clock::UnixTime;

/// How long a form may stay open: one hour.
pub const LIFETIME_SECONDS: i64 = 3600;

/// Random bytes of a token: as many as make two the same never happen.
const DRAWN: usize = 16;

/// A token that is good.
pub struct Presented {
    /// What stands for it where it is remembered; tells nothing about it.
    pub digest: [u8; 32],
    /// Its last second.
    pub until: UnixTime,
}

/// Why a token is not good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotGood {
    /// It is none, or it has ended.
    Ended,
    /// It has the shape of one, and is not of this session and form: of another session's, or made up.
    NotTheirs,
}

/// The key that authenticates forms.
#[derive(Clone)]
pub struct FormKey(DerivedKey);

impl FormKey {
    /// The form key of this installation.
    pub fn new(master: &MasterKey) -> Self {
        Self(master.derive(Purpose::Forms))
    }

    /// A token for `form` shown to the browser that holds `session` (the session's or the
    /// pre-login cookie's value); good for [`LIFETIME_SECONDS`]. No two are the same. Only `[A-Za-z0-9_.-]`.
    pub fn issue(&self, session: &str, form: &str, now: UnixTime) -> String {
        let until = now.plus_seconds(LIFETIME_SECONDS).seconds();
        let drawn: [u8; DRAWN] = random::bytes();
        let mac = self.mac(session, form, until, &drawn);
        format!("{until}.{}.{}", URL_SAFE_NO_PAD.encode(drawn), URL_SAFE_NO_PAD.encode(mac))
    }

    /// What is remembered of `token` once it is used, if it was issued for this session and form and is still good.
    ///
    /// # Errors
    /// Why it is not good.
    pub fn open(&self, token: &str, session: &str, form: &str, now: UnixTime) -> Result<Presented, NotGood> {
        let (until, drawn, sent) = parts(token).ok_or(NotGood::Ended)?;
        let mac = self.mac(session, form, until, &drawn);
        if constant_time::verify_slices_are_equal(&mac, &sent).is_err() {
            return Err(NotGood::NotTheirs);
        }
        if now.seconds() > until {
            return Err(NotGood::Ended);
        }
        Ok(Presented { digest: self.0.mac(&[b"spent", &mac]), until: UnixTime::from_seconds(until) })
    }

    fn mac(&self, session: &str, form: &str, until: i64, drawn: &[u8]) -> [u8; 32] {
        self.0.mac(&[session.as_bytes(), form.as_bytes(), &until.to_be_bytes(), drawn])
    }
}

/// The last second of a token, what was drawn for it, and its authentication.
fn parts(token: &str) -> Option<(i64, Vec<u8>, Vec<u8>)> {
    let mut parts = token.splitn(3, '.');
    let until = parts.next()?.parse().ok()?;
    let mut bytes = || URL_SAFE_NO_PAD.decode(parts.next()?).ok();
    Some((until, bytes()?, bytes()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accepts_only_its_session_form_and_hour() {
        let key = FormKey::new(&MasterKey::generate());
        let now = UnixTime::from_seconds(1_000);
        let token = key.issue("s1", "login", now);
        let accepts = |token: &str, session, form, at: i64| {
            key.open(token, session, form, now.plus_seconds(at)).is_ok()
        };
        assert!(accepts(&token, "s1", "login", LIFETIME_SECONDS));
        assert!(!accepts(&token, "s1", "login", LIFETIME_SECONDS + 1));
        assert!(!accepts(&token, "s2", "login", 0));
        assert!(!accepts(&token, "s1", "consent", 0));
        for bad in ["", ".", "..", "9999999999.AAAA", "9999999999.AAAA.AAAA", "x.y.z", &format!("9{token}")] {
            assert!(!accepts(bad, "s1", "login", 0));
        }
        let why = |session, at: i64| key.open(&token, session, "login", now.plus_seconds(at)).err();
        assert_eq!(why("s1", LIFETIME_SECONDS + 1), Some(NotGood::Ended));
        for at in [0, LIFETIME_SECONDS + 1] {
            assert_eq!(why("s2", at), Some(NotGood::NotTheirs));
        }
        assert_eq!(key.open("", "s1", "login", now).err(), Some(NotGood::Ended));
    }

    #[test]
    fn no_two_tokens_are_the_same_and_each_is_remembered_by_a_digest_of_its_own() {
        let key = FormKey::new(&MasterKey::generate());
        let now = UnixTime::from_seconds(1_000);
        let digest = |token: &str| key.open(token, "s1", "login", now).ok().map(|presented| presented.digest);
        let (one, other) = (key.issue("s1", "login", now), key.issue("s1", "login", now));
        assert_ne!(one, other);
        assert_ne!(digest(&one), digest(&other));
        assert_eq!(digest(&one), digest(&one));
        assert!(digest(&one).is_some());
    }

    proptest! {
        #[test]
        fn nothing_but_what_was_issued_is_accepted(
            made_up in "[0-9]{0,19}\\.?[A-Za-z0-9_-]{0,22}\\.?[A-Za-z0-9_-]{0,44}|\\PC{0,60}",
            session in "\\PC{0,20}",
            form in "[a-z]{0,9}",
            at in 0..80usize,
            other in "[0-9A-Za-z_.-]",
        ) {
            thread_local!(static KEY: FormKey = FormKey::new(&MasterKey::generate()));
            let now = UnixTime::from_seconds(1_700_000_000);
            let accepts = |token: &str| KEY.with(|key| key.open(token, &session, &form, now).is_ok());
            let token = KEY.with(|key| key.issue(&session, &form, now));
            prop_assert!(accepts(&token));
            prop_assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b)));
            prop_assert!(!accepts(&made_up));
            let at = at % token.len();
            let altered: String =
                token.chars().enumerate().map(|(i, c)| if i == at { other.clone() } else { c.to_string() }).collect();
            prop_assert_eq!(accepts(&altered), altered == token);
        }
    }
}
