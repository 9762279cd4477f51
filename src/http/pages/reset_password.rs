//! `/reset-password?token=…`: chooses a new password by a link. Looking at the page uses nothing up (security §4.6).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::super::failure::Failure;
use super::form::Form;
use super::open_form::OpenForm;
use super::visit::{Page, Visit};
use super::{browser, forgotten_password, message, name_faults};
use crate::flows::account_link::{self, LinkKind, LinkRefusal};
use crate::flows::password_reset::{self, Chosen};

/// Where it is.
pub const PATH: &str = account_link::path(LinkKind::Password);

#[derive(Template)]
#[template(path = "reset_password.html", config = "src/http/pages/askama.toml")]
struct Reset<'a> {
    page: Page<'a>,
    csrf_token: &'a str,
    token: &'a str,
    username: &'a str,
    minimum: i64,
    form: Form,
}

/// Shows the form while the link works, or what was done.
///
/// # Errors
/// 400 for a query that cannot be read.
pub async fn get(visit: Visit) -> Result<HttpResponse, Failure> {
    let query = visit.query()?;
    if query.get("done").is_some() {
        let words = visit.words;
        let (title, text) = (words.say("reset-done-title"), words.say("reset-done"));
        return message::page(&visit, StatusCode::OK, title, text, message::sign_in(words));
    }
    // Ticked: whoever had the old password may have keys.
    let form = Form::new().with("keys", "yes");
    show(&visit, StatusCode::OK, query.get("token").unwrap_or_default(), form).await
}

/// Sets the password.
///
/// # Errors
/// 403 for a form that another site sent.
pub async fn post(visit: Visit, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = visit.fields(&body)?;
    let token = fields.get("token").unwrap_or_default();
    let form = Form::sent(&fields, &["keys"]);
    if !OpenForm::is_ours(&visit, &fields, &form_name(token)) {
        let form = form.wrong("", visit.words.say("fault-too-late"));
        return show(&visit, StatusCode::FORBIDDEN, token, form).await;
    }
    let password = fields.get("password").unwrap_or_default();
    let chosen = Chosen { password, end_keys: fields.get("keys").is_some() };
    match password_reset::complete(&visit.node, token, chosen, visit.address(), visit.words).await? {
        Ok(_) => browser::see_other(&visit.at("/reset-password?done=changed")),
        Err(LinkRefusal::Link) => gone(&visit),
        Err(LinkRefusal::User(refusal)) => {
            let (_, words) = name_faults::fault(visit.words, &refusal);
            show(&visit, StatusCode::BAD_REQUEST, token, form.wrong("password", words)).await
        }
    }
}

fn form_name(token: &str) -> String {
    format!("reset-password:{token}")
}

async fn show(visit: &Visit, status: StatusCode, token: &str, form: Form) -> Result<HttpResponse, Failure> {
    let Some(user) = password_reset::whose(&visit.node, token).await? else { return gone(visit) };
    let open = OpenForm::issue(visit, &form_name(token));
    let page = Reset {
        page: Page { who: None, ..visit.page() },
        csrf_token: &open.token,
        token,
        username: &user.username,
        minimum: i64::try_from(visit.node.policy.password_min_length).unwrap_or_default(),
        form: form.helped("password").labelled([("password", visit.words.say("reset-password"))]),
    };
    open.show(visit, status, &page)
}

fn gone(visit: &Visit) -> Result<HttpResponse, Failure> {
    let words = visit.words;
    let on = visit.node.policy.mail.as_ref();
    let on = on.map(|_| (forgotten_password::PATH, words.say("forgotten-button")));
    message::gone(visit, words.say("link-gone-reset"), on)
}
