//! A PostgreSQL database of its own for each test, on the temporary cluster that `tests/run` starts (contract §14).

use diesel::{Connection, PgConnection, RunQueryDsl};

const CLUSTER: &str = "PORTCULLIS_TEST_POSTGRES_URL";

/// Makes an empty database and answers its URL.
///
/// It goes with the cluster, when `tests/run` ends. Panics, saying what to do, where there is no cluster: a test that
/// needs PostgreSQL is never skipped.
pub fn fresh_postgres_url() -> String {
    let mut url = cluster_url();
    let name = unused_name();
    let mut connection = PgConnection::establish(url.as_str()).unwrap_or_else(|e| {
        panic!("{CLUSTER} names a cluster that does not answer ({e}); run the tests with tests/run")
    });
    // template0 takes no connections, so that tests side by side do not get into each other's way.
    diesel::sql_query(format!("CREATE DATABASE {name} TEMPLATE template0"))
        .execute(&mut connection)
        .unwrap_or_else(|e| panic!("could not make the database {name}: {e}"));
    url.set_path(&name);
    url.into()
}

#[expect(clippy::disallowed_methods, reason = "tests/run tells the tests where its cluster is")]
fn cluster_url() -> url::Url {
    let text = std::env::var(CLUSTER).unwrap_or_else(|_| {
        panic!("this test needs PostgreSQL ({CLUSTER} is not set); run the tests with tests/run")
    });
    url::Url::parse(&text).unwrap_or_else(|e| panic!("{CLUSTER} is not a URL: {e}"))
}

#[expect(clippy::disallowed_methods, reason = "a name that no other test has")]
fn unused_name() -> String {
    format!("test_{}", uuid::Uuid::new_v4().simple())
}
