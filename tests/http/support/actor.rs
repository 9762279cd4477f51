//! Somebody at a browser or in a script, with a cookie jar: verbs for what people do (contract §3, §4, §5).

use std::cell::{Cell, RefCell};

use serde_json::Value;

use super::exchange::{Reply, Request, encode};
use super::page::{Form, Page};
use super::seed::REDIRECT;
use super::server::TestServer;

/// RFC 7636 appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// RFC 7636 appendix B.
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

struct Cookie {
    name: String,
    value: String,
    path: String,
}

/// Somebody who keeps cookies.
pub struct Actor<'s> {
    /// The server they talk to.
    pub server: &'s TestServer,
    /// Whether their requests come through the proxy that ends TLS.
    pub behind_proxy: bool,
    jar: RefCell<Vec<Cookie>>,
    name: Cell<&'static str>,
}

/// What a login door answered.
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
}

/// The authorization response as the client's redirect URI gets it (RFC 6749 §4.1.2).
#[derive(Debug)]
pub struct Answer {
    /// The whole URL.
    pub url: String,
}

impl Answer {
    /// A parameter of the response; fails if it is doubled.
    #[track_caller]
    pub fn parameter(&self, name: &str) -> Option<String> {
        let url = url::Url::parse(&self.url).unwrap();
        let mut values = url.query_pairs().filter(|(own, _)| own == name);
        let first = values.next().map(|(_, value)| value.into_owned());
        assert!(values.next().is_none(), "{name} twice in {}", self.url);
        first
    }

    /// The code.
    #[track_caller]
    pub fn code(&self) -> String {
        self.parameter("code").unwrap_or_else(|| panic!("no code in {}", self.url))
    }

    /// The error.
    #[track_caller]
    pub fn error(&self) -> String {
        assert_eq!(self.parameter("code"), None, "{}", self.url);
        self.parameter("error").unwrap_or_else(|| panic!("no error in {}", self.url))
    }
}

impl<'s> Actor<'s> {
    /// A fresh browser of alice's.
    pub fn new(server: &'s TestServer) -> Self {
        Self { server, behind_proxy: server.is_https(), jar: RefCell::default(), name: Cell::new("alice") }
    }

    /// The same, of somebody else's.
    pub fn named(self, name: &'static str) -> Self {
        self.name.set(name);
        self
    }

    /// The same, who does not come through the proxy.
    pub fn over_plain_http(mut self) -> Self {
        self.behind_proxy = false;
        self
    }

    /// A request of any method.
    pub fn ask(&'s self, method: &str, path: &str) -> Request<'s> {
        Request::new(self, method, path)
    }

    /// A GET.
    pub fn get(&'s self, path: &str) -> Request<'s> {
        self.ask("GET", path)
    }

    /// A POST.
    pub fn post(&'s self, path: &str) -> Request<'s> {
        self.ask("POST", path)
    }

    /// The name and the password, as fields.
    pub fn credentials(&self) -> [(&'static str, &'s str); 2] {
        [("username", self.name.get()), ("password", &self.server.seed.password)]
    }

    /// Posts the login form of a script (contract §3).
    pub fn logs_in(&'s self) -> Tokens {
        let reply = self.post("/auth/v1/token").form(&self.credentials()).send().expect(200);
        Tokens { access: reply.member("access_token"), refresh: reply.member("refresh_token") }
    }

    /// Signs in on the page, as sent there by `next`; answers what the form's POST did.
    pub fn signs_in_for(&'s self, login_url: &str) -> Reply {
        let form = Page::of(&self.get(login_url).send().expect(200)).form("/login");
        let form = form.with("email", self.name.get()).with("password", &self.server.seed.password);
        self.submits(&form)
    }

    /// Signs in on the page.
    pub fn signs_in(&'s self) -> &'s Self {
        let _ = self.signs_in_for("/login").expect(303);
        self
    }

    /// Sends a form as a browser does.
    pub fn submits(&'s self, form: &Form) -> Reply {
        let origin = self.server.issuer.clone();
        let browser =
            [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "navigate"), ("origin", &origin)];
        self.post(&form.action).headers(&browser).form(&form.pairs()).send()
    }

    /// Sends a form that lay open for more than an hour. Where the password counts for the form (`asks_first`), it is asked for
    /// first, and given.
    #[track_caller]
    pub fn submits_too_late(&'s self, form: &Form, asks_first: bool) -> Reply {
        self.server.clock.advance(3601);
        if asks_first {
            let asked = Page::of(&self.submits(form).expect(403)).proves_at().expect("where to prove it");
            let _ = self.signs_in_for(&asked).expect(303);
        }
        self.submits(form)
    }

    /// Gives the password anew.
    pub fn proves_again(&'s self) {
        let _ = self.signs_in_for("/login?again=1").expect(303);
    }

    /// Follows redirects of this server and its pages that move on, until a page that wants something is shown, or
    /// the browser is sent elsewhere: then that URL is the error.
    pub fn follows(&'s self, mut reply: Reply) -> Result<Reply, Answer> {
        for _ in 0..10 {
            let to = match reply.status {
                303 | 302 => reply.the_header("location").to_owned(),
                200 => match Page::of(&reply).moves_on_to() {
                    Some(url) => url,
                    None => return Ok(reply),
                },
                _ => return Ok(reply),
            };
            let here = to.starts_with('/') && !to.starts_with("//");
            if !here && !to.starts_with(&format!("{}/", self.server.issuer)) {
                if let Some((_, query)) = to.split_once('?') {
                    url::form_urlencoded::parse(query.as_bytes())
                        .filter(|(name, _)| name == "code")
                        .for_each(|(_, code)| self.server.secrets.add(&code));
                }
                return Err(Answer { url: to });
            }
            reply = self.get(&to).send();
        }
        panic!("{}: ten redirects", reply.asked)
    }

    /// Goes to the authorization endpoint and does what its pages ask for until the client is answered; `allow` is
    /// what the consent page is told.
    pub fn answers(&'s self, query: &str, allow: bool) -> Answer {
        let mut reply = self.get(&format!("/oauth/authorize?{query}")).send();
        for _ in 0..3 {
            reply = match self.follows(reply) {
                Err(answer) => return answer,
                Ok(page) => self.fills_in(&page, allow),
            };
        }
        panic!("{}: {} {}", reply.asked, reply.status, reply.text())
    }

    /// The same, saying yes.
    pub fn authorizes(&'s self, query: &str) -> Answer {
        self.answers(query, true)
    }

    fn fills_in(&'s self, reply: &Reply, allow: bool) -> Reply {
        assert_eq!(reply.status, 200, "{}: {}", reply.asked, reply.text());
        let page = Page::of(reply);
        let form = page.forms().into_iter().find(|form| matches!(form.path(), "/login" | "/consent"));
        let form = form.unwrap_or_else(|| panic!("{}: nothing to fill in: {}", reply.asked, page.html()));
        if form.path() == "/login" {
            let form = form.with("email", self.name.get()).with("password", &self.server.seed.password);
            return self.submits(&form);
        }
        self.submits(&form.with("decision", if allow { "allow" } else { "deny" }))
    }

    /// Asks verify about a token.
    pub fn verifies(&'s self, token: &str) -> Reply {
        self.get("/v1/auth/verify").bearer(token).send()
    }

    /// Whether verify believes a token; anything but 200 and 401 fails.
    #[track_caller]
    pub fn is_believed(&'s self, token: &str) -> bool {
        let reply = self.verifies(token);
        assert!(matches!(reply.status, 200 | 401), "{}: {}", reply.asked, reply.text());
        reply.status == 200
    }

    /// The address of the page of the key with this secret, as `/settings` of who made it says.
    #[track_caller]
    pub fn page_of_key(&'s self, secret: &str) -> String {
        let hint = format!("sk_...{}", &secret[26..]);
        Page::of(&self.get("/settings").send().expect(200)).link_beside(&hint)
    }

    /// What a cookie of the jar holds.
    pub fn jar(&self, name: &str) -> Option<String> {
        self.jar.borrow().iter().find(|cookie| cookie.name == name).map(|cookie| cookie.value.clone())
    }

    /// Puts a cookie into the jar.
    pub fn puts(&self, name: &str, value: &str, path: &str) {
        let mut jar = self.jar.borrow_mut();
        jar.retain(|cookie| cookie.name != name);
        jar.push(Cookie { name: name.to_owned(), value: value.to_owned(), path: path.to_owned() });
    }

    /// Throws every cookie away.
    pub fn forgets_cookies(&self) {
        self.jar.borrow_mut().clear();
    }

    /// The `Cookie` header for `path`.
    pub fn cookies_for(&self, path: &str) -> Option<String> {
        let path = path.split('?').next().unwrap_or_default();
        let matches = |cookie: &&Cookie| {
            let rest = path.strip_prefix(cookie.path.as_str());
            rest.is_some_and(|rest| cookie.path.ends_with('/') || rest.is_empty() || rest.starts_with('/'))
        };
        let jar = self.jar.borrow();
        let pairs: Vec<String> =
            jar.iter().filter(matches).map(|c| format!("{}={}", c.name, c.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Keeps what an answer set, drops what it cleared.
    pub fn keep_cookies(&self, reply: &Reply) {
        for text in reply.set_cookies() {
            let (pair, attributes) = text.split_once("; ").unwrap_or((text, ""));
            let Some((name, value)) = pair.split_once('=') else { continue };
            let path = attributes.split("; ").find_map(|a| a.strip_prefix("Path=")).unwrap_or("/");
            self.puts(name, value, path);
            if attributes.split("; ").any(|a| a == "Max-Age=0") {
                self.jar.borrow_mut().retain(|cookie| cookie.name != name);
            }
        }
    }
}

/// A page that is shown.
#[track_caller]
pub fn page(person: &Actor<'_>, path: &str) -> Page {
    Page::of(&person.get(path).send().expect(200))
}

/// Sent to this place.
#[track_caller]
pub fn leads_to(reply: &Reply, place: &str) {
    let to = (reply.status, reply.header("location"));
    assert_eq!(to, (303, Some(place)), "{}: {}", reply.asked, reply.text());
}

/// Somebody signed in on the page.
pub fn signed_in<'s>(server: &'s TestServer, name: &'static str) -> Actor<'s> {
    let person = server.actor().named(name);
    person.signs_in();
    person
}

/// The administrator, signed in.
pub fn root(server: &TestServer) -> Actor<'_> {
    signed_in(server, "root")
}

/// An authorization request of `client` with PKCE, with more parameters.
pub fn asks(client: &str, more: &[(&str, &str)]) -> String {
    let mut fields = vec![
        ("client_id", client),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in more {
        fields.retain(|(own, _)| own != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
    encode(&fields)
}

/// What a body says about tokens.
pub fn tokens(body: &Value) -> Tokens {
    let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned();
    Tokens { access: text("access_token"), refresh: text("refresh_token") }
}
