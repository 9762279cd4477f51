//! A store that was away and is back (contract §6).

use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use portcullis::storage::DatabaseUrl;

use crate::bed::Bed;

/// How many connections there are before it goes.
const MANY: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contract_6_connections_that_went_with_the_store_cost_one_request_together() {
    let bed = Bed::postgres().await;
    let ask = |query: &'static str| {
        let db = bed.node.db.clone();
        tokio::spawn(async move { db.read(move |c| Ok(sql_query(query).execute(c)?)).await })
    };
    // So slow that each has a connection of its own.
    let slow: Vec<_> = (0..MANY).map(|_| ask("SELECT pg_sleep(0.5)")).collect();
    for asked in slow {
        assert!(asked.await.unwrap().is_ok());
    }
    let DatabaseUrl::Postgres(url) = &bed.url else { panic!("on PostgreSQL") };
    let mut other = PgConnection::establish(url).unwrap();
    let ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                WHERE datname = current_database() AND pid <> pg_backend_pid()";
    assert!(sql_query(ends).execute(&mut other).unwrap() >= MANY);
    let mut failed = 0;
    for _ in 0..2 * MANY {
        failed += usize::from(ask("SELECT 1").await.unwrap().is_err());
    }
    // None where the server's own work met the first of them.
    assert!(failed <= 1, "{failed} of {MANY}");
}
