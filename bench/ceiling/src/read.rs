//! One read from a SQLite table by the digest of what was presented: what nobody can leave out who looks up a secret.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::{HttpRequest, HttpResponse, web};
use aws_lc_rs::digest::{SHA256, digest};
use diesel::connection::SimpleConnection;
use diesel::{
    Connection, ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl, SqliteConnection,
};
use serde::Serialize;
use tokio::sync::Semaphore;

diesel::table! {
    api_key (digest) {
        digest -> Binary,
        user_id -> Binary,
        scope -> Text,
        created_at -> BigInt,
    }
}

/// As many as the product has.
const READERS: usize = 4;
const SCOPE: &str = "read write";
const READER: &str = "PRAGMA busy_timeout = 2000; PRAGMA query_only = ON;";
/// Made anew for each run: nothing in it has to survive a crash.
const MAKER: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
    CREATE TABLE api_key (digest BLOB PRIMARY KEY, user_id BLOB NOT NULL, scope TEXT NOT NULL, created_at BIGINT NOT NULL)
    WITHOUT ROWID;";

/// The tables, by their number of rows.
pub struct Tables(HashMap<usize, Arc<Table>>);

struct Table {
    turns: Semaphore,
    idle: Mutex<Vec<SqliteConnection>>,
}

#[derive(Serialize)]
struct Found {
    scope: String,
    created_at: i64,
}

impl Tables {
    /// Makes in `folder` a table of each number of `rows`.
    pub fn make(folder: &Path, rows: &[usize]) -> Result<Self, Box<dyn std::error::Error>> {
        let table =
            |&rows| Ok((rows, Arc::new(Table::make(&folder.join(format!("read-{rows}.sqlite")), rows)?)));
        rows.iter().map(table).collect::<Result<_, _>>().map(Self)
    }
}

/// The secret of a row: as long as an API key.
fn secret(row: usize) -> String {
    format!("sk_{row:029}")
}

impl Table {
    fn make(file: &Path, rows: usize) -> Result<Self, Box<dyn std::error::Error>> {
        let file = file.to_str().ok_or("the folder's name is not UTF-8")?;
        let mut maker = SqliteConnection::establish(file)?;
        maker.batch_execute(MAKER)?;
        // In the order of the tree: made quickly, and as dense as a table can be.
        let mut keys = Vec::with_capacity(rows);
        for row in 0..rows {
            keys.push((<[u8; 32]>::try_from(digest(&SHA256, secret(row).as_bytes()).as_ref())?, row));
        }
        keys.sort_unstable();
        maker
            .transaction(|connection| keys.iter().try_for_each(|(key, row)| insert(connection, key, *row)))?;
        let mut idle = Vec::with_capacity(READERS);
        for _ in 0..READERS {
            let mut reader = SqliteConnection::establish(file)?;
            reader.batch_execute(READER)?;
            idle.push(reader);
        }
        Ok(Self { turns: Semaphore::new(READERS), idle: Mutex::new(idle) })
    }

    fn read(&self, presented: &str) -> QueryResult<Option<Found>> {
        let key = digest(&SHA256, presented.as_bytes());
        // A turn is held: one is there.
        let mut reader =
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop().ok_or(diesel::NotFound)?;
        let found = api_key::table
            .find(key.as_ref())
            .select((api_key::scope, api_key::created_at))
            .first(&mut reader)
            .optional();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        Ok(found?.map(|(scope, created_at)| Found { scope, created_at }))
    }
}

fn insert(connection: &mut SqliteConnection, key: &[u8; 32], row: usize) -> QueryResult<()> {
    let user = key.get(..16).unwrap_or_default();
    let created = i64::try_from(row).unwrap_or(i64::MAX);
    diesel::insert_into(api_key::table)
        .values((
            api_key::digest.eq(key.as_slice()),
            api_key::user_id.eq(user),
            api_key::scope.eq(SCOPE),
            api_key::created_at.eq(created),
        ))
        .execute(connection)
        .map(drop)
}

/// `GET /sqlite-read/{rows}`.
pub async fn find(tables: web::Data<Tables>, rows: web::Path<usize>, request: HttpRequest) -> HttpResponse {
    let presented = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let presented = presented.and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
    let (Some(presented), Some(table)) = (presented, tables.0.get(&rows).cloned()) else {
        return HttpResponse::Unauthorized().finish();
    };
    let Ok(_turn) = table.turns.acquire().await else {
        return HttpResponse::ServiceUnavailable().finish();
    };
    let reading = table.clone();
    match web::block(move || reading.read(&presented)).await {
        Ok(Ok(Some(found))) => HttpResponse::Ok().json(found),
        Ok(Ok(None)) => HttpResponse::Unauthorized().finish(),
        _ => HttpResponse::ServiceUnavailable().finish(),
    }
}
