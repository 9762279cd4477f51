//! One request to one address over HTTP/1.1, and its answer, within bounds (security §3, 38).

use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, CONNECTION, CONTENT_TYPE, HOST, HeaderMap, USER_AGENT};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::{Position, Url};

use super::FetchError;

/// How long an address may take to answer at all.
const CONNECT: Duration = Duration::from_secs(2);
/// Longest head of an answer, in bytes.
const MAX_HEAD_BYTES: usize = 32 * 1024;
/// Most header fields of an answer.
const MAX_HEADERS: usize = 64;
/// Who we say we are. Nothing else about us or about whoever caused the request is told.
const AGENT: &str = concat!("Portcullis/", env!("CARGO_PKG_VERSION"));

/// An answer, whole.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// TLS as a client, trusting what the machine trusts: read when it is needed first, and the same as for mail.
#[derive(Default)]
pub(super) struct Tls(OnceLock<Option<Arc<ClientConfig>>>);

impl Tls {
    /// Trusting `roots` and nothing else.
    #[cfg(test)]
    pub(super) fn trusting(roots: RootCertStore) -> Self {
        Self(OnceLock::from(config(roots)))
    }

    fn connector(&self) -> Result<TlsConnector, FetchError> {
        let config = self.0.get_or_init(|| {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            Some(roots).filter(|roots| !roots.is_empty()).and_then(config)
        });
        let config = config.as_ref().ok_or(FetchError::NoRoots)?;
        Ok(TlsConnector::from(Arc::clone(config)))
    }
}

fn config(roots: RootCertStore) -> Option<Arc<ClientConfig>> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Some(Arc::new(config))
}

/// Sends a request for `url` over `stream`, and reads at most `most` bytes. `form` makes it a POST.
pub(super) async fn exchange(
    tls: &Tls,
    url: &Url,
    stream: TcpStream,
    form: Option<String>,
    most: usize,
) -> Result<Answer, FetchError> {
    let request = request(url, form)?;
    if url.scheme() != "https" {
        return converse(TokioIo::new(stream), request, most).await;
    }
    let name = ServerName::try_from(host(url)).map_err(|_| FetchError::Url("the host has no name"))?;
    let stream = timeout(CONNECT, tls.connector()?.connect(name.to_owned(), stream)).await;
    let stream = stream.map_err(|_| FetchError::Slow)?.map_err(|error| FetchError::Tls(error.to_string()))?;
    converse(TokioIo::new(stream), request, most).await
}

/// The host as TLS names it: an IPv6 address without its brackets.
fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned()
}

/// A connection to the first of `addresses` that answers and that `enter` lets in, and what it let in by.
pub(super) async fn connect<P>(
    addresses: &[SocketAddr],
    enter: impl Fn(IpAddr) -> Result<P, FetchError>,
) -> Result<(TcpStream, P), FetchError> {
    let attempts = async {
        let mut last = FetchError::Unreachable("no address".to_owned());
        for address in addresses {
            let presence = match enter(address.ip()) {
                Ok(presence) => presence,
                Err(error) => {
                    last = error;
                    continue;
                }
            };
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok((stream, presence)),
                Err(error) => last = FetchError::Unreachable(error.to_string()),
            }
        }
        Err(last)
    };
    timeout(CONNECT, attempts).await.map_err(|_| FetchError::Slow)?
}

fn request(url: &Url, form: Option<String>) -> Result<Request<Full<Bytes>>, FetchError> {
    let authority = &url[Position::BeforeHost..Position::AfterPort];
    let request = Request::builder()
        .uri(&url[Position::BeforePath..Position::AfterQuery])
        .header(HOST, authority)
        .header(USER_AGENT, AGENT)
        .header(ACCEPT, "application/json")
        .header(CONNECTION, "close");
    let request = match form {
        None => request.method(Method::GET).body(Full::default()),
        Some(form) => request
            .method(Method::POST)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::from(form)),
    };
    request.map_err(|_| FetchError::Url("it cannot be asked for"))
}

/// The connection is driven in this very task: when the answer is read, or given up, it is gone.
async fn converse<S>(
    stream: TokioIo<S>,
    request: Request<Full<Bytes>>,
    most: usize,
) -> Result<Answer, FetchError>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let broken = |error: hyper::Error| FetchError::Http(error.to_string());
    let mut builder = http1::Builder::new();
    builder.max_buf_size(MAX_HEAD_BYTES).max_headers(MAX_HEADERS);
    let (mut sender, connection) = builder.handshake(stream).await.map_err(broken)?;
    let mut answer = pin!(async {
        let response = sender.send_request(request).await.map_err(broken)?;
        read(response, most).await
    });
    tokio::select! {
        answer = &mut answer => answer,
        _ = connection => answer.await,
    }
}

async fn read(response: Response<Incoming>, most: usize) -> Result<Answer, FetchError> {
    let (head, mut body) = response.into_parts();
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| FetchError::Http(error.to_string()))?;
        let Ok(data) = frame.into_data() else { continue };
        if whole.len() + data.len() > most {
            return Err(FetchError::TooLarge(most));
        }
        whole.extend_from_slice(&data);
    }
    Ok(Answer { status: head.status.as_u16(), headers: head.headers, body: whole })
}
