//! The operations of the OpenAPI document, and for each of the account API an address and a body that work (contract §1).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Caller, text};
use crate::support::exchange::Reply;
use crate::support::server::TestServer;

/// An operation and a status.
pub type Answer = (String, u16);

/// The document of a server.
pub struct Document(pub Value);

impl Document {
    /// As it is served.
    pub fn of(server: &TestServer) -> Self {
        Self(Caller::with(server, "").get("/api/v1/schema").expect(200).json())
    }

    /// Every operation: method in capitals, path, what is said of it.
    pub fn operations(&self) -> Vec<(String, String, &Value)> {
        let mut all = Vec::new();
        for (path, item) in self.0["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                all.push((method.to_uppercase(), path.clone(), operation));
            }
        }
        all
    }

    /// Every answer that is written down.
    pub fn answers(&self) -> BTreeSet<Answer> {
        let of = |(method, path, operation): (String, String, &Value)| {
            let statuses: Vec<u16> =
                operation["responses"].as_object().unwrap().keys().map(|s| s.parse().unwrap()).collect();
            statuses.into_iter().map(move |status| (format!("{method} {path}"), status))
        };
        self.operations().into_iter().flat_map(of).collect()
    }

    /// What a reference leads to.
    pub fn resolve<'d>(&'d self, schema: &'d Value) -> &'d Value {
        match schema["$ref"].as_str() {
            Some(place) => self.resolve(self.0.pointer(place.strip_prefix('#').unwrap()).unwrap()),
            None => schema,
        }
    }

    /// Insists that a body is as its schema says: every required member, and none that is not described.
    #[track_caller]
    pub fn describes(&self, operation: &str, reply: &Reply) {
        let (method, path) = operation.split_once(' ').unwrap();
        let answer = &self.0["paths"][path][method.to_lowercase()]["responses"][reply.status.to_string()];
        let schema = &answer["content"]["application/json"]["schema"];
        if schema.is_null() {
            assert_eq!(reply.text(), "", "{operation} {}", reply.status);
        } else {
            self.fits(schema, &reply.json(), &format!("{operation} {}", reply.status));
        }
    }

    #[track_caller]
    fn fits(&self, schema: &Value, value: &Value, at: &str) {
        let schema = self.resolve(schema);
        if let Some(required) = schema["required"].as_array() {
            for name in required {
                assert!(value.get(name.as_str().unwrap()).is_some(), "{at}: no {name} in {value}");
            }
        }
        // Metadata and the document itself have more than is written down here.
        let open = at.contains("/.well-known/") || at.contains("/api/v1/schema");
        if let (Some(properties), Some(members)) = (schema["properties"].as_object(), value.as_object()) {
            for (name, member) in members.iter().filter(|_| !open) {
                let property = properties.get(name);
                let property = property.unwrap_or_else(|| panic!("{at}: {name} is not described"));
                assert!(is_of_type(self.resolve(property), member), "{at}: {name} is {member}");
                self.fits(property, member, &format!("{at}, {name}"));
            }
        }
        if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
            values.iter().for_each(|value| self.fits(items, value, at));
        }
    }
}

fn is_of_type(schema: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => false,
    };
    match &schema["type"] {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().any(|name| is(name.as_str().unwrap())),
        _ => true,
    }
}

/// Things that exist, made anew for one operation, so that none spoils another's.
pub struct Things<'s> {
    /// An administrator, who owns all of it.
    pub root: Caller<'s>,
    server: &'s TestServer,
    ids: BTreeMap<&'static str, String>,
}

impl<'s> Things<'s> {
    /// Makes what the operations of `path` are about.
    pub fn for_path(server: &'s TestServer, path: &str) -> Self {
        let root = Caller::person(server, "root");
        let mut ids = BTreeMap::new();
        if path.contains("/projects/") {
            let project = root.makes_project(true);
            if path.contains("/keys") {
                let key = root.makes_key(&format!("/api/v1/projects/{project}/keys"), "a");
                ids.insert("id", text(&key, "id").to_owned());
            } else {
                ids.insert("id", project.clone());
            }
            if path.contains("/members") {
                let new = json!({"user": "bob", "role": "viewer"});
                let bob = root.post(&format!("/api/v1/projects/{project}/members"), &new).expect(201);
                ids.insert("user_id", bob.member("user_id"));
            }
            ids.insert("project_id", project);
        } else if path.contains("/keys/") {
            ids.insert("id", text(&root.makes_key("/api/v1/keys", "a"), "id").to_owned());
        } else if path.contains("/sessions/") {
            let other = Caller::person(server, "root");
            let list = other.get("/api/v1/sessions?limit=1").expect(200).json();
            ids.insert("id", text(&list["data"][0], "id").to_owned());
        } else if path.contains("/users/") {
            ids.insert("id", Caller::person(server, "bob").id());
        } else if path.contains("/scopes/") {
            let name = format!("files:{}", crate::support::seed::unused());
            let made = root.post("/api/v1/scopes", &json!({"name": name, "description": "list your files"}));
            ids.insert("id", made.expect(201).member("id"));
        } else if path.contains("/clients/") {
            ids.insert(
                "client_id",
                root.post("/api/v1/clients", &json!({"name": "a"})).expect(201).member("client_id"),
            );
        }
        Self { root, server, ids }
    }

    /// An address of what exists.
    pub fn url(&self, path: &str) -> String {
        self.ids.iter().fold(path.to_owned(), |url, (name, id)| url.replace(&format!("{{{name}}}"), id))
    }

    /// A body that works; `null` where none is needed.
    pub fn body(&self, operation: &str) -> Value {
        let unused = crate::support::seed::unused();
        match operation {
            "createKey" | "createProjectKey" => json!({
                "name": "a", "scopes": ["read"], "expires_in": 60, "environment": "e", "ip_allow": ["::1"],
                "rate_limit": 9, "metadata": {"a": "b"},
            }),
            "updateKey" | "updateProjectKey" => json!({
                "name": "b", "scopes": ["read"], "expires_at": "2030-01-01T00:00:00Z", "environment": "e",
                "ip_allow": ["::1"], "rate_limit": 9, "metadata": {"a": "b"},
            }),
            "rotateKey" | "rotateProjectKey" => json!({"overlap_seconds": 5}),
            "revealKey" | "revealProjectKey" => json!({"password": self.server.seed.password}),
            "reportLeakedKey" => json!({"key": "sk_x"}),
            "createProject" => json!({"name": "a", "is_public": true}),
            "updateProject" => json!({"name": "b", "is_public": false}),
            "addMember" => json!({"user": "alice", "role": "viewer"}),
            "updateMember" => json!({"role": "editor"}),
            "createUser" => json!({
                "username": unused, "email": format!("{unused}@example.com"), "password": "a short sentence works",
                "is_admin": false,
            }),
            "updateUser" => json!({"disabled": false}),
            "createClient" => json!({
                "client_id": format!("client-{unused}"), "name": "a", "public": false, "redirect_uris": ["https://a.example/b"],
                "grants": ["authorization_code"], "scopes": ["read"], "auth_method": "client_secret_basic",
                "require_pkce": true, "resource_server": true, "resources": ["https://a.example/"], "rate_limit": 9,
                "default_scopes": ["read"], "jwks_uri": "https://a.example/keys", "default_max_age": 60,
                "require_pushed_authorization_requests": true, "post_logout_redirect_uris": ["https://a.example/out"],
            }),
            "updateClient" => json!({
                "name": "b", "public": false, "redirect_uris": [], "grants": ["client_credentials"],
                "scopes": ["read"], "auth_method": "client_secret_basic", "require_pkce": true,
                "resource_server": true, "resources": ["https://a.example/"], "subject_type": "pairwise",
                "default_max_age": 60, "dpop_bound_access_tokens": true, "contacts": ["ops@a.example"],
            }),
            "createScope" => json!({
                "name": format!("files:{unused}"), "description": "list your files", "descriptions": {"de": "Dateien"},
                "for_anybody": true,
            }),
            "updateScope" => json!({
                "description": "see your files", "descriptions": {"de": null}, "for_anybody": false,
            }),
            "replaceClientSecret" => json!({"overlap_seconds": 5}),
            _ => Value::Null,
        }
    }
}
