//! An operator at a shell: a folder of their own, commands, and what came of them.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

pub struct Operator {
    pub folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

/// What a command did.
pub struct Outcome {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Operator {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), environment: Vec::new() }
    }

    /// The same operator with a variable set.
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.environment.push((name.to_owned(), value.to_string()));
        self
    }

    /// The folder of data that a command without configuration uses.
    pub fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("portcullis-data")
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// The binary in the operator's folder, with no environment but theirs.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.envs(self.environment.iter().map(|(n, v)| (n, v)));
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(&self.command(arguments).stdin(Stdio::null()).output().unwrap())
    }

    pub fn run_with_stdin(&self, arguments: &[&str], stdin: &str) -> Outcome {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that refuses before it reads closes the pipe.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        Outcome::of(&child.wait_with_output().unwrap())
    }

    /// The one JSON object of a command that must succeed in silence.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let outcome = self.run(&[arguments, &["--json"]].concat());
        assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""), "{arguments:?}");
        outcome.object()
    }

    /// The one line of a command that must be refused.
    #[track_caller]
    pub fn refusal(&self, arguments: &[&str]) -> String {
        let outcome = self.run(arguments);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (1, ""), "{arguments:?}: {}", outcome.stderr);
        outcome.complaint()
    }
}

impl Outcome {
    fn of(output: &Output) -> Self {
        Self {
            status: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout.clone()).unwrap(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    /// Standard output as exactly one JSON object on one line.
    #[track_caller]
    pub fn object(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "{}", self.stdout);
        let value: Value = serde_json::from_str(&self.stdout).unwrap();
        assert!(value.is_object());
        value
    }

    /// Standard error as exactly one line.
    #[track_caller]
    pub fn complaint(&self) -> String {
        assert_eq!(self.stderr.lines().count(), 1, "{}", self.stderr);
        self.stderr.clone()
    }
}

/// Every byte below a folder, to look for what must not be there.
pub fn everything_in(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all.extend(if path.is_dir() { everything_in(&path) } else { std::fs::read(path).unwrap() });
    }
    all
}

pub fn contains(all: &[u8], secret: &str) -> bool {
    all.windows(secret.len()).any(|window| window == secret.as_bytes())
}

/// The names of an object's members, in alphabetical order.
pub fn members(object: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}
