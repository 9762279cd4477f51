//! How a person is reached: whether their address is known to be theirs, and the language they read.

use diesel::prelude::*;
use uuid::Uuid;

use super::column;
use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::users::dsl;
use crate::account::user::{User, canonical};
use crate::clock::UnixTime;

/// How a person is reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contact {
    /// When they proved that they read mail at their address.
    pub confirmed_at: Option<UnixTime>,
    /// The tag of the language they were last seen to read.
    pub language: Option<String>,
}

/// How this person is reached; `None` if there is no such account.
pub fn find(connection: &mut DbConnection, user: Uuid) -> Result<Option<Contact>, StorageError> {
    let row: Option<(Option<i64>, Option<String>)> = dsl::users
        .filter(dsl::id.eq(column::id(user)))
        .select((dsl::email_confirmed_at, dsl::language))
        .get_result(connection)
        .optional()?;
    Ok(row.map(|(at, language)| Contact { confirmed_at: column::read_time(at), language }))
}

/// Remembers the language a person reads.
pub fn set_language(connection: &mut DbConnection, user: Uuid, language: &str) -> Result<(), StorageError> {
    diesel::update(dsl::users.filter(dsl::id.eq(column::id(user))))
        .set(dsl::language.eq(language))
        .execute(connection)?;
    Ok(())
}

/// Remembers that a person reads mail at the address of their account.
pub fn confirm(connection: &mut DbConnection, user: Uuid, now: UnixTime) -> Result<(), StorageError> {
    diesel::update(dsl::users.filter(dsl::id.eq(column::id(user))))
        .set(dsl::email_confirmed_at.eq(now.micros()))
        .execute(connection)?;
    Ok(())
}

/// Gives an account the names of `user`, whose address is confirmed. [`StorageError::Conflict`] when one is taken.
pub fn set_names(connection: &mut DbConnection, user: &User, now: UnixTime) -> Result<(), StorageError> {
    const NAME: StorageError = StorageError::Corrupt("a name was not validated before it was stored");
    diesel::update(dsl::users.filter(dsl::id.eq(column::id(user.id))))
        .set((
            dsl::username.eq(&user.username),
            dsl::username_key.eq(canonical(&user.username).ok_or(NAME)?),
            dsl::email.eq(&user.email),
            dsl::email_key.eq(canonical(&user.email).ok_or(NAME)?),
            dsl::email_confirmed_at.eq(now.micros()),
        ))
        .execute(connection)?;
    Ok(())
}
