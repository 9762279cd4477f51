//! Two machines that start on one empty PostgreSQL database, each with a folder of its own.

use std::fs;
use std::process::Stdio;

use crate::operator::Operator;
use crate::support_postgres::fresh_postgres_url;

#[test]
fn contract_14_of_two_first_starts_one_seals_the_database_and_the_other_says_which_file_to_copy() {
    let url = fresh_postgres_url();
    let nodes = [Operator::new(), Operator::new()].map(|node| node.with("PORTCULLIS_DATABASE_URL", &url));
    let start = |node: &Operator| {
        let mut command = node.command(&["user", "list", "--json"]);
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children = nodes.each_ref().map(start);
    let mut outcomes = children.map(|child| child.wait_with_output().unwrap()).into_iter().zip(&nodes);
    let (_, winner) = outcomes.by_ref().find(|(output, _)| output.status.success()).unwrap();
    let loser = nodes.iter().find(|node| !std::ptr::eq(*node, winner)).unwrap();

    let complaint = loser.refusal(&["user", "list"]);
    assert!(complaint.contains("copy") && complaint.contains("portcullis-data/master.key"), "{complaint}");
    let key = loser.data().join("master.key");
    assert!(!key.exists(), "the key that opens nothing is taken back");

    fs::copy(winner.data().join("master.key"), key).unwrap();
    assert_eq!(loser.json(&["signing-key", "list"]), winner.json(&["signing-key", "list"]));
    loser.json(&["doctor"]);
}
