//! The one speaker of SMTP (RFC 5321): hands a mail to the configured server. What the server says back may name the
//! recipient, so only its number is kept.
//!
//! A conversation is taken step by step, since what a refusal means depends on when it comes, and what it is: one that says that this
//! mailbox is none is for good (RFC 5321 §4.2.1: 5yz); a server that does not speak with us, takes nothing from our sender or does
//! not like a text may be mended, or may mean us, and is asked again.

use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
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
    server: MailServer,
    host: String,
}

impl Smtp {
    pub(super) fn new(node: &Node, server: &MailServer) -> Self {
        let url = Url::parse(node.issuer()).ok();
        let host = url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
        Self { server: server.clone(), host }
    }

    /// Gives a mail to the server. `id` names it, so that one that arrives twice can be told.
    pub(super) async fn send(&self, letter: Letter, id: Uuid, now: UnixTime) -> Result<(), Trouble> {
        let message = self.message(letter, id, now)?;
        match tokio::time::timeout(WHOLE, hand_over(&self.server, &message)).await {
            Ok(done) => done,
            Err(_) => Err(Trouble::Later("the server takes too long".to_owned())),
        }
    }

    fn message(&self, letter: Letter, id: Uuid, now: UnixTime) -> Result<Message, Trouble> {
        let unsendable = |_| Trouble::Refused("its address or subject is not one of mail".to_owned());
        let to: Mailbox = Mailbox::new(
            None,
            letter.to.parse().map_err(|e: lettre::address::AddressError| Trouble::Refused(e.to_string()))?,
        );
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(now.seconds()).unwrap_or(0));
        Message::builder()
            .from(self.server.from.0.clone())
            .to(to)
            .subject(letter.subject)
            .date(date)
            .message_id(Some(format!("<{id}@{}>", self.host)))
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body)
            .map_err(unsendable)
    }
}

/// The whole conversation. Only what is said of the recipient can be for good: before that it is about us and the server, and
/// after it about the text, which a filter may dislike today.
async fn hand_over(server: &MailServer, message: &Message) -> Result<(), Trouble> {
    let (envelope, text) = (message.envelope(), message.formatted());
    let mut connection = connect(server).await.map_err(later)?;
    let parameters = parameters(&connection, envelope.to(), &text)?;
    let begin = Mail::new(envelope.from().cloned(), parameters);
    let mut outcome = connection.command(begin).await.map(drop).map_err(later);
    for recipient in envelope.to() {
        if outcome.is_ok() {
            let named = connection.command(Rcpt::new(recipient.clone(), Vec::new())).await;
            outcome = named.map(drop).map_err(of_recipient);
        }
    }
    if outcome.is_ok() {
        outcome = match connection.command(Data).await {
            Ok(_) => connection.message(&text).await.map(drop),
            Err(error) => Err(error),
        }
        .map_err(later);
    }
    // It says goodbye, and whatever comes of that changes nothing.
    connection.abort().await;
    outcome
}

/// What the server has to be told of a mail that is not all ASCII (RFC 6531 §3.4, RFC 6152 §2).
fn parameters(
    connection: &AsyncSmtpConnection,
    recipients: &[lettre::Address],
    text: &[u8],
) -> Result<Vec<MailParameter>, Trouble> {
    let mut parameters = Vec::new();
    if !recipients.iter().all(|address| AsRef::<str>::as_ref(address).is_ascii()) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Trouble::Refused("the server takes no address outside ASCII".to_owned()));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !text.is_ascii() {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    Ok(parameters)
}

/// A server that was greeted, by the protection the operator chose, and knows who we are.
async fn connect(server: &MailServer) -> Result<AsyncSmtpConnection, Error> {
    let (url, hello) = (&server.url, ClientId::default());
    let (wrapped, upgrade) = match url.protection {
        Protection::Loopback => (None, None),
        Protection::StartTls => (None, Some(TlsParameters::new(url.host.clone())?)),
        Protection::Tls => (Some(TlsParameters::new(url.host.clone())?), None),
    };
    let place = (url.host.as_str(), url.port);
    let mut connection =
        AsyncSmtpConnection::connect_tokio1(place, Some(STEP), &hello, wrapped, None).await?;
    if let Some(parameters) = upgrade {
        connection.starttls(parameters, &hello).await?;
    }
    if let Some((user, password)) = &url.credentials {
        let credentials = Credentials::new(user.clone(), password.as_str().to_owned());
        connection.auth(DEFAULT_MECHANISMS, &credentials).await?;
    }
    Ok(connection)
}

/// Says hello to the server, and signs in; for `doctor`.
///
/// # Errors
/// What is wrong.
pub async fn reach(server: &MailServer) -> Result<(), String> {
    let hello = async {
        let mut connection = connect(server).await?;
        let answers = connection.test_connected().await;
        connection.abort().await;
        Ok::<bool, Error>(answers)
    };
    match tokio::time::timeout(WHOLE, hello).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => Err("the server does not answer as a mail server".to_owned()),
        Ok(Err(error)) => Err(words(&error)),
        Err(_) => Err("the server takes too long".to_owned()),
    }
}

fn later(error: Error) -> Trouble {
    Trouble::Later(words(&error))
}

/// What says that a mailbox is none: unknown, not local, not a name, or of a host that takes no mail (RFC 5321 §4.2.3, RFC 7504
/// §4). Other refusals come at the same place and mean something else: 552 a full mailbox, 554 and 5yz of other figures us or our
/// sender, which servers like to hold back until a recipient is named.
const NO_MAILBOX: [u16; 4] = [550, 551, 553, 556];

/// What a recipient is refused with.
fn of_recipient(error: Error) -> Trouble {
    let is_none = error.status().is_some_and(|code| NO_MAILBOX.contains(&u16::from(code)));
    if is_none { Trouble::Refused(words(&error)) } else { later(error) }
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
