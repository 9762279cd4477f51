//! The administrators a file declares. A password is for an account that is made: afterwards it is its person's own.

use serde_json::Value;

use super::super::node::Node;
use super::super::{mail, new_password, users};
use super::declaration::{Administrator, Reference};
use super::plan::{Action, Judged, Member, Plan, Step, at, refuse};
use super::{NewNames, ReadSecret};
use crate::account::user::canonical;

const KIND: &str = "administrator";

/// Adds what is to be done about one of them.
pub(super) async fn plan(
    plan: &mut Plan,
    names: &mut NewNames,
    node: &Node,
    (name, said): (&str, &Administrator),
    read: ReadSecret<'_>,
) -> Judged<()> {
    let place = at("administrators", name);
    let set = |id, is_admin| Step::SetAdmin { name: name.to_owned(), id, is_admin };
    match (users::find(node, name).await?, said.delete) {
        (Ok(user), true) if user.is_admin => {
            plan.add(Action::Remove, KIND, name, Vec::new(), []);
            plan.last.push(set(Some(user.id), false));
        }
        (Ok(user), false) if !user.is_admin => {
            // Anybody may have taken the name: the address says that this is who is meant.
            let is_meant =
                said.email.as_deref().is_some_and(|email| canonical(email) == canonical(&user.email));
            if !is_meant {
                let reason = "somebody who is no administrator has this user name and another e-mail address: \
                              name theirs, if it is they who shall be one";
                return refuse(&place, reason);
            }
            plan.add(Action::Change, KIND, name, vec![Member::new(KIND, false, true)], []);
            plan.last.push(set(Some(user.id), true));
        }
        (Ok(_), _) | (Err(_), true) => plan.unchanged += 1,
        (Err(_), false) => {
            let members = new_account(plan, names, node, (name, said), read).await?;
            plan.add(Action::Make, KIND, name, members, []);
            plan.last.push(set(None, true));
        }
    }
    Ok(())
}

async fn new_account(
    plan: &mut Plan,
    names: &mut NewNames,
    node: &Node,
    (name, said): (&str, &Administrator),
    read: ReadSecret<'_>,
) -> Judged<Vec<Member>> {
    let place = at("administrators", name);
    let Some(email) = &said.email else {
        return refuse(&place, "there is no account of this name: write the e-mail address of the new one");
    };
    if let Err(fault) = mail::validate_names(name, email) {
        return refuse(&place, fault);
    }
    let is_taken = users::find(node, email).await?.is_ok();
    if is_taken || !names.add(name) || (canonical(name) != canonical(email) && !names.add(email)) {
        return refuse(&place, "another account has this user name or e-mail address: choose another");
    }
    let reference = match Reference::of("password", &said.password_file, &said.password_env) {
        Ok(reference) => reference,
        Err(reason) => return refuse(&place, reason),
    };
    let (password, words) = match reference {
        None => (None, "chosen by a link that is handed out".to_owned()),
        Some(reference) => match read(&reference) {
            Ok(password) => (Some(password), reference.words()),
            Err(reason) => return refuse(&place, reason),
        },
    };
    if let Some(password) = &password
        && let Err(fault) = new_password::choose(node, name, email, password).await?
    {
        return refuse(&place, format!("password: {fault}"));
    }
    plan.steps.push(Step::MakeAccount { name: name.to_owned(), email: email.clone(), password });
    Ok(vec![Member::new("email", Value::Null, email.as_str()), Member::new("password", Value::Null, words)])
}
