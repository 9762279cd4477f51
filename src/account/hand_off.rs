//! Keys that a browser's sign-in fetches: for an app, by its name (contract §10), for the command-line client (§11).

use super::api_key::Slot;
use crate::clock::UnixTime;

/// Longest name of an app, in characters.
const MAX_NAME: usize = 32;

/// The name by which an app asks for a key: 1 to 32 letters, digits, spaces, `_`, `.` or `-`, a letter or digit first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AppName(String);

impl AppName {
    /// Reads a name as an app wrote it.
    pub fn parse(text: &str) -> Option<Self> {
        let good = text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.len() <= MAX_NAME
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b" _.-".contains(&b));
        good.then(|| Self(text.to_owned()))
    }

    /// As the app wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As people read it: with a capital letter.
    pub fn title(&self) -> String {
        let mut letters = self.0.chars();
        letters.next().map_or_else(String::new, |first| {
            let mut title = first.to_ascii_uppercase().to_string();
            title.push_str(letters.as_str());
            title
        })
    }

    /// Where an account keeps the one key of this app, whatever the case it writes its name in.
    pub fn slot(&self) -> Slot {
        Slot::App(self.0.to_ascii_lowercase())
    }

    /// Whether the operator lets this app ask; an empty list allows any.
    pub fn is_allowed(&self, allowed: &[String]) -> bool {
        allowed.is_empty() || allowed.iter().any(|name| name.eq_ignore_ascii_case(&self.0))
    }
}

/// How long after signing in the command-line client may fetch its key: 5 minutes in seconds (contract §11).
const FRESH_SECONDS: i64 = 300;

/// Whether a browser that signed in at `auth_time` may fetch the command-line client's key.
pub const fn is_fresh(auth_time: UnixTime, now: UnixTime) -> bool {
    now.seconds_since(auth_time) <= FRESH_SECONDS
}

/// The URL that carries `key` to the app that watches its browser. Nothing listens there: `key` is `[A-Za-z0-9_]` only.
pub fn location(key: &str) -> String {
    format!("https://authenticated/?api_key={key}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> AppName {
        AppName::parse(text).unwrap_or_else(|| panic!("{text:?} is a good name"))
    }

    #[test]
    fn contract_10_which_names_an_app_may_have() {
        for good in ["myapp", "M", "7 Zip", "juno.sh", "a_b-c.d ", &"x".repeat(32)] {
            assert_eq!(name(good).as_str(), good);
        }
        for bad in [
            "",
            " myapp",
            ".app",
            "-app",
            "_app",
            "my/app",
            "my\tapp",
            "my\napp",
            "<b>",
            "caf\u{e9}",
            &"x".repeat(33),
        ] {
            assert_eq!(AppName::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn contract_10_the_first_letter_is_a_capital_one() {
        for (text, title) in [("myapp", "Myapp"), ("Myapp", "Myapp"), ("7zip", "7zip"), ("my app", "My app")]
        {
            assert_eq!(name(text).title(), title);
        }
    }

    #[test]
    fn contract_10_an_app_has_one_key_whatever_the_case_of_its_name() {
        assert_eq!(name("MyApp").slot(), name("myapp").slot());
        assert_ne!(name("myapp").slot(), name("myapp2").slot());
    }

    #[test]
    fn contract_10_the_operator_may_name_the_apps() {
        let list = ["Juno".to_owned()];
        assert!(name("myapp").is_allowed(&[]) && name("juno").is_allowed(&list));
        assert!(!name("juno2").is_allowed(&list));
    }

    #[test]
    fn contract_11_a_sign_in_is_fresh_for_five_minutes() {
        let at = UnixTime::from_seconds;
        for (now, fresh) in [(1_000, true), (1_300, true), (1_301, false), (9_000, false)] {
            assert_eq!(is_fresh(at(1_000), at(now)), fresh, "{now}");
        }
    }

    #[test]
    fn contract_10_the_key_is_the_only_parameter() {
        assert_eq!(location("sk_abc"), "https://authenticated/?api_key=sk_abc");
    }
}
