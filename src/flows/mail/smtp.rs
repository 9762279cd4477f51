//! The one speaker of SMTP (RFC 5321): hands a mail to the configured server. What the server says back may name the
//! recipient, so only its number is kept.

use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::{AsyncSmtpTransport, Error};
use lettre::{AsyncTransport, Tokio1Executor};
use url::Url;

use super::super::node::Node;
use super::sender::Protection;
use super::{Letter, MailServer};
use crate::clock::UnixTime;
use uuid::Uuid;

/// How long one step of the conversation may take.
const STEP: Duration = Duration::from_secs(10);
/// How long all of it may take: less than the shortest time after which a mail is tried again.
const WHOLE: Duration = Duration::from_secs(40);

/// Why a mail was not taken.
pub(super) enum Trouble {
    /// It never will be: nobody has this address.
    Refused(String),
    /// Another time, perhaps.
    Later(String),
}

/// A server that mail is given to.
pub(super) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    host: String,
}

impl Smtp {
    pub(super) fn new(node: &Node, server: &MailServer) -> Result<Self, String> {
        let url = Url::parse(node.issuer()).ok();
        let host = url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
        Ok(Self { transport: transport(server)?, from: server.from.0.clone(), host })
    }

    /// Gives a mail to the server. `id` names it, so that one that arrives twice can be told.
    pub(super) async fn send(&self, letter: Letter, id: Uuid, now: UnixTime) -> Result<(), Trouble> {
        let unsendable = |_| Trouble::Refused("its address or subject is not one of mail".to_owned());
        let to: Mailbox = Mailbox::new(
            None,
            letter.to.parse().map_err(|e: lettre::address::AddressError| Trouble::Refused(e.to_string()))?,
        );
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(now.seconds()).unwrap_or(0));
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(letter.subject)
            .date(date)
            .message_id(Some(format!("<{id}@{}>", self.host)))
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body)
            .map_err(unsendable)?;
        match tokio::time::timeout(WHOLE, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(trouble(&error)),
            Err(_) => Err(Trouble::Later("the server takes too long".to_owned())),
        }
    }
}

fn transport(server: &MailServer) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
    let url = &server.url;
    let parameters = || TlsParameters::new(url.host.clone()).map_err(|error| error.to_string());
    let tls = match url.protection {
        Protection::Loopback => Tls::None,
        Protection::StartTls => Tls::Required(parameters()?),
        Protection::Tls => Tls::Wrapper(parameters()?),
    };
    let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(url.host.clone());
    let builder = builder.port(url.port).tls(tls).timeout(Some(STEP));
    Ok(match &url.credentials {
        Some((user, password)) => {
            builder.credentials(Credentials::new(user.clone(), password.as_str().to_owned())).build()
        }
        None => builder.build(),
    })
}

/// Says hello to the server, and signs in; for `doctor`.
///
/// # Errors
/// What is wrong.
pub async fn reach(server: &MailServer) -> Result<(), String> {
    let transport = transport(server)?;
    match tokio::time::timeout(WHOLE, transport.test_connection()).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => Err("the server does not answer as a mail server".to_owned()),
        Ok(Err(error)) => Err(words(&error)),
        Err(_) => Err("the server takes too long".to_owned()),
    }
}

fn trouble(error: &Error) -> Trouble {
    // What a recipient is refused with for good (RFC 5321 §4.2.3, RFC 7504 §4). 554 greets those with whom a server does not speak at
    // all, too: that may be mended.
    let code = error.status().map(u16::from);
    match code {
        Some(550..=553 | 555 | 556) => Trouble::Refused(words(error)),
        _ => Trouble::Later(words(error)),
    }
}

fn words(error: &Error) -> String {
    match error.status() {
        Some(code) => format!("the server answered {code}"),
        None if error.is_response() => "the server's answer cannot be understood".to_owned(),
        None => {
            let cause = std::error::Error::source(error).map(ToString::to_string);
            cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
        }
    }
}

/// Nobody need be told by a machine that its reader is on holiday (RFC 3834 §5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
