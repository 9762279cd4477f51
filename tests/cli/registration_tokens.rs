//! `portcullis registration-token …`, and the setting it belongs to.

use serde_json::{Value, json};

use crate::operator::{Operator, contains, everything_in, members};

#[test]
fn contract_14_an_initial_access_token_is_made_listed_and_revoked() {
    let operator = Operator::new();
    assert_eq!(operator.json(&["registration-token", "list"]), json!({"registration_tokens": []}));
    let made = operator.json(&["registration-token", "create", "--uses", "3", "--expires", "12h"]);
    let names = ["id", "uses", "used", "created_at", "expires_at", "revoked_at", "state", "token"];
    let mut expected = names.to_vec();
    expected.sort_unstable();
    let mut found = members(&made);
    found.sort_unstable();
    assert_eq!(found, expected);
    let (id, token) = (made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
    assert!(token.starts_with("pia_") && token.len() == 42);
    assert!(!contains(&everything_in(operator.folder.path()), token), "stored as a digest only");
    let once = operator.json(&["registration-token", "create"]);
    assert_eq!((&once["uses"], &once["state"]), (&json!(1), &json!("live")), "one use unless more are said");
    let text = operator.run(&["registration-token", "list"]).stdout;
    assert!(text.contains("0 of 3") && !text.contains("pia_"), "{text}");
    operator.json(&["registration-token", "revoke", id]);
    let listed = operator.json(&["registration-token", "list"]);
    let state = |at: usize| listed["registration_tokens"][at]["state"].clone();
    assert_eq!((state(0), state(1)), (Value::from("revoked"), Value::from("live")));
    let again = operator.refusal(&["registration-token", "revoke", id]);
    assert!(again.contains("registration-token list"), "{again}");
}

#[test]
fn contract_14_what_a_token_cannot_be_is_refused() {
    let operator = Operator::new();
    for wrong in [["--uses", "0"], ["--uses", "10001"], ["--expires", "366d"]] {
        let refusal = operator.refusal(&["registration-token", "create", wrong[0], wrong[1]]);
        assert!(refusal.contains("365 days at most"), "{wrong:?}: {refusal}");
    }
    let text = operator.run(&["registration-token", "create"]).stdout;
    assert!(text.contains("dynamic_registration"), "while it is closed, that is said: {text}");
    let open = Operator::new().with("PORTCULLIS_DYNAMIC_REGISTRATION", "open");
    assert!(!open.run(&["registration-token", "create"]).stdout.contains("dynamic_registration"));
    let wrong = Operator::new().with("PORTCULLIS_DYNAMIC_REGISTRATION", "on");
    let refusal = wrong.refusal(&["registration-token", "list"]);
    assert!(
        refusal.to_lowercase().contains("dynamic_registration") && refusal.contains("closed"),
        "{refusal}"
    );
}
