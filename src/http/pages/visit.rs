//! One request for a page: whose browser it is, in which language it is answered, and what came with it.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use askama::Template;

use super::super::explanation::Explanation;
use super::super::extract::address;
use super::super::extract::body::{self, Accepts};
use super::super::failure::Failure;
use super::super::settings::WebSettings;
use super::browser::{self, Browser};
use super::language::Language;
pub(super) use super::member::sign_in_first;
pub use super::member::{Administrator, FRESH_SECONDS, Member};
pub use super::page::Page;
use crate::flows::Node;
use crate::flows::actor::Actor;
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
    /// That language.
    language: Language,
}

impl Visit {
    /// # Errors
    /// 503 if the session cannot be looked up.
    pub(super) async fn begin(request: HttpRequest) -> Result<Self, Failure> {
        let missing = || Failure { cause: Some("the server has no state".into()), ..Failure::server_error() };
        let node = request.app_data::<Data<Node>>().cloned().ok_or_else(missing)?;
        let settings = request.app_data::<Data<WebSettings>>().cloned().ok_or_else(missing)?;
        let browser = browser::find(&request, &node, &settings).await?;
        let language = Language::of(request.query_string(), request.headers());
        Ok(Self { request, node, settings, browser, words: language.words, language })
    }

    /// The same in the first language of `ui_locales` that there is: what asks for it did not come in the address.
    pub fn hear(&mut self, ui_locales: Option<&str>) {
        if let Some(language) = ui_locales.and_then(Language::wished) {
            (self.language, self.words) = (language, language.words);
        }
    }

    /// The address of the next page on the way of who was sent here, in the language that was asked for.
    pub fn at(&self, path: &str) -> String {
        self.language.at(path)
    }

    /// What every template is given.
    pub fn page(&self) -> Page<'_> {
        Page {
            brand: &self.settings.brand,
            look: &self.settings.look,
            language: self.language,
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

    /// On whose behalf something is asked here; `None` for a stranger.
    pub fn actor(&self) -> Option<Actor<'_>> {
        let signed_in = &self.browser.as_ref()?.signed_in;
        Some(Actor::Browser { signed_in, address: self.address() })
    }

    /// That what was asked for is not allowed to who asks, in the words of this id.
    pub fn refused(&self, id: &str) -> Failure {
        self.told(Failure::insufficient_scope(""), id)
    }

    /// A failure in the words of this id: what happened, and what to do.
    pub fn told(&self, failure: Failure, id: &str) -> Failure {
        Failure { message: self.words.say(id).into(), ..failure.explained(Explanation::Said) }
    }

    /// 400: a form of ours that did not come whole.
    pub fn not_whole(&self) -> Failure {
        self.told(Failure::invalid_request(""), "fault-form")
    }

    /// 400: an address that says what its page does not know: another filter, a place in the list that is none of ours.
    pub fn not_known(&self) -> Failure {
        self.told(Failure::invalid_request(""), "fault-address")
    }

    /// Renders a template.
    ///
    /// # Errors
    /// 500 if it cannot be written.
    pub fn show(&self, status: StatusCode, template: &impl Template) -> Result<HttpResponse, Failure> {
        super::html(status, template)
    }
}

/// What an extractor of pages answers.
pub(super) type Extraction<T> = Pin<Box<dyn Future<Output = Result<T, Failure>>>>;

impl FromRequest for Visit {
    type Error = Failure;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        Box::pin(Self::begin(request.clone()))
    }
}

/// Adds `Retry-After`.
pub fn retry_after(response: &mut HttpResponse, seconds: i64) {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
}
