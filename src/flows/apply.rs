//! `portcullis apply`: what a file declares, compared with what there is, and carried out step by step (contract §14;
//! docs/apply.md). What the file does not name is left alone.
//!
//! A plan is judged as a whole before anything is done. Each step is the flow that the commands call, a write of its own with
//! its own line in the audit trail; administrators become that at the very end. Doing it again does the rest.

mod administrator;
mod client;
pub mod declaration;
mod plan;
mod project;
mod scope;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::time::Duration;

use uuid::Uuid;
use zeroize::Zeroizing;

use super::account_link::HandedOut;
use super::actor::Actor;
use super::clients::WithSecret;
use super::error::FlowError;
use super::node::Node;
use super::users::NewUser;
use super::{client_secret, clients, password_reset, projects, scopes, user_administration, users};
use crate::account::user::canonical;
use crate::crypto::opaque_token::PlainToken;
use crate::storage;
pub use crate::storage::Turn;
use declaration::{Declaration, DeclaredClient, Reference};
pub use plan::{Action, ApplyRefusal, Change, Member, Plan};
use plan::{Halt, Judged, Step, at, refuse};

/// How long one waits for another who applies a file. Each step may take as long as fetching a document or hashing takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads a secret that a file refers to; the error says where it was looked for, and why it was not found.
pub type ReadSecret<'a> = &'a (dyn Fn(&Reference<'_>) -> Result<Zeroizing<String>, String> + Sync);

/// What came of it. No `Debug`: it holds secrets, to be shown once.
#[derive(Default)]
pub struct Done {
    /// The secrets that were made, by client id.
    pub secrets: Vec<(String, PlainToken)>,
    /// The links by which people choose their password, by user name.
    pub links: Vec<(String, HandedOut)>,
    /// Why it went no further, if it did not come to its end.
    pub stopped: Option<String>,
}

/// The names of accounts that a file makes.
#[derive(Default)]
struct NewNames(BTreeSet<String>);

impl NewNames {
    /// `false` if it was there.
    fn add(&mut self, name: &str) -> bool {
        canonical(name).is_some_and(|key| self.0.insert(key))
    }

    fn contains(&self, name: &str) -> bool {
        canonical(name).is_some_and(|key| self.0.contains(&key))
    }
}

/// Whether nobody administers this server yet: its first start.
///
/// # Errors
/// The store is away.
pub async fn is_first_start(node: &Node) -> Result<bool, FlowError> {
    Ok(!node.db.read(storage::user::has_admin).await?)
}

/// The turn to plan and carry out, which one node or command has at a time: a plan is about what there is, and no other file that is
/// applied changes that meanwhile. `None`: somebody else had it for too long.
///
/// # Errors
/// The store is away.
pub async fn turn(node: &Node) -> Result<Option<Turn>, FlowError> {
    Ok(node.db.take_turn(PATIENCE).await?)
}

/// What has to be done so that everything is as declared. Changes nothing.
///
/// # Errors
/// The store is away.
pub async fn plan(
    node: &Node,
    declared: &Declaration,
    read: ReadSecret<'_>,
) -> Result<Result<Plan, ApplyRefusal>, FlowError> {
    match judge(node, declared, read).await {
        Ok(plan) => Ok(Ok(plan)),
        Err(Halt::Refused(reason)) => Ok(Err(ApplyRefusal(reason))),
        Err(Halt::Broken(error)) => Err(error),
    }
}

async fn judge(node: &Node, declared: &Declaration, read: ReadSecret<'_>) -> Judged<Plan> {
    let (mut all, mut names) = (Plan::default(), NewNames::default());
    for (name, said) in &declared.administrators {
        administrator::plan(&mut all, &mut names, node, (name, said), read).await?;
    }
    let known = scope::Known::of(node, declared).await?;
    // Scopes come before the clients that ask for them, and go after those that ask for them no more.
    let (gone, made): (Vec<_>, Vec<_>) = declared.scopes.iter().partition(|(_, said)| said.delete);
    for (name, said) in made {
        scope::plan(&mut all, node, (name, said)).await?;
    }
    for (id, said) in &declared.clients {
        let named = client::Named { place: at("clients", id), kind: "client", id };
        client::plan(&mut all, node, (&named, said), &known, read).await?;
    }
    for (id, said) in &declared.resource_servers {
        let named = client::Named { place: at("resource_servers", id), kind: "resource server", id };
        if declared.clients.contains_key(id) {
            return refuse(&named.place, "a client has this id: write `resource_server = true` there");
        }
        client::plan(&mut all, node, (&named, &DeclaredClient::from(said)), &known, read).await?;
    }
    for (name, said) in gone {
        scope::plan(&mut all, node, (name, said)).await?;
    }
    for (name, said) in &declared.projects {
        project::plan(&mut all, &names, node, (name, said)).await?;
    }
    Ok(all)
}

/// Does what is planned, until something stops it. What was done until then stays.
pub async fn carry_out(node: &Node, plan: Plan) -> Done {
    let (mut done, mut made) = (Done::default(), Made::default());
    let steps: Vec<Step> = plan.steps.into_iter().chain(plan.last).collect();
    let count = steps.len();
    for (number, step) in steps.into_iter().enumerate() {
        let subject = step.subject();
        let why = match take(node, step, &mut made, &mut done).await {
            Ok(()) => continue,
            Err(Halt::Refused(reason)) => reason,
            Err(Halt::Broken(error)) => error.to_string(),
        };
        let rest = format!("{number} of {count} steps are done: apply the file again to do the rest");
        done.stopped = Some(format!("{subject}: {why}; {rest}"));
        break;
    }
    done
}

/// What was made on the way, by the names of the file.
#[derive(Default)]
struct Made {
    accounts: BTreeMap<String, Uuid>,
    projects: BTreeMap<String, Uuid>,
}

async fn take(node: &Node, step: Step, made: &mut Made, done: &mut Done) -> Judged<()> {
    const OPERATOR: Actor<'_> = Actor::Operator;
    match step {
        Step::MakeAccount { name, email, password } => {
            let new = NewUser {
                username: &name,
                email: &email,
                password: password.as_ref().map(|password| password.as_str()),
                is_admin: false,
            };
            let id = granted(users::create(node, OPERATOR, new).await?)?.user.id;
            if password.is_none() {
                let link = granted(password_reset::first_link_for(node, OPERATOR, id).await?)?;
                done.links.push((name.clone(), link));
            }
            made.accounts.insert(name, id);
        }
        Step::SetAdmin { name, id, is_admin } => {
            let Some(id) = id.or_else(|| made.accounts.get(&name).copied()) else { return gone() };
            granted(user_administration::set_admin(node, OPERATOR, id, is_admin).await?)?;
        }
        Step::MakeScope { name, words } => {
            granted(scopes::add(node, OPERATOR, &name, words).await?)?;
        }
        Step::ChangeScope { name, words } => {
            granted(scopes::update(node, OPERATOR, &name, words).await?)?;
        }
        Step::RemoveScope { name } => drop(granted(scopes::remove(node, OPERATOR, &name).await?)?),
        Step::MakeClient { id, change, secret } => {
            let new = granted(clients::create(node, OPERATOR, Some(&id), *change).await?)?;
            match secret {
                Some(secret) => drop(granted(client_secret::bring(node, OPERATOR, &id, &secret).await?)?),
                None => show(done, new),
            }
        }
        Step::ChangeClient { id, change, shows_secret } => {
            let changed = granted(clients::update(node, OPERATOR, &id, *change).await?)?;
            if shows_secret {
                show(done, changed);
            }
        }
        Step::BringSecret { id, secret } => {
            granted(client_secret::bring(node, OPERATOR, &id, &secret).await?)?;
        }
        Step::RemoveClient { id } => granted(clients::delete(node, OPERATOR, &id).await?)?,
        Step::MakeProject { name, owner, is_public } => {
            let owner = granted(users::find(node, &owner).await?)?.id;
            let new = projects::administration::create_named(node, OPERATOR, owner, &name, is_public);
            made.projects.insert(name.clone(), granted(new.await?)?.id);
        }
        Step::ChangeProject { id, is_public, .. } => {
            granted(projects::update(node, OPERATOR, id, None, Some(is_public)).await?)?;
        }
        Step::SetMember { project, id, who, role } => {
            let Some(id) = id.or_else(|| made.projects.get(&project).copied()) else { return gone() };
            granted(projects::set_member(node, OPERATOR, id, &who, role).await?)?;
        }
        Step::RemoveMember { id, user, .. } => {
            granted(projects::remove_member(node, OPERATOR, id, user).await?)?;
        }
        Step::RemoveProject { id, .. } => granted(projects::delete(node, OPERATOR, id).await?)?,
    }
    Ok(())
}

fn show(done: &mut Done, client: WithSecret) {
    let id = client.client.client_id;
    done.secrets.extend(client.secret.map(|secret| (id, secret)));
}

fn granted<T, R: Display>(answer: Result<T, R>) -> Judged<T> {
    answer.map_err(|refusal| Halt::Refused(refusal.to_string()))
}

/// Every step comes after the one that makes what it is about.
fn gone<T>() -> Judged<T> {
    Err(Halt::Refused("what it is about was not made".to_owned()))
}
