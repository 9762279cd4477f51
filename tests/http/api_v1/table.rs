//! The table of contract §7: each kind of credential at each kind of address.

use serde_json::{Value, json};

use super::{Caller, NOBODY, text};
use crate::support::exchange::Reply;
use crate::support::server::TestServer;

/// Headers that may differ: the request's own, and where the caller stands.
const OWN: [&str; 7] = [
    "date",
    "x-request-id",
    "ratelimit",
    "ratelimit-policy",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
];

/// Everything of an answer that could tell two addresses apart.
type Face = (u16, Vec<(String, Vec<u8>)>, Vec<u8>);

fn face(reply: &Reply) -> Face {
    let mut headers: Vec<(String, Vec<u8>)> = reply
        .headers
        .iter()
        .filter(|(name, _)| !OWN.contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
        .collect();
    headers.sort();
    (reply.status, headers, reply.body.clone())
}

struct World<'s> {
    server: &'s TestServer,
    owner: Caller<'s>,
    public: String,
    private: String,
}

impl<'s> World<'s> {
    fn new(server: &'s TestServer) -> Self {
        let owner = Caller::person(server, "alice");
        let (public, private) = (owner.makes_project(true), owner.makes_project(false));
        Self { server, owner, public, private }
    }

    /// A key that works, of a project that is neither of the two.
    fn elsewhere(&self) -> Caller<'s> {
        let own = self.owner.makes_project(false);
        let key = self.owner.makes_key(&format!("/api/v1/projects/{own}/keys"), "elsewhere");
        Caller::with(self.server, text(&key, "key"))
    }

    /// Credentials that are no good any more, or never were.
    fn dead(&self) -> Vec<Caller<'s>> {
        let key = |change: &dyn Fn(&str)| {
            let made = self.owner.makes_key("/api/v1/keys", "dead");
            change(text(&made, "id"));
            Caller::with(self.server, text(&made, "key"))
        };
        let expired = self.owner.with_key(&json!({"name": "expired", "expires_in": 10}));
        let gone = key(&|id| drop(self.owner.delete(&format!("/api/v1/keys/{id}")).expect(204)));
        let off = key(&|id| {
            drop(self.owner.post(&format!("/api/v1/keys/{id}/disable"), &Value::Null).expect(200));
        });
        self.server.clock.advance(11);
        let never = ["sk_00000000000000000000000000000", "a.b.c"];
        let mut all = vec![expired, gone, off];
        all.extend(never.map(|text| Caller::with(self.server, text)));
        all
    }
}

#[test]
fn contract_7_the_whole_table() {
    let server = TestServer::start();
    let world = World::new(&server);
    let (public, private) =
        (format!("/api/v1/projects/{}", world.public), format!("/api/v1/projects/{}", world.private));
    // Public list, public record, protected route of ours, protected routes of a public project, private record and routes.
    let addresses: Vec<String> = vec![
        "/api/v1/projects".into(),
        public.clone(),
        "/api/v1/account".into(),
        format!("{public}/keys"),
        format!("{public}/members"),
        private.clone(),
        format!("{private}/keys"),
        format!("{private}/members"),
    ];
    let nobody = Caller::with(&server, "");
    let bob = Caller::person(&server, "bob");
    let project_key = world.elsewhere();
    for (who, caller, expected) in [
        ("none", &nobody, [200, 200, 401, 401, 401, 404, 404, 404]),
        ("stranger", &bob, [200, 200, 200, 403, 403, 404, 404, 404]),
        ("another project's key", &project_key, [200, 200, 403, 403, 403, 404, 404, 404]),
        ("owner", &world.owner, [200, 200, 200, 200, 200, 200, 200, 200]),
    ] {
        let seen: Vec<u16> = addresses.iter().map(|address| caller.get(address).status).collect();
        assert_eq!(seen, expected, "{who}: {addresses:?}");
    }
    for dead in world.dead() {
        for address in &addresses {
            let reply = dead.get(address).expect(401);
            assert!(reply.the_header("www-authenticate").contains("error=\"invalid_token\""), "{address}");
        }
        let _ = dead.get(&format!("/api/v1/projects/{NOBODY}")).expect(401);
        let _ = dead.get("/api/v1/projects/x").expect(401);
        let _ = dead.get("/api/v1/schema").expect(401);
    }
    let _ = nobody.get("/api/v1/schema").expect(200);
    let _ = bob.get("/api/v1/users").expect(403);
}

#[test]
fn contract_7_a_hidden_404_is_byte_equal_to_that_of_what_never_was() {
    let server = TestServer::start();
    let world = World::new(&server);
    let key = world.owner.makes_key(&format!("/api/v1/projects/{}/keys", world.private), "a");
    let (nobody, bob, elsewhere) =
        (Caller::with(&server, ""), Caller::person(&server, "bob"), world.elsewhere());
    let key_id = text(&key, "id");
    let alice = world.owner.id();
    let name = json!({"name": "mine"});
    for (method, below, body) in [
        ("GET", String::new(), Value::Null),
        ("HEAD", String::new(), Value::Null),
        ("PATCH", String::new(), name.clone()),
        ("PATCH", String::new(), json!({"nonsense": 1})),
        ("DELETE", String::new(), Value::Null),
        ("GET", "?limit=1".into(), Value::Null),
        ("GET", "/members".into(), Value::Null),
        ("POST", "/members".into(), json!({"user": "bob", "role": "owner"})),
        ("PATCH", format!("/members/{alice}"), json!({"role": "viewer"})),
        ("DELETE", format!("/members/{alice}"), Value::Null),
        ("GET", "/keys".into(), Value::Null),
        ("POST", "/keys".into(), name.clone()),
        ("GET", format!("/keys/{key_id}"), Value::Null),
        ("PATCH", format!("/keys/{key_id}"), name),
        ("DELETE", format!("/keys/{key_id}"), Value::Null),
        ("POST", format!("/keys/{key_id}/regenerate"), Value::Null),
        ("POST", format!("/keys/{key_id}/rotate"), Value::Null),
        ("POST", format!("/keys/{key_id}/disable"), Value::Null),
        ("POST", format!("/keys/{key_id}/enable"), Value::Null),
        ("POST", format!("/keys/{key_id}/reveal"), json!({"password": "x"})),
    ] {
        for (who, caller) in [("nobody", &nobody), ("bob", &bob), ("another project's key", &elsewhere)] {
            let [hidden, nothing, odd] = [world.private.as_str(), NOBODY, "not-an-id"]
                .map(|id| face(&caller.ask(method, &format!("/api/v1/projects/{id}{below}"), &body)));
            assert!(hidden.0 == 404 || below.starts_with('?'), "{who}: {method} {below}: {}", hidden.0);
            assert_eq!(hidden, nothing, "{who}: {method} {below}");
            assert_eq!(hidden, odd, "{who}: {method} {below}");
        }
    }
    assert_eq!(
        nobody.get(&format!("/api/v1/projects/{}", world.private)).json(),
        json!({"message": "There is nothing at this address", "status": 404})
    );
}

#[test]
fn contract_7_everybody_sees_the_public_part_and_members_their_own() {
    let server = TestServer::start();
    let world = World::new(&server);
    let seen = |caller: &Caller<'_>| {
        let list = caller.get("/api/v1/projects").expect(200).json();
        let mut ids: Vec<String> =
            list["data"].as_array().unwrap().iter().map(|one| text(one, "id").to_owned()).collect();
        ids.sort();
        ids
    };
    let both = {
        let mut both = vec![world.public.clone(), world.private.clone()];
        both.sort();
        both
    };
    let public = vec![world.public.clone()];
    assert_eq!(seen(&Caller::with(&server, "")), public);
    assert_eq!(seen(&Caller::person(&server, "bob")), public);
    assert_eq!(seen(&world.owner), both);
    let key = world.owner.makes_key(&format!("/api/v1/projects/{}/keys", world.private), "inside");
    assert_eq!(seen(&Caller::with(&server, text(&key, "key"))), both);
    // Whoever may not read sees what everybody sees.
    let blind = world.owner.with_key(&json!({"name": "blind", "scopes": ["write"]}));
    assert_eq!(seen(&blind), public);
    let _ = blind.get(&format!("/api/v1/projects/{}", world.public)).expect(200);
    let _ = blind.get(&format!("/api/v1/projects/{}", world.private)).expect(403);
}

#[test]
fn contract_7_a_project_key_acts_on_its_project_only() {
    let server = TestServer::start();
    let world = World::new(&server);
    let keys = format!("/api/v1/projects/{}/keys", world.private);
    let made = world.owner.makes_key(&keys, "inside");
    let key = Caller::with(&server, text(&made, "key"));
    let _ = key.get(&format!("/api/v1/projects/{}", world.private)).expect(200);
    let _ = key.get(&keys).expect(200);
    let child = key.makes_key(&keys, "child");
    assert_eq!(text(&child, "project_id"), world.private);
    for (method, path, body) in [
        ("GET", "/api/v1/account", Value::Null),
        ("GET", "/api/v1/keys", Value::Null),
        ("POST", "/api/v1/keys", json!({"name": "a"})),
        ("GET", "/api/v1/sessions", Value::Null),
        ("POST", "/api/v1/projects", json!({"name": "a"})),
        ("GET", "/api/v1/users", Value::Null),
        ("GET", "/api/v1/clients", Value::Null),
        ("GET", "/api/v1/scopes", Value::Null),
        ("GET", "/api/v1/audit-events", Value::Null),
    ] {
        let reply = key.ask(method, path, &body).expect(403);
        assert_eq!(reply.json()["status"], json!(403), "{method} {path}");
    }
    let place = format!("/api/v1/projects/{}", world.private);
    let _ = key.patch(&place, &json!({"name": "a"})).expect(403);
    let _ = key.post(&format!("{place}/members"), &json!({"user": "bob", "role": "viewer"})).expect(403);
    let _ = key.delete(&place).expect(403);
}

#[test]
fn contract_8_the_401_is_the_providers_letter_for_letter() {
    let server = TestServer::start();
    let expected = "{\"message\":\"The server could not verify that you are authorized to access the URL requested.  \
         You either supplied the wrong credentials (e.g. a bad password), or your browser doesn't understand how to \
         supply the credentials required.\",\"status\":401}";
    for credential in ["", "sk_x"] {
        assert_eq!(Caller::with(&server, credential).get("/api/v1/account").expect(401).text(), expected);
    }
}
