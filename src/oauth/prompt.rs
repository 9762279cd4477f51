//! Whether a person must sign in for a request: `prompt`, `max_age` and whom it expects (OpenID Connect Core §3.1.2.1).

use crate::clock::UnixTime;

use super::error::{ErrorCode, OAuthError};

/// Which pages the client wants shown: the values of `prompt`, in any combination.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Prompt {
    /// None at all: answer an error where one would be needed. Stands alone.
    pub none: bool,
    /// The sign-in page in any case.
    pub login: bool,
    /// The consent page in any case.
    pub consent: bool,
    /// The choice of an account.
    pub select_account: bool,
}

impl Prompt {
    /// Reads the space separated list.
    ///
    /// # Errors
    /// `invalid_request` for unknown values and for `none` beside others.
    pub fn parse(text: Option<&str>) -> Result<Self, OAuthError> {
        let refuse = || {
            let text = "prompt must be none, or some of login, consent and select_account";
            OAuthError::new(ErrorCode::InvalidRequest, text)
        };
        let mut prompt = Self::default();
        for value in text.unwrap_or_default().split(' ').filter(|value| !value.is_empty()) {
            *match value {
                "none" => &mut prompt.none,
                "login" => &mut prompt.login,
                "consent" => &mut prompt.consent,
                "select_account" => &mut prompt.select_account,
                _ => return Err(refuse()),
            } = true;
        }
        if prompt.none && (prompt.login || prompt.consent || prompt.select_account) {
            return Err(refuse());
        }
        Ok(prompt)
    }
}

/// Reads `max_age`: whole seconds, not negative.
///
/// # Errors
/// `invalid_request`.
pub fn max_age(text: Option<&str>) -> Result<Option<i64>, OAuthError> {
    let Some(text) = text else { return Ok(None) };
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    // What no clock reaches demands nothing.
    let seconds = text.parse::<i64>().ok().or_else(|| digits.then_some(i64::MAX)).filter(|_| digits);
    seconds.map(Some).ok_or_else(|| {
        OAuthError::new(ErrorCode::InvalidRequest, "max_age must be a number of seconds, 0 or more")
    })
}

/// Who is signed in, as far as it counts here.
#[derive(Clone, Copy)]
pub struct Present {
    /// When they proved who they are.
    pub auth_time: UnixTime,
    /// Whether they are who the client expects, if it expects somebody (`id_token_hint`, `claims`).
    pub is_expected: bool,
    /// Whether they are whom it hints at, if it does (`login_hint`).
    pub is_hinted: bool,
}

/// What the sign-in page is shown for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignIn {
    /// Nobody is signed in.
    Needed,
    /// Who is signed in must prove it once more.
    Again,
    /// Somebody else must sign in.
    SomebodyElse,
    /// The person chooses whether to go on as who they are.
    Choose,
}

/// What a request asks of a sign-in.
#[derive(Clone, Copy)]
pub struct Demand {
    /// The pages the client wants.
    pub prompt: Prompt,
    /// Seconds a sign-in may be old.
    pub max_age: Option<i64>,
}

impl Demand {
    /// What must happen on the sign-in page before this request goes on; `None`: nothing. `seen` is when exactly this
    /// request was first sent there: whoever signed in since then did so for it.
    ///
    /// # Errors
    /// `login_required`: with `prompt=none`, and when somebody else signed in than was expected.
    pub fn sign_in(
        self,
        present: Option<Present>,
        seen: Option<UnixTime>,
        now: UnixTime,
    ) -> Result<Option<SignIn>, OAuthError> {
        let needed = self.needed(present, seen, now)?;
        match needed {
            Some(_) if self.prompt.none => {
                Err(login_required("somebody would have to sign in, and prompt is none"))
            }
            needed => Ok(needed),
        }
    }

    fn needed(
        self,
        present: Option<Present>,
        seen: Option<UnixTime>,
        now: UnixTime,
    ) -> Result<Option<SignIn>, OAuthError> {
        let Some(present) = present else { return Ok(Some(SignIn::Needed)) };
        let signed_in_for_it = seen.is_some_and(|seen| present.auth_time >= seen);
        if !present.is_expected {
            return if signed_in_for_it {
                Err(login_required("somebody else signed in than the client expects"))
            } else {
                Ok(Some(SignIn::SomebodyElse))
            };
        }
        if !signed_in_for_it && (self.prompt.login || self.is_too_old(present.auth_time, now)) {
            return Ok(Some(SignIn::Again));
        }
        // A hint is no demand: where nobody can be asked, and once somebody was, whoever is signed in goes on.
        let is_asked = self.prompt.select_account || (!present.is_hinted && !self.prompt.none);
        Ok((is_asked && seen.is_none()).then_some(SignIn::Choose))
    }

    /// `max_age=0` is `prompt=login` (OpenID Connect Core §3.1.2.1).
    fn is_too_old(self, auth_time: UnixTime, now: UnixTime) -> bool {
        self.max_age.is_some_and(|seconds| seconds == 0 || auth_time.plus_seconds(seconds) < now)
    }
}

fn login_required(text: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::LoginRequired, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_seconds(1_000_000);
    const PRESENT: Present = Present { auth_time: NOW, is_expected: true, is_hinted: true };

    fn prompt(text: &str) -> Prompt {
        Prompt::parse(Some(text)).ok().unwrap()
    }

    #[test]
    fn oidc_core_3_1_2_1_prompt() {
        let nothing = Prompt::default();
        for (text, expected) in [
            ("", nothing),
            (" ", nothing),
            ("none", Prompt { none: true, ..nothing }),
            ("login", Prompt { login: true, ..nothing }),
            ("consent", Prompt { consent: true, ..nothing }),
            ("select_account", Prompt { select_account: true, ..nothing }),
            ("consent  login", Prompt { login: true, consent: true, ..nothing }),
            (
                "select_account login consent",
                Prompt { login: true, consent: true, select_account: true, none: false },
            ),
        ] {
            assert_eq!(Prompt::parse(Some(text)), Ok(expected), "{text}");
        }
        assert_eq!(Prompt::parse(None), Ok(nothing));
        for bad in ["none login", "login none", "none consent", "none select_account", "create", "NONE", "a"]
        {
            assert_eq!(Prompt::parse(Some(bad)).map_err(|e| e.code), Err(ErrorCode::InvalidRequest), "{bad}");
        }
    }

    #[test]
    fn oidc_core_3_1_2_1_max_age_is_a_number_of_seconds() {
        assert_eq!(max_age(None), Ok(None));
        for (text, expected) in [("0", 0), ("3600", 3600), ("99999999999999999999", i64::MAX)] {
            assert_eq!(max_age(Some(text)), Ok(Some(expected)), "{text}");
        }
        for bad in ["-1", "+1", "1.5", "1s", "a", " 1"] {
            assert_eq!(max_age(Some(bad)).map_err(|e| e.code), Err(ErrorCode::InvalidRequest), "{bad}");
        }
    }

    /// What the page is shown for to somebody who signed in so many seconds ago, and was sent there so many seconds ago.
    fn ask(
        text: &str,
        max_age: Option<i64>,
        signed_in: Option<i64>,
        seen: Option<i64>,
    ) -> Result<Option<SignIn>, ErrorCode> {
        let present = signed_in.map(|ago| Present { auth_time: NOW.plus_seconds(-ago), ..PRESENT });
        let seen = seen.map(|ago| NOW.plus_seconds(-ago));
        Demand { prompt: prompt(text), max_age }.sign_in(present, seen, NOW).map_err(|error| error.code)
    }

    #[test]
    fn oidc_core_3_1_2_1_when_a_person_signs_in() {
        use SignIn::{Again, Choose, Needed};
        let required = Err(ErrorCode::LoginRequired);
        for (text, max_age, signed_in, seen, expected) in [
            ("", None, None, None, Ok(Some(Needed))),
            ("none", None, None, None, required),
            ("", None, Some(9), None, Ok(None)),
            ("none", None, Some(9), None, Ok(None)),
            ("consent", None, Some(9), None, Ok(None)),
            // A sign-in for this request ends the demand, one from before does not.
            ("login", None, Some(9), None, Ok(Some(Again))),
            ("login", None, Some(9), Some(5), Ok(Some(Again))),
            ("login", None, Some(3), Some(5), Ok(None)),
            ("login select_account", None, Some(9), None, Ok(Some(Again))),
            ("login consent", None, Some(9), None, Ok(Some(Again))),
            // Whoever saw the page has chosen.
            ("select_account", None, Some(9), None, Ok(Some(Choose))),
            ("select_account", None, Some(9), Some(5), Ok(None)),
            ("", Some(10), Some(9), None, Ok(None)),
            ("", Some(9), Some(9), None, Ok(None)),
            ("", Some(8), Some(9), None, Ok(Some(Again))),
            ("none", Some(8), Some(9), None, required),
            ("", Some(0), Some(0), None, Ok(Some(Again))),
            ("", Some(0), Some(3), Some(5), Ok(None)),
            ("", Some(i64::MAX), Some(900_000), None, Ok(None)),
        ] {
            assert_eq!(
                ask(text, max_age, signed_in, seen),
                expected,
                "{text} {max_age:?} {signed_in:?} {seen:?}"
            );
        }
    }

    #[test]
    fn oidc_core_3_1_2_1_somebody_else_than_the_hint_names_chooses_once() {
        let present = Present { is_hinted: false, ..PRESENT };
        for (text, seen, expected) in [
            ("", None, Some(SignIn::Choose)),
            ("", Some(NOW), None),
            ("consent", None, Some(SignIn::Choose)),
            ("login", None, Some(SignIn::Again)),
            ("none", None, None),
        ] {
            let demand = Demand { prompt: prompt(text), max_age: None };
            assert_eq!(demand.sign_in(Some(present), seen, NOW), Ok(expected), "{text} {seen:?}");
        }
    }

    #[test]
    fn oidc_core_3_1_2_1_somebody_else_than_expected_signs_in_or_is_refused() {
        let ask = |text, seen: Option<i64>| {
            let present = Present { auth_time: NOW.plus_seconds(-3), is_expected: false, ..PRESENT };
            let seen = seen.map(|ago| NOW.plus_seconds(-ago));
            let demand = Demand { prompt: prompt(text), max_age: None };
            demand.sign_in(Some(present), seen, NOW).map_err(|error| error.code)
        };
        assert_eq!(ask("", None), Ok(Some(SignIn::SomebodyElse)));
        assert_eq!(ask("", Some(2)), Ok(Some(SignIn::SomebodyElse)), "signed in before");
        assert_eq!(ask("", Some(5)), Err(ErrorCode::LoginRequired), "and once more as somebody else");
        assert_eq!(ask("none", None), Err(ErrorCode::LoginRequired));
    }
}
