//! A rule of the tree: every file of a test suite is part of it.

use super::{SourceFile, rust_files};

/// A file that no `mod` names is never compiled: its tests pass because nobody runs them.
fn unnamed_tests(files: &[SourceFile]) -> Vec<String> {
    let suites = files.iter().filter_map(|file| file.path.strip_suffix("main.rs").map(|suite| (suite, file)));
    let mut found = Vec::new();
    for (suite, main) in suites {
        for file in files.iter().filter(|file| file.path != main.path) {
            let Some((name, "")) = file.path.strip_prefix(suite).and_then(|rest| rest.split_once(".rs"))
            else {
                continue;
            };
            if !name.contains('/') && !main.text.contains(&format!("mod {name};")) {
                found.push(format!("{} is named by no mod", file.path));
            }
        }
    }
    found
}

#[test]
fn the_tree_runs_every_test_there_is() {
    assert_eq!(unnamed_tests(&rust_files("tests")), [""; 0]);
    let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
    let files =
        [file("a/main.rs", "mod one;"), file("a/one.rs", ""), file("a/two.rs", ""), file("b/two.rs", "")];
    assert_eq!(unnamed_tests(&files), ["a/two.rs is named by no mod"]);
}
