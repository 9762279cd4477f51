//! Owns `portcullis doctor`: every check of a configuration, each with how to mend it (contract §14, security §4.1).
//!
//! It makes and mends nothing itself: what a first start would make is reported as not there yet.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;

use super::Failure;
use super::output::Output;
use crate::clock::{Clock, UnixTime};
use crate::config::declaration::DeclarationFile;
use crate::config::{ConfigError, Settings};
use crate::crypto::signing_keys::SigningAlgorithm;
use crate::flows::first_start::{self, StartError};
use crate::flows::mail;
use crate::flows::rate_limits::RateLimits;
use crate::server;
use crate::storage::{self, DatabaseUrl, Db, installation, signing_key, user};

/// No release of ours is older than 2026-01-01T00:00:00Z (security R-13).
const EARLIEST: UnixTime = UnixTime::from_seconds(1_767_225_600);

struct Check {
    name: &'static str,
    /// What to do, if something is wrong; else what was found.
    outcome: Result<String, String>,
}

/// Checks everything that can be checked, prints it, and fails when something is wrong.
pub(super) async fn run(
    loaded: Result<Settings, ConfigError>,
    unknown: Vec<String>,
    output: &Output,
) -> Result<(), Failure> {
    let mut checks = Vec::new();
    match loaded {
        Err(error) => add(&mut checks, "configuration", Err(error.to_string())),
        Ok(settings) => {
            add(&mut checks, "configuration", Ok(known(&unknown)));
            add(&mut checks, "data_dir", data_dir(&settings.data_dir));
            add(&mut checks, "master_key_file", master_key_file(&settings));
            add(&mut checks, "public_url", public_url(&settings));
            add(&mut checks, "tls", tls(&settings));
            add(&mut checks, "logo", logo(&settings));
            add(&mut checks, "mail", mail(&settings).await);
            add(&mut checks, "valkey", valkey(&settings).await);
            let is_first_start = database(&settings, &mut checks).await;
            add(&mut checks, "bootstrap_file", bootstrap_file(&settings, is_first_start));
        }
    }
    add(&mut checks, "clock", clock());
    print(&checks, output)
}

fn add(checks: &mut Vec<Check>, name: &'static str, outcome: Result<String, String>) {
    checks.push(Check { name, outcome });
}

fn print(checks: &[Check], output: &Output) -> Result<(), Failure> {
    let message = |check: &Check| match &check.outcome {
        Ok(found) => found.clone(),
        Err(mend) => mend.clone(),
    };
    let wrong: Vec<&str> = checks.iter().filter(|c| c.outcome.is_err()).map(|c| c.name).collect();
    let object = json!({ "ok": wrong.is_empty(), "checks": checks.iter().map(|check| json!({
        "name": check.name,
        "ok": check.outcome.is_ok(),
        "message": message(check),
    })).collect::<Vec<_>>() });
    let line = |check: &Check| {
        let mark = if check.outcome.is_ok() { "ok   " } else { "WRONG" };
        format!("{mark}  {:<16} {}", check.name, message(check))
    };
    output.result(&object, &checks.iter().map(line).collect::<Vec<_>>().join("\n"))?;
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Failure(format!(
        "doctor found something wrong with: {}; its output says how to mend it",
        wrong.join(", ")
    )))
}

fn known(unknown: &[String]) -> String {
    if unknown.is_empty() {
        return "every setting is known".to_owned();
    }
    format!("ignored, since no setting has this name: {}", unknown.join(", "))
}

fn data_dir(folder: &Path) -> Result<String, String> {
    let shown = folder.display();
    match fs::metadata(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Ok(format!("{shown} is not there yet: the first start makes it"))
        }
        Err(error) => {
            Err(format!("{shown} cannot be looked at ({error}): let this user read it, or set data_dir"))
        }
        Ok(meta) if !meta.is_dir() => Err(format!("{shown} is not a folder: set data_dir to one")),
        Ok(meta) if meta.permissions().mode() & 0o077 != 0 => {
            Err(format!("others may look into it: run `chmod 700 {shown}`"))
        }
        Ok(_) => Ok(format!("{shown}, for its owner only")),
    }
}

/// What a start says of a file, and what to do where it says only what the system said.
fn unusable(error: StartError, setting: &str) -> String {
    match error {
        StartError::Io { .. } => format!("{error}: let this user read it, or set {setting} to another"),
        said => said.to_string(),
    }
}

fn master_key_file(settings: &Settings) -> Result<String, String> {
    let shown = settings.master_key_file.display();
    match first_start::has_master_key(&settings.installation()) {
        Ok(true) => Ok(format!("{shown}, for its owner only; keep a copy apart from the database")),
        Ok(false) => Ok(format!("{shown} is not there yet: the first start on an empty database makes it")),
        Err(error) => Err(unusable(error, "master_key_file")),
    }
}

/// A TLS that nobody terminates is the commonest mistake: then every credential is refused (contract §13). `None` when
/// somebody does, else what to set.
pub(super) fn nobody_speaks_tls(settings: &Settings) -> Option<String> {
    let missing =
        settings.is_https() && settings.tls_cert_file.is_none() && settings.trusted_proxies.is_empty();
    missing.then(|| {
        format!(
            "{} is https, but nothing here speaks TLS: set trusted_proxies to the address of the proxy that does, or \
             tls_cert_file and tls_key_file",
            settings.public_url
        )
    })
}

fn public_url(settings: &Settings) -> Result<String, String> {
    let url = &settings.public_url;
    if let Some(wrong) = nobody_speaks_tls(settings) {
        return Err(wrong);
    }
    Ok(format!("{url}, listening on {}", settings.listen))
}

fn tls(settings: &Settings) -> Result<String, String> {
    match server::speaks_tls(settings) {
        Ok(true) => Ok("the certificate and its key can be used".to_owned()),
        Ok(false) => Ok("spoken by others: tls_cert_file and tls_key_file are not set".to_owned()),
        Err(error) => {
            Err(format!("{error}; write the chain of a certificate and the key it was made for, as PEM"))
        }
    }
}

fn logo(settings: &Settings) -> Result<String, String> {
    match server::has_logo(settings) {
        Ok(true) => Ok("the picture can be used".to_owned()),
        Ok(false) => Ok("none is shown: logo_file is not set".to_owned()),
        Err(error) => Err(unusable(error, "logo_file")),
    }
}

async fn mail(settings: &Settings) -> Result<String, String> {
    let Some(server) = &settings.mail else {
        return Ok("none is sent: smtp_url is not set".to_owned());
    };
    let address = server.url.address();
    match mail::reach(server).await {
        Ok(()) => Ok(format!("{address} takes mail")),
        Err(wrong) => Err(format!("{address}: {wrong}; check smtp_url, and that the server is running")),
    }
}

/// A node counts alone where it does not answer, and the log says so once.
async fn valkey(settings: &Settings) -> Result<String, String> {
    let Some(url) = &settings.valkey_url else {
        return Ok("each node counts by itself: valkey_url is not set".to_owned());
    };
    let address = url.address();
    match RateLimits::reach(url, Clock::System).await {
        Ok(()) => Ok(format!("{address} counts for all nodes")),
        Err(wrong) => Err(format!(
            "{address}: {wrong}; check valkey_url, what its user may do, and that the server is running: until then each \
             node counts by itself"
        )),
    }
}

/// What a first start reads of it. What it declares is judged against the database, by the start itself.
fn bootstrap_file(settings: &Settings, is_first_start: bool) -> Result<String, String> {
    let Some(path) = &settings.bootstrap_file else {
        return Ok("none is applied: bootstrap_file is not set".to_owned());
    };
    let shown = path.display();
    if !is_first_start {
        return Ok(format!("{shown} is not read any more: there is an administrator"));
    }
    let file = DeclarationFile::read(path)
        .map_err(|error| format!("{error}: mend it, or set bootstrap_file to another"))?;
    for (place, reference) in file.declaration.secrets() {
        let looked = reference.and_then(|found| found.map(|found| file.secret(&found)).transpose());
        if let Err(reason) = looked {
            return Err(format!("{shown}, {place}: {reason}; mend what it names"));
        }
    }
    Ok(format!("{shown} can be read, and every secret it names; the first start applies it"))
}

/// Looks into the database; `true` unless somebody administers this server already.
async fn database(settings: &Settings, checks: &mut Vec<Check>) -> bool {
    let url = settings.database_url.clone();
    if let DatabaseUrl::Sqlite(file) = &url
        && !file.exists()
    {
        let text = format!("{} is not there yet: the first start makes it", file.display());
        add(checks, "database", Ok(text));
        return true;
    }
    let pending = match tokio::task::spawn_blocking(move || storage::pending(&url)).await {
        Ok(Ok(pending)) => pending,
        Ok(Err(error)) => {
            let text = format!("{error}: check database_url and that it is running");
            add(checks, "database", Err(text));
            return true;
        }
        Err(_) => {
            add(checks, "database", Err("the check panicked: report this".to_owned()));
            return true;
        }
    };
    let is_current = pending.is_empty();
    add(
        checks,
        "database",
        Ok(if is_current {
            "reachable, schema up to date".to_owned()
        } else {
            format!("reachable; the next start or `portcullis migrate` applies {}", pending.join(", "))
        }),
    );
    let db = match Db::open(&settings.database_url) {
        Ok(db) => db,
        Err(error) => {
            let text = format!("{error}: check that it takes 16 connections");
            add(checks, "database_pool", Err(text));
            return true;
        }
    };
    // An empty database has no table of accounts, and nobody in it.
    let has_admin = db.read(user::has_admin).await;
    if is_current {
        add(checks, "master_key", master_key(settings, &db).await);
        add(checks, "signing_keys", signing_keys(&db).await);
        add(
            checks,
            "administrator",
            has_admin.as_ref().map(|has| administrator(*has)).map_err(ToString::to_string),
        );
    }
    !has_admin.unwrap_or(false)
}

async fn master_key(settings: &Settings, db: &Db) -> Result<String, String> {
    if db.read(installation::canary).await.map_err(|e| e.to_string())?.is_none() {
        return Ok("the database is empty: the first start seals it".to_owned());
    }
    match first_start::opens(db, &settings.installation()).await {
        Ok(true) => Ok("opens this database".to_owned()),
        Ok(false) => Err(format!(
            "the database was sealed under another master key: copy the right one, from another node or the backup, \
             to {}",
            settings.master_key_file.display()
        )),
        Err(error) => Err(error.to_string()),
    }
}

async fn signing_keys(db: &Db) -> Result<String, String> {
    let rows = db.read(signing_key::list).await.map_err(|e| e.to_string())?;
    let has = |algorithm| rows.iter().any(|row| row.life.is_good() && row.key.algorithm == algorithm);
    let missing: Vec<&str> =
        SigningAlgorithm::ALL.into_iter().filter(|a| !has(*a)).map(SigningAlgorithm::as_str).collect();
    if missing.is_empty() {
        return Ok(format!("{} present", rows.len()));
    }
    Ok(format!("the next start makes one for {}", missing.join(", ")))
}

/// No fault of the configuration, so never wrong: a start must not wait for it.
fn administrator(there_is_one: bool) -> String {
    if there_is_one {
        return "there is one".to_owned();
    }
    "there is none yet: open the link that `portcullis serve` prints, or run `portcullis user create NAME --email \
     ADDRESS --admin`"
        .to_owned()
}

fn clock() -> Result<String, String> {
    let now = Clock::System.now();
    if now < EARLIEST {
        return Err(format!("the clock says {}: set it, or tokens expire at the wrong time", now.rfc3339()));
    }
    Ok(now.rfc3339())
}
