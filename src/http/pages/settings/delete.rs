//! `/settings/delete`: the end of an account, by its person (security §3, 57).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::super::super::cookie;
use super::super::super::failure::Failure;
use super::super::browser;
use super::super::form::Form;
use super::super::visit::{Member, Page};
use crate::flows::account_deletion::{self, Consequences, DeletionRefusal};

const FORM: &str = "delete-account";
/// So many projects are named of each kind; the list of projects has them all.
const SHOWN: usize = 15;

#[derive(Template)]
#[template(path = "settings/delete.html", config = "src/http/pages/askama.toml")]
struct Delete<'a> {
    page: Page<'a>,
    csrf_token: &'a str,
    username: &'a str,
    consequences: Consequences,
    form: Form,
}

#[derive(Template)]
#[template(path = "settings/deleted.html", config = "src/http/pages/askama.toml")]
struct Deleted<'a> {
    page: Page<'a>,
}

/// Says what goes, what stays, and what stands against it.
///
/// # Errors
/// 303 to the sign-in page for who is signed out, or has not typed their password lately.
pub async fn ask(member: Member) -> Result<HttpResponse, Failure> {
    member.proved_lately()?;
    page(&member, StatusCode::OK, Form::new()).await
}

/// Deletes the account.
///
/// # Errors
/// 403 for a form that is not ours; what the person can mend is a form again.
pub async fn delete(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = match member.proved_form(&body, FORM).await? {
        Ok(fields) => fields,
        Err(sent_back) => {
            let form = sent_back.form(member.words, &["username"]);
            return page(&member, StatusCode::FORBIDDEN, form).await;
        }
    };
    let typed = fields.get("username").unwrap_or_default();
    let done = account_deletion::delete(&member.node, &member.browser.signed_in, typed, member.address());
    match done.await? {
        Ok(()) => deleted(&member),
        Err(DeletionRefusal::WrongName) => {
            let fault = member.words.tell("delete-wrong-name", &[("name", member.user().username.as_str())]);
            let form = Form::sent(&fields, &["username"]).wrong("username", fault);
            page(&member, StatusCode::BAD_REQUEST, form).await
        }
        // The page says why.
        Err(DeletionRefusal::LastAdministrator | DeletionRefusal::OnlyOwner) => {
            page(&member, StatusCode::CONFLICT, Form::new()).await
        }
        Err(DeletionRefusal::SignedOut) => browser::see_other("/settings"),
    }
}

fn deleted(member: &Member) -> Result<HttpResponse, Failure> {
    let page = Deleted { page: Page { who: None, ..member.page() } };
    let mut response = member.show(StatusCode::OK, &page)?;
    let cleared = cookie::for_pages(&member.settings, cookie::session_name(member.settings.https), "", 0);
    browser::set_cookie(&mut response, cleared);
    Ok(response)
}

async fn page(member: &Member, status: StatusCode, form: Form) -> Result<HttpResponse, Failure> {
    let page = Delete {
        page: member.page(),
        csrf_token: &member.form_token(FORM),
        username: &member.user().username,
        consequences: account_deletion::foresee(&member.node, member.user().id).await?,
        form: form.helped("username").labelled([("username", member.words.say("delete-type-name"))]),
    };
    member.show(status, &page)
}
