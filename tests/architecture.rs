//! Enforces the house rules of docs/architecture.md by reading the source as text: one function per rule, its reason
//! above it, one test that applies it to the tree and one that proves it catches an offender.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test says what it expects by failing there and then"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[path = "support/named_tests.rs"]
mod named_tests;
#[path = "support/rfc_index.rs"]
mod rfc_index;
#[path = "support/rust_source.rs"]
mod rust_source;

use rfc_index::tests_of_sections_are_in_the_index;
use rfc_index::{conformance_rows_are_true, index_rows_lead_somewhere, rows_out_of_order};
use rust_source::{paths, tokens};

/// Who may name whom: a layer, and the prefixes of this crate's paths that its files may use; its rows add up. `*` is
/// everything.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("clock", &[]),
    // What it reads, it reads into the types of those who use it.
    ("config", &["clock", "crypto::signing_keys::SigningAlgorithm", "flows", "storage::DatabaseUrl"]),
    ("config", &["account::accent"]),
    ("telemetry", &["config"]),
    ("oauth", &["oauth", "clock"]),
    ("account", &["account", "oauth", "clock"]),
    ("crypto", &["crypto", "clock"]),
    ("storage", &["storage", "oauth", "account", "clock", "crypto::opaque_token"]),
    // What storage keeps for crypto, as plain data: digests and what is already sealed.
    ("storage", &["crypto::password::SealedHash", "crypto::signing_keys::StoredSigningKey"]),
    ("storage", &["crypto::signing_keys::SigningAlgorithm"]),
    ("words", &["words", "clock"]),
    ("flows", &["flows", "oauth", "account", "crypto", "storage", "clock", "words"]),
    ("http", &["http", "flows", "oauth", "account", "clock", "words"]),
    ("cli", &["*"]),
    ("server", &["*"]),
    ("main", &["*"]),
    ("lib", &["*"]),
];

/// Which outside crate, or part of `std`, stays in which files (prefixes of paths below src/).
const STAYS_IN: &[(&str, &[&str])] = &[
    ("actix_*", &["http/", "server.rs"]),
    ("diesel", &["storage/"]),
    ("diesel_migrations", &["storage/"]),
    ("r2d2", &["storage/"]),
    ("libsqlite3_sys", &["storage/"]),
    ("pq_sys", &["storage/"]),
    ("fluent_bundle", &["words.rs", "words/"]),
    ("unic_langid", &["words.rs", "words/"]),
    ("oxide_auth", &["oauth/oxide.rs"]),
    ("jsonwebtoken", &["crypto/"]),
    ("argon2", &["crypto/"]),
    ("zxcvbn", &["account/password_rules.rs"]),
    ("unicode_security", &["account/visible_name.rs"]),
    ("aws_lc_rs", &["crypto/"]),
    ("rustls", &["server.rs", "server/", "flows/fetch/"]),
    ("tokio_rustls", &["flows/fetch/"]),
    ("rustls_native_certs", &["flows/fetch/"]),
    ("hyper", &["flows/fetch/"]),
    ("hyper_util", &["flows/fetch/"]),
    ("http_body_util", &["flows/fetch/"]),
    ("std::net::TcpStream", &["cli/", "flows/fetch/"]),
    ("tokio::net", &["flows/fetch/"]),
    ("askama", &["http/pages/"]),
    ("utoipa", &["http/"]),
    ("flate2", &["http/pages/gzip.rs"]),
    ("fred", &["flows/rate_limits/"]),
    ("lettre", &["flows/mail/"]),
    ("clap", &["cli/"]),
    ("toml", &["config.rs", "config/"]),
    ("tracing_subscriber", &["telemetry.rs"]),
    ("std::env", &["config.rs", "config/"]),
];

/// The layers that decide, and what of the world around them they may not touch.
const DECIDES: &[&str] = &["oauth", "account"];
const THE_WORLD: &[&str] = &["std::fs", "std::net", "std::thread", "std::process", "tokio"];

const WALL_CLOCKS: &[&str] = &["SystemTime::now", "Utc::now", "Local::now"];
const JUNK_DRAWERS: &[&str] =
    &["util", "utils", "common", "helper", "helpers", "shared", "manager", "service", "misc"];
const LONGEST_FILE: usize = 400;

const TOP_LEVEL_REQUIRED: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "src",
    "migrations",
    "diesel.toml",
    "tests",
    "docs",
    "README.md",
    "CHANGELOG.md",
    "clippy.toml",
    "deny.toml",
    "rustfmt.toml",
    ".ci",
    ".gitignore",
];
const TOP_LEVEL_OPTIONAL: &[&str] = &["bench", "examples"];

struct SourceFile {
    /// Below src/, with `/`.
    path: String,
    text: String,
}

impl SourceFile {
    /// `http/auth/v1/token.rs` → `["http", "auth", "v1", "token"]`; a `mod.rs` is its folder.
    fn module(&self) -> Vec<&str> {
        self.path.trim_end_matches(".rs").split('/').filter(|part| *part != "mod").collect()
    }

    fn is_in(&self, places: &[&str]) -> bool {
        places
            .iter()
            .any(|place| self.path == *place || (place.ends_with('/') && self.path.starts_with(place)))
    }
}

// ---- the rules ----

/// A layer names only the layers below it, so that what decides can be read, and tested, without what stores or sends.
fn names_only_its_layers(file: &SourceFile) -> Vec<String> {
    let module = file.module();
    let layer = module.first().copied().unwrap_or_default();
    if !MAY_NAME.iter().any(|(name, _)| *name == layer) {
        return vec![format!("src/{}: no layer of this name in MAY_NAME", file.path)];
    }
    let allowed: Vec<&str> =
        MAY_NAME.iter().filter(|(name, _)| *name == layer).flat_map(|(_, may)| *may).copied().collect();
    let may = |path: &str| {
        allowed.iter().any(|prefix| {
            *prefix == "*"
                || path == *prefix
                || path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with("::"))
        })
    };
    paths(&file.text)
        .iter()
        .filter_map(|named| Some((named.line, named.within_crate(&module)?.join("::"))))
        .filter(|(_, path)| path != layer && !path.starts_with(&format!("{layer}::")) && !may(path))
        .map(|(line, path)| format!("src/{}:{line}: `{layer}` may not name `{path}`", file.path))
        .collect()
}

/// A framework, a database or a cryptographic library is known in one place, so that it can be replaced or judged there.
fn outside_crates_stay_in_their_place(file: &SourceFile) -> Vec<String> {
    let mut found = Vec::new();
    for named in paths(&file.text) {
        for (outside, places) in STAYS_IN {
            if named.starts_with(outside) && !file.is_in(places) {
                found.push(format!("src/{}:{}: `{outside}` belongs in {places:?}", file.path, named.line));
            }
        }
    }
    found
}

/// What decides neither reads nor waits: its tests need no machine, and the same values lead to the same answer.
fn decides_without_the_world(file: &SourceFile) -> Vec<String> {
    let layer = file.module().first().copied().unwrap_or_default().to_owned();
    paths(&file.text)
        .iter()
        .filter(|_| DECIDES.contains(&layer.as_str()))
        .filter_map(|named| Some((named, THE_WORLD.iter().find(|outside| named.starts_with(outside))?)))
        .map(|(named, outside)| {
            format!("src/{}:{}: `{layer}` may not touch `{outside}`", file.path, named.line)
        })
        .collect()
}

/// Time is an argument: a rule that reads the clock itself cannot be tested at its boundary.
fn reads_no_wall_clock(file: &SourceFile) -> Vec<String> {
    paths(&file.text)
        .iter()
        .filter(|named| file.path != "clock.rs" && WALL_CLOCKS.iter().any(|clock| named.ends_with(clock)))
        .map(|named| format!("src/{}:{}: the wall clock is read in clock.rs", file.path, named.line))
        .collect()
}

/// A module is named by what it owns: a drawer that may hold anything will.
fn no_junk_drawers(file: &SourceFile) -> Vec<String> {
    let tokens = tokens(&file.text);
    let inline = tokens.windows(2).filter(|pair| pair[0].text == "mod").map(|pair| pair[1].text.as_str());
    file.module()
        .into_iter()
        .chain(inline)
        .filter(|name| JUNK_DRAWERS.contains(name))
        .map(|name| format!("src/{}: a module may not be called `{name}`", file.path))
        .collect()
}

/// Nothing half done is merged, and no test is switched off: what is not there is not promised.
fn nothing_unfinished(file: &SourceFile) -> Vec<String> {
    let tokens = tokens(&file.text);
    let words: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
    let unfinished = |at: usize| match words.get(at..) {
        Some(["todo" | "unimplemented", "!", ..]) => true,
        Some(["[", "ignore", "]" | "=" | ",", ..]) => at > 0 && words[at - 1] == "#",
        _ => false,
    };
    (0..words.len())
        .filter(|at| unfinished(*at))
        .map(|at| format!("{}:{}: unfinished, or a test switched off", file.path, tokens[at].line))
        .collect()
}

/// A file is short enough to be read whole, and says first what it owns and which section it implements.
fn short_and_introduced(file: &SourceFile) -> Vec<String> {
    let mut found = Vec::new();
    let lines = file.text.lines().count();
    if lines > LONGEST_FILE {
        found.push(format!("src/{}: {lines} lines, more than {LONGEST_FILE}: split it by noun", file.path));
    }
    if !file.text.starts_with("//! ") {
        found.push(format!("src/{}: the first line must be `//! ` and say what the file owns", file.path));
    }
    found
}

/// Both databases go through the same history, so that one schema describes them.
fn migrations_are_the_same(sqlite: &BTreeSet<String>, postgres: &BTreeSet<String>) -> Vec<String> {
    let mut found: Vec<String> =
        sqlite.symmetric_difference(postgres).map(|name| format!("only one has {name}")).collect();
    if sqlite.is_empty() {
        found.push("there are no migrations".to_owned());
    }
    found
}

/// The top of the tree is a table of contents; what is not in it has no place there.
fn top_level_is_as_agreed(entries: &BTreeSet<String>) -> Vec<String> {
    let known = |name: &str| TOP_LEVEL_REQUIRED.contains(&name) || TOP_LEVEL_OPTIONAL.contains(&name);
    let strange =
        entries.iter().filter(|name| !known(name)).map(|name| format!("`{name}` has no place at the top"));
    let missing = TOP_LEVEL_REQUIRED.iter().filter(|name| !entries.contains(**name));
    strange.chain(missing.map(|name| format!("`{name}` is missing"))).collect()
}

// ---- the tree they are applied to ----

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(below: &str) -> Vec<SourceFile> {
    fn walk(folder: &Path, base: &Path, found: &mut Vec<SourceFile>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, base, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let relative =
                    path.strip_prefix(base).expect("below its base").to_string_lossy().replace('\\', "/");
                let text = fs::read_to_string(&path).expect("source is UTF-8");
                found.push(SourceFile { path: relative, text });
            }
        }
    }
    let (mut found, base) = (Vec::new(), root().join(below));
    walk(&base, &base, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn folder_names(below: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(below)).unwrap_or_else(|e| panic!("{below}: {e}"));
    entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// What stands at the top: as git tracks it, so that a stray file of one machine fails nothing; where there is no git (a
/// source archive), as it lies there, without what .gitignore names.
fn top_level() -> BTreeSet<String> {
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    if let Ok(output) = listed
        && output.status.success()
        && !output.stdout.is_empty()
    {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        return text
            .split('\0')
            .filter_map(|path| path.split('/').next())
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
    }
    let ignored = fs::read_to_string(root().join(".gitignore")).expect(".gitignore");
    let mut entries = folder_names("");
    entries.retain(|name| name != ".git" && !ignored.lines().any(|line| line.trim_matches('/') == name));
    entries
}

/// The name of every function in src and tests.
fn functions() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in rust_files("src").iter().chain(&rust_files("tests")) {
        let tokens = tokens(&file.text);
        found.extend(tokens.windows(2).filter(|pair| pair[0].text == "fn").map(|pair| pair[1].text.clone()));
    }
    found
}

fn rfc_index() -> String {
    fs::read_to_string(root().join("docs/rfc-index.md")).expect("docs/rfc-index.md")
}

fn apply(rule: fn(&SourceFile) -> Vec<String>) {
    let files = rust_files("src");
    assert!(!files.is_empty(), "no source found");
    let found: Vec<String> = files.iter().flat_map(rule).collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_tree_names_only_its_layers() {
    apply(names_only_its_layers);
}

#[test]
fn the_tree_keeps_outside_crates_in_their_place() {
    apply(outside_crates_stay_in_their_place);
}

#[test]
fn the_tree_decides_without_the_world() {
    apply(decides_without_the_world);
}

#[test]
fn the_tree_reads_the_wall_clock_in_one_place() {
    apply(reads_no_wall_clock);
}

#[test]
fn the_tree_has_no_junk_drawers() {
    apply(no_junk_drawers);
}

#[test]
fn the_tree_and_its_tests_are_finished() {
    apply(nothing_unfinished);
    let found: Vec<String> = rust_files("tests").iter().flat_map(nothing_unfinished).collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_trees_files_are_short_and_introduced() {
    apply(short_and_introduced);
}

#[test]
fn the_trees_migrations_are_the_same() {
    let found =
        migrations_are_the_same(&folder_names("migrations/sqlite"), &folder_names("migrations/postgres"));
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_trees_top_level_is_as_agreed() {
    let found = top_level_is_as_agreed(&top_level());
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_trees_index_of_rfcs_leads_somewhere() {
    let mut found = index_rows_lead_somewhere(&rfc_index(), |file| root().join(file).is_file(), &functions());
    found.extend(rows_out_of_order(&rfc_index()));
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_trees_tests_of_sections_are_in_the_index() {
    let found = tests_of_sections_are_in_the_index(&rfc_index(), &functions());
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_trees_conformance_matrix_is_true() {
    let matrix = fs::read_to_string(root().join("docs/conformance.md")).expect("docs/conformance.md");
    let found = conformance_rows_are_true(&matrix, &functions());
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

// ---- each rule catches an offender ----

#[path = "support/architecture_offenders.rs"]
mod offenders;
