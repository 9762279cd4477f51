//! `/admin/clients/{id}`: one client; changing it, switching it off, giving it another secret, removing it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path};
use askama::Template;

use super::super::super::failure::Failure;
use super::super::browser::see_other;
use super::super::form::Form;
use super::super::visit::{Administrator, Page};
use super::client_form::{self, Choice};
use super::confirm::{self, Question};
use super::{done, encoded, new_client};
use crate::flows::clients::{self, ClientChange, ClientRefusal};
use crate::oauth::client::Client;
use crate::oauth::scope::Scope;

#[derive(Template)]
#[template(path = "admin/client.html", config = "src/http/pages/askama.toml")]
struct One<'a> {
    page: Page<'a>,
    done: Option<String>,
    client: &'a Client,
    place: String,
    csrf_token: String,
    enable_token: String,
    form: Form,
    choices: Vec<Choice>,
    is_new: bool,
    may_do_without_pkce: bool,
}

/// Shows it, with a form to change it.
///
/// # Errors
/// 404, 503.
pub async fn get(visit: Administrator, path: Path<String>) -> Result<HttpResponse, Failure> {
    let client = find(&visit, &path).await?;
    show(&visit, StatusCode::OK, &client, client_form::of(&client), &client.scope)
}

/// Changes it.
///
/// # Errors
/// 403 for a form that is not ours, 404.
pub async fn post(visit: Administrator, path: Path<String>, body: Bytes) -> Result<HttpResponse, Failure> {
    let fields = visit.form(&body, &form_of("change", &path)).await?;
    visit.proved_for_a_form()?;
    let client = find(&visit, &path).await?;
    let form = client_form::sent(&visit, &fields, false);
    let chosen = client_form::scopes(&fields);
    if form.has_faults() {
        return show(&visit, StatusCode::BAD_REQUEST, &client, form, &chosen);
    }
    let change = client_form::changed(&fields, &client);
    match clients::update(&visit.node, visit.actor(), &client.client_id, change).await? {
        Ok(_) => see_other(&format!("{}?done=saved", place(&client))),
        Err(refusal) => {
            let form = client_form::refused(&visit, form, &refusal)?;
            show(&visit, StatusCode::BAD_REQUEST, &client, form, &chosen)
        }
    }
}

fn show(
    visit: &Administrator,
    status: StatusCode,
    client: &Client,
    form: Form,
    chosen: &Scope,
) -> Result<HttpResponse, Failure> {
    let form = ["name", "redirect_uris", "resources", "rate_limit"].into_iter().fold(form, Form::helped);
    let page = One {
        page: visit.page(),
        done: done(visit, &visit.query()?),
        place: place(client),
        csrf_token: visit.form_token(&form_of("change", &client.client_id)),
        enable_token: visit.form_token(&form_of("enable", &client.client_id)),
        form,
        choices: client_form::choices(visit, chosen),
        is_new: false,
        may_do_without_pkce: !client.is_public(),
        client,
    };
    visit.show(status, &page)
}

/// What is done with a client.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Disable,
    Enable,
    Secret,
    Delete,
}

impl Action {
    const ALL: [Self; 4] = [Self::Disable, Self::Enable, Self::Secret, Self::Delete];

    /// The last part of its address.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Secret => "secret",
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
            Self::Secret => {
                ["admin-client-rotate", "admin-client-rotate-explained", "admin-client-rotate-button"]
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
    let fields = visit.form(&body, &form_of(action.as_str(), &path.0)).await?;
    visit.proved_for_a_form()?;
    let client = find(&visit, &path.0).await?;
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
            (done.err(), format!("{}?done=disabled", place(&client)))
        }
        Action::Enable => {
            let done = clients::update(node, by, id, switch(false)).await?;
            (done.err(), format!("{}?done=enabled", place(&client)))
        }
        Action::Secret => match clients::replace_secret(node, by, id).await? {
            Ok(made) => return new_client::with_secret(&visit, &made),
            Err(refusal) => (Some(refusal), String::new()),
        },
    };
    match refusal {
        None => see_other(&location),
        Some(ClientRefusal::NotAllowed(reason)) => Err(Failure::insufficient_scope(reason)),
        Some(ClientRefusal::Invalid(reason)) => {
            let form = Form::new().wrong("", reason);
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
        action: format!("{}/{}", place(client), action.as_str()),
        form: form_of(action.as_str(), &client.client_id),
        typed,
        button: visit.words.tell(button, &name),
        is_bad: action != Action::Enable,
        back: place(client),
        ..Question::default()
    }
}

fn place(client: &Client) -> String {
    format!("/admin/clients/{}", encoded(&client.client_id))
}

fn form_of(action: &str, id: &str) -> String {
    format!("{action}-client:{id}")
}

async fn find(visit: &Administrator, id: &str) -> Result<Client, Failure> {
    // No client has an id of other characters, and not every store can look for it.
    if !id.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return Err(Failure::not_found());
    }
    clients::find(&visit.node, id).await?.ok_or_else(Failure::not_found)
}
