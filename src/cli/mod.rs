//! Owns the command line (contract §14): arguments to command, outcome to exit status.
//!
//! 0 done; 1 refused or failed, with one line on standard error; 2 usage. One file per command.

mod apply;
mod client;
mod client_metadata;
mod demo;
mod doctor;
mod key;
mod migrate;
mod output;
mod password_input;
mod project;
mod registration_token;
mod scope;
mod serve;
mod signing_key;
mod user;

use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::clock::Clock;
use crate::config::{self, Flags, Settings};
use crate::crypto::signing_keys::SigningAlgorithm;
use crate::flows::first_start;
use crate::flows::{HEARD_EVERYWHERE, Node, Policy};
use crate::telemetry;
use output::Output;
use uuid::Uuid;

/// Passwords, OAuth 2.1, JWTs and one verify endpoint for your API.
#[derive(Parser)]
#[command(name = "portcullis", version, arg_required_else_help = true)]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command accepts, before or after its name.
#[derive(Args)]
struct Global {
    /// Read this file instead of ./portcullis.toml
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// sqlite:PATH or postgres://USER@HOST/DATABASE
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Folder for the embedded database and the master key
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<String>,
    /// Print one JSON object instead of text
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Start the server
    Serve(serve::Listening),
    /// Start the server and show a first token in hand
    Demo(serve::Listening),
    /// Bring the database's schema up to date
    Migrate,
    /// Manage people's accounts
    #[command(subcommand)]
    User(user::UserCommand),
    /// Manage OAuth clients
    #[command(subcommand)]
    Client(client::ClientCommand),
    /// Manage the scopes of your API, and what people read of them
    #[command(subcommand)]
    Scope(scope::ScopeCommand),
    /// Manage projects and who is in them
    #[command(subcommand)]
    Project(project::ProjectCommand),
    /// Manage API keys
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Look at, rotate and revoke the keys that sign tokens
    #[command(subcommand)]
    SigningKey(signing_key::SigningKeyCommand),
    /// Manage initial access tokens, by which clients may be registered
    #[command(subcommand)]
    RegistrationToken(registration_token::RegistrationTokenCommand),
    /// Make clients, resource servers, projects and administrators as a file declares them
    Apply(apply::Applying),
    /// Say what is wrong with the configuration, and how to mend it
    Doctor,
}

impl Command {
    /// Whether it may change what a running server holds in memory.
    const fn changes(&self) -> bool {
        !matches!(
            self,
            Self::Serve(_)
                | Self::Demo(_)
                | Self::Migrate
                | Self::Doctor
                | Self::User(user::UserCommand::List)
                | Self::Client(client::ClientCommand::List)
                | Self::Scope(scope::ScopeCommand::List)
                | Self::Project(project::ProjectCommand::List)
                | Self::Key(key::KeyCommand::List { .. })
                | Self::SigningKey(signing_key::SigningKeyCommand::List)
                | Self::RegistrationToken(registration_token::RegistrationTokenCommand::List)
                | Self::Apply(apply::Applying { dry_run: true, .. })
        )
    }
}

/// A command was refused or failed: one line that says why and what to do.
struct Failure(String);

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// Runs the command that this process was started with.
pub fn run() -> ExitCode {
    let Arguments { global, command } = Arguments::parse();
    let output = Output::new(global.json);
    match dispatch(command, &global, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::complain(&failure.0);
            ExitCode::from(1)
        }
    }
}

fn dispatch(command: Command, global: &Global, output: &Output) -> Result<(), Failure> {
    let mut flags = Flags { file: global.config.clone(), settings: Vec::new() };
    flags.settings.extend(global.database_url.clone().map(|url| ("database_url", url)));
    flags.settings.extend(global.data_dir.clone().map(|dir| ("data_dir", dir)));
    if let Command::Serve(listening) | Command::Demo(listening) = &command {
        flags.settings.extend(listening.settings());
    }
    let environment = config::environment();
    let loaded = Settings::load(&flags, &environment);
    if let Command::Doctor = command {
        return block_on(doctor::run(loaded, config::unknown_variables(&environment), output))?;
    }
    let settings = loaded?;
    let serves = matches!(command, Command::Serve(_) | Command::Demo(_));
    // A command prints its one line itself; only what it cannot catch goes to the log.
    let level = if serves { settings.log_level.as_str() } else { "error" };
    telemetry::start(settings.log_format, level).map_err(Failure)?;
    if serves {
        for variable in config::unknown_variables(&environment) {
            tracing::warn!(variable, "no setting of ours has this name: ignored");
        }
    }
    let changes = command.changes();
    block_on(async {
        let outcome = match command {
            Command::Serve(_) => serve::run(settings, output).await,
            Command::Demo(_) => demo::run(settings, output).await,
            Command::Migrate => migrate::run(&settings, output).await,
            Command::User(command) => user::run(command, &settings, output).await,
            Command::Client(command) => client::run(command, &settings, output).await,
            Command::Scope(command) => scope::run(command, &settings, output).await,
            Command::Project(command) => project::run(command, &settings, output).await,
            Command::Key(command) => key::run(command, &settings, output).await,
            Command::SigningKey(command) => signing_key::run(command, &settings, output).await,
            Command::RegistrationToken(command) => registration_token::run(command, &settings, output).await,
            Command::Apply(applying) => apply::run(applying, &settings, output).await,
            Command::Doctor => Ok(()),
        };
        // Whoever asks a server next finds what was changed (contract §14).
        if changes {
            tokio::time::sleep(HEARD_EVERYWHERE).await;
        }
        outcome
    })?
}

/// A node on the configured database, as the server has one: commands work while it runs.
async fn open(settings: &Settings) -> Result<Node, Failure> {
    // It counts no requests.
    let policy = Policy { valkey: None, ..settings.policy() };
    Ok(first_start::open_node(&settings.installation(), policy, Clock::System, &SigningAlgorithm::ALL)
        .await?)
}

/// An id as somebody wrote it: what cannot be one is nothing that was found.
fn id(text: &str, unknown: impl FnOnce() -> Failure) -> Result<Uuid, Failure> {
    Uuid::parse_str(text).map_err(|_| unknown())
}

fn block_on<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn contract_14_global_flags_are_accepted_before_and_after_the_command() {
        for line in ["portcullis --json user list --data-dir d", "portcullis user --data-dir d list --json"] {
            let parsed = Arguments::try_parse_from(line.split(' ')).ok().unwrap();
            assert!(parsed.global.json, "{line}");
            assert_eq!(parsed.global.data_dir.as_deref(), Some("d"), "{line}");
        }
    }

    #[test]
    fn contract_14_unknown_flags_are_refused_by_name_as_usage() {
        let error = Arguments::try_parse_from(["portcullis", "serve", "--prot", "1"]).err().unwrap();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("--prot"));
    }
}
