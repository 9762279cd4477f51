//! One request and its answer, as they are on the wire; every secret in either is remembered (security §4.8).

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use reqwest::blocking::{Client, Response};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use serde_json::Value;

use super::actor::Actor;
use super::log::Secrets;

/// Fields that carry secrets, in requests and answers, forms and JSON.
const SECRET_FIELDS: [&str; 15] = [
    "password",
    "access_token",
    "refresh_token",
    "subject_token",
    "registration_access_token",
    "token",
    "code",
    "device_code",
    "user_code",
    "code_verifier",
    "client_secret",
    "csrf_token",
    "api_key",
    "key",
    "secret",
];

/// A request about to be sent.
#[must_use]
pub struct Request<'a> {
    actor: &'a Actor<'a>,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
}

impl<'a> Request<'a> {
    /// `path` below the server's base, with its query; an absolute URL of the issuer is cut to that.
    pub fn new(actor: &'a Actor<'a>, method: &str, path: &str) -> Self {
        let path = path.strip_prefix(actor.server.issuer.as_str()).unwrap_or(path);
        assert!(path.starts_with('/'), "{path} is elsewhere");
        remember_pairs(&actor.server.secrets, path.split_once('?').map_or("", |(_, query)| query));
        Self {
            actor,
            method: Method::from_bytes(method.as_bytes()).unwrap(),
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: None,
        }
    }

    /// Adds a header, even if it is there already.
    pub fn header(self, name: &str, value: &str) -> Self {
        self.header_bytes(name, value.as_bytes())
    }

    /// The same with any bytes.
    pub fn header_bytes(mut self, name: &str, value: &[u8]) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        self.headers.append(name, HeaderValue::from_bytes(value).unwrap());
        self
    }

    /// The same with several.
    pub fn headers(self, headers: &[(&str, &str)]) -> Self {
        headers.iter().fold(self, |request, (name, value)| request.header(name, value))
    }

    /// `Authorization: Bearer`.
    pub fn bearer(self, token: &str) -> Self {
        self.actor.server.secrets.add(token);
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// `Authorization: DPoP`, with its proof.
    pub fn dpop(self, token: &str, proof: &str) -> Self {
        self.actor.server.secrets.add(token);
        self.header("authorization", &format!("DPoP {token}")).header("dpop", proof)
    }

    /// `Authorization: Basic`, both halves as they are.
    pub fn basic(self, id: &str, secret: &str) -> Self {
        self.actor.server.secrets.add(secret);
        let encoded = STANDARD.encode(format!("{id}:{secret}"));
        self.actor.server.secrets.add(&encoded);
        self.header("authorization", &format!("Basic {encoded}"))
    }

    /// A cookie beside those of the jar.
    pub fn cookie(self, name: &str, value: &str) -> Self {
        self.actor.server.secrets.add(value);
        self.header("cookie", &format!("{name}={value}"))
    }

    /// A form body.
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let body = encode(fields);
        self.body("application/x-www-form-urlencoded", body.as_bytes())
    }

    /// A JSON body.
    pub fn json(self, value: &Value) -> Self {
        self.body("application/json", value.to_string().as_bytes())
    }

    /// Any body; an empty type sends no `Content-Type`.
    pub fn body(mut self, content_type: &str, body: &[u8]) -> Self {
        let secrets = &self.actor.server.secrets;
        remember_pairs(secrets, &String::from_utf8_lossy(body));
        if let Ok(value) = serde_json::from_slice::<Value>(body) {
            remember_members(secrets, &value);
        }
        self.body = Some(body.to_vec());
        if content_type.is_empty() { self } else { self.header("content-type", content_type) }
    }

    /// Sends it and waits.
    pub fn send(self) -> Reply {
        let url = format!("{}{}", self.actor.server.base, self.path);
        let mut request = client().request(self.method.clone(), &url).headers(self.headers);
        if let Some(cookies) = self.actor.cookies_for(&self.path) {
            request = request.header("cookie", cookies);
        }
        if self.actor.behind_proxy {
            request = request.header("x-forwarded-proto", "https");
        }
        if let Some(body) = self.body {
            request = request.body(body);
        }
        let response = request.send().unwrap_or_else(|e| panic!("{} {}: {e}", self.method, self.path));
        let reply = Reply::read(format!("{} {}", self.method, self.path), response);
        reply.remember(&self.actor.server.secrets);
        self.actor.keep_cookies(&reply);
        reply
    }
}

fn client() -> &'static Client {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    CLIENT.get_or_init(|| {
        // No pool: a port may be another server's by the next request.
        Client::builder().redirect(Policy::none()).pool_max_idle_per_host(0).no_proxy().build().unwrap()
    })
}

/// `application/x-www-form-urlencoded`.
pub fn encode(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn remember_pairs(secrets: &Secrets, text: &str) {
    for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
        if SECRET_FIELDS.contains(&name.as_ref()) {
            secrets.add(&value);
        }
    }
}

fn remember_members(secrets: &Secrets, value: &Value) {
    let Value::Object(members) = value else { return };
    for (name, value) in members {
        if let (true, Value::String(text)) = (SECRET_FIELDS.contains(&name.as_str()), value) {
            secrets.add(text);
        }
    }
}

/// An answer.
pub struct Reply {
    /// `METHOD path`, for messages.
    pub asked: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    fn read(asked: String, response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { asked, status, headers, body: response.bytes().unwrap().to_vec() }
    }

    fn remember(&self, secrets: &Secrets) {
        if let Ok(value) = serde_json::from_slice(&self.body) {
            remember_members(secrets, &value);
        }
        self.set_cookies().iter().for_each(|cookie| secrets.add(value_of(cookie)));
        if let Some((_, query)) = self.header("location").and_then(|l| l.split_once('?')) {
            remember_pairs(secrets, query);
        }
    }

    /// How many bytes it has, its head included, as HTTP/1.1 writes it.
    pub fn weight(&self) -> usize {
        let line =
            |name: &HeaderName, value: &HeaderValue| name.as_str().len() + value.len() + ": \r\n".len();
        self.body.len() + self.headers.iter().map(|(name, value)| line(name, value)).sum::<usize>()
    }

    /// Insists on a status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text());
        self
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"), "{}: {}", self.asked, self.text());
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{}: {e}: {}", self.asked, self.text()))
    }

    /// A member of the body that must be a string.
    #[track_caller]
    pub fn member(&self, name: &str) -> String {
        let value = self.json();
        value[name].as_str().unwrap_or_else(|| panic!("{}: no {name} in {value}", self.asked)).to_owned()
    }

    /// The `error` of a JSON body.
    #[track_caller]
    pub fn error(&self) -> String {
        self.member("error")
    }

    /// One header; fails if it is there twice.
    #[track_caller]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next();
        assert!(values.next().is_none(), "{}: two {name} headers", self.asked);
        first.map(|value| value.to_str().expect("a header of visible ASCII"))
    }

    /// One header that must be there.
    #[track_caller]
    pub fn the_header(&self, name: &str) -> &str {
        self.header(name).unwrap_or_else(|| panic!("{}: no {name} header", self.asked))
    }

    /// Every `Set-Cookie`, as sent.
    pub fn set_cookies(&self) -> Vec<&str> {
        self.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect()
    }

    /// The `Set-Cookie` of that name: its value and its attributes, as sent.
    pub fn set_cookie(&self, name: &str) -> Option<(&str, &str)> {
        let prefix = format!("{name}=");
        let text = self.set_cookies().into_iter().find(|text| text.starts_with(&prefix))?;
        let (pair, attributes) = text.split_once("; ").unwrap_or((text, ""));
        Some((&pair[prefix.len()..], attributes))
    }
}

/// The value in a `Set-Cookie`.
fn value_of(cookie: &str) -> &str {
    let pair = cookie.split(';').next().unwrap_or_default();
    pair.split_once('=').map_or("", |(_, value)| value)
}
