//! Which clients describe themselves at their URL, and until when what was read there is fresh (draft-ietf-oauth-client-id-
//! metadata-document-02 §5.2).

use diesel::prelude::*;

use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::client_documents::dsl;
use crate::clock::UnixTime;

/// Until when the document of `client_id` is fresh; `None` for a client that an operator registered, and for none.
pub fn fresh_until(connection: &mut DbConnection, client_id: &str) -> Result<Option<UnixTime>, StorageError> {
    let until: Option<i64> = dsl::client_documents
        .filter(dsl::client_id.eq(client_id))
        .select(dsl::fresh_until)
        .get_result(connection)
        .optional()?;
    Ok(until.map(UnixTime::from_micros))
}

/// Remembers when the document of `client_id` was fetched, and until when it is fresh.
pub fn remember(
    connection: &mut DbConnection,
    client_id: &str,
    now: UnixTime,
    fresh_until: UnixTime,
) -> Result<(), StorageError> {
    let times = (dsl::fetched_at.eq(now.micros()), dsl::fresh_until.eq(fresh_until.micros()));
    let one = dsl::client_documents.filter(dsl::client_id.eq(client_id));
    if diesel::update(one).set(times).execute(connection)? == 0 {
        diesel::insert_into(dsl::client_documents)
            .values((dsl::client_id.eq(client_id), times.0, times.1))
            .execute(connection)?;
    }
    Ok(())
}

/// How many clients there are that describe themselves.
pub fn count(connection: &mut DbConnection) -> Result<i64, StorageError> {
    Ok(dsl::client_documents.count().get_result(connection)?)
}
