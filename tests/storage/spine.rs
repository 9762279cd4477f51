//! The storage spine: transactions, group commit, migrations, throttles, expiry.

on_both! {
    an_error_leaves_no_trace
    a_panic_in_one_write_harms_no_other
    concurrent_writes_of_one_row_all_count
    a_throttled_account_is_refused_even_with_the_right_password
    what_expired_is_removed
    every_table_can_be_read
    no_secret_is_stored_in_clear
}

#[test]
fn both_databases_have_the_same_tables_and_columns() {
    let read = |path: &str| std::fs::read_to_string(path).unwrap();
    let columns = |sql: String| -> Vec<String> {
        sql.lines()
            .map(str::trim)
            .filter(|l| !l.is_empty() && !l.starts_with("--"))
            .filter(|l| !l.starts_with("tx ") && !l.contains("revocations_tx"))
            // SQLite compares byte for byte anyway.
            .filter(|l| !l.contains("COLLATE \"C\""))
            .map(|l| l.replace("BYTEA", "BLOB"))
            .map(|l| if l.starts_with("seq ") { "seq".into() } else { l })
            .collect()
    };
    for migration in std::fs::read_dir("migrations/sqlite").unwrap() {
        let name = migration.unwrap().file_name().into_string().unwrap();
        let sqlite = columns(read(&format!("migrations/sqlite/{name}/up.sql")));
        assert_eq!(sqlite, columns(read(&format!("migrations/postgres/{name}/up.sql"))));
    }
}

mod bodies {
    use std::sync::Arc;

    use diesel::RunQueryDsl;
    use diesel::sql_types::Text;
    use portcullis::flows::password::{LoginRefusal, login};
    use portcullis::storage::{self, DbConnection, StorageError, login_throttle};

    use crate::bed::{Bed, PASSWORD, attempt};

    const NAME: [u8; 32] = [7; 32];

    pub async fn an_error_leaves_no_trace(bed: Bed) {
        let now = bed.clock.now();
        let failed: Result<(), _> = bed
            .node
            .db
            .write(move |c| {
                login_throttle::update(c, &NAME, now, |state| state)?;
                Err(StorageError::Corrupt("on purpose"))
            })
            .await;
        assert!(matches!(failed, Err(StorageError::Corrupt(_))));
        assert_eq!(bed.node.db.read(|c| login_throttle::find(c, &NAME)).await.unwrap(), None);
    }

    pub async fn a_panic_in_one_write_harms_no_other(bed: Bed) {
        let bed = Arc::new(bed);
        let now = bed.clock.now();
        let tries: Vec<_> = (0..32u8)
            .map(|i| {
                let bed = Arc::clone(&bed);
                tokio::spawn(async move {
                    bed.node
                        .db
                        .write(move |c| {
                            login_throttle::update(c, &[i; 32], now, |state| state)?;
                            assert!(i % 2 == 0, "on purpose");
                            Ok(())
                        })
                        .await
                        .is_ok()
                })
            })
            .collect();
        for (i, one) in tries.into_iter().enumerate() {
            let acknowledged = one.await.unwrap();
            assert_eq!(acknowledged, i % 2 == 0);
            let name = [u8::try_from(i).unwrap(); 32];
            let stored = bed.node.db.read(move |c| login_throttle::find(c, &name)).await.unwrap();
            assert_eq!(stored.is_some(), acknowledged, "stored exactly when acknowledged");
        }
    }

    pub async fn concurrent_writes_of_one_row_all_count(bed: Bed) {
        use diesel::connection::SimpleConnection;
        let bed = Arc::new(bed);
        bed.node
            .db
            .write(|c| Ok(c.batch_execute("CREATE TABLE tally (n INTEGER); INSERT INTO tally VALUES (0)")?))
            .await
            .unwrap();
        let tries: Vec<_> = (0..200)
            .map(|_| {
                let bed = Arc::clone(&bed);
                tokio::spawn(async move {
                    bed.node.db.write(|c| Ok(c.batch_execute("UPDATE tally SET n = n + 1")?)).await
                })
            })
            .collect();
        for one in tries {
            one.await.unwrap().unwrap();
        }
        let text = bed.node.db.read(|c| text(c, "SELECT CAST(n AS TEXT) AS text FROM tally")).await.unwrap();
        assert_eq!(text, ["200"]);
    }

    pub async fn a_throttled_account_is_refused_even_with_the_right_password(bed: Bed) {
        let try_with = async |password: &str| login(&bed.node, attempt(password), None).await.unwrap().err();
        for _ in 0..6 {
            assert_eq!(try_with("wrong").await, Some(LoginRefusal::InvalidCredentials));
        }
        assert_eq!(try_with(PASSWORD).await, Some(LoginRefusal::Throttled { retry_after: 1 }));
        bed.clock.advance(1);
        assert_eq!(try_with(PASSWORD).await, None);
        for _ in 0..5 {
            assert_eq!(
                try_with("wrong").await,
                Some(LoginRefusal::InvalidCredentials),
                "success forgets failures"
            );
        }
    }

    pub async fn what_expired_is_removed(bed: Bed) {
        let signed_in = bed.sign_in().await;
        let code = bed.code("app", &signed_in, "read").await;
        bed.redeem("app", &code).await.ok().unwrap();
        bed.login().await;
        bed.clock.advance(401 * 86_400);
        let removed = portcullis::flows::housekeeping::purge(&bed.node).await.unwrap();
        assert!(removed >= 5, "{removed}");
        for table in [
            "sessions",
            "authorization_codes",
            "authorization_grants",
            "refresh_tokens",
            "audit_events",
            "revocations",
        ] {
            let left = bed
                .node
                .db
                .read(move |c| text(c, &format!("SELECT CAST(count(*) AS TEXT) AS text FROM {table}")));
            assert_eq!(left.await.unwrap(), ["0"], "{table}");
        }
    }

    pub async fn every_table_can_be_read(bed: Bed) {
        // What the flows above do not touch; a column that schema.rs has wrong fails here.
        bed.node
            .db
            .read(|c| {
                storage::signing_key::list(c)?;
                storage::user::list(c)?;
                storage::client::list(c)?;
                storage::client::resources(c)?;
                storage::user::has_admin(c)
            })
            .await
            .unwrap();
    }

    pub async fn no_secret_is_stored_in_clear(bed: Bed) {
        let login = bed.login().await;
        let signed_in = bed.sign_in().await;
        let code = bed.code("web", &signed_in, "read").await;
        let tokens = bed.redeem("web", &code).await.ok().unwrap();
        let secrets = [
            PASSWORD.to_owned(),
            bed.secret.clone(),
            login.refresh_token.expose().to_owned(),
            login.access_token,
            code,
            tokens.refresh_token.unwrap(),
            tokens.access_token,
        ];
        let stored = bed.dump().await;
        assert!(stored.windows(5).any(|w| w == b"alice"), "the dump holds what is stored");
        for secret in &secrets {
            assert!(
                !stored.windows(secret.len()).any(|w| w == secret.as_bytes()),
                "a secret is stored in clear"
            );
        }
    }

    #[derive(diesel::QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        text: String,
    }

    fn text(connection: &mut DbConnection, query: &str) -> Result<Vec<String>, StorageError> {
        let lines: Vec<Line> = diesel::sql_query(query).load(connection)?;
        Ok(lines.into_iter().map(|l| l.text).collect())
    }

    impl Bed {
        /// Everything stored: SQLite's files, or PostgreSQL's rows as text with bytes unescaped.
        async fn dump(&self) -> Vec<u8> {
            if matches!(self.url, storage::DatabaseUrl::Sqlite(_)) {
                let mut all = Vec::new();
                for entry in std::fs::read_dir(self.folder.path()).unwrap() {
                    all.extend(std::fs::read(entry.unwrap().path()).unwrap());
                }
                return all;
            }
            let tables = "SELECT tablename::text AS text FROM pg_tables WHERE schemaname = 'public'";
            let tables = self.node.db.read(move |c| text(c, tables)).await.unwrap();
            let mut all = Vec::new();
            for table in tables {
                let rows =
                    format!("SELECT encode(convert_to(t::text, 'UTF8'), 'escape') AS text FROM {table} t");
                for row in self.node.db.read(move |c| text(c, &rows)).await.unwrap() {
                    all.extend(row.into_bytes());
                }
            }
            all
        }
    }
}
