//! `portcullis user …`.

use serde_json::json;

use crate::operator::{Operator, contains, everything_in, members};

const PASSWORD: &str = "a password that is long enough";

#[test]
fn contract_14_user_create_answers_id_username_email_and_a_random_password_if_none_was_given() {
    let operator = Operator::new();
    let made = operator.json(&["user", "create", "alice", "--email", "alice@example.com"]);
    assert_eq!(members(&made), ["email", "id", "password", "username"]);
    assert!(made["password"].as_str().unwrap().len() >= 20);
    let line =
        ["user", "create", "root", "--email", "r@example.com", "--admin", "--password-stdin", "--json"];
    let outcome = operator.run_with_stdin(&line, &format!("{PASSWORD}\n"));
    let made = outcome.object();
    assert_eq!((made["username"].as_str(), made["email"].as_str()), (Some("root"), Some("r@example.com")));
    assert_eq!(members(&made), ["email", "id", "username"]);
    assert!(!outcome.stdout.contains(PASSWORD) && !outcome.stderr.contains(PASSWORD));
}

#[test]
fn a_generated_password_is_printed_once_and_kept_nowhere() {
    let operator = Operator::new();
    let text = operator.run(&["user", "create", "alice", "--email", "a@example.com"]);
    assert_eq!((text.status, text.stderr.as_str()), (0, ""));
    let password = text.stdout.lines().last().unwrap().rsplit(' ').next().unwrap();
    assert_eq!(text.stdout.matches(password).count(), 1);
    assert!(!contains(&everything_in(operator.folder.path()), password));
    assert!(!operator.run(&["user", "list", "--json"]).stdout.contains("password"));
}

#[test]
fn contract_14_user_list_disable_enable_and_set_password() {
    let operator = Operator::new();
    assert_eq!(operator.json(&["user", "list"]), json!({ "users": [] }));
    operator.json(&["user", "create", "alice", "--email", "alice@example.com"]);
    let disabled = operator.json(&["user", "disable", "ALICE"]);
    assert_eq!((disabled["username"].as_str(), disabled["disabled"].as_bool()), (Some("alice"), Some(true)));
    let listed = operator.json(&["user", "list"]);
    assert_eq!(members(&listed["users"][0]), ["admin", "created_at", "disabled", "email", "id", "username"]);
    assert_eq!(listed["users"][0]["disabled"], true);
    assert_eq!(operator.json(&["user", "enable", "alice@example.com"])["disabled"], false);
    assert_eq!(members(&operator.json(&["user", "set-password", "alice"])), ["id", "password", "username"]);
    let given =
        operator.run_with_stdin(&["user", "set-password", "alice", "--password-stdin", "--json"], PASSWORD);
    assert_eq!(members(&given.object()), ["id", "username"]);
}

#[test]
fn contract_14_refusals_exit_1_with_one_line_that_says_what_to_do() {
    let operator = Operator::new();
    operator.json(&["user", "create", "alice", "--email", "alice@example.com"]);
    for (line, words) in [
        (&["user", "create", "Alice", "--email", "b@example.com"][..], "taken"),
        (&["user", "create", "a:b", "--email", "b@example.com"][..], "':'"),
        (&["user", "create", "bob", "--email", "b..b@example.com"][..], "no mail can be sent"),
        (&["user", "create", "аlice", "--email", "b@example.com"][..], "several scripts"),
        (&["user", "disable", "nobody"][..], "portcullis user list"),
        (&["user", "set-password", "alice", "--password-stdin"][..], "standard input"),
    ] {
        let complaint = operator.refusal(line);
        assert!(complaint.contains(words), "{complaint}");
    }
    let short = operator.run_with_stdin(&["user", "set-password", "alice", "--password-stdin"], "hunter2\n");
    assert_eq!(short.status, 1);
    assert!(short.complaint().contains("at least 15") && !short.stderr.contains("hunter2"));
}

#[test]
fn contract_14_usage_errors_exit_2() {
    let operator = Operator::new();
    for line in [
        &[][..],
        &["user"][..],
        &["user", "create", "alice"][..],
        &["user", "create", "alice", "--email", "a@b.c", "--password", "x"][..],
        &["frobnicate"][..],
        &["serve", "--prot", "1"][..],
        &["client", "create", "--name", "n", "--grant", "implicit"][..],
        &["client", "create", "--name", "n", "--auth-method", "magic"][..],
    ] {
        let outcome = operator.run(line);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (2, ""), "{line:?}");
    }
    assert!(!operator.data().exists());
}
