//! `/admin/registration-tokens`: initial access tokens, by which others register clients (RFC 7591 §1.2; contract §14): made and
//! shown once, listed, ended.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path};
use askama::Template;

use super::super::super::failure::Failure;
use super::super::browser::see_other;
use super::super::form::Form;
use super::super::visit::{Administrator, Page};
use super::confirm::{self, Question};
use super::{Found, asked, done, found, id_of};
use crate::flows::client_registration::DynamicRegistration;
use crate::flows::registration_token::{self, Made, RegistrationToken, State, TokenRefusal};

/// Where they are listed.
pub const LIST: &str = "/admin/registration-tokens";
/// The name of the form that makes one.
const FORM: &str = "new-registration-token";
const FIELDS: [&str; 2] = ["uses", "days"];
/// The days that one may live.
const DAYS: [i64; 5] = [1, 7, 30, 90, 365];
const DAY: i64 = 86_400;

#[derive(Template)]
#[template(path = "admin/registration_tokens.html", config = "src/http/pages/askama.toml")]
struct Tokens<'a> {
    page: Page<'a>,
    done: Option<String>,
    /// Whether they count.
    counts: bool,
    found: Found<RegistrationToken>,
}

impl Tokens<'_> {
    fn state(&self, token: &RegistrationToken) -> State {
        registration_token::state(token, self.page.now)
    }

    /// The id of the words for a token's state.
    fn words(&self, token: &RegistrationToken) -> &'static str {
        match self.state(token) {
            State::Live => "admin-key-active",
            State::UsedUp => "admin-token-used-up",
            State::Expired => "admin-key-expired",
            State::Revoked => "admin-key-revoked",
        }
    }
}

#[derive(Template)]
#[template(path = "admin/new_registration_token.html", config = "src/http/pages/askama.toml")]
struct NewToken<'a> {
    page: Page<'a>,
    csrf_token: String,
    form: Form,
    lives: [(String, String); 5],
}

#[derive(Template)]
#[template(path = "admin/registration_token_made.html", config = "src/http/pages/askama.toml")]
struct MadeToken<'a> {
    page: Page<'a>,
    made: &'a Made,
}

/// Whether an initial access token registers anything here.
pub fn counts(visit: &Administrator) -> bool {
    visit.node.policy.dynamic_registration != DynamicRegistration::Closed
}

/// Lists them, newest first; those that ended stay for 30 days.
///
/// # Errors
/// 400 for a parameter that is not known, 503.
pub async fn get(visit: Administrator) -> Result<HttpResponse, Failure> {
    let (listing, parameters) = asked(&visit, &[])?;
    let after = listing.after().map_err(|_| visit.not_known())?;
    let rows = registration_token::page(&visit.node, after, listing.to_read()).await?;
    let page = Tokens {
        page: visit.page(),
        done: done(&visit, &parameters),
        counts: counts(&visit),
        found: found(LIST, (&listing, &parameters), rows, |token| token.id.as_bytes().to_vec()),
    };
    visit.show(StatusCode::OK, &page)
}

/// The form of a new one.
///
/// # Errors
/// 303 to prove again who it is.
pub async fn ask_new(visit: Administrator) -> Result<HttpResponse, Failure> {
    visit.proved_lately()?;
    show(&visit, StatusCode::OK, Form::new().with("uses", "1").with("days", "30"))
}

/// Makes one, and shows it, this once.
///
/// # Errors
/// 403 for a form that is not ours.
pub async fn make(visit: Administrator, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = match visit.proved_form(&body, FORM).await? {
        Ok(fields) => fields,
        Err(back) => return show(&visit, StatusCode::FORBIDDEN, back.form(visit.words, &FIELDS)),
    };
    let form = Form::sent(&fields, &FIELDS);
    let wrong = |form: Form, name, words| {
        show(&visit, StatusCode::BAD_REQUEST, form.wrong(name, visit.words.say(words)))
    };
    let Some(uses) = fields.get("uses").and_then(|uses| uses.trim().parse().ok()) else {
        return wrong(form, "uses", "admin-token-uses-wrong");
    };
    let days = DAYS.into_iter().find(|days| fields.get("days") == Some(&days.to_string()));
    let Some(days) = days else { return wrong(form, "days", "fault-required") };
    match registration_token::create(&visit.node, visit.actor(), uses, days * DAY).await? {
        Ok(made) => visit.show(StatusCode::OK, &MadeToken { page: visit.page(), made: &made }),
        // Its life is one of ours.
        Err(TokenRefusal::Invalid(_)) => wrong(form, "uses", "admin-token-uses-wrong"),
        Err(refusal) => Err(refused(&refusal)),
    }
}

/// Asks whether to end one.
///
/// # Errors
/// 404, 303 to prove again who it is.
pub async fn ask_to_revoke(visit: Administrator, path: Path<String>) -> Result<HttpResponse, Failure> {
    visit.proved_lately()?;
    confirm::page(&visit, StatusCode::OK, &question(&visit, &path).await?, Form::new())
}

/// Ends it.
///
/// # Errors
/// 403 for a form that is not ours, 404.
pub async fn revoke(visit: Administrator, path: Path<String>, body: Bytes) -> Result<HttpResponse, Failure> {
    let question = question(&visit, &path).await?;
    if let Err(back) = visit.proved_form(&body, &question.form).await? {
        let form = back.form(visit.words, &[]);
        return confirm::page(&visit, StatusCode::FORBIDDEN, &question, form);
    }
    match registration_token::revoke(&visit.node, visit.actor(), id_of(&path)?).await? {
        Ok(()) => see_other(&format!("{LIST}?done=revoked")),
        Err(refusal) => Err(refused(&refusal)),
    }
}

async fn question(visit: &Administrator, path: &Path<String>) -> Result<Question, Failure> {
    let token = registration_token::find(&visit.node, id_of(path)?).await?.ok_or_else(Failure::not_found)?;
    let id = token.id.to_string();
    let name = [("id", id.as_str())];
    Ok(Question {
        title: visit.words.tell("admin-token-revoke", &name),
        explained: visit.words.say("admin-token-revoke-explained"),
        action: format!("{LIST}/{id}/revoke"),
        form: format!("revoke-registration-token:{id}"),
        button: visit.words.tell("admin-token-revoke-button", &name),
        is_bad: true,
        back: LIST.to_owned(),
        ..Question::default()
    })
}

fn show(visit: &Administrator, status: StatusCode, form: Form) -> Result<HttpResponse, Failure> {
    let say = |(field, label)| (field, visit.words.say(label));
    let page = NewToken {
        page: visit.page(),
        csrf_token: visit.form_token(FORM),
        form: form
            .helped("uses")
            .labelled([("uses", "admin-token-uses"), ("days", "admin-token-life")].map(say)),
        lives: DAYS.map(|days| (days.to_string(), visit.words.span(days * DAY))),
    };
    visit.show(status, &page)
}

fn refused(refusal: &TokenRefusal) -> Failure {
    match refusal {
        TokenRefusal::NotAllowed => Failure::insufficient_scope(refusal.to_string()),
        TokenRefusal::Unknown | TokenRefusal::Invalid(_) => Failure::not_found(),
    }
}
