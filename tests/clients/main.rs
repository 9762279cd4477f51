//! Other people's clients against a whole server: each a library that many apps use, doing login, userinfo and refresh over HTTP, and
//! discovery where it knows how to (RFC 6749, RFC 8414, OpenID Connect Core and Discovery; contract §5).
//!
//! A client prints where the browser is to go, a person of ours goes there, and it is told where the browser ended.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "helper functions of a test fail where they stand"
)]

mod exchange;
#[allow(dead_code, reason = "the rest is for the black-box suite")]
#[path = "../http/support/page.rs"]
mod page;
mod person;
mod program;
mod stage;

use program::Program;
use stage::{Kind, Stage};

/// One login by `program` as each kind of client: what it is told at the end is about the person who signed in. `more` names what it
/// finds out beside that its access token was renewed.
fn logs_in(program: &Program, more: &[&str]) {
    let stage = Stage::start();
    for kind in Kind::ALL {
        let client = stage.client(kind, program.odd_id);
        let done = program.run(&stage, &client);
        let told = (&done["username"], &done["email"], &done["again"]);
        assert_eq!(told, (&"alice".into(), &"alice@example.com".into(), &done["sub"]), "{kind:?}: {done}");
        assert_eq!(done["renewed"], true, "{kind:?}: refreshing gave the same access token: {done}");
        for name in more {
            // Introspection is not for public clients.
            let is_told = kind != Kind::Public || *name != "active";
            assert_eq!(done[name] == true, is_told, "{kind:?}: {name}: {done}");
        }
    }
}

#[test]
fn openid_client_of_npm() {
    logs_in(&Program::node("openid_client.mjs"), &["refused", "active"]);
}

#[test]
fn oauth4webapi_of_npm() {
    logs_in(&Program::node("oauth4webapi.mjs"), &["refused"]);
}

#[test]
fn authlib_of_pypi() {
    logs_in(&Program::python("authlib_client.py"), &["refused"]);
}

#[test]
fn requests_oauthlib_of_pypi() {
    logs_in(&Program::python("requests_oauthlib_client.py"), &[]);
}

#[test]
fn x_oauth2_and_go_oidc_of_go() {
    logs_in(&Program::go(), &[]);
}

#[test]
fn spring_security_of_maven() {
    logs_in(&Program::java(), &[]);
}

#[test]
fn openidconnect_of_rust() {
    logs_in(&Program::rust("openidconnect"), &[]);
}

/// What this library verifies of an ID token, any relying party does.
#[test]
fn oidc_core_3_1_3_7_openidconnect_of_rust_verifies_each_algorithm() {
    let stage = Stage::start();
    for algorithm in ["RS256", "ES256", "PS256", "EdDSA"] {
        let client = stage.signed_by(algorithm);
        let done = Program::rust("openidconnect").run(&stage, &client);
        assert_eq!(
            (&done["username"], &done["again"]),
            (&"alice".into(), &done["sub"]),
            "{algorithm}: {done}"
        );
    }
}

#[test]
fn oauth2_of_rust() {
    logs_in(&Program::rust("oauth2"), &[]);
}

/// The commands and documents of docs/mcp.md, and the SDK of those who make the protocol on both sides.
#[test]
fn rfc9728_the_model_context_protocol_of_npm() {
    let stage = Stage::start();
    let client = stage.agent();
    let done = Program::node("mcp.mjs").run(&stage, &client);
    assert_eq!((&done["username"], &done["again"]), (&"alice".into(), &done["sub"]), "{done}");
}

/// The same client, whom nobody registered: it finds the `registration_endpoint` and registers itself.
#[test]
fn rfc7591_3_the_model_context_protocol_of_npm_registers_itself() {
    let stage = Stage::with(&[("DYNAMIC_REGISTRATION", "open")]);
    let agent = stage.unknown_agent();
    assert_eq!(stage.clients().into_keys().collect::<Vec<_>>(), ["weather"]);
    let done = Program::node("mcp.mjs").run(&stage, &agent);
    assert_eq!((&done["username"], &done["again"]), (&"alice".into(), &done["sub"]), "{done}");
    let mut clients = stage.clients();
    let registered = clients.remove(done["client_id"].as_str().unwrap());
    assert_eq!(registered.as_deref(), Some("An agent"), "{done}");
    assert_eq!(clients.len(), 1, "it registers once: {clients:?}");
}

/// x/oauth2 polls in two requests, `device_code` first and then whatever the answer says (RFC 8628 §3.4).
#[test]
fn rfc8628_x_oauth2_of_go_as_a_device() {
    let stage = Stage::start();
    let client = stage.device();
    let done = Program::go().run(&stage, &client);
    assert_eq!((&done["username"], &done["again"]), (&"alice".into(), &done["sub"]), "{done}");
}
