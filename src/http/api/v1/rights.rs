//! Who may use the account and management routes: people, by scope, and administrators (contract §2, §7).

use uuid::Uuid;

use crate::account::credential::CredentialClass;
use crate::flows::verify::Identity;
use crate::http::failure::Failure;
use crate::oauth::scope;

/// What a person needs to make a call.
pub trait Right: 'static {
    /// The person, if their credential has it.
    ///
    /// # Errors
    /// 403.
    fn of(identity: &Identity) -> Result<Uuid, Failure>;
}

/// Looking at one's own: [`reader`].
pub struct Reads;
/// Changing one's own: [`writer`].
pub struct Writes;
/// The same, or changing what a project's key reaches: the flow looks which.
pub struct WritesSomewhere;
/// Changing one's own, and not as an app: [`not_an_app`].
pub struct WritesThemselves;
/// Looking at everybody's: [`administrator`].
pub struct Administers;
/// Changing everybody's: [`changing_administrator`].
pub struct ChangesAll;

impl Right for Reads {
    fn of(identity: &Identity) -> Result<Uuid, Failure> {
        reader(identity)
    }
}

impl Right for Writes {
    fn of(identity: &Identity) -> Result<Uuid, Failure> {
        writer(identity)
    }
}

impl Right for WritesSomewhere {
    fn of(identity: &Identity) -> Result<Uuid, Failure> {
        changes(identity, maker(identity)?)
    }
}

impl Right for WritesThemselves {
    fn of(identity: &Identity) -> Result<Uuid, Failure> {
        let person = writer(identity)?;
        not_an_app(identity)?;
        Ok(person)
    }
}

impl Right for Administers {
    fn of(identity: &Identity) -> Result<Uuid, Failure> {
        administrator(identity)
    }
}

impl Right for ChangesAll {
    fn of(identity: &Identity) -> Result<Uuid, Failure> {
        changing_administrator(identity)
    }
}

/// The person whose account this is about. A project key has no business with its maker's account.
///
/// # Errors
/// 403.
fn person(identity: &Identity) -> Result<Uuid, Failure> {
    if identity.project_id().is_some() {
        return Err(Failure::insufficient_scope("A project key acts on its project only"));
    }
    maker(identity)
}

/// The person who signed in, or made the key.
///
/// # Errors
/// 403.
fn maker(identity: &Identity) -> Result<Uuid, Failure> {
    identity.user_id.ok_or_else(|| Failure::insufficient_scope("This token is a client's, not a person's"))
}

/// The same for one who may look.
///
/// # Errors
/// 403.
pub fn reader(identity: &Identity) -> Result<Uuid, Failure> {
    let person = person(identity)?;
    needs(identity, scope::READ)?;
    Ok(person)
}

/// The same for one who may change things.
///
/// # Errors
/// 403.
fn writer(identity: &Identity) -> Result<Uuid, Failure> {
    changes(identity, person(identity)?)
}

/// `person`, by a credential that changes things.
///
/// # Errors
/// 403.
fn changes(identity: &Identity, person: Uuid) -> Result<Uuid, Failure> {
    needs(identity, scope::WRITE)?;
    if identity.is_previous() {
        return Err(Failure::insufficient_scope("This secret is being replaced: use the new one"));
    }
    Ok(person)
}

/// The same for an administrator.
///
/// # Errors
/// 403.
fn administrator(identity: &Identity) -> Result<Uuid, Failure> {
    let person = person(identity)?;
    if !identity.is_admin {
        return Err(Failure::insufficient_scope("Only an administrator may do this"));
    }
    needs(identity, scope::ADMIN)?;
    Ok(person)
}

/// The same for one who may change things. An app may not: what it changes would outlive its person's consent.
///
/// # Errors
/// 403.
fn changing_administrator(identity: &Identity) -> Result<Uuid, Failure> {
    let person = administrator(identity)?;
    needs(identity, scope::WRITE)?;
    not_an_app(identity)?;
    Ok(person)
}

/// Refuses an app that a person allowed some things: what it made or ended here would outlive that consent.
///
/// # Errors
/// 403.
pub fn not_an_app(identity: &Identity) -> Result<(), Failure> {
    if identity.class == CredentialClass::OAuth {
        return Err(Failure::insufficient_scope("An app may not do this: sign in, or use a key of your own"));
    }
    Ok(())
}

/// Insists on a scope.
///
/// # Errors
/// 403 with a challenge that names it (RFC 6750 §3).
pub fn needs(identity: &Identity, token: &'static str) -> Result<(), Failure> {
    if identity.scope.contains(token) {
        return Ok(());
    }
    let words = match token {
        scope::READ => "The credential does not allow reading",
        scope::ADMIN => "The credential does not allow administration",
        _ => "The credential does not allow changes",
    };
    Err(Failure { scope: Some(token.into()), ..Failure::insufficient_scope(words) })
}

/// An id in a URL. One that is not written as ours are names nothing.
pub fn id(text: &str) -> Option<Uuid> {
    const LENGTH: usize = 36;
    Uuid::parse_str(text).ok().filter(|_| text.len() == LENGTH)
}

/// The same where there is nothing to hide.
///
/// # Errors
/// 404.
pub fn known_id(text: &str) -> Result<Uuid, Failure> {
    id(text).ok_or_else(Failure::not_found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flows::verify::{KeyLimits, fixture};
    use crate::oauth::scope::Scope;

    fn status<T>(result: Result<T, Failure>) -> u16 {
        result.map_or_else(|failure| failure.status.as_u16(), |_| 200)
    }

    #[test]
    fn contract_7_account_routes_are_for_people_with_the_scope() {
        let own = fixture::identity();
        assert_eq!(
            (status(reader(&own)), status(writer(&own)), status(administrator(&own))),
            (200, 403, 403)
        );
        let limits = KeyLimits {
            project_id: Some(Uuid::nil()),
            ip_allow: Vec::new(),
            rate_limit: None,
            is_previous: false,
        };
        assert_eq!(status(person(&Identity { key: Some(limits), ..fixture::identity() })), 403);
        assert_eq!(status(person(&Identity { user_id: None, ..fixture::identity() })), 403);
        let all = || Scope::from(["read", "write", "admin"]);
        let root = Identity { is_admin: true, scope: all(), ..fixture::identity() };
        assert_eq!(status(administrator(&root)), 200);
        assert_eq!(
            status(administrator(&Identity { is_admin: false, scope: all(), ..fixture::identity() })),
            403
        );
        assert_eq!(status(administrator(&Identity { is_admin: true, ..fixture::identity() })), 403);
        let of = |class, scope| Identity { is_admin: true, class, scope, ..fixture::identity() };
        for (class, scope, expected) in [
            (CredentialClass::Jwt, all(), 200),
            (CredentialClass::ApiKey, all(), 200),
            (CredentialClass::OAuth, all(), 403),
            (CredentialClass::Jwt, Scope::from(["read", "admin"]), 403),
            (CredentialClass::ApiKey, Scope::from(["admin"]), 403),
            (CredentialClass::Jwt, Scope::from(["read", "write"]), 403),
        ] {
            assert_eq!(
                status(changing_administrator(&of(class, scope.clone()))),
                expected,
                "{class:?} {scope}"
            );
        }
    }

    #[test]
    fn contract_9_the_previous_secret_of_a_key_looks_and_changes_nothing() {
        let by_key = |is_previous| Identity {
            scope: Scope::from(["read", "write"]),
            key: Some(KeyLimits { project_id: None, ip_allow: Vec::new(), rate_limit: None, is_previous }),
            ..fixture::identity()
        };
        let statuses = |identity| (status(reader(&identity)), status(writer(&identity)));
        assert_eq!((statuses(by_key(false)), statuses(by_key(true))), ((200, 200), (200, 403)));
    }

    #[test]
    fn rfc6750_3_the_challenge_names_the_scope_that_would_be_enough() {
        let failure = writer(&fixture::identity()).err().unwrap();
        assert_eq!(failure.scope.as_deref(), Some("write"));
    }

    #[test]
    fn an_id_is_written_in_one_way() {
        let text = "0198c5b1-7f3a-7cc0-8000-00000000000f";
        assert!(id(text).is_some());
        for odd in ["", "x", "0198c5b17f3a7cc0800000000000000f", "{0198c5b1-7f3a-7cc0-8000-00000000000f}"] {
            assert!(id(odd).is_none(), "{odd}");
        }
    }
}
