//! The page that asks once before something is done that counts, naming what it is done to.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::super::super::failure::Failure;
use super::super::form::Form;
use super::super::visit::{Administrator, Page};

/// What is asked.
#[derive(Default)]
pub struct Question {
    /// The question.
    pub title: String,
    /// What will happen.
    pub explained: String,
    /// What it is done to, where that is several: the field each is sent as, and its name.
    pub subjects: Vec<(String, String)>,
    /// Where the form goes.
    pub action: String,
    /// What the form's token is bound to.
    pub form: String,
    /// What has to be typed first: the label of its field.
    pub typed: Option<String>,
    /// The button, which names what it is done to.
    pub button: String,
    /// Whether something ends by it.
    pub is_bad: bool,
    /// Where to go instead.
    pub back: String,
}

#[derive(Template)]
#[template(path = "admin/confirm.html", config = "src/http/pages/askama.toml")]
struct Confirm<'a> {
    page: Page<'a>,
    question: &'a Question,
    csrf_token: String,
    form: Form,
}

/// Asks.
///
/// # Errors
/// 500 if the page cannot be written.
pub fn page(
    visit: &Administrator,
    status: StatusCode,
    question: &Question,
    form: Form,
) -> Result<HttpResponse, Failure> {
    let csrf_token = visit.form_token(&question.form);
    let form = form.labelled([("typed", question.typed.clone().unwrap_or_default())]);
    visit.show(status, &Confirm { page: visit.page(), question, csrf_token, form })
}
