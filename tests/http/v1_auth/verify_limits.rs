//! What verify asks beside the credential itself: the project, the address, the rate limit (contract §6, §9, §12).

use portcullis::account::project::Role;
use serde_json::json;
use uuid::Uuid;

use crate::support::exchange::Reply;
use crate::support::server::TestServer;

const PATH: &str = "/v1/auth/verify";

fn in_project(server: &TestServer, credential: &str, project: Uuid, more: &str) -> Reply {
    server.actor().get(&format!("{PATH}?project_id={project}{more}")).bearer(credential).send()
}

#[test]
fn contract_6_project_id_admits_its_keys_and_its_members() {
    let server = TestServer::start();
    let project = server.project(&[("alice", Role::Editor), ("bob", Role::Viewer)]);
    let other = server.project(&[("alice", Role::Owner)]);
    let key = |name, project_id| server.key(name, |key| key.project_id = project_id);
    let alice = server.actor().logs_in().access;
    let bob = server.actor().named("bob").logs_in().access;
    let root = server.actor().named("root").logs_in().access;
    let robot = server.app("robot").acts_for_itself(&[]).expect(200).member("access_token");
    for (name, credential, scope, status) in [
        ("its key", &key("alice", Some(project)), "", 200),
        ("its key, writing", &key("alice", Some(project)), "&scope=write", 200),
        ("a viewer's key of it", &key("bob", Some(project)), "&scope=read", 200),
        ("a viewer's key of it, writing", &key("bob", Some(project)), "&scope=write", 403),
        ("another project's key", &key("alice", Some(other)), "", 403),
        ("a member's account key", &key("alice", None), "&scope=write", 200),
        ("a stranger's account key", &key("root", None), "", 403),
        ("a member's login", &alice, "&scope=read+write", 200),
        ("a viewer's login", &bob, "&scope=read", 200),
        ("a viewer's login, writing", &bob, "&scope=write", 403),
        ("a stranger who is an administrator", &root, "", 403),
        ("a client for itself", &robot, "", 403),
    ] {
        let reply = in_project(&server, credential, project, scope);
        assert_eq!(reply.status, status, "{name}: {}", reply.text());
        let hidden = in_project(&server, credential, project, &format!("{scope}&hide=1"));
        assert_eq!(hidden.status, if status == 403 { 404 } else { status }, "{name}");
        let nowhere = in_project(&server, credential, Uuid::nil(), scope);
        assert_eq!(nowhere.status, 403, "{name}: no such project");
    }
    assert_eq!(server.actor().get(&format!("{PATH}?project_id=x")).bearer(&alice).send().status, 400);
}

#[test]
fn contract_6_who_reads_the_scopes_reads_what_counts_in_the_project() {
    let server = TestServer::start();
    let project = server.project(&[("bob", Role::Viewer)]);
    let bob = server.actor().named("bob").logs_in().access;
    for _ in 0..2 {
        let inside = in_project(&server, &bob, project, "").expect(200);
        assert_eq!(
            (inside.json()["scopes"].clone(), inside.the_header("x-auth-scopes")),
            (json!(["read"]), "read")
        );
        let outside = server.actor().verifies(&bob).expect(200);
        assert_eq!(outside.the_header("x-auth-scopes"), "read write", "the other answer is not kept");
    }
    server.member(project, "bob", Some(Role::Editor));
    assert_eq!(in_project(&server, &bob, project, "&scope=write").status, 200);
    server.member(project, "bob", None);
    assert_eq!(in_project(&server, &bob, project, "").status, 403, "seen at once, with caches warm");
}

#[test]
fn contract_9_a_key_is_good_only_where_it_may_be_used_from() {
    let server = TestServer::with(&[("TRUSTED_PROXIES", "127.0.0.1/32")]);
    let key = server.key("alice", |key| key.ip_allow = vec!["198.51.100.0/24".parse().unwrap()]);
    let gateway = server.actor();
    for path in [PATH, "/v1/auth/verify/forward", "/v1/auth/verify/nginx", "/v1/auth/verify/envoy/x"] {
        for (client, status) in [
            (Some("198.51.100.7"), 200),
            (Some("203.0.113.9, 198.51.100.7"), 200),
            (Some("198.51.100.7, 203.0.113.9"), 403),
            (Some("203.0.113.9"), 403),
            (None, 403),
        ] {
            let request = gateway.get(path).bearer(&key);
            let request =
                client.into_iter().fold(request, |request, client| request.header("x-forwarded-for", client));
            assert_eq!(request.send().status, status, "{path} {client:?}");
        }
    }
    let hidden = gateway.get(&format!("{PATH}?hide=1")).bearer(&key).send();
    assert_eq!(hidden.status, 404);
    let stranger = TestServer::start();
    let key = stranger.key("alice", |key| key.ip_allow = vec!["198.51.100.0/24".parse().unwrap()]);
    let reply = stranger.actor().get(PATH).bearer(&key).header("x-forwarded-for", "198.51.100.7").send();
    assert_eq!(reply.status, 403, "a stranger's word about the address");
}

#[test]
fn contract_12_every_verify_counts_one_unless_the_operator_says_it_is_free() {
    let server = TestServer::with(&[("RATE_LIMIT_JWT", "3")]);
    let token = server.actor().logs_in().access;
    let asks = |query: &str| server.actor().get(&format!("{PATH}?{query}")).bearer(&token).send();
    let left = |reply: &Reply| reply.the_header("x-ratelimit-remaining").to_owned();
    assert_eq!(left(&asks("").expect(200)), "2");
    assert_eq!(left(&asks("consume=0").expect(200)), "2");
    assert_eq!(left(&asks("scope=admin").expect(403)), "1", "not allowed is asked, too");
    assert_eq!(server.actor().get(PATH).bearer("a.b.c").send().status, 401);
    assert_eq!(left(&asks("consume=1").expect(200)), "0");
    assert_eq!(left(&asks("consume=0").expect(200)), "0", "a free question never stops anybody");
    let reply = asks("").expect(429);
    assert_eq!((reply.error().as_str(), left(&reply).as_str()), ("rate_limit_exceeded", "0"));
    assert!(reply.the_header("retry-after").parse::<u32>().is_ok_and(|pause| pause > 0));
    let nginx = server.actor().get("/v1/auth/verify/nginx").bearer(&token).send().expect(403);
    assert_eq!(nginx.the_header("x-auth-status"), "429");
    assert_eq!(nginx.the_header("retry-after"), reply.the_header("retry-after"));
    assert_eq!(left(&nginx), "0");
}
