//! `/settings/barbell`: "Get My Key" makes the one key of `x-api-auth`, or replaces it (contract §2).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::super::super::failure::Failure;
use super::super::form::{Form, Why};
use super::super::visit::{Member, Page};
use crate::account::api_key::{ApiKey, Slot};
use crate::flows::api_keys::{self, SlotRefusal};

/// Where it is.
pub const PATH: &str = "/settings/barbell";

#[derive(Template)]
#[template(path = "settings/barbell.html", config = "src/http/pages/askama.toml")]
struct Ask<'a> {
    page: Page<'a>,
    /// The key there is: it dies.
    old: Option<&'a ApiKey>,
    csrf_token: String,
    form: Form,
}

#[derive(Template)]
#[template(path = "settings/barbell_shown.html", config = "src/http/pages/askama.toml")]
struct Shown<'a> {
    page: Page<'a>,
    header: &'a str,
    try_url: String,
}

/// Asks before the key is made, and says what becomes of the one there is.
///
/// # Errors
/// 303 to sign in again if the last time was too long ago.
pub async fn ask(member: Member) -> Result<HttpResponse, Failure> {
    member.proved_lately()?;
    let old = api_keys::in_slot(&member.node, member.user().id, Slot::Barbell).await?;
    question(&member, old.as_ref(), StatusCode::OK, Form::new())
}

fn question(
    member: &Member,
    old: Option<&ApiKey>,
    status: StatusCode,
    form: Form,
) -> Result<HttpResponse, Failure> {
    let csrf_token = member.form_token(&form_name(hint(old)));
    member.show(status, &Ask { page: member.page(), old, csrf_token, form })
}

/// Makes it and shows it this once.
///
/// # Errors
/// As [`ask`], and the form again, with 403, if it is not ours or was sent before.
pub async fn make(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    let user = member.user().id;
    let of = member.fields(&body)?.get("secret_of").unwrap_or_default().to_owned();
    if let Err(back) = member.proved_form(&body, &form_name(&of)).await? {
        let old = api_keys::in_slot(&member.node, user, Slot::Barbell).await?;
        return question(&member, old.as_ref(), StatusCode::FORBIDDEN, back.form(member.words, &[]));
    }
    let header = match api_keys::barbell(&member.node, member.actor(), user, Some(&of)).await? {
        Ok(header) => header,
        Err(SlotRefusal::Replaced) => {
            // Another such form, in a second tab, made or replaced it.
            let form = Form::new().sent_back(member.words, &Why::Sent);
            let new = api_keys::in_slot(&member.node, user, Slot::Barbell).await?;
            return question(&member, new.as_ref(), StatusCode::FORBIDDEN, form);
        }
        Err(SlotRefusal::SignedOut) => return Err(member.refused("failure-signed_out")),
    };
    let try_url = format!("{}/api/v1/account", member.settings.issuer);
    member.show(StatusCode::OK, &Shown { page: member.page(), header: &header, try_url })
}

/// The name of the form: of the secret that it replaces, so that it works once.
fn form_name(old_hint: &str) -> String {
    format!("barbell-key:{old_hint}")
}

fn hint(old: Option<&ApiKey>) -> &str {
    old.map_or("", |key| &key.hint)
}
