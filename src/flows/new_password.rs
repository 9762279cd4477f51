//! The one way to a new password, wherever one is set: its rules, asked where they hold nobody up (security §3, 42–46).

use super::error::FlowError;
use super::node::Node;
use crate::account::password_rules::{self, Context, PasswordFault};
use crate::crypto::CryptoError;
use crate::crypto::password::Password;

/// The password that was typed, if its person, who has these names, may have it.
///
/// # Errors
/// It cannot be judged.
pub(super) async fn choose(
    node: &Node,
    username: &str,
    email: &str,
    typed: &str,
) -> Result<Result<Password, PasswordFault>, FlowError> {
    let Some(password) = Password::new(typed) else { return Ok(Err(PasswordFault::TooLong)) };
    let minimum = node.policy.password_min_length;
    let (username, email) = (username.to_owned(), email.to_owned());
    let (brand, site) = (node.policy.brand.clone(), node.issuer().to_owned());
    let judged = password.clone();
    let judge = move || {
        let context = Context { username: &username, email: &email, brand: &brand, site: &site };
        password_rules::check(judged.expose(), minimum, context)
    };
    // Some passwords take the search long: not the thread that answers requests.
    let checked = tokio::task::spawn_blocking(judge).await;
    let checked = checked.map_err(|_| CryptoError("a new password could not be judged"))?;
    Ok(checked.map(|()| password))
}
