//! `/admin/signing-keys`: what signs access tokens; the next key, and the end of one that was given away.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path};
use askama::Template;

use super::super::super::failure::Failure;
use super::super::browser::see_other;
use super::super::form::Form;
use super::super::visit::{Administrator, Page};
use super::confirm::{self, Question};
use super::{done, encoded};
use crate::flows::signing_keys::{self, Listed, SigningKeyRefusal, State};

const LIST: &str = "/admin/signing-keys";
const ROTATE: &str = "rotate-signing-keys";

#[derive(Template)]
#[template(path = "admin/signing_keys.html", config = "src/http/pages/askama.toml")]
struct SigningKeys<'a> {
    page: Page<'a>,
    done: Option<String>,
    keys: Vec<Listed>,
}

/// The id of the words for a key's state.
pub fn state(key: &Listed) -> &'static str {
    match key.state {
        State::Next => "admin-signing-next",
        State::Active => "admin-signing-active",
        State::Retired => "admin-signing-retired",
        State::Revoked => "admin-signing-revoked",
    }
}

/// Shows them.
///
/// # Errors
/// 503.
pub async fn get(visit: Administrator) -> Result<HttpResponse, Failure> {
    let done = done(&visit, &visit.query()?);
    let keys = signing_keys::list(&visit.node).await?;
    visit.show(StatusCode::OK, &SigningKeys { page: visit.page(), done, keys })
}

/// Asks whether to make the next key.
///
/// # Errors
/// 303 to prove again who it is.
pub async fn ask_to_rotate(visit: Administrator) -> Result<HttpResponse, Failure> {
    visit.proved_lately()?;
    confirm::page(&visit, StatusCode::OK, &about_rotation(&visit), Form::new())
}

fn about_rotation(visit: &Administrator) -> Question {
    Question {
        title: visit.words.say("admin-signing-rotate"),
        explained: visit.words.say("admin-signing-rotate-explained"),
        action: "/admin/signing-keys/rotate".to_owned(),
        form: ROTATE.to_owned(),
        button: visit.words.say("admin-signing-rotate-button"),
        back: LIST.to_owned(),
        ..Question::default()
    }
}

/// Makes it.
///
/// # Errors
/// 403 for a form that is not ours.
pub async fn rotate(visit: Administrator, body: Bytes) -> Result<HttpResponse, Failure> {
    if let Err(back) = visit.proved_form(&body, ROTATE).await? {
        let form = back.form(visit.words, &[]);
        return confirm::page(&visit, StatusCode::FORBIDDEN, &about_rotation(&visit), form);
    }
    match signing_keys::rotate(&visit.node, visit.actor()).await? {
        Ok(_) => see_other("/admin/signing-keys?done=rotated"),
        Err(refusal) => Err(refused(&refusal)),
    }
}

/// Asks whether to end a key's trust.
///
/// # Errors
/// 404, 303 to prove again who it is.
pub async fn ask_to_revoke(visit: Administrator, path: Path<String>) -> Result<HttpResponse, Failure> {
    visit.proved_lately()?;
    let question = about_revocation(&visit, &path).await?;
    confirm::page(&visit, StatusCode::OK, &question, Form::new())
}

async fn about_revocation(visit: &Administrator, kid: &str) -> Result<Question, Failure> {
    let keys = signing_keys::list(&visit.node).await?;
    if !keys.iter().any(|key| key.life.kid == kid && key.state != State::Revoked) {
        return Err(Failure::not_found());
    }
    let name = [("kid", kid)];
    Ok(Question {
        title: visit.words.tell("admin-signing-revoke", &name),
        explained: visit.words.say("admin-signing-revoke-explained"),
        action: format!("{LIST}/{}/revoke", encoded(kid)),
        form: form_of(kid),
        button: visit.words.tell("admin-signing-revoke-button", &name),
        is_bad: true,
        back: LIST.to_owned(),
        ..Question::default()
    })
}

/// Ends it.
///
/// # Errors
/// 403 for a form that is not ours, 404.
pub async fn revoke(visit: Administrator, path: Path<String>, body: Bytes) -> Result<HttpResponse, Failure> {
    if let Err(back) = visit.proved_form(&body, &form_of(&path)).await? {
        let question = about_revocation(&visit, &path).await?;
        let form = back.form(visit.words, &[]);
        return confirm::page(&visit, StatusCode::FORBIDDEN, &question, form);
    }
    match signing_keys::revoke(&visit.node, visit.actor(), &path).await? {
        Ok(_) => see_other("/admin/signing-keys?done=revoked"),
        Err(refusal) => Err(refused(&refusal)),
    }
}

fn form_of(kid: &str) -> String {
    format!("revoke-signing-key:{kid}")
}

fn refused(refusal: &SigningKeyRefusal) -> Failure {
    match refusal {
        SigningKeyRefusal::NotAllowed(reason) => Failure::insufficient_scope(*reason),
        SigningKeyRefusal::Unknown(_) => Failure::not_found(),
    }
}
