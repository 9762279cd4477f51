//! Forms of the administration in which something was typed: one that cannot be carried out comes back with it, be it sent
//! twice, too late, or too long after the password (WCAG 2.2 §3.3.7; security §3, 50; §4.6).

use actix_web::web::Bytes;

use super::super::super::failure::Failure;
use super::super::browser;
use super::super::form::{Form, SentBack};
use super::super::visit::Administrator;
use crate::flows::form_token::FormRefusal;
use crate::oauth::parameters::Parameters;

/// A form that was not carried out.
pub struct Returned {
    /// What was typed.
    pub typed: Parameters,
    why: Why,
}

enum Why {
    /// Its token is no good any more.
    Token(FormRefusal),
    /// The password was typed too long ago.
    Proof,
}

/// What the form of this name was sent with, once, by somebody who typed the password lately.
///
/// # Errors
/// 403 for a form that another site sent, 400 for one that cannot be read, 503 while the store is away.
pub async fn take(
    visit: &Administrator,
    body: &Bytes,
    form: &str,
) -> Result<Result<Parameters, Returned>, Failure> {
    if visit.proved_for_a_form().is_err() {
        return Ok(Err(Returned { typed: visit.fields(body)?, why: Why::Proof }));
    }
    let taken = visit.form_or_again(body, form).await?;
    Ok(taken.map_err(|SentBack { typed, why }| Returned { typed, why: Why::Token(why) }))
}

impl Returned {
    /// The form with the reason, and where to sign in again if that is what is missing: in another tab, so that this one stays.
    pub fn told(&self, visit: &Administrator, form: Form) -> Form {
        match self.why {
            Why::Token(why) => form.sent_back(visit.words, why),
            Why::Proof => {
                let place = format!("/login?{}&again=1", browser::next_query(visit.request.path()));
                form.wrong("", visit.words.say("admin-prove-again")).with("prove-again", place)
            }
        }
    }
}
