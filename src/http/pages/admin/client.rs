//! `/admin/clients/{id}`: one client; changing it, switching it off, ending its old secret, removing it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path};
use askama::Template;

use super::super::super::failure::Failure;
use super::super::browser::see_other;
use super::super::form::Form;
use super::super::visit::{Administrator, Page};
use super::client_fields;
use super::client_form::{self, Choices};
use super::confirm::{self, Question};
use super::{client_address, done, name_of, new_client};
use crate::clock::UnixTime;
use crate::flows::client_secret;
use crate::flows::clients::{self, ClientChange, ClientRefusal, Version};
use crate::oauth::client::Client;
use crate::oauth::parameters::Parameters;

#[derive(Template)]
#[template(path = "admin/client.html", config = "src/http/pages/askama.toml")]
struct One<'a> {
    page: Page<'a>,
    done: Option<String>,
    client: &'a Client,
    place: String,
    csrf_token: String,
    version: Version,
    enable_token: String,
    /// Until when its old secret is good.
    overlap: Option<UnixTime>,
    form: Form,
    choices: Choices,
    is_new: bool,
}

/// Shows it, with a form to change it.
///
/// # Errors
/// 404, 503, 303 to prove again who it is.
pub async fn get(visit: Administrator, path: Path<String>) -> Result<HttpResponse, Failure> {
    let client = find(&visit, &path).await?;
    visit.proved_lately()?;
    show(&visit, StatusCode::OK, &client, client_form::of(&client), None)
}

/// Changes it, if it still is what was looked at.
///
/// # Errors
/// 403 for a form that is not ours, 404.
pub async fn post(visit: Administrator, path: Path<String>, body: Bytes) -> Result<HttpResponse, Failure> {
    let client = find(&visit, &path).await?;
    let again = |status, client: &Client, fields: &Parameters, form: Form| {
        show(&visit, status, client, form, Some(fields))
    };
    let fields = match visit.proved_form(&body, &form_of("change", &client.client_id)).await? {
        Ok(fields) => fields,
        Err(back) => {
            let form = back.of_kept(visit.words, client_form::of(&client), client_form::typed);
            let typed = Some(&back.typed).filter(|_| !back.is_foreign());
            return show(&visit, StatusCode::FORBIDDEN, &client, form, typed);
        }
    };
    let of_itself = client.metadata.from_document;
    let form = if of_itself {
        client_form::sent_limit(&visit, &fields, client_form::typed(&fields))
    } else {
        client_form::sent(&visit, &fields, false)
    };
    if form.has_faults() {
        return again(StatusCode::BAD_REQUEST, &client, &fields, form);
    }
    let seen = Version::sent(fields.get("version").unwrap_or_default());
    let said = if of_itself { client_form::of_itself(&fields) } else { client_form::changed(&fields) };
    let change = ClientChange { seen: Some(seen), ..said };
    match clients::update(&visit.node, visit.actor(), &client.client_id, change).await? {
        Ok(made) if made.secret.is_some() => new_client::with_secret(&visit, &made),
        Ok(_) => see_other(&format!("{}?done=saved", client_address(&client.client_id))),
        Err(ClientRefusal::Changed) => {
            let form = form.wrong("", visit.words.say("admin-client-changed"));
            again(StatusCode::CONFLICT, &find(&visit, &path).await?, &fields, form)
        }
        Err(refusal) => {
            let form = client_form::refused(&visit, form, &refusal, false)?;
            again(StatusCode::BAD_REQUEST, &client, &fields, form)
        }
    }
}

fn show(
    visit: &Administrator,
    status: StatusCode,
    client: &Client,
    form: Form,
    sent: Option<&Parameters>,
) -> Result<HttpResponse, Failure> {
    let scope = sent.map_or_else(|| client.scope.clone(), client_form::scopes);
    let page = One {
        page: visit.page(),
        done: done(visit, &visit.query()?),
        place: client_address(&client.client_id),
        csrf_token: visit.form_token(&form_of("change", &client.client_id)),
        version: Version::of(client),
        enable_token: visit.form_token(&form_of("enable", &client.client_id)),
        overlap: client.overlap_ends(visit.node.clock.now()),
        form: client_fields::explained(form, visit.words),
        choices: client_form::choices(visit, &scope),
        is_new: false,
        client,
    };
    visit.show(status, &page)
}

/// What is done with a client.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Disable,
    Enable,
    EndOldSecret,
    Delete,
}

impl Action {
    const ALL: [Self; 4] = [Self::Disable, Self::Enable, Self::EndOldSecret, Self::Delete];

    /// The last part of its address.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::EndOldSecret => "end-old-secret",
            Self::Delete => "delete",
        }
    }

    fn parse(text: &str) -> Result<Self, Failure> {
        Self::ALL.into_iter().find(|action| action.as_str() == text).ok_or_else(Failure::not_found)
    }

    /// The question, what it means, and the button.
    const fn words(self) -> [&'static str; 3] {
        match self {
            Self::Disable => ["admin-disable", "admin-client-disable-explained", "admin-disable-button"],
            Self::Enable => ["admin-enable", "admin-client-enable-explained", "admin-enable-button"],
            Self::EndOldSecret => {
                ["admin-client-end-old", "admin-client-end-old-explained", "admin-client-end-old-button"]
            }
            Self::Delete => ["admin-delete", "admin-client-delete-explained", "admin-delete-button"],
        }
    }
}

/// Asks whether to do it.
///
/// # Errors
/// 404, 303 to prove again who it is.
pub async fn ask(visit: Administrator, path: Path<(String, String)>) -> Result<HttpResponse, Failure> {
    let action = Action::parse(&path.1)?;
    visit.proved_lately()?;
    let client = find(&visit, &path.0).await?;
    confirm::page(&visit, StatusCode::OK, &question(&visit, &client, action), Form::new())
}

/// Does it.
///
/// # Errors
/// 403 for a form that is not ours, 404.
pub async fn act(
    visit: Administrator,
    path: Path<(String, String)>,
    body: Bytes,
) -> Result<HttpResponse, Failure> {
    let action = Action::parse(&path.1)?;
    let client = find(&visit, &path.0).await?;
    let fields = match visit.proved_form(&body, &form_of(action.as_str(), &client.client_id)).await? {
        Ok(fields) => fields,
        Err(back) => {
            let form = back.form(visit.words, &["typed"]);
            let question = question(&visit, &client, action);
            return confirm::page(&visit, StatusCode::FORBIDDEN, &question, form);
        }
    };
    let (node, by, id) = (&visit.node, visit.actor(), &client.client_id);
    let switch = |disabled| ClientChange { disabled: Some(disabled), ..ClientChange::default() };
    let (refusal, location) = match action {
        Action::Delete if fields.get("typed") != Some(id) => {
            let fault = visit.words.say("admin-client-typed-wrong");
            let form = Form::sent(&fields, &["typed"]).wrong("typed", fault);
            let question = question(&visit, &client, action);
            return confirm::page(&visit, StatusCode::BAD_REQUEST, &question, form);
        }
        Action::Delete => {
            (clients::delete(node, by, id).await?.err(), "/admin/clients?done=deleted".to_owned())
        }
        Action::Disable => {
            let done = clients::update(node, by, id, switch(true)).await?;
            (done.err(), format!("{}?done=disabled", client_address(id)))
        }
        Action::Enable => {
            let done = clients::update(node, by, id, switch(false)).await?;
            (done.err(), format!("{}?done=enabled", client_address(id)))
        }
        Action::EndOldSecret => {
            let done = client_secret::end_previous(node, by, id).await?;
            (done.err(), format!("{}?done=old-secret-ended", client_address(id)))
        }
    };
    match refusal {
        None => see_other(&location),
        Some(ClientRefusal::NotAllowed(reason)) => Err(Failure::insufficient_scope(reason)),
        Some(ClientRefusal::Invalid(fault)) => {
            let form = Form::new().wrong("", client_form::said(&visit, &fault));
            confirm::page(&visit, StatusCode::CONFLICT, &question(&visit, &client, action), form)
        }
        Some(_) => Err(Failure::not_found()),
    }
}

fn question(visit: &Administrator, client: &Client, action: Action) -> Question {
    let [title, explained, button] = action.words();
    let name = [("name", client.name.as_str()), ("id", client.client_id.as_str())];
    let typed = (action == Action::Delete).then(|| visit.words.tell("admin-client-type", &name));
    Question {
        title: visit.words.tell(title, &name),
        explained: visit.words.tell(explained, &name),
        action: format!("{}/{}", client_address(&client.client_id), action.as_str()),
        form: form_of(action.as_str(), &client.client_id),
        typed,
        button: visit.words.tell(button, &name),
        is_bad: action != Action::Enable,
        back: client_address(&client.client_id),
        ..Question::default()
    }
}

fn form_of(action: &str, id: &str) -> String {
    format!("{action}-client:{id}")
}

/// The client that an address means.
///
/// # Errors
/// 404, 503.
pub async fn find(visit: &Administrator, part: &str) -> Result<Client, Failure> {
    clients::find(&visit.node, &name_of(part)?).await?.ok_or_else(Failure::not_found)
}
