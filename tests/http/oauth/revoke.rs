//! `POST /oauth/revoke` (RFC 7009).

use crate::support::actor::asks;
use crate::support::server::TestServer;

#[test]
fn rfc7009_2_1_an_access_token_goes_alone() {
    let server = TestServer::start();
    let code = server.actor().authorizes(&asks("web", &[])).code();
    let web = server.app("web");
    let tokens = web.redeems(&code);
    let reply = web.revokes(&tokens.access).expect(200);
    assert!(reply.body.is_empty(), "{}", reply.text());
    let verify = server.actor().verifies(&tokens.access).expect(401);
    assert_eq!(verify.error(), "invalid_token", "revoked is not expired");
    let fresh = web.refreshes(&tokens.refresh).expect(200).member("access_token");
    assert!(server.actor().is_believed(&fresh));
}

#[test]
fn rfc7009_2_1_a_refresh_token_takes_its_access_tokens_with_it() {
    let server = TestServer::start();
    for client in ["web", "spa"] {
        let code = server.actor().authorizes(&asks(client, &[])).code();
        let app = server.app(client);
        let tokens = app.redeems(&code);
        assert!(server.actor().is_believed(&tokens.access), "{client}: warm");
        let _ = app.revokes(&tokens.refresh).expect(200);
        assert!(!server.actor().is_believed(&tokens.access), "{client}");
        assert_eq!(app.refreshes(&tokens.refresh).expect(400).error(), "invalid_grant", "{client}");
        let _ = app.revokes(&tokens.refresh).expect(200);
    }
}

#[test]
fn rfc7009_2_2_an_unknown_token_is_no_error() {
    let server = TestServer::start();
    for token in ["x", "prt_nonsense", "a.b.c", "pac_x"] {
        let _ = server.app("web").revokes(token).expect(200);
    }
    let hint = [("token", "x"), ("token_type_hint", "nonsense")];
    let _ = server.app("web").posts("/oauth/revoke", &hint).expect(200);
    assert_eq!(server.app("web").posts("/oauth/revoke", &[]).expect(400).error(), "invalid_request");
}

#[test]
fn rfc7009_2_1_nobody_revokes_another_clients_token() {
    let server = TestServer::start();
    let code = server.actor().authorizes(&asks("web", &[])).code();
    let tokens = server.app("web").redeems(&code);
    for other in ["mail", "spa", "robot", "api"] {
        for token in [&tokens.access, &tokens.refresh] {
            let reply = server.app(other).revokes(token);
            assert_eq!((reply.status, reply.error()), (400, "invalid_grant".into()), "{other}");
        }
    }
    assert!(server.actor().is_believed(&tokens.access));
    let _ = server.app("web").refreshes(&tokens.refresh).expect(200);
}

#[test]
fn rfc7009_2_1_the_client_must_authenticate() {
    let server = TestServer::start();
    let code = server.actor().authorizes(&asks("web", &[])).code();
    let mut web = server.app("web");
    let tokens = web.redeems(&code);
    for secret in [None, Some("pcs_wrong_wrong_wrong".to_owned())] {
        web.secret = secret;
        let reply = web.revokes(&tokens.refresh);
        assert_eq!((reply.status, reply.error()), (401, "invalid_client".into()));
        assert!(reply.header("www-authenticate").is_some());
    }
    assert!(server.actor().is_believed(&tokens.access));
}

/// Whoever believes that a key is dead must not be told so while it lives.
#[test]
fn rfc7009_2_2_1_a_key_is_no_token_that_can_be_revoked_here() {
    let server = TestServer::start();
    let key = server.key("alice", |_| {});
    for presented in [key.as_str(), "sk_nonsense", "alice:0123456789abcdef"] {
        for client in ["web", "spa"] {
            let reply = server.app(client).revokes(presented);
            assert_eq!((reply.status, reply.error()), (400, "unsupported_token_type".into()), "{presented}");
        }
    }
    assert_eq!(server.actor().get("/v1/auth/verify").header("x-api-key", &key).send().status, 200);
}
