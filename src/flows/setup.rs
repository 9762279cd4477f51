//! Owns the one-time link by which the first administrator is made (contract §14, security §4.1).

use super::actor::Trace;
use super::error::FlowError;
use super::node::Node;
use super::users::{self, NewUser, Prepared, Taken, UserRefusal};
use crate::account::user::User;
use crate::crypto::opaque_token::{PlainToken, TokenType};
use crate::storage::{StorageError, setup_link, user};

/// Seconds a link works.
pub const LIFETIME_SECONDS: i64 = 900;

/// Why no administrator was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupRefusal {
    /// Unknown, used, expired, or there is an administrator already.
    #[error("this link does not work any more: start the server again for a new one")]
    Link,
    /// The names or the password cannot be used; the link still works.
    #[error(transparent)]
    User(#[from] UserRefusal),
}

/// Makes a link while no administrator exists; earlier ones stop working.
pub async fn offer(node: &Node) -> Result<Option<PlainToken>, FlowError> {
    let token = PlainToken::generate(TokenType::SetupLink);
    let digest = node.tokens.digest(&token);
    let expires_at = node.clock.now().plus_seconds(LIFETIME_SECONDS);
    let offered = node.db.write(move |c| {
        if user::has_admin(c)? {
            return Ok(false);
        }
        setup_link::replace(c, &digest, expires_at)?;
        Ok(true)
    });
    Ok(offered.await?.then_some(token))
}

/// Whether the presented link would still work.
pub async fn is_live(node: &Node, token: &str) -> Result<bool, FlowError> {
    let Some(token) = PlainToken::parse(TokenType::SetupLink, token) else { return Ok(false) };
    let (digest, now) = (node.tokens.digest(&token), node.clock.now());
    Ok(node.db.read(move |c| Ok(setup_link::is_live(c, &digest, now)? && !user::has_admin(c)?)).await?)
}

/// Uses the link up and makes the first administrator, whatever `new.is_admin` says. Of several at once one wins.
pub async fn complete(
    node: &Node,
    token: &str,
    new: NewUser<'_>,
) -> Result<Result<User, SetupRefusal>, FlowError> {
    // Before the work of hashing: this door is open to anybody.
    let (true, Some(token)) = (is_live(node, token).await?, PlainToken::parse(TokenType::SetupLink, token))
    else {
        return Ok(Err(SetupRefusal::Link));
    };
    let Prepared { user, hash, .. } = match users::prepare(node, NewUser { is_admin: true, ..new }).await? {
        Ok(prepared) => prepared,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    let (digest, now) = (node.tokens.digest(&token), node.clock.now());
    let stored = user.clone();
    let written = node.db.write(move |c| {
        if user::has_admin(c)? || !setup_link::consume(c, &digest, now)? {
            return Ok(false);
        }
        users::insert(c, &stored, &hash, &Trace::link(None).with("first administrator"))?;
        Ok(true)
    });
    match written.await {
        Ok(true) => Ok(Ok(user)),
        Ok(false) => Ok(Err(SetupRefusal::Link)),
        // Rolled back: the link was not used up.
        Err(StorageError::Conflict) => Ok(Err(UserRefusal::Taken(Taken::Either).into())),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{block_on, node};
    use super::*;

    fn root(name: &'static str, email: &'static str) -> NewUser<'static> {
        NewUser { username: name, email, password: Some("a short sentence works"), is_admin: false }
    }

    #[test]
    fn contract_14_the_link_makes_one_administrator_and_then_never_works_again() {
        block_on(async {
            let (_folder, node) = node().await;
            let link = offer(&node).await.unwrap().unwrap();
            let short = NewUser { password: Some("short"), ..root("root", "r@example.com") };
            assert!(matches!(
                complete(&node, link.expose(), short).await.unwrap(),
                Err(SetupRefusal::User(_))
            ));
            assert!(is_live(&node, link.expose()).await.unwrap(), "a refusal does not use it up");
            let made = complete(&node, link.expose(), root("root", "r@example.com")).await.unwrap().unwrap();
            assert!(made.is_admin);
            assert!(!is_live(&node, link.expose()).await.unwrap());
            let again = complete(&node, link.expose(), root("two", "t@example.com")).await.unwrap();
            assert_eq!(again, Err(SetupRefusal::Link));
            assert!(offer(&node).await.unwrap().is_none());
        });
    }

    #[test]
    fn security_4_1_a_link_lives_15_minutes_and_only_the_last_one_works() {
        block_on(async {
            let (_folder, node) = node().await;
            let first = offer(&node).await.unwrap().unwrap();
            let second = offer(&node).await.unwrap().unwrap();
            assert!(!is_live(&node, first.expose()).await.unwrap());
            assert!(is_live(&node, second.expose()).await.unwrap());
            assert!(!is_live(&node, "psl_x").await.unwrap());
            node.clock.advance(LIFETIME_SECONDS);
            let late = complete(&node, second.expose(), root("root", "r@example.com")).await.unwrap();
            assert_eq!(late, Err(SetupRefusal::Link));
        });
    }

    #[test]
    fn of_eight_at_once_one_becomes_the_administrator() {
        block_on(async {
            let (_folder, node) = node().await;
            let node = std::sync::Arc::new(node);
            let link = offer(&node).await.unwrap().unwrap();
            let mut attempts = Vec::new();
            for n in 0..8 {
                let (node, link) = (std::sync::Arc::clone(&node), link.clone());
                attempts.push(tokio::spawn(async move {
                    let (name, email) = (format!("root{n}"), format!("r{n}@example.com"));
                    let new = NewUser { username: &name, email: &email, ..root("", "") };
                    complete(&node, link.expose(), new).await.unwrap().is_ok()
                }));
            }
            let mut winners = 0;
            for attempt in attempts {
                winners += u32::from(attempt.await.unwrap());
            }
            assert_eq!(winners, 1);
        });
    }
}
