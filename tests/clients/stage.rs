//! A server of its own for each test, with a person and the kinds of clients there are (contract §5, §14).

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::person::Person;

/// Where answers go. Nobody listens there: our person's browser stops before.
const REDIRECT: &str = "https://app.example/callback";
/// A secret of characters that mean something in Basic, forms and URLs, which was made elsewhere. Without a colon: whoever sends
/// Basic raw can have some in one half only (RFC 7617 §2).
const ODD_SECRET: &str = "k7-Q+2%2Bz&e=f/g?h#i;j,k@l!m$n'o(p)*r^s{t}u|v~w";
/// The same of an app on somebody's machine, which chooses its port later (RFC 8252 §7.3).
const LOOPBACK: &str = "http://127.0.0.1/callback";

/// The kinds of clients that log people in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Confidential, by HTTP Basic, under an odd name: some libraries form-encode it there, some send it raw.
    Basic,
    /// Confidential, by the body, under a name as odd.
    Post,
    /// Public.
    Public,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Basic, Self::Post, Self::Public];
}

pub struct Stage {
    folder: tempfile::TempDir,
    server: Child,
    url: String,
    password: String,
}

impl Stage {
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// With settings of the server (`PORTCULLIS_` is added to each name).
    pub fn with(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut server = command(&folder, &["serve", "--listen", "127.0.0.1:0", "--json"])
            .envs(settings.iter().map(|(name, text)| (format!("PORTCULLIS_{name}"), *text)))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let said: Value = serde_json::from_str(&said).unwrap();
        let url = said["url"].as_str().unwrap().to_owned();
        let mut stage = Self { folder, server, url, password: String::new() };
        let alice = stage.json(&["user", "create", "alice", "--email", "alice@example.com"]);
        stage.password = alice["password"].as_str().unwrap().to_owned();
        stage
    }

    /// A command's one JSON object.
    fn json(&self, arguments: &[&str]) -> Value {
        let output = command(&self.folder, &[arguments, &["--json"]].concat()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// A new client of this kind, as its program is told of it.
    pub fn client(&self, kind: Kind, odd_id: &str) -> Value {
        let (id, method) = match kind {
            Kind::Basic => (odd_id.to_owned(), "client_secret_basic"),
            Kind::Post => (format!("{odd_id}posting"), "client_secret_post"),
            Kind::Public => {
                return self.register("public", "none", &["--public", "--redirect-uri", REDIRECT]);
            }
        };
        let more = ["--redirect-uri", REDIRECT, "--auth-method", method];
        let mut settings = self.register(&id, method, &more);
        self.brings_secret(&id, method);
        settings["client_secret"] = ODD_SECRET.into();
        settings
    }

    /// Gives a client a secret that was made elsewhere (docs/apply.md).
    fn brings_secret(&self, id: &str, method: &str) {
        let file = self.folder.path().join("clients.toml");
        let declared = format!(
            "[clients.\"{id}\"]\nname = \"App\"\nredirect_uris = [\"{REDIRECT}\"]\nauth_method = \"{method}\"\n\
             secret_file = \"odd-secret\"\n"
        );
        std::fs::write(self.folder.path().join("odd-secret"), ODD_SECRET).unwrap();
        std::fs::write(&file, declared).unwrap();
        let _ = self.json(&["apply", file.to_str().unwrap()]);
    }

    /// A public client whose ID tokens are signed by this algorithm (OpenID Connect Registration §2).
    pub fn signed_by(&self, algorithm: &str) -> Value {
        let id_token = ["--public", "--redirect-uri", REDIRECT, "--id-token-alg", algorithm];
        let mut settings = self.register(algorithm, "none", &id_token);
        settings["id_token_signed_response_alg"] = algorithm.into();
        settings
    }

    /// An agent that knows nothing but the address of an MCP server, and that server, registered as docs/mcp.md says.
    pub fn agent(&self) -> Value {
        let mut settings = self.unknown_agent();
        let known = self.register("agent", "none", &["--public", "--redirect-uri", LOOPBACK]);
        settings["client_id"] = known["client_id"].clone();
        settings
    }

    /// The same, with an agent that nobody registered.
    pub fn unknown_agent(&self) -> Value {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let resource = format!("http://127.0.0.1:{port}/mcp");
        let server = ["client", "create", "--name", "Weather MCP", "--id", "weather"];
        let server = self.json(&[&server[..], &["--resource-server", "--resource", &resource]].concat());
        json!({
            "issuer": self.url,
            "redirect_uri": LOOPBACK.replace("1/", "1:9/"),
            "resource": resource,
            "resource_server": server,
        })
    }

    /// The names of the clients there are, by id.
    pub fn clients(&self) -> BTreeMap<String, String> {
        let text = |client: &Value, name: &str| client[name].as_str().unwrap().to_owned();
        let told = self.json(&["client", "list"]);
        let all = told["clients"].as_array().unwrap();
        all.iter().map(|client| (text(client, "client_id"), text(client, "name"))).collect()
    }

    /// A device (RFC 8628).
    pub fn device(&self) -> Value {
        let grants = ["--public", "--grant", "device_code", "--grant", "refresh_token"];
        let mut settings = self.register("television", "none", &grants);
        settings["device"] = true.into();
        settings
    }

    fn register(&self, id: &str, method: &str, more: &[&str]) -> Value {
        let made = self.json(&[&["client", "create", "--name", "App", "--id", id], more].concat());
        json!({
            "issuer": self.url,
            "client_id": made["client_id"],
            "client_secret": made["client_secret"],
            "redirect_uri": REDIRECT,
            "method": method,
            "scope": "openid profile email offline_access read",
        })
    }

    /// Somebody who has not signed in yet.
    pub fn person(&self) -> Person<'_> {
        Person::at(&self.url, "alice", &self.password)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn command(folder: &tempfile::TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.args(arguments).current_dir(folder.path()).env_clear().stdin(Stdio::null());
    command
}
