//! The consent page and `POST /consent` (RFC 6749 §4.1.1; security §4.6): bound to the session and to one request.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::super::failure::Failure;
use super::super::oauth::authorize::{here, login_first};
use super::browser::{self, Browser};
use super::form::Why;
use super::visit::{Page, Visit};
use super::{form, form_post, moving_on, wish};
use crate::flows::authorize::{self, Authorize, ConsentPrompt};
use crate::flows::resource_indicator::Audience;
use crate::oauth::parameters::Parameters;
use crate::oauth::scope::{self, Scope};

#[derive(Template)]
#[template(path = "consent.html", config = "src/http/pages/askama.toml")]
struct Consent<'a> {
    page: Page<'a>,
    client_name: &'a str,
    client_id: &'a str,
    described_at: Option<&'a str>,
    registered_itself: bool,
    redirect_host: Option<&'a str>,
    to_device: bool,
    resource: Option<&'a Audience>,
    wishes: Vec<String>,
    duration: String,
    /// Whether a yes counts for the next time, in words.
    next_time: Option<String>,
    /// Its terms and its privacy policy, with what each is.
    papers: Vec<(String, String)>,
    username: &'a str,
    notice: Option<String>,
    csrf_token: &'a str,
    request: &'a str,
    scope: &'a str,
    switch: String,
}

/// Asks the person; `query` is the authorization request it is about; `again`: why what was sent was not taken as an answer.
///
/// # Errors
/// 500 if the page cannot be written.
pub fn page(
    visit: &Visit,
    browser: &Browser,
    prompt: &ConsentPrompt,
    query: &str,
    again: Option<&Why>,
) -> Result<HttpResponse, Failure> {
    let scope = prompt.scope.to_string();
    let next_time = prompt.is_remembered.map(|is_remembered| {
        let id = if is_remembered { "consent-remembered" } else { "consent-each-time" };
        visit.words.tell(id, &[("app", prompt.client_name.as_str())])
    });
    let papers = [(&prompt.terms, "client-terms"), (&prompt.policy, "client-policy")];
    let papers = papers.into_iter().filter_map(|(uri, id)| Some((uri.clone()?, visit.words.say(id))));
    let page = Consent {
        next_time,
        papers: papers.collect(),
        page: visit.page(),
        client_name: &prompt.client_name,
        client_id: &prompt.client_id,
        described_at: prompt.described_at.as_deref(),
        registered_itself: prompt.registered_itself,
        redirect_host: prompt.redirect_host.as_deref(),
        to_device: prompt.to_device,
        resource: prompt.resource.as_ref(),
        wishes: prompt.scope.iter().map(|token| wish::wish(visit, token)).collect(),
        duration: wish::duration(visit, prompt.scope.contains(scope::OFFLINE_ACCESS)),
        username: &prompt.username,
        notice: again.map(|why| form::notice(visit.words, why)),
        csrf_token: &browser.form_token(&visit.node, &form_name(query, &scope)),
        request: query,
        scope: &scope,
        switch: browser::next_query(&format!("/oauth/authorize?{query}")),
    };
    visit.show(form::status(again), &page)
}

/// Leads whoever types the address, or comes back to it, to what they allowed.
///
/// # Errors
/// 503 if the session cannot be looked up.
pub async fn get(visit: Visit) -> Result<HttpResponse, Failure> {
    browser::see_other(&visit.at("/settings/apps"))
}

/// Carries out the decision.
///
/// # Errors
/// 403 for a form that another site sent, 400 for one that is not whole; what was open for too long, or sent before, is asked again.
pub async fn post(visit: Visit, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = visit.fields(&body)?;
    let query = fields.get("request").ok_or_else(|| visit.not_whole())?;
    let allow = match fields.get("decision") {
        Some("allow") => true,
        Some("deny") => false,
        _ => return Err(visit.not_whole()),
    };
    let parameters = Parameters::from_form(query.as_bytes())?;
    let shown = fields.get("scope").unwrap_or_default();
    let Some(browser) = &visit.browser else { return to_sign_in(&visit, &parameters).await };
    if let Err(why) = browser.take_form(&visit.node, &form_name(query, shown), &fields).await? {
        return again(&visit, browser, &parameters, &why).await;
    }
    let shown = Scope::parse(shown).map_err(|_| visit.not_whole())?;
    match authorize::decide(&visit.node, &parameters, &browser.signed_in, &shown, allow).await? {
        Authorize::Redirect(location) => moving_on::page(&visit, &location),
        Authorize::FormPost(form) => form_post::page(&visit, &form),
        Authorize::Page(error) => Err(error.into()),
        Authorize::Login(first) => login_first(&first),
        Authorize::ComeBack(query) => moving_on::page(&visit, &here(&query)?),
        Authorize::Consent(_) => moving_on::page(&visit, &here(&parameters.to_query())?),
    }
}

/// Nobody is signed in any more: the endpoint knows the way.
async fn to_sign_in(visit: &Visit, request: &Parameters) -> Result<HttpResponse, Failure> {
    match authorize::authorize(&visit.node, request, None).await? {
        Authorize::Login(first) => login_first(&first),
        Authorize::Page(error) => Err(error.into()),
        _ => moving_on::page(visit, &here(&request.to_query())?),
    }
}

/// The question once more, to which nothing was answered.
async fn again(
    visit: &Visit,
    browser: &Browser,
    request: &Parameters,
    why: &Why,
) -> Result<HttpResponse, Failure> {
    match authorize::ask_again(&visit.node, request, &browser.signed_in).await? {
        Authorize::Consent(prompt) => page(visit, browser, &prompt, &request.to_query(), Some(why)),
        Authorize::Page(error) => Err(error.into()),
        _ => {
            let mut response = moving_on::page(visit, &here(&request.to_query())?)?;
            *response.status_mut() = StatusCode::FORBIDDEN;
            Ok(response)
        }
    }
}

/// It hangs on the request, and on what its person was shown of it.
fn form_name(query: &str, shown: &str) -> String {
    format!("consent:{shown}:{query}")
}
