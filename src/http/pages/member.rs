//! A request for a page by somebody who is signed in, or administers: who is not is sent to sign in, or finds nothing there.
//! Their forms are carried out once (security §4.6), and what counts asks for the password again (§3, 50).

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};

use super::super::failure::Failure;
use super::browser::{self, Browser};
use super::form::{SentBack, Why};
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
            None => Err(sign_in_first(&visit.request)),
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
        self.take(self.fields(body)?, form).await
    }

    /// The same for what must not be done by whoever finds a browser open: sent too long after the password was typed, the form
    /// comes back as well, and says where to type it (security §3, 50). A form takes some time to fill in: 30 minutes.
    ///
    /// # Errors
    /// As [`Self::form_or_again`].
    pub async fn proved_form(
        &self,
        body: &Bytes,
        form: &str,
    ) -> Result<Result<Parameters, SentBack>, Failure> {
        self.proved_form_if(body, form, |_| true, self.request.path()).await
    }

    /// The same for a form that stands on `page` of ours, and needs the password for some answers only.
    ///
    /// # Errors
    /// As [`Self::form_or_again`].
    pub async fn proved_form_if(
        &self,
        body: &Bytes,
        form: &str,
        needs: impl FnOnce(&Parameters) -> bool,
        page: &str,
    ) -> Result<Result<Parameters, SentBack>, Failure> {
        let typed = self.fields(body)?;
        // Before anything of it is shown: it may be somebody else's.
        if let Some(why) = self.browser.refuses_foreign(&self.node, form, &typed) {
            return Ok(Err(SentBack { typed: Parameters::default(), why }));
        }
        if needs(&typed) && !self.browser.proved_within(&self.node, FORM_SECONDS) {
            return Ok(Err(SentBack { typed, why: Why::Proof(page.to_owned()) }));
        }
        self.take(typed, form).await
    }

    async fn take(&self, typed: Parameters, form: &str) -> Result<Result<Parameters, SentBack>, Failure> {
        let taken = self.browser.take_form(&self.node, form, &typed).await?;
        Ok(match taken {
            Ok(()) => Ok(typed),
            // What somebody else typed is nobody's business here.
            Err(why @ Why::OtherPerson(_)) => Err(SentBack { typed: Parameters::default(), why }),
            Err(why) => Err(SentBack { typed, why }),
        })
    }

    /// Asks for the password again before something that must not be done by whoever finds a browser open: when the last
    /// time was more than [`FRESH_SECONDS`] ago (security §3, 50).
    ///
    /// # Errors
    /// 303 to the sign-in page, which comes back here.
    pub fn proved_lately(&self) -> Result<(), Failure> {
        if self.browser.proved_within(&self.node, FRESH_SECONDS) {
            return Ok(());
        }
        Err(browser::sign_in_again(place(&self.request)))
    }

    /// The same before the question that a form leads to, where the way back is another page of ours, `path`.
    ///
    /// # Errors
    /// 303 to the sign-in page, which leads there.
    pub fn proved_lately_or_at(&self, path: &str) -> Result<(), Failure> {
        if self.browser.proved_within(&self.node, FORM_SECONDS) {
            return Ok(());
        }
        Err(browser::sign_in_again(path))
    }
}

/// Seconds for which a password that was typed lets its person do what needs it again: 15 minutes.
pub const FRESH_SECONDS: i64 = 900;
/// The same for a form, which takes some time to fill in.
const FORM_SECONDS: i64 = 2 * FRESH_SECONDS;

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
pub(super) fn sign_in_first(request: &HttpRequest) -> Failure {
    browser::sign_in(place(request))
}

fn place(request: &HttpRequest) -> &str {
    request.uri().path_and_query().map_or("/", |path| path.as_str())
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
