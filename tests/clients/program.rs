//! A client in its own language: started with its settings, it says where to go and is told where that led.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::stage::Stage;

pub struct Program {
    command: Vec<String>,
    /// A client id of characters that mean something in Basic, forms and URLs (RFC 6749 §2.3.1), as far as the library sends it.
    pub odd_id: &'static str,
}

/// Every one of them.
const ODD: &str = "odd:id+50%25 &=?/";
/// Without `+`, which Spring writes into the query of the authorization request as it is, where it means a space.
const ODD_WITHOUT_PLUS: &str = "odd:id50%25 &=?/";

/// What `tests/run` made ready.
#[expect(clippy::disallowed_methods, reason = "where the clients are is told by the command that made them")]
fn ready(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set: start the tests by tests/run"))
}

impl Program {
    /// With the packages of tests/clients/node.
    pub fn node(script: &str) -> Self {
        let command = vec!["node".to_owned(), format!("{}/{script}", ready("PORTCULLIS_TEST_NODE_CLIENTS"))];
        Self { command, odd_id: ODD }
    }

    /// With the packages of tests/clients/python.
    pub fn python(script: &str) -> Self {
        let script = format!("{}/tests/clients/python/{script}", env!("CARGO_MANIFEST_DIR"));
        Self { command: vec![ready("PORTCULLIS_TEST_PYTHON_CLIENTS"), script], odd_id: ODD }
    }

    /// tests/clients/go, built.
    pub fn go() -> Self {
        Self { command: vec![ready("PORTCULLIS_TEST_GO_CLIENT")], odd_id: ODD }
    }

    /// tests/clients/java, built.
    pub fn java() -> Self {
        let command = ["java", "-jar", &ready("PORTCULLIS_TEST_JAVA_CLIENT")].map(str::to_owned);
        Self { command: command.to_vec(), odd_id: ODD_WITHOUT_PLUS }
    }

    /// tests/clients/rust, built, as the client of this crate.
    pub fn rust(name: &str) -> Self {
        Self { command: vec![ready("PORTCULLIS_TEST_RUST_CLIENT"), name.to_owned()], odd_id: ODD }
    }

    /// Runs it to its end: what it says it found.
    pub fn run(&self, stage: &Stage, settings: &Value) -> Value {
        let (program, arguments) = self.command.split_first().unwrap();
        let mut child = Command::new(program)
            .args(arguments)
            .arg(settings.to_string())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut done = None;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let said: Value = serde_json::from_str(&line.unwrap()).unwrap();
            if let Some(url) = said["open"].as_str() {
                writeln!(stdin, "{}", stage.person().visit(url)).unwrap();
            } else {
                done = Some(said["done"].clone());
            }
        }
        let output = child.wait_with_output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{:?} with {settings}: {complaint}", self.command);
        done.unwrap_or_else(|| panic!("{:?} said nothing: {complaint}", self.command))
    }
}
