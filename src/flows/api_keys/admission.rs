//! Who may do what with keys: the owner is who asks, and a key never reaches further than itself (contract §9; security
//! §3, 60).

use uuid::Uuid;

use super::super::actor::{Acting, Trace};
use super::super::node::Node;
use super::super::scopes;
use super::super::verify::Identity;
use super::{Actor, Denial, NewKey, Place, Step, invalid, not_allowed, unknown};
use crate::account::api_key::rights::Rights;
use crate::account::api_key::{ApiKey, rules};
use crate::account::credential::CredentialClass;
use crate::account::project::Role;
use crate::account::user::User;
use crate::clock::UnixTime;
use crate::oauth::scope::{self, Scope};
use crate::storage::{self, DbConnection};

/// Who asks, kept for the time of a write.
#[derive(Clone)]
pub(super) enum By {
    Operator(Trace),
    Holder(Box<Holder>),
}

/// What counts of an identity here.
#[derive(Clone)]
pub(super) struct Holder {
    acting: Acting,
    user_id: Option<Uuid>,
    class: CredentialClass,
    scope: Scope,
    is_admin: bool,
    rights: Rights,
}

/// What somebody wants of the keys of a place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Look,
    Manage,
}

/// What the operator set for all keys.
#[derive(Clone)]
pub(super) struct Rules {
    pub(super) class_limit: u32,
    added_scopes: Vec<String>,
    /// Those of them that the setting names.
    declared: Vec<String>,
}

impl Rules {
    pub(super) fn of(node: &Node) -> Self {
        Self {
            class_limit: node.policy.rate_limits.api_key,
            added_scopes: scopes::names(node),
            declared: scopes::in_setting(node),
        }
    }

    /// Every scope a key of `owner` can have.
    pub(super) fn scopes_of(&self, owner: &User, of_project: bool) -> Scope {
        rules::scopes_of(owner, of_project, &self.added_scopes)
    }

    /// Refuses what was removed on another node, which this one has not heard of yet. The rest is there until the end of the
    /// transaction.
    pub(super) fn hold(&self, c: &mut DbConnection, scope: &Scope) -> Step<()> {
        match scopes::missing(c, &self.declared, scope)? {
            Some(gone) => {
                Err(invalid(format!("the scope {gone} cannot be given to a key: there is none any more")))
            }
            None => Ok(()),
        }
    }
}

impl By {
    pub(super) fn of(actor: Actor<'_>) -> Self {
        match actor {
            Actor::Operator => Self::Operator(Trace::of(actor)),
            Actor::Holder { identity, .. } => {
                Self::Holder(Box::new(Holder::new(identity, Acting::of(actor))))
            }
            Actor::Browser { signed_in, .. } => {
                Self::Holder(Box::new(Holder::at_a_browser(&signed_in.user, Acting::of(actor))))
            }
        }
    }

    /// Who did it, for the audit trail.
    pub(super) fn trace(&self) -> &Trace {
        match self {
            Self::Operator(trace) => trace,
            Self::Holder(holder) => &holder.acting.trace,
        }
    }

    /// Whether who asks may look at, or manage, the keys of `place`. Whoever manages holds the project and the credential
    /// until the end of the transaction: a removal from the project and a revocation are seen here, or see what was done.
    pub(super) fn admit(&self, c: &mut DbConnection, place: Place, need: Need, now: UnixTime) -> Step<()> {
        match self {
            Self::Holder(holder) => holder.admit(c, place, need, now),
            Self::Operator(_) => match place {
                Place::Project(project) if !storage::project::lock(c, project)? => unknown(),
                _ => Ok(()),
            },
        }
    }

    /// A new key of which everything is said, and allowed.
    pub(super) fn describe_new(
        &self,
        c: &mut DbConnection,
        blank: ApiKey,
        new: &NewKey,
        rules: &Rules,
    ) -> Step<ApiKey> {
        let owner = storage::user::find(c, blank.user_id)?.filter(|user| !user.disabled);
        let Some(owner) = owner else { return unknown() };
        if let Some(project) = blank.project_id {
            let role = storage::project::role(c, project, owner.id)?;
            if !role.is_some_and(Role::manages_keys) {
                return not_allowed(Denial::OwnerOrEditor);
            }
        }
        let allowed = rules.scopes_of(&owner, blank.project_id.is_some());
        let bounds = match self {
            Self::Holder(holder) if holder.user_id != Some(owner.id) => {
                return not_allowed(Denial::OwnKeysOnly);
            }
            Self::Holder(holder) if holder.rights.rate_limit.is_some() => {
                return not_allowed(Denial::Limited);
            }
            Self::Holder(holder) => Some(holder.rights(&allowed)),
            Self::Operator(_) => None,
        };
        let key = describe(blank, new, bounds.as_ref(), &allowed)?;
        rules.hold(c, &key.scope)?;
        rules::validate_end(new.expires_at, key.created_at).map_err(invalid)?;
        rules::validate(&key, rules.class_limit).map_err(invalid)?;
        match bounds {
            Some(bounds) if !key.rights().is_within(&bounds) => not_allowed(Denial::MoreThanItself),
            _ => Ok(key),
        }
    }

    /// Whether who asks may take hold of `key`: a credential reaches no key that allows more than itself. A key reaches itself
    /// only where `itself` says so.
    pub(super) fn reach(&self, c: &mut DbConnection, key: &ApiKey, itself: bool) -> Step<()> {
        let Self::Holder(holder) = self else { return Ok(()) };
        if holder.acting.is_key(key.id) {
            return if itself { Ok(()) } else { not_allowed(Denial::Itself) };
        }
        // Every key with a limit has a counter of its own.
        if holder.rights.rate_limit.is_some() {
            return not_allowed(Denial::Limited);
        }
        let Some(owner) = storage::user::find(c, key.user_id)? else { return unknown() };
        // At a use every stored scope counts that its owner may give, whatever the operator offers now.
        let given = owner.grantable(&key.scope);
        if key.rights().is_within(&holder.rights(&given)) {
            return Ok(());
        }
        not_allowed(Denial::MoreThanYours)
    }

    /// Whether the key is of who asks, or of no concern of a member's: the command line's.
    pub(super) fn made(&self, key: &ApiKey) -> bool {
        !matches!(self, Self::Holder(holder) if holder.user_id != Some(key.user_id))
    }

    /// A secret acts in its key's owner's name: nobody else is given it.
    pub(super) fn owns(&self, key: &ApiKey) -> Step<()> {
        if self.made(key) {
            return Ok(());
        }
        not_allowed(Denial::SecretOfAnother)
    }

    /// Its user, if it is one's login and no key of the command line's.
    pub(super) fn user_id(&self) -> Option<Uuid> {
        match self {
            Self::Holder(holder) => holder.user_id,
            Self::Operator(_) => None,
        }
    }
}

impl Holder {
    fn new(identity: &Identity, acting: Acting) -> Self {
        let key = identity.key.as_ref();
        // The token of a login soon ends, and its owner signs in again: that is no bound of a key.
        let expires_at = key.and(identity.expires_at);
        Self {
            acting,
            user_id: identity.user_id,
            class: identity.class,
            scope: identity.scope.clone(),
            is_admin: identity.is_admin,
            rights: Rights {
                scope: identity.scope.clone(),
                project_id: identity.project_id(),
                expires_at,
                ip_allow: key.map(|limits| limits.ip_allow.clone()).unwrap_or_default(),
                rate_limit: key.and_then(|limits| limits.rate_limit),
            },
        }
    }

    /// A person on our own pages: all that their login would allow.
    fn at_a_browser(user: &User, acting: Acting) -> Self {
        let scope = user.default_scope();
        Self {
            acting,
            user_id: Some(user.id),
            class: CredentialClass::Jwt,
            is_admin: user.is_admin,
            rights: Rights {
                scope: scope.clone(),
                project_id: None,
                expires_at: None,
                ip_allow: Vec::new(),
                rate_limit: None,
            },
            scope,
        }
    }

    /// What it can hand on of `allowed`. A login asks only for built-in scopes; one with all of them stands for its person,
    /// and so for the operator's scopes as well.
    fn rights(&self, allowed: &Scope) -> Rights {
        let login = Scope::from([scope::READ, scope::WRITE]);
        let whole = self.class == CredentialClass::Jwt
            && login.is_subset_of(&self.scope)
            && (!self.is_admin || self.scope.contains(scope::ADMIN));
        let own = || self.rights.scope.iter();
        let scope = if whole { own().chain(allowed.iter()).collect() } else { own().collect() };
        Rights { scope, ..self.rights.clone() }
    }

    fn admit(&self, c: &mut DbConnection, place: Place, need: Need, now: UnixTime) -> Step<()> {
        let Some(user) = self.user_id else { return not_allowed(Denial::NoPerson) };
        let needed = match need {
            Need::Look => scope::READ,
            Need::Manage => scope::WRITE,
        };
        if !self.scope.contains(needed) {
            return not_allowed(Denial::Scope);
        }
        if need == Need::Manage && self.class == CredentialClass::OAuth {
            return not_allowed(Denial::App);
        }
        match place {
            Place::Account(_) if self.rights.project_id.is_some() => {
                return not_allowed(Denial::ProjectKey);
            }
            Place::Account(owner) if owner != user => return unknown(),
            Place::Account(_) => {}
            Place::Project(project) => self.enter(c, project, user, need)?,
        }
        if need == Need::Manage
            && let Some(reason) = self.acting.ended(c, now)?
        {
            return not_allowed(Denial::Ended(reason));
        }
        Ok(())
    }

    fn enter(&self, c: &mut DbConnection, id: Uuid, user: Uuid, need: Need) -> Step<()> {
        if need == Need::Manage {
            storage::project::lock(c, id)?;
        }
        let Some(project) = storage::project::find(c, id)? else { return unknown() };
        let elsewhere = self.rights.project_id.is_some_and(|own| own != id);
        let role = if elsewhere { None } else { storage::project::role(c, id, user)? };
        match role {
            None if project.is_public => not_allowed(Denial::Members),
            None => unknown(),
            Some(role) if need == Need::Look || role.manages_keys() => Ok(()),
            Some(_) => not_allowed(Denial::Role),
        }
    }
}

/// What was said, and for what was not, the bounds of the key that makes it.
fn describe(blank: ApiKey, new: &NewKey, bounds: Option<&Rights>, allowed: &Scope) -> Step<ApiKey> {
    let given = match bounds {
        // Without a wish it gets what can be given; a wish for more is refused, as what it is.
        Some(bounds) if new.scope.is_none() => allowed.intersect(&bounds.scope),
        _ => allowed.clone(),
    };
    Ok(ApiKey {
        name: new.name.clone(),
        scope: rules::choose_scope(new.scope.as_ref(), &given).map_err(invalid)?,
        environment: new.environment.clone(),
        ip_allow: match bounds {
            Some(bounds) if new.ip_allow.is_empty() => bounds.ip_allow.clone(),
            _ => new.ip_allow.iter().map(ipnet::IpNet::trunc).collect(),
        },
        metadata: new.metadata.clone(),
        rate_limit: new.rate_limit,
        expires_at: new.expires_at.or_else(|| bounds.and_then(|bounds| bounds.expires_at)),
        ..blank
    })
}
