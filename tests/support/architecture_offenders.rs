//! Proves each rule of `tests/architecture.rs` (docs/architecture.md): one that breaks it is caught, one that keeps it
//! is not.

use super::*;

type Rule = fn(&SourceFile) -> Vec<String>;

/// Applies `rule` to one file; says whether it objects.
fn objects(rule: Rule, path: &str, text: &str) -> bool {
    !rule(&SourceFile { path: path.to_owned(), text: text.to_owned() }).is_empty()
}

fn check(rule: Rule, cases: &[(&str, &str, bool)]) {
    for (path, text, objected) in cases {
        assert_eq!(objects(rule, path, text), *objected, "{path}: {text}");
    }
}

#[test]
fn layers_are_told_apart() {
    check(
        names_only_its_layers,
        &[
            ("oauth/scope.rs", "use crate::clock::UnixTime; use super::client::Client;", false),
            ("oauth/scope.rs", "use crate::storage::user;", true),
            ("oauth/scope.rs", "use crate::{clock::UnixTime, storage};", true),
            ("oauth/scope.rs", "fn f() { crate::flows::verify::run() }", true),
            ("oauth/scope.rs", "use super::super::http::error;", true),
            ("oauth/scope.rs", "use crate::*;", true),
            ("oauth/mod.rs", "mod tests { use super::*; fn f() { super::scope::g() } }", false),
            ("oauth/mod.rs", "mod tests { use super::super::http::error; }", true),
            ("oauth/mod.rs", "use super::http::error;", true),
            (
                "oauth/scope.rs",
                "// crate::storage\nconst S: &str = \"crate::storage::x\"; /* crate::http::x */",
                false,
            ),
            ("storage/user.rs", "use crate::crypto::opaque_token::TokenDigest;", false),
            ("storage/user.rs", "use crate::crypto::password;", true),
            ("storage/user.rs", "use crate::crypto::opaque_tokens;", true),
            ("flows/issue.rs", "use crate::http::error;", true),
            ("http/oauth/token.rs", "use crate::{flows::token, clock::Clock};", false),
            ("http/oauth/token.rs", "use crate::{flows::token, storage::Db};", true),
            ("http/oauth/token.rs", "use crate::storage::user;", true),
            ("http/oauth/token.rs", "use super::super::error::render;", false),
            ("cli/user.rs", "use crate::storage::user;", false),
            ("server.rs", "use crate::http::routes;", false),
            ("cache.rs", "", true),
        ],
    );
}

#[test]
fn outside_crates_are_found_however_they_are_named() {
    check(
        outside_crates_stay_in_their_place,
        &[
            ("http/error.rs", "use actix_web::HttpResponse;", false),
            ("server.rs", "fn f() { actix_web::App::new(); }", false),
            ("flows/verify.rs", "use actix_web::HttpResponse;", true),
            ("flows/verify.rs", "use ::diesel::prelude::*;", true),
            ("flows/verify.rs", "#[derive(diesel::Queryable)] struct A;", true),
            ("flows/verify.rs", "extern crate diesel;", true),
            ("flows/verify.rs", "use diesel as d;", true),
            ("storage/user.rs", "use diesel::prelude::*;", false),
            ("oauth/pkce.rs", "use oxide_auth::code_grant;", true),
            ("oauth/oxide.rs", "use oxide_auth::code_grant;", false),
            ("http/extract/jwt.rs", "let t = jsonwebtoken::decode_header(x);", true),
            ("flows/password.rs", "use {argon2::Argon2};", true),
            ("flows/password.rs", "use crate::crypto::argon2::Pool; let argon2 = settings.argon2;", false),
            ("cli/serve.rs", "use std::{env, fs};", true),
            ("cli/serve.rs", "let home = std::env::var(\"HOME\");", true),
            ("cli/serve.rs", "let v = env!(\"CARGO_PKG_VERSION\");", false),
            ("config.rs", "let home = std::env::var(\"HOME\");", false),
            ("server/tls.rs", "use rustls::ServerConfig;", false),
            ("http/settings.rs", "use rustls::ServerConfig;", true),
            ("http/pages/home.rs", "use askama::Template;", false),
            ("http/error.rs", "use askama::Template;", true),
            ("flows/rate_limits/valkey.rs", "use fred::prelude::Client;", false),
            ("flows/verify.rs", "use fred::prelude::Client;", true),
            ("cli/user.rs", "use clap::Args;", false),
            ("config.rs", "#[derive(clap::Args)] struct A;", true),
            ("config/source.rs", "let t: toml::Table = text.parse();", false),
            ("cli/doctor.rs", "let t: toml::Table = text.parse();", true),
            ("telemetry.rs", "use tracing_subscriber::fmt;", false),
            ("server.rs", "use tracing_subscriber::fmt;", true),
        ],
    );
}

#[test]
fn a_decision_that_touches_the_world_is_found() {
    check(
        decides_without_the_world,
        &[
            ("oauth/redirect_uri.rs", "use std::{fmt, net::IpAddr};", true),
            ("oauth/oxide/code.rs", "fn f() { std::thread::sleep(t); }", true),
            ("account/user.rs", "use tokio::sync::Mutex;", true),
            ("account/user.rs", "mod tests { use std::fs; }", true),
            ("account/user.rs", "use std::collections::BTreeMap;", false),
            ("flows/password.rs", "use std::fs;", false),
        ],
    );
}

#[test]
fn the_wall_clock_is_found() {
    check(
        reads_no_wall_clock,
        &[
            ("clock.rs", "fn now() { chrono::Utc::now(); }", false),
            ("oauth/access_token.rs", "use chrono::Utc; fn f() { Utc::now(); }", true),
            ("flows/verify.rs", "let t = std::time::SystemTime::now();", true),
            ("flows/verify.rs", "let t = clock.now(); let i = std::time::Instant::now();", false),
        ],
    );
}

#[test]
fn junk_drawers_are_found() {
    check(
        no_junk_drawers,
        &[
            ("http/util.rs", "", true),
            ("flows/shared/mod.rs", "", true),
            ("oauth/scope.rs", "mod helpers { }", true),
            ("oauth/scope.rs", "mod tests { }", false),
        ],
    );
}

#[test]
fn unfinished_work_is_found() {
    check(
        nothing_unfinished,
        &[
            ("a.rs", "fn f() { todo!() }", true),
            ("a.rs", "fn f() { unimplemented!(\"later\") }", true),
            ("a.rs", "#[test]\n#[ignore]\nfn f() {}", true),
            ("a.rs", "#[test]\n#[ignore = \"slow\"]\nfn f() {}", true),
            ("a.rs", "/// No todo!() here.\nfn ignore() { let x = [ignore]; }", false),
        ],
    );
}

#[test]
fn long_and_nameless_files_are_found() {
    let long = format!("//! Long.\n{}", "\n".repeat(LONGEST_FILE));
    let full = format!("//! Full.\n{}", "\n".repeat(LONGEST_FILE - 1));
    check(
        short_and_introduced,
        &[
            ("a.rs", "//! Owns a (RFC 6749 §4).\n", false),
            ("a.rs", "use std::fs;\n", true),
            ("a.rs", "// Owns a.\n", true),
            ("a.rs", &long, true),
            ("a.rs", &full, false),
        ],
    );
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_lonely_migration_is_found() {
    assert!(migrations_are_the_same(&set(&["0001_a"]), &set(&["0001_a"])).is_empty());
    assert!(!migrations_are_the_same(&set(&["0001_a", "0002_b"]), &set(&["0001_a"])).is_empty());
    assert!(!migrations_are_the_same(&set(&["0001_a"]), &set(&["0001_b"])).is_empty());
    assert!(!migrations_are_the_same(&set(&[]), &set(&[])).is_empty());
}

#[test]
fn a_stranger_at_the_top_is_found() {
    let mut entries = set(TOP_LEVEL_REQUIRED);
    assert!(top_level_is_as_agreed(&entries).is_empty());
    entries.insert("bench".to_owned());
    assert!(top_level_is_as_agreed(&entries).is_empty());
    entries.insert("Makefile".to_owned());
    assert!(!top_level_is_as_agreed(&entries).is_empty());
    entries.remove("Makefile");
    entries.remove("docs");
    assert!(!top_level_is_as_agreed(&entries).is_empty());
}

#[test]
fn a_row_of_the_index_that_leads_nowhere_is_found() {
    let head = "# Index\n\n| RFC section | rule | file | test |\n|---|---|---|---|\n";
    let tests = set(&["rfc6749_5_1_no_store"]);
    let objections = |rows: &str| {
        index_rows_lead_somewhere(&format!("{head}{rows}"), |file| file == "src/oauth/scope.rs", &tests).len()
    };
    assert_eq!(objections("| 6749 §5.1 | no-store | `src/oauth/scope.rs` | `rfc6749_5_1_no_store` |\n"), 0);
    assert_eq!(
        objections("| 6749 §5.1 | no-store | `src/oauth/scope.rs` | `scope::rfc6749_5_1_no_store` |\n"),
        0
    );
    assert_eq!(objections("| 6749 §5.1 | no-store | `src/oauth/gone.rs` | `rfc6749_5_1_no_store` |\n"), 1);
    assert_eq!(objections("| 6749 §5.1 | no-store | `src/oauth/scope.rs` | `rfc6749_5_1_gone` |\n"), 1);
    assert_eq!(objections("| 6749 §5.1 | no-store | `src/oauth/scope.rs` | none yet |\n"), 1);
    assert_eq!(objections(""), 1);
}

#[test]
fn a_row_of_the_index_that_is_not_in_order_is_found() {
    let objections = |sections: &[&str]| {
        let rows: Vec<String> =
            sections.iter().map(|section| format!("| {section} | r | `f` | `t` |")).collect();
        rows_out_of_order(&rows.join("\n")).len()
    };
    let good = [
        "RFC 6749 §2",
        "RFC 6749 §4.2, §1",
        "RFC 6749 §4.10",
        "RFC 6749 appendix A.1",
        "RFC 9101",
        "Core §9",
    ];
    assert_eq!(objections(&good), 0);
    assert_eq!(objections(&["Core §9", "contract §1", "`issuer`"]), 0);
    for bad in [
        ["RFC 6749 §4.10", "RFC 6749 §4.9"],
        ["RFC 6749 appendix A.1", "RFC 6749 §9"],
        ["RFC 9101 §1", "RFC 6749 §2"],
        ["Core §9", "RFC 6749 §2"],
    ] {
        assert_eq!(objections(&bad), 1, "{bad:?}");
    }
    assert_eq!(objections(&["Core §1", "contract §1", "Core §2"]), 1);
}

#[test]
fn a_test_that_the_index_forgot_is_found() {
    let index = "| 6749 §5.1 | no-store | `src/oauth/scope.rs` | `a`, `scope::rfc6749_5_1_no_store` |\n";
    let objections =
        |name: &str| tests_of_sections_are_in_the_index(index, &set(&[name, "rfc6749_5_1_no_store"])).len();
    for forgotten in
        ["rfc6749_5_1_no_cache", "oidc_core_2_claims", "fapi2_5_3_2_codes", "cimd_3_urls", "uts39_5_2_names"]
    {
        assert_eq!(objections(forgotten), 1, "{forgotten}");
    }
    for other in ["contract_5_no_store", "rfc3339", "rfcs_are_read", "rfc_index", "fapi", "oauth2", "a"] {
        assert_eq!(objections(other), 0, "{other}");
    }
}

#[test]
fn a_matrix_that_is_not_true_is_found() {
    let head = "# Matrix\n\n| module | checks | section | our test | state |\n|---|---|---|---|---|\n";
    let tests = set(&["rfc6749_5_1_no_store"]);
    let objections = |rows: &str| conformance_rows_are_true(&format!("{head}{rows}"), &tests).len();
    for good in [
        "| m | no-store | §5.1 | `rfc6749_5_1_no_store` | our test |\n",
        "| m | no-store | §5.1 | `rfc6749_5_1_no_store` | partly: by GET |\n",
        "| m | no-store | §5.1 | – | no test yet |\n",
        "| m | no-store | §5.1 | – | not offered: nobody asked |\n",
    ] {
        assert_eq!(objections(good), 0, "{good}");
    }
    for bad in [
        "",
        "| m | no-store | `rfc6749_5_1_no_store` | our test |\n",
        "| m | no-store | §5.1 | `rfc6749_5_1_gone` | our test |\n",
        "| m | no-store | §5.1 | – | our test |\n",
        "| m | no-store | §5.1 | – | partly: by GET |\n",
        "| m | no-store | §5.1 | `rfc6749_5_1_no_store` | no test yet |\n",
        "| m | no-store | §5.1 | `rfc6749_5_1_no_store` | passed |\n",
    ] {
        assert_eq!(objections(bad), 1, "{bad}");
    }
}
