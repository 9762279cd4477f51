//! Finding API keys among everybody's (contract §9).

use diesel::prelude::*;
use uuid::Uuid;

use super::super::column;
use super::super::connection::DbConnection;
use super::super::error::StorageError;
use super::super::schema::api_keys::dsl;
use super::Row;
use crate::account::api_key::{ApiKey, Status};
use crate::clock::UnixTime;

/// What is looked for among all keys; what is not said is not asked.
#[derive(Clone, Default)]
pub struct Search {
    /// Those that this person made.
    pub user: Option<Uuid>,
    /// Those whose name begins so, or whose hint is this.
    pub text: Option<String>,
    /// Those in this state.
    pub status: Option<Status>,
    /// Those with a limit of their own.
    pub limited: bool,
    /// Those of this project.
    pub project: Option<Uuid>,
    /// Those of accounts, without the keys in slots.
    pub of_accounts: bool,
}

/// Keys of everybody, newest first: at most `limit`, older than `before`.
pub fn search(
    connection: &mut DbConnection,
    what: &Search,
    before: Option<Uuid>,
    limit: i64,
    now: UnixTime,
) -> Result<Vec<ApiKey>, StorageError> {
    let mut query = dsl::api_keys.select(Row::as_select()).order(dsl::id.desc()).limit(limit).into_boxed();
    if let Some(user) = what.user {
        query = query.filter(dsl::user_id.eq(column::id(user)));
    }
    if let Some(text) = &what.text {
        let (from, to) = column::beginning_with(text);
        query = query.filter(dsl::name.ge(from).and(dsl::name.lt(to)).or(dsl::hint.eq(text.clone())));
    }
    let over = dsl::expires_at.is_not_null().and(dsl::expires_at.le(now.micros()));
    query = match what.status {
        None => query,
        Some(Status::Revoked) => query.filter(dsl::revoked_at.is_not_null()),
        Some(Status::Expired) => query.filter(dsl::revoked_at.is_null()).filter(over),
        Some(Status::Disabled) => query
            .filter(dsl::revoked_at.is_null())
            .filter(dsl::expires_at.is_null().or(dsl::expires_at.gt(now.micros())))
            .filter(dsl::disabled_at.is_not_null()),
        Some(Status::Active) => query
            .filter(dsl::revoked_at.is_null())
            .filter(dsl::expires_at.is_null().or(dsl::expires_at.gt(now.micros())))
            .filter(dsl::disabled_at.is_null()),
    };
    if what.limited {
        query = query.filter(dsl::rate_limit.is_not_null());
    }
    if what.of_accounts {
        query = query.filter(dsl::project_id.is_null().and(dsl::slot.is_null()));
    }
    if let Some(project) = what.project {
        query = query.filter(dsl::project_id.eq(column::id(project)));
    }
    if let Some(before) = before {
        query = query.filter(dsl::id.lt(column::id(before)));
    }
    let rows: Vec<Row> = query.load(connection)?;
    rows.into_iter().map(Row::read).collect()
}
