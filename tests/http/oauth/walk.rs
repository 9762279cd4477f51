//! The code flow from beginning to end, on both databases: the Example API's four steps as printed, then the same with
//! PKCE and a public client (contract §5).

use serde_json::json;

use crate::support::actor::asks;
use crate::support::seed::REDIRECT;
use crate::support::server::TestServer;

on_both! {
    /// Step 1 and 2 without `state` and challenge, step 3 as JSON, step 4 with the access token; then a refresh as JSON.
    fn contract_5_the_four_steps_of_the_example_api_as_printed(server) {
        let person = server.actor();
        let query = format!("client_id=legacy&redirect_uri={REDIRECT}&response_type=code&scope=read%20write");
        let answer = person.authorizes(&query);
        assert!(answer.url.starts_with(&format!("{REDIRECT}?code=")), "{}", answer.url);
        assert_eq!(answer.parameter("state"), None);
        let secret = server.app("legacy").secret.unwrap();

        let script = server.actor();
        let body = json!({
            "grant_type": "authorization_code",
            "code": answer.code(),
            "client_id": "legacy",
            "client_secret": secret,
            "redirect_uri": REDIRECT,
        });
        let reply = script.post("/oauth/token").json(&body).send().expect(200);
        assert_eq!(reply.json()["expires_in"], 3600);
        assert_eq!(reply.json()["token_type"], "Bearer");
        assert_eq!(reply.json()["scope"], "read write");
        let (access, refresh) = (reply.member("access_token"), reply.member("refresh_token"));

        let verified = script.verifies(&access).expect(200).json();
        assert_eq!(verified["scopes"], json!(["read", "write"]));
        assert_eq!(verified["client_id"], "legacy");
        assert_eq!(verified["username"], "alice");

        let body = json!({
            "grant_type": "refresh_token",
            "refresh_token": refresh,
            "client_id": "legacy",
            "client_secret": secret,
        });
        for _ in 0..2 {
            // The sample throws the new refresh token away and comes back with the old one.
            let reply = script.post("/oauth/token").json(&body).send().expect(200);
            assert!(script.is_believed(&reply.member("access_token")));
        }
    }

    fn contract_5_a_space_in_the_scope_comes_as_plus_too(server) {
        let query = format!("client_id=legacy&redirect_uri={REDIRECT}&response_type=code&scope=read+write");
        let code = server.actor().authorizes(&query).code();
        let legacy = server.app("legacy");
        let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", REDIRECT)];
        assert_eq!(legacy.asks_for_tokens(&fields).expect(200).member("scope"), "read write");
    }

    /// State, PKCE, form, rotation, verify, sign-out.
    fn rfc7636_1_1_a_public_client_with_pkce(server) {
        let person = server.actor();
        let answer = person.authorizes(&asks("spa", &[("scope", "read write"), ("state", "xyz 1&2=%")]));
        assert_eq!(answer.parameter("state").as_deref(), Some("xyz 1&2=%"));
        assert_eq!(answer.parameter("iss").as_deref(), Some(server.issuer.as_str()));
        let spa = server.app("spa");
        let first = spa.redeems(&answer.code());
        assert!(person.is_believed(&first.access));
        let second = spa.refreshes(&first.refresh).expect(200);
        assert_ne!(second.member("refresh_token"), first.refresh, "a public client's token rotates");
        assert!(person.is_believed(&second.member("access_token")));
        assert_eq!(spa.revokes(&second.member("refresh_token")).status, 200);
        for token in [&first.access, &second.member("access_token")] {
            assert!(!person.is_believed(token), "revoking the refresh token ends the grant");
        }
    }

    fn rfc7636_4_a_confidential_client_with_pkce(server) {
        let code = server.actor().authorizes(&asks("web", &[])).code();
        let web = server.app("web");
        let first = web.redeems(&code);
        let second = web.refreshes(&first.refresh).expect(200);
        assert_eq!(second.member("refresh_token"), first.refresh, "a confidential client keeps its token");
    }

    fn rfc6749_4_4_client_credentials(server) {
        let reply = server.app("robot").acts_for_itself(&[("scope", "read")]).expect(200);
        assert_eq!(reply.json()["refresh_token"], json!(null), "RFC 6749 section 4.4.3");
        assert_eq!(reply.member("scope"), "read");
        let verified = server.actor().verifies(&reply.member("access_token")).expect(200).json();
        assert_eq!(verified["client_id"], "robot");
        assert_eq!(verified["username"], json!(null));
    }

    fn rfc6749_4_1_2_a_replayed_code_revokes_its_tokens(server) {
        let code = server.actor().authorizes(&asks("spa", &[])).code();
        let spa = server.app("spa");
        let tokens = spa.redeems(&code);
        assert!(server.actor().is_believed(&tokens.access));
        assert_eq!(spa.presents(&code).expect(400).error(), "invalid_grant");
        assert!(!server.actor().is_believed(&tokens.access));
        assert_eq!(spa.refreshes(&tokens.refresh).expect(400).error(), "invalid_grant");
    }

    fn contract_3_a_login_and_its_end(server) {
        let alice = server.actor();
        let first = alice.logs_in();
        let second = alice.post("/auth/v1/refresh").send().expect(200).member("access_token");
        assert!(alice.is_believed(&second));
        let _ = alice.post("/auth/v1/logout").send().expect(204);
        assert!(!alice.is_believed(&first.access) && !alice.is_believed(&second));
    }
}
