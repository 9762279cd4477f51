//! TLS in front of something that speaks plain http on this machine, for the hosts under `doors.example`.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener as Listener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::chrome::wait;

/// Ends TLS; the browsers of these tests believe any certificate. It lives as long as the test program.
pub struct Front {
    port: u16,
    behind: Arc<AtomicU16>,
}

impl Front {
    /// With nothing behind it.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (behind, acceptor) = (Arc::new(AtomicU16::new(0)), acceptor());
        let known = behind.clone();
        wait(async move {
            let listener = Listener::from_std(listener).unwrap();
            drop(tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let (acceptor, port) = (acceptor.clone(), known.load(Ordering::Relaxed));
                    drop(tokio::spawn(passes(stream, acceptor, port)));
                }
            }));
        });
        Self { port, behind }
    }

    /// Leads to a port of this machine from now on.
    pub fn leads_to(&self, port: u16) {
        self.behind.store(port, Ordering::Relaxed);
    }

    /// Where it is, without a trailing slash.
    pub fn url(&self, host: &str) -> String {
        format!("https://{host}.doors.example:{}", self.port)
    }
}

fn acceptor() -> TlsAcceptor {
    let made = rcgen::generate_simple_self_signed(["*.doors.example".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into());
    TlsAcceptor::from(Arc::new(config.unwrap()))
}

/// A browser that turns away is nobody's mistake.
async fn passes(stream: TcpStream, acceptor: TlsAcceptor, port: u16) -> Option<()> {
    let mut outside = acceptor.accept(stream).await.ok()?;
    let mut inside = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    let _ = copy_bidirectional(&mut outside, &mut inside).await;
    Some(())
}
