//! nginx and Caddy as children without privileges, on free ports, with the files that docs/gateways/ hands out: only
//! addresses are replaced.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// nginx's configuration, as handed out.
pub const NGINX: &str = include_str!("../../docs/gateways/nginx.conf");
/// Caddy's configuration, as handed out.
pub const CADDY: &str = include_str!("../../docs/gateways/Caddyfile");
/// What Debian calls nobody and nogroup.
const NOBODY: u32 = 65534;

/// A running gateway; it ends with this value.
pub struct Gateway {
    /// For messages.
    pub name: &'static str,
    /// Where clients reach it.
    pub address: SocketAddr,
    child: Child,
    folder: TempDir,
}

/// Where the gateway finds the others.
#[derive(Clone, Copy)]
pub struct Behind {
    /// The server that is asked.
    pub portcullis: SocketAddr,
    /// The service that is guarded.
    pub upstream: SocketAddr,
}

impl Gateway {
    /// nginx.
    pub fn nginx(behind: Behind) -> Self {
        Self::nginx_with(NGINX, behind)
    }

    /// nginx with this text in place of the one handed out.
    pub fn nginx_with(text: &str, behind: Behind) -> Self {
        let address = free_address();
        let site = with_addresses(text, behind, &[("listen 80;", &format!("listen {address};"))]);
        let main = "daemon off; master_process off; worker_processes 1; pid nginx.pid;\n\
             events { worker_connections 256; }\n\
             http {\n  access_log off; error_log stderr info;\n  client_body_temp_path body; proxy_temp_path proxy;\n  \
             fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n  include api.conf;\n}\n";
        let folder = folder(&[("nginx.conf", main), ("api.conf", &site)]);
        let mut command = Command::new(program("nginx"));
        command.args(["-e", "stderr", "-c", "nginx.conf", "-p"]).arg(folder.path());
        Self::start("nginx", address, command, folder)
    }

    /// Caddy.
    pub fn caddy(behind: Behind) -> Self {
        let address = free_address();
        let site = with_addresses(CADDY, behind, &[("api.example.com {", &format!("http://{address} {{"))]);
        let folder = folder(&[(
            "Caddyfile",
            &site.replace(&format!("http://{address}"), &format!("http://:{}", address.port())),
        )]);
        let mut command = Command::new(program("caddy"));
        command.args(["run", "--adapter", "caddyfile", "--config", "Caddyfile"]);
        // Its administration would take one port of the whole machine.
        command.env("CADDY_ADMIN", format!("unix/{}", folder.path().join("admin").display()));
        for home in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
            command.env(home, folder.path());
        }
        Self::start("Caddy", address, command, folder)
    }

    fn start(name: &'static str, address: SocketAddr, mut command: Command, folder: TempDir) -> Self {
        if fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0) {
            command.uid(NOBODY).gid(NOBODY);
        }
        let log = fs::File::create(folder.path().join("log")).unwrap();
        command.current_dir(folder.path()).stdin(Stdio::null());
        // As nginx.conf asks for.
        command.env("TZ", "UTC");
        command.stdout(log.try_clone().unwrap()).stderr(log);
        let child = command.spawn().unwrap_or_else(|e| panic!("{name}: {e}: tests/run installs it"));
        let mut gateway = Self { name, address, child, folder };
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(address).is_err() {
            let ended = gateway.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < deadline, "{name} does not start: {}", gateway.log());
            thread::sleep(Duration::from_millis(20));
        }
        gateway
    }

    /// What it wrote into its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("---- {}'s log:\n{}", self.name, self.log());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The handed-out text with this test's addresses. Nothing may be missing: then the text is not what it was.
fn with_addresses(text: &str, behind: Behind, more: &[(&str, &str)]) -> String {
    let (portcullis, upstream) = (behind.portcullis.to_string(), behind.upstream.to_string());
    let mut changed = text.to_owned();
    for (from, to) in
        [("127.0.0.1:8080", portcullis.as_str()), ("127.0.0.1:9000", &upstream)].iter().chain(more)
    {
        assert!(changed.contains(from), "{from} is gone from the handed-out configuration");
        changed = changed.replace(from, to);
    }
    changed
}

/// A folder that the child may use, with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    // Only root may give a folder away, and only for root it is needed.
    let _ = chown(folder.path(), Some(NOBODY), Some(NOBODY));
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Where a program is: distributions keep servers where ordinary people's PATH does not lead.
fn program(name: &str) -> String {
    let places = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin"];
    let found = places.iter().map(|place| format!("{place}/{name}")).find(|path| Path::new(path).exists());
    found.unwrap_or_else(|| name.to_owned())
}

/// An address nobody listens at, another one each time. Not one of those that the system gives to connections and to
/// whoever asks for any port: it would give away what a gateway is about to take.
pub fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Test programs that run beside each other begin at different places.
    let first = (std::process::id().wrapping_mul(97) % 20_000) as u16;
    loop {
        let port = 10_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000;
        if TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok() {
            return (Ipv4Addr::LOCALHOST, port).into();
        }
    }
}
