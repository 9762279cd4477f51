//! Owns `portcullis registration-token …`: initial access tokens, by which clients may be registered (contract §14; RFC 7591 §1.2).

use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::key::seconds;
use super::output::{Output, columns};
use super::{Failure, id, open};
use crate::clock::UnixTime;
use crate::config::Settings;
use crate::flows::actor::Actor;
use crate::flows::client_registration::DynamicRegistration;
use crate::flows::registration_token::{self, RegistrationToken, TokenRefusal};

#[derive(Subcommand)]
pub(super) enum RegistrationTokenCommand {
    /// Make a token by which clients may be registered at /oauth/register
    Create {
        /// How many clients
        #[arg(long, value_name = "N", default_value_t = 1)]
        uses: i32,
        /// Until when: 90d, 12h, 30m or 45s from now
        #[arg(long, value_name = "TIME", default_value = "90d", value_parser = seconds)]
        expires: i64,
    },
    /// List every token, oldest first
    List,
    /// End a token; the clients that were registered with it stay
    Revoke {
        /// The token's id, as `registration-token list` shows it
        id: String,
    },
}

pub(super) async fn run(
    command: RegistrationTokenCommand,
    settings: &Settings,
    output: &Output,
) -> Result<(), Failure> {
    let node = open(settings).await?;
    match command {
        RegistrationTokenCommand::Create { uses, expires } => {
            let made = registration_token::create(&node, Actor::Operator, uses, expires).await??;
            let (token, secret) = (made.token, made.secret);
            let mut text = format!(
                "Made a token for {} clients, until {}.\nId: {}\nToken, shown only now: {}",
                token.uses,
                token.expires_at.rfc3339(),
                token.id,
                secret.expose()
            );
            if node.policy.dynamic_registration == DynamicRegistration::Closed {
                text.push_str("\nIt counts once dynamic_registration is `token` or `open`.");
            }
            let mut object = member(&token, token.created_at);
            object.insert("token".to_owned(), secret.expose().into());
            output.result(&Value::Object(object), &text)
        }
        RegistrationTokenCommand::List => {
            let (all, now) = (registration_token::list(&node).await?, node.clock.now());
            let object = json!({ "registration_tokens": all.iter().map(|token| member(token, now)).collect::<Vec<_>>() });
            if all.is_empty() {
                let next = "No tokens yet: `portcullis registration-token create` makes one.";
                return output.result(&object, next);
            }
            let titles = ["ID", "USED", "EXPIRES", "STATE"];
            let mut rows = vec![titles.map(str::to_owned).to_vec()];
            rows.extend(all.iter().map(|token| row(token, now)));
            output.result(&object, &columns(&rows))
        }
        RegistrationTokenCommand::Revoke { id: written } => {
            let id = id(&written, || TokenRefusal::Unknown.into())?;
            registration_token::revoke(&node, Actor::Operator, id).await??;
            output.result(&json!({ "id": id, "revoked": true }), &format!("Revoked {id}."))
        }
    }
}

fn member(token: &RegistrationToken, now: UnixTime) -> Map<String, Value> {
    let members = [
        ("id", json!(token.id)),
        ("uses", json!(token.uses)),
        ("used", json!(token.used)),
        ("created_at", json!(token.created_at.rfc3339())),
        ("expires_at", json!(token.expires_at.rfc3339())),
        ("revoked_at", json!(token.revoked_at.map(UnixTime::rfc3339))),
        ("state", json!(registration_token::state(token, now).as_str())),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn row(token: &RegistrationToken, now: UnixTime) -> Vec<String> {
    vec![
        token.id.to_string(),
        format!("{} of {}", token.used, token.uses),
        token.expires_at.rfc3339(),
        registration_token::state(token, now).as_str().to_owned(),
    ]
}
