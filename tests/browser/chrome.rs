//! The programs: one chromedriver for the whole binary, and as many Chromiums as tests run at a time.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use fantoccini::{Client, ClientBuilder};
use serde_json::{Map, Value, json};
use tokio::runtime::{Builder, Runtime};

/// Where Chromium finds nothing but this machine, and the hosts of tests/browser/front.rs on it: no test needs the network, and no
/// page may ask for it.
const NOWHERE: &str = "--host-resolver-rules=MAP *.doors.example 127.0.0.1 , MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost";

/// The driver goes with this program, however that ends: then the shell's input is closed. Its browsers go with it.
const KEEPER: &str =
    "chromedriver --port=0 & driver=$!; cat >/dev/null; kill $driver; sleep 1; rm -rf \"$1\"";

/// A running chromedriver.
struct Driver {
    url: String,
    /// Where the browsers' profiles are.
    folder: PathBuf,
    /// Held, for its input.
    _keeper: Child,
}

impl Driver {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap().keep();
        let mut command = Command::new("sh");
        command.arg("-c").arg(KEEPER).arg("sh").arg(&folder);
        // It says where it listens on its standard output.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut keeper = command.spawn().unwrap();
        let lines = BufReader::new(keeper.stdout.take().unwrap()).lines();
        let said = |line: &str| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse::<u16>().ok()
        };
        let port = lines.map_while(Result::ok).find_map(|line| said(&line));
        let port = port.expect("no chromedriver: run the tests with tests/run");
        Self { url: format!("http://127.0.0.1:{port}"), folder, _keeper: keeper }
    }

    /// The one of this binary.
    fn shared() -> &'static Self {
        static DRIVER: OnceLock<Driver> = OnceLock::new();
        DRIVER.get_or_init(Self::start)
    }
}

/// Browsers that no test uses now: starting one takes longer than most walks.
static IDLE: Mutex<Vec<Client>> = Mutex::new(Vec::new());

/// A running Chromium, for one test.
pub struct Chrome {
    /// Its one session.
    pub client: Client,
}

impl Chrome {
    /// One that another test is done with, or a new one.
    pub fn start() -> Self {
        let idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Self { client: idle.unwrap_or_else(new) }
    }
}

impl Drop for Chrome {
    fn drop(&mut self) {
        let client = self.client.clone();
        let has_one_window = wait(client.windows()).is_ok_and(|windows| windows.len() == 1);
        if has_one_window && !thread::panicking() {
            IDLE.lock().unwrap_or_else(PoisonError::into_inner).push(client);
        } else {
            let _ = wait(client.close());
        }
    }
}

fn new() -> Client {
    let driver = Driver::shared();
    let profile = tempfile::tempdir_in(&driver.folder).unwrap().keep();
    let mut builder = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
    let client = wait(builder.capabilities(capabilities(&profile)).connect(&driver.url));
    client.unwrap_or_else(|error| panic!("Chromium does not start: {error}"))
}

fn capabilities(profile: &Path) -> Map<String, Value> {
    let folder = format!("--user-data-dir={}", profile.display());
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
            "prefs": {
                "intl.accept_languages": "en-US,en",
                // No such app is here, and a question about it would cover the page.
                "protocol_handler": { "excluded_schemes": { "com.example.native": true } },
            },
        },
        // That of `Front` was made for the test.
        "acceptInsecureCerts": true,
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
