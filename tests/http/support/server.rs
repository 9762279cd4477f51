//! A whole server in this process: port 0, a clock that stands still, a database and a data folder of its own (contract §14).

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use diesel::{Connection, RunQueryDsl, SqliteConnection};
use portcullis::clock::{Clock, UnixTime};
use portcullis::config::{Flags, Settings};
use portcullis::flows::Node;
use portcullis::server::{Handle, Server};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use super::actor::Actor;
use super::app::App;
use super::log::{self, Secrets};
use super::postgres::fresh_postgres_url;
use super::seed::{self, START, Seed};

/// The public URL of a server that browsers reach over TLS.
pub const PUBLIC_URL: &str = "https://id.example";
/// A front end on another site that the operator trusts.
pub const FRONT_END: &str = "https://front.example";

/// A running server. When it goes, the log must hold none of the secrets that were seen (security §4.8).
pub struct TestServer {
    /// Where it listens, without a trailing slash.
    pub base: String,
    /// Its issuer: the public URL.
    pub issuer: String,
    /// Its clock.
    pub clock: Clock,
    /// Its node, for what only an operator can do.
    pub node: Arc<Node>,
    /// The people and clients it knows.
    pub seed: Seed,
    /// What must not be logged.
    pub secrets: Secrets,
    log_start: usize,
    handle: Handle,
    thread: Option<JoinHandle<()>>,
    folder: TempDir,
}

impl TestServer {
    /// On SQLite, with a public URL of plain http on loopback.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// On SQLite, with more settings (`PORTCULLIS_` is added to each name).
    pub fn with(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (template, seed) = template();
        for entry in fs::read_dir(template.path()).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        Self::run(folder, seed.clone(), settings)
    }

    /// On SQLite, behind a proxy on loopback that ends TLS, for [`PUBLIC_URL`], with [`FRONT_END`] configured.
    pub fn https() -> Self {
        Self::https_with(&[])
    }

    /// The same with more settings.
    pub fn https_with(settings: &[(&str, &str)]) -> Self {
        let mut all = vec![
            ("PUBLIC_URL", PUBLIC_URL),
            ("TRUSTED_PROXIES", "127.0.0.1/32"),
            ("CORS_ORIGINS", FRONT_END),
        ];
        all.extend_from_slice(settings);
        Self::with(&all)
    }

    /// On SQLite with nobody in it, as on the first day.
    pub fn empty() -> Self {
        let nobody = Seed { password: seed::unused(), secrets: Vec::new() };
        Self::run(tempfile::tempdir().unwrap(), nobody, &[])
    }

    /// On an empty PostgreSQL database, with more settings.
    pub fn on_postgres_with(settings: &[(&str, &str)]) -> Self {
        let url = fresh_postgres_url();
        let mut given = vec![("DATABASE_URL", url.as_str())];
        given.extend_from_slice(settings);
        Self::filled(&given)
    }

    /// Another process on the same SQLite database, whose clock shows so many seconds more.
    pub fn joined_after(&self, seconds: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(self.folder().join("master.key"), folder.path().join("master.key")).unwrap();
        let url = format!("sqlite:{}", self.folder().join("portcullis.db").display());
        Self::run_at(START.plus_seconds(seconds), folder, self.seed.clone(), &[("DATABASE_URL", &url)])
    }

    /// On the database at `url`, which is filled first.
    pub fn on_database(url: &str) -> Self {
        Self::filled(&[("DATABASE_URL", url)])
    }

    fn filled(given: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let seed = fill(folder.path(), given);
        Self::run(folder, seed, given)
    }

    fn run(folder: TempDir, seed: Seed, given: &[(&str, &str)]) -> Self {
        Self::run_at(START, folder, seed, given)
    }

    fn run_at(start: UnixTime, folder: TempDir, seed: Seed, given: &[(&str, &str)]) -> Self {
        log::start();
        let log_start = log::end();
        let settings = settings(folder.path(), given);
        let clock = Clock::fixed(start);
        let runtime = runtime();
        let server = runtime.block_on(Server::build(settings, clock.clone())).unwrap();
        let (port, node, handle) = (server.port(), server.node(), server.handle());
        let thread = thread::spawn(move || runtime.block_on(server.run()).expect("the server stops cleanly"));
        let secrets = Secrets::default();
        secrets.add(&seed.password);
        seed.secrets.iter().for_each(|(_, secret)| secrets.add(secret));
        let server = Self {
            base: format!("http://127.0.0.1:{port}"),
            issuer: node.issuer().to_owned(),
            clock,
            node,
            seed,
            secrets,
            log_start,
            handle,
            thread: Some(thread),
            folder,
        };
        server.wait_until_ready();
        server
    }

    fn wait_until_ready(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.actor().get("/health/ready").send().status != 200 {
            assert!(Instant::now() < deadline, "the server does not get ready: {}", self.log());
            thread::yield_now();
        }
    }

    /// Whether the public URL is https, so that every request comes through the proxy.
    pub fn is_https(&self) -> bool {
        self.issuer.starts_with("https://")
    }

    /// Somebody with a cookie jar of their own.
    pub fn actor(&self) -> Actor<'_> {
        Actor::new(self)
    }

    /// The registered client `id`, with its secret if it has one.
    pub fn app(&self, id: &'static str) -> App<'_> {
        App::new(self, id)
    }

    /// Does what an operator does with the command line while the server runs.
    pub fn operator<F: Future>(&self, work: F) -> F::Output {
        runtime().block_on(work)
    }

    /// Its data folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What was logged since this server started.
    pub fn log(&self) -> String {
        log::since(self.log_start)
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let log = self.log();
        self.handle.stop();
        if thread::panicking() {
            return;
        }
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server panicked");
        }
        let leaked = self.secrets.found_in(&log);
        assert!(leaked.is_empty(), "secrets in the log: {leaked:?}");
    }
}

/// One filled SQLite installation for the whole binary: keys and password hashes take most of a second to make.
///
/// The database is a snapshot of its own: nobody has it open, so copying the file copies everything.
fn template() -> &'static (TempDir, Seed) {
    static TEMPLATE: OnceLock<(TempDir, Seed)> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let (first, snapshot) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let seed = fill(first.path(), &[]);
        let database = |folder: &TempDir| folder.path().join("portcullis.db").display().to_string();
        let mut connection = SqliteConnection::establish(&database(&first)).unwrap();
        // The node that filled it may still be closing.
        diesel::sql_query("PRAGMA busy_timeout = 10000").execute(&mut connection).unwrap();
        diesel::sql_query(format!("VACUUM INTO '{}'", database(&snapshot))).execute(&mut connection).unwrap();
        // The server refuses to start on a database that others may read; copies keep this mode.
        fs::set_permissions(database(&snapshot), fs::Permissions::from_mode(0o600)).unwrap();
        fs::copy(first.path().join("master.key"), snapshot.path().join("master.key")).unwrap();
        (snapshot, seed)
    })
}

fn fill(folder: &Path, given: &[(&str, &str)]) -> Seed {
    let settings = settings(folder, given);
    runtime().block_on(seed::fill(&settings.installation(), settings.policy()))
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn settings(folder: &Path, given: &[(&str, &str)]) -> Settings {
    let mut environment = vec![
        ("PORTCULLIS_DATA_DIR".to_owned(), folder.display().to_string()),
        ("PORTCULLIS_LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
        ("PORTCULLIS_WORKERS".to_owned(), "1".to_owned()),
    ];
    environment.extend(given.iter().map(|(name, text)| (format!("PORTCULLIS_{name}"), (*text).to_owned())));
    Settings::load(&Flags::default(), &environment).unwrap_or_else(|error| panic!("{error}"))
}
