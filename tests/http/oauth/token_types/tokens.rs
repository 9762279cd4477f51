//! One token of each type, all of them good (contract §2).

use jsonwebtoken::{Algorithm, Header};
use portcullis::crypto::opaque_token::{PlainToken, TokenType};
use portcullis::flows::account_link::LinkKind;
use portcullis::flows::actor::Actor as By;
use portcullis::flows::{api_keys, registration_token, setup};
use portcullis::oauth::client_metadata::ClientMetadata;
use portcullis::oauth::{client_assertion, request_object};
use portcullis::storage::account_link::{self, AccountLink};
use portcullis::storage::user;
use serde_json::{Value, json};

use super::super::device;
use super::super::dpop::bound_tokens;
use super::super::par::pushes;
use super::super::register::described;
use crate::support::actor::{Actor, CHALLENGE, asks};
use crate::support::client_key::{ClientKey, claims, registers};
use crate::support::dpop::Prover;
use crate::support::page::Page;
use crate::support::seed::REDIRECT;
use crate::support::server::TestServer;
use crate::support::told::Told;

/// Where `web` has a browser sent that signed out.
pub const OUT: &str = "https://app.example/out";
/// The client that proves itself by a key, and signs its requests with it.
pub const KEYED: &str = "keyed";

/// A token and what it is.
pub struct Token {
    pub name: &'static str,
    pub text: String,
}

/// Whose the tokens are.
pub struct Stage<'s> {
    pub server: &'s TestServer,
    /// alice, who is signed in and has allowed `web` everything.
    pub person: Actor<'s>,
    /// Whose key the bound token is bound to.
    pub prover: Prover<'s>,
    /// The client that registered itself.
    pub registered: String,
    registration: String,
    initial: String,
    key: ClientKey,
    logout: String,
}

impl<'s> Stage<'s> {
    pub fn new(server: &'s TestServer) -> Self {
        let alone = server.id_of("root");
        // The link of the first administrator works while there is none.
        server.operator(server.node.db.write(move |c| user::set_admin(c, alone, false))).unwrap();
        let signed = ClientMetadata {
            userinfo_signed_response_alg: Some("ES256".into()),
            post_logout_redirect_uris: vec![OUT.to_owned()],
            ..ClientMetadata::default()
        };
        server.registers("web", signed);
        let key = ClientKey::new("k1");
        let keys = ClientMetadata { jwks: Some(json!({"keys": [key.jwk()]})), ..ClientMetadata::default() };
        registers(server, KEYED, keys);
        let person = server.actor();
        let _ = person.authorizes(&asks("web", &[("scope", "openid read")])).code();
        let initial = server.operator(registration_token::create(&server.node, By::Operator, 3, 86_400));
        let initial = initial.unwrap().unwrap().secret.expose().to_owned();
        let request = described(&json!({}));
        let registered =
            server.actor().post("/oauth/register").bearer(&initial).json(&request).send().expect(201);
        Self {
            server,
            person,
            prover: Prover::new(server),
            registered: registered.member("client_id"),
            registration: registered.member("registration_access_token"),
            initial,
            key,
            logout: logout_token(server),
        }
    }

    /// One of each type.
    pub fn tokens(&self) -> Vec<Token> {
        [self.of_people(), self.of_apps(), self.of_clients(), self.links()].into_iter().flatten().collect()
    }

    fn of_people(&self) -> Vec<Token> {
        let server = self.server;
        let login = server.actor().logs_in();
        let browser = server.actor();
        let session = browser.signs_in().jar("sid").unwrap();
        let barbell = api_keys::barbell(&server.node, api_keys::Actor::Operator, server.id_of("alice"), None);
        let barbell = server.operator(barbell).unwrap().unwrap();
        server.secrets.add(&barbell);
        vec![
            token("a login's token", login.access),
            token("a login's refresh token", login.refresh),
            token("a session", session),
            token("an API key", server.key("alice", |_| {})),
            token("a Barbell key", barbell.to_string()),
        ]
    }

    fn of_apps(&self) -> Vec<Token> {
        let server = self.server;
        let code = || server.actor().authorizes(&asks("web", &[("scope", "openid read")])).code();
        let app = server.app("web").presents(&code()).expect(200);
        let access = app.member("access_token");
        let api = server.app("api");
        let exchanged = api.exchanges(&access, &[]).expect(200).member("access_token");
        let userinfo = server.actor().get("/oauth/userinfo").bearer(&access).send().expect(200);
        assert_eq!(userinfo.the_header("content-type"), "application/jwt");
        let introspection = server
            .actor()
            .post("/oauth/introspect")
            .header("accept", "application/token-introspection+jwt")
            .basic("api", api.secret.as_deref().unwrap())
            .form(&[("token", &access)])
            .send()
            .expect(200);
        let codes = device::begins(&server.app("tv"), "read");
        let browser = server.actor();
        let form = device::question(browser.signs_in(), &codes.user);
        let _ = browser.submits(&form.with("decision", "allow")).expect(303);
        vec![
            token("an app's token", access),
            token("a bound token", bound_tokens(server, "web", &self.prover, &[("scope", "read")]).access),
            token("an app's refresh token", app.member("refresh_token")),
            token("an ID token", app.member("id_token")),
            token("an exchanged token", exchanged),
            token("a code", code()),
            token("a device code", codes.device),
            token("an answer of userinfo", userinfo.text()),
            token("an answer of introspection", introspection.text()),
            token("a logout token", self.logout.clone()),
        ]
    }

    /// Those of clients; what proves something is good once.
    pub fn of_clients(&self) -> Vec<Token> {
        let pushed = pushes(self.server, "web", &[("scope", "read")]).expect(201).member("request_uri");
        let request = pushed.strip_prefix("urn:ietf:params:oauth:request_uri:").unwrap();
        let of_type = |typ: &str, changes: &Value| {
            let header = Header {
                typ: Some(typ.to_owned()),
                kid: Some("k1".to_owned()),
                ..Header::new(Algorithm::ES256)
            };
            self.key.signs_under(&header, &self.says(changes))
        };
        vec![
            token("a client secret", self.server.seed.secret("robot").unwrap().to_owned()),
            token("a pushed request", request.to_owned()),
            token("an initial access token", self.initial.clone()),
            token("a registration access token", self.registration.clone()),
            token("a DPoP proof", self.prover.for_tokens()),
            token(
                "a DPoP proof to push",
                self.prover.proof_with("POST", &format!("{}/oauth/par", self.server.issuer), &[]),
            ),
            token("a request object", of_type(request_object::TYPE, &json!({"sub": null}))),
            // It says all that the other one says.
            token("a request object with a subject", of_type(request_object::TYPE, &json!({}))),
            token("a client assertion", of_type("JWT", &json!({}))),
            token("a client assertion of its type", of_type(client_assertion::TYP, &json!({}))),
        ]
    }

    /// What both an assertion and a request object need.
    fn says(&self, changes: &Value) -> Value {
        let mut all = claims(self.server, KEYED);
        let request = json!({
            "client_id": KEYED, "redirect_uri": REDIRECT, "response_type": "code", "scope": "read",
            "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        });
        for (name, value) in request.as_object().unwrap().iter().chain(changes.as_object().unwrap()) {
            all[name] = value.clone();
        }
        all.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        all
    }

    fn links(&self) -> Vec<Token> {
        let setup = self.server.operator(setup::offer(&self.server.node)).unwrap().unwrap();
        vec![
            token("a setup link", setup.expose().to_owned()),
            token("a link for a password", self.link(LinkKind::Password)),
            token("a link for an account", self.link(LinkKind::Registration)),
            token("an invitation", self.link(LinkKind::Invitation)),
            token("a link for an address", self.link(LinkKind::Email)),
        ]
    }

    fn link(&self, kind: LinkKind) -> String {
        let node = &self.server.node;
        let alice = Some(self.server.id_of("alice"));
        let (user_id, email) = match kind {
            LinkKind::Password => (alice, None),
            LinkKind::Registration => (None, Some("new@example.com")),
            LinkKind::Invitation => (None, Some("invited@example.com")),
            LinkKind::Email => (alice, Some("alice@elsewhere.example")),
        };
        let (secret, now) = (PlainToken::generate(TokenType::AccountLink), self.server.clock.now());
        let (digest, email) = (node.tokens.digest(&secret), email.map(str::to_owned));
        let link = AccountLink { kind, user_id, email, created_at: now, expires_at: now.plus_seconds(1800) };
        self.server.operator(node.db.write(move |c| account_link::replace(c, &digest, &link))).unwrap();
        self.server.secrets.add(secret.expose());
        secret.expose().to_owned()
    }
}

fn token(name: &'static str, text: String) -> Token {
    Token { name, text }
}

/// What a client is told when somebody signs out.
fn logout_token(server: &TestServer) -> String {
    let told = Told::start(200);
    let metadata =
        ClientMetadata { backchannel_logout_uri: Some(told.url.clone()), ..ClientMetadata::default() };
    server.registers("mail", metadata);
    let person = server.actor().named("bob");
    let code = person.authorizes(&asks("mail", &[("scope", "openid")])).code();
    let _ = server.app("mail").presents(&code).expect(200);
    let form = Page::of(&person.get("/logout").send().expect(200)).form("/logout");
    let _ = person.submits(&form).expect(200);
    told.tokens(1).remove(0)
}
