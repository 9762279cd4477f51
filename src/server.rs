//! The composition root: listener, node, doors, and how they start and stop (contract §13, §14; security R-16).

mod logo;
mod tls;

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::rt::signal::unix::{SignalKind, signal};
use actix_web::web::Data;
use actix_web::{App, HttpServer, rt};
use tokio::sync::{oneshot, watch};
use url::Url;
use uuid::Uuid;

use crate::clock::{Clock, UnixTime};
use crate::config::{SameSite, Settings};
use crate::crypto::random;
use crate::crypto::signing_keys::SigningAlgorithm;
use crate::flows::first_start::{self, StartError};
use crate::flows::{Node, backchannel_logout, housekeeping, last_used, mail, signing_keys};
use crate::http::v1::auth::verify::Rendered;
use crate::http::{Logo, Look, Readiness, WebSettings, entrance, routes};

/// Characters of the cookie that a browser has before it signs in: 190 bits.
const NONCE_LENGTH: usize = 32;
/// Seconds that running requests have to finish once the server is to stop.
const DRAIN_SECONDS: u64 = 10;
/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long the head of a request may take to arrive.
const REQUEST_HEAD: Duration = Duration::from_secs(10);
/// How long a balancer has to see that this node is not ready any more, after SIGTERM.
const NOTICE: Duration = Duration::from_millis(500);

/// A server that is bound, and serves once it runs.
pub struct Server {
    listener: TcpListener,
    port: u16,
    workers: usize,
    tls: Option<tls::Files>,
    node: Arc<Node>,
    settings: Data<WebSettings>,
    readiness: Data<Readiness>,
    stop: (watch::Sender<bool>, watch::Receiver<bool>),
}

/// Stops a running server.
#[derive(Clone)]
pub struct Handle(watch::Sender<bool>);

impl Handle {
    /// Asks the server to finish what it is doing and to stop.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

/// Whether this server speaks TLS itself, by files that a start can use; for `doctor`.
///
/// # Errors
/// What a start would say of them.
pub fn speaks_tls(settings: &Settings) -> Result<bool, StartError> {
    certificate(settings).map(|files| files.is_some())
}

/// Whether the pages have a logo, of a file that a start can use; for `doctor`.
///
/// # Errors
/// What a start would say of it.
pub fn has_logo(settings: &Settings) -> Result<bool, StartError> {
    logo(settings).map(|logo| logo.is_some())
}

fn certificate(settings: &Settings) -> Result<Option<tls::Files>, StartError> {
    match (&settings.tls_cert_file, &settings.tls_key_file) {
        (Some(certificate), Some(key)) => tls::Files::open(certificate, key).map(Some),
        _ => Ok(None),
    }
}

fn logo(settings: &Settings) -> Result<Option<Logo>, StartError> {
    settings.logo_file.as_deref().map(logo::read).transpose()
}

impl Server {
    /// Binds, opens the installation and starts the node; port 0 takes a free port and writes it into the public URL.
    ///
    /// # Errors
    /// What has to be changed first.
    pub async fn build(mut settings: Settings, clock: Clock) -> Result<Self, StartError> {
        let unusable = |source| cannot_listen(settings.listen, source);
        let listener = TcpListener::bind(settings.listen).map_err(unusable)?;
        let port = listener.local_addr().map_err(unusable)?.port();
        if settings.listen.port() == 0 {
            settings.public_url = with_port(&settings.public_url, port);
        }
        let (tls, logo) = (certificate(&settings)?, logo(&settings)?);
        let look = Look::new(settings.accent_color, logo);
        let node = first_start::open_node(
            &settings.installation(),
            settings.policy(),
            clock,
            &SigningAlgorithm::ALL,
        )
        .await?;
        // A database of an earlier version may lack some.
        signing_keys::ensure(&node, &SigningAlgorithm::ALL).await?;
        Ok(Self {
            listener,
            port,
            workers: settings.workers,
            settings: Data::new(web_settings(&settings, &node, tls.is_some(), look)),
            tls,
            node: Arc::new(node),
            readiness: Data::default(),
            stop: watch::channel(false),
        })
    }

    /// The port it is bound to.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The node behind the doors.
    pub fn node(&self) -> Arc<Node> {
        Arc::clone(&self.node)
    }

    /// What stops it.
    pub fn handle(&self) -> Handle {
        Handle(self.stop.0.clone())
    }

    /// Serves until SIGTERM, SIGINT or [`Handle::stop`]; whatever runtime the caller has, the server has its own.
    ///
    /// # Errors
    /// A socket or thread that cannot be used.
    pub fn run(self) -> impl Future<Output = std::io::Result<()>> {
        let (done, finished) = oneshot::channel();
        let started = std::thread::Builder::new().name("http".into()).spawn(move || {
            // The receiver is gone only if nobody waits any more.
            let _ = done.send(rt::System::new().block_on(self.serve()));
        });
        async move {
            started?;
            finished.await.unwrap_or_else(|_| Err(std::io::Error::other("the server panicked: see the log")))
        }
    }

    async fn serve(self) -> std::io::Result<()> {
        let node = Data::from(Arc::clone(&self.node));
        let (settings, readiness) = (self.settings, self.readiness.clone());
        let http = HttpServer::new(move || {
            App::new()
                .app_data(node.clone())
                // A copy for each worker: counting references to one would make the cores wait for each other.
                .app_data(Data::new(settings.get_ref().clone()))
                .app_data(Data::<Rendered>::default())
                .app_data(readiness.clone())
                .configure(routes)
                .wrap(from_fn(entrance))
        })
        .workers(self.workers)
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(REQUEST_HEAD)
        .shutdown_timeout(DRAIN_SECONDS)
        .disable_signals();
        let http = match self.tls {
            Some(files) => http.listen_rustls_0_23(self.listener, files.serve()?)?,
            None => http.listen(self.listener)?,
        };
        let server = http.run();
        let stopping = rt::spawn(stop_when_asked(server.handle(), self.readiness.clone(), self.stop.1));
        let purging = rt::spawn(housekeeping::run(Arc::clone(&self.node)));
        let storing = rt::spawn(housekeeping::store_uses(Arc::clone(&self.node)));
        let mailing = rt::spawn(mail::run(Arc::clone(&self.node)));
        let telling = rt::spawn(backchannel_logout::run(Arc::clone(&self.node)));
        self.readiness.set(true);
        let served = server.await;
        purging.abort();
        storing.abort();
        mailing.abort();
        telling.abort();
        if let Err(error) = last_used::flush(&self.node).await {
            tracing::warn!(%error, "when keys were last used could not be stored");
        }
        stopping.abort();
        served
    }
}

/// First not ready, then no new connections, then the running requests finish.
async fn stop_when_asked(server: ServerHandle, readiness: Data<Readiness>, mut stop: watch::Receiver<bool>) {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    let interrupted = async {
        match signal(SignalKind::interrupt()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = terminated => {
            readiness.set(false);
            tracing::info!("SIGTERM: not ready any more, stopping");
            rt::time::sleep(NOTICE).await;
        }
        _ = interrupted => tracing::info!("SIGINT: stopping"),
        _ = stop.wait_for(|stop| *stop) => {}
    }
    readiness.set(false);
    server.stop(true).await;
}

/// The commonest reason not to start, with what to do about it; the others as the system tells them.
fn cannot_listen(address: SocketAddr, source: std::io::Error) -> StartError {
    if source.kind() == std::io::ErrorKind::AddrInUse {
        return StartError::Refused(format!(
            "{address} is in use: choose another with --listen, or stop what uses it"
        ));
    }
    StartError::Io { doing: format!("listening on {address}"), source }
}

/// The URL with the port that was found.
fn with_port(public_url: &str, port: u16) -> String {
    let Ok(mut url) = Url::parse(public_url) else { return public_url.to_owned() };
    if url.port() != Some(0) || url.set_port(Some(port)).is_err() {
        return public_url.to_owned();
    }
    url.as_str().trim_end_matches('/').to_owned()
}

fn web_settings(settings: &Settings, node: &Node, tls_listener: bool, look: Look) -> WebSettings {
    let issuer = node.issuer().to_owned();
    let mut own_origins = vec![node.origin()];
    own_origins.extend(settings.cors_origins.iter().cloned());
    WebSettings {
        resource_metadata: format!("{issuer}/.well-known/oauth-protected-resource"),
        https: issuer.starts_with("https://"),
        issuer,
        brand: settings.brand.clone(),
        look,
        tls_listener,
        trusted_proxies: settings.trusted_proxies.clone(),
        cors_origins: settings.cors_origins.clone(),
        own_origins,
        same_site_none: settings.same_site == SameSite::None,
        cookie_domain: settings.cookie_domain.clone(),
        tokens_in_browser_body: settings.tokens_in_browser_body,
        api_key_cookie: settings.api_key_cookie,
        hand_off_apps: settings.hand_off_apps.clone(),
        request_id: fresh_id,
        nonce: fresh_nonce,
    }
}

fn fresh_id(now: UnixTime) -> Uuid {
    random::id_at(now)
}

fn fresh_nonce() -> String {
    random::base62(NONCE_LENGTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_goes_into_the_public_url_only_where_none_was_chosen() {
        assert_eq!(with_port("http://127.0.0.1:0", 4711), "http://127.0.0.1:4711");
        assert_eq!(with_port("https://id.example", 4711), "https://id.example");
    }
}
