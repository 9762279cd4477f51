//! `docs/api.md` and `docs/errors.md` keep their word: the commands work as printed, the codes are those of the source
//! (contract §8).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Caller;
use crate::support::server::TestServer;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join("docs").join(name)).unwrap()
}

/// The lines of a page's blocks of one kind.
fn blocks(page: &str, kind: &str) -> String {
    let (mut within, mut found) = (false, String::new());
    for line in page.lines() {
        if line.starts_with("```") {
            within = line == format!("```{kind}");
        } else if within {
            found.push_str(line);
            found.push('\n');
        }
    }
    found
}

#[test]
fn contract_9_the_commands_of_the_guide_work_as_printed() {
    let server = TestServer::start();
    let commands = blocks(&page("api.md"), "sh");
    assert!(commands.matches("curl ").count() > 15, "{commands}");
    let out = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &format!("{commands}\necho; echo walked")])
        .env("URL", &server.base)
        .env("USERNAME", "alice")
        .env("PASSWORD", &server.seed.password)
        .output()
        .expect("bash and curl run");
    let (stdout, stderr) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success() && stdout.trim_end().ends_with("walked"), "{stdout}\n{stderr}");
    for said in ["\"name\":\"desk\"", "\"name\":\"Genomes\"", "\"name\":\"sequencer\"", "\"kind\":\"login\""]
    {
        assert!(stdout.contains(said), "{said} is missing in {stdout}");
    }
}

/// The codes in the first column of a page's tables.
fn codes_of_the_page() -> BTreeSet<String> {
    let page = page("errors.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    rows.map(str::to_owned).collect()
}

/// The codes that `Failure::new(StatusCode::…, "…", …)` and the OAuth errors' names give.
fn codes_of_the_source() -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for file in sources(&root().join("src/http")) {
        let code = file.split("#[cfg(test)]").next().unwrap();
        for call in code.split("Failure::new(").chain(code.split("Self::new(")).skip(1) {
            let second = call.trim_start().strip_prefix("StatusCode::").and_then(|rest| rest.split_once(','));
            let quoted = second.and_then(|(_, rest)| rest.trim_start().strip_prefix('"')?.split('"').next());
            let is_code =
                |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            codes.extend(quoted.filter(is_code).map(str::to_owned));
        }
    }
    let errors = fs::read_to_string(root().join("src/oauth/error.rs")).unwrap();
    codes.extend(errors.split("=> \"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
    codes
}

fn sources(folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push(fs::read_to_string(&path).unwrap());
        }
    }
    all
}

#[test]
fn contract_8_the_page_of_errors_has_every_code_and_no_other() {
    let (page, source) = (codes_of_the_page(), codes_of_the_source());
    assert!(source.len() > 20, "{source:?}");
    assert_eq!(page, source);
}

#[test]
fn contract_8_the_page_prints_the_bodies_letter_for_letter() {
    let server = TestServer::start();
    let bodies = blocks(&page("errors.md"), "json");
    let nobody = Caller::with(&server, "");
    for reply in [nobody.get("/api/v1/account"), nobody.get("/auth/v1/me")] {
        let text = reply.expect(401).text();
        assert!(bodies.lines().any(|line| line == text), "docs/errors.md lacks {text}");
    }
}
