//! Where a token is handed to the authorization server itself: its endpoints, and the pages that a link leads to (contract §5; RFC
//! 6749, 7009, 7591, 7592, 7662, 8693, 9101, 9126; OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2).

use serde_json::json;

use super::super::register::described;
use super::tokens::{KEYED, OUT, Stage};
use super::{Place, Verdict};
use crate::support::actor::asks;
use crate::support::client_key::TYPE;
use crate::support::exchange::{Reply, encode};
use crate::support::seed::REDIRECT;

const INVALID_GRANT: &[(u16, &str)] = &[(400, "invalid_grant")];
const INVALID_CLIENT: &[(u16, &str)] = &[(401, "invalid_client")];
const INVALID_TOKEN: &[(u16, &str)] = &[(401, "invalid_token")];
const ASSERTIONS: &[&str] = &["a client assertion", "a client assertion of its type"];
/// A link that does not work any more.
const GONE: &[(u16, &str)] = &[(404, "")];

fn authorize(stage: &Stage<'_>, query: &str) -> Reply {
    stage.server.actor().get(&format!("/oauth/authorize?{query}")).send()
}

/// What the client is told at its redirect URI: a code, or an error.
fn told(reply: &Reply) -> Verdict {
    let Some(location) = reply.header("location") else {
        return Verdict { taken: false, said: (reply.status, String::new()) };
    };
    let query = location.strip_prefix(REDIRECT).and_then(|rest| rest.strip_prefix('?')).unwrap_or_default();
    let find = |name| url::form_urlencoded::parse(query.as_bytes()).find(|(own, _)| own == name);
    let error = find("error").map(|(_, code)| code.into_owned()).unwrap_or_default();
    Verdict { taken: find("code").is_some(), said: (reply.status, error) }
}

/// Whether a browser was sent on to the sign-in page.
fn goes_on(reply: &Reply) -> Verdict {
    let taken = reply.header("location").is_some_and(|to| to.starts_with("/login"));
    Verdict { taken, ..told(reply) }
}

fn registration(stage: &Stage<'_>, method: &str, token: &str) -> Reply {
    let actor = stage.server.actor();
    let request = actor.ask(method, &format!("/oauth/register/{}", stage.registered)).bearer(token);
    match method {
        "PUT" => request.json(&described(&json!({"client_id": stage.registered}))).send(),
        _ => request.send(),
    }
}

fn opens(stage: &Stage<'_>, page: &str, token: &str) -> Verdict {
    Verdict::by(200, &stage.person.get(&format!("{page}?{}", encode(&[("token", token)]))).send())
}

/// Whether `client` ends a token by revoking it.
fn revokes(stage: &Stage<'_>, client: &'static str, token: &str) -> Verdict {
    let app = stage.server.app(client);
    let is_active = || app.introspects(token).expect(200).json()["active"] == true;
    let before = is_active();
    let reply = app.revokes(token);
    Verdict { taken: before && !is_active(), ..Verdict::by(0, &reply) }
}

/// An assertion of `keyed` at `path`, with what is asked there.
fn asserts(stage: &Stage<'_>, path: &str, token: &str, asked: &str) -> Reply {
    let proof = encode(&[("client_assertion_type", TYPE), ("client_assertion", token)]);
    let body = format!("{asked}&{proof}");
    let actor = stage.server.actor();
    actor.post(path).body("application/x-www-form-urlencoded", body.as_bytes()).send()
}

pub const PLACES: &[Place] = &[
    Place {
        name: "subject_token",
        takes: &["a login's token", "an app's token", "an exchanged token", "an API key"],
        refuses: &[(400, "invalid_request"), (400, "invalid_grant")],
        tries: |stage, token| Verdict::by(200, &stage.server.app("api").exchanges(token, &[])),
    },
    Place {
        name: "subject_token, as a key",
        takes: &["an API key"],
        refuses: &[(400, "invalid_request"), (400, "invalid_grant")],
        tries: |stage, token| Verdict::by(200, &stage.server.app("api").exchanges_key(token, &[])),
    },
    Place {
        name: "refresh_token of an app",
        takes: &["an app's refresh token"],
        refuses: INVALID_GRANT,
        tries: |stage, token| Verdict::by(200, &stage.server.app("web").refreshes(token)),
    },
    Place {
        name: "refresh_token of a login",
        takes: &["a login's refresh token"],
        refuses: INVALID_TOKEN,
        tries: |stage, token| {
            let form = [("refresh_token", token)];
            Verdict::by(200, &stage.server.actor().post("/auth/v1/refresh").form(&form).send())
        },
    },
    Place {
        name: "the cookie of a login's refresh token",
        takes: &["a login's refresh token"],
        refuses: INVALID_TOKEN,
        tries: |stage, token| {
            let actor = stage.server.actor();
            let request = actor.post("/auth/v1/refresh").cookie("refresh_token", token);
            Verdict::by(200, &request.header("origin", &stage.server.issuer).send())
        },
    },
    Place {
        name: "refresh_token in JSON",
        takes: &["a login's refresh token"],
        refuses: INVALID_TOKEN,
        tries: |stage, token| {
            let body = json!({"refresh_token": token});
            Verdict::by(200, &stage.server.actor().post("/v1/auth/refresh").json(&body).send())
        },
    },
    Place {
        name: "code",
        takes: &["a code"],
        refuses: INVALID_GRANT,
        tries: |stage, token| Verdict::by(200, &stage.server.app("web").presents(token)),
    },
    Place {
        name: "device_code",
        takes: &["a device code"],
        refuses: INVALID_GRANT,
        tries: |stage, token| {
            let grant = "urn:ietf:params:oauth:grant-type:device_code";
            let fields = [("grant_type", grant), ("device_code", token)];
            Verdict::by(200, &stage.server.app("tv").asks_for_tokens(&fields))
        },
    },
    Place {
        name: "client_secret",
        takes: &["a client secret"],
        refuses: INVALID_CLIENT,
        tries: |stage, token| {
            let fields =
                [("grant_type", "client_credentials"), ("client_id", "robot"), ("client_secret", token)];
            Verdict::by(200, &stage.server.actor().post("/oauth/token").form(&fields).send())
        },
    },
    Place {
        name: "the secret in Basic",
        takes: &["a client secret"],
        refuses: INVALID_CLIENT,
        tries: |stage, token| {
            let actor = stage.server.actor();
            let request = actor.post("/oauth/token").basic("robot", token);
            Verdict::by(200, &request.form(&[("grant_type", "client_credentials")]).send())
        },
    },
    Place {
        name: "client_assertion",
        takes: ASSERTIONS,
        refuses: INVALID_CLIENT,
        tries: |stage, token| {
            let fields = [
                ("grant_type", "client_credentials"),
                ("client_assertion_type", TYPE),
                ("client_assertion", token),
            ];
            Verdict::by(200, &stage.server.actor().post("/oauth/token").form(&fields).send())
        },
    },
    Place {
        name: "the DPoP header",
        takes: &["a DPoP proof"],
        refuses: &[(400, "invalid_dpop_proof")],
        tries: |stage, token| {
            let fields = [("grant_type", "client_credentials")];
            Verdict::by(200, &stage.server.app("robot").proves(token, &fields))
        },
    },
    Place {
        name: "the DPoP header of a push",
        takes: &["a DPoP proof to push"],
        refuses: &[(400, "invalid_dpop_proof")],
        tries: |stage, token| {
            let form = asks("spa", &[]);
            let actor = stage.server.actor();
            let request = actor.post("/oauth/par").header("dpop", token);
            Verdict::by(201, &request.body("application/x-www-form-urlencoded", form.as_bytes()).send())
        },
    },
    Place {
        name: "introspection",
        takes: &[
            "a login's token",
            "an app's token",
            "a bound token",
            "an exchanged token",
            "an API key",
            "a Barbell key",
        ],
        refuses: &[(200, "")],
        tries: |stage, token| {
            let reply = stage.server.app("api").introspects(token);
            Verdict { taken: reply.json()["active"] == true, ..Verdict::by(200, &reply) }
        },
    },
    Place {
        name: "request",
        takes: &["a request object"],
        refuses: &[(303, "invalid_request_object"), (400, "")],
        tries: |stage, token| {
            goes_on(&authorize(stage, &encode(&[("client_id", KEYED), ("request", token)])))
        },
    },
    Place {
        name: "request_uri",
        takes: &["a pushed request"],
        refuses: &[(400, "")],
        tries: |stage, token| {
            let uri = format!("urn:ietf:params:oauth:request_uri:{token}");
            goes_on(&authorize(stage, &encode(&[("client_id", "web"), ("request_uri", &uri)])))
        },
    },
    Place {
        name: "id_token_hint",
        takes: &["an ID token"],
        // A hint that says nothing is ignored, and nobody is taken for somebody.
        refuses: &[(303, "login_required")],
        tries: |stage, token| {
            let more = [("scope", "openid read"), ("prompt", "none"), ("id_token_hint", token)];
            let query = asks("web", &more);
            told(&stage.person.get(&format!("/oauth/authorize?{query}")).send())
        },
    },
    Place {
        name: "id_token_hint of a logout",
        takes: &["an ID token"],
        refuses: &[(400, "")],
        tries: |stage, token| {
            let query = encode(&[("id_token_hint", token), ("post_logout_redirect_uri", OUT)]);
            let reply = stage.server.actor().get(&format!("/oauth/logout?{query}")).send();
            Verdict { taken: reply.header("location") == Some(OUT), ..Verdict::by(303, &reply) }
        },
    },
    Place {
        name: "Bearer to register",
        takes: &["an initial access token"],
        refuses: INVALID_TOKEN,
        tries: |stage, token| {
            let request = described(&json!({}));
            let actor = stage.server.actor();
            Verdict::by(201, &actor.post("/oauth/register").bearer(token).json(&request).send())
        },
    },
    Place {
        name: "Bearer to read a registration",
        takes: &["a registration access token"],
        refuses: INVALID_TOKEN,
        tries: |stage, token| Verdict::by(200, &registration(stage, "GET", token)),
    },
    Place {
        name: "Bearer to change a registration",
        takes: &["a registration access token"],
        refuses: INVALID_TOKEN,
        tries: |stage, token| Verdict::by(200, &registration(stage, "PUT", token)),
    },
];

pub const LINKS: &[Place] = &[
    Place {
        name: "the link of the first administrator",
        takes: &["a setup link"],
        refuses: GONE,
        tries: |stage, token| opens(stage, "/setup", token),
    },
    Place {
        name: "the link for a password",
        takes: &["a link for a password"],
        refuses: GONE,
        tries: |stage, token| opens(stage, "/reset-password", token),
    },
    Place {
        name: "the link for an account",
        takes: &["a link for an account"],
        refuses: GONE,
        tries: |stage, token| opens(stage, "/register", token),
    },
    Place {
        name: "the link of an invitation",
        takes: &["an invitation"],
        refuses: GONE,
        tries: |stage, token| opens(stage, "/invitation", token),
    },
    Place {
        name: "the link for an address",
        takes: &["a link for an address"],
        refuses: GONE,
        tries: |stage, token| opens(stage, "/confirm", token),
    },
];

/// Where an assertion is good as at the token endpoint.
pub const ASSERTED: &[Place] = &[
    Place {
        name: "client_assertion of a push",
        takes: ASSERTIONS,
        refuses: INVALID_CLIENT,
        tries: |stage, token| {
            // The assertion alone names the client.
            let asked = asks(KEYED, &[]).replace(&format!("client_id={KEYED}&"), "");
            Verdict::by(201, &asserts(stage, "/oauth/par", token, &asked))
        },
    },
    Place {
        name: "client_assertion of an introspection",
        takes: ASSERTIONS,
        refuses: INVALID_CLIENT,
        tries: |stage, token| Verdict::by(200, &asserts(stage, "/oauth/introspect", token, "token=x")),
    },
    Place {
        name: "client_assertion of a revocation",
        takes: ASSERTIONS,
        refuses: INVALID_CLIENT,
        tries: |stage, token| Verdict::by(200, &asserts(stage, "/oauth/revoke", token, "token=x")),
    },
];

/// They end what others end, too.
pub const ENDS_TOO: &[Place] = &[
    Place {
        name: "Bearer to sign out of the second login API",
        takes: &["a login's token"],
        refuses: &[(401, "invalid_token"), (403, "insufficient_scope")],
        tries: |stage, token| {
            Verdict::by(204, &stage.server.actor().post("/v1/auth/logout").bearer(token).send())
        },
    },
    Place {
        name: "refresh_token to sign out of the second login API",
        takes: &["a login's refresh token"],
        refuses: INVALID_TOKEN,
        tries: |stage, token| {
            let body = json!({"refresh_token": token});
            Verdict::by(204, &stage.server.actor().post("/v1/auth/logout").json(&body).send())
        },
    },
];

/// They end what they take.
pub const ENDS: &[Place] = &[
    Place {
        name: "revocation by the resource server",
        takes: &["an exchanged token"],
        // What is nothing that can be revoked is no error; what is somebody else's is, and a key (RFC 7009 §2.1, §2.2).
        refuses: &[(200, ""), (400, "invalid_grant"), (400, "unsupported_token_type")],
        tries: |stage, token| revokes(stage, "api", token),
    },
    Place {
        name: "revocation",
        takes: &["an app's token", "a bound token", "an app's refresh token"],
        refuses: &[(200, ""), (400, "invalid_grant"), (400, "unsupported_token_type")],
        tries: |stage, token| revokes(stage, "web", token),
    },
    Place {
        name: "Bearer to sign out",
        takes: &["a login's token"],
        // A key is refused before it is looked at (contract §3).
        refuses: &[(401, "invalid_token"), (403, "insufficient_scope")],
        tries: |stage, token| {
            Verdict::by(204, &stage.server.actor().post("/auth/v1/logout").bearer(token).send())
        },
    },
    Place {
        name: "refresh_token to sign out",
        takes: &["a login's refresh token"],
        refuses: INVALID_TOKEN,
        tries: |stage, token| {
            let form = [("refresh_token", token)];
            Verdict::by(204, &stage.server.actor().post("/auth/v1/logout").form(&form).send())
        },
    },
    Place {
        name: "Bearer to end a registration",
        takes: &["a registration access token"],
        refuses: INVALID_TOKEN,
        tries: |stage, token| Verdict::by(204, &registration(stage, "DELETE", token)),
    },
    Place {
        name: "a report of a leak",
        takes: &["an API key", "a Barbell key"],
        // Whoever reports is told nothing.
        refuses: &[(204, "")],
        tries: |stage, token| {
            let is_active = || stage.server.app("api").introspects(token).json()["active"] == true;
            let (before, report) = (is_active(), json!({"key": token}));
            let reply = stage.server.actor().post("/api/v1/keys/report-leaked").json(&report).send();
            Verdict { taken: before && !is_active(), ..Verdict::by(0, &reply) }
        },
    },
];
