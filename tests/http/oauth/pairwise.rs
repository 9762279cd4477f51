//! Pairwise subjects (OpenID Connect Core §8.1; decision 0013): a client that knows people by names of its own learns no other.

use portcullis::oauth::client_metadata::ClientMetadata;
use serde_json::{Value, json};

use crate::support::actor::asks;
use crate::support::jwt::unproved;
use crate::support::neighbour::Neighbour;
use crate::support::seed::REDIRECT;
use crate::support::server::TestServer;

fn pairwise(sector: Option<&str>) -> ClientMetadata {
    ClientMetadata {
        subject_type: Some("pairwise".to_owned()),
        sector_identifier_uri: sector.map(str::to_owned),
        ..ClientMetadata::default()
    }
}

/// What the token endpoint answers alice's sign-in.
fn signs_in(server: &TestServer, client: &'static str, scope: &str) -> Value {
    let code = server.actor().authorizes(&asks(client, &[("scope", scope)])).code();
    server.app(client).presents(&code).expect(200).json()
}

fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}")).to_owned()
}

fn sub(answer: &Value) -> String {
    text(&unproved(&text(answer, "id_token")), "sub")
}

on_both! {
    fn oidc_core_8_1_one_name_everywhere_and_never_the_accounts(server) {
        server.registers("web", pairwise(None));
        let first = signs_in(server, "web", "openid read");
        let (access, refresh) = (text(&first, "access_token"), text(&first, "refresh_token"));
        let name = sub(&first);
        assert_eq!(name.len(), 43);
        let (actor, web) = (server.actor(), server.app("web"));
        let userinfo = actor.get("/oauth/userinfo").bearer(&access).send().expect(200).json();
        let introspected = web.introspects(&access).expect(200).json();
        let of_refresh = web.introspects(&refresh).expect(200).json();
        let verified = actor.verifies(&access).expect(200);
        let again = web.refreshes(&refresh).expect(200).json();
        assert_eq!(verified.the_header("x-auth-user-id"), name);
        let verified = verified.json();
        for (place, found) in [
            ("access token", &unproved(&access)["sub"]),
            ("userinfo", &userinfo["sub"]),
            ("introspection", &introspected["sub"]),
            ("introspection of the refresh token", &of_refresh["sub"]),
            ("verify", &verified["user_id"]),
            ("refreshed ID token", &json!(sub(&again))),
            ("another sign-in", &json!(sub(&signs_in(server, "web", "openid")))),
        ] {
            assert_eq!(found, &json!(name), "{place}");
        }
        let id = server.id_of("alice").to_string();
        let everything = [
            unproved(&text(&first, "id_token")),
            unproved(&access),
            userinfo,
            introspected,
            of_refresh,
            verified,
        ];
        for said in everything {
            let said = said.to_string();
            // Neither was allowed: profile and email were not asked for.
            assert!(!said.contains(&id) && !said.contains("alice"), "{said}");
        }
        assert!(server.actor().is_believed(&text(&again, "access_token")));
        assert_eq!(web.revokes(&refresh).status, 200);
        assert!(!server.actor().is_believed(&text(&again, "access_token")));
    }
}

#[test]
fn oidc_core_8_1_clients_of_one_sector_share_names_and_others_do_not() {
    let server = TestServer::start();
    server.registers("web", pairwise(None));
    server.registers("mail", pairwise(None));
    let neighbour = Neighbour::start();
    neighbour.shows("/uris.json", "", &json!([REDIRECT]));
    server.registers("other", pairwise(Some(&neighbour.url("/uris.json"))));
    let name = |client| sub(&signs_in(&server, client, "openid"));
    let (web, mail, other, public) = (name("web"), name("mail"), name("other"), name("spa"));
    assert_eq!(web, mail, "one host, one sector");
    assert_ne!(web, other);
    assert_eq!(public, server.id_of("alice").to_string());
    let bob = server.actor().named("bob").authorizes(&asks("web", &[("scope", "openid")])).code();
    assert_ne!(sub(&server.app("web").presents(&bob).expect(200).json()), web);
}

#[test]
fn oidc_core_8_1_what_is_allowed_is_told_and_our_own_api_is_not_asked() {
    let server = TestServer::start();
    server.registers("web", pairwise(None));
    let access = text(&signs_in(&server, "web", "openid profile email read write"), "access_token");
    let verified = server.actor().verifies(&access).expect(200).json();
    assert_eq!((&verified["username"], &verified["email"]), (&json!("alice"), &json!("alice@example.com")));
    for path in ["/api/v1/account", "/auth/v1/me", "/api/v1/keys", "/api/v1/projects", "/api/v1/sessions"] {
        let reply = server.actor().get(path).bearer(&access).send();
        assert_eq!(reply.status, 403, "{path}: {}", reply.text());
        assert!(!reply.text().contains(&server.id_of("alice").to_string()), "{path}");
    }
}

#[test]
fn contract_12_a_person_is_counted_once_by_whatever_name_an_app_knows_them() {
    let server = TestServer::with(&[("RATE_LIMIT_OAUTH", "2")]);
    let public = text(&signs_in(&server, "spa", "openid read"), "access_token");
    server.registers("web", pairwise(None));
    let pairwise = text(&signs_in(&server, "web", "openid read"), "access_token");
    assert_eq!(server.actor().verifies(&public).status, 200);
    assert_eq!(server.actor().verifies(&pairwise).status, 200);
    assert_eq!(server.actor().verifies(&pairwise).status, 429);
}
