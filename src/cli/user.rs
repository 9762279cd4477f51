//! Owns `portcullis user …`: people's accounts (contract §14).

use clap::Subcommand;
use serde_json::{Value, json};

use super::output::{Output, columns};
use super::{Failure, open, password_input};
use crate::account::user::User;
use crate::config::Settings;
use crate::flows::Node;
use crate::flows::actor::Actor;
use crate::flows::users::{self, NewUser};

#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// Make an account
    Create {
        /// The user name
        name: String,
        /// The e-mail address
        #[arg(long, value_name = "ADDRESS")]
        email: String,
        /// May administer this server
        #[arg(long)]
        admin: bool,
        /// Read the password from standard input; without it a random one is made
        #[arg(long)]
        password_stdin: bool,
    },
    /// List every account
    List,
    /// Disable an account; everything issued to it ends at once
    Disable {
        /// User name or e-mail address
        name: String,
    },
    /// Enable an account again
    Enable {
        /// User name or e-mail address
        name: String,
    },
    /// Replace a password; everything issued under the old one ends at once
    SetPassword {
        /// User name or e-mail address
        name: String,
        /// Read the password from standard input; without it a random one is made
        #[arg(long)]
        password_stdin: bool,
    },
}

pub(super) async fn run(command: UserCommand, settings: &Settings, output: &Output) -> Result<(), Failure> {
    match command {
        UserCommand::Create { name, email, admin, password_stdin } => {
            let password = password_input::read(password_stdin)?;
            let new = NewUser {
                username: &name,
                email: &email,
                password: password.as_ref().map(|p| p.as_str()),
                is_admin: admin,
            };
            let made = users::create(&open(settings).await?, Actor::Operator, new).await??;
            let what = if admin { "administrator" } else { "user" };
            let text = format!("Created the {what} {}.", made.user.username);
            print(output, &made, json!({ "email": made.user.email }), text)
        }
        UserCommand::List => list(&open(settings).await?, output).await,
        UserCommand::Disable { name } => {
            let user = users::set_disabled(&open(settings).await?, &name, true).await??;
            let text = format!("Disabled {}; nothing issued to it works any more.", user.username);
            output.result(&status(&user), &text)
        }
        UserCommand::Enable { name } => {
            let user = users::set_disabled(&open(settings).await?, &name, false).await??;
            output.result(&status(&user), &format!("Enabled {}; they can sign in again.", user.username))
        }
        UserCommand::SetPassword { name, password_stdin } => {
            let password = password_input::read(password_stdin)?;
            let node = open(settings).await?;
            let set = users::set_password(&node, &name, password.as_ref().map(|p| p.as_str())).await??;
            let text = format!("Set the password of {}; they must sign in again.", set.user.username);
            print(output, &set, json!({}), text)
        }
    }
}

fn print(output: &Output, made: &users::WithPassword, more: Value, text: String) -> Result<(), Failure> {
    let mut object = json!({ "id": made.user.id, "username": made.user.username });
    let mut text = text;
    if let Some(members) = object.as_object_mut() {
        members.extend(more.as_object().cloned().unwrap_or_default());
        if let Some(password) = &made.generated {
            members.insert("password".to_owned(), password.expose().into());
            text.push_str(&format!("\nPassword, shown only now: {}", password.expose()));
        }
    }
    output.result(&object, &text)
}

async fn list(node: &Node, output: &Output) -> Result<(), Failure> {
    let all = users::list(node).await?;
    let object = json!({ "users": all.iter().map(|user| json!({
        "id": user.id,
        "username": user.username,
        "email": user.email,
        "admin": user.is_admin,
        "disabled": user.disabled,
        "created_at": user.created_at.rfc3339(),
    })).collect::<Vec<_>>() });
    if all.is_empty() {
        let next = "No users yet: `portcullis user create NAME --email ADDRESS --admin` makes the first.";
        return output.result(&object, next);
    }
    let mut rows = vec![["NAME", "E-MAIL", "ROLE", "STATUS"].map(str::to_owned).to_vec()];
    rows.extend(all.iter().map(|user| {
        let role = if user.is_admin { "administrator" } else { "user" };
        let status = if user.disabled { "disabled" } else { "active" };
        vec![user.username.clone(), user.email.clone(), role.to_owned(), status.to_owned()]
    }));
    output.result(&object, &columns(&rows))
}

fn status(user: &User) -> Value {
    json!({ "id": user.id, "username": user.username, "disabled": user.disabled })
}
