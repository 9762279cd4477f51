//! The OpenAPI document tells the truth: every address that speaks JSON is in it, and every answer in it was seen
//! (contract §1).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::operations::{Answer, Document, Things};
use super::{Caller, NOBODY, other_doors};
use crate::doors::{DOORS, Shape, is_at};
use crate::support::exchange::Reply;
use crate::support::page::Page;
use crate::support::server::TestServer;

/// What was answered.
pub struct Seen<'d> {
    document: &'d Document,
    answers: BTreeSet<Answer>,
}

impl Seen<'_> {
    /// Notes an answer, whose body must be as described.
    #[track_caller]
    pub fn note(&mut self, operation: &str, status: u16, reply: Reply) -> Reply {
        let reply = reply.expect(status);
        self.document.describes(operation, &reply);
        self.answers.insert((operation.to_owned(), status));
        reply
    }
}

#[test]
fn contract_1_every_address_that_speaks_json_is_in_the_document_and_nothing_else() {
    let server = TestServer::start();
    let document = Document::of(&server);
    let operations = document.operations();
    let is_door = |path: &str, door: &str| match path.strip_suffix("/{path}") {
        Some(before) => door.starts_with(&format!("{before}/")),
        None => is_at(door, path),
    };
    for door in DOORS.iter().filter(|door| door.shape != Shape::Page) {
        let methods = if door.methods.is_empty() { &["GET"] } else { door.methods };
        for method in methods.iter().filter(|method| **method != "HEAD") {
            let described = operations.iter().any(|(own, path, _)| own == method && is_door(path, door.path));
            assert!(described, "{method} {} is not in the document", door.path);
        }
    }
    for (method, path, _) in &operations {
        let exists = DOORS.iter().any(|door| {
            is_door(path, door.path) && (door.methods.is_empty() || door.methods.contains(&method.as_str()))
        });
        assert!(exists, "{method} {path} is in the document only");
    }
}

#[test]
fn contract_1_the_document_is_openapi_whose_names_are_unique_and_references_lead_somewhere() {
    let server = TestServer::start();
    let document = Document::of(&server);
    assert!(document.0["openapi"].as_str().is_some_and(|version| version.starts_with("3.")));
    assert_eq!(document.0["info"]["version"], json!(env!("CARGO_PKG_VERSION")));
    let mut ids: Vec<&str> = document
        .operations()
        .iter()
        .map(|(_, _, operation)| operation["operationId"].as_str().unwrap())
        .collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
    let tags: Vec<&Value> = document.0["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    for (method, path, operation) in document.operations() {
        assert!(tags.contains(&&operation["tags"][0]), "{method} {path}");
        assert!(operation["summary"].as_str().is_some_and(|words| !words.is_empty()), "{method} {path}");
        let named: Vec<&str> = path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let in_path = parameters.iter().filter(|one| one["in"] == "path").count();
        assert_eq!(in_path, named.len(), "{method} {path}");
    }
    references(&document.0, &mut |place| {
        assert!(document.0.pointer(place.strip_prefix('#').unwrap()).is_some(), "{place}");
    });
}

fn references(value: &Value, check: &mut impl FnMut(&str)) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(place)) = members.get("$ref") {
                check(place);
            }
            members.values().for_each(|value| references(value, check));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, check)),
        _ => {}
    }
}

#[test]
fn contract_1_every_documented_answer_was_seen_and_is_as_described() {
    let settings =
        [("REVEAL_KEYS", "true"), ("TRUSTED_PROXIES", "127.0.0.1/32"), ("SCOPES", "jobs=run jobs")];
    let server = TestServer::with(&settings);
    let document = Document::of(&server);
    let documented = document.answers();
    let mut seen = Seen { document: &document, answers: BTreeSet::new() };
    for (method, path, operation) in document.operations() {
        if path.starts_with("/api/v1/") {
            let id = operation["operationId"].as_str().unwrap();
            drive(&server, &mut seen, (&method, &path, id), &documented);
        }
    }
    other_doors::drive(&server, &mut seen);
    let missing: Vec<&Answer> = documented.difference(&seen.answers).collect();
    assert!(missing.is_empty(), "never seen: {missing:?}");
    let unsaid: Vec<&Answer> = seen.answers.difference(&documented).collect();
    assert!(unsaid.is_empty(), "not documented: {unsaid:?}");
}

/// Brings about every answer that is documented for one operation.
fn drive(
    server: &TestServer,
    seen: &mut Seen<'_>,
    (method, path, id): (&str, &str, &str),
    documented: &BTreeSet<Answer>,
) {
    let things = Things::for_path(server, path);
    let operation = format!("{method} {path}");
    let (url, body) = (things.url(path), things.body(id));
    let is = |status: u16| documented.contains(&(operation.clone(), status));
    let root = &things.root;
    seen.note(&operation, 400, root.ask(method, &format!("{url}?nonsense=1"), &body));
    seen.note(&operation, 401, Caller::with(server, "a.b.c").ask(method, &url, &body));
    if is(403) {
        let elsewhere = root.with_key(&json!({"name": "elsewhere", "ip_allow": ["192.0.2.1"]}));
        seen.note(&operation, 403, elsewhere.ask(method, &url, &body));
    }
    if is(404) {
        let nothing = match id {
            "createKey" => root.ask(method, &url, &json!({"name": "a", "project_id": NOBODY})),
            _ => root.ask(method, &path.split('/').map(nowhere).collect::<Vec<_>>().join("/"), &body),
        };
        seen.note(&operation, 404, nothing);
    }
    if is(409) {
        let conflict = match id {
            "createUser" => root.post(&url, &json!({"username": "alice", "email": "a@example.com"})),
            "createClient" => root.post(&url, &json!({"client_id": "web", "name": "a"})),
            "createScope" => {
                let taken = json!({"name": "taken", "description": "a"});
                let _ = root.post(&url, &taken).expect(201);
                root.post(&url, &taken)
            }
            "updateScope" | "deleteScope" => root.ask(method, "/api/v1/scopes/jobs", &body),
            "updateUser" => root.patch(&format!("/api/v1/users/{}", root.id()), &json!({"disabled": true})),
            id if id.ends_with("Key") => root.ask(method, &expired(server, &url), &body),
            "addMember" => root.post(&url, &json!({"user": "root", "role": "viewer"})),
            _ => {
                let own = path.replace("{user_id}", &root.id());
                root.ask(method, &things.url(&own), &json!({"role": "viewer"}))
            }
        };
        seen.note(&operation, 409, conflict);
    }
    if is(415) {
        let actor = server.actor();
        let request = actor.ask(method, &url).bearer(&root.credential);
        seen.note(&operation, 415, request.body("text/plain", body.to_string().as_bytes()).send());
    }
    if id == "reportLeakedKey" {
        let stranger = server.actor();
        let report = || stranger.post(&url).header("x-forwarded-for", "192.0.2.76").json(&body).send();
        let mut too_many = (0..3000).map(|_| report());
        let refused = too_many.find(|reply| reply.status == 429).expect("a limit");
        seen.note(&operation, 429, refused);
        return seen_report(server, seen, &operation, &url, &body);
    }
    let spent = root.with_key(&json!({"name": "spent", "rate_limit": 1}));
    let _ = spent.get("/api/v1/schema").expect(200);
    seen.note(&operation, 429, spent.ask(method, &url, &body));
    let good = documented.iter().find(|(own, status)| *own == operation && *status < 300).unwrap().1;
    seen.note(&operation, good, root.ask(method, &url, &body));
}

/// The address of a key that is past its end, in place of the one in `url`.
fn expired(server: &TestServer, url: &str) -> String {
    let mut segments: Vec<String> = url.split('/').map(str::to_owned).collect();
    let place = segments.len() - 2;
    let project = segments.iter().position(|segment| segment == "projects");
    let project = project.map(|before| segments[before + 1].parse().unwrap());
    server.key("root", |key| {
        key.project_id = project;
        key.expires_at = Some(key.created_at);
        segments[place] = key.id.to_string();
    });
    segments.join("/")
}

/// A report from an address that made none yet.
fn seen_report(server: &TestServer, seen: &mut Seen<'_>, operation: &str, url: &str, body: &Value) {
    let actor = server.actor();
    let report = actor.post(url).header("x-forwarded-for", "192.0.2.77").json(body).send();
    seen.note(operation, 204, report);
}

/// A segment of an address of something that does not exist.
fn nowhere(segment: &str) -> &str {
    match segment {
        "{client_id}" => "nobody",
        segment if segment.starts_with('{') => NOBODY,
        segment => segment,
    }
}

#[test]
fn contract_1_docs_shows_every_operation_without_script() {
    let server = TestServer::start();
    let reply = server.actor().get("/docs").send().expect(200);
    assert!(reply.the_header("content-security-policy").contains("script-src 'self'"));
    let html = Page::of(&reply).html().replace("&#39;", "'");
    assert_eq!(html.matches("<script").count(), 1, "ours alone, which the page does not need");
    assert!(!html.contains("style=") && !html.contains("http://www."));
    let document = Document::of(&server);
    for (method, path, operation) in document.operations() {
        let id = operation["operationId"].as_str().unwrap();
        assert!(html.contains(&format!("<details id=\"{id}\">")), "{id}");
        assert!(html.contains(&format!("<code>{method} {path}</code>")), "{method} {path}");
        assert!(html.contains(&format!("{}{path}", server.issuer)), "no line to try for {path}");
        let summary = operation["summary"].as_str().unwrap();
        assert!(html.contains(summary), "{summary}");
    }
}
