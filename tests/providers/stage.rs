//! What a page finds on the reader's machine: the command, a gateway before an API, an empty folder, a person's browser.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use tempfile::TempDir;

use crate::gateway::{Behind, Gateway, free_address};
use crate::upstream;

/// Addresses as the pages write them: Portcullis itself, and the gateway before the provider's own API.
const PORTCULLIS: &str = "127.0.0.1:8080";
const API: &str = "127.0.0.1:8081";
/// An MCP server, which is named and never asked; and who has a document of a client.
const MCP: &str = "127.0.0.1:9000";
const APP: &str = "127.0.0.1:9100";

/// Where one page is walked.
pub struct Stage {
    folder: TempDir,
    portcullis: SocketAddr,
    mcp: SocketAddr,
    app: SocketAddr,
    gateway: Gateway,
}

impl Stage {
    /// An empty folder, and nginx as docs/gateways/ configures it before examples/upstream.
    pub fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let upstream = listener.local_addr().unwrap();
        thread::spawn(|| upstream::serve(listener).unwrap());
        let (portcullis, mcp, app) = (free_address(), free_address(), free_address());
        let gateway = Gateway::nginx(Behind { portcullis, upstream });
        Self { folder: tempfile::tempdir().unwrap(), portcullis, mcp, app, gateway }
    }

    /// The folder commands run in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A page's text with the addresses of this stage.
    pub fn here(&self, text: &str) -> String {
        let (portcullis, api) = (self.portcullis, self.gateway.address);
        let all = [(PORTCULLIS, portcullis), (API, api), (MCP, self.mcp), (APP, self.app)];
        all.iter().fold(text.to_owned(), |text, (written, real)| text.replace(written, &real.to_string()))
    }

    /// A shell with the command in its path, `person` beside it, and no environment but that.
    #[expect(clippy::disallowed_methods, reason = "programs are where the machine has them")]
    pub fn shell(&self) -> Command {
        let own = PathBuf::from(env!("CARGO_BIN_EXE_portcullis")).parent().unwrap().display().to_string();
        let mut command = Command::new("bash");
        command.current_dir(self.folder()).env_clear().env("HOME", self.folder()).env("LANG", "C.UTF-8");
        command.env("PATH", format!("{own}:{}", std::env::var("PATH").unwrap_or_default()));
        command.env("PORTCULLIS_LISTEN", self.portcullis.to_string());
        command
    }

    /// What the server wrote, if the page keeps it.
    pub fn server_log(&self) -> String {
        fs::read_to_string(self.folder().join("portcullis.log")).unwrap_or_default()
    }

    /// Every log there is, for a failed walk.
    pub fn logs(&self) -> String {
        format!("---- nginx:\n{}\n---- portcullis:\n{}", self.gateway.log(), self.server_log())
    }
}

/// The Python with `requests`.
#[expect(clippy::disallowed_methods, reason = "tests/run says which Python has `requests`")]
pub fn python() -> String {
    std::env::var("PORTCULLIS_TEST_PYTHON").expect(
        "these tests need a Python with requests (PORTCULLIS_TEST_PYTHON): run the tests with tests/run",
    )
}
