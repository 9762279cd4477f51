//! The people and clients every test finds in its database, made through the flows the command line uses (contract §14).

use std::sync::Arc;

use portcullis::clock::{Clock, UnixTime};
use portcullis::crypto::signing_keys::SigningAlgorithm;
use portcullis::flows::actor::Actor;
use portcullis::flows::clients::{self, ClientChange};
use portcullis::flows::first_start::{Installation, open_node};
use portcullis::flows::users::{self, NewUser};
use portcullis::flows::{Node, Policy, signing_keys};
use portcullis::oauth::client::{AuthMethod, ClientKind, GrantType};
use portcullis::oauth::jwks::LEAD_SECONDS;
use portcullis::oauth::scope::Scope;

/// Where every client of a person gets its answers.
pub const REDIRECT: &str = "https://app.example/callback";
/// The resource that the client `api` answers for (RFC 8707).
pub const RESOURCE: &str = "https://api.example/v1";
/// The user name of somebody outside ASCII.
pub const ZOE: &str = "zoë";
/// A client id made of what Basic, forms and URLs give a meaning to.
pub const ODD: &str = "odd:id+50%25 &=?/";
/// When every test begins.
pub const START: UnixTime = UnixTime::from_seconds(1_800_000_000);

/// What only the seed knows.
#[derive(Clone)]
pub struct Seed {
    /// The one password of everybody: alice, bob, root (an administrator), dave (disabled), zoë.
    pub password: String,
    /// The secrets of the confidential clients, by id.
    pub secrets: Vec<(&'static str, String)>,
}

impl Seed {
    /// The secret of `client`; `None` for a public one.
    pub fn secret(&self, client: &str) -> Option<&str> {
        self.secrets.iter().find(|(id, _)| *id == client).map(|(_, secret)| secret.as_str())
    }
}

/// Opens `place` and fills it.
pub async fn fill(place: &Installation, policy: Policy) -> Seed {
    // A server that has run for a while: every algorithm has a key that signs.
    let clock = Clock::fixed(START.plus_seconds(-LEAD_SECONDS));
    let node = open_node(place, policy, clock.clone(), &[]).await.unwrap();
    signing_keys::ensure(&node, &SigningAlgorithm::ALL).await.unwrap();
    clock.advance(LEAD_SECONDS);
    let password = format!("correct horse {}", unused());
    for (username, email, is_admin) in [
        ("alice", "alice@example.com", false),
        ("bob", "bob@example.com", false),
        ("root", "root@example.com", true),
        ("dave", "dave@example.com", false),
        (ZOE, "zoe@example.com", false),
    ] {
        let new = NewUser { username, email, password: Some(&password), is_admin };
        assert!(users::create(&node, Actor::Operator, new).await.unwrap().is_ok(), "{username}");
    }
    assert!(users::set_disabled(&node, "dave", true).await.unwrap().is_ok());
    passwordless(&node, "erin", "erin@example.com").await;
    let secrets = register_clients(&node).await;
    drop(Arc::new(node));
    Seed { password, secrets }
}

async fn passwordless(node: &Node, username: &str, email: &str) {
    let user = portcullis::account::user::User {
        id: portcullis::crypto::random::id(),
        username: username.to_owned(),
        email: email.to_owned(),
        is_admin: false,
        disabled: false,
        created_at: START,
    };
    node.db.write(move |c| portcullis::storage::user::insert(c, &user, None)).await.unwrap();
}

async fn register_clients(node: &Node) -> Vec<(&'static str, String)> {
    let mut secrets = Vec::new();
    for (id, change) in descriptions() {
        let made = clients::create(node, Actor::Operator, Some(id), change).await.unwrap();
        let made = made.unwrap_or_else(|refusal| panic!("{id}: {refusal}"));
        if let Some(secret) = made.secret {
            secrets.push((id, secret.expose().to_owned()));
        }
    }
    secrets
}

/// `spa` public, `other` public, `native` public on loopback, `web` confidential, `mail` confidential,
/// `tv` public and `kiosk` confidential for devices, `legacy` without PKCE, `robot` for itself, `api` a resource server that exchanges tokens, `post` bound to one method, and [`ODD`].
fn descriptions() -> Vec<(&'static str, ClientChange)> {
    let named = |name: &str| ClientChange { name: Some(name.to_owned()), ..ClientChange::default() };
    let web = |name: &str| ClientChange { redirect_uris: Some(vec![REDIRECT.to_owned()]), ..named(name) };
    let public = |name: &str| ClientChange { kind: Some(ClientKind::Public), ..web(name) };
    let native = vec!["http://127.0.0.1/done".to_owned(), "com.example.native:/done".to_owned()];
    vec![
        ("spa", public("Single Page")),
        ("other", public("Other Page")),
        ("native", ClientChange { redirect_uris: Some(native), ..public("Native & <b>Bold</b>") }),
        ("web", web("Web Shop")),
        ("mail", web("Mail Reader")),
        ("legacy", ClientChange { require_pkce: Some(false), ..web("Legacy Sample") }),
        ("robot", named("Robot")),
        (
            "tv",
            ClientChange {
                kind: Some(ClientKind::Public),
                grants: Some(vec![GrantType::DeviceCode, GrantType::RefreshToken]),
                ..named("Television")
            },
        ),
        ("kiosk", ClientChange { grants: Some(vec![GrantType::DeviceCode]), ..named("Kiosk") }),
        (
            "api",
            ClientChange {
                resource_server: Some(true),
                resources: Some(vec![RESOURCE.to_owned()]),
                grants: Some(vec![GrantType::ClientCredentials, GrantType::TokenExchange]),
                ..named("The API")
            },
        ),
        ("post", ClientChange { auth_method: Some(Some(AuthMethod::ClientSecretPost)), ..named("Posting") }),
        ("narrow", ClientChange { scope: Some(Scope::from(["read"])), ..web("Narrow") }),
        (ODD, named("Odd Id")),
    ]
}

/// Text no other test has.
#[expect(clippy::disallowed_methods, reason = "a value that nothing else has")]
pub fn unused() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}
