//! A store that is away: what can still be said, and that nobody is called invalid for it (contract §6).

use std::time::{Duration, Instant};

use diesel::{Connection, PgConnection, RunQueryDsl};

use crate::support::exchange::Reply;
use crate::support::postgres::fresh_postgres_url;
use crate::support::server::TestServer;

/// The same cluster, another database to drop this one from.
pub fn take_away(database: &str) {
    let mut url = url::Url::parse(database).unwrap();
    let name = url.path().trim_start_matches('/').to_owned();
    url.set_path("/postgres");
    let mut connection = PgConnection::establish(url.as_str()).unwrap();
    diesel::sql_query(format!("DROP DATABASE {name} WITH (FORCE)")).execute(&mut connection).unwrap();
}

#[track_caller]
fn cannot_tell(reply: &Reply) {
    assert_eq!(reply.status, 503, "{}: {}", reply.asked, reply.text());
    assert!(reply.the_header("retry-after").parse::<u32>().is_ok(), "{}", reply.asked);
    assert_eq!(reply.json()["code"], 503, "{}", reply.asked);
    assert_eq!(reply.the_header("cache-control"), "no-store");
}

/// The bound is a second of real time after the store was last heard.
fn until_the_bound_has_passed(server: &TestServer, token: &str) -> Reply {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let reply = server.actor().verifies(token);
        assert!(matches!(reply.status, 200 | 503), "{}: {}", reply.status, reply.text());
        if reply.status == 503 {
            return reply;
        }
        assert!(
            Instant::now() < deadline,
            "ten seconds after the store went, a revocation would still not be seen"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn contract_6_a_store_outage_is_503_and_never_401() {
    let database = fresh_postgres_url();
    let server = TestServer::on_database(&database);
    let alice = server.actor();
    let warm = alice.logs_in();
    let cold = server.actor().named("bob").logs_in();
    assert!(alice.is_believed(&warm.access));
    let (warm_key, cold_key) = (server.key("alice", |_| {}), server.key("alice", |_| {}));
    let by_key = |key: &str| server.actor().get("/v1/auth/verify").header("x-api-key", key).send();
    assert_eq!(by_key(&warm_key).status, 200);
    take_away(&database);

    cannot_tell(&until_the_bound_has_passed(&server, &warm.access));
    cannot_tell(&server.actor().verifies(&cold.access));
    cannot_tell(&by_key(&warm_key));
    cannot_tell(&by_key(&cold_key));
    let by_barbell = |text: &str| server.actor().get("/v1/auth/verify").header("x-api-auth", text).send();
    assert_eq!(by_barbell("nocolon").status, 401);
    assert_eq!(by_barbell("alice:short").status, 401);
    cannot_tell(&by_barbell("alice:0123456789abcdef"));
    assert_eq!(by_key("sk_0000").status, 401, "its form is wrong: no store is needed for that");
    let malformed = server.actor().verifies("a.b.c");
    assert_eq!(
        (malformed.status, malformed.error()),
        (401, "invalid_token".into()),
        "no store is needed for that"
    );

    for reply in [
        server.actor().post("/auth/v1/token").form(&alice.credentials()).send(),
        server.actor().post("/auth/v1/refresh").form(&[("refresh_token", &warm.refresh)]).send(),
        server.app("robot").acts_for_itself(&[]),
        server.app("web").revokes(&warm.refresh),
        server.app("web").introspects(&warm.access),
    ] {
        cannot_tell(&reply);
    }
    let ready = server.actor().get("/health/ready").send();
    assert_eq!(ready.status, 503, "no traffic wanted");
    assert_eq!(server.actor().get("/health/live").send().status, 200, "a restart would not help");
    assert_eq!(server.actor().get("/.well-known/jwks.json").send().status, 200);
    assert_eq!(server.actor().get("/.well-known/oauth-authorization-server").send().status, 200);
    let log = server.log();
    assert!(!log.contains("panicked"), "{log}");
}
