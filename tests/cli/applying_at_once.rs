//! Several nodes and commands that apply one file to one database at the same moment: each of them comes to its end, and one
//! of them did it.

use std::thread;

use serde_json::Value;

use crate::apply::{FILE, done, example, operator};
use crate::operator::Operator;
use crate::serving::Running;
use crate::support_postgres::fresh_postgres_url;

/// One operator whose data are in a file, and one whose data are in PostgreSQL.
fn operators() -> [Operator; 2] {
    let both = [operator(), operator().with("PORTCULLIS_DATABASE_URL", fresh_postgres_url())];
    for operator in &both {
        operator.write(FILE, &example());
    }
    both
}

/// What came of doing it so many times at once.
fn at_once<T: Send>(times: usize, act: impl Fn() -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let all: Vec<_> = (0..times).map(|_| scope.spawn(&act)).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

/// The links that were handed out for people to choose their password by.
fn links<'a>(answers: impl IntoIterator<Item = &'a Value>) -> Vec<&'a str> {
    let all = answers.into_iter().flat_map(|answer| answer["password_links"].as_array().unwrap());
    all.map(|link| link["url"].as_str().unwrap()).collect()
}

#[test]
fn contract_14_of_commands_that_apply_a_file_at_once_one_does_it_and_the_others_find_it_done() {
    for operator in operators() {
        let answers = at_once(4, || operator.json(&["apply", FILE]));
        let mut changes: Vec<usize> = answers.iter().map(|answer| done(answer).len()).collect();
        changes.sort_unstable();
        assert_eq!(changes, [0, 0, 0, 7]);
        assert_eq!(links(&answers).len(), 1, "of alice, by whoever made her account");
    }
}

#[test]
fn contract_14_of_nodes_that_start_at_once_one_applies_the_bootstrap_file() {
    for operator in operators().map(|operator| operator.with("PORTCULLIS_BOOTSTRAP_FILE", FILE)) {
        let nodes = at_once(3, || Running::start(&operator, "serve"));
        assert!(nodes.iter().all(|node| node.said["setup_url"].is_null()), "there is an administrator");
        let applied: Vec<&Value> = nodes.iter().filter_map(|node| node.said.get("applied")).collect();
        let links = links(applied.iter().copied());
        assert_eq!((applied.len(), links.len()), (1, 1));
        assert_eq!(reqwest::blocking::get(links[0]).unwrap().status(), 200, "it is good still");
    }
}
