//! Owns configuration: the only reader of environment and configuration file, typed and refused by name (contract §14).

pub mod declaration;
mod source;
mod table;
#[cfg(test)]
mod tests;
mod value;

use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;

pub use source::{Flags, environment, unknown_variables};
pub use table::{Kind, SETTINGS, Setting, Unset};

use crate::account::accent::Accent;
use crate::crypto::signing_keys::SigningAlgorithm;
use crate::flows::Policy;
use crate::flows::client_registration::DynamicRegistration;
use crate::flows::dpop::NoncePolicy;
use crate::flows::first_start::Installation;
use crate::flows::mail::{MailServer, Sender, SmtpUrl};
use crate::flows::rate_limits::{Limits, ValkeyUrl};
use crate::flows::registration::Registration;
use crate::storage::DatabaseUrl;
use source::Sources;

/// The configuration cannot be used. The text names the setting, what is wrong and what to write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

/// `SameSite` of the access token's cookie (contract §3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SameSite {
    /// The front end is on the same site.
    Lax,
    /// The front end is on another site.
    None,
}

/// How log lines look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What the operator decided. Times are seconds.
#[derive(Clone)]
pub struct Settings {
    /// Where to listen; port 0 is filled in after binding.
    pub listen: SocketAddr,
    /// Whether somebody chose `listen`, in whichever place; if not, `demo` may take a free port.
    pub listen_chosen: bool,
    /// The issuer, without a trailing slash; plain http only on loopback.
    pub public_url: String,
    /// Where the data lives.
    pub database_url: DatabaseUrl,
    /// Folder for the embedded database and the master key.
    pub data_dir: PathBuf,
    /// The master key's file.
    pub master_key_file: PathBuf,
    /// Whose forwarded headers are believed; never everybody.
    pub trusted_proxies: Vec<IpNet>,
    /// Exact origins, serialized as browsers do.
    pub cors_origins: Vec<String>,
    /// `SameSite` of the access token's cookie.
    pub same_site: SameSite,
    /// `Domain` of the login cookies.
    pub cookie_domain: Option<String>,
    /// Whether browsers get the tokens in the body too.
    pub tokens_in_browser_body: bool,
    /// What signs access tokens.
    pub access_token_algorithm: SigningAlgorithm,
    /// How long a key signs before the next one does; 0: until somebody rotates.
    pub signing_key_lifetime: i64,
    /// Fewest characters of a new password.
    pub password_min_length: usize,
    /// Who may make an account for themselves.
    pub registration: Registration,
    /// Where mail is given to be sent.
    pub mail: Option<MailServer>,
    /// Whether clients may describe themselves at the URL that is their id.
    pub client_id_documents: bool,
    /// Who may register clients by themselves.
    pub dynamic_registration: DynamicRegistration,
    /// How long a sign-in lives.
    pub session_lifetime: i64,
    /// How long a browser may rest and stays signed in; 0: as long as its session lives.
    pub session_idle_timeout: i64,
    /// How long a refresh token with `offline_access` may rest.
    pub refresh_idle: i64,
    /// When a refresh token with `offline_access` ends in any case.
    pub refresh_lifetime: i64,
    /// How long verify answers from memory after the store was last heard.
    pub verify_outage_seconds: u32,
    /// The operator's scopes and their descriptions.
    pub scopes: Vec<(String, String)>,
    /// Whether keys are kept so that they can be shown again.
    pub reveal_keys: bool,
    /// Where DPoP proofs need a nonce.
    pub dpop_nonce: NoncePolicy,
    /// Whether a key may travel in a cookie.
    pub api_key_cookie: bool,
    /// Which apps may ask for a key; empty: any.
    pub hand_off_apps: Vec<String>,
    /// Requests an hour, by class of credential.
    pub rate_limits: Limits,
    /// Where nodes count together.
    pub valkey_url: Option<ValkeyUrl>,
    /// Threads that answer requests.
    pub workers: usize,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Which log lines there are: a level or a filter.
    pub log_level: String,
    /// The name on the pages.
    pub brand: String,
    /// The colour of the pages' links and buttons, if it is not ours.
    pub accent_color: Option<Accent>,
    /// The picture beside the name.
    pub logo_file: Option<PathBuf>,
    /// Certificate chain of our own TLS listener; set exactly when `tls_key_file` is.
    pub tls_cert_file: Option<PathBuf>,
    /// Its private key.
    pub tls_key_file: Option<PathBuf>,
    /// What a first start applies.
    pub bootstrap_file: Option<PathBuf>,
}

const TEN_YEARS: i64 = 10 * 365 * 86_400;
/// A key is published for ten minutes before it signs, and housekeeping comes by every ten: an hour leaves room for both.
const SHORTEST_KEY_LIFETIME: i64 = 3600;

impl Settings {
    /// Reads the configuration file, then `environment` (see [`environment`]), then `flags`; later wins.
    ///
    /// # Errors
    /// The first setting that cannot be used, by name.
    pub fn load(flags: &Flags, environment: &[(String, String)]) -> Result<Self, ConfigError> {
        let given = Sources::gather(flags, environment)?;
        let path = |text: &str| match text {
            "" => Err("write the path of a file or folder".to_owned()),
            text => Ok(PathBuf::from(text)),
        };
        let listen = given.required("listen", value::socket)?;
        let data_dir = given.required("data_dir", path)?;
        let tls_cert_file = given.optional("tls_cert_file", path)?;
        let settings = Self {
            public_url: public_url(&given, listen, tls_cert_file.is_some())?,
            database_url: given
                .optional("database_url", |text| DatabaseUrl::parse(text).map_err(str::to_owned))?
                .unwrap_or_else(|| DatabaseUrl::Sqlite(data_dir.join("portcullis.db"))),
            master_key_file: given
                .optional("master_key_file", path)?
                .unwrap_or_else(|| data_dir.join("master.key")),
            trusted_proxies: given.list("trusted_proxies", value::network)?,
            cors_origins: given.list("cors_origins", value::origin)?,
            same_site: given
                .required("same_site", value::one_of(&[("lax", SameSite::Lax), ("none", SameSite::None)]))?,
            cookie_domain: given.optional("cookie_domain", value::cookie_domain)?,
            tokens_in_browser_body: given.required("tokens_in_browser_body", value::switch)?,
            access_token_algorithm: given.required("access_token_algorithm", algorithm)?,
            signing_key_lifetime: given
                .required("signing_key_lifetime", value::never_or(SHORTEST_KEY_LIFETIME, TEN_YEARS))?,
            password_min_length: size(&given, "password_min_length", 8, 128)?,
            registration: given.required("registration", value::one_of(REGISTRATION))?,
            mail: mail(&given)?,
            client_id_documents: given
                .required("client_id_metadata_documents", value::one_of(&[("off", false), ("on", true)]))?,
            dynamic_registration: given
                .required("dynamic_registration", value::one_of(DYNAMIC_REGISTRATION))?,
            session_lifetime: given.required("session_lifetime", value::number(60, TEN_YEARS))?,
            session_idle_timeout: given.required("session_idle_timeout", value::never_or(300, TEN_YEARS))?,
            refresh_idle: given.required("refresh_idle", value::number(60, TEN_YEARS))?,
            refresh_lifetime: given.required("refresh_lifetime", value::number(60, TEN_YEARS))?,
            verify_outage_seconds: given.required("verify_outage_seconds", value::seconds(1, 86_400))?,
            scopes: given.list("scopes", value::described_scope)?,
            reveal_keys: given.required("reveal_keys", value::switch)?,
            dpop_nonce: given.required("dpop_nonce", value::one_of(DPOP_NONCE))?,
            api_key_cookie: given.required("api_key_cookie", value::switch)?,
            hand_off_apps: given.list("hand_off_apps", value::app_name)?,
            rate_limits: Limits {
                api_key: limit(&given, "rate_limit_api_key")?,
                oauth: limit(&given, "rate_limit_oauth")?,
                jwt: limit(&given, "rate_limit_jwt")?,
            },
            valkey_url: given.optional("valkey_url", |text| ValkeyUrl::parse(text).map_err(str::to_owned))?,
            workers: if given.has("workers") { size(&given, "workers", 1, 1024)? } else { cores() },
            log_format: given.required(
                "log_format",
                value::one_of(&[("text", LogFormat::Text), ("json", LogFormat::Json)]),
            )?,
            log_level: given.required("log_level", |text| Ok(text.to_owned()))?,
            brand: given.required("brand", value::brand)?,
            accent_color: given
                .optional("accent_color", |text| Accent::parse(text).map_err(|fault| fault.to_string()))?,
            logo_file: given.optional("logo_file", path)?,
            tls_key_file: given.optional("tls_key_file", path)?,
            tls_cert_file,
            bootstrap_file: given.optional("bootstrap_file", path)?,
            listen_chosen: given.has("listen"),
            listen,
            data_dir,
        };
        settings.check(&given)?;
        Ok(settings)
    }

    /// The part of the settings that decides about logins and tokens.
    pub fn policy(&self) -> Policy {
        Policy {
            issuer: self.public_url.clone(),
            access_token_algorithm: self.access_token_algorithm,
            signing_key_lifetime: self.signing_key_lifetime,
            password_min_length: self.password_min_length,
            brand: self.brand.clone(),
            registration: self.registration,
            mail: self.mail.clone(),
            client_id_documents: self.client_id_documents,
            dynamic_registration: self.dynamic_registration,
            session_lifetime: self.session_lifetime,
            session_idle_timeout: self.session_idle_timeout,
            refresh_idle: self.refresh_idle,
            refresh_lifetime: self.refresh_lifetime,
            reveal_keys: self.reveal_keys,
            dpop_nonce: self.dpop_nonce,
            scopes: self.scopes.clone(),
            outage_seconds: self.verify_outage_seconds,
            rate_limits: self.rate_limits,
            valkey: self.valkey_url.clone(),
        }
    }

    /// The part of the settings that says where data and master key are.
    pub fn installation(&self) -> Installation {
        Installation {
            database_url: self.database_url.clone(),
            data_dir: self.data_dir.clone(),
            master_key_file: self.master_key_file.clone(),
        }
    }

    /// Whether clients reach this server over TLS, so that cookies are `Secure`.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// What only two settings together can get wrong.
    fn check(&self, given: &Sources) -> Result<(), ConfigError> {
        if !self.listen.ip().is_loopback() && !self.is_https() {
            return Err(ConfigError(format!(
                "{} ({}) is reachable from other machines, so passwords would travel in clear: set public_url to the \
                 https:// address of this server, or listen on 127.0.0.1",
                given.source("listen"),
                self.listen
            )));
        }
        match (&self.tls_cert_file, &self.tls_key_file) {
            (Some(_), None) => return refuse("tls_cert_file is set without tls_key_file: set both"),
            (None, Some(_)) => return refuse("tls_key_file is set without tls_cert_file: set both"),
            (Some(_), Some(_)) if !self.is_https() => {
                return refuse("tls_cert_file is set, so public_url must start with https://");
            }
            _ => {}
        }
        if self.same_site == SameSite::None && !self.is_https() {
            return refuse(
                "same_site is none, but browsers drop such cookies without https: set public_url to an https:// address",
            );
        }
        if self.registration == Registration::Open && self.mail.is_none() {
            return refuse(
                "registration is open, and new people are sent a link by mail: set smtp_url and mail_from, or set \
                 registration to invitation",
            );
        }
        if self.refresh_idle > self.refresh_lifetime {
            return refuse(
                "refresh_idle is longer than refresh_lifetime: make it shorter, or the other longer",
            );
        }
        if let Some(domain) = &self.cookie_domain {
            let host = url::Url::parse(&self.public_url).ok().and_then(|u| u.host_str().map(str::to_owned));
            let host = host.unwrap_or_default();
            if host != *domain && !host.ends_with(&format!(".{domain}")) {
                return Err(ConfigError(format!(
                    "{}: {domain} is not the host of public_url ({host}) or a parent of it: browsers would drop the \
                     cookies",
                    given.source("cookie_domain")
                )));
            }
        }
        Ok(())
    }
}

fn refuse(reason: &str) -> Result<(), ConfigError> {
    Err(ConfigError(reason.to_owned()))
}

const REGISTRATION: &[(&str, Registration)] = &[
    ("closed", Registration::Closed),
    ("invitation", Registration::Invitation),
    ("open", Registration::Open),
];

const DYNAMIC_REGISTRATION: &[(&str, DynamicRegistration)] = &[
    ("closed", DynamicRegistration::Closed),
    ("token", DynamicRegistration::Token),
    ("open", DynamicRegistration::Open),
];

const DPOP_NONCE: &[(&str, NoncePolicy)] = &[
    ("off", NoncePolicy::Off),
    ("endpoints", NoncePolicy::Endpoints),
    ("everywhere", NoncePolicy::Everywhere),
];

fn mail(given: &Sources) -> Result<Option<MailServer>, ConfigError> {
    let url = given.optional("smtp_url", |text| SmtpUrl::parse(text).map_err(str::to_owned))?;
    let from = given.optional("mail_from", |text| Sender::parse(text).map_err(str::to_owned))?;
    match (url, from) {
        (Some(url), Some(from)) => Ok(Some(MailServer { url, from })),
        (Some(_), None) => Err(ConfigError(
            "smtp_url is set without mail_from: set it to the address that mails come from, for instance \
             no-reply@example.com"
                .to_owned(),
        )),
        (None, _) => Ok(None),
    }
}

fn public_url(given: &Sources, listen: SocketAddr, tls: bool) -> Result<String, ConfigError> {
    if let Some(url) = given.optional("public_url", value::public_url)? {
        return Ok(url);
    }
    if !listen.ip().is_loopback() {
        return Err(ConfigError(format!(
            "{} ({listen}) is reachable from other machines: set public_url to the https:// address of this server, \
             or listen on 127.0.0.1",
            given.source("listen")
        )));
    }
    Ok(format!("{}://{listen}", if tls { "https" } else { "http" }))
}

fn algorithm(text: &str) -> Result<SigningAlgorithm, String> {
    SigningAlgorithm::parse(text)
        .ok_or_else(|| format!("{} is none of: ES256, EdDSA, RS256, PS256", text.escape_debug()))
}

fn size(given: &Sources, name: &str, least: i64, most: i64) -> Result<usize, ConfigError> {
    let number = given.required(name, value::number(least, most))?;
    usize::try_from(number).map_err(|_| ConfigError(format!("{name} is too large")))
}

/// Requests an hour; at least one, or nobody could use such a credential.
fn limit(given: &Sources, name: &str) -> Result<u32, ConfigError> {
    let number = given.required(name, value::number(1, 1_000_000_000))?;
    u32::try_from(number).map_err(|_| ConfigError(format!("{name} is too large")))
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
