//! Owns `portcullis serve`: start, say where, and offer the one-time link of the first administrator (contract §14).

use clap::Args;
use serde_json::json;

use super::Failure;
use super::apply;
use super::doctor::nobody_speaks_tls;
use super::output::Output;
use crate::clock::Clock;
use crate::config::Settings;
use crate::flows::{Node, setup};
use crate::server::Server;

/// Where to listen.
#[derive(Args)]
pub(super) struct Listening {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Where clients reach this server
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
}

impl Listening {
    /// The settings these flags stand for.
    pub(super) fn settings(&self) -> impl Iterator<Item = (&'static str, String)> {
        let listen = self.listen.clone().map(|text| ("listen", text));
        listen.into_iter().chain(self.public_url.clone().map(|text| ("public_url", text)))
    }
}

pub(super) async fn run(settings: Settings, output: &Output) -> Result<(), Failure> {
    if let Some(wrong) = nobody_speaks_tls(&settings) {
        tracing::warn!("{wrong}; until then every credential is refused");
    }
    let data_dir = settings.data_dir.display().to_string();
    let bootstrap_file = settings.bootstrap_file.clone();
    let mut listen = settings.listen;
    let server = Server::build(settings, Clock::System).await?;
    listen.set_port(server.port());
    let node = server.node();
    let applied = match bootstrap_file {
        Some(file) => apply::at_first_start(&node, &file, output).await?,
        None => None,
    };
    let link = setup_link(&node).await?;
    let mut object = json!({
        "url": node.issuer(),
        "listen": listen.to_string(),
        "data_dir": data_dir,
        "setup_url": link,
    });
    let mut text = format!("Portcullis listens on {listen} as {}\nData: {data_dir}", node.issuer());
    if let Some(link) = &link {
        let minutes = setup::LIFETIME_SECONDS / 60;
        text.push_str(&format!(
            "\nNo administrator yet. Make the first one within {minutes} minutes here, once:\n  {link}"
        ));
    }
    if let Some(applied) = applied {
        text.push_str(&format!("\n{}", applied.text));
        if let Some(members) = object.as_object_mut() {
            members.insert("applied".to_owned(), applied.object);
        }
    }
    output.result(&object, &text)?;
    Ok(server.run().await?)
}

/// The link to make the first administrator by, while there is none.
pub(super) async fn setup_link(node: &Node) -> Result<Option<String>, Failure> {
    let token = setup::offer(node).await?;
    Ok(token.map(|token| format!("{}/setup?token={}", node.issuer(), token.expose())))
}
