//! The real binary as a process of its own, to be killed.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Who signs the tokens, whatever port the system gives: a token outlives its process only under one issuer.
const ISSUER: &str = "http://localhost:8080";

pub const PASSWORD: &str = "a password that is long enough";

pub struct Server {
    folder: tempfile::TempDir,
    database_url: Option<String>,
    /// `http://ADDRESS:PORT` of the process that runs now.
    base: String,
    child: Child,
}

impl Server {
    pub fn start(database_url: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (child, base) = spawn(&folder, database_url.as_deref());
        let server = Self { folder, database_url, base, child };
        server.wait_until_ready();
        server
    }

    pub fn base(&self) -> String {
        self.base.clone()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// SIGKILL: no handler runs, nothing is flushed.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn restart(&mut self) {
        (self.child, self.base) = spawn(&self.folder, self.database_url.as_deref());
        self.wait_until_ready();
    }

    pub fn create_user(&self, name: &str) {
        let mut child = command(&self.folder, self.database_url.as_deref())
            .args([
                "user",
                "create",
                name,
                "--email",
                &format!("{name}@example.com"),
                "--password-stdin",
                "--json",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }

    fn wait_until_ready(&self) {
        let since = Instant::now();
        let ready =
            || reqwest::blocking::get(self.url("/health/ready")).is_ok_and(|a| a.status().is_success());
        while !ready() {
            assert!(since.elapsed() < Duration::from_secs(30), "the server did not become ready");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a server on a port that the system chooses; answers where it says it listens.
fn spawn(folder: &tempfile::TempDir, database_url: Option<&str>) -> (Child, String) {
    let mut child = command(folder, database_url)
        .args(["serve", "--listen", "127.0.0.1:0", "--public-url", ISSUER, "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
    let said: serde_json::Value = serde_json::from_str(&said).expect("the server says where it listens");
    let base = format!("http://{}", said.get("listen").and_then(|listen| listen.as_str()).unwrap());
    (child, base)
}

/// The binary, with no environment but the test's own.
fn command(folder: &tempfile::TempDir, database_url: Option<&str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.current_dir(folder.path()).env_clear().env("PORTCULLIS_DATA_DIR", folder.path());
    if let Some(url) = database_url {
        command.env("PORTCULLIS_DATABASE_URL", url);
    }
    command
}
