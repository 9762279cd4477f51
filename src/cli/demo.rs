//! Owns `portcullis demo`: the server, a user and a first token in hand, in one command (issue: first token within a
//! minute; contract §3).

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

use super::Failure;
use super::output::Output;
use super::serve::setup_link;
use crate::clock::Clock;
use crate::config::Settings;
use crate::flows::Node;
use crate::flows::actor::Actor;
use crate::flows::users::{self, NewUser, UserRefusal};
use crate::server::Server;

const NAME: &str = "demo";
const EMAIL: &str = "demo@localhost";
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves on loopback; on a free port if nobody chose the configured one and it is taken.
pub(super) async fn run(mut settings: Settings, output: &Output) -> Result<(), Failure> {
    if !settings.listen.ip().is_loopback() || settings.is_https() {
        return Err(Failure(
            "demo is for plain http on loopback: leave listen and public_url out, or use `portcullis serve`"
                .to_owned(),
        ));
    }
    if !settings.listen_chosen && TcpListener::bind(settings.listen).is_err() {
        settings.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        settings.public_url = format!("http://{}", settings.listen);
    }
    let mut address = settings.listen;
    let server = Server::build(settings, Clock::System).await?;
    address.set_port(server.port());
    let node = server.node();
    let password = refresh_user(&node).await?;
    let serving = server.run();
    tokio::pin!(serving);
    let answer = tokio::select! {
        ended = &mut serving => return Ok(ended?),
        answer = first_token(address, &password) => answer?,
    };
    let (object, text) = describe(&node, &password, &answer, setup_link(&node).await?);
    output.result(&object, &text)?;
    Ok(serving.await?)
}

/// Makes the demo user, or gives it a new random password; returns that.
async fn refresh_user(node: &Node) -> Result<String, Failure> {
    let new = NewUser { username: NAME, email: EMAIL, password: None, is_admin: false };
    let with_password = match users::create(node, Actor::Operator, new).await? {
        Ok(made) => made,
        Err(UserRefusal::Taken(_)) => {
            users::set_disabled(node, NAME, false).await??;
            users::set_password(node, NAME, None).await??
        }
        Err(refusal) => return Err(refusal.into()),
    };
    let password = with_password.generated.ok_or_else(|| Failure("no password was made".to_owned()))?;
    Ok(password.expose().to_owned())
}

/// What `/auth/v1/token` answers a script.
async fn first_token(address: SocketAddr, password: &str) -> Result<Value, Failure> {
    let body = form(password);
    tokio::task::spawn_blocking(move || post(address, &body))
        .await?
        .map_err(|error| Failure(format!("the server did not answer the first request: {error}")))
}

fn form(password: &str) -> String {
    format!("username={NAME}&password={password}")
}

fn post(address: SocketAddr, body: &str) -> Result<Value, std::io::Error> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "POST /auth/v1/token HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.lines().next().unwrap_or_default();
    if !status.contains(" 200 ") {
        return Err(std::io::Error::other(format!("{status}: {body}")));
    }
    Ok(serde_json::from_str(body)?)
}

fn describe(node: &Node, password: &str, answer: &Value, link: Option<String>) -> (Value, String) {
    let url = node.issuer();
    let token = answer.get("access_token").and_then(Value::as_str).unwrap_or_default();
    let login = format!("-d username={NAME} -d password={password} {url}/auth/v1/token");
    let curls = [
        format!("curl {login}"),
        format!("curl -H 'Authorization: Bearer {token}' {url}/v1/auth/verify"),
        format!("curl -s -o /dev/null -c demo.cookies {login} && curl -b demo.cookies {url}/auth/v1/me"),
    ];
    let pretty = serde_json::to_string_pretty(answer).unwrap_or_else(|_| answer.to_string());
    let mut text = format!(
        "Portcullis listens on {url}. The user {NAME} just logged in at POST /auth/v1/token and got:\n\n{pretty}\n\n\
         Try, in another terminal: log in; ask whose token it is; log in with a cookie.\n\n{}\n",
        curls.join("\n\n")
    );
    if let Some(link) = &link {
        text.push_str(&format!("\nMake the first administrator here, once:\n  {link}\n"));
    }
    text.push_str("\nCtrl-C ends it.");
    let object = json!({
        "url": url,
        "username": NAME,
        "password": password,
        "token_response": answer,
        "curl": curls,
        "setup_url": link,
    });
    (object, text)
}
