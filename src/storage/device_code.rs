//! Device codes (RFC 8628): stored by digest, decided once, used once.

use diesel::prelude::*;
use uuid::Uuid;

use super::column;
use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::device_codes::{self, dsl};
use crate::clock::UnixTime;
use crate::crypto::opaque_token::TokenDigest;
use crate::oauth::device_code::{Approval, Decision, DeviceCode, Pace};
use crate::oauth::scope::Scope;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = device_codes)]
struct Row {
    digest: Vec<u8>,
    user_code: Vec<u8>,
    client_id: String,
    scope: String,
    resource: Option<String>,
    address: String,
    created_at: i64,
    expires_at: i64,
    interval_seconds: i64,
    polled_at: Option<i64>,
    polled_again: bool,
    slowed_down: bool,
    allowed: Option<bool>,
    user_id: Option<Vec<u8>>,
    session_id: Option<Vec<u8>>,
    auth_time: Option<i64>,
    consumed_at: Option<i64>,
}

impl Row {
    fn read(self) -> Result<DeviceCode, StorageError> {
        let decision = self.decision()?;
        Ok(DeviceCode {
            client_id: self.client_id,
            scope: column::read_scope(&self.scope)?,
            resource: self.resource,
            address: self.address,
            created_at: UnixTime::from_micros(self.created_at),
            expires_at: UnixTime::from_micros(self.expires_at),
            pace: Pace {
                interval: self.interval_seconds,
                polled_at: column::read_time(self.polled_at),
                polled_again: self.polled_again,
                slowed_down: self.slowed_down,
            },
            decision,
            consumed_at: column::read_time(self.consumed_at),
        })
    }

    fn decision(&self) -> Result<Option<Decision>, StorageError> {
        Ok(match (self.allowed, &self.user_id, &self.session_id, self.auth_time) {
            (None, ..) => None,
            (Some(false), ..) => Some(Decision::Denied),
            (Some(true), Some(user), Some(session), Some(auth_time)) => Some(Decision::Allowed(Approval {
                user_id: column::read_id(user)?,
                session_id: column::read_id(session)?,
                auth_time: UnixTime::from_micros(auth_time),
            })),
            (Some(true), ..) => return Err(StorageError::Corrupt("a device was allowed by nobody")),
        })
    }
}

/// Adds a device code nobody has decided on; `Conflict` if there is one with that user code.
pub fn insert(
    connection: &mut DbConnection,
    digest: &TokenDigest,
    user_code: &TokenDigest,
    code: &DeviceCode,
) -> Result<(), StorageError> {
    let row = Row {
        digest: column::digest(digest),
        user_code: column::digest(user_code),
        client_id: code.client_id.clone(),
        scope: code.scope.to_string(),
        resource: code.resource.clone(),
        address: code.address.clone(),
        created_at: code.created_at.micros(),
        expires_at: code.expires_at.micros(),
        interval_seconds: code.pace.interval,
        polled_at: code.pace.polled_at.map(UnixTime::micros),
        polled_again: code.pace.polled_again,
        slowed_down: code.pace.slowed_down,
        allowed: None,
        user_id: None,
        session_id: None,
        auth_time: None,
        consumed_at: None,
    };
    diesel::insert_into(dsl::device_codes).values(row).execute(connection)?;
    Ok(())
}

/// The device code with this digest, used or not.
pub fn find(connection: &mut DbConnection, digest: &TokenDigest) -> Result<Option<DeviceCode>, StorageError> {
    let row: Option<Row> = dsl::device_codes
        .filter(dsl::digest.eq(column::digest(digest)))
        .select(Row::as_select())
        .get_result(connection)
        .optional()?;
    row.map(Row::read).transpose()
}

/// The same, held until the end of the transaction: of two questions at once one is counted after the other.
pub fn lock(connection: &mut DbConnection, digest: &TokenDigest) -> Result<Option<DeviceCode>, StorageError> {
    // SQLite's writer has the whole database to itself.
    if let DbConnection::Postgres(postgres) = connection {
        let held = dsl::device_codes.filter(dsl::digest.eq(column::digest(digest))).select(dsl::digest);
        held.for_update().get_result::<Vec<u8>>(postgres).optional()?;
    }
    find(connection, digest)
}

/// The device authorization that waits for the person who types this code.
pub fn find_waiting(
    connection: &mut DbConnection,
    user_code: &TokenDigest,
    now: UnixTime,
) -> Result<Option<DeviceCode>, StorageError> {
    let row: Option<Row> = dsl::device_codes
        .filter(dsl::user_code.eq(column::digest(user_code)))
        .filter(dsl::allowed.is_null())
        .filter(dsl::expires_at.gt(now.micros()))
        .select(Row::as_select())
        .get_result(connection)
        .optional()?;
    row.map(Row::read).transpose()
}

/// Remembers when the device asked, and how it was answered.
pub fn set_pace(connection: &mut DbConnection, digest: &TokenDigest, pace: Pace) -> Result<(), StorageError> {
    diesel::update(dsl::device_codes.filter(dsl::digest.eq(column::digest(digest))))
        .set((
            dsl::interval_seconds.eq(pace.interval),
            dsl::polled_at.eq(pace.polled_at.map(UnixTime::micros)),
            dsl::polled_again.eq(pace.polled_again),
            dsl::slowed_down.eq(pace.slowed_down),
        ))
        .execute(connection)?;
    Ok(())
}

/// Writes down that `approval` allows `scope`; `false` when it was decided before, or has ended.
pub fn allow(
    connection: &mut DbConnection,
    user_code: &TokenDigest,
    approval: &Approval,
    scope: &Scope,
    now: UnixTime,
) -> Result<bool, StorageError> {
    let changed = diesel::update(
        dsl::device_codes
            .filter(dsl::user_code.eq(column::digest(user_code)))
            .filter(dsl::allowed.is_null())
            .filter(dsl::expires_at.gt(now.micros())),
    )
    .set((
        dsl::allowed.eq(true),
        dsl::scope.eq(scope.to_string()),
        dsl::user_id.eq(column::id(approval.user_id)),
        dsl::session_id.eq(column::id(approval.session_id)),
        dsl::auth_time.eq(approval.auth_time.micros()),
    ))
    .execute(connection)?;
    Ok(changed == 1)
}

/// Writes down that somebody refused; `false` when it was decided before, or has ended.
pub fn deny(
    connection: &mut DbConnection,
    user_code: &TokenDigest,
    now: UnixTime,
) -> Result<bool, StorageError> {
    let changed = diesel::update(
        dsl::device_codes
            .filter(dsl::user_code.eq(column::digest(user_code)))
            .filter(dsl::allowed.is_null())
            .filter(dsl::expires_at.gt(now.micros())),
    )
    .set(dsl::allowed.eq(false))
    .execute(connection)?;
    Ok(changed == 1)
}

/// Uses an allowed code up; `false` when somebody was faster.
pub fn consume(
    connection: &mut DbConnection,
    digest: &TokenDigest,
    now: UnixTime,
) -> Result<bool, StorageError> {
    let changed = diesel::update(
        dsl::device_codes
            .filter(dsl::digest.eq(column::digest(digest)))
            .filter(dsl::allowed.eq(true))
            .filter(dsl::consumed_at.is_null()),
    )
    .set(dsl::consumed_at.eq(now.micros()))
    .execute(connection)?;
    Ok(changed == 1)
}

/// What a user has allowed devices that did not fetch it yet: client, scope, since and until when.
pub fn allowed(
    connection: &mut DbConnection,
    user: Uuid,
    now: UnixTime,
) -> Result<Vec<(String, Scope, UnixTime, UnixTime)>, StorageError> {
    let rows: Vec<(String, String, i64, i64)> = dsl::device_codes
        .filter(dsl::user_id.eq(column::id(user)))
        .filter(dsl::consumed_at.is_null())
        .filter(dsl::expires_at.gt(now.micros()))
        .select((dsl::client_id, dsl::scope, dsl::created_at, dsl::expires_at))
        .load(connection)?;
    let time = UnixTime::from_micros;
    rows.into_iter()
        .map(|(client, scope, since, until)| {
            Ok((client, column::read_scope(&scope)?, time(since), time(until)))
        })
        .collect()
}

/// Removes a client's codes that no device used up: all, or those that one user allowed.
pub(super) fn delete_unused(
    connection: &mut DbConnection,
    client_id: &str,
    user_id: Option<Uuid>,
) -> Result<(), StorageError> {
    let unused = dsl::client_id.eq(client_id).and(dsl::consumed_at.is_null());
    match user_id {
        Some(user) => {
            let of_user = dsl::device_codes.filter(unused).filter(dsl::user_id.eq(column::id(user)));
            diesel::delete(of_user).execute(connection)?
        }
        None => diesel::delete(dsl::device_codes.filter(unused)).execute(connection)?,
    };
    Ok(())
}
