//! One page walked: all of its steps in one shell, as somebody at a terminal would, and then what each of them printed.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::answer;
use crate::page::{Answer, Language, Page, Step};
use crate::stage::{Stage, python};

/// No page takes so long.
const PATIENCE: Duration = Duration::from_secs(180);

/// At a terminal httpie sees by itself that nobody pipes a body into it.
const HTTPIE: &str = r#"{ "default_options": ["--ignore-stdin"] }"#;

/// A person at a browser.
const PERSON: &str = include_str!("person.py");

/// The shell and everything it started; they end with this value.
struct Walk(Child);

impl Drop for Walk {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.0.wait();
    }
}

/// Runs every step of a page, and compares.
pub fn walk(page: &Page) {
    let stage = Stage::new();
    fs::write(stage.folder().join("person.py"), PERSON).unwrap();
    let httpie = stage.folder().join(".config/httpie");
    fs::create_dir_all(&httpie).unwrap();
    fs::write(httpie.join("config.json"), HTTPIE).unwrap();
    fs::write(stage.folder().join("walk.sh"), script(page, &stage)).unwrap();
    let log = fs::File::create(stage.folder().join("walk.log")).unwrap();
    let mut shell = stage.shell();
    shell.arg("walk.sh").process_group(0).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    let mut walk = Walk(shell.spawn().unwrap());
    let deadline = Instant::now() + PATIENCE;
    while walk.0.try_wait().unwrap().is_none() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(20));
    }
    judge(page, &stage);
    let log = stage.server_log();
    assert!(log.contains("Portcullis listens"), "{}: no log of the server: {log}", page.name);
    for secret in ["sk_", "eyJ", "prt_", "pac_", "pcs_", "a password"] {
        assert!(!log.contains(secret), "{}: {secret} in the log: {log}", page.name);
    }
}

/// Each step prints into files of its own, and the first that fails ends the walk.
fn script(page: &Page, stage: &Stage) -> String {
    let mut script = "set -euo pipefail\n".to_owned();
    script.push_str(&format!("person() {{ '{}' person.py \"$@\"; }}\n", python()));
    let mut settings = String::new();
    for (at, step) in page.steps.iter().enumerate() {
        let command = match step {
            Step::Illustration { .. } => continue,
            Step::Configure { text } => {
                settings = format!("{settings}{}\n", stage.here(text));
                let file = format!("{at}.toml");
                fs::write(stage.folder().join(&file), &settings).unwrap();
                format!("cp {file} portcullis.toml")
            }
            Step::Run { language: Language::Shell, text, .. } => stage.here(text),
            Step::Run { language: Language::Python, text, .. } => {
                fs::write(stage.folder().join(format!("{at}.py")), stage.here(text)).unwrap();
                format!("'{}' {at}.py", python())
            }
            Step::Run { language: Language::JavaScript, text, .. } => {
                fs::write(stage.folder().join(format!("{at}.mjs")), stage.here(text)).unwrap();
                format!("node {at}.mjs")
            }
        };
        script.push_str(&format!("{{\n{command}\n}} >{at}.out 2>{at}.err\ntouch {at}.done\n"));
        // What a person reads off the screen.
        script.push_str(&format!("PRINTED=$(cat {at}.out)\n"));
    }
    script
}

fn judge(page: &Page, stage: &Stage) {
    let read = |name: String| fs::read_to_string(stage.folder().join(name)).unwrap_or_default();
    for (at, step) in page.steps.iter().enumerate() {
        let Step::Run { text, line, answer, .. } = step else { continue };
        let (out, err) = (read(format!("{at}.out")), read(format!("{at}.err")));
        let wrong = if !stage.folder().join(format!("{at}.done")).exists() {
            Some("it failed, or took too long".to_owned())
        } else {
            let expected = answer.as_ref().map(|answer| answer.here(stage));
            expected.and_then(|expected| answer::compare(&expected, &out).err())
        };
        if let Some(wrong) = wrong {
            eprintln!("{}", stage.logs());
            let (name, log) = (&page.name, read("walk.log".to_owned()));
            panic!(
                "docs/{name}.md:{line}: {wrong}\n{text}\n---- printed:\n{out}\n---- complained:\n{err}\n{log}"
            );
        }
    }
}

impl Answer {
    /// With the addresses of this stage.
    fn here(&self, stage: &Stage) -> Self {
        match self {
            Self::Json(text) => Self::Json(stage.here(text)),
            Self::Lines(text) => Self::Lines(stage.here(text)),
        }
    }
}
