//! Everything that a request passes: both gateways, the server they ask, the upstream they guard.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::OnceLock;
use std::thread;

use crate::gateway::{Behind, Gateway};
use crate::support::server::TestServer;
use crate::upstream;
use crate::wire::{self, Reply};

/// One server, and each gateway before it.
pub struct Bed {
    /// The gateways.
    pub gateways: [Gateway; 2],
    /// The server they ask.
    pub server: TestServer,
}

impl Bed {
    /// A server that trusts its gateways.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// The same with more settings.
    pub fn with(settings: &[(&str, &str)]) -> Self {
        let mut all = vec![("TRUSTED_PROXIES", "127.0.0.1/32")];
        all.extend_from_slice(settings);
        Self::before(TestServer::with(&all))
    }

    /// Both gateways before `server`.
    pub fn before(server: TestServer) -> Self {
        Self::between(server, upstream())
    }

    /// Both gateways between `server` and an upstream at `upstream`.
    pub fn between(server: TestServer, upstream: SocketAddr) -> Self {
        let behind = behind(&server, upstream);
        Self { gateways: [Gateway::nginx(behind), Gateway::caddy(behind)], server }
    }

    /// nginx with this text, before the server of this bed.
    pub fn nginx_with(&self, text: &str) -> Gateway {
        Gateway::nginx_with(text, behind(&self.server, upstream()))
    }

    /// An access token of somebody.
    pub fn token_of(&self, name: &'static str) -> String {
        self.server.actor().named(name).logs_in().access
    }
}

fn behind(server: &TestServer, upstream: SocketAddr) -> Behind {
    Behind { portcullis: server.base.trim_start_matches("http://").parse().unwrap(), upstream }
}

impl Gateway {
    /// Sends a request through this gateway.
    pub fn send(&self, method: &str, target: &str, headers: &[(&str, &str)]) -> Reply {
        wire::send(self.address, method, target, headers, b"")
    }

    /// A GET with a bearer token.
    pub fn get(&self, target: &str, token: &str) -> Reply {
        self.send("GET", target, &[("Authorization", &format!("Bearer {token}"))])
    }
}

/// The example's upstream, once for the binary.
fn upstream() -> SocketAddr {
    static ADDRESS: OnceLock<SocketAddr> = OnceLock::new();
    *ADDRESS.get_or_init(|| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(|| upstream::serve(listener).unwrap());
        address
    })
}
