//! Every place a credential travels in, every kind of credential, every state one can be in (contract §2).

use portcullis::account::api_key::ApiKey;
use portcullis::account::project::Role;
use portcullis::flows::api_keys;
use serde_json::Value;

use crate::support::actor::Actor;
use crate::support::exchange::{Reply, Request};
use crate::support::seed::ZOE;
use crate::support::server::TestServer;

const VERIFY: &str = "/v1/auth/verify";

/// Where a credential travels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Transport {
    Basic,
    XApiKey,
    XApiAuth,
    Bearer,
    TokenCookie,
    KeyCookie,
}

const TRANSPORTS: [Transport; 6] = [
    Transport::Basic,
    Transport::XApiKey,
    Transport::XApiAuth,
    Transport::Bearer,
    Transport::TokenCookie,
    Transport::KeyCookie,
];

impl Transport {
    fn put<'a>(self, request: Request<'a>, credential: &str) -> Request<'a> {
        match self {
            Self::Basic => request.basic(credential, ""),
            Self::XApiKey => request.header("x-api-key", credential),
            Self::XApiAuth => request.header("X-API-Auth", credential),
            Self::Bearer => request.bearer(credential),
            Self::TokenCookie => request.cookie("access_token", credential),
            Self::KeyCookie => request.cookie("api_key", credential),
        }
    }
}

/// What kind of credential it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Key,
    Barbell,
    Jwt,
    OAuth,
    /// A credential of ours that verify is never to take: refresh token, code, client secret.
    Other,
}

impl Kind {
    fn travels_by(self, transport: Transport) -> bool {
        use Transport::{Basic, Bearer, KeyCookie, TokenCookie, XApiAuth, XApiKey};
        match self {
            Self::Key => matches!(transport, Basic | XApiKey | Bearer | KeyCookie),
            Self::Barbell => transport == XApiAuth,
            Self::Jwt | Self::OAuth => matches!(transport, Bearer | TokenCookie),
            Self::Other => false,
        }
    }

    fn method(self) -> &'static str {
        match self {
            Self::Key | Self::Barbell => "api_key",
            Self::Jwt => "jwt",
            Self::OAuth => "oauth",
            Self::Other => "none",
        }
    }
}

/// What verify is to say of it, where it travels as it should.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Valid,
    Expired,
    Bad,
}

struct Case {
    name: &'static str,
    kind: Kind,
    state: State,
    credential: String,
}

fn case(name: &'static str, kind: Kind, state: State, credential: impl Into<String>) -> Case {
    Case { name, kind, state, credential: credential.into() }
}

/// One character of the last ten is another one.
fn altered(credential: &str) -> String {
    let at = credential.len() - 8;
    let other = if credential.as_bytes()[at] == b'x' { "y" } else { "x" };
    format!("{}{other}{}", &credential[..at], &credential[at + 1..])
}

fn barbell(server: &TestServer, name: &str) -> String {
    let id = server.id_of(name);
    let key = server
        .operator(api_keys::barbell(&server.node, api_keys::Actor::Operator, id, None))
        .unwrap()
        .unwrap();
    server.secrets.add(&key);
    key.as_str().to_owned()
}

fn cases(server: &TestServer) -> Vec<Case> {
    use Kind::{Barbell, Jwt, Key, OAuth, Other};
    use State::{Bad, Expired, Valid};
    let old_jwt = server.actor().logs_in().access;
    let old_oauth = server.app("robot").acts_for_itself(&[]).expect(200).member("access_token");
    server.clock.advance(3601);
    let now = server.clock.now();
    let key = |change: &dyn Fn(&mut ApiKey)| server.key("alice", change);
    let project = server.project(&[("alice", Role::Editor)]);
    let left = server.project(&[("bob", Role::Owner)]);
    let alice = server.actor().logs_in();
    let gone = server.actor().named("bob").logs_in();
    let _ = server.actor().post("/auth/v1/logout").bearer(&gone.access).send().expect(204);
    let revoked_oauth = server.app("robot").acts_for_itself(&[]).expect(200).member("access_token");
    assert_eq!(server.app("robot").revokes(&revoked_oauth).status, 200);
    let good = key(&|_| {});
    let mine = barbell(server, "alice");
    let before = barbell(server, "bob");
    let after = barbell(server, "bob");
    let stolen = format!("bob:{}", mine.split_once(':').unwrap().1);
    vec![
        case("an account key", Key, Valid, good.clone()),
        case("a key that ends tomorrow", Key, Valid, key(&|k| k.expires_at = Some(now.plus_seconds(86_400)))),
        case("a project key", Key, Valid, key(&|k| k.project_id = Some(project))),
        case("a key that ended", Key, Expired, key(&|k| k.expires_at = Some(now))),
        case("a key switched off", Key, Bad, key(&|k| k.disabled_at = Some(now))),
        case("a revoked key", Key, Bad, key(&|k| k.revoked_at = Some(now))),
        case("a disabled owner's key", Key, Bad, server.key("dave", |_| {})),
        case("a project key of a stranger", Key, Bad, key(&|k| k.project_id = Some(left))),
        case("an unknown key", Key, Bad, "sk_000000000000000000000001IlroG"),
        case("a key with a wrong checksum", Key, Bad, altered(&good)),
        case("a key cut short", Key, Bad, &good[..31]),
        case("a key with more behind it", Key, Bad, format!("{good}0")),
        case("a Barbell key", Barbell, Valid, mine.clone()),
        case("a Barbell key, the name in capitals", Barbell, Valid, mine.replace("alice:", "ALICE:")),
        case("the newer Barbell key", Barbell, Valid, after),
        case("a replaced Barbell key", Barbell, Bad, before),
        case("somebody else's Barbell key", Barbell, Bad, stolen),
        case("a wrong Barbell key", Barbell, Bad, "alice:0123456789abcdef"),
        case("nobody's Barbell key", Barbell, Bad, "nobody:0123456789abcdef"),
        case("a Barbell key without a name", Barbell, Bad, &mine["alice:".len()..]),
        case("an API key as a Barbell key", Barbell, Bad, format!("alice:{good}")),
        case("a login's token", Jwt, Valid, alice.access.clone()),
        case("an expired login's token", Jwt, Expired, old_jwt),
        case("a token after logout", Jwt, Bad, gone.access),
        case("an altered token", Jwt, Bad, altered(&alice.access)),
        case(
            "a client's token",
            OAuth,
            Valid,
            server.app("robot").acts_for_itself(&[]).member("access_token"),
        ),
        case("an expired client's token", OAuth, Expired, old_oauth),
        case("a revoked client's token", OAuth, Bad, revoked_oauth),
        case("a refresh token", Other, Bad, alice.refresh),
        case("a client secret", Other, Bad, server.seed.secret("robot").unwrap()),
        case("nonsense", Other, Bad, "nonsense"),
    ]
}

fn check(reply: &Reply, case: &Case, transport: Transport) {
    let state = if case.kind.travels_by(transport) { case.state } else { State::Bad };
    let status = if state == State::Valid { 200 } else { 401 };
    let said = format!("{} by {transport:?}: {} {}", case.name, reply.status, reply.text());
    assert_eq!(reply.status, status, "{said}");
    match state {
        State::Valid => {
            let body = reply.json();
            assert_eq!(body["auth_method"], case.kind.method(), "{said}");
            assert_eq!(body["authenticated"], true, "{said}");
            assert_eq!(body["key_id"].is_string(), case.kind.method() == "api_key", "{said}");
        }
        State::Expired => {
            assert_eq!((reply.status, reply.error().as_str()), (401, "token_expired"), "{said}")
        }
        State::Bad => assert_eq!((reply.status, reply.error().as_str()), (401, "invalid_token"), "{said}"),
    }
}

#[test]
fn contract_2_every_transport_every_kind_every_state() {
    let server = TestServer::with(&[("API_KEY_COOKIE", "true")]);
    let all = cases(&server);
    let nobody = Actor::new(&server);
    let (mut good, mut tried) = (0, 0);
    for case in &all {
        for transport in TRANSPORTS {
            // Twice: looked up, and from memory.
            for _ in 0..2 {
                let reply = transport.put(nobody.get(VERIFY), &case.credential).send();
                check(&reply, case, transport);
                good += usize::from(reply.status == 200);
                tried += 1;
            }
        }
    }
    assert_eq!((tried, good), (all.len() * 12, 2 * (3 * 4 + 3 + 2 * 2)));
}

#[test]
fn contract_2_the_key_cookie_is_off_unless_the_operator_turns_it_on() {
    let server = TestServer::start();
    let key = server.key("alice", |_| {});
    let reply = server.actor().get(VERIFY).cookie("api_key", &key).send();
    assert_eq!(reply.status, 401);
    assert!(!reply.the_header("www-authenticate").contains("error="), "nothing was presented");
}

#[test]
fn contract_2_basic_takes_a_key_and_an_empty_password() {
    let server = TestServer::start();
    let key = server.key("alice", |_| {});
    let encoded = |text: String| {
        use base64::Engine;
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
    };
    for (header, status) in [
        (encoded(format!("{key}:")), 200),
        (encoded(format!("{key}:x")), 401),
        (encoded(key.clone()), 401),
        (encoded(format!(":{key}")), 401),
        (encoded("alice:".to_owned()), 401),
        (encoded(format!("{key}:")).replace("Basic", "bASIC"), 200),
        (format!("Basic {key}:"), 401),
        ("Basic".to_owned(), 401),
    ] {
        server.secrets.add(&header);
        let reply = server.actor().get(VERIFY).header("authorization", &header).send();
        assert_eq!(reply.status, status, "{}", reply.text());
    }
}

#[test]
fn contract_2_two_credentials_of_one_principal_pass_and_of_two_are_400() {
    let server = TestServer::start();
    let project = server.project(&[("alice", Role::Owner)]);
    let (one, two) = (server.key("alice", |_| {}), server.key("alice", |_| {}));
    let confined = server.key("alice", |key| key.project_id = Some(project));
    let (alice, bob) = (server.actor().logs_in().access, server.actor().named("bob").logs_in().access);
    for (name, first, second, status) in [
        ("two keys of alice", &one, &two, 200),
        ("a key and a token of alice", &one, &alice, 200),
        ("alice's key and bob's token", &one, &bob, 400),
        ("an account key and a project key", &one, &confined, 400),
    ] {
        let reply = server.actor().get(VERIFY).header("x-api-key", first).bearer(second).send();
        assert_eq!(reply.status, status, "{name}: {}", reply.text());
    }
    let bad = server.actor().get(VERIFY).header("x-api-key", "sk_nonsense").bearer(&alice).send();
    assert_eq!((bad.status, bad.error().as_str()), (401, "invalid_token"), "never skipped for a good one");
    let twice = server.actor().get(VERIFY).header("x-api-key", &one).header("x-api-key", &one).send();
    assert_eq!(twice.status, 400);
}

#[test]
fn contract_2_keys_in_a_query_string_are_refused() {
    let server = TestServer::start();
    let key = server.key("alice", |_| {});
    for name in ["api_key", "key", "token", "access_token"] {
        let reply = server.actor().get(&format!("{VERIFY}?{name}={key}")).send();
        assert_eq!((reply.status, reply.error().as_str()), (400, "invalid_request"), "{name}");
    }
}

#[test]
fn contract_2_guesses_at_a_barbell_key_are_slowed_and_its_owner_is_not() {
    let server = TestServer::start();
    let key = barbell(&server, "alice");
    let guess = |text: &str| server.actor().get(VERIFY).header("x-api-auth", text).send();
    let slowed = (0..120).map(|i| guess(&format!("alice:guess{i:011}"))).filter(|r| r.status == 429).count();
    assert!((1..=40).contains(&slowed), "{slowed}");
    let reply = guess("alice:0123456789abcdef").expect(429);
    assert!(reply.the_header("retry-after").parse::<u32>().is_ok());
    assert_eq!(guess(&key).status, 200, "nobody locks the owner out");
    assert_eq!(guess("bob:0123456789abcdef").status, 401, "another account's guesses are counted apart");
}

#[test]
fn contract_6_introspection_knows_keys_and_tells_resource_servers_only() {
    let server = TestServer::start();
    let project = server.project(&[("alice", Role::Owner)]);
    let end = server.clock.now().plus_seconds(60);
    let key = server.key("alice", |key| {
        key.project_id = Some(project);
        key.expires_at = Some(end);
        key.ip_allow = vec!["192.0.2.0/24".parse().unwrap()];
    });
    let seen = server.app("api").introspects(&key).expect(200).json();
    assert_eq!(seen["active"], true, "{seen}");
    assert_eq!((&seen["scope"], &seen["username"]), (&"read write".into(), &"alice".into()));
    assert_eq!((&seen["token_type"], &seen["exp"]), (&"api_key".into(), &end.seconds().into()));
    assert_eq!(seen["project_id"], project.to_string());
    assert_eq!(seen["ip_allow"], serde_json::json!(["192.0.2.0/24"]));
    assert!(seen["key_id"].is_string() && seen["client_id"].is_null());
    let inactive = serde_json::json!({ "active": false });
    assert_eq!(server.app("web").introspects(&key).expect(200).json(), inactive, "no resource server");
    assert_eq!(server.app("api").introspects(&altered(&key)).expect(200).json(), inactive);
    server.clock.advance(61);
    assert_eq!(server.app("api").introspects(&key).expect(200).json(), inactive, "ended");
    let barbell = barbell(&server, "alice");
    let seen: Value = server.app("api").introspects(&barbell).expect(200).json();
    assert_eq!((&seen["active"], &seen["username"]), (&true.into(), &"alice".into()));
}

#[test]
fn contract_12_guesses_at_a_barbell_key_by_introspection_count_for_its_account() {
    let server = TestServer::start();
    let (key, api) = (barbell(&server, "alice"), server.app("api"));
    for i in 0..120 {
        let said = api.introspects(&format!("alice:guess{i:011}")).expect(200).json();
        assert_eq!(said, serde_json::json!({ "active": false }));
    }
    let guess = |text: &str| server.actor().get(VERIFY).header("x-api-auth", text).send().status;
    assert_eq!(guess("alice:0123456789abcdef"), 429);
    assert_eq!(guess("bob:0123456789abcdef"), 401, "whoever asks for others is not held to be the guesser");
    assert_eq!(guess(&key), 200, "nobody locks the owner out");
    assert_eq!(api.introspects(&key).expect(200).json()["active"], true);
}

#[test]
fn contract_2_a_barbell_key_stands_beside_the_user_name_alone() {
    let server = TestServer::start();
    let key = barbell(&server, "alice");
    let by_address = key.replace("alice:", "alice@example.com:");
    assert_eq!(server.actor().get(VERIFY).header("x-api-auth", &by_address).send().status, 401);
    assert_eq!(server.actor().get(VERIFY).header("x-api-auth", &key).send().status, 200);
}

#[test]
fn contract_3_what_a_browser_remembers_for_basic_needs_proof_of_origin_to_change_something() {
    let server = TestServer::start();
    let key = server.key("alice", |_| {});
    let name = serde_json::json!({ "name": "new" });
    let asks = |headers: &[(&str, &str)]| {
        server.actor().post("/api/v1/keys").basic(&key, "").headers(headers).json(&name).send().status
    };
    server.secrets.add(&key);
    assert_eq!(asks(&[]), 201, "a script");
    assert_eq!(asks(&[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")]), 403);
    assert_eq!(asks(&[("origin", "https://evil.example")]), 403);
    assert_eq!(asks(&[("sec-fetch-site", "same-origin")]), 201);
    let somebody = server.actor();
    let by_header = somebody.post("/api/v1/keys").header("x-api-key", &key);
    let reply = by_header.header("sec-fetch-site", "cross-site").json(&name).send();
    assert_eq!(reply.status, 201, "no page makes a browser send this header");
}

#[test]
fn contract_7_an_invalid_credential_is_401_where_there_is_nothing_too() {
    let server = TestServer::start();
    let key = server.key("alice", |_| {});
    for (method, path, status) in [
        ("GET", "/api/v1/nothing", 404),
        ("PUT", "/api/v1/account", 405),
        ("GET", "/api/v1/projects/x", 404),
        ("GET", "/api/v2/nothing", 404),
    ] {
        let asks = |key: &str| server.actor().ask(method, path).header("x-api-key", key).send();
        let good = asks(&key);
        assert_eq!(good.status, status, "{method} {path}");
        assert!(!good.the_header("ratelimit").is_empty(), "{method} {path}: where the caller stands");
        assert_eq!(asks("sk_nonsense").status, 401, "{method} {path}");
        assert_eq!(server.actor().ask(method, path).send().status, status, "{method} {path}");
    }
}

#[test]
fn contract_9_an_address_that_cannot_be_read_is_on_no_list() {
    let server = TestServer::with(&[("TRUSTED_PROXIES", "127.0.0.1/32")]);
    let key = server.key("alice", |key| key.ip_allow = vec!["127.0.0.0/8".parse().unwrap()]);
    let asks = |headers: &[(&str, &str)]| {
        server.actor().get(VERIFY).header("x-api-key", &key).headers(headers).send().status
    };
    assert_eq!(asks(&[]), 200, "the proxy's own request");
    assert_eq!(asks(&[("x-forwarded-for", "127.0.0.9")]), 200);
    for bad in ["", "unknown", "127.0.0.9, zzz", "8.8.8.8"] {
        assert_eq!(asks(&[("x-forwarded-for", bad)]), 403, "{bad:?}");
    }
    assert_eq!(asks(&[("x-forwarded-for", "127.0.0.9"), ("x-forwarded-for", "127.0.0.9")]), 403);
}

#[test]
fn contract_2_every_credential_of_a_request_is_held_to_its_limits() {
    let server = TestServer::start();
    let barred = server.key("alice", |key| key.ip_allow = vec!["192.0.2.0/24".parse().unwrap()]);
    let token = server.actor().logs_in().access;
    let reply = server.actor().get(VERIFY).bearer(&token).header("x-api-key", &barred).send();
    assert_eq!(reply.status, 403, "{}", reply.text());
}

#[test]
fn contract_12_64_at_one_remaining_call_one_passes() {
    let server = TestServer::with(&[("RATE_LIMIT_API_KEY", "5")]);
    let key = server.key("alice", |_| {});
    for _ in 0..4 {
        assert_eq!(server.actor().get(VERIFY).header("x-api-key", &key).send().status, 200);
    }
    let statuses = at_once(&server, &key, 64);
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 63, "{statuses:?}");
    let another = server.key("alice", |_| {});
    assert_eq!(server.actor().get(VERIFY).header("x-api-key", &another).send().status, 429, "no more quota");
    let bob = server.key("bob", |_| {});
    assert_eq!(server.actor().get(VERIFY).header("x-api-key", &bob).send().status, 200);
}

/// So many requests at the same time; their statuses.
fn at_once(server: &TestServer, key: &str, count: usize) -> Vec<u16> {
    let start = std::sync::Barrier::new(count);
    let (url, start) = (format!("{}{VERIFY}", server.base), &start);
    std::thread::scope(|scope| {
        let ask = || {
            let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
            start.wait();
            client.get(&url).header("x-api-key", key).send().unwrap().status().as_u16()
        };
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn contract_12_the_1000th_passes_the_1001st_does_not_and_an_hour_later_the_first_is_forgotten() {
    let server = TestServer::start();
    let key = server.key("alice", |_| {});
    let ask = || server.actor().get(VERIFY).header("x-api-key", &key).send();
    let first = ask().expect(200);
    assert_eq!(first.the_header("ratelimit-policy"), "\"api_key\";q=1000;w=3600");
    assert_eq!(first.the_header("x-ratelimit-limit"), "1000");
    assert_eq!(first.the_header("x-ratelimit-remaining"), "999");
    for _ in 0..998 {
        assert_eq!(ask().status, 200);
    }
    let last = ask().expect(200);
    assert_eq!(last.the_header("x-ratelimit-remaining"), "0");
    assert!(last.the_header("ratelimit").starts_with("\"api_key\";r=0;t="));
    let over = ask().expect(429);
    assert_eq!(over.error(), "rate_limit_exceeded");
    let pause: i64 = over.the_header("retry-after").parse().unwrap();
    let reset: i64 = over.the_header("x-ratelimit-reset").parse().unwrap();
    assert_eq!(reset, server.clock.now().seconds() + pause);
    assert_eq!(pause, 3600, "never more than the window");
    server.clock.advance(pause);
    assert_eq!(ask().expect(429).the_header("retry-after"), "1", "counted by whole seconds");
    server.clock.advance(1);
    assert_eq!(ask().status, 200);
}

#[test]
fn contract_2_a_barbell_key_of_a_name_outside_ascii_comes_as_utf_8_or_as_latin_1() {
    let server = TestServer::start();
    let key = barbell(&server, ZOE);
    let latin_1 =
        |text: &str| -> Vec<u8> { text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect() };
    let ask = |value: &[u8]| server.actor().get(VERIFY).header_bytes("x-api-auth", value).send();
    for bytes in [key.as_bytes(), &latin_1(&key), &latin_1(&key.replacen("zoë", "ZOË", 1))] {
        assert_eq!(ask(bytes).expect(200).member("username"), ZOE, "{bytes:?}");
    }
    let wrong = format!("{ZOE}:0123456789abcdef");
    for bytes in [wrong.as_bytes(), &latin_1(&wrong), b"\xff\xfe", b"zo\xeb"] {
        assert_eq!(ask(bytes).expect(401).error(), "invalid_token", "{bytes:?}");
    }
}

#[test]
fn rfc6750_3_1_a_scheme_that_is_none_of_ours_is_401_without_a_word_about_tokens() {
    let server = TestServer::start();
    let ask = |path: &str, value: &str| server.actor().get(path).header("authorization", value).send();
    let public = "/api/v1/projects";
    for path in [VERIFY, "/v1/auth/verify?anonymous=allow", "/auth/v1/me", public] {
        for value in ["Digest username=\"alice\"", "Negotiate YII=", "digest", ""] {
            let reply = ask(path, value).expect(401);
            assert!(!reply.the_header("www-authenticate").contains("error="), "{path} {value}");
        }
        for value in ["Bearer a.b.c", "Bearer", "Basic !", "DPoP"] {
            let reply = ask(path, value).expect(401);
            assert!(reply.the_header("www-authenticate").contains("error="), "{path} {value}");
        }
    }
}
