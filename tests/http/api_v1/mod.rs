//! `/api/v1/*`: the account and management API (contract §7, §8, §9), and somebody who speaks JSON with one credential.

mod administration;
mod bodies;
mod client_metadata;
mod document;
mod guide;
mod keys;
mod keys_of_keys;
mod lists;
mod operations;
mod other_doors;
mod projects;
mod scopes;
mod sessions;
mod table;

use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::exchange::Reply;
use crate::support::server::TestServer;

/// An id that nothing has.
pub const NOBODY: &str = "0198c5b1-7f3a-7cc0-8000-000000000001";

/// Somebody with one credential, or none.
pub struct Caller<'s> {
    actor: Actor<'s>,
    /// What they present.
    pub credential: String,
}

impl<'s> Caller<'s> {
    /// Somebody who signed in.
    pub fn person(server: &'s TestServer, name: &'static str) -> Self {
        let actor = server.actor().named(name);
        let credential = actor.logs_in().access;
        actor.forgets_cookies();
        Self { actor, credential }
    }

    /// Somebody with this credential; an empty one is none.
    pub fn with(server: &'s TestServer, credential: &str) -> Self {
        Self { actor: server.actor(), credential: credential.to_owned() }
    }

    /// Somebody with a new key of this person's.
    pub fn with_key(&self, new: &Value) -> Self {
        let made = self.post("/api/v1/keys", new).expect(201);
        Self::with(self.actor.server, &made.member("key"))
    }

    /// Asks with a body, or without one for `null`.
    pub fn ask(&self, method: &str, path: &str, body: &Value) -> Reply {
        let mut request = self.actor.ask(method, path);
        if !self.credential.is_empty() {
            request = request.bearer(&self.credential);
        }
        if !body.is_null() {
            request = request.json(body);
        }
        request.send()
    }

    /// GET.
    pub fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &Value::Null)
    }

    /// POST.
    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.ask("POST", path, body)
    }

    /// PATCH.
    pub fn patch(&self, path: &str, body: &Value) -> Reply {
        self.ask("PATCH", path, body)
    }

    /// DELETE.
    pub fn delete(&self, path: &str) -> Reply {
        self.ask("DELETE", path, &Value::Null)
    }

    /// Makes a project; answers its id.
    pub fn makes_project(&self, is_public: bool) -> String {
        self.post("/api/v1/projects", &json!({"name": "Genomes", "is_public": is_public}))
            .expect(201)
            .member("id")
    }

    /// Makes a key with this name at `place`; answers the whole of it.
    pub fn makes_key(&self, place: &str, name: &str) -> Value {
        self.post(place, &json!({"name": name})).expect(201).json()
    }

    /// Who this is.
    pub fn id(&self) -> String {
        self.get("/api/v1/account").expect(200).member("id")
    }

    /// Whether verify believes the credential.
    #[track_caller]
    pub fn is_believed(&self) -> bool {
        self.actor.is_believed(&self.credential)
    }
}

/// Whether verify believes a key.
#[track_caller]
pub fn works(server: &TestServer, key: &str) -> bool {
    server.actor().is_believed(key)
}

/// A member that must be text.
#[track_caller]
pub fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}
