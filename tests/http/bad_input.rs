//! Every door that reads a body, fed everything that is wrong: always 4xx in the door's shape (contract §8).

use crate::doors::{DOORS, Door, Shape};
use crate::oauth::device;
use crate::support::actor::{Actor, CHALLENGE, VERIFIER, asks};
use crate::support::exchange::{Reply, encode};
use crate::support::page::Page;
use crate::support::seed::REDIRECT;
use crate::support::server::TestServer;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// How a field takes what is wrong with its value; no field may be doubled, broken or of another type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    /// It must be there, and be right.
    Required,
    /// It may be left out, but not be wrong.
    Optional,
    /// Any text will do.
    Free,
}
use Field::{Free, Optional, Required};

type Fields = Vec<(&'static str, String, Field)>;

/// One door with a body that works.
struct Case {
    path: &'static str,
    form: bool,
    json: bool,
    /// What the good body is answered; 0 where none can be made here.
    good: u16,
    fields: fn(&Actor<'_>) -> Fields,
}

const fn case(path: &'static str, takes: &str, good: u16, fields: fn(&Actor<'_>) -> Fields) -> Case {
    let takes = takes.as_bytes();
    Case { path, form: takes[0] == b'f', json: takes[takes.len() - 1] == b'j', good, fields }
}

/// One test for each door, and the list of them.
macro_rules! cases {
    ($($name:ident: $path:literal, $takes:literal, $good:literal, $fields:ident;)*) => {
        const CASES: &[Case] = &[$(case($path, $takes, $good, $fields)),*];
        $(
            #[test]
            fn $name() {
                walk(&case($path, $takes, $good, $fields));
            }
        )*
    };
}

cases! {
    auth_v1_token: "/auth/v1/token", "fj", 200, login;
    auth_v1_token_slash: "/auth/v1/token/", "fj", 200, login;
    auth_v1_refresh: "/auth/v1/refresh", "fj", 200, refresh;
    auth_v1_logout: "/auth/v1/logout", "fj", 204, refresh;
    v1_auth_login: "/v1/auth/login", "j", 200, login;
    v1_auth_refresh: "/v1/auth/refresh", "j", 200, refresh;
    v1_auth_logout: "/v1/auth/logout", "j", 204, refresh;
    api_v2_api_keys: "/api/v2/api-keys", "fj", 200, manage_keys;
    oauth_authorize: "/oauth/authorize", "f", 303, authorize;
    oauth_par: "/oauth/par", "f", 201, authorize;
    oauth_token_client_credentials: "/oauth/token", "fj", 200, client_credentials;
    oauth_token_code: "/oauth/token", "fj", 200, code;
    oauth_token_refresh: "/oauth/token", "fj", 200, client_refresh;
    oauth_token_device: "/oauth/token", "fj", 200, device_code;
    oauth_token_exchange: "/oauth/token", "fj", 200, token_exchange;
    oauth_device_authorization: "/oauth/device_authorization", "f", 200, device_authorization;
    oauth_register: "/oauth/register", "j", 0, registration;
    oauth_introspect: "/oauth/introspect", "f", 200, about_token;
    oauth_revoke: "/oauth/revoke", "f", 200, about_token;
    oauth_userinfo: "/oauth/userinfo", "f", 200, of_a_sign_in;
    oauth_logout: "/oauth/logout", "f", 200, logout_request;
    app_page: "/app", "f", 303, hand_off;
    login_page: "/login", "f", 303, sign_in;
    logout_page: "/logout", "f", 200, sign_out;
    consent_page: "/consent", "f", 200, consent;
    device_page: "/device", "f", 200, device;
    device_decision_page: "/device/decision", "f", 303, device_decision;
    setup_page: "/setup", "f", 0, setup;
    register_page: "/register", "f", 0, join;
    invitation_page: "/invitation", "f", 0, join;
    confirm_page: "/confirm", "f", 0, confirm;
    reset_password_page: "/reset-password", "f", 0, by_link;
    forgotten_password_page: "/forgotten-password", "f", 0, forget;
    settings_email_page: "/settings/email", "f", 0, another_address;
}

#[test]
fn security_24_every_door_that_reads_a_body_is_fed() {
    // Bodies of the account API have other shapes: tests/http/api_v1/bodies.rs feeds them.
    let flat = |door: &&Door| door.shape != Shape::OneCodex && door.methods.contains(&"POST");
    for door in DOORS.iter().filter(flat) {
        let is_fed = is_of_a_member(door) || CASES.iter().any(|case| case.path == door.path);
        assert!(is_fed, "{} is not fed", door.path);
    }
}

/// The pages of who is signed in: all their forms are fed alike.
fn is_of_a_member(door: &Door) -> bool {
    let sections = ["/settings/", "/projects/", "/admin/"];
    sections.iter().any(|section| door.path.starts_with(section)) && door.methods.contains(&"POST")
}

#[test]
fn contract_8_the_forms_of_members_refuse_what_cannot_be_read() {
    let server = TestServer::start();
    let person = server.actor().named("root");
    let _ = person.signs_in();
    for door in DOORS.iter().filter(|door| is_of_a_member(door)) {
        // Where the address is of something that does not exist, there is no form: its place is fed all the same.
        let shown = door.methods.contains(&"GET").then(|| person.get(door.path).send());
        let form = shown
            .filter(|reply| reply.status == 200)
            .and_then(|reply| Page::of(&reply).forms().into_iter().find(|form| form.action == door.path));
        let mut fields: Fields = Vec::new();
        for (name, value) in form.map_or_else(Vec::new, |form| form.fields) {
            let kind = if name == "csrf_token" { Required } else { Free };
            fields.push((String::leak(name), value, kind));
        }
        if fields.is_empty() {
            fields.push(("csrf_token", "none".into(), Required));
        }
        for bad in bad_forms(&fields) {
            let body = anew(&person, door.path, &fields, bad.body);
            let reply = person.post(door.path).body(bad.content_type, &body).send();
            check(door.shape, &reply, &bad.what);
        }
        let unread = person.post(door.path).body("text/plain", b"csrf_token=a").send();
        check(door.shape, &unread, "text");
    }
}

fn logout_request(actor: &Actor<'_>) -> Fields {
    let _ = actor.signs_in();
    vec![
        ("client_id", "web".to_owned(), Optional),
        ("logout_hint", "alice".to_owned(), Free),
        ("state", "s".to_owned(), Free),
    ]
}

fn login(actor: &Actor<'_>) -> Fields {
    let [(_, name), (_, password)] = actor.credentials();
    vec![
        ("username", name.to_owned(), Required),
        ("password", password.to_owned(), Required),
        ("scope", "read".to_owned(), Optional),
    ]
}

fn refresh(actor: &Actor<'_>) -> Fields {
    let tokens = actor.logs_in();
    actor.forgets_cookies();
    vec![("refresh_token", tokens.refresh, Required)]
}

fn secret(actor: &Actor<'_>, client: &str) -> String {
    actor.server.seed.secret(client).unwrap().to_owned()
}

fn authorize(_: &Actor<'_>) -> Fields {
    vec![
        ("client_id", "spa".into(), Required),
        ("redirect_uri", REDIRECT.into(), Optional),
        ("response_type", "code".into(), Required),
        ("code_challenge", CHALLENGE.into(), Required),
        ("code_challenge_method", "S256".into(), Required),
        ("scope", "read".into(), Optional),
        ("state", "st".into(), Free),
    ]
}

fn client_credentials(actor: &Actor<'_>) -> Fields {
    vec![
        ("grant_type", "client_credentials".into(), Required),
        ("client_id", "robot".into(), Required),
        ("client_secret", secret(actor, "robot"), Required),
        ("scope", "read".into(), Optional),
        ("resource", actor.server.issuer.clone(), Optional),
    ]
}

fn code(actor: &Actor<'_>) -> Fields {
    let browser = actor.server.actor();
    vec![
        ("grant_type", "authorization_code".into(), Required),
        ("client_id", "web".into(), Required),
        ("client_secret", secret(actor, "web"), Required),
        ("code", browser.authorizes(&asks("web", &[])).code(), Required),
        ("redirect_uri", REDIRECT.into(), Required),
        ("code_verifier", VERIFIER.into(), Required),
    ]
}

fn client_refresh(actor: &Actor<'_>) -> Fields {
    let browser = actor.server.actor();
    let tokens = actor.server.app("web").redeems(&browser.authorizes(&asks("web", &[])).code());
    vec![
        ("grant_type", "refresh_token".into(), Required),
        ("client_id", "web".into(), Required),
        ("client_secret", secret(actor, "web"), Required),
        ("refresh_token", tokens.refresh, Required),
        ("scope", "read".into(), Optional),
    ]
}

fn registration(_: &Actor<'_>) -> Fields {
    vec![("client_name", "An App".into(), Required)]
}

fn device_authorization(_: &Actor<'_>) -> Fields {
    vec![("client_id", "tv".into(), Required), ("scope", "read".into(), Optional)]
}

fn device_code(actor: &Actor<'_>) -> Fields {
    let (browser, codes) = (actor.server.actor(), device::begins(&actor.server.app("tv"), "read"));
    let form = device::question(browser.signs_in(), &codes.user);
    let _ = browser.submits(&form.with("decision", "allow")).expect(303);
    vec![
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code".into(), Required),
        ("client_id", "tv".into(), Required),
        ("device_code", codes.device, Required),
        ("resource", actor.server.issuer.clone(), Optional),
    ]
}

fn token_exchange(actor: &Actor<'_>) -> Fields {
    let access_token = "urn:ietf:params:oauth:token-type:access_token";
    vec![
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange".into(), Required),
        ("client_id", "api".into(), Required),
        ("client_secret", secret(actor, "api"), Required),
        ("subject_token", actor.server.actor().logs_in().access, Required),
        ("subject_token_type", access_token.into(), Required),
        ("requested_token_type", access_token.into(), Optional),
        ("scope", "read".into(), Optional),
        ("resource", actor.server.issuer.clone(), Optional),
        ("audience", actor.server.issuer.clone(), Optional),
    ]
}

fn device(actor: &Actor<'_>) -> Fields {
    let codes = device::begins(&actor.server.app("tv"), "read");
    let form = Page::of(&actor.signs_in().get("/device").send()).form("/device");
    vec![("csrf_token", form.value("csrf_token").to_owned(), Required), ("user_code", codes.user, Required)]
}

fn device_decision(actor: &Actor<'_>) -> Fields {
    let codes = device::begins(&actor.server.app("tv"), "read");
    let form = device::question(actor.signs_in(), &codes.user);
    vec![
        ("csrf_token", form.value("csrf_token").to_owned(), Required),
        ("user_code", form.value("user_code").to_owned(), Required),
        ("decision", "allow".into(), Required),
    ]
}

fn about_token(actor: &Actor<'_>) -> Fields {
    let token = actor.server.app("robot").acts_for_itself(&[]).expect(200).member("access_token");
    vec![
        ("client_id", "robot".into(), Required),
        ("client_secret", secret(actor, "robot"), Required),
        ("token_type_hint", "access_token".into(), Free),
        // Unknown tokens are no errors (RFC 7009 section 2.2, RFC 7662 section 2.2).
        ("token", token, Free),
    ]
}

fn of_a_sign_in(actor: &Actor<'_>) -> Fields {
    let code = actor.server.actor().authorizes(&asks("web", &[("scope", "openid")])).code();
    vec![("access_token", actor.server.app("web").redeems(&code).access, Required)]
}

fn manage_keys(actor: &Actor<'_>) -> Fields {
    let _ = actor.logs_in();
    vec![("action", "get".into(), Required)]
}

fn hand_off(actor: &Actor<'_>) -> Fields {
    let form = Page::of(&actor.get("/app?get_api_key=myapp").send()).form("/app");
    vec![
        ("csrf_token", form.value("csrf_token").to_owned(), Required),
        ("get_api_key", "myapp".into(), Required),
        ("email", "alice".into(), Required),
        ("password", actor.server.seed.password.clone(), Required),
    ]
}

fn sign_in(actor: &Actor<'_>) -> Fields {
    let form = Page::of(&actor.get("/login").send()).form("/login");
    vec![
        ("csrf_token", form.value("csrf_token").to_owned(), Required),
        ("next", "/".into(), Free),
        ("email", "alice".into(), Required),
        ("password", actor.server.seed.password.clone(), Required),
    ]
}

fn sign_out(actor: &Actor<'_>) -> Fields {
    let _ = actor.signs_in();
    let form = Page::of(&actor.get("/logout").send()).form("/logout");
    vec![("csrf_token", form.value("csrf_token").to_owned(), Required)]
}

fn consent(actor: &Actor<'_>) -> Fields {
    let _ = actor.signs_in();
    let reply = actor.get(&format!("/oauth/authorize?{}", asks("spa", &[]))).send().expect(200);
    let form = Page::of(&reply).form("/consent");
    vec![
        ("csrf_token", form.value("csrf_token").to_owned(), Required),
        ("request", form.value("request").to_owned(), Required),
        ("scope", form.value("scope").to_owned(), Required),
        ("decision", "allow".into(), Required),
    ]
}

fn setup(actor: &Actor<'_>) -> Fields {
    vec![
        ("token", "psl_not_a_link_at_all".into(), Required),
        ("username", "first".into(), Required),
        ("email", "first@example.com".into(), Required),
        ("password", actor.server.seed.password.clone(), Required),
    ]
}

/// A server that sends no mail has no links to open: tests/http/pages/mail.rs does.
fn by_link(actor: &Actor<'_>) -> Fields {
    vec![
        ("csrf_token", "none".into(), Required),
        ("token", "pal_not_a_link_at_all".into(), Required),
        ("password", actor.server.seed.password.clone(), Required),
    ]
}

fn join(actor: &Actor<'_>) -> Fields {
    let mut fields = by_link(actor);
    fields.push(("username", "eve".into(), Required));
    fields
}

fn confirm(actor: &Actor<'_>) -> Fields {
    let _ = actor.signs_in();
    vec![("csrf_token", "none".into(), Required), ("token", "pal_not_a_link_at_all".into(), Required)]
}

fn forget(_: &Actor<'_>) -> Fields {
    vec![("csrf_token", "none".into(), Required), ("name", "alice".into(), Required)]
}

fn another_address(actor: &Actor<'_>) -> Fields {
    let _ = actor.signs_in();
    vec![
        ("csrf_token", "none".into(), Required),
        ("email", "a@new.example".into(), Required),
        ("password", actor.server.seed.password.clone(), Required),
    ]
}

/// The body with the token that the page shows now: each is good once (security §4.6).
fn anew(actor: &Actor<'_>, path: &str, fields: &Fields, body: Vec<u8>) -> Vec<u8> {
    let token = fields.iter().find(|(name, ..)| *name == "csrf_token").map(|(_, token, _)| token.as_bytes());
    let at = token.and_then(|token| body.windows(token.len()).position(|window| window == token));
    let (Some(token), Some(at)) = (token, at) else { return body };
    let page = actor.get(path).send();
    let forms = if page.status == 200 { Page::of(&page).forms() } else { Vec::new() };
    match forms.iter().find(|form| form.action == path) {
        Some(form) => [&body[..at], form.value("csrf_token").as_bytes(), &body[at + token.len()..]].concat(),
        None => body,
    }
}

/// One body, and its content type; empty for none.
struct Bad {
    what: String,
    content_type: &'static str,
    body: Vec<u8>,
}

fn pairs(fields: &Fields) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value, _)| (*name, value.as_str())).collect()
}

/// The fields as a form, with the bytes `value` for `name`; `None` leaves it out.
fn form_with(fields: &Fields, name: &str, value: Option<&[u8]>) -> Vec<u8> {
    let mut rest = pairs(fields);
    rest.retain(|(own, _)| *own != name);
    let mut body = encode(&rest).into_bytes();
    if let Some(value) = value {
        body.extend(if body.is_empty() { &b""[..] } else { b"&" });
        body.extend(format!("{name}=").bytes());
        body.extend(value);
    }
    body
}

/// The same as JSON, with the text `value` for `name`.
fn json_with(fields: &Fields, name: &str, value: Option<&str>) -> Vec<u8> {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut members: Vec<String> = pairs(fields)
        .into_iter()
        .filter(|(own, _)| *own != name)
        .map(|(name, value)| format!("{}:{}", quoted(name), quoted(value)))
        .collect();
    members.extend(value.map(|value| format!("{}:{value}", quoted(name))));
    format!("{{{}}}", members.join(",")).into_bytes()
}

fn bad_forms(fields: &Fields) -> Vec<Bad> {
    let mut all = Vec::new();
    let mut add = |what: String, body| all.push(Bad { what, content_type: FORM, body });
    let (long, huge) = ("x".repeat(60_000), "x".repeat(100_000));
    for (name, value, kind) in fields {
        let mut values: Vec<(&str, Vec<u8>)> =
            vec![("%ff", b"%ff".to_vec()), ("a raw byte", b"\xff".to_vec()), ("100 kB", huge.clone().into())];
        let broken: [&[u8]; 3] = [b"%zz", b"a%", b"%1"];
        values.extend(broken.map(|escape| ("a broken escape", escape.to_vec())));
        if *kind != Free {
            values.extend([
                ("60 kB", long.clone().into()),
                ("NUL", b"a%00b".to_vec()),
                ("line breaks", b"%0d%0aa".to_vec()),
            ]);
        }
        for (what, value) in values {
            add(format!("{name}: {what}"), form_with(fields, name, Some(&value)));
        }
        if *kind == Required {
            add(format!("{name}: missing"), form_with(fields, name, None));
            add(format!("{name}: empty"), form_with(fields, name, Some(b"")));
        }
        let twice =
            format!("{}&{name}={}", encode(&pairs(fields)), encode(&[("", value)]).trim_start_matches('='));
        add(format!("{name}: doubled"), twice.into_bytes());
    }
    add("1 MiB".into(), vec![b'a'; 1 << 20]);
    all
}

/// `null` is no value: where it `counts_as_absent` it is wrong only for what must be there.
fn bad_json(fields: &Fields, counts_as_absent: bool) -> Vec<Bad> {
    let mut all = Vec::new();
    let mut add = |what: String, body| all.push(Bad { what, content_type: JSON, body });
    for (name, value, kind) in fields {
        for wrong in ["1", "1.5e300", "true", "null", "[]", r#"["read"]"#, "{}", r#""\ud800""#, "NaN", "'a'"]
        {
            if wrong != "null" || *kind == Required || !counts_as_absent {
                add(format!("{name}: {wrong}"), json_with(fields, name, Some(wrong)));
            }
        }
        if *kind != Free {
            add(format!("{name}: NUL"), json_with(fields, name, Some(r#""a\u0000b""#)));
        }
        if *kind == Required {
            add(format!("{name}: missing"), json_with(fields, name, None));
        }
        let mut twice = json_with(fields, name, Some(&serde_json::Value::from(value.as_str()).to_string()));
        twice.pop();
        twice.extend(format!(",\"{name}\":\"x\"}}").bytes());
        add(format!("{name}: doubled"), twice);
    }
    let good = json_with(fields, "", None);
    add("cut off".into(), good[..good.len() - 1].to_vec());
    add("more behind it".into(), [&good[..], b"{}"].concat());
    add("a byte order mark".into(), [b"\xef\xbb\xbf", &good[..]].concat());
    add("not UTF-8".into(), [&good[..good.len() - 2], b"\xff\"}"].concat());
    add("deep arrays".into(), [vec![b'['; 30_000], vec![b']'; 30_000]].concat());
    add("deep objects".into(), "{\"a\":".repeat(10_000).into_bytes());
    add("an array".into(), [b"[", &good[..], b"]"].concat());
    add("a string".into(), b"\"x\"".to_vec());
    add("nothing".into(), Vec::new());
    add("1 MiB".into(), [b"{\"a\":\"", &vec![b'a'; 1 << 20][..], b"\"}"].concat());
    all
}

fn bad_types(case: &Case, fields: &Fields) -> Vec<Bad> {
    let good = encode(&pairs(fields)).into_bytes();
    let mut types = vec![
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/xml",
        "x",
        "application/jsonx",
        "",
    ];
    types.extend((!case.form).then_some(FORM));
    types.extend((!case.json).then_some(JSON));
    types
        .into_iter()
        .map(|own| Bad { what: format!("as {own:?}"), content_type: own, body: good.clone() })
        .collect()
}

/// 4xx in the door's shape; the authorization endpoint tells the client where it may.
#[track_caller]
fn check(shape: Shape, reply: &Reply, what: &str) {
    let told = reply.status == 303
        && reply.header("location").is_some_and(|to| to.starts_with(REDIRECT) && to.contains("error="));
    if reply.asked == "POST /oauth/authorize" && told {
        return;
    }
    assert!(
        (400..500).contains(&reply.status),
        "{}, {what}: {} {:.300}",
        reply.asked,
        reply.status,
        reply.text()
    );
    shape.check(reply);
}

/// Fields that are no secrets, or belong into the answer.
const OPEN: [&str; 7] =
    ["request", "redirect_uri", "resource", "csrf_token", "grant_type", "code_challenge", "token_type_hint"];

fn walk(case: &Case) {
    let server = TestServer::with(&[("TRUSTED_PROXIES", "127.0.0.1/32")]);
    let actor = server.actor();
    let fields = (case.fields)(&actor);
    let shape = DOORS.iter().find(|door| door.path == case.path).unwrap().shape;
    let mut all = bad_types(case, &fields);
    all.extend(case.form.then(|| bad_forms(&fields)).into_iter().flatten());
    let is_ours = !case.path.starts_with("/oauth/");
    all.extend(case.json.then(|| bad_json(&fields, is_ours)).into_iter().flatten());
    let is_secret = |(name, value, _): &&(&str, String, Field)| value.len() > 16 && !OPEN.contains(name);
    let secrets: Vec<&String> = fields.iter().filter(is_secret).map(|(_, value, _)| value).collect();
    // The others are spent by a body that is good throughout, or not at all.
    let is_spent = case.path == "/device";
    let fresh = |body| if is_spent { anew(&actor, case.path, &fields, body) } else { body };
    for (number, Bad { what, content_type, body }) in all.into_iter().enumerate() {
        // Everyone is somebody else, so that nobody is throttled.
        let address = format!("198.51.{}.{}", number / 250, number % 250);
        let body = fresh(body);
        let reply =
            actor.post(case.path).header("x-forwarded-for", &address).body(content_type, &body).send();
        check(shape, &reply, &what);
        assert_ne!(reply.status, 429, "{what}: throttled, so not looked at");
        for secret in &secrets {
            assert!(!reply.text().contains(*secret), "{}, {what}: a secret is echoed", reply.asked);
        }
    }
    if case.good != 0 {
        let reply = match case.form {
            true => {
                let body = fresh(encode(&pairs(&fields)).into_bytes());
                actor.post(case.path).body(FORM, &body).send()
            }
            false => actor.post(case.path).body(JSON, &json_with(&fields, "", None)).send(),
        };
        assert_eq!(reply.status, case.good, "{}: the good body: {}", reply.asked, reply.text());
    }
    assert!(!server.log().contains("panicked"), "{}", case.path);
}
