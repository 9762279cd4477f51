//! Users: people with an account.

use diesel::prelude::*;
use uuid::Uuid;

use super::column;
use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::users::dsl;
use crate::account::user::{LoginName, User, canonical};
use crate::clock::UnixTime;
use crate::crypto::password::SealedHash;

/// A user with the hash to check a password against; `None` for an account without password.
pub struct UserWithPassword {
    /// The user.
    pub user: User,
    /// The sealed Argon2id hash.
    pub password: Option<SealedHash>,
}

type Row = (Columns, Option<Vec<u8>>);
/// A user's columns without the password.
pub(super) type Columns = (Vec<u8>, String, String, bool, Option<i64>, i64);

/// What [`Columns`] holds.
pub(super) const NO_PASSWORD: (
    dsl::id,
    dsl::username,
    dsl::email,
    dsl::is_admin,
    dsl::disabled_at,
    dsl::created_at,
) = (dsl::id, dsl::username, dsl::email, dsl::is_admin, dsl::disabled_at, dsl::created_at);

fn read((user, password): Row) -> Result<UserWithPassword, StorageError> {
    Ok(UserWithPassword { user: read_user(user)?, password: password.map(SealedHash::from_stored) })
}

pub(super) fn read_user(columns: Columns) -> Result<User, StorageError> {
    let (id, username, email, is_admin, disabled_at, created_at) = columns;
    Ok(User {
        id: column::read_id(&id)?,
        username,
        email,
        is_admin,
        disabled: disabled_at.is_some(),
        created_at: UnixTime::from_micros(created_at),
    })
}

/// Adds a user. [`StorageError::Conflict`] when the user name or the address is taken.
pub fn insert(
    connection: &mut DbConnection,
    user: &User,
    password: Option<&SealedHash>,
) -> Result<(), StorageError> {
    const NAME: StorageError = StorageError::Corrupt("a name was not validated before it was stored");
    diesel::insert_into(dsl::users)
        .values((
            dsl::id.eq(column::id(user.id)),
            dsl::username.eq(&user.username),
            dsl::username_key.eq(canonical(&user.username).ok_or(NAME)?),
            dsl::email.eq(&user.email),
            dsl::email_key.eq(canonical(&user.email).ok_or(NAME)?),
            dsl::password.eq(password.map(SealedHash::as_bytes)),
            dsl::is_admin.eq(user.is_admin),
            dsl::disabled_at.eq(None::<i64>),
            dsl::created_at.eq(user.created_at.micros()),
        ))
        .execute(connection)?;
    Ok(())
}

/// The user with this id.
pub fn find(connection: &mut DbConnection, id: Uuid) -> Result<Option<User>, StorageError> {
    let row: Option<Columns> = dsl::users
        .filter(dsl::id.eq(column::id(id)))
        .select(NO_PASSWORD)
        .get_result(connection)
        .optional()?;
    row.map(read_user).transpose()
}

/// The user somebody means by what they typed.
pub fn find_by_login(
    connection: &mut DbConnection,
    name: &LoginName,
) -> Result<Option<UserWithPassword>, StorageError> {
    let row: Option<Row> = match name {
        LoginName::Username(key) => dsl::users
            .filter(dsl::username_key.eq(key))
            .select((NO_PASSWORD, dsl::password))
            .get_result(connection)
            .optional()?,
        LoginName::Email(key) => dsl::users
            .filter(dsl::email_key.eq(key))
            .select((NO_PASSWORD, dsl::password))
            .get_result(connection)
            .optional()?,
    };
    row.map(read).transpose()
}

/// All users by user name.
pub fn list(connection: &mut DbConnection) -> Result<Vec<User>, StorageError> {
    let rows: Vec<Columns> =
        dsl::users.select(NO_PASSWORD).order(dsl::username_key.asc()).load(connection)?;
    rows.into_iter().map(read_user).collect()
}

/// Whether any administrator exists, disabled or not.
pub fn has_admin(connection: &mut DbConnection) -> Result<bool, StorageError> {
    let admins = dsl::users.filter(dsl::is_admin.eq(true));
    Ok(diesel::select(diesel::dsl::exists(admins)).get_result(connection)?)
}

/// Replaces the password.
pub fn set_password(
    connection: &mut DbConnection,
    id: Uuid,
    password: &SealedHash,
) -> Result<(), StorageError> {
    diesel::update(dsl::users.filter(dsl::id.eq(column::id(id))))
        .set(dsl::password.eq(password.as_bytes()))
        .execute(connection)?;
    Ok(())
}

/// The hash of the password as it is now.
pub fn password(connection: &mut DbConnection, id: Uuid) -> Result<Option<SealedHash>, StorageError> {
    let found: Option<Option<Vec<u8>>> = dsl::users
        .filter(dsl::id.eq(column::id(id)))
        .select(dsl::password)
        .get_result(connection)
        .optional()?;
    Ok(found.flatten().map(SealedHash::from_stored))
}

/// Puts another hash of the same password in the place of `old`; `false`, and nothing is changed, if the password was
/// replaced meanwhile.
pub fn renew_password(
    connection: &mut DbConnection,
    id: Uuid,
    old: &SealedHash,
    new: &SealedHash,
) -> Result<bool, StorageError> {
    let same = dsl::users.filter(dsl::id.eq(column::id(id))).filter(dsl::password.eq(old.as_bytes()));
    Ok(diesel::update(same).set(dsl::password.eq(new.as_bytes())).execute(connection)? == 1)
}

/// Disables (`Some(when)`) or enables (`None`) the account.
pub fn set_disabled(
    connection: &mut DbConnection,
    id: Uuid,
    disabled_at: Option<UnixTime>,
) -> Result<(), StorageError> {
    diesel::update(dsl::users.filter(dsl::id.eq(column::id(id))))
        .set(dsl::disabled_at.eq(disabled_at.map(UnixTime::micros)))
        .execute(connection)?;
    Ok(())
}

/// Holds the account until the end of the transaction, alone, and returns it if it is enabled. Whoever changes what an
/// account has only one of asks this first.
pub fn lock_enabled(connection: &mut DbConnection, id: Uuid) -> Result<Option<User>, StorageError> {
    // SQLite's writer has the whole database to itself.
    if let DbConnection::Postgres(postgres) = connection {
        let one = dsl::users.filter(dsl::id.eq(column::id(id))).select(dsl::id);
        one.for_no_key_update().get_result::<Vec<u8>>(postgres).optional()?;
    }
    Ok(find(connection, id)?.filter(|user| !user.disabled))
}

/// Holds the enabled administrators until the end of the transaction, and says who they are. Whoever takes one away asks
/// this first, before anything else is held.
pub fn lock_administrators(connection: &mut DbConnection) -> Result<Vec<Uuid>, StorageError> {
    let enabled = dsl::users
        .filter(dsl::is_admin.eq(true))
        .filter(dsl::disabled_at.is_null())
        .select(dsl::id)
        .order(dsl::id.asc());
    let ids: Vec<Vec<u8>> = match connection {
        // SQLite's writer has the whole database to itself.
        DbConnection::Sqlite(sqlite) => enabled.load(sqlite)?,
        DbConnection::Postgres(postgres) => enabled.for_no_key_update().load(postgres)?,
    };
    ids.iter().map(|id| column::read_id(id)).collect()
}

/// The enabled administrators, as they are now.
pub fn administrators(connection: &mut DbConnection) -> Result<Vec<Uuid>, StorageError> {
    let enabled = dsl::users.filter(dsl::is_admin.eq(true)).filter(dsl::disabled_at.is_null());
    let ids: Vec<Vec<u8>> = enabled.select(dsl::id).load(connection)?;
    ids.iter().map(|id| column::read_id(id)).collect()
}

/// Removes an account with everything that hangs on it: sessions, grants, consents, keys, memberships.
pub fn delete(connection: &mut DbConnection, id: Uuid) -> Result<(), StorageError> {
    super::connection::take_time(connection)?;
    diesel::delete(dsl::users.filter(dsl::id.eq(column::id(id)))).execute(connection)?;
    Ok(())
}

/// Holds the account until the end of the transaction and says whether it is still enabled with this very
/// password. Whoever issues to a user after a check outside the transaction asks this first.
pub fn lock_unchanged(
    connection: &mut DbConnection,
    id: Uuid,
    password: &SealedHash,
) -> Result<bool, StorageError> {
    let same = dsl::users
        .filter(dsl::id.eq(column::id(id)))
        .filter(dsl::disabled_at.is_null())
        .filter(dsl::password.eq(password.as_bytes()))
        .select(dsl::id);
    let found: Option<Vec<u8>> = match connection {
        // SQLite's writer has the whole database to itself.
        DbConnection::Sqlite(sqlite) => same.get_result(sqlite).optional()?,
        DbConnection::Postgres(postgres) => same.for_share().get_result(postgres).optional()?,
    };
    Ok(found.is_some())
}

/// Users, newest first: at most `limit`, older than `before`.
pub fn page(
    connection: &mut DbConnection,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<User>, StorageError> {
    let mut query = dsl::users.select(NO_PASSWORD).order(dsl::id.desc()).limit(limit).into_boxed();
    if let Some(before) = before {
        query = query.filter(dsl::id.lt(column::id(before)));
    }
    let rows: Vec<Columns> = query.load(connection)?;
    rows.into_iter().map(read_user).collect()
}

/// Makes an administrator of the account, or takes that away.
pub fn set_admin(connection: &mut DbConnection, id: Uuid, is_admin: bool) -> Result<(), StorageError> {
    diesel::update(dsl::users.filter(dsl::id.eq(column::id(id))))
        .set(dsl::is_admin.eq(is_admin))
        .execute(connection)?;
    Ok(())
}

/// Which accounts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Which {
    /// Every one.
    #[default]
    All,
    /// Those that are switched on.
    Enabled,
    /// Those that are switched off.
    Disabled,
    /// Those that administer this server.
    Administrators,
}

/// Accounts by user name: at most `limit`, after the canonical user name `after`, whose user name or e-mail address begins
/// with the canonical `prefix`.
pub fn search(
    connection: &mut DbConnection,
    which: Which,
    prefix: Option<&str>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<User>, StorageError> {
    let mut query = dsl::users.select(NO_PASSWORD).order(dsl::username_key.asc()).limit(limit).into_boxed();
    query = match which {
        Which::All => query,
        Which::Enabled => query.filter(dsl::disabled_at.is_null()),
        Which::Disabled => query.filter(dsl::disabled_at.is_not_null()),
        Which::Administrators => query.filter(dsl::is_admin.eq(true)),
    };
    if let Some(prefix) = prefix {
        let (from, to) = column::beginning_with(prefix);
        let username = dsl::username_key.ge(from.clone()).and(dsl::username_key.lt(to.clone()));
        let email = dsl::email_key.ge(from).and(dsl::email_key.lt(to));
        query = query.filter(username.or(email));
    }
    if let Some(after) = after {
        query = query.filter(dsl::username_key.gt(after));
    }
    let rows: Vec<Columns> = query.load(connection)?;
    rows.into_iter().map(read_user).collect()
}

/// The user names of these accounts; those that are gone are left out.
pub fn names(connection: &mut DbConnection, ids: &[Uuid]) -> Result<Vec<(Uuid, String)>, StorageError> {
    let ids: Vec<Vec<u8>> = ids.iter().copied().map(column::id).collect();
    let rows: Vec<(Vec<u8>, String)> =
        dsl::users.filter(dsl::id.eq_any(ids)).select((dsl::id, dsl::username)).load(connection)?;
    rows.into_iter().map(|(id, name)| Ok((column::read_id(&id)?, name))).collect()
}
