//! Pages of lists: every entry once, in order, whatever the size (contract §9).

use serde_json::{Value, json};

use super::{Caller, text};
use crate::support::server::TestServer;

/// Walks a list in pages of `limit`; answers the entries' `member`.
fn walk(caller: &Caller<'_>, path: &str, limit: usize, member: &str) -> Vec<String> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = caller.get(&format!("{path}?limit={limit}{cursor}")).expect(200).json();
        let entries = page["data"].as_array().unwrap();
        assert!(entries.len() <= limit);
        all.extend(entries.iter().map(|entry| text(entry, member).to_owned()));
        match &page["next"] {
            Value::Null => return all,
            next => {
                assert_eq!(entries.len(), limit, "a page that is not the last is full");
                cursor = format!("&cursor={}", next.as_str().unwrap());
            }
        }
    }
}

on_both! {
    fn contract_9_every_list_is_walked_entry_by_entry(server) {
        let root = Caller::person(server, "root");
        let project = root.makes_project(true);
        for number in 0..4 {
            root.makes_key("/api/v1/keys", &format!("key {number}"));
            root.makes_key(&format!("/api/v1/projects/{project}/keys"), &format!("key {number}"));
            let _ = root.makes_project(number % 2 == 0);
            let _ = Caller::person(server, "root");
        }
        for name in ["files:list", "Files", "files", "https://api.example/x"] {
            let _ = root.post("/api/v1/scopes", &json!({"name": name, "description": "list"})).expect(201);
        }
        for user in ["alice", "bob", "erin"] {
            let members = format!("/api/v1/projects/{project}/members");
            let _ = root.post(&members, &json!({"user": user, "role": "viewer"})).expect(201);
        }
        for (path, member, size) in [
            ("/api/v1/keys".to_owned(), "id", 8),
            (format!("/api/v1/projects/{project}/keys"), "id", 4),
            (format!("/api/v1/projects/{project}/members"), "user_id", 4),
            ("/api/v1/projects".to_owned(), "id", 5),
            ("/api/v1/sessions".to_owned(), "id", 5),
            ("/api/v1/users".to_owned(), "id", 6),
            ("/api/v1/clients".to_owned(), "client_id", 13),
            ("/api/v1/scopes".to_owned(), "name", 4),
            ("/api/v1/audit-events".to_owned(), "id", 0),
        ] {
            let whole = walk(&root, &path, 100, member);
            assert!(whole.len() == size || size == 0, "{path}: {}", whole.len());
            let mut once = whole.clone();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), whole.len(), "{path}");
            for limit in [1, 2, size.max(3), size + 1] {
                assert_eq!(walk(&root, &path, limit, member), whole, "{path} by {limit}");
            }
            for bad in ["limit=0", "limit=101", "limit=x", "limit=1&limit=2", "cursor=x", "cursor=%ff", "order=up"] {
                let _ = root.get(&format!("{path}?{bad}")).expect(400);
            }
        }
    }
}

#[test]
fn contract_9_what_is_added_meanwhile_moves_no_page() {
    let server = TestServer::start();
    let alice = Caller::person(&server, "alice");
    let names = |page: &Value| -> Vec<String> {
        page["data"].as_array().unwrap().iter().map(|key| text(key, "name").to_owned()).collect()
    };
    for name in ["a", "b", "c"] {
        alice.makes_key("/api/v1/keys", name);
    }
    let first = alice.get("/api/v1/keys?limit=2").expect(200).json();
    assert_eq!(names(&first), ["c", "b"]);
    alice.makes_key("/api/v1/keys", "d");
    let next = format!("/api/v1/keys?limit=2&cursor={}", text(&first, "next"));
    assert_eq!(names(&alice.get(&next).expect(200).json()), ["a"]);
}
