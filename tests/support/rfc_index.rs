//! Reads docs/rfc-index.md for `tests/architecture.rs`: each row leads somewhere, and each test of an RFC's rule stands
//! in a row.

use std::collections::BTreeSet;

/// The index of the RFCs is worth reading only while each row leads somewhere: `section | rule | file | test`.
pub fn index_rows_lead_somewhere(
    index: &str,
    exists: impl Fn(&str) -> bool,
    tests: &BTreeSet<String>,
) -> Vec<String> {
    let rows: Vec<Vec<&str>> = index
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .filter(|cells: &Vec<&str>| !cells[0].starts_with("--") && !cells[0].starts_with(":-"))
        .filter(|cells| cells.last() != Some(&"test"))
        .collect();
    let mut found = Vec::new();
    if rows.is_empty() {
        found.push("the index has no rows".to_owned());
    }
    for row in rows {
        let [.., files, names] = row.as_slice() else {
            found.push(format!("not `section | rule | file | test`: {row:?}"));
            continue;
        };
        let (files, names) = (quoted(files), quoted(names));
        if row.len() != 4 || files.is_empty() || names.is_empty() {
            found.push(format!("a row needs four cells, with `file` and `test` in backticks: {row:?}"));
        }
        found.extend(files.iter().filter(|file| !exists(file)).map(|file| format!("no such file: {file}")));
        let known = |name: &&&str| !tests.contains(name.rsplit("::").next().unwrap_or(name));
        found.extend(names.iter().filter(known).map(|name| format!("no such test: {name}")));
    }
    found
}

/// The other way round: a test that is named by a section of an RFC (`rfc6749_5_1_…`) holds a rule, so the index has it.
pub fn tests_of_rfcs_are_in_the_index(index: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let named: BTreeSet<&str> = index
        .lines()
        .filter(|line| line.starts_with('|'))
        .flat_map(quoted)
        .filter_map(|name| name.rsplit("::").next())
        .collect();
    tests
        .iter()
        .filter(|name| is_named_by_a_section(name) && !named.contains(name.as_str()))
        .map(|name| format!("docs/rfc-index.md has no row with `{name}`"))
        .collect()
}

/// `rfc` and a number and `_`: `rfc6749_5_1_no_store`, but not `rfc3339`, which is a format.
fn is_named_by_a_section(name: &str) -> bool {
    let rest = name.strip_prefix("rfc").unwrap_or_default().trim_start_matches(|c: char| c.is_ascii_digit());
    rest.starts_with('_') && !name.starts_with("rfc_")
}

/// What stands in backticks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}
