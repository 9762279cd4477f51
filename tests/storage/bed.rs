//! A node on a database of its own, with a user, a public and a confidential client, and a clock that stands still.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use portcullis::account::user::User;
use portcullis::clock::{Clock, UnixTime};
use portcullis::crypto::opaque_token::{PlainToken, TokenType};
use portcullis::crypto::password::Password;
use portcullis::crypto::random;
use portcullis::crypto::signing_keys::SigningAlgorithm;
use portcullis::flows::authorize::{Authorize, decide};
use portcullis::flows::first_start::{Installation, StartError, open_node};
use portcullis::flows::password::{self, Attempt, LoginTokens};
use portcullis::flows::rate_limits::Limits;
use portcullis::flows::session::{self, SignedIn};
use portcullis::flows::{Node, Policy, token};
use portcullis::oauth::client::{Client, ClientKind, GrantType};
use portcullis::oauth::client_metadata::ClientMetadata;
use portcullis::oauth::error::ErrorCode;
use portcullis::oauth::parameters::Parameters;
use portcullis::oauth::scope::Scope;
use portcullis::oauth::token_response::TokenResponse;
use portcullis::storage::client::ClientRecord;
use portcullis::storage::{self, DatabaseUrl};

/// Where every request of these tests comes from.
pub const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
pub const PASSWORD: &str = "a password that is long enough";
pub const REDIRECT: &str = "https://app.example/callback";
/// RFC 7636 appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub struct Bed {
    pub node: Arc<Node>,
    pub clock: Clock,
    pub user: User,
    pub secret: String,
    pub url: DatabaseUrl,
    pub folder: Arc<tempfile::TempDir>,
}

pub fn policy() -> Policy {
    Policy {
        issuer: "https://id.example".into(),
        access_token_algorithm: SigningAlgorithm::Es256,
        signing_key_lifetime: 90 * 86_400,
        password_min_length: 15,
        brand: "Portcullis".to_owned(),
        registration: portcullis::flows::registration::Registration::Closed,
        mail: None,
        client_id_documents: true,
        dynamic_registration: portcullis::flows::client_registration::DynamicRegistration::Open,
        session_lifetime: 30 * 86_400,
        session_idle_timeout: 14 * 86_400,
        refresh_idle: 30 * 86_400,
        refresh_lifetime: 365 * 86_400,
        reveal_keys: false,
        dpop_nonce: portcullis::flows::dpop::NoncePolicy::Off,
        scopes: Vec::new(),
        outage_seconds: 1,
        rate_limits: Limits { api_key: 1000, oauth: 5000, jwt: 2000 },
        valkey: None,
    }
}

impl Bed {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("portcullis.db"));
        Self::on(url, folder).await
    }

    pub async fn postgres() -> Self {
        let url = DatabaseUrl::parse(&crate::support_postgres::fresh_postgres_url()).unwrap();
        Self::on(url, tempfile::tempdir().unwrap()).await
    }

    async fn on(url: DatabaseUrl, folder: tempfile::TempDir) -> Self {
        let folder = Arc::new(folder);
        let clock = Clock::fixed(UnixTime::from_seconds(1_800_000_000));
        let node = open(&url, &folder, &clock).await;
        let user = User {
            id: random::id(),
            username: "alice".into(),
            email: "alice@example.com".into(),
            is_admin: false,
            disabled: false,
            created_at: clock.now(),
        };
        let hash = node.passwords.hash(user.id, Password::new(PASSWORD).unwrap()).await.unwrap();
        let secret = PlainToken::generate(TokenType::ClientSecret);
        let digest = node.tokens.digest(&secret);
        let clients =
            [client("app", ClientKind::Public, &clock), client("web", ClientKind::Confidential, &clock)];
        let stored = user.clone();
        node.db
            .write(move |c| {
                storage::user::insert(c, &stored, Some(&hash))?;
                for client in clients.clone() {
                    let secret = (!client.is_public()).then_some(digest);
                    storage::client::insert(c, &ClientRecord { client, secret, previous_secret: None })?;
                }
                Ok(())
            })
            .await
            .unwrap();
        Self { node: Arc::new(node), clock, user, secret: secret.expose().to_owned(), url, folder }
    }

    /// Another node on the same database, as a second process would be.
    pub async fn second_node(&self) -> Node {
        open(&self.url, &self.folder, &self.clock).await
    }

    /// Another person, who cannot sign in.
    pub async fn another_user(&self, name: &str) -> uuid::Uuid {
        let user = User {
            id: random::id(),
            username: name.to_owned(),
            email: format!("{name}@example.com"),
            ..self.user.clone()
        };
        let id = user.id;
        self.node.db.write(move |c| storage::user::insert(c, &user, None)).await.unwrap();
        id
    }

    pub async fn login(&self) -> LoginTokens {
        let attempt = attempt(PASSWORD);
        password::login(&self.node, attempt, None).await.unwrap().unwrap_or_else(|e| panic!("{e:?}"))
    }

    pub async fn sign_in(&self) -> SignedIn {
        let cookie = password::sign_in(&self.node, attempt(PASSWORD), "test", None).await.unwrap();
        let cookie = cookie.unwrap_or_else(|e| panic!("{e:?}"));
        session::find(&self.node, cookie.expose()).await.unwrap().unwrap()
    }

    /// A code for `client`, as the consent page would make it.
    pub async fn code(&self, client: &str, signed_in: &SignedIn, scope: &str) -> String {
        let query = form(&[
            ("client_id", client),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("scope", scope),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        match decide(&self.node, &query, signed_in, &Scope::parse(scope).unwrap(), true).await.unwrap() {
            Authorize::Redirect(location) => {
                let url = url::Url::parse(&location).unwrap();
                url.query_pairs()
                    .find(|(k, _)| k == "code")
                    .unwrap_or_else(|| panic!("{location}"))
                    .1
                    .into_owned()
            }
            _ => panic!("no code"),
        }
    }

    pub async fn redeem(&self, client: &str, code: &str) -> Result<TokenResponse, ErrorCode> {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("client_id", client),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ];
        if client == "web" {
            fields.push(("client_secret", &self.secret));
        }
        token::token(&self.node, None, &form(&fields), None, None).await.unwrap().map_err(|e| e.code)
    }

    pub async fn refresh(&self, client: &str, token: &str) -> Result<TokenResponse, ErrorCode> {
        let mut fields =
            vec![("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", token)];
        if client == "web" {
            fields.push(("client_secret", &self.secret));
        }
        token::token(&self.node, None, &form(&fields), None, None).await.unwrap().map_err(|e| e.code)
    }

    pub async fn is_valid(&self, node: &Node, token: &str) -> bool {
        use portcullis::flows::verify::{Credential, Verdict, verify};
        matches!(verify(node, Credential::AccessToken(token)).await.unwrap(), Verdict::Valid(_))
    }
}

pub fn attempt(password: &str) -> Attempt<'_> {
    Attempt { name: "alice", password, address: IpAddr::V4(Ipv4Addr::LOCALHOST) }
}

pub fn form(fields: &[(&str, &str)]) -> Parameters {
    let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    Parameters::from_form(text.as_bytes()).unwrap_or_else(|_| panic!("{text}"))
}

async fn open(url: &DatabaseUrl, folder: &tempfile::TempDir, clock: &Clock) -> Node {
    open_node(&place(url, folder), policy(), clock.clone(), &[]).await.unwrap_or_else(|e| panic!("{e}"))
}

pub fn place(url: &DatabaseUrl, folder: &tempfile::TempDir) -> Installation {
    Installation {
        database_url: url.clone(),
        data_dir: folder.path().to_owned(),
        master_key_file: folder.path().join("master.key"),
    }
}

pub fn empty_database(postgres: bool, folder: &tempfile::TempDir) -> DatabaseUrl {
    if postgres {
        DatabaseUrl::parse(&crate::support_postgres::fresh_postgres_url()).unwrap()
    } else {
        DatabaseUrl::Sqlite(folder.path().join("portcullis.db"))
    }
}

pub async fn try_open(place: &Installation) -> Result<Node, StartError> {
    open_node(place, policy(), Clock::System, &[]).await
}

fn client(id: &str, kind: ClientKind, clock: &Clock) -> Client {
    Client {
        client_id: id.into(),
        name: id.into(),
        kind,
        redirect_uris: vec![REDIRECT.into()],
        grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::DeviceCode],
        scope: Scope::from(["read", "write", "offline_access"]),
        default_scope: Scope::from(["read", "write"]),
        auth_method: None,
        require_pkce: true,
        resource_server: false,
        resources: Vec::new(),
        disabled: false,
        created_at: clock.now(),
        rate_limit: None,
        previous_secret_until: None,
        metadata: ClientMetadata::default(),
    }
}
