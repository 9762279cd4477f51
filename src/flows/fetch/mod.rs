//! The one way in which this server asks others for something (security §3, 38): no URL that somebody else wrote may make it
//! reach what only it can reach.
//!
//! https only. The name is resolved once, every address that comes back is judged, and exactly those addresses are connected
//! to: an answer that changes between looking and going changes nothing. No redirects, no proxy, no cookies, no credentials,
//! no compression; bounded in time, in size and in number.

mod address;
mod crowd;
mod freshness;
#[cfg(test)]
mod tests;
mod wire;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::time::Duration;

use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use url::{Host, Url};

use crowd::{Crowd, Place, Presence};
use wire::Tls;

use crate::oauth::client::Client;

/// How long everything together may take.
const TOTAL: Duration = Duration::from_secs(5);
/// Requests under way at once, for each of [`Behalf`].
const AT_ONCE: usize = 16;
/// Addresses of one name that are looked at; more are a refusal.
const MAX_ADDRESSES: usize = 16;
/// What is read of the answer to something that was told, in bytes.
const MAX_TOLD_BYTES: usize = 4096;

/// What asks for the addresses of a name.
type Lookup = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;
type Resolver = Box<dyn Fn(String, u16) -> Lookup + Send + Sync>;

/// Asks others, within bounds.
pub struct Fetcher {
    /// Whether this server is tried out on one machine: then others on it may be asked, too, and without TLS.
    trying_out: bool,
    resolver: Resolver,
    tls: Tls,
    registered: Semaphore,
    strangers: Semaphore,
    /// Where those of strangers are.
    crowd: Crowd,
    patience: Duration,
}

/// For whom others are asked: what strangers cause does not keep the registered waiting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Behalf {
    /// A client that an operator registered.
    Registered,
    /// One that describes or registered itself.
    Stranger,
}

impl Behalf {
    /// For `client`.
    pub(super) const fn of(client: &Client) -> Self {
        if client.metadata.is_unchecked() { Self::Stranger } else { Self::Registered }
    }
}

/// A JSON document, and how long it says that it may be kept.
pub(super) struct Fetched {
    /// The document.
    pub(super) body: Vec<u8>,
    /// Seconds for which it is fresh; `None` if it does not say, 0 if it is not to be kept.
    pub(super) lifetime: Option<i64>,
}

/// Why nothing was fetched: for the log and for administrators. A stranger is told nothing of it, since it says who is where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The URL is none that is fetched.
    #[error("this URL is not fetched: {0}")]
    Url(&'static str),
    /// A special-purpose address (RFC 6890).
    #[error("its host is not on the public network")]
    Forbidden,
    /// The name has no address.
    #[error("its host has no address: {0}")]
    Unknown(String),
    /// Nobody answered.
    #[error("its host does not answer: {0}")]
    Unreachable(String),
    /// It took too long.
    #[error("it took too long")]
    Slow,
    /// Too much is being fetched already.
    #[error("too much is being fetched at once: try again")]
    Busy,
    /// This machine trusts nobody.
    #[error("this machine has no root certificates: install them (`ca-certificates`)")]
    NoRoots,
    /// TLS failed.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// What came was no HTTP.
    #[error("HTTP failed: {0}")]
    Http(String),
    /// Anything but 200; a redirect is not followed.
    #[error("the answer was {0}, not 200")]
    Status(u16),
    /// It is not JSON, or compressed.
    #[error("the answer is not plain JSON")]
    Kind,
    /// More bytes than this came.
    #[error("the answer has more than {0} bytes")]
    TooLarge(usize),
}

impl Fetcher {
    /// For the server of this public URL. Plain http is only a public URL on loopback: then the server is being tried out.
    pub fn new(public_url: &str) -> Self {
        let look_up = |host: String, port: u16| -> Lookup {
            Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
        };
        Self {
            trying_out: public_url.starts_with("http://"),
            resolver: Box::new(look_up),
            tls: Tls::default(),
            registered: Semaphore::new(AT_ONCE),
            strangers: Semaphore::new(AT_ONCE),
            crowd: Crowd::default(),
            patience: TOTAL,
        }
    }

    /// The JSON at `url`, at most `most` bytes of it.
    pub(super) async fn get(&self, url: &str, most: usize, behalf: Behalf) -> Result<Fetched, FetchError> {
        let answer = self.ask(url, None, most, behalf).await?;
        if answer.status != 200 {
            return Err(FetchError::Status(answer.status));
        }
        if !is_plain_json(&answer.headers) {
            return Err(FetchError::Kind);
        }
        Ok(Fetched { lifetime: freshness::lifetime(&answer.headers), body: answer.body })
    }

    /// Posts a form to `url`: the status of the answer.
    pub(super) async fn tell(&self, url: &str, form: String, behalf: Behalf) -> Result<u16, FetchError> {
        Ok(self.ask(url, Some(form), MAX_TOLD_BYTES, behalf).await?.status)
    }

    async fn ask(
        &self,
        url: &str,
        form: Option<String>,
        most: usize,
        behalf: Behalf,
    ) -> Result<wire::Answer, FetchError> {
        let permits = match behalf {
            Behalf::Registered => &self.registered,
            Behalf::Stranger => &self.strangers,
        };
        let _permit = permits.try_acquire().map_err(|_| FetchError::Busy)?;
        let whole = async {
            let url = self.judge(url)?;
            let _site = self.enter(behalf, Place::site(&url))?;
            let addresses = self.addresses(&url).await?;
            // Whichever of them answers is where the request is.
            let enter = |address: IpAddr| self.enter(behalf, Place::network(address));
            let (stream, _network) = wire::connect(&addresses, enter).await?;
            wire::exchange(&self.tls, &url, stream, form, most).await
        };
        timeout(self.patience, whole).await.map_err(|_| FetchError::Slow)?
    }

    /// A stranger's request is counted where it goes.
    fn enter(&self, behalf: Behalf, place: Place) -> Result<Option<Presence<'_>>, FetchError> {
        match behalf {
            Behalf::Stranger => self.crowd.enter(place).map(Some).ok_or(FetchError::Busy),
            Behalf::Registered => Ok(None),
        }
    }

    fn judge(&self, url: &str) -> Result<Url, FetchError> {
        let url = Url::parse(url).map_err(|_| FetchError::Url("it is no absolute URL"))?;
        match url.scheme() {
            "https" => {}
            "http" if self.trying_out => {}
            _ => return Err(FetchError::Url("it is not https")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Url("it names a user"));
        }
        Ok(url)
    }

    /// Every address of the host, each of them judged: one that is forbidden forbids them all.
    async fn addresses(&self, url: &Url) -> Result<Vec<SocketAddr>, FetchError> {
        let port = url.port_or_known_default().ok_or(FetchError::Url("it has no port"))?;
        let addresses = match url.host() {
            None => return Err(FetchError::Url("it has no host")),
            Some(Host::Ipv4(address)) => vec![SocketAddr::new(IpAddr::V4(address), port)],
            Some(Host::Ipv6(address)) => vec![SocketAddr::new(IpAddr::V6(address), port)],
            Some(Host::Domain(name)) => (self.resolver)(name.to_owned(), port)
                .await
                .map_err(|error| FetchError::Unknown(error.to_string()))?,
        };
        if addresses.is_empty() || addresses.len() > MAX_ADDRESSES {
            return Err(FetchError::Unknown(format!("{} addresses", addresses.len())));
        }
        let plain = url.scheme() == "http";
        if addresses.iter().all(|address| self.may_reach(address.ip(), plain)) {
            Ok(addresses)
        } else {
            Err(FetchError::Forbidden)
        }
    }

    fn may_reach(&self, address: IpAddr, plain: bool) -> bool {
        let own_machine = self.trying_out && address.is_loopback();
        own_machine || (!plain && address::is_public(address))
    }
}

/// `application/json`, or `application/…+json`; not compressed, since nobody asked for that.
fn is_plain_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let structured = essence.strip_prefix("application/").is_some_and(|name| name.ends_with("+json"));
    !headers.contains_key(CONTENT_ENCODING) && (essence == "application/json" || structured)
}
