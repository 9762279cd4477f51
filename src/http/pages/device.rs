//! `/device`: a person types the code that a device shows, sees what it asks for, and decides (RFC 8628 §3.3).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, ServiceConfig, post as on_post, resource};
use askama::Template;

use super::super::failure::Failure;
use super::super::routes::{get as on_get, only};
use super::browser::{self, see_other};
use super::form::Form;
use super::visit::{Member, Page, retry_after};
use super::wish;
use crate::clock::UnixTime;
use crate::flows::device_authorization::{self, CodeRefusal, Decided, DevicePrompt};
use crate::flows::resource_indicator::Audience;
use crate::flows::session;
use crate::oauth::device_authorization::{UserCode, VERIFICATION_PATH};
use crate::oauth::scope;

/// Where the decision goes.
const DECISION_PATH: &str = "/device/decision";
/// The name of the form that takes the code.
const FORM: &str = "device";

#[derive(Template)]
#[template(path = "device.html", config = "src/http/pages/askama.toml")]
struct Entry<'a> {
    page: Page<'a>,
    form: Form,
    csrf_token: &'a str,
}

#[derive(Template)]
#[template(path = "device_confirm.html", config = "src/http/pages/askama.toml")]
struct Confirm<'a> {
    page: Page<'a>,
    client_name: &'a str,
    client_id: &'a str,
    is_unchecked: bool,
    resource: Option<&'a Audience>,
    wishes: Vec<String>,
    duration: String,
    address: &'a str,
    asked_at: UnixTime,
    username: &'a str,
    user_code: String,
    csrf_token: &'a str,
    switch: String,
}

#[derive(Template)]
#[template(path = "device_done.html", config = "src/http/pages/askama.toml")]
struct Done<'a> {
    page: Page<'a>,
    allowed: bool,
}

/// Adds the URLs.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            resource(VERIFICATION_PATH)
                .route(on_get().to(get))
                .route(on_post().to(post))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(
            resource(DECISION_PATH)
                .route(on_get().to(decision_page))
                .route(on_post().to(decide))
                .default_service(only("GET, HEAD, POST")),
        );
}

/// The form for the code; one in the URL is filled in, and never sent by itself (RFC 8628 §3.3.1). Afterwards: what became
/// of it.
///
/// # Errors
/// 303 to sign in first.
pub async fn get(member: Member) -> Result<HttpResponse, Failure> {
    let query = member.query()?;
    match query.get("done") {
        Some("allowed") => done(&member, true),
        Some("denied") => done(&member, false),
        _ => {
            let code = query.get("user_code").and_then(UserCode::parse);
            let form = code.map_or_else(Form::new, |code| Form::new().with("user_code", code.to_string()));
            entry(&member, StatusCode::OK, form)
        }
    }
}

/// Shows what stands behind a code. Nothing is decided by this, so the page is the answer.
///
/// # Errors
/// 403 for a form that another site sent; 303 to prove again who it is before a device gets much; 503 if the store is away: a code is then neither right nor wrong.
pub async fn post(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = member.fields(&body)?;
    let form = Form::sent(&fields, &["user_code"]);
    let wrong = |id: &str| member.words.say(id);
    if let Err(why) = member.browser.take_form(&member.node, FORM, &fields).await? {
        return entry(&member, StatusCode::FORBIDDEN, form.sent_back(member.words, &why));
    }
    let Some(typed) = fields.get("user_code") else {
        return entry(&member, StatusCode::BAD_REQUEST, form.wrong("user_code", wrong("fault-required")));
    };
    let (signed_in, address) = (&member.browser.signed_in, member.address());
    match device_authorization::ask(&member.node, typed, signed_in, address).await? {
        Ok(prompt) if session::needs_proof(&prompt.scope) => {
            member.proved_lately_or_at(&back_here(&member, &prompt.user_code))?;
            confirm(&member, &prompt)
        }
        Ok(prompt) => confirm(&member, &prompt),
        Err(CodeRefusal::Unknown) => unknown(&member, form),
        Err(CodeRefusal::Throttled(seconds)) => {
            let form = form.wrong("user_code", wrong("device-throttled"));
            let mut response = entry(&member, StatusCode::TOO_MANY_REQUESTS, form)?;
            retry_after(&mut response, seconds);
            Ok(response)
        }
    }
}

/// Where a person comes back to who had to sign in to decide: to the code.
///
/// # Errors
/// 303 to sign in first.
pub async fn decision_page(member: Member) -> Result<HttpResponse, Failure> {
    see_other(&member.at(VERIFICATION_PATH))
}

/// Carries out the decision.
///
/// # Errors
/// 403 for a form that is not ours, or about another code; 400 for one that is not whole.
pub async fn decide(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = member.fields(&body)?;
    let user_code = fields.get("user_code").and_then(UserCode::parse).ok_or_else(|| member.not_whole())?;
    let allow = match fields.get("decision") {
        Some("allow") => true,
        Some("deny") => false,
        _ => return Err(member.not_whole()),
    };
    let (signed_in, address) = (&member.browser.signed_in, member.address());
    if let Err(why) = member.browser.take_form(&member.node, &about(&user_code), &fields).await? {
        let form = Form::new().with("user_code", user_code.to_string()).sent_back(member.words, &why);
        return entry(&member, StatusCode::FORBIDDEN, form);
    }
    match device_authorization::decide(&member.node, &user_code, signed_in, allow, address).await? {
        Decided::Allowed => see_other(&member.at("/device?done=allowed")),
        Decided::Denied => see_other(&member.at("/device?done=denied")),
        Decided::TooLate => unknown(&member, Form::new().with("user_code", user_code.to_string())),
        Decided::ProveFirst => Err(browser::sign_in_again(&back_here(&member, &user_code))),
        Decided::SignedOut => {
            see_other(&format!("/login?{}", browser::next_query(&back_here(&member, &user_code))))
        }
    }
}

/// One text for a code that is mistyped, unknown, ended or decided (RFC 8628 §5.1).
fn unknown(member: &Member, form: Form) -> Result<HttpResponse, Failure> {
    let fault = member.words.say("device-unknown");
    entry(member, StatusCode::BAD_REQUEST, form.wrong("user_code", fault))
}

fn entry(member: &Member, status: StatusCode, form: Form) -> Result<HttpResponse, Failure> {
    let csrf_token = &member.form_token(FORM);
    let form = form.helped("user_code").labelled([("user_code", member.words.say("device-code"))]);
    member.show(status, &Entry { page: member.page(), form, csrf_token })
}

fn confirm(member: &Member, prompt: &DevicePrompt) -> Result<HttpResponse, Failure> {
    let page = Confirm {
        page: member.page(),
        client_name: &prompt.client_name,
        client_id: &prompt.client_id,
        is_unchecked: prompt.is_unchecked,
        resource: prompt.resource.as_ref(),
        wishes: prompt.scope.iter().map(|token| wish::wish(member, token)).collect(),
        duration: wish::duration(member, prompt.scope.contains(scope::OFFLINE_ACCESS)),
        address: &prompt.address,
        asked_at: prompt.asked_at,
        username: &member.user().username,
        user_code: prompt.user_code.to_string(),
        csrf_token: &member.form_token(&about(&prompt.user_code)),
        switch: browser::next_query(&back_here(member, &prompt.user_code)),
    };
    member.show(StatusCode::OK, &page)
}

fn done(member: &Member, allowed: bool) -> Result<HttpResponse, Failure> {
    member.show(StatusCode::OK, &Done { page: member.page(), allowed })
}

/// The name of the form that decides about one code.
fn about(user_code: &UserCode) -> String {
    format!("device:{}", user_code.letters())
}

/// The form for the code, filled in.
fn back_here(member: &Member, user_code: &UserCode) -> String {
    member.at(&format!("{VERIFICATION_PATH}?user_code={user_code}"))
}
