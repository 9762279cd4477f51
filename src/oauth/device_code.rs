//! A device that waits for its person: RFC 8628 §3.4, §3.5. States, and how often it may ask.

use uuid::Uuid;

use crate::clock::UnixTime;

use super::client::Client;
use super::error::{ErrorCode, OAuthError};
use super::resource_indicator;
use super::scope::Scope;
use super::token_request::DeviceCodeRequest;

/// How long a device code and its user code live, in seconds.
pub const LIFETIME_SECONDS: i64 = 600;
/// Seconds between two questions, to begin with (RFC 8628 §3.2).
pub const INTERVAL_SECONDS: i64 = 5;
/// What each `slow_down` adds, in seconds (RFC 8628 §3.5).
const SLOWER_BY: i64 = 5;
/// No interval is longer, in seconds: who obeys is answered before the code ends.
const LONGEST_INTERVAL: i64 = 60;
/// A question may be early by as many seconds: the way here takes longer one time than another.
const TOLERANCE: i64 = 1;
/// A second question within as many seconds belongs to the one before: clients that do not know how to authenticate
/// try one way and, whatever the error, at once another (golang.org/x/oauth2).
const SAME_QUESTION: i64 = 2;

/// A device authorization, found by its device code. The codes themselves are not here.
#[derive(Clone)]
pub struct DeviceCode {
    /// The client it was issued to.
    pub client_id: String,
    /// What it asks for; once allowed, what was allowed.
    pub scope: Scope,
    /// The resource it is for; `None`: the public URL.
    pub resource: Option<String>,
    /// Where the device asked from.
    pub address: String,
    /// When it asked.
    pub created_at: UnixTime,
    /// When both codes end.
    pub expires_at: UnixTime,
    /// How often it may ask, and how it did.
    pub pace: Pace,
    /// What the person said; `None`: nothing yet.
    pub decision: Option<Decision>,
    /// When it became tokens.
    pub consumed_at: Option<UnixTime>,
}

/// What a person said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// Yes.
    Allowed(Approval),
    /// No.
    Denied,
}

/// Who allowed it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Approval {
    /// The person.
    pub user_id: Uuid,
    /// In which session.
    pub session_id: Uuid,
    /// When they signed in.
    pub auth_time: UnixTime,
}

/// How often a device may ask, and how its last question was answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pace {
    /// Seconds from one question to the next.
    pub interval: i64,
    /// When it last asked.
    pub polled_at: Option<UnixTime>,
    /// Whether that question was put a second time.
    pub polled_again: bool,
    /// Whether it was answered `slow_down`.
    pub slowed_down: bool,
}

impl Pace {
    /// That of a device that did not ask yet.
    pub const FRESH: Self =
        Self { interval: INTERVAL_SECONDS, polled_at: None, polled_again: false, slowed_down: false };

    /// The pace after a question at `now`, while the person has not decided.
    fn asked(self, now: UnixTime) -> Self {
        let Some(last) = self.polled_at else { return Self { polled_at: Some(now), ..self } };
        if now < last.plus_seconds(SAME_QUESTION) && !self.polled_again {
            return Self { polled_again: true, ..self };
        }
        let early = now < last.plus_seconds(self.interval - TOLERANCE);
        let interval = if early { (self.interval + SLOWER_BY).min(LONGEST_INTERVAL) } else { self.interval };
        Self { interval, polled_at: Some(now), polled_again: false, slowed_down: early }
    }
}

/// What a question of the device means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Poll {
    /// Not yet: remember the pace, and answer [`Pace::answer`].
    Wait(Pace),
    /// Tokens may be issued if the store agrees that this is the first time.
    Issue(Approval),
}

impl Pace {
    /// The answer to the last question (RFC 8628 §3.5).
    pub fn answer(&self) -> OAuthError {
        if self.slowed_down {
            let text = "asked too soon: from now on wait 5 seconds longer";
            return OAuthError::new(ErrorCode::SlowDown, text);
        }
        OAuthError::new(ErrorCode::AuthorizationPending, "the person has not decided yet")
    }
}

/// The answer to a code that is good for nothing.
pub fn refused() -> OAuthError {
    OAuthError::new(
        ErrorCode::InvalidGrant,
        "the device code is unknown, used, revoked or was issued to another client",
    )
}

/// Answers `request` for a client that has authenticated. The pace is for waiting alone: once the person has decided,
/// the device is told whenever it asks.
///
/// # Errors
/// `invalid_grant` for a code that is unknown, used or another client's; `expired_token`, `access_denied` (RFC 8628 §3.5);
/// `invalid_target` for another resource.
pub fn poll(
    code: Option<&DeviceCode>,
    client: &Client,
    request: &DeviceCodeRequest,
    now: UnixTime,
) -> Result<Poll, OAuthError> {
    let code = code.filter(|code| code.client_id == client.client_id).ok_or_else(refused)?;
    resource_indicator::unchanged(request.resource.as_deref(), code.resource.as_deref())?;
    if code.consumed_at.is_some() {
        return Err(refused());
    }
    if code.decision == Some(Decision::Denied) {
        return Err(OAuthError::new(ErrorCode::AccessDenied, "the person refused"));
    }
    if now >= code.expires_at {
        return Err(OAuthError::new(ErrorCode::ExpiredToken, "the device code has ended: begin again"));
    }
    Ok(match code.decision {
        Some(Decision::Allowed(approval)) => Poll::Issue(approval),
        _ => Poll::Wait(code.pace.asked(now)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::fixture::{self, at};

    const START: i64 = 1000;
    const APPROVAL: Approval = Approval {
        user_id: Uuid::from_u128(1),
        session_id: Uuid::from_u128(9),
        auth_time: UnixTime::from_seconds(900),
    };

    fn code() -> DeviceCode {
        DeviceCode {
            client_id: "app".into(),
            scope: Scope::from(["read"]),
            resource: None,
            address: "192.0.2.1".into(),
            created_at: at(START),
            expires_at: at(START + LIFETIME_SECONDS),
            pace: Pace::FRESH,
            decision: None,
            consumed_at: None,
        }
    }

    fn ask(code: Option<&DeviceCode>, resource: Option<&str>, now: UnixTime) -> Result<Poll, ErrorCode> {
        let request = DeviceCodeRequest { device_code: String::new(), resource: resource.map(str::to_owned) };
        poll(code, &fixture::public(), &request, now).map_err(|error| error.code)
    }

    /// The answers to questions at these times, in milliseconds after the first.
    fn answers(times: &[i64]) -> Vec<&'static str> {
        let mut pace = Pace::FRESH;
        let answer = |millis: &i64| {
            pace = pace.asked(UnixTime::from_micros(at(START).micros() + millis * 1000));
            pace.answer().code.as_str()
        };
        times.iter().map(answer).collect()
    }

    const PENDING: &str = "authorization_pending";
    const SLOW: &str = "slow_down";

    #[test]
    fn rfc8628_3_5_every_state_has_its_answer() {
        use ErrorCode::{AccessDenied, ExpiredToken, InvalidGrant, InvalidTarget};
        let end = at(START + LIFETIME_SECONDS);
        let allowed = DeviceCode { decision: Some(Decision::Allowed(APPROVAL)), ..code() };
        let denied = DeviceCode { decision: Some(Decision::Denied), ..code() };
        let used = DeviceCode { consumed_at: Some(at(START + 1)), ..allowed.clone() };
        let foreign = DeviceCode { client_id: "else".into(), ..allowed.clone() };
        let waiting = ask(Some(&code()), None, at(START)).unwrap();
        assert!(matches!(waiting, Poll::Wait(pace) if pace.polled_at == Some(at(START))));
        for (name, code, now, expected) in [
            ("unknown", None, at(START), Err(InvalidGrant)),
            ("another client's", Some(&foreign), at(START), Err(InvalidGrant)),
            ("another client's, ended", Some(&foreign), end, Err(InvalidGrant)),
            ("used", Some(&used), at(START + 2), Err(InvalidGrant)),
            ("used, ended", Some(&used), end, Err(InvalidGrant)),
            ("denied", Some(&denied), at(START + 2), Err(AccessDenied)),
            ("ended", Some(&code()), end, Err(ExpiredToken)),
            ("allowed, ended", Some(&allowed), end, Err(ExpiredToken)),
            ("allowed", Some(&allowed), at(START + LIFETIME_SECONDS - 1), Ok(Poll::Issue(APPROVAL))),
        ] {
            assert_eq!(ask(code, None, now), expected, "{name}");
        }
        assert_eq!(ask(Some(&allowed), Some("https://else.example"), at(START)), Err(InvalidTarget));
    }

    #[test]
    fn rfc8628_3_5_whoever_obeys_is_never_slowed_down() {
        let times: Vec<i64> = (0..100).map(|n| n * 5000).collect();
        assert_eq!(answers(&times), [PENDING; 100]);
        assert_eq!(answers(&[0, 4200, 9100]), [PENDING; 3], "the way takes longer one time than another");
    }

    #[test]
    fn rfc8628_3_5_slow_down_adds_five_seconds_each_time_and_ends() {
        assert_eq!(answers(&[0, 3000]), [PENDING, SLOW]);
        assert_eq!(answers(&[0, 3000, 8000]), [PENDING, SLOW, SLOW], "ten now");
        assert_eq!(answers(&[0, 3000, 13_000, 23_000]), [PENDING, SLOW, PENDING, PENDING]);
        assert_eq!(answers(&[0, 3000, 8000, 23_000, 38_000]), [PENDING, SLOW, SLOW, PENDING, PENDING]);
        let hasty: Vec<i64> = (0..200).map(|n| n * 3000).chain([600_000 + 60_000]).collect();
        assert_eq!(answers(&hasty).last(), Some(&PENDING), "a minute is always enough");
    }

    #[test]
    fn rfc8628_3_5_the_second_try_of_one_question_is_answered_as_the_first() {
        assert_eq!(answers(&[0, 20, 5000, 5020, 10_000, 10_020]), [PENDING; 6]);
        assert_eq!(answers(&[0, 20, 40]), [PENDING, PENDING, SLOW], "but not a third");
        assert_eq!(
            answers(&[0, 20, 3000, 3020, 13_020, 13_040]),
            [PENDING, PENDING, SLOW, SLOW, PENDING, PENDING],
            "the last answer is what the client goes by"
        );
    }

    #[test]
    fn a_clock_that_goes_back_is_no_crime() {
        assert_eq!(answers(&[0, -100, 5000]), [PENDING; 3]);
    }
}
