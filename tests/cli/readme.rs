//! README.md keeps its word: the snippets it prints are the ones that are tested, and its commands exist (contract §3, §5,
//! §14).

use std::fs;

use crate::operator::Operator;

fn readme() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap()
}

/// What the README's people type: the lines of its ```sh blocks, continued ones joined.
fn shell_lines(readme: &str) -> Vec<String> {
    let (mut within, mut found, mut line) = (false, Vec::new(), String::new());
    for text in readme.lines() {
        if text.trim_start().starts_with("```") {
            within = text.trim() == "```sh";
        } else if within {
            match text.strip_suffix('\\') {
                Some(continued) => line.push_str(continued),
                None => found.push(std::mem::take(&mut line) + text),
            }
        }
    }
    found
}

/// The words of each `portcullis …` on a line: after `|`, `&&`, `;` and `$(` too; up to what belongs to the shell.
fn commands(line: &str) -> Vec<Vec<String>> {
    let (mut all, mut words, mut word, mut quote) = (Vec::new(), Vec::new(), String::new(), None);
    for c in line.chars().chain(['\n']) {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '#') if word.is_empty() => break,
            (None, c) if c.is_whitespace() || "|&;()<>".contains(c) => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                if !matches!(c, ' ' | '\t') {
                    all.push(std::mem::take(&mut words));
                }
            }
            (_, c) => word.push(c),
        }
    }
    all.push(words);
    all.retain(|words| words.first().is_some_and(|first| first == "portcullis"));
    all
}

#[test]
fn contract_3_the_readme_prints_the_python_that_is_tested() {
    let readme = readme();
    for line in [
        "import requests",
        r#"body = {"username": "alice", "password": "a password that is long enough"}"#,
        "headers = {'Content-Type': 'application/x-www-form-urlencoded'}",
        r#"response = session.post("http://127.0.0.1:8080/auth/v1/token", data=body, headers=headers)"#,
    ] {
        assert!(readme.lines().any(|own| own == line), "README.md lacks: {line}");
    }
}

#[test]
fn contract_5_the_readme_prints_the_four_steps_that_are_tested() {
    let words = readme().split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "'client_id=YOUR_CLIENT_ID&redirect_uri=https://yourapp.com/callback&response_type=code&scope=read write'",
        "headers: { 'Content-Type': 'application/json' }",
        "grant_type: 'authorization_code', code: 'AUTH_CODE', client_id: 'YOUR_CLIENT_ID', \
         client_secret: 'YOUR_CLIENT_SECRET', redirect_uri: 'https://yourapp.com/callback'",
        "'Authorization': `Bearer ${access_token}`",
    ] {
        assert!(words.contains(part), "README.md lacks: {part}");
    }
}

#[test]
fn contract_14_every_command_in_the_readme_exists() {
    let operator = Operator::new();
    let commands: Vec<_> = shell_lines(&readme()).iter().flat_map(|line| commands(line)).collect();
    assert!(commands.len() >= 3, "README.md shows {} commands", commands.len());
    for words in commands {
        // What an earlier command printed; elsewhere any text will do.
        let filled = |word: &String| word.replace("$PROJECT", "01a201dc-6781-73e8-94bb-ee2746c663bf");
        let filled: Vec<String> = words.iter().skip(1).map(filled).collect();
        let mut arguments: Vec<&str> = filled.iter().map(String::as_str).collect();
        // What stands before `--help` is read first: a flag or command that does not exist is refused.
        arguments.push("--help");
        let outcome = operator.run(&arguments);
        assert_eq!(outcome.status, 0, "{words:?}: {}", outcome.stderr);
    }
    assert_ne!(operator.run(&["serve", "--nonsense", "--help"]).status, 0);
    assert_ne!(operator.run(&["user", "invent", "--help"]).status, 0);
}

#[test]
fn commands_are_found_within_a_line_of_shell() {
    for (line, expected) in [
        ("portcullis serve &", vec![vec!["portcullis", "serve"]]),
        (
            "printf '%s' 'a | b' | portcullis user create alice",
            vec![vec!["portcullis", "user", "create", "alice"]],
        ),
        (
            "ID=$(portcullis client list --json) # portcullis x",
            vec![vec!["portcullis", "client", "list", "--json"]],
        ),
        (
            "portcullis client create --name 'Your app'",
            vec![vec!["portcullis", "client", "create", "--name", "Your app"]],
        ),
        (
            "portcullis migrate && portcullis doctor",
            vec![vec!["portcullis", "migrate"], vec!["portcullis", "doctor"]],
        ),
        ("cargo build && export PATH=\"$PWD/target\"", vec![]),
    ] {
        assert_eq!(commands(line), expected, "{line}");
    }
}
