//! Every type of token at every place where one can be presented: it is taken where it belongs, and refused everywhere else
//! (contract §2; RFC 8693 §2.1, RFC 8725 §3.11).

use portcullis::flows::api_keys;
use portcullis::oauth::client_metadata::ClientMetadata;

use super::device;
use super::token_exchange::signs_in;
use crate::support::actor::asks;
use crate::support::dpop::Prover;
use crate::support::exchange::Reply;
use crate::support::server::TestServer;

struct Token {
    name: &'static str,
    text: String,
}

struct Place {
    name: &'static str,
    /// The names of the tokens that belong here.
    takes: &'static [&'static str],
    presents: fn(&TestServer, &str) -> Reply,
}

const PLACES: &[Place] = &[
    Place {
        name: "subject_token",
        takes: &["a login's token", "an app's token", "an exchanged token"],
        presents: |server, token| server.app("api").exchanges(token, &[]),
    },
    Place {
        name: "subject_token, as a key",
        takes: &["an API key"],
        presents: |server, token| server.app("api").exchanges_key(token, &[]),
    },
    Place {
        name: "Bearer at verify",
        takes: &["a login's token", "an app's token", "an exchanged token", "an API key"],
        presents: |server, token| server.actor().verifies(token),
    },
    Place {
        name: "Bearer at userinfo",
        takes: &["an app's token"],
        presents: |server, token| server.actor().get("/oauth/userinfo").bearer(token).send(),
    },
    Place {
        name: "Bearer at our API",
        takes: &["a login's token", "an app's token", "an exchanged token", "an API key"],
        presents: |server, token| server.actor().get("/api/v1/account").bearer(token).send(),
    },
    Place {
        name: "the cookie of a token",
        takes: &["a login's token", "an app's token", "an exchanged token"],
        presents: |server, token| server.actor().get("/v1/auth/verify").cookie("access_token", token).send(),
    },
    Place {
        name: "X-API-Key",
        takes: &["an API key"],
        presents: |server, token| server.actor().get("/v1/auth/verify").header("x-api-key", token).send(),
    },
    Place {
        name: "x-api-auth",
        takes: &["a Barbell key"],
        presents: |server, token| server.actor().get("/v1/auth/verify").header("x-api-auth", token).send(),
    },
    Place {
        name: "refresh_token of an app",
        takes: &["an app's refresh token"],
        presents: |server, token| server.app("web").refreshes(token),
    },
    Place {
        name: "refresh_token of a login",
        takes: &["a login's refresh token"],
        presents: |server, token| {
            server.actor().post("/auth/v1/refresh").form(&[("refresh_token", token)]).send()
        },
    },
    Place { name: "code", takes: &["a code"], presents: |server, token| server.app("web").presents(token) },
    Place {
        name: "device_code",
        takes: &["a device code"],
        presents: |server, token| {
            let grant = "urn:ietf:params:oauth:grant-type:device_code";
            server.app("tv").asks_for_tokens(&[("grant_type", grant), ("device_code", token)])
        },
    },
    Place {
        name: "client_secret",
        takes: &["a client secret"],
        presents: |server, token| {
            let fields =
                [("grant_type", "client_credentials"), ("client_id", "robot"), ("client_secret", token)];
            server.actor().post("/oauth/token").form(&fields).send()
        },
    },
    Place {
        name: "introspection",
        takes: &["a login's token", "an app's token", "an exchanged token", "an API key", "a Barbell key"],
        presents: |server, token| server.app("api").introspects(token),
    },
];

/// One of each type, all of them good.
fn tokens(server: &TestServer) -> Vec<Token> {
    let signed = ClientMetadata { userinfo_signed_response_alg: Some("ES256".into()), ..Default::default() };
    server.registers("web", signed);
    let login = server.actor().logs_in();
    let code = server.actor().authorizes(&asks("web", &[("scope", "openid read")])).code();
    let app = server.app("web").presents(&code).expect(200);
    let app_token = app.member("access_token");
    let api = server.app("api");
    let exchanged = api.exchanges(&app_token, &[]).expect(200).member("access_token");
    let userinfo = server.actor().get("/oauth/userinfo").bearer(&app_token).send().expect(200);
    assert_eq!(userinfo.the_header("content-type"), "application/jwt");
    let introspection = server
        .actor()
        .post("/oauth/introspect")
        .header("accept", "application/token-introspection+jwt")
        .basic("api", api.secret.as_deref().unwrap())
        .form(&[("token", &app_token)])
        .send()
        .expect(200);
    let codes = device::begins(&server.app("tv"), "read");
    let browser = server.actor();
    let form = device::question(browser.signs_in(), &codes.user);
    let _ = browser.submits(&form.with("decision", "allow")).expect(303);
    let alice = server.id_of("alice");
    let barbell = api_keys::barbell(&server.node, api_keys::Actor::Operator, alice, None);
    let barbell = server.operator(barbell).unwrap().unwrap();
    server.secrets.add(&barbell);
    let of = |name, text: &str| Token { name, text: text.to_owned() };
    vec![
        of("a login's token", &login.access),
        of("a login's refresh token", &login.refresh),
        of("an app's token", &app_token),
        of("an app's refresh token", &app.member("refresh_token")),
        of("an ID token", &app.member("id_token")),
        of("an exchanged token", &exchanged),
        of("a code", &server.actor().authorizes(&asks("web", &[("scope", "read")])).code()),
        of("a device code", &codes.device),
        of("a client secret", server.seed.secret("robot").unwrap()),
        of("an API key", &server.key("alice", |_| {})),
        of("a Barbell key", &barbell),
        of("an answer of userinfo", &userinfo.text()),
        of("an answer of introspection", &introspection.text()),
        of("a DPoP proof", &Prover::new(server).for_tokens()),
    ]
}

/// Whether the place took it. Whatever is refused is refused as what it is, and not because something else is wrong.
#[track_caller]
fn is_taken(place: &Place, reply: &Reply, said: &str) -> bool {
    if place.name == "introspection" {
        assert_eq!(reply.status, 200, "{said}: {}", reply.text());
        return reply.json()["active"] == true;
    }
    assert!(matches!(reply.status, 200 | 400 | 401 | 403), "{said}: {} {}", reply.status, reply.text());
    reply.status == 200
}

on_both! {
    fn rfc8725_3_11_every_type_of_token_at_every_place(server) {
        let tokens = tokens(server);
        let mut tried = 0;
        // What is presented wrongly is not used up by it: so the right places come last.
        for right in [false, true] {
            for place in PLACES {
                for token in &tokens {
                    if place.takes.contains(&token.name) == right {
                        let said = format!("{} as {}", token.name, place.name);
                        let reply = (place.presents)(server, &token.text);
                        assert_eq!(is_taken(place, &reply, &said), right, "{said}: {}", reply.text());
                        tried += 1;
                    }
                }
            }
        }
        assert_eq!(tried, PLACES.len() * tokens.len());
        // Nor did it end anything.
        assert!(server.actor().is_believed(&signs_in(server, "web", "read").access));
    }
}
