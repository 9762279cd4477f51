//! Writes one row per transaction on one SQLite connection, durable before it answers (WAL, `synchronous=FULL`).

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use actix_web::{HttpResponse, web};
use aws_lc_rs::digest::{SHA256, digest};
use diesel::connection::SimpleConnection;
use diesel::{Connection, ExpressionMethods, QueryResult, RunQueryDsl, SqliteConnection};

diesel::table! {
    token (digest) {
        digest -> Binary,
        grant_id -> Binary,
        created_at -> BigInt,
    }
}

const SETTINGS: &str = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
    CREATE TABLE token (digest BLOB PRIMARY KEY, grant_id BLOB NOT NULL, created_at BIGINT NOT NULL) WITHOUT ROWID;
    CREATE INDEX token_grant ON token (grant_id);";

/// The one connection, and the number of the next row.
pub struct Writer(Mutex<(SqliteConnection, i64)>);

impl Writer {
    /// Makes `file` anew, with a table like that of refresh tokens: a digest as its key, and an index.
    pub fn open(file: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let file = file.to_str().ok_or("the folder's name is not UTF-8")?;
        let mut connection = SqliteConnection::establish(file)?;
        connection.batch_execute(SETTINGS)?;
        Ok(Self(Mutex::new((connection, 0))))
    }

    fn write(&self) -> QueryResult<usize> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (connection, next) = &mut *held;
        *next += 1;
        let key = digest(&SHA256, &next.to_le_bytes());
        let grant = key.as_ref().get(..16).unwrap_or_default();
        // Outside a transaction every statement commits by itself.
        diesel::insert_into(token::table)
            .values((token::digest.eq(key.as_ref()), token::grant_id.eq(grant), token::created_at.eq(*next)))
            .execute(connection)
    }
}

/// `POST /sqlite-commit`.
pub async fn write(writer: web::Data<Writer>) -> HttpResponse {
    match web::block(move || writer.write()).await {
        Ok(Ok(1)) => HttpResponse::Ok().json(true),
        _ => HttpResponse::ServiceUnavailable().finish(),
    }
}
