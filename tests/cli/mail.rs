//! Mail over TLS: STARTTLS and TLS from the first byte, with certificates that a test makes, to a real SMTP server (RFC 3207, RFC 8314;
//! docs/mail.md). What the machine trusts is what `SSL_CERT_FILE` names.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::Value;

use crate::operator::Operator;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/http/support/smtp.py");
const PYTHON: &str = "PORTCULLIS_TEST_PYTHON";

/// Somebody who signs certificates.
struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// Certificate and key for a host, good until a year.
    fn signs(&self, host: &str, until: i32) -> (String, String) {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

/// Something that runs, ended with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A mail server that speaks TLS in one way, and an operator who sends mail by it.
struct Place {
    operator: Operator,
    mails: tempfile::TempDir,
    _server: Running,
}

impl Place {
    fn new(how: &str, (certificate, key): &(String, String), trusted: &Authority) -> Self {
        let mails = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = mails.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let (certificate, key) = (file("certificate.pem", certificate), file("key.pem", key));
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(python());
        command.arg(SCRIPT).arg(mails.path()).arg(port.to_string()).arg(how).arg(certificate).arg(key);
        // What it says of clients that turn away is no news.
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let server = Running(server);
        assert_eq!(line, "ready\n", "the server for mail does not start");
        // 0.0.0.0 leads to this machine, and is not known to: so STARTTLS is demanded of it.
        let url = match how {
            "tls" => format!("smtps://localhost:{port}"),
            _ => format!("smtp://0.0.0.0:{port}"),
        };
        let operator = Operator::new()
            .with("PORTCULLIS_SMTP_URL", url)
            .with("PORTCULLIS_MAIL_FROM", "no-reply@doors.example")
            .with("SSL_CERT_FILE", file("trusted.pem", &trusted.certificate).display());
        operator.json(&["user", "create", "alice", "--email", "alice@example.com"]);
        Self { operator, mails, _server: server }
    }

    /// What `doctor` says of mail.
    fn doctor(&self) -> (bool, String) {
        let report = self.operator.run(&["doctor", "--json"]).object();
        let checks = report["checks"].as_array().unwrap();
        let mail = checks.iter().find(|check| check["name"] == "mail").unwrap();
        (mail["ok"].as_bool().unwrap(), mail["message"].as_str().unwrap().to_owned())
    }

    /// Serves, has a mail written, and waits for it or for the log to say that it was not taken.
    fn sends(&self) -> Option<Value> {
        let log = self.operator.folder.path().join("log");
        let mut command = self.operator.command(&["serve", "--listen", "127.0.0.1:0", "--json"]);
        let child = command.stdout(Stdio::piped()).stderr(File::create(&log).unwrap()).spawn().unwrap();
        let mut serving = Running(child);
        let mut said = String::new();
        BufReader::new(serving.0.stdout.take().unwrap()).read_line(&mut said).unwrap();
        self.operator.json(&["user", "set-password", "alice"]);
        let begun = Instant::now();
        loop {
            if let Ok(text) = fs::read_to_string(self.mails.path().join("0001.json")) {
                return Some(serde_json::from_str(&text).unwrap());
            }
            let logged = fs::read_to_string(&log).unwrap();
            if logged.contains("a mail was not taken") {
                return None;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "nothing happens: {logged}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "tests/run says which Python has `aiosmtpd`")]
fn python() -> String {
    std::env::var(PYTHON).unwrap_or_else(|_| panic!("{PYTHON} is not set: use tests/run"))
}

#[test]
fn rfc3207_and_rfc8314_mail_goes_over_tls_to_a_server_whose_certificate_is_trusted() {
    let authority = Authority::new();
    for (how, host) in [("starttls", "0.0.0.0"), ("tls", "localhost")] {
        let place = Place::new(how, &authority.signs(host, 4000), &authority);
        let (is_good, words) = place.doctor();
        assert!(is_good, "{how}: {words}");
        let mail = place.sends().unwrap_or_else(|| panic!("{how}: no mail"));
        assert_eq!((&mail["to"][0], &mail["tls"]), (&Value::from("alice@example.com"), &Value::from(true)));
    }
}

#[test]
fn rfc3207_4_1_no_mail_goes_to_a_server_whose_certificate_is_not_its_own_or_not_trusted() {
    let (authority, other) = (Authority::new(), Authority::new());
    for (how, host) in [("starttls", "0.0.0.0"), ("tls", "localhost")] {
        for (name, certificate) in [
            ("another authority's", other.signs(host, 4000)),
            ("another host's", authority.signs("mail.example", 4000)),
            ("one that has ended", authority.signs(host, 2020)),
        ] {
            let place = Place::new(how, &certificate, &authority);
            let (is_good, words) = place.doctor();
            assert!(!is_good && words.contains("certificate"), "{how}, {name}: {words}");
            assert_eq!(place.sends(), None, "{how}, {name}");
        }
    }
}
