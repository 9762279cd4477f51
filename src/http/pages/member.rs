//! A request for a page by somebody who is signed in, or administers: who is not is sent to sign in, or finds nothing there.
//! Their forms are carried out once (security §4.6), and what counts asks for the password again (§3, 50).

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};

use super::super::failure::Failure;
use super::browser::{self, Browser};
use super::form::SentBack;
use super::page::Page;
use super::visit::{Extraction, Visit};
use crate::account::user::User;
use crate::flows::actor::Actor;
use crate::oauth::parameters::Parameters;

/// A request for a page by somebody who is signed in; who is not is sent to sign in, and comes back.
pub struct Member {
    visit: Visit,
    /// Their browser.
    pub browser: Browser,
}

impl Member {
    /// Who is signed in.
    ///
    /// # Errors
    /// 303 to the sign-in page.
    pub fn of(mut visit: Visit) -> Result<Self, Failure> {
        match visit.browser.take() {
            Some(browser) => Ok(Self { visit, browser }),
            None => Err(sign_in_first(&visit.request, "")),
        }
    }

    /// Who it is.
    pub fn user(&self) -> &User {
        &self.browser.signed_in.user
    }

    /// On whose behalf something is done here, for the flows that ask again and write it down.
    pub fn actor(&self) -> Actor<'_> {
        Actor::Browser { signed_in: &self.browser.signed_in, address: self.address() }
    }

    /// What every template is given.
    pub fn page(&self) -> Page<'_> {
        Page { who: Some(self.user()), ..self.visit.page() }
    }

    /// A token for the form of this name.
    pub fn form_token(&self, form: &str) -> String {
        self.browser.form_token(&self.node, form)
    }

    /// The fields of a form of this browser that has its token, which is spent: the form is carried out once. `Err`, with what
    /// was typed, for one whose token is no good: its page shows it again.
    ///
    /// # Errors
    /// 403 for a form that another site sent, 400 for one that cannot be read, 503 while the store is away.
    pub async fn form_or_again(
        &self,
        body: &Bytes,
        form: &str,
    ) -> Result<Result<Parameters, SentBack>, Failure> {
        let typed = self.fields(body)?;
        let taken = self.browser.take_form(&self.node, form, &typed).await?;
        Ok(match taken {
            Ok(()) => Ok(typed),
            Err(why) => Err(SentBack { typed, why }),
        })
    }

    /// Asks for the password again before something that must not be done by whoever finds a browser open: when the last
    /// time was more than [`FRESH_SECONDS`] ago (security §3, 50).
    ///
    /// # Errors
    /// 303 to the sign-in page, which comes back here.
    pub fn proved_lately(&self) -> Result<(), Failure> {
        self.proved_within(FRESH_SECONDS)
    }

    /// The same for the form of such a page, which took some time to fill in.
    ///
    /// # Errors
    /// As [`Self::proved_lately`].
    pub fn proved_for_a_form(&self) -> Result<(), Failure> {
        self.proved_within(2 * FRESH_SECONDS)
    }

    fn proved_within(&self, seconds: i64) -> Result<(), Failure> {
        if self.browser.proved_within(&self.node, seconds) {
            return Ok(());
        }
        Err(sign_in_first(&self.request, "&again=1"))
    }

    /// The same where the way back leads to another page of ours, `path`: the request itself has none that asks.
    ///
    /// # Errors
    /// 303 to the sign-in page, which leads there.
    pub fn proved_lately_or_at(&self, path: &str) -> Result<(), Failure> {
        self.proved_for_a_form().map_err(|_| browser::sign_in_again(path))
    }
}

/// Seconds for which a password that was typed lets its person do what needs it again: 15 minutes.
pub const FRESH_SECONDS: i64 = 900;

impl Deref for Member {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        &self.visit
    }
}

/// A request for a page by an administrator; to anybody else there is no such page.
pub struct Administrator(Member);

impl Deref for Administrator {
    type Target = Member;

    fn deref(&self) -> &Member {
        &self.0
    }
}

/// To the sign-in page, and back to what was asked for. A form that was sent is not sent again: its page is shown.
pub(super) fn sign_in_first(request: &HttpRequest, more: &str) -> Failure {
    let here = request.uri().path_and_query().map_or("/", |path| path.as_str());
    browser::sign_in_at(here, more)
}

impl FromRequest for Member {
    type Error = Failure;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Self::of(Visit::begin(request).await?) })
    }
}

impl FromRequest for Administrator {
    type Error = Failure;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let member = Member::of(Visit::begin(request).await?)?;
            if member.user().is_admin { Ok(Self(member)) } else { Err(Failure::not_found()) }
        })
    }
}
