//! `…/keys/{id}/regenerate`, `/rotate` and `/reveal`, and the page that shows a secret this once (contract §2, §9).
//!
//! A secret is the answer of the POST that asked for it, never of a GET. A form that replaces a secret is bound to the
//! secret it replaces: sent again, it does nothing.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;
use uuid::Uuid;

use super::super::super::super::failure::Failure;
use super::super::super::form::{Form, SentBack, Why};
use super::super::super::visit::{Member, Page, retry_after};
use super::{At, failure};
use crate::account::access::ProjectPart;
use crate::account::api_key::ApiKey;
use crate::flows::api_keys::{self, KeyRefusal, WithSecret};
use crate::flows::password::{Attempt, LoginRefusal};
use crate::oauth::parameters::Parameters;

/// How long an old secret, of a key or of a client, may stay good beside the new one: in seconds, as the form sends it, and the id of the words.
pub const OVERLAPS: [(i64, &str, &str); 4] = [
    (0, "0", "key-overlap-none"),
    (3600, "3600", "key-overlap-hour"),
    (86_400, "86400", "key-overlap-day"),
    (604_800, "604800", "key-overlap-week"),
];

/// What is to become of a secret.
#[derive(Clone, Copy)]
enum Verb {
    Regenerate,
    Rotate,
    Reveal,
}

impl Verb {
    const fn name(self) -> &'static str {
        match self {
            Self::Regenerate => "regenerate",
            Self::Rotate => "rotate",
            Self::Reveal => "reveal",
        }
    }
}

#[derive(Template)]
#[template(path = "settings/keys/replace.html", config = "src/http/pages/askama.toml")]
struct Replace<'a> {
    page: Page<'a>,
    key: &'a ApiKey,
    url: String,
    csrf_token: String,
    form: Form,
    /// Empty where the old secret dies at once.
    overlaps: &'a [(i64, &'static str, &'static str)],
}

#[derive(Template)]
#[template(path = "settings/keys/reveal.html", config = "src/http/pages/askama.toml")]
struct Reveal<'a> {
    page: Page<'a>,
    key: &'a ApiKey,
    url: String,
    csrf_token: String,
    form: Form,
}

#[derive(Template)]
#[template(path = "settings/keys/shown.html", config = "src/http/pages/askama.toml")]
struct Shown<'a> {
    page: Page<'a>,
    key: &'a ApiKey,
    secret: &'a str,
    explained: &'static str,
    /// An address of this server that answers to the key.
    try_url: String,
    on: String,
}

/// Asks before the secret is replaced: the old one dies at once.
///
/// # Errors
/// 303 to sign in again if the last time was too long ago, 403 and 404 of the key.
pub async fn ask_to_regenerate(member: Member) -> Result<HttpResponse, Failure> {
    ask(&member, Verb::Regenerate).await
}

/// Asks how long the old secret is to stay good.
///
/// # Errors
/// As [`ask_to_regenerate`].
pub async fn ask_to_rotate(member: Member) -> Result<HttpResponse, Failure> {
    ask(&member, Verb::Rotate).await
}

async fn ask(member: &Member, verb: Verb) -> Result<HttpResponse, Failure> {
    let at = At::find(member, ProjectPart::Keys).await?;
    let key = at.key(member).await?;
    member.proved_lately()?;
    question(member, (&at, &key), verb, StatusCode::OK, Form::new().with("overlap", "86400"))
}

fn question(
    member: &Member,
    (at, key): (&At, &ApiKey),
    verb: Verb,
    status: StatusCode,
    form: Form,
) -> Result<HttpResponse, Failure> {
    let csrf_token = member.form_token(&form_name(verb, key.id, &key.hint));
    let overlaps: &[_] = if matches!(verb, Verb::Rotate) { &OVERLAPS } else { &[] };
    let page = Replace { page: member.page(), url: at.url(key.id), csrf_token, form, overlaps, key };
    member.show(status, &page)
}

/// The name of the form: of one key and one secret of it, the one of this `hint`.
fn form_name(verb: Verb, key: Uuid, hint: &str) -> String {
    format!("{}-key:{key}:{hint}", verb.name())
}

/// What a form says of the secret that it was shown for, once.
async fn taken(
    member: &Member,
    body: &Bytes,
    verb: Verb,
    key: &ApiKey,
) -> Result<Result<Parameters, SentBack>, Failure> {
    let name = form_name(verb, key.id, seen(&member.fields(body)?));
    // To see a secret again the password is typed in the form itself.
    let counts = !matches!(verb, Verb::Reveal);
    member.proved_form_if(body, &name, |_| counts, member.request.path()).await
}

/// The hint of that secret.
fn seen(fields: &Parameters) -> &str {
    fields.get("secret_of").unwrap_or_default()
}

/// Replaces the secret and shows the new one.
///
/// # Errors
/// As [`ask_to_regenerate`], and the form again, with 403, if it is not ours or was sent before.
pub async fn regenerate(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    let at = At::find(&member, ProjectPart::Keys).await?;
    let key = at.key(&member).await?;
    let fields = match taken(&member, &body, Verb::Regenerate, &key).await? {
        Ok(fields) => fields,
        Err(sent_back) => {
            let form = sent_back.form(member.words, &[]);
            return question(&member, (&at, &key), Verb::Regenerate, StatusCode::FORBIDDEN, form);
        }
    };
    let (node, seen) = (&member.node, seen(&fields));
    match api_keys::regenerate(node, member.actor(), at.place, key.id, Some(seen)).await? {
        Ok(made) => shown(&member, &at, &made, "key-regenerated"),
        Err(refused) => not_replaced(&member, &at, Verb::Regenerate, &fields, &refused).await,
    }
}

/// Replaces the secret and shows the new one; the old one lives on for as long as was chosen.
///
/// # Errors
/// As [`regenerate`], 400 for a time that is not offered.
pub async fn rotate(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    let at = At::find(&member, ProjectPart::Keys).await?;
    let key = at.key(&member).await?;
    let fields = match taken(&member, &body, Verb::Rotate, &key).await? {
        Ok(fields) => fields,
        Err(sent_back) => {
            let form = sent_back.form(member.words, &["overlap"]);
            return question(&member, (&at, &key), Verb::Rotate, StatusCode::FORBIDDEN, form);
        }
    };
    let Some((seconds, ..)) = OVERLAPS.iter().find(|(_, sent, _)| Some(*sent) == fields.get("overlap"))
    else {
        return Err(member.not_whole());
    };
    let explained = if *seconds == 0 { "key-regenerated" } else { "key-rotated" };
    let (node, seen) = (&member.node, seen(&fields));
    match api_keys::rotate(node, member.actor(), at.place, key.id, Some(seen), *seconds).await? {
        Ok(made) => shown(&member, &at, &made, explained),
        Err(refused) => not_replaced(&member, &at, Verb::Rotate, &fields, &refused).await,
    }
}

/// A secret that is not there any more was replaced by such a form, in another tab: the question again, about the new one.
async fn not_replaced(
    member: &Member,
    at: &At,
    verb: Verb,
    fields: &Parameters,
    refused: &KeyRefusal,
) -> Result<HttpResponse, Failure> {
    if *refused != KeyRefusal::Replaced {
        return Err(failure(member, refused));
    }
    let form = Form::sent(fields, &["overlap"]).sent_back(member.words, &Why::Sent);
    question(member, (at, &at.key(member).await?), verb, StatusCode::FORBIDDEN, form)
}

/// Asks for the password before a secret that was kept is shown again.
///
/// # Errors
/// 403 where none is kept, 403 and 404 of the key.
pub async fn ask_to_reveal(member: Member) -> Result<HttpResponse, Failure> {
    let at = At::find(&member, ProjectPart::Keys).await?;
    let key = at.key(&member).await?;
    if !member.node.policy.reveal_keys {
        return Err(Failure::not_found());
    }
    show_reveal(&member, &at, &key, StatusCode::OK, Form::new())
}

/// Shows the secret to whoever has typed the right password. Audited.
///
/// # Errors
/// As [`ask_to_reveal`], and the form again, with 403, if it is not ours or was sent before.
pub async fn reveal(member: Member, body: Bytes) -> Result<HttpResponse, Failure> {
    let at = At::find(&member, ProjectPart::Keys).await?;
    let key = at.key(&member).await?;
    let fields = match taken(&member, &body, Verb::Reveal, &key).await? {
        Ok(fields) if seen(&fields) == key.hint => fields,
        Ok(_) => {
            let form = Form::new().sent_back(member.words, &Why::Sent);
            return show_reveal(&member, &at, &key, StatusCode::FORBIDDEN, form);
        }
        Err(sent_back) => {
            let form = sent_back.form(member.words, &[]);
            return show_reveal(&member, &at, &key, StatusCode::FORBIDDEN, form);
        }
    };
    let Some(password) = fields.get("password") else {
        let form = Form::new().wrong("password", member.words.say("fault-required"));
        return show_reveal(&member, &at, &key, StatusCode::BAD_REQUEST, form);
    };
    let proof = Attempt { name: &member.user().username, password, address: member.address() };
    match api_keys::reveal(&member.node, member.actor(), at.place, key.id, proof).await? {
        Ok(made) => shown(&member, &at, &made, "key-revealed"),
        Err(KeyRefusal::Password(LoginRefusal::Throttled { retry_after: seconds })) => {
            let form = Form::new().wrong("password", member.words.say("sign-in-throttled"));
            let mut response = show_reveal(&member, &at, &key, StatusCode::TOO_MANY_REQUESTS, form)?;
            retry_after(&mut response, seconds);
            Ok(response)
        }
        Err(KeyRefusal::Password(_)) => {
            let form = Form::new().wrong("password", member.words.say("fault-password"));
            show_reveal(&member, &at, &key, StatusCode::FORBIDDEN, form)
        }
        Err(refused) => Err(failure(&member, &refused)),
    }
}

fn show_reveal(
    member: &Member,
    at: &At,
    key: &ApiKey,
    status: StatusCode,
    fields: Form,
) -> Result<HttpResponse, Failure> {
    let csrf_token = member.form_token(&form_name(Verb::Reveal, key.id, &key.hint));
    let form = fields.labelled([("password", member.words.say("sign-in-password"))]);
    let page = Reveal { page: member.page(), url: at.url(key.id), csrf_token, form, key };
    member.show(status, &page)
}

/// Shows a secret, this once.
///
/// # Errors
/// 500 if the page cannot be written.
pub fn shown(
    member: &Member,
    at: &At,
    made: &WithSecret,
    explained: &'static str,
) -> Result<HttpResponse, Failure> {
    let issuer = &member.settings.issuer;
    let place = made.key.project_id.map_or_else(|| "account".to_owned(), |id| format!("projects/{id}"));
    let page = Shown {
        page: member.page(),
        key: &made.key,
        secret: made.secret.expose(),
        explained,
        try_url: format!("{issuer}/api/v1/{place}"),
        on: format!("{}#keys", at.home()),
    };
    member.show(StatusCode::OK, &page)
}
