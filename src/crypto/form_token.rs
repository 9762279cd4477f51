//! Hidden form fields that prove a form came from us: an HMAC bound to session, form and time (security §4.6).

use aws_lc_rs::constant_time;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::master_key::{DerivedKey, MasterKey, Purpose};
use crate::clock::UnixTime;

/// How long a form may stay open: one hour.
pub const LIFETIME_SECONDS: i64 = 3600;

/// The key that authenticates forms.
#[derive(Clone)]
pub struct FormKey(DerivedKey);

impl FormKey {
    /// The form key of this installation.
    pub fn new(master: &MasterKey) -> Self {
        Self(master.derive(Purpose::Forms))
    }

    /// A token for `form` shown to the browser that holds `session` (the session's or the
    /// pre-login cookie's value); good for [`LIFETIME_SECONDS`]. Only `[A-Za-z0-9_.-]`.
    pub fn issue(&self, session: &str, form: &str, now: UnixTime) -> String {
        let until = now.plus_seconds(LIFETIME_SECONDS).seconds();
        format!("{until}.{}", URL_SAFE_NO_PAD.encode(self.mac(session, form, until)))
    }

    /// Whether `token` was issued for this session and form and is still good.
    pub fn accepts(&self, token: &str, session: &str, form: &str, now: UnixTime) -> bool {
        let Some((until, mac)) = token.split_once('.') else { return false };
        let (Ok(until), Ok(mac)) = (until.parse::<i64>(), URL_SAFE_NO_PAD.decode(mac)) else { return false };
        now.seconds() <= until
            && constant_time::verify_slices_are_equal(&self.mac(session, form, until), &mac).is_ok()
    }

    fn mac(&self, session: &str, form: &str, until: i64) -> [u8; 32] {
        self.0.mac(&[session.as_bytes(), form.as_bytes(), &until.to_be_bytes()])
    }
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
        assert!(key.accepts(&token, "s1", "login", now.plus_seconds(LIFETIME_SECONDS)));
        assert!(!key.accepts(&token, "s1", "login", now.plus_seconds(LIFETIME_SECONDS + 1)));
        assert!(!key.accepts(&token, "s2", "login", now));
        assert!(!key.accepts(&token, "s1", "consent", now));
        for bad in ["", ".", "9999999999.AAAA", "x.y", &format!("9{token}")] {
            assert!(!key.accepts(bad, "s1", "login", now));
        }
    }

    proptest! {
        #[test]
        fn nothing_but_what_was_issued_is_accepted(
            made_up in "[0-9]{0,19}\\.?[A-Za-z0-9_-]{0,44}|\\PC{0,60}",
            session in "\\PC{0,20}",
            form in "[a-z]{0,9}",
            at in 0..60usize,
            other in "[0-9A-Za-z_.-]",
        ) {
            thread_local!(static KEY: FormKey = FormKey::new(&MasterKey::generate()));
            let now = UnixTime::from_seconds(1_700_000_000);
            let accepts = |token: &str| KEY.with(|key| key.accepts(token, &session, &form, now));
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
