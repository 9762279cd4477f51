//! Every type of token at every place where one can be presented: it is taken where it belongs, and refused everywhere else as
//! what it is (contract §2; RFC 8693 §2.1, RFC 8725 §3.11).

mod endpoints;
mod resources;
mod tokens;

use std::fs;
use std::path::Path;
use std::slice;

use jsonwebtoken::decode_header;
use portcullis::crypto::opaque_token::TokenType;

use self::tokens::{Stage, Token};
use super::token_exchange::signs_in;
use crate::support::exchange::Reply;
use crate::support::server::TestServer;
use crate::v1_auth::adapters::TRUSTED;

/// Everything that can take a token is switched on.
const EVERYTHING: &[(&str, &str)] = &[
    ("DYNAMIC_REGISTRATION", "token"),
    ("API_KEY_COOKIE", "true"),
    TRUSTED,
    ("REGISTRATION", "open"),
    ("SMTP_URL", "smtp://127.0.0.1:9"),
    ("MAIL_FROM", "no-reply@doors.example"),
];

/// Where a token can be presented.
struct Place {
    name: &'static str,
    /// The names of the tokens that belong here.
    takes: &'static [&'static str],
    /// How every other one is refused: status and code.
    refuses: &'static [(u16, &'static str)],
    tries: fn(&Stage<'_>, &str) -> Verdict,
}

/// What became of a token.
struct Verdict {
    taken: bool,
    /// Status and code of the answer.
    said: (u16, String),
}

impl Verdict {
    /// Of an answer that shows by its status whether the token was taken.
    fn by(status: u16, reply: &Reply) -> Self {
        let is_json = reply.header("content-type") == Some("application/json");
        let code = if is_json {
            reply.json()["error"].as_str().unwrap_or_default().to_owned()
        } else {
            String::new()
        };
        Self { taken: reply.status == status, said: (reply.status, code) }
    }
}

/// What is wrong with how `place` treats `token`.
fn fault(stage: &Stage<'_>, place: &Place, token: &Token) -> Option<String> {
    let verdict = (place.tries)(stage, &token.text);
    let (status, code) = (verdict.said.0, verdict.said.1.as_str());
    let is_right = if place.takes.contains(&token.name) {
        verdict.taken
    } else {
        !verdict.taken && place.refuses.contains(&(status, code))
    };
    (!is_right).then(|| format!("{} as {}: {status} {code}", token.name, place.name))
}

/// What is wrong with how these places treat these tokens, where they belong (`right`), or do not.
fn faults(stage: &Stage<'_>, places: &[Place], tokens: &[Token], right: bool) -> Vec<String> {
    let mut found = Vec::new();
    for place in places {
        let presented = tokens.iter().filter(|token| place.takes.contains(&token.name) == right);
        found.extend(presented.filter_map(|token| fault(stage, place, token)));
    }
    found
}

on_both! {
    with EVERYTHING;

    fn rfc8725_3_11_every_type_of_token_at_every_place(server) {
        let stage = Stage::new(server);
        let tokens = stage.tokens();
        let places =
            [resources::PLACES, endpoints::PLACES, endpoints::LINKS, endpoints::ASSERTED, endpoints::ENDS, endpoints::ENDS_TOO];
        for named in places.iter().copied().flatten().flat_map(|place| place.takes) {
            assert!(tokens.iter().any(|token| token.name == *named), "no token is {named}");
        }
        // What is presented wrongly is not used up by it: so the right places come last.
        let mut found: Vec<String> =
            places.iter().flat_map(|places| faults(&stage, places, &tokens, false)).collect();
        found.extend(places[..3].iter().flat_map(|places| faults(&stage, places, &tokens, true)));
        // An assertion is good at one of them.
        for place in endpoints::ASSERTED {
            found.extend(faults(&stage, slice::from_ref(place), &stage.of_clients(), true));
        }
        // By now codes and refresh tokens are used up.
        for places in [endpoints::ENDS, endpoints::ENDS_TOO] {
            found.extend(faults(&stage, places, &stage.tokens(), true));
        }
        assert!(found.is_empty(), "\n{}", found.join("\n"));
        // Nor did any of it end anything.
        assert!(server.actor().is_believed(&signs_in(server, "web", "read").access));
    }
}

/// The `typ` of each JWT that the source names.
fn typs(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            typs(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let quoted = text.split('"').filter(|text| text.ends_with("+jwt") && !text.contains(' '));
            found.extend(
                quoted.map(|typ| typ.strip_prefix("application/").unwrap_or(typ).to_ascii_lowercase()),
            );
        }
    }
}

#[test]
fn rfc8725_3_11_no_type_of_token_is_left_out_of_the_table() {
    let server = TestServer::with(EVERYTHING);
    let tokens = Stage::new(&server).tokens();
    for kind in TokenType::ALL {
        assert!(tokens.iter().any(|token| token.text.starts_with(kind.prefix())), "{kind:?}");
    }
    let mut named = vec!["JWT".to_owned()];
    typs(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut named);
    assert!(named.len() > 6, "{named:?}");
    for typ in named {
        let is_one =
            |token: &Token| decode_header(&token.text).is_ok_and(|header| header.typ.as_ref() == Some(&typ));
        assert!(tokens.iter().any(is_one), "{typ}");
    }
}
