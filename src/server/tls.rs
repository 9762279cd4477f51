//! Our own TLS listener: rustls with the one crypto provider, TLS 1.2 and 1.3, and a certificate that is loaded again
//! when its files change (contract §13, security §4.8).

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::flows::first_start::StartError;

/// The files are looked at this often.
const LOOK: Duration = Duration::from_secs(2);

/// A certificate chain and its key, in two PEM files.
pub(super) struct Files {
    certificate: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    resolver: Arc<Resolver>,
    seen: Versions,
}

/// When the two files were last written.
type Versions = (Option<SystemTime>, Option<SystemTime>);

/// Hands the current certificate to every new connection.
#[derive(Debug)]
struct Resolver(RwLock<Arc<CertifiedKey>>);

impl Resolver {
    /// The lock is held for one assignment, so a writer that panicked left a whole certificate behind.
    fn replace(&self, current: CertifiedKey) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(current);
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Files {
    /// Reads both files.
    ///
    /// # Errors
    /// Which file cannot be used, and why.
    pub(super) fn open(certificate: &Path, key: &Path) -> Result<Self, StartError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let seen = versions(certificate, key);
        let current = load(certificate, key, &provider).map_err(StartError::Refused)?;
        Ok(Self {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            provider,
            resolver: Arc::new(Resolver(RwLock::new(Arc::new(current)))),
            seen,
        })
    }

    /// The listener's configuration, and a task that follows the files.
    ///
    /// # Errors
    /// The crypto provider knows no protocol version.
    pub(super) fn serve(self) -> std::io::Result<ServerConfig> {
        let config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(std::io::Error::other)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Resolver>::clone(&self.resolver));
        tokio::spawn(self.follow());
        Ok(config)
    }

    async fn follow(mut self) {
        loop {
            tokio::time::sleep(LOOK).await;
            let found = versions(&self.certificate, &self.key);
            if found == self.seen {
                continue;
            }
            self.seen = found;
            match load(&self.certificate, &self.key, &self.provider) {
                Ok(current) => {
                    self.resolver.replace(current);
                    tracing::info!("the certificate was loaded again");
                }
                // Perhaps only one of the two is written yet: the old pair goes on, the next change is looked at.
                Err(error) => tracing::error!(error, "the certificate changed but cannot be used"),
            }
        }
    }
}

fn versions(certificate: &Path, key: &Path) -> Versions {
    let written = |file: &Path| std::fs::metadata(file).and_then(|data| data.modified()).ok();
    (written(certificate), written(key))
}

fn load(certificate: &Path, key: &Path, provider: &CryptoProvider) -> Result<CertifiedKey, String> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|error| format!("tls_cert_file {}: {error}", certificate.display()))?;
    if chain.is_empty() {
        return Err(format!("tls_cert_file {}: there is no certificate in it", certificate.display()));
    }
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| format!("tls_key_file {}: {error}", key.display()))?;
    CertifiedKey::from_der(chain, private, provider)
        .map_err(|error| format!("tls_key_file {}: {error}", key.display()))
}
