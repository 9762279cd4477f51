//! `/admin/users/{id}`: one account, and what an administrator does with it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path};
use askama::Template;
use uuid::Uuid;

use super::super::super::failure::Failure;
use super::super::browser::see_other;
use super::super::form::Form;
use super::super::name_faults;
use super::super::visit::{Administrator, Page};
use super::confirm::{self, Question};
use super::{done, id_of, invite, known_id};
use crate::account::api_key::ApiKey;
use crate::account::user::User;
use crate::flows::api_keys::{self, administration::Search};
use crate::flows::sessions::{self, SignIn};
use crate::flows::users::UserRefusal;
use crate::flows::{password_reset, user_administration, users};

/// How many keys and sign-ins the page shows; their lists have all.
pub const GLANCE: i64 = 10;

#[derive(Template)]
#[template(path = "admin/user.html", config = "src/http/pages/askama.toml")]
struct One<'a> {
    page: Page<'a>,
    done: Option<String>,
    user: &'a User,
    enable_token: String,
    keys: Vec<ApiKey>,
    sign_ins: Vec<SignIn>,
}

/// Shows the account.
///
/// # Errors
/// 404, 503.
pub async fn get(visit: Administrator, path: Path<String>) -> Result<HttpResponse, Failure> {
    let id = id_of(&path)?;
    let user = find(&visit, id).await?;
    let keys = Search { user: Some(id), ..Search::default() };
    let page = One {
        page: visit.page(),
        done: done(&visit, &visit.query()?),
        enable_token: visit.form_token(&form_of(Action::Enable, id)),
        keys: api_keys::administration::search(&visit.node, keys, None, GLANCE).await?,
        sign_ins: sessions::list(&visit.node, id, None, GLANCE).await?,
        user: &user,
    };
    visit.show(StatusCode::OK, &page)
}

/// What is done with an account.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Disable,
    Enable,
    MakeAdministrator,
    UnmakeAdministrator,
    SignOut,
    PasswordLink,
}

impl Action {
    const ALL: [Self; 6] = [
        Self::Disable,
        Self::Enable,
        Self::MakeAdministrator,
        Self::UnmakeAdministrator,
        Self::SignOut,
        Self::PasswordLink,
    ];

    /// The last part of its address.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::MakeAdministrator => "make-administrator",
            Self::UnmakeAdministrator => "unmake-administrator",
            Self::SignOut => "sign-out",
            Self::PasswordLink => "password-link",
        }
    }

    fn parse(text: &str) -> Result<Self, Failure> {
        Self::ALL.into_iter().find(|action| action.as_str() == text).ok_or_else(Failure::not_found)
    }

    /// The question, what it means, the button, and what was done in the end.
    const fn words(self) -> [&'static str; 4] {
        match self {
            Self::Disable => ["admin-disable", "admin-disable-explained", "admin-disable-button", "disabled"],
            Self::Enable => ["admin-enable", "admin-enable-explained", "admin-enable-button", "enabled"],
            Self::MakeAdministrator => {
                ["admin-promote", "admin-promote-explained", "admin-promote-button", "administrator"]
            }
            Self::UnmakeAdministrator => {
                ["admin-demote", "admin-demote-explained", "admin-demote-button", "no-administrator"]
            }
            Self::SignOut => {
                ["admin-sign-out", "admin-sign-out-explained", "admin-sign-out-button", "signed-out"]
            }
            Self::PasswordLink => ["admin-link", "admin-link-explained", "admin-link-button", ""],
        }
    }
}

/// Asks whether to do it.
///
/// # Errors
/// 404, 303 to prove again who it is.
pub async fn ask(visit: Administrator, path: Path<(String, String)>) -> Result<HttpResponse, Failure> {
    let (id, action) = (known_id(&path.0)?, Action::parse(&path.1)?);
    visit.proved_lately()?;
    let user = find(&visit, id).await?;
    confirm::page(&visit, StatusCode::OK, &question(&visit, &user, action), Form::new())
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
    let (id, action) = (known_id(&path.0)?, Action::parse(&path.1)?);
    if let Err(back) = visit.proved_form(&body, &form_of(action, id)).await? {
        let user = find(&visit, id).await?;
        let form = back.form(visit.words, &[]);
        return confirm::page(&visit, StatusCode::FORBIDDEN, &question(&visit, &user, action), form);
    }
    let (node, by) = (&visit.node, visit.actor());
    let done = match action {
        Action::Disable => users::set_disabled_by_id(node, by, id, true).await?,
        Action::Enable => users::set_disabled_by_id(node, by, id, false).await?,
        Action::MakeAdministrator => user_administration::set_admin(node, by, id, true).await?,
        Action::UnmakeAdministrator => user_administration::set_admin(node, by, id, false).await?,
        Action::SignOut => user_administration::sign_out_everywhere(node, by, id).await?,
        Action::PasswordLink => match password_reset::link_for(node, by, id).await? {
            Ok(link) => return invite::handed_out(&visit, &link, &format!("/admin/users/{id}")),
            Err(refusal) => Err(refusal),
        },
    };
    let [_, _, _, said] = action.words();
    match done {
        Ok(user) => see_other(&format!("/admin/users/{}?done={said}", user.id)),
        Err(refusal) => {
            let form = Form::new().wrong("", fault(&visit, &refusal)?.1);
            let user = find(&visit, id).await?;
            confirm::page(&visit, StatusCode::CONFLICT, &question(&visit, &user, action), form)
        }
    }
}

fn question(visit: &Administrator, user: &User, action: Action) -> Question {
    let [title, explained, button, _] = action.words();
    let name = [("name", user.username.as_str())];
    Question {
        title: visit.words.tell(title, &name),
        explained: visit.words.tell(explained, &name),
        action: format!("/admin/users/{}/{}", user.id, action.as_str()),
        form: form_of(action, user.id),
        button: visit.words.tell(button, &name),
        is_bad: !matches!(action, Action::Enable | Action::MakeAdministrator | Action::PasswordLink),
        back: format!("/admin/users/{}", user.id),
        ..Question::default()
    }
}

fn form_of(action: Action, id: Uuid) -> String {
    format!("{}:{id}", action.as_str())
}

async fn find(visit: &Administrator, id: Uuid) -> Result<User, Failure> {
    users::find_by_id(&visit.node, id).await?.ok_or_else(Failure::not_found)
}

/// The field a refusal is about, and the words for it.
///
/// # Errors
/// 404 where there is no such account, 403 where who asks may not any more.
pub fn fault(visit: &Administrator, refusal: &UserRefusal) -> Result<(&'static str, String), Failure> {
    match refusal {
        UserRefusal::Unknown(_) => Err(Failure::not_found()),
        UserRefusal::NotAllowed(_) => Err(visit.refused("failure-signed_out")),
        other => Ok(name_faults::fault(visit.words, other)),
    }
}
