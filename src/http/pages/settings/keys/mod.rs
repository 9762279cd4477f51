//! The pages of API keys (contract §9), below `/settings/keys` and, with the same handlers, below
//! `/projects/{project_id}/keys`: which of the two a request is about is in its address.

mod change;
mod fields;
mod key;
mod make;
pub mod row;
pub mod secret;
mod status;

use actix_web::web::{ServiceConfig, post, resource};
use uuid::Uuid;

use super::super::super::failure::Failure;
use super::super::super::routes::{get, only};
use super::super::visit::Member;
use super::super::{long_list, projects};
use crate::account::access::ProjectPart;
use crate::account::api_key::ApiKey;
use crate::account::project::Project;
use crate::flows::api_keys::denial::Denial;
use crate::flows::api_keys::{self, KeyRefusal, Place};

/// The addresses of the pages of keys: each is in two places.
pub fn routes(config: &mut ServiceConfig) {
    let both = || only("GET, HEAD, POST");
    config
        .service(
            resource(["/settings/keys/new", "/projects/{project_id}/keys/new"])
                .route(get().to(make::ask))
                .route(post().to(make::make))
                .default_service(both()),
        )
        .service(
            resource(["/settings/keys/{id}", "/projects/{project_id}/keys/{id}"])
                .route(get().to(key::show))
                .default_service(only("GET, HEAD")),
        )
        .service(
            resource(["/settings/keys/{id}/change", "/projects/{project_id}/keys/{id}/change"])
                .route(get().to(change::ask))
                .route(post().to(change::change))
                .default_service(both()),
        )
        .service(
            resource(["/settings/keys/{id}/regenerate", "/projects/{project_id}/keys/{id}/regenerate"])
                .route(get().to(secret::ask_to_regenerate))
                .route(post().to(secret::regenerate))
                .default_service(both()),
        )
        .service(
            resource(["/settings/keys/{id}/rotate", "/projects/{project_id}/keys/{id}/rotate"])
                .route(get().to(secret::ask_to_rotate))
                .route(post().to(secret::rotate))
                .default_service(both()),
        )
        .service(
            resource(["/settings/keys/{id}/reveal", "/projects/{project_id}/keys/{id}/reveal"])
                .route(get().to(secret::ask_to_reveal))
                .route(post().to(secret::reveal))
                .default_service(both()),
        )
        .service(
            resource(["/settings/keys/{id}/disable", "/projects/{project_id}/keys/{id}/disable"])
                .route(get().to(status::show_key))
                .route(post().to(status::disable))
                .default_service(both()),
        )
        .service(
            resource(["/settings/keys/{id}/enable", "/projects/{project_id}/keys/{id}/enable"])
                .route(get().to(status::show_key))
                .route(post().to(status::enable))
                .default_service(both()),
        )
        .service(
            resource(["/settings/keys/{id}/revoke", "/projects/{project_id}/keys/{id}/revoke"])
                .route(get().to(status::ask_to_revoke))
                .route(post().to(status::revoke))
                .default_service(both()),
        );
}

/// Whose keys a page is about, for somebody who may look at them.
pub struct At {
    /// Where its keys are looked for.
    pub place: Place,
    /// The project, if they are a project's.
    pub project: Option<Project>,
    user: Uuid,
}

impl At {
    /// A person's own.
    pub fn account(member: &Member) -> Self {
        let user = member.user().id;
        Self { place: Place::Account(user), project: None, user }
    }

    /// Those of a project that the person may see.
    pub fn project(member: &Member, project: Project) -> Self {
        let place = Place::Project(project.id);
        Self { place, project: Some(project), user: member.user().id }
    }

    /// Those that the address is about.
    ///
    /// # Errors
    /// 403 and 404 as `account::access` says.
    async fn find(member: &Member, part: ProjectPart) -> Result<Self, Failure> {
        if member.request.match_info().get("project_id").is_none() {
            return Ok(Self::account(member));
        }
        let seen = projects::enter(member, Some(member.actor()), part).await?;
        Ok(Self::project(member, seen.project))
    }

    /// Where the key of this id has its page.
    pub fn url(&self, key: Uuid) -> String {
        format!("{}/{key}", self.base())
    }

    /// The address below which their pages are.
    pub fn base(&self) -> String {
        match &self.project {
            None => "/settings/keys".to_owned(),
            Some(project) => format!("/projects/{}/keys", project.id),
        }
    }

    /// The page that lists them.
    fn home(&self) -> String {
        match &self.project {
            None => "/settings".to_owned(),
            Some(project) => format!("/projects/{}/settings", project.id),
        }
    }

    /// The key that the address is about.
    ///
    /// # Errors
    /// 404.
    async fn key(&self, member: &Member) -> Result<ApiKey, Failure> {
        let id = long_list::id(member.request.match_info().get("id")).ok_or_else(Failure::not_found)?;
        api_keys::find(&member.node, self.place, id).await?.ok_or_else(Failure::not_found)
    }

    /// Whether the person made the key, whose secret nobody else gets.
    fn made(&self, key: &ApiKey) -> bool {
        key.user_id == self.user
    }
}

/// What a refusal is for a page that has no field for it.
fn failure(member: &Member, refused: &KeyRefusal) -> Failure {
    match refused {
        KeyRefusal::Unknown => Failure::not_found(),
        KeyRefusal::Invalid(_) => member.told(Failure::invalid_request(""), refusal(refused)),
        KeyRefusal::Replaced | KeyRefusal::Expired => member.told(Failure::conflict(""), refusal(refused)),
        KeyRefusal::NotAllowed(_) | KeyRefusal::Password(_) => member.refused(refusal(refused)),
    }
}

/// The id of the words for a refusal that the form's own checks did not see coming.
pub const fn refusal(refused: &KeyRefusal) -> &'static str {
    match refused {
        KeyRefusal::Unknown => "key-denied-gone",
        KeyRefusal::Invalid(_) => "key-fault-rules",
        KeyRefusal::Password(_) => "fault-password",
        KeyRefusal::Replaced => "fault-sent-already",
        KeyRefusal::Expired => "key-denied-expired",
        KeyRefusal::NotAllowed(denial) => match denial {
            Denial::OwnerOrEditor | Denial::Members | Denial::Role => "key-denied-role",
            Denial::OnlyNarrowed => "key-denied-narrowed",
            Denial::MoreThanItself | Denial::MoreThanYours => "key-denied-more",
            Denial::OwnKeysOnly | Denial::SecretOfAnother | Denial::OnlyOwnerSees => "key-denied-another",
            Denial::OnlyMakerEnables => "key-denied-enable",
            Denial::Revoked => "key-denied-revoked",
            Denial::Barbell => "key-denied-barbell",
            Denial::NoneKept | Denial::NotKept => "key-denied-not-kept",
            // What only a key or a token of an app is told; and a browser that was signed out in the same moment.
            Denial::Limited
            | Denial::Itself
            | Denial::NoPerson
            | Denial::Scope
            | Denial::App
            | Denial::ProjectKey
            | Denial::Ended(_) => "failure-signed_out",
        },
    }
}
