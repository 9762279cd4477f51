//! Where a token opens something for whoever it stands for: verify, userinfo, our API, our pages (contract §2, §6).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::tokens::Stage;
use super::{Place, Verdict};
use crate::support::exchange::Reply;
use crate::v1_auth::adapters::{GATEWAYS, meant};

const VERIFY: &str = "/v1/auth/verify";
/// No good, or nothing that can be good there.
const INVALID: &[(u16, &str)] = &[(401, "invalid_token")];
/// A token of ours that was not given for userinfo has too little scope.
const NOT_FOR_USERINFO: &[(u16, &str)] = &[(401, "invalid_token"), (403, "insufficient_scope")];
const ACCESS_TOKENS: &[&str] = &["a login's token", "an app's token", "an exchanged token"];
const TOKENS_AND_KEYS: &[&str] = &["a login's token", "an app's token", "an exchanged token", "an API key"];

fn basic(stage: &Stage<'_>, words: &str) -> Reply {
    stage.server.secrets.add(words);
    let value = format!("Basic {}", STANDARD.encode(words));
    stage.server.secrets.add(&value[6..]);
    stage.server.actor().get(VERIFY).header("authorization", &value).send()
}

/// As a gateway asks, with the status its client gets.
fn by_gateway(stage: &Stage<'_>, name: &str, token: &str) -> Verdict {
    let gateway = GATEWAYS.iter().find(|gateway| gateway.name == name).unwrap();
    let actor = stage.server.actor();
    let reply = (gateway.ask)(&actor, "GET", "/v1/samples", "").bearer(token).send();
    let verdict = Verdict::by(200, &reply);
    Verdict { said: (meant(&reply), verdict.said.1), ..verdict }
}

/// Of an answer whose words are another program's.
fn by_status(reply: &Reply) -> Verdict {
    Verdict { taken: reply.status == 200, said: (reply.status, String::new()) }
}

pub const PLACES: &[Place] = &[
    Place {
        name: "Bearer at verify",
        takes: TOKENS_AND_KEYS,
        refuses: INVALID,
        tries: |stage, token| Verdict::by(200, &stage.server.actor().verifies(token)),
    },
    Place {
        name: "Bearer at verify for Traefik and Caddy",
        takes: TOKENS_AND_KEYS,
        refuses: INVALID,
        tries: |stage, token| by_gateway(stage, "Traefik and Caddy", token),
    },
    Place {
        name: "Bearer at verify for nginx",
        takes: TOKENS_AND_KEYS,
        refuses: INVALID,
        tries: |stage, token| by_gateway(stage, "nginx", token),
    },
    Place {
        name: "Bearer at verify for Envoy",
        takes: TOKENS_AND_KEYS,
        refuses: INVALID,
        tries: |stage, token| by_gateway(stage, "Envoy", token),
    },
    Place {
        name: "Basic at CoCalc's call",
        takes: &["an API key"],
        refuses: &[(401, "")],
        tries: |stage, token| {
            let call = json!({"action": "get"});
            by_status(&stage.server.actor().post("/api/v2/api-keys").basic(token, "").json(&call).send())
        },
    },
    Place {
        name: "Bearer at CoCalc's call",
        takes: TOKENS_AND_KEYS,
        refuses: &[(401, "")],
        tries: |stage, token| {
            let call = json!({"action": "get"});
            by_status(&stage.server.actor().post("/api/v2/api-keys").bearer(token).json(&call).send())
        },
    },
    Place {
        name: "the cookie of a session at One Codex's call",
        takes: &["a session"],
        refuses: &[(401, "")],
        tries: |stage, token| {
            by_status(&stage.server.actor().get("/api/get_token").cookie("sid", token).send())
        },
    },
    Place {
        name: "Bearer at One Codex's call",
        takes: &[],
        refuses: &[(401, "")],
        tries: |stage, token| by_status(&stage.server.actor().get("/api/get_token").bearer(token).send()),
    },
    Place {
        name: "Bearer at userinfo",
        takes: &["an app's token"],
        refuses: NOT_FOR_USERINFO,
        tries: |stage, token| {
            Verdict::by(200, &stage.server.actor().get("/oauth/userinfo").bearer(token).send())
        },
    },
    Place {
        name: "access_token in a form at userinfo",
        takes: &["an app's token"],
        refuses: NOT_FOR_USERINFO,
        tries: |stage, token| {
            let form = [("access_token", token)];
            Verdict::by(200, &stage.server.actor().post("/oauth/userinfo").form(&form).send())
        },
    },
    Place {
        name: "Bearer at our API",
        takes: TOKENS_AND_KEYS,
        // Its answers have no code beside the status (contract §8).
        refuses: &[(401, "")],
        tries: |stage, token| {
            Verdict::by(200, &stage.server.actor().get("/api/v1/account").bearer(token).send())
        },
    },
    Place {
        name: "the DPoP scheme",
        takes: &["a bound token"],
        refuses: INVALID,
        tries: |stage, token| {
            let proof = stage.prover.with_token("GET", &format!("{}{VERIFY}", stage.server.issuer), token);
            Verdict::by(200, &stage.server.actor().get(VERIFY).dpop(token, &proof).send())
        },
    },
    Place {
        name: "the cookie of a token",
        takes: ACCESS_TOKENS,
        refuses: INVALID,
        tries: |stage, token| {
            Verdict::by(200, &stage.server.actor().get(VERIFY).cookie("access_token", token).send())
        },
    },
    Place {
        name: "the cookie of a key",
        takes: &["an API key"],
        refuses: INVALID,
        tries: |stage, token| {
            Verdict::by(200, &stage.server.actor().get(VERIFY).cookie("api_key", token).send())
        },
    },
    Place {
        name: "the cookie of a session",
        takes: &["a session"],
        // To the sign-in page.
        refuses: &[(303, "")],
        tries: |stage, token| {
            Verdict::by(200, &stage.server.actor().get("/settings").cookie("sid", token).send())
        },
    },
    Place {
        name: "X-API-Key",
        takes: &["an API key"],
        refuses: INVALID,
        tries: |stage, token| {
            Verdict::by(200, &stage.server.actor().get(VERIFY).header("x-api-key", token).send())
        },
    },
    Place {
        name: "x-api-auth",
        takes: &["a Barbell key"],
        refuses: INVALID,
        tries: |stage, token| {
            Verdict::by(200, &stage.server.actor().get(VERIFY).header("x-api-auth", token).send())
        },
    },
    Place {
        name: "Basic, as the name",
        takes: &["an API key"],
        refuses: INVALID,
        tries: |stage, token| Verdict::by(200, &basic(stage, &format!("{token}:"))),
    },
    Place {
        name: "Basic, as the password",
        takes: &[],
        refuses: INVALID,
        tries: |stage, token| Verdict::by(200, &basic(stage, &format!("alice:{token}"))),
    },
    Place {
        name: "Basic, as it is",
        takes: &[],
        refuses: INVALID,
        tries: |stage, token| Verdict::by(200, &basic(stage, token)),
    },
];
