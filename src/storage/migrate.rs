//! Schema migrations, embedded for both databases; two nodes that start at once agree.

use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::sqlite::Sqlite;
use diesel::{QueryDsl, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connection::{DatabaseUrl, DbConnection};
use super::error::StorageError;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
/// Any constant will do: it names the lock that migrating nodes queue for.
const LOCK: i64 = 0x706f_7274_6375_6c6c;

/// Brings the schema up to date; returns the names of what was applied, oldest first.
pub fn migrate(url: &DatabaseUrl) -> Result<Vec<String>, StorageError> {
    match url.connect_writer()? {
        DbConnection::Sqlite(mut connection) => {
            // The lock is the database's own write lock, taken before looking at what is missing.
            connection.batch_execute("PRAGMA busy_timeout = 60000; BEGIN IMMEDIATE")?;
            let applied = run_sqlite(&mut connection);
            connection.batch_execute(if applied.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
            applied
        }
        DbConnection::Postgres(mut connection) => {
            connection.batch_execute(&format!(
                "SET statement_timeout = 0; SET lock_timeout = 0; SELECT pg_advisory_lock({LOCK})"
            ))?;
            refuse_newer(
                connection.applied_migrations().map_err(failed)?.iter().map(ToString::to_string),
                MigrationSource::<Pg>::migrations(&POSTGRES)
                    .map_err(failed)?
                    .iter()
                    .map(|m| m.name().version().to_string()),
            )?;
            let applied = connection.run_pending_migrations(POSTGRES).map_err(failed)?;
            Ok(applied.iter().map(ToString::to_string).collect())
            // Closing the connection gives the lock back.
        }
    }
}

/// The names of the migrations that [`migrate`] would apply, oldest first.
pub fn pending(url: &DatabaseUrl) -> Result<Vec<String>, StorageError> {
    let (done, known): (Vec<String>, Vec<(String, String)>) = match url.connect_writer()? {
        DbConnection::Sqlite(mut connection) => (
            connection.applied_migrations().map_err(failed)?.iter().map(ToString::to_string).collect(),
            names(&MigrationSource::<Sqlite>::migrations(&SQLITE).map_err(failed)?),
        ),
        DbConnection::Postgres(mut connection) => (
            connection.applied_migrations().map_err(failed)?.iter().map(ToString::to_string).collect(),
            names(&MigrationSource::<Pg>::migrations(&POSTGRES).map_err(failed)?),
        ),
    };
    refuse_newer(done.iter().cloned(), known.iter().map(|(version, _)| version.clone()))?;
    Ok(known.into_iter().filter(|(version, _)| !done.contains(version)).map(|(_, name)| name).collect())
}

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

/// The newest migration the database has.
pub fn version(connection: &mut DbConnection) -> Result<Option<String>, StorageError> {
    use __diesel_schema_migrations::dsl;
    Ok(dsl::__diesel_schema_migrations.select(diesel::dsl::max(dsl::version)).get_result(connection)?)
}

/// Version and name of each.
fn names<DB: Backend>(migrations: &[Box<dyn Migration<DB>>]) -> Vec<(String, String)> {
    migrations.iter().map(|m| (m.name().version().to_string(), m.name().to_string())).collect()
}

fn run_sqlite(connection: &mut diesel::SqliteConnection) -> Result<Vec<String>, StorageError> {
    let known = MigrationSource::<Sqlite>::migrations(&SQLITE).map_err(failed)?;
    let done: Vec<String> =
        connection.applied_migrations().map_err(failed)?.iter().map(ToString::to_string).collect();
    refuse_newer(done.iter().cloned(), known.iter().map(|m| m.name().version().to_string()))?;
    let mut applied = Vec::new();
    for migration in known.iter().filter(|m| !done.contains(&m.name().version().to_string())) {
        // Not `run_pending_migrations`: it would begin a transaction inside ours.
        migration.run(connection).map_err(failed)?;
        diesel::sql_query("INSERT INTO __diesel_schema_migrations (version) VALUES (?)")
            .bind::<diesel::sql_types::Text, _>(migration.name().version().to_string())
            .execute(connection)?;
        applied.push(migration.name().to_string());
    }
    Ok(applied)
}

/// A schema newer than the program is not touched (security §4.1).
fn refuse_newer(
    done: impl Iterator<Item = String>,
    known: impl Iterator<Item = String>,
) -> Result<(), StorageError> {
    let known: Vec<String> = known.collect();
    match done.into_iter().find(|version| !known.contains(version)) {
        Some(version) => Err(StorageError::Unavailable(format!(
            "the database has migration {version}, which this program does not know: run the newer program"
        ))),
        None => Ok(()),
    }
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> StorageError {
    StorageError::Unavailable(format!("migration failed: {error}"))
}
