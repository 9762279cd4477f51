//! The programs: one chromedriver for the whole binary, and a Chromium with a profile of its own for each test.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock, Weak};

use fantoccini::{Client, ClientBuilder};
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// Where Chromium finds nothing but this machine: no test needs the network, and no page may ask for it.
const NOWHERE: &str = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost";

/// A running chromedriver; it goes with its last browser.
pub struct Driver {
    process: Child,
    url: String,
}

impl Driver {
    fn start() -> Self {
        let mut command = Command::new("chromedriver");
        // It says where it listens on its standard output.
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("chromedriver: run the tests with tests/run");
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let said = |line: &str| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse::<u16>().ok()
        };
        let port = lines.map_while(Result::ok).find_map(|line| said(&line)).expect("chromedriver starts");
        Self { process, url: format!("http://127.0.0.1:{port}") }
    }

    /// The one of this binary.
    fn shared() -> Arc<Self> {
        static RUNNING: Mutex<Weak<Driver>> = Mutex::new(Weak::new());
        let mut running = RUNNING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        running.upgrade().unwrap_or_else(|| {
            let driver = Arc::new(Self::start());
            *running = Arc::downgrade(&driver);
            driver
        })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A running Chromium.
pub struct Chrome {
    /// Its one session.
    pub client: Client,
    _driver: Arc<Driver>,
    _profile: TempDir,
}

impl Chrome {
    /// A fresh one.
    pub fn start() -> Self {
        let (driver, profile) = (Driver::shared(), tempfile::tempdir().unwrap());
        let mut builder = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
        let client = wait(builder.capabilities(capabilities(&profile)).connect(&driver.url));
        let client = client.unwrap_or_else(|error| panic!("Chromium does not start: {error}"));
        Self { client, _driver: driver, _profile: profile }
    }
}

impl Drop for Chrome {
    fn drop(&mut self) {
        let _ = wait(self.client.clone().close());
    }
}

fn capabilities(profile: &TempDir) -> Map<String, Value> {
    let folder = format!("--user-data-dir={}", profile.path().display());
    let mut arguments = vec!["--headless=new", &folder, NOWHERE, "--remote-debugging-pipe"];
    arguments.extend(["--no-first-run", "--disable-background-networking", "--disable-component-update"]);
    arguments.extend(["--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--lang=en-US"]);
    arguments.extend(["--force-color-profile=srgb", "--font-render-hinting=none"]);
    if is_root() {
        // Chromium refuses to be root in its own sandbox.
        arguments.push("--no-sandbox");
    }
    let wanted = json!({
        "goog:chromeOptions": {
            "args": arguments,
            "perfLoggingPrefs": { "enableNetwork": true, "enablePage": true },
            "prefs": { "intl.accept_languages": "en-US,en" },
        },
        "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        "timeouts": { "pageLoad": 20_000, "script": 20_000 },
    });
    wanted.as_object().cloned().unwrap()
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}

/// Waits for what the driver answers.
pub fn wait<F: Future>(work: F) -> F::Output {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let make = || Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    RUNTIME.get_or_init(make).block_on(work)
}
