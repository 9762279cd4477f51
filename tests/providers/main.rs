//! Pages replayed: every command of docs/providers/, and of docs/mcp.md, runs, page by page and in order, against a live server,
//! and answers what the page says (contract §10, §11; the providers' own documents).
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::string_slice,
    reason = "helper functions of a test fail where they stand"
)]

mod answer;
mod page;
mod stage;
mod walk;

#[allow(dead_code, reason = "Caddy is for the gateways' own tests")]
#[path = "../gateways/gateway.rs"]
mod gateway;

#[allow(dead_code, reason = "its main is for the command line")]
#[path = "../../examples/upstream/main.rs"]
mod upstream;

use page::{Page, Step};

/// The pages, and how many blocks of each are shown and not run: a page that shows more says so here.
const PAGES: [(&str, usize); 5] = [
    ("providers/one-codex", 0),
    ("providers/barbell", 1),
    ("providers/example-api", 0),
    ("providers/cocalc", 0),
    ("mcp", 2),
];

fn replayed(name: &str) {
    let page = Page::read(name);
    let shown = PAGES.iter().find(|(own, _)| *own == name).map(|(_, shown)| *shown);
    let found: Vec<&Step> =
        page.steps.iter().filter(|step| matches!(step, Step::Illustration { .. })).collect();
    assert_eq!(Some(found.len()), shown, "{name}: blocks that are not run: {found:#?}");
    walk::walk(&page);
}

#[test]
fn one_codex_as_its_page_says() {
    replayed("providers/one-codex");
}

#[test]
fn barbell_as_its_page_says() {
    replayed("providers/barbell");
}

#[test]
fn the_example_api_as_its_page_says() {
    replayed("providers/example-api");
}

#[test]
fn cocalc_as_its_page_says() {
    replayed("providers/cocalc");
}

#[test]
fn rfc9728_the_page_about_mcp_servers_as_it_says() {
    replayed("mcp");
}

#[test]
fn every_page_of_a_provider_is_replayed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/providers");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut pages: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    pages.sort();
    let known = PAGES.iter().filter_map(|(name, _)| name.strip_prefix("providers/"));
    let mut known: Vec<String> = known.map(|name| format!("{name}.md")).collect();
    known.sort();
    assert_eq!(pages, known);
}
