//! Every body of the account API, fed everything that is wrong: 400 or 415 in the shape of the door, and nothing is echoed
//! (contract §8, §9; security §4.6).

use serde_json::{Value, json};

use super::operations::{Document, Things};
use crate::doors::Shape;
use crate::support::server::TestServer;

const JSON: &str = "application/json";

/// Values of other types than `value`'s.
fn other_types(value: &Value) -> Vec<Value> {
    let all =
        [json!("text"), json!(1), json!(true), json!(["a"]), json!({"a": "b"}), json!([1]), json!({"a": 1})];
    let same = |other: &Value| match (value, other) {
        (Value::Array(_), Value::Array(items)) => items[0].is_string(),
        (Value::Object(_), Value::Object(members)) => members["a"].is_string(),
        _ => std::mem::discriminant(value) == std::mem::discriminant(other),
    };
    all.into_iter().filter(|other| !same(other)).collect()
}

/// Bodies that are wrong in one way each.
fn bad_bodies(good: &Value) -> Vec<String> {
    let members = good.as_object().cloned().unwrap_or_default();
    let mut bad: Vec<String> = ["", "{", "[]", "null", "\"x\"", "1", "{}{}", "{\"a\"}", "\u{0}", "{'a':1}"]
        .iter()
        .map(|text| (*text).to_owned())
        .collect();
    bad.push(format!("{}{}", "[".repeat(30_000), "]".repeat(30_000)));
    bad.push(format!("{{\"name\":{}", "{\"a\":".repeat(10_000)));
    let with = |name: &str, value: &Value| {
        let mut all = members.clone();
        all.insert(name.to_owned(), value.clone());
        Value::Object(all).to_string()
    };
    for name in ["nonsense", "", "__proto__", "owner", "Name"] {
        bad.push(with(name, &json!("sk_not_to_be_echoed")));
    }
    for (name, value) in &members {
        bad.extend(other_types(value).iter().map(|other| with(name, other)));
        // The same member again, with the very same value.
        let whole = good.to_string();
        let again = format!("{{\"{name}\":{value},{}", whole.strip_prefix('{').unwrap());
        bad.push(again);
    }
    bad
}

#[test]
fn security_24_every_body_of_the_account_api_is_fed_what_is_wrong() {
    let server = TestServer::with(&[("REVEAL_KEYS", "true")]);
    let document = Document::of(&server);
    let mut fed = 0;
    for (method, path, operation) in document.operations() {
        if !path.starts_with("/api/v1/") || !["POST", "PATCH"].contains(&method.as_str()) {
            continue;
        }
        let id = operation["operationId"].as_str().unwrap();
        let things = Things::for_path(&server, &path);
        // A key of its own quota would be too little: an access token's is 2000 an hour.
        let (url, good, actor) = (things.url(&path), things.body(id), server.actor());
        let ask = |content_type: &str, body: &str| {
            let request = actor.ask(&method, &url).bearer(&things.root.credential);
            request.body(content_type, body.as_bytes()).send()
        };
        for bad in bad_bodies(&good) {
            let reply = ask(JSON, &bad);
            assert_eq!(reply.status, 400, "{method} {path} {bad:.200}: {}", reply.text());
            Shape::OneCodex.check(&reply);
            assert!(!reply.text().contains("not_to_be_echoed"), "{method} {path}");
        }
        for other in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonp",
            "multipart/form-data",
            "",
        ] {
            let reply = ask(other, &good.to_string());
            assert_eq!(reply.status, 415, "{method} {path} {other}: {}", reply.text());
            Shape::OneCodex.check(&reply);
        }
        server.clock.advance(3601 / 4);
        fed += 1;
    }
    assert!(fed > 20, "{fed}");
}
