//! The real binary as a process of its own, to be killed.

use std::io::Write;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub const PASSWORD: &str = "a password that is long enough";

pub struct Server {
    folder: tempfile::TempDir,
    database_url: Option<String>,
    port: u16,
    child: Child,
}

impl Server {
    pub fn start(database_url: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = spawn(&folder, database_url.as_deref(), port);
        let server = Self { folder, database_url, port, child };
        server.wait_until_ready();
        server
    }

    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base())
    }

    /// SIGKILL: no handler runs, nothing is flushed.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn restart(&mut self) {
        self.child = spawn(&self.folder, self.database_url.as_deref(), self.port);
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

fn spawn(folder: &tempfile::TempDir, database_url: Option<&str>, port: u16) -> Child {
    command(folder, database_url)
        .arg("serve")
        .env("PORTCULLIS_LISTEN", format!("127.0.0.1:{port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn command(folder: &tempfile::TempDir, database_url: Option<&str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.current_dir(folder.path()).env("PORTCULLIS_DATA_DIR", folder.path());
    if let Some(url) = database_url {
        command.env("PORTCULLIS_DATABASE_URL", url);
    }
    command
}
