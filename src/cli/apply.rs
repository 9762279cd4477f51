//! Owns `portcullis apply`: what a file declares, shown as differences and carried out (contract §14; docs/apply.md).

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::output::Output;
use super::{Failure, open};
use crate::config::Settings;
use crate::config::declaration::DeclarationFile;
use crate::flows::Node;
use crate::flows::apply::{self, Action, Change, Done, Plan, Turn};

/// A file, and whether to do what it says.
#[derive(Args)]
pub(super) struct Applying {
    /// What is to be, as TOML
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// What was done, to be shown once.
pub(super) struct Told {
    pub(super) object: Value,
    pub(super) text: String,
}

pub(super) async fn run(applying: Applying, settings: &Settings, output: &Output) -> Result<(), Failure> {
    let file = DeclarationFile::read(&applying.file)?;
    let node = open(settings).await?;
    let _turn = if applying.dry_run { None } else { Some(turn(&node).await?) };
    let plan = plan(&node, &file, &applying.file).await?;
    let changes = Changes::of(&plan);
    if applying.dry_run {
        let told = changes.told(true, &Done::default());
        return output.result(&told.object, &told.text);
    }
    let done = apply::carry_out(&node, plan).await;
    let told = changes.told(false, &done);
    stop(&done, &told, output, &|reason| reason.to_owned())?;
    output.result(&told.object, &told.text)
}

/// Applies a file while nobody administers this server; `None` if somebody does. Of several nodes that start at once one does
/// it, and the others wait.
pub(super) async fn at_first_start(
    node: &Node,
    path: &Path,
    output: &Output,
) -> Result<Option<Told>, Failure> {
    let failed =
        |reason: &str| format!("the first start stops at bootstrap_file, {}: {reason}", path.display());
    if !apply::is_first_start(node).await? {
        return Ok(None);
    }
    let _turn = turn(node).await?;
    if !apply::is_first_start(node).await? {
        return Ok(None);
    }
    let file = DeclarationFile::read(path).map_err(|error| Failure(failed(&error.0)))?;
    let plan = plan(node, &file, path).await.map_err(|failure| Failure(failed(&failure.0)))?;
    let changes = Changes::of(&plan);
    let done = apply::carry_out(node, plan).await;
    let told = changes.told(false, &done);
    stop(&done, &told, output, &failed)?;
    Ok(Some(told))
}

/// Fails if it did not come to its end; what was made so far is shown only now.
fn stop(done: &Done, told: &Told, output: &Output, words: &dyn Fn(&str) -> String) -> Result<(), Failure> {
    let Some(reason) = &done.stopped else { return Ok(()) };
    if !done.secrets.is_empty() || !done.links.is_empty() {
        output.result(&told.object, &told.text)?;
    }
    Err(Failure(words(reason)))
}

async fn turn(node: &Node) -> Result<Turn, Failure> {
    let busy = "another node or command has been applying a file to this database for a while: try again when it has ended";
    apply::turn(node).await?.ok_or_else(|| Failure(busy.to_owned()))
}

async fn plan(node: &Node, file: &DeclarationFile, path: &Path) -> Result<Plan, Failure> {
    let planned = apply::plan(node, &file.declaration, &|reference| file.secret(reference)).await?;
    planned.map_err(|refusal| Failure(format!("{}, {refusal}", path.display())))
}

/// What is shown of a plan, which is used up by carrying it out.
struct Changes {
    lines: Vec<String>,
    objects: Vec<Value>,
    counts: [usize; 4],
}

impl Changes {
    fn of(plan: &Plan) -> Self {
        let count = |action| plan.count(action);
        Self {
            lines: plan.changes.iter().flat_map(lines).collect(),
            objects: plan.changes.iter().map(object).collect(),
            counts: [count(Action::Make), count(Action::Change), count(Action::Remove), plan.unchanged],
        }
    }

    fn told(&self, dry_run: bool, done: &Done) -> Told {
        let [made, changed, removed, unchanged] = self.counts;
        let links = done.links.iter().map(|(name, link)| {
            json!({ "username": name, "url": link.url, "expires_at": link.expires_at.rfc3339() })
        });
        let secrets = done
            .secrets
            .iter()
            .map(|(id, secret)| json!({ "client_id": id, "client_secret": secret.expose() }));
        let object = json!({
            "dry_run": dry_run,
            "changes": self.objects,
            "unchanged": unchanged,
            "client_secrets": secrets.collect::<Vec<_>>(),
            "password_links": links.collect::<Vec<_>>(),
            "stopped": done.stopped,
        });
        let mut text = self.lines.clone();
        let rest = format!("{unchanged} as declared already.");
        text.push(match (dry_run, made + changed + removed) {
            (_, 0) => format!("Nothing to change; {rest}"),
            (true, _) => {
                format!(
                    "To make {made}, to change {changed}, to remove {removed}; {rest} Nothing was changed."
                )
            }
            (false, _) if done.stopped.is_some() => "Not all of this was done.".to_owned(),
            (false, _) => format!("Made {made}, changed {changed}, removed {removed}; {rest}"),
        });
        for (id, secret) in &done.secrets {
            text.push(format!("Client secret of {id}, shown only now: {}", secret.expose()));
        }
        for (name, link) in &done.links {
            let until = link.expires_at.rfc3339();
            text.push(format!("{name} chooses a password here, once, until {until}:\n  {}", link.url));
        }
        Told { object, text: text.join("\n") }
    }
}

const fn sign(action: Action) -> (&'static str, &'static str) {
    match action {
        Action::Make => ("+", "make"),
        Action::Change => ("~", "change"),
        Action::Remove => ("-", "remove"),
    }
}

/// A difference for people: `+` and `-` as everywhere. Texts stand in quotes, so that nothing in them can pass for a line.
fn lines(change: &Change) -> Vec<String> {
    let mut all = vec![format!("{} {} {}", sign(change.action).0, change.kind, change.id.escape_debug())];
    for member in &change.members {
        for (sign, value) in [("-", &member.before), ("+", &member.after)] {
            if !value.is_null() {
                all.push(format!("    {sign} {} = {value}", member.name.escape_debug()));
            }
        }
    }
    all
}

fn object(change: &Change) -> Value {
    let members = change
        .members
        .iter()
        .map(|member| json!({ "name": member.name, "before": member.before, "after": member.after }));
    json!({
        "action": sign(change.action).1,
        "kind": change.kind,
        "id": change.id,
        "members": members.collect::<Vec<_>>(),
    })
}
