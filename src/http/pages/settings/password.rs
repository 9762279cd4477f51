//! `/settings/password`: a new password, by whoever knows the old one (security §3, 46, 50, 54, 57).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::super::super::failure::Failure;
use super::super::form::Form;
use super::super::visit::{Member, Page, retry_after};
use super::super::{browser, new_password};
use crate::flows::password_change::{self, ChangeRefusal, PasswordChange};

const FORM: &str = "password";
const PATH: &str = "/settings/password";

#[derive(Template)]
#[template(path = "settings/password.html", config = "src/http/pages/askama.toml")]
struct Password<'a> {
    page: Page<'a>,
    done: bool,
    csrf_token: &'a str,
    username: &'a str,
    minimum: i64,
    form: Form,
}

/// Shows the form.
///
/// # Errors
/// 303 to the sign-in page for who is signed out.
pub async fn show(member: Member) -> Result<HttpResponse, Failure> {
    let done = member.query()?.get("done") == Some("changed");
    page(&member, StatusCode::OK, Form::new().with("elsewhere", "yes"), done)
}

/// Changes it. The browser goes on with a new cookie.
///
/// # Errors
/// 403 for a form that is not ours; what the person can mend is a form again.
pub async fn change(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = match member.form_or_again(&body, FORM).await? {
        Ok(fields) => fields,
        Err(sent_back) => {
            let form = sent_back.form(member.words, &["elsewhere", "keys"]);
            return page(&member, StatusCode::FORBIDDEN, form, false);
        }
    };
    let form = Form::sent(&fields, &["elsewhere", "keys"]);
    let required = member.words.say("fault-required");
    let (Some(current), Some(new)) = (fields.get("current"), fields.get("new")) else {
        let empty = ["current", "new"].into_iter().filter(|name| fields.get(name).is_none());
        let form = empty.fold(form, |form, name| form.wrong(name, required.clone()));
        return page(&member, StatusCode::BAD_REQUEST, form, false);
    };
    let end_others = fields.get("elsewhere").is_some();
    let end_keys = fields.get("keys").is_some();
    let typed = PasswordChange { current, new, end_others, end_keys, address: member.address() };
    let refusal = match password_change::change(&member.node, &member.browser.signed_in, typed).await? {
        Ok(cookie) => return changed(&member, cookie.expose()).await,
        Err(refusal) => refusal,
    };
    let say = |id| member.words.say(id);
    match refusal {
        ChangeRefusal::SignedOut => browser::see_other(PATH),
        ChangeRefusal::Throttled(seconds) => {
            let form = form.wrong("current", say("sign-in-throttled"));
            let mut response = page(&member, StatusCode::TOO_MANY_REQUESTS, form, false)?;
            retry_after(&mut response, seconds);
            Ok(response)
        }
        ChangeRefusal::Wrong => {
            page(&member, StatusCode::FORBIDDEN, form.wrong("current", say("fault-password")), false)
        }
        ChangeRefusal::Same => {
            page(&member, StatusCode::BAD_REQUEST, form.wrong("new", say("password-same")), false)
        }
        ChangeRefusal::Rule(fault) => {
            let form = form.wrong("new", new_password::fault(member.words, fault));
            page(&member, StatusCode::BAD_REQUEST, form, false)
        }
    }
}

async fn changed(member: &Member, cookie: &str) -> Result<HttpResponse, Failure> {
    let mut response = browser::see_other(&format!("{PATH}?done=changed"))?;
    // Whoever was disabled meanwhile has no session.
    if let Some(browser) = browser::of_cookie(&member.node, cookie).await? {
        browser.set_cookies(&member.node, &member.settings, &mut response);
    }
    Ok(response)
}

fn page(member: &Member, status: StatusCode, form: Form, done: bool) -> Result<HttpResponse, Failure> {
    let page = Password {
        page: member.page(),
        done,
        csrf_token: &member.form_token(FORM),
        username: &member.user().username,
        minimum: i64::try_from(member.node.policy.password_min_length).unwrap_or_default(),
        form: form.helped("new").labelled([
            ("current", member.words.say("password-current")),
            ("new", member.words.say("password-new")),
        ]),
    };
    member.show(status, &page)
}
