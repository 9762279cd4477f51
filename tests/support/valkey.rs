//! A Valkey or Redis server of its own for each test, on a free port of loopback (contract §12).

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = "PORTCULLIS_TEST_VALKEY";
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server; it is killed with this value.
pub struct Valkey {
    process: Child,
    port: u16,
    password: Option<&'static str>,
    folder: tempfile::TempDir,
}

impl Valkey {
    /// Starts one that anybody may use.
    pub fn start() -> Self {
        Self::start_with(None)
    }

    /// Starts one, with a password where one is given.
    pub fn start_with(password: Option<&'static str>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // Somebody else may take a port that was free a moment ago: then another one is tried.
        for _ in 0..10 {
            let port = free_port();
            let mut process = launch(port, password, &folder);
            if is_up(port, &mut process) {
                return Self { process, port, password, folder };
            }
        }
        panic!("no Valkey could be started in ten attempts");
    }

    /// Its address. An answer is waited for so long that a busy machine makes no difference.
    pub fn url(&self) -> String {
        format!("{}?timeout_ms=5000", self.address())
    }

    /// Its address, with the patience that a node has.
    pub fn address(&self) -> String {
        match self.password {
            Some(password) => format!("redis://:{password}@127.0.0.1:{}", self.port),
            None => format!("redis://127.0.0.1:{}", self.port),
        }
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.process.kill().expect("kill");
        self.process.wait().expect("wait");
    }

    /// After [`Self::kill`]: another server at the same place, which knows nothing.
    pub fn restart(&mut self) {
        self.process = launch(self.port, self.password, &self.folder);
        assert!(is_up(self.port, &mut self.process), "Valkey did not start again on port {}", self.port);
    }

    /// SIGSTOP: it holds its connections, and says nothing.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// SIGCONT.
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    /// Sends a command, and answers the first line of the reply.
    pub fn command(&self, words: &[&str]) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("connect");
        if let Some(password) = self.password {
            assert_eq!(exchange(&mut stream, &["AUTH", password]).expect("AUTH"), "+OK");
        }
        exchange(&mut stream, words).expect("an answer")
    }

    /// Its time, in seconds since the epoch.
    pub fn seconds(&self) -> i64 {
        let answer = self.command(&["EVAL", "return tonumber(redis.call('TIME')[1])", "0"]);
        answer.trim_start_matches(':').parse().expect("a number")
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.process.id().to_string()]).status();
        assert!(status.expect("kill").success());
    }
}

impl Drop for Valkey {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn launch(port: u16, password: Option<&str>, folder: &tempfile::TempDir) -> Child {
    let mut command = Command::new(program());
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
    if let Some(password) = password {
        command.args(["--requirepass", password]);
    }
    command.current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("start Valkey")
}

#[expect(clippy::disallowed_methods, reason = "tests/run tells the tests which program to start")]
fn program() -> String {
    std::env::var(PROGRAM).unwrap_or_else(|_| {
        panic!("this test needs Valkey or Redis ({PROGRAM} is not set); run the tests with tests/run")
    })
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("bind");
    listener.local_addr().expect("an address").port()
}

/// Waits until it answers; false if it ended.
fn is_up(port: u16, process: &mut Child) -> bool {
    let started = Instant::now();
    while process.try_wait().expect("wait").is_none() {
        let answer = TcpStream::connect(("127.0.0.1", port)).and_then(|mut s| exchange(&mut s, &["PING"]));
        // A server with a password refuses this, which shows as well that it is there.
        if answer.is_ok_and(|line| line == "+PONG" || line.starts_with("-NOAUTH")) {
            return true;
        }
        assert!(started.elapsed() < PATIENCE, "Valkey does not answer on port {port}");
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}

/// One command in the protocol of Redis (RESP), and the first line of the reply.
fn exchange(stream: &mut TcpStream, words: &[&str]) -> std::io::Result<String> {
    let mut request = format!("*{}\r\n", words.len());
    for word in words {
        request.push_str(&format!("${}\r\n{word}\r\n", word.len()));
    }
    stream.write_all(request.as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}
