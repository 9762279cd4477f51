//! One request for a page: whose browser it is, in which language it is answered, and what every template is given.

use std::borrow::Borrow;
use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use askama::Template;
use askama::filters::HtmlSafe;

use super::super::extract::address;
use super::super::extract::body::{self, Accepts};
use super::super::failure::Failure;
use super::super::settings::WebSettings;
use super::browser::{self, Browser};
use super::form::SentBack;
use super::language;
use crate::account::user::User;
use crate::clock::UnixTime;
use crate::flows::Node;
use crate::flows::actor::Actor;
use crate::flows::verify::Identity;
use crate::oauth::parameters::Parameters;
use crate::words::Words;

/// A request for a page, by anybody.
pub struct Visit {
    /// The request.
    pub request: HttpRequest,
    /// The server.
    pub node: Data<Node>,
    /// The configuration.
    pub settings: Data<WebSettings>,
    /// Who is signed in, if anybody.
    pub browser: Option<Browser>,
    /// The texts in the person's language.
    pub words: &'static Words,
}

impl Visit {
    /// # Errors
    /// 503 if the session cannot be looked up.
    async fn begin(request: HttpRequest) -> Result<Self, Failure> {
        let missing = || Failure { cause: Some("the server has no state".into()), ..Failure::server_error() };
        let node = request.app_data::<Data<Node>>().cloned().ok_or_else(missing)?;
        let settings = request.app_data::<Data<WebSettings>>().cloned().ok_or_else(missing)?;
        let browser = browser::find(&request, &node, &settings).await?;
        let words = language::of(request.query_string(), request.headers());
        Ok(Self { request, node, settings, browser, words })
    }

    /// What every template is given.
    pub fn page(&self) -> Page<'_> {
        Page {
            brand: &self.settings.brand,
            has_logo: self.settings.look.has_logo(),
            words: self.words,
            who: self.browser.as_ref().map(|browser| &*browser.signed_in.user),
            path: self.request.path(),
            now: self.node.clock.now(),
        }
    }

    /// What stands in the URL's query.
    ///
    /// # Errors
    /// 400 for one that cannot be read, or says something twice.
    pub fn query(&self) -> Result<Parameters, Failure> {
        Ok(Parameters::from_form(self.request.query_string().as_bytes())?)
    }

    /// The fields of a form of ours.
    ///
    /// # Errors
    /// 403 for a form that another site sent, 400 for one that cannot be read.
    pub fn fields(&self, body: &Bytes) -> Result<Parameters, Failure> {
        browser::prove_origin(&self.request, &self.settings)?;
        body::parameters(&self.request, body, Accepts::Form)
    }

    /// Where it comes from.
    pub fn address(&self) -> IpAddr {
        address::client(self.request.peer_addr(), self.request.headers(), &self.settings.trusted_proxies)
    }

    /// Who is signed in, as flows ask for it; `None` for a stranger.
    pub fn person(&self) -> Option<Person> {
        let signed_in = &self.browser.as_ref()?.signed_in;
        Some(Person { identity: signed_in.identity(&self.node), address: self.address() })
    }

    /// Renders a template.
    ///
    /// # Errors
    /// 500 if it cannot be written.
    pub fn show(&self, status: StatusCode, template: &impl Template) -> Result<HttpResponse, Failure> {
        super::html(status, template)
    }
}

/// Somebody at a page, as flows ask for it.
pub struct Person {
    identity: Identity,
    address: IpAddr,
}

impl Person {
    /// On whose behalf something is done, and from where.
    pub const fn actor(&self) -> Actor<'_> {
        Actor::Holder { identity: &self.identity, address: self.address }
    }

    /// Who it is and what they may.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }
}

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

    /// Who it is, as flows ask for it: `member.acting().actor()`.
    pub fn acting(&self) -> Person {
        Person { identity: self.browser.signed_in.identity(&self.node), address: self.address() }
    }

    /// A token for the form of this name.
    pub fn form_token(&self, form: &str) -> String {
        self.browser.form_token(&self.node, form)
    }

    /// The fields of a form of this browser that has its token, which is spent: the form is carried out once.
    ///
    /// # Errors
    /// 403 for a form that is not ours or was sent before, 400 for one that cannot be read, 503 while the store is away.
    pub async fn form(&self, body: &Bytes, form: &str) -> Result<Parameters, Failure> {
        Ok(self.form_or_again(body, form).await?.map_err(|sent_back| sent_back.why)?)
    }

    /// The same for a page that shows its form again, with what was typed: `Err` for one whose token is no good.
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

type Extraction<T> = Pin<Box<dyn Future<Output = Result<T, Failure>>>>;

impl FromRequest for Visit {
    type Error = Failure;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        Box::pin(Self::begin(request.clone()))
    }
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

/// What every template is given, as `page`.
#[derive(Clone, Copy)]
pub struct Page<'a> {
    /// The name people see.
    pub brand: &'a str,
    /// Whether the operator's logo stands beside it.
    pub has_logo: bool,
    /// The texts.
    pub words: &'static Words,
    /// Who is signed in.
    pub who: Option<&'a User>,
    /// Where the page is.
    pub path: &'a str,
    /// The time.
    pub now: UnixTime,
}

impl Page<'_> {
    /// The text of this id.
    pub fn say(&self, id: &str) -> String {
        self.words.say(id)
    }

    /// The same with names and the like put in.
    pub fn tell<V: AsRef<str>>(&self, id: &str, with: &[(&str, V)]) -> String {
        self.words.tell(id, with)
    }

    /// The same for a number.
    pub fn count(&self, id: &str, count: impl Borrow<i64>) -> String {
        self.words.count(id, count)
    }

    /// A point in time: how long ago, and exactly when it is pointed at.
    pub fn time(&self, time: impl Borrow<UnixTime>) -> Time {
        let time = *time.borrow();
        let (ago, exact) = (self.words.ago(time, self.now), self.words.exact(time));
        Time { machine: time.rfc3339(), ago, exact }
    }

    /// The sections a person may go to, with their names.
    pub fn sections(&self) -> Vec<(&'static str, String)> {
        let all = [
            ("/settings", "section-settings"),
            ("/settings/sessions", "section-sessions"),
            ("/settings/apps", "section-apps"),
            ("/settings/activity", "section-activity"),
            ("/projects", "section-projects"),
            ("/docs", "section-docs"),
            ("/admin", "section-administration"),
        ];
        let is_admin = self.who.is_some_and(|user| user.is_admin);
        let mine = all.into_iter().filter(|(path, _)| is_admin || *path != "/admin");
        mine.map(|(path, id)| (path, self.say(id))).collect()
    }

    /// Whether the page belongs to a section: the longest path that leads to it.
    pub fn is_in(&self, section: &str) -> bool {
        let leads = |path: &str| self.path == path || self.path.starts_with(&format!("{path}/"));
        let longest = self
            .sections()
            .into_iter()
            .map(|(path, _)| path)
            .filter(|path| leads(path))
            .max_by_key(|p| p.len());
        longest == Some(section)
    }
}

/// A `time` element.
pub struct Time {
    machine: String,
    ago: String,
    exact: String,
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<time datetime=\"{}\" title=\"{}\">{}</time>", self.machine, self.exact, self.ago)
    }
}

/// All three are made here, of digits and of our own texts.
impl HtmlSafe for Time {}

/// Adds `Retry-After`.
pub fn retry_after(response: &mut HttpResponse, seconds: i64) {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
}
