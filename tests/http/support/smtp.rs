//! A real SMTP server of its own for each test that needs one (Debian's python3-aiosmtpd), and the mails it took.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::server::TestServer;

const PYTHON: &str = "PORTCULLIS_TEST_PYTHON";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/http/support/smtp.py");
const PATIENCE: Duration = Duration::from_secs(30);

/// A server for mail; it ends with this value.
pub struct Smtp {
    process: Option<Child>,
    port: u16,
    folder: tempfile::TempDir,
}

/// A mail that arrived.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Who gets it, as the envelope says.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// Its headers, names in lower case.
    pub headers: Value,
}

impl Mail {
    /// The one link of ours in it that has a token.
    #[track_caller]
    pub fn link(&self) -> String {
        let mut links = self.body.lines().filter(|line| line.contains("?token="));
        let first = links.next().unwrap_or_else(|| panic!("no link in {self:?}"));
        assert!(links.next().is_none(), "two links in {self:?}");
        first.to_owned()
    }
}

impl Smtp {
    /// Starts one.
    pub fn start() -> Self {
        let mut smtp = Self::at_a_free_port();
        smtp.begin();
        smtp
    }

    /// A place where none is yet.
    pub fn at_a_free_port() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { process: None, port, folder: tempfile::tempdir().unwrap() }
    }

    /// Starts it at its place.
    pub fn begin(&mut self) {
        let mut process = Command::new(python())
            .arg(SCRIPT)
            .arg(self.folder.path())
            .arg(self.port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        self.process = Some(process);
        assert_eq!(line, "ready\n", "the server for mail does not start");
    }

    /// What `smtp_url` is set to.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// The same server by a name that is not known to be this machine.
    pub fn url_elsewhere(&self) -> String {
        format!("smtp://0.0.0.0:{}", self.port)
    }

    /// What arrived, in order.
    pub fn mails(&self) -> Vec<Mail> {
        let files = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|e| e == "json")).collect();
        files.sort();
        let read = |path: &std::path::PathBuf| {
            let value: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            Mail {
                to: text(&value["to"][0]),
                subject: text(&value["headers"]["subject"]),
                body: text(&value["body"]).replace("\r\n", "\n"),
                headers: value["headers"].clone(),
            }
        };
        files.iter().map(read).collect()
    }

    /// Waits for the mail of this number, from 0; its link becomes a secret of the test.
    #[track_caller]
    pub fn mail(&self, server: &TestServer, number: usize) -> Mail {
        let begun = Instant::now();
        loop {
            if let Some(mail) = self.mails().get(number) {
                for line in mail.body.lines() {
                    if let Some((_, token)) = line.split_once("?token=") {
                        server.secrets.add(token);
                    }
                }
                return mail.clone();
            }
            assert!(begun.elapsed() < PATIENCE, "mail {number} does not come: {:?}", self.mails());
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until nothing is left to be sent, and answers how many mails there are.
    pub fn settled(&self, server: &TestServer) -> usize {
        let begun = Instant::now();
        while server.operator(portcullis::flows::mail::waiting(&server.node)).unwrap() > 0 {
            assert!(begun.elapsed() < PATIENCE, "mails wait: {:?}", self.mails());
            thread::sleep(Duration::from_millis(50));
        }
        self.mails().len()
    }
}

#[expect(clippy::disallowed_methods, reason = "tests/run says which Python has `aiosmtpd`")]
fn python() -> String {
    std::env::var(PYTHON).unwrap_or_else(|_| panic!("{PYTHON} is not set: use tests/run"))
}

impl Drop for Smtp {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            // It may be gone already.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
