//! Forms of pages: each is carried out once, for the browser it was shown to, within the hour (security §4.6).

use super::error::FlowError;
use super::node::Node;
use crate::crypto::form_token::{NotGood, Presented};
use crate::storage::spent_form;

/// Why a form is not carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FormRefusal {
    /// Its token has ended, or is none.
    Expired,
    /// Its token is of another session: somebody signed in after the form was shown.
    OtherSession,
    /// It was sent before: what it asks for may have been done.
    Sent,
}

/// A token for the form of this name, shown to the browser that holds `cookie`. No two are the same.
pub fn issue(node: &Node, cookie: &str, form: &str) -> String {
    node.forms.issue(cookie, form, node.clock.now())
}

/// Whether `token` is one of the form of this name in the browser that holds `cookie`. It stays good: for forms that strangers
/// send, of which none leaves a row (decision 0012).
pub fn is_ours(node: &Node, cookie: &str, form: &str, token: Option<&str>) -> bool {
    presented(node, cookie, form, token).is_ok()
}

/// Whether `token` was shown in another session than that of `cookie`, which does not use it up.
pub fn is_foreign(node: &Node, cookie: &str, form: &str, token: Option<&str>) -> bool {
    presented(node, cookie, form, token).is_err_and(|why| why == NotGood::NotTheirs)
}

/// Whether it is one of the form of this name in that browser, once: however often it is presented, and at whatever node, the
/// first presentation is taken. Who then cannot do what the form asks for shows it with another token.
pub async fn take(
    node: &Node,
    cookie: &str,
    form: &str,
    token: Option<&str>,
) -> Result<Result<(), FormRefusal>, FlowError> {
    let Presented { digest, until } = match presented(node, cookie, form, token) {
        Ok(presented) => presented,
        Err(NotGood::Ended) => return Ok(Err(FormRefusal::Expired)),
        Err(NotGood::NotTheirs) => return Ok(Err(FormRefusal::OtherSession)),
    };
    let is_first = node.db.write(move |c| spent_form::spend(c, &digest, until)).await?;
    Ok(if is_first { Ok(()) } else { Err(FormRefusal::Sent) })
}

fn presented(node: &Node, cookie: &str, form: &str, token: Option<&str>) -> Result<Presented, NotGood> {
    node.forms.open(token.ok_or(NotGood::Ended)?, cookie, form, node.clock.now())
}
