//! Reads docs/rfc-index.md for `tests/architecture.rs`: each row leads somewhere, and each test of an RFC's rule stands
//! in a row. So does docs/conformance.md, whose rows name tests, too.

use std::collections::BTreeSet;
use std::fs;

use super::root;

/// The index of the RFCs is worth reading only while each row leads somewhere: `section | rule | file | test`.
pub fn index_rows_lead_somewhere(
    index: &str,
    exists: impl Fn(&str) -> bool,
    tests: &BTreeSet<String>,
) -> Vec<String> {
    let rows = rows(index, "test");
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
        found.extend(unknown(&names, tests));
    }
    found
}

/// The conformance matrix is honest only while its tests exist, and its states say no more than its rows show:
/// `module | checks | section | our test | state`.
pub fn conformance_rows_are_true(matrix: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let rows = rows(matrix, "state");
    let mut found = Vec::new();
    if rows.is_empty() {
        found.push("the matrix has no rows".to_owned());
    }
    for row in rows {
        let [_, _, _, names, state] = row.as_slice() else {
            found.push(format!("not `module | checks | section | our test | state`: {row:?}"));
            continue;
        };
        let names = quoted(names);
        // What comes after a colon is the reason.
        let fits = match state.split(':').next().unwrap_or_default() {
            "our test" | "partly" => !names.is_empty(),
            "no test yet" => names.is_empty(),
            "not offered" => true,
            _ => false,
        };
        if !fits {
            found.push(format!("the state is not one of ours, or does not fit the tests: {row:?}"));
        }
        found.extend(unknown(&names, tests));
    }
    found
}

/// Each plan that Portcullis is to pass, and how many modules (of MCP: rules) it has; what the suite leaves out is not counted.
const PLANS: [(&str, usize); 7] = [
    ("Basic OP", 38),
    ("Config OP", 1),
    ("Form Post OP", 38),
    ("RP-initiated logout", 11),
    ("Back-channel logout", 2),
    ("FAPI 2.0 Security Profile", 56),
    ("MCP authorization", 24),
];

/// A row that goes away is no module that is passed.
fn plans_are_whole(matrix: &str) -> Vec<String> {
    let rows_of = |plan: &str| {
        let part = matrix.split("\n## ").find(|part| part.lines().next() == Some(plan));
        part.map_or(0, |part| rows(part, "state").len())
    };
    let found = PLANS.iter().map(|(plan, modules)| (plan, rows_of(plan), modules));
    found
        .filter(|(_, rows, modules)| rows != *modules)
        .map(|(plan, rows, modules)| format!("{plan} has {rows} rows, and {modules} modules"))
        .collect()
}

#[test]
fn the_tree_has_a_row_for_every_module_of_every_plan() {
    let matrix = fs::read_to_string(root().join("docs/conformance.md")).expect("docs/conformance.md");
    assert_eq!(plans_are_whole(&matrix), [""; 0]);
    let (less, _) = matrix.rsplit_once("\n| S7 ").expect("the last row");
    assert_eq!(plans_are_whole(less), ["MCP authorization has 23 rows, and 24 modules"]);
}

/// The rows of the tables in `text`, without the headings, whose last cell is `heading`.
fn rows<'a>(text: &'a str, heading: &str) -> Vec<Vec<&'a str>> {
    text.lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .filter(|cells: &Vec<&str>| !cells[0].starts_with("--") && !cells[0].starts_with(":-"))
        .filter(|cells| cells.last() != Some(&heading))
        .collect()
}

/// Those names that no test has; a path before a name does not count.
fn unknown(names: &[&str], tests: &BTreeSet<String>) -> Vec<String> {
    let unknown = |name: &&&str| !tests.contains(name.rsplit("::").next().unwrap_or(name));
    names.iter().filter(unknown).map(|name| format!("no such test: {name}")).collect()
}

/// A row is found by its number: RFCs by theirs, each other specification in one piece, and sections in their order.
pub fn rows_out_of_order(index: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    let mut last = ("", 0, Vec::new());
    // What discovery claims has no section.
    for row in rows(index, "test").into_iter().filter(|row| !row[0].starts_with('`')) {
        let (specification, section) = section(row[0]);
        let number = specification.strip_prefix("RFC ").and_then(|rfc| rfc.parse().ok()).unwrap_or(u32::MAX);
        let fits = match specification == last.0 {
            true => last.2 <= section,
            false => last.1 <= number && !seen.contains(&specification),
        };
        if !fits {
            found.push(format!("{} comes after {}", row[0], last.0));
        }
        seen.push(specification);
        last = (specification, number, section);
    }
    found
}

/// `RFC 6749 §4.1.2, §5` is of RFC 6749, and stands where its first section does. Appendices come after the sections.
fn section(cell: &str) -> (&str, Vec<(u32, &str)>) {
    let first = cell.split(", ").next().unwrap_or_default();
    let (specification, section) =
        first.split_once(" §").or_else(|| first.split_once(" appendix ")).unwrap_or((first, ""));
    // A letter is no number: it comes after all of them.
    let part = |part| (str::parse(part).unwrap_or(u32::MAX), part);
    (specification, section.split('.').filter(|part| !part.is_empty()).map(part).collect())
}

/// The other way round: a test that is named by a section of a specification (`rfc6749_5_1_…`, `oidc_core_2_…`) holds a
/// rule, so the index has it.
pub fn tests_of_sections_are_in_the_index(index: &str, tests: &BTreeSet<String>) -> Vec<String> {
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

/// How the names of tests begin that hold a rule of a specification; one of an RFC begins with its number.
const SPECIFICATIONS: [&str; 10] =
    ["rfc", "oidc", "openid", "oauth", "fapi", "cimd", "mcp", "nist", "uts", "wcag"];

/// A specification, perhaps a number, and `_`: `rfc6749_5_1_no_store`, but not `rfc3339` or `fapi`, which are words of ours.
fn is_named_by_a_section(name: &str) -> bool {
    let of = |specification: &&str| {
        let rest = name.strip_prefix(*specification).unwrap_or_default();
        let rule = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        rule.starts_with('_') && !(*specification == "rfc" && rule == rest)
    };
    SPECIFICATIONS.iter().any(of)
}

/// What stands in backticks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}
