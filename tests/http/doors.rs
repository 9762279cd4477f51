//! Every door in one table, the shape of its errors, and what an address or a method that does not exist is answered
//! (contract §1, §8).

use std::fs;
use std::path::Path;

use crate::support::exchange::Reply;
use crate::support::page::Page;
use crate::support::server::TestServer;

/// A wire format of errors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// `{"error","message","code","timestamp"}`.
    Example,
    /// The same with `error_description`.
    OAuth,
    /// `{"message","status"}`.
    OneCodex,
    /// `{"error","message","status"}`.
    CoCalc,
    /// HTML.
    Page,
}

/// One URL.
pub struct Door {
    /// The path.
    pub path: &'static str,
    /// The methods it knows, as `Allow` lists them; empty: every one.
    pub methods: &'static [&'static str],
    /// How it fails.
    pub shape: Shape,
}

const fn door(path: &'static str, methods: &'static [&'static str], shape: Shape) -> Door {
    Door { path, methods, shape }
}

const POST: &[&str] = &["POST"];
const GET: &[&str] = &["GET", "HEAD"];
const BOTH: &[&str] = &["GET", "HEAD", "POST"];
const ONE: &[&str] = &["GET", "HEAD", "PATCH", "DELETE"];

/// An address of something that does not exist.
macro_rules! ID {
    ($before:literal) => {
        ID!($before, "")
    };
    ($before:literal, $after:literal) => {
        concat!($before, "0198c5b1-7f3a-7cc0-8000-000000000001", $after)
    };
}

/// Every door there is. One that is missing fails `security_24_every_door_is_in_the_table`.
pub const DOORS: &[Door] = &[
    door("/auth/v1/token", POST, Shape::Example),
    door("/auth/v1/token/", POST, Shape::Example),
    door("/auth/v1/refresh", POST, Shape::Example),
    door("/auth/v1/logout", POST, Shape::Example),
    door("/auth/v1/me", GET, Shape::Example),
    door("/v1/auth/login", POST, Shape::Example),
    door("/v1/auth/refresh", POST, Shape::Example),
    door("/v1/auth/logout", POST, Shape::Example),
    door("/v1/auth/verify", &[], Shape::Example),
    door("/v1/auth/verify/forward", &[], Shape::Example),
    door("/v1/auth/verify/nginx", &[], Shape::Example),
    door("/v1/auth/verify/envoy", &[], Shape::Example),
    door("/v1/auth/verify/envoy/any/path", &[], Shape::Example),
    door("/api/get_token", &["GET"], Shape::OneCodex),
    door("/api/v2/api-keys", POST, Shape::CoCalc),
    door("/oauth/authorize", BOTH, Shape::Page),
    door("/oauth/par", POST, Shape::OAuth),
    door("/oauth/token", POST, Shape::OAuth),
    door("/oauth/device_authorization", POST, Shape::OAuth),
    door("/oauth/introspect", POST, Shape::OAuth),
    door("/oauth/register", POST, Shape::OAuth),
    door("/oauth/register/x", &["GET", "HEAD", "PUT", "DELETE"], Shape::OAuth),
    door("/oauth/userinfo", BOTH, Shape::OAuth),
    door("/oauth/revoke", POST, Shape::OAuth),
    door("/oauth/logout", &["GET", "POST"], Shape::Page),
    door("/.well-known/oauth-authorization-server", GET, Shape::Example),
    door("/.well-known/openid-configuration", GET, Shape::Example),
    door("/.well-known/oauth-protected-resource", GET, Shape::Example),
    door("/.well-known/jwks.json", GET, Shape::Example),
    door("/", GET, Shape::Page),
    door("/login", BOTH, Shape::Page),
    door("/app", BOTH, Shape::Page),
    door("/logout", BOTH, Shape::Page),
    door("/consent", BOTH, Shape::Page),
    door("/device", BOTH, Shape::Page),
    door("/device/decision", BOTH, Shape::Page),
    door("/setup", BOTH, Shape::Page),
    door("/register", BOTH, Shape::Page),
    door("/invitation", BOTH, Shape::Page),
    door("/confirm", BOTH, Shape::Page),
    door("/forgotten-password", BOTH, Shape::Page),
    door("/reset-password", BOTH, Shape::Page),
    door("/settings/email", BOTH, Shape::Page),
    door("/docs", GET, Shape::Page),
    door("/settings", GET, Shape::Page),
    door("/settings/account", GET, Shape::Page),
    door("/dashboard/settings", GET, Shape::Page),
    door("/settings/password", BOTH, Shape::Page),
    door("/settings/sessions", BOTH, Shape::Page),
    door("/settings/apps", GET, Shape::Page),
    door("/settings/apps/disconnect", BOTH, Shape::Page),
    door("/settings/activity", GET, Shape::Page),
    door("/settings/jwt", BOTH, Shape::Page),
    door("/settings/delete", BOTH, Shape::Page),
    door("/admin", GET, Shape::Page),
    door("/admin/limits", GET, Shape::Page),
    door("/admin/scopes", GET, Shape::Page),
    door("/admin/scopes/new", BOTH, Shape::Page),
    door("/admin/scopes/x", BOTH, Shape::Page),
    door("/admin/scopes/x/remove", BOTH, Shape::Page),
    door("/admin/signing-keys", GET, Shape::Page),
    door("/admin/signing-keys/rotate", BOTH, Shape::Page),
    door("/admin/signing-keys/x/revoke", BOTH, Shape::Page),
    door("/admin/users", GET, Shape::Page),
    door("/admin/users/new", BOTH, Shape::Page),
    door("/admin/users/invite", BOTH, Shape::Page),
    door("/admin/users/disable", BOTH, Shape::Page),
    door(ID!("/admin/users/"), GET, Shape::Page),
    door(ID!("/admin/users/", "/disable"), BOTH, Shape::Page),
    door("/admin/clients", GET, Shape::Page),
    door("/admin/clients/new", BOTH, Shape::Page),
    door("/admin/clients/spa", BOTH, Shape::Page),
    door("/admin/clients/spa/disable", BOTH, Shape::Page),
    door("/admin/clients/spa/secret", BOTH, Shape::Page),
    door("/admin/registration-tokens", GET, Shape::Page),
    door("/admin/registration-tokens/new", BOTH, Shape::Page),
    door(ID!("/admin/registration-tokens/", "/revoke"), BOTH, Shape::Page),
    door("/admin/projects", GET, Shape::Page),
    door(ID!("/admin/projects/"), GET, Shape::Page),
    door(ID!("/admin/projects/", "/delete"), BOTH, Shape::Page),
    door("/admin/keys", GET, Shape::Page),
    door(ID!("/admin/keys/"), GET, Shape::Page),
    door(ID!("/admin/keys/", "/revoke"), BOTH, Shape::Page),
    door("/admin/sessions", GET, Shape::Page),
    door(ID!("/admin/sessions/", "/end"), BOTH, Shape::Page),
    door("/admin/audit", GET, Shape::Page),
    door("/settings/barbell", BOTH, Shape::Page),
    door("/settings/keys/new", BOTH, Shape::Page),
    door(ID!("/settings/keys/"), GET, Shape::Page),
    door(ID!("/settings/keys/", "/change"), BOTH, Shape::Page),
    door(ID!("/settings/keys/", "/regenerate"), BOTH, Shape::Page),
    door(ID!("/settings/keys/", "/rotate"), BOTH, Shape::Page),
    door(ID!("/settings/keys/", "/reveal"), BOTH, Shape::Page),
    door(ID!("/settings/keys/", "/disable"), BOTH, Shape::Page),
    door(ID!("/settings/keys/", "/enable"), BOTH, Shape::Page),
    door(ID!("/settings/keys/", "/revoke"), BOTH, Shape::Page),
    door("/projects", GET, Shape::Page),
    door("/projects/new", BOTH, Shape::Page),
    door(ID!("/projects/"), GET, Shape::Page),
    door(ID!("/projects/", "/settings"), BOTH, Shape::Page),
    door(ID!("/projects/", "/members"), BOTH, Shape::Page),
    door(ID!("/projects/", "/members/x"), BOTH, Shape::Page),
    door(ID!("/projects/", "/members/x/remove"), BOTH, Shape::Page),
    door(ID!("/projects/", "/delete"), BOTH, Shape::Page),
    door(ID!("/projects/", "/keys/new"), BOTH, Shape::Page),
    door(ID!("/projects/", "/keys/x"), GET, Shape::Page),
    door(ID!("/projects/", "/keys/x/change"), BOTH, Shape::Page),
    door(ID!("/projects/", "/keys/x/regenerate"), BOTH, Shape::Page),
    door(ID!("/projects/", "/keys/x/rotate"), BOTH, Shape::Page),
    door(ID!("/projects/", "/keys/x/reveal"), BOTH, Shape::Page),
    door(ID!("/projects/", "/keys/x/disable"), BOTH, Shape::Page),
    door(ID!("/projects/", "/keys/x/enable"), BOTH, Shape::Page),
    door(ID!("/projects/", "/keys/x/revoke"), BOTH, Shape::Page),
    door("/api/v1/account", GET, Shape::OneCodex),
    door("/api/v1/keys", BOTH, Shape::OneCodex),
    door("/api/v1/keys/report-leaked", POST, Shape::OneCodex),
    door(ID!("/api/v1/keys/"), ONE, Shape::OneCodex),
    door(ID!("/api/v1/keys/", "/regenerate"), POST, Shape::OneCodex),
    door(ID!("/api/v1/keys/", "/rotate"), POST, Shape::OneCodex),
    door(ID!("/api/v1/keys/", "/disable"), POST, Shape::OneCodex),
    door(ID!("/api/v1/keys/", "/enable"), POST, Shape::OneCodex),
    door(ID!("/api/v1/keys/", "/reveal"), POST, Shape::OneCodex),
    door("/api/v1/projects", BOTH, Shape::OneCodex),
    door(ID!("/api/v1/projects/"), ONE, Shape::OneCodex),
    door(ID!("/api/v1/projects/", "/keys"), BOTH, Shape::OneCodex),
    door(ID!("/api/v1/projects/", "/keys/x"), ONE, Shape::OneCodex),
    door(ID!("/api/v1/projects/", "/keys/x/regenerate"), POST, Shape::OneCodex),
    door(ID!("/api/v1/projects/", "/keys/x/rotate"), POST, Shape::OneCodex),
    door(ID!("/api/v1/projects/", "/keys/x/disable"), POST, Shape::OneCodex),
    door(ID!("/api/v1/projects/", "/keys/x/enable"), POST, Shape::OneCodex),
    door(ID!("/api/v1/projects/", "/keys/x/reveal"), POST, Shape::OneCodex),
    door(ID!("/api/v1/projects/", "/members"), BOTH, Shape::OneCodex),
    door(ID!("/api/v1/projects/", "/members/x"), &["PATCH", "DELETE"], Shape::OneCodex),
    door("/api/v1/sessions", GET, Shape::OneCodex),
    door(ID!("/api/v1/sessions/"), &["DELETE"], Shape::OneCodex),
    door("/api/v1/users", BOTH, Shape::OneCodex),
    door(ID!("/api/v1/users/"), &["GET", "HEAD", "PATCH"], Shape::OneCodex),
    door("/api/v1/scopes", BOTH, Shape::OneCodex),
    door("/api/v1/scopes/none", ONE, Shape::OneCodex),
    door("/api/v1/clients", BOTH, Shape::OneCodex),
    door("/api/v1/clients/spa", ONE, Shape::OneCodex),
    door("/api/v1/clients/spa/secret", POST, Shape::OneCodex),
    door("/api/v1/clients/spa/secret/previous", &["DELETE"], Shape::OneCodex),
    door("/api/v1/audit-events", GET, Shape::OneCodex),
    door("/api/v1/schema", GET, Shape::OneCodex),
    door("/health/live", GET, Shape::Example),
    door("/health/ready", GET, Shape::Example),
];
/// What pages are made of; its errors are nobody's business.
const ASSETS: &[&str] = &["/assets/style.css", "/assets/page.js", "/assets/icon.svg"];

impl Shape {
    /// Insists that an error has this shape, tells nothing of the inside, and is not kept anywhere.
    #[track_caller]
    pub fn check(self, reply: &Reply) {
        let text = reply.text();
        let about = format!("{}: {} {text:.600}", reply.asked, reply.status);
        for word in ["panicked", "src/", ".rs:", "Backtrace", "SQL", "diesel", "StorageError", "actix"] {
            assert!(!text.contains(word), "{word} in {about}");
        }
        assert!(reply.header("x-request-id").is_some(), "{about}");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{about}");
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{about}");
        let members = match self {
            Self::Page => {
                let page = Page::of(reply);
                assert!(page.html().starts_with("<!doctype html>") && page.words().len() > 20, "{about}");
                return;
            }
            Self::Example => vec!["code", "error", "message", "timestamp"],
            Self::OAuth => vec!["code", "error", "error_description", "message", "timestamp"],
            Self::OneCodex => vec!["message", "status"],
            Self::CoCalc => vec!["error", "message", "status"],
        };
        let body = reply.json();
        let mut found: Vec<&String> = body.as_object().expect("an object").keys().collect();
        found.sort_unstable();
        assert_eq!(found, members, "{about}");
        let status = body.get("status").unwrap_or(&body["code"]);
        assert_eq!(status.as_u64(), Some(u64::from(reply.status)), "{about}");
        assert!(body["message"].as_str().is_some_and(|words| !words.is_empty()), "{about}");
        if let Some(timestamp) = body.get("timestamp") {
            let text = timestamp.as_str().expect("a string");
            assert!(text.len() == 20 && text.ends_with('Z') && text.starts_with("2027-"), "{about}");
        }
    }
}

#[test]
fn security_24_every_door_is_in_the_table() {
    let source = tables_of_urls();
    let spellings =
        |resource: &str| resource.split(']').next().unwrap_or_default().matches('"').count() / 2 - 1;
    let further: usize = source.split("resource([").skip(1).map(spellings).sum();
    let urls = source.matches("resource(").count() + further;
    // The operator's logo is one more.
    let listed = DOORS.len() + ASSETS.len() + 1;
    assert_eq!(urls, listed, "a door was added or removed: keep DOORS and the matrices in step");
    for path in source.split('"').skip(1).step_by(2).filter(|text| text.starts_with('/')) {
        assert!(DOORS.iter().any(|door| is_at(door.path, path)), "{path} is missing in DOORS");
    }
    let server = TestServer::start();
    for door in DOORS {
        let method = door.methods.first().unwrap_or(&"GET");
        let reply = server.actor().ask(method, door.path).send();
        assert!(
            reply.status != 405 && (reply.status != 404 || is_hidden(door.path)),
            "{} is gone",
            door.path
        );
    }
    for asset in ASSETS {
        assert_eq!(server.actor().get(asset).send().status, 200, "{asset}");
    }
}

/// The sources that say which URLs there are: the table, and of each section of pages its `routes`.
fn tables_of_urls() -> String {
    let http = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http");
    let mut found = fs::read_to_string(http.join("routes.rs")).expect("the table");
    let mut folders = vec![http.join("pages")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&entry).expect("a source");
                let begins = text.find("pub fn routes(").unwrap_or(text.len());
                let body = text.get(begins..).unwrap_or_default();
                found.push_str(body.split("\n}").next().unwrap_or_default());
            }
        }
    }
    found
}

/// Whether `path` is one that `pattern` of the URL table means.
pub fn is_at(path: &str, pattern: &str) -> bool {
    let (own, meant): (Vec<_>, Vec<_>) = (path.split('/').collect(), pattern.split('/').collect());
    own.len() == meant.len()
        && own.iter().zip(&meant).all(|(own, meant)| own == meant || meant.starts_with('{'))
}

/// Whether an address says 404 to strangers: a link that was used, a project that they may not see.
fn is_hidden(path: &str) -> bool {
    let links = ["/setup", "/invitation", "/confirm", "/reset-password"];
    let hides = |part: &str| path.starts_with(part);
    links.contains(&path) || hides("/api/v1/projects/") || hides("/projects/")
}

#[test]
fn rfc9110_15_5_6_another_method_is_405_and_says_which_exist() {
    let server = TestServer::start();
    let actor = server.actor();
    for door in DOORS.iter().filter(|door| !door.methods.is_empty()) {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] {
            if door.methods.contains(&method) {
                continue;
            }
            let reply = actor.ask(method, door.path).send();
            assert_eq!(reply.status, 405, "{}: {}", reply.asked, reply.text());
            let allow: Vec<&str> = reply.the_header("allow").split(", ").collect();
            assert_eq!(allow, door.methods, "{}", reply.asked);
            door.shape.check(&reply);
        }
    }
}

#[test]
fn contract_8_an_unknown_address_is_404_in_the_shape_of_its_prefix() {
    let server = TestServer::start();
    let actor = server.actor();
    for (path, shape) in [
        ("/v1/auth/nothing", Shape::Example),
        ("/v1/users", Shape::Example),
        ("/v1/auth/verify/nothing", Shape::Example),
        ("/v1/auth/verify/", Shape::Example),
        ("/v1/auth/verify/forward/", Shape::Example),
        ("/v1/auth/verify/nginx/x", Shape::Example),
        ("/v1/auth/verify/%65nvoy/x", Shape::Example),
        ("/auth/v1/nothing", Shape::Example),
        ("/auth/v1/token//", Shape::Example),
        ("/auth/v1/me/", Shape::Example),
        ("/oauth/nothing", Shape::OAuth),
        ("/oauth/token/", Shape::OAuth),
        ("/.well-known/nothing", Shape::Example),
        ("/health", Shape::Example),
        ("/api/v1/nothing", Shape::OneCodex),
        ("/api/v1/account/", Shape::OneCodex),
        ("/api/v1/keys/x/nothing", Shape::OneCodex),
        ("/api/v2/nothing", Shape::CoCalc),
        ("/nothing", Shape::Page),
        ("/AUTH/V1/TOKEN", Shape::Page),
        ("//auth/v1/token", Shape::Page),
        ("/login/", Shape::Page),
        ("/login%00", Shape::Page),
        ("/assets/style.css/x", Shape::Page),
        ("/%ff", Shape::Page),
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let reply = actor.ask(method, path).send();
            assert_eq!(reply.status, 404, "{}: {}", reply.asked, reply.text());
            shape.check(&reply);
        }
    }
}

#[test]
fn contract_8_the_bodies_letter_for_letter() {
    let server = TestServer::start();
    let actor = server.actor();
    let now = "2027-01-15T08:00:00Z";
    let token = actor.logs_in().access;
    actor.forgets_cookies();
    for (reply, body) in [
        (
            actor.get("/v1/auth/verify").bearer("a.b.c").send(),
            format!(
                r#"{{"error":"invalid_token","message":"The provided token is invalid or has expired","code":401,"timestamp":"{now}"}}"#
            ),
        ),
        (
            actor.get("/auth/v1/me").bearer("a.b.c").send(),
            format!(
                r#"{{"error":"invalid_token","message":"The provided token is invalid or has expired","code":401,"timestamp":"{now}"}}"#
            ),
        ),
    ] {
        assert_eq!(reply.text(), body, "{}", reply.asked);
    }
    let narrow = actor.get("/v1/auth/verify?scope=admin").bearer(&token).send().expect(403);
    assert_eq!((narrow.error(), narrow.json()["code"].as_u64()), ("insufficient_scope".into(), Some(403)));
    server.clock.advance(3600);
    let late = actor.get("/v1/auth/verify").bearer(&token).send();
    assert_eq!(
        late.text(),
        r#"{"error":"token_expired","message":"The access token has expired","code":401,"timestamp":"2027-01-15T09:00:00Z"}"#
    );
    let wrong = [("username", "alice"), ("password", "wrong horse battery")];
    let reply = actor.post("/auth/v1/token").form(&wrong).send();
    assert_eq!((reply.status, reply.error()), (401, "invalid_credentials".into()));
}

#[test]
fn rfc9110_9_3_2_head_answers_as_get_without_a_body() {
    let server = TestServer::start();
    for door in DOORS.iter().filter(|door| door.methods.contains(&"HEAD")) {
        let (head, get) =
            (server.actor().ask("HEAD", door.path).send(), server.actor().get(door.path).send());
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{}", door.path);
        assert_eq!(head.header("content-type"), get.header("content-type"), "{}", door.path);
    }
}
