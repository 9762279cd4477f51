//! Links that a person opens once: for a new password, a new account, another address (security §3, 52; decision 0011).

use diesel::prelude::*;
use uuid::Uuid;

use super::column;
use super::connection::DbConnection;
use super::error::StorageError;
use super::schema::account_links::dsl;
use super::schema::users;
use crate::account::user::canonical;
use crate::clock::UnixTime;
use crate::crypto::opaque_token::TokenDigest;

/// What a link is for; none works as another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LinkKind {
    /// Sets a password without the old one.
    Password,
    /// Makes an account for the address it was sent to.
    Registration,
    /// The same, because an administrator said so.
    Invitation,
    /// Makes the address it was sent to that of an account.
    Email,
}

impl LinkKind {
    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Registration => "registration",
            Self::Invitation => "invitation",
            Self::Email => "email",
        }
    }
}

/// A link, without its secret.
#[derive(Clone)]
pub struct AccountLink {
    /// What it is for.
    pub kind: LinkKind,
    /// Whose account it is about, if that exists.
    pub user_id: Option<Uuid>,
    /// The address it was sent to, as written; `None` for one that was handed out.
    pub email: Option<String>,
    /// When it was made.
    pub created_at: UnixTime,
    /// When it ends.
    pub expires_at: UnixTime,
}

/// Adds a link. Earlier ones of its kind, for the same account or else the same address, stop working; but one that anybody
/// can ask for by mail replaces none that was handed out.
pub fn replace(
    connection: &mut DbConnection,
    digest: &TokenDigest,
    link: &AccountLink,
) -> Result<(), StorageError> {
    let email_key = link.email.as_deref().and_then(canonical);
    match (link.user_id, &email_key) {
        (Some(user), _) => {
            let own = dsl::account_links
                .filter(dsl::user_id.eq(column::id(user)))
                .filter(dsl::kind.eq(link.kind.as_str()));
            match link.email {
                Some(_) => diesel::delete(own.filter(dsl::email.is_not_null())).execute(connection)?,
                None => diesel::delete(own).execute(connection)?,
            };
        }
        (None, Some(key)) => {
            let same = dsl::account_links
                .filter(dsl::email_key.eq(key))
                .filter(dsl::kind.eq(link.kind.as_str()))
                .filter(dsl::user_id.is_null());
            diesel::delete(same).execute(connection)?;
        }
        (None, None) => {}
    }
    diesel::insert_into(dsl::account_links)
        .values((
            dsl::digest.eq(column::digest(digest)),
            dsl::kind.eq(link.kind.as_str()),
            dsl::user_id.eq(link.user_id.map(column::id)),
            dsl::email.eq(&link.email),
            dsl::email_key.eq(email_key),
            dsl::created_at.eq(link.created_at.micros()),
            dsl::expires_at.eq(link.expires_at.micros()),
        ))
        .execute(connection)?;
    Ok(())
}

/// Makes all links of an account stop working, and remembers when: whoever sets a password or switches an account off leaves
/// no other way in.
pub fn end_all(connection: &mut DbConnection, user: Uuid, now: UnixTime) -> Result<(), StorageError> {
    diesel::update(users::table.filter(users::id.eq(column::id(user))))
        .set(users::links_ended_at.eq(now.micros()))
        .execute(connection)?;
    diesel::delete(dsl::account_links.filter(dsl::user_id.eq(column::id(user)))).execute(connection)?;
    Ok(())
}

/// Whether what was asked for at `asked_at` may still lead to a link of this account, which is held until the end of the
/// transaction: it is not switched off, and nothing ended its links since.
pub fn may_come(connection: &mut DbConnection, user: Uuid, asked_at: UnixTime) -> Result<bool, StorageError> {
    if super::user::lock_enabled(connection, user)?.is_none() {
        return Ok(false);
    }
    let ended: Option<i64> = users::table
        .filter(users::id.eq(column::id(user)))
        .select(users::links_ended_at)
        .get_result(connection)?;
    Ok(ended.is_none_or(|ended| ended < asked_at.micros()))
}

/// Whether a link of the same kind that was mailed to the same address, for the same account if it is of one, still works.
pub fn is_in_mail(
    connection: &mut DbConnection,
    link: &AccountLink,
    now: UnixTime,
) -> Result<bool, StorageError> {
    let Some(key) = link.email.as_deref().and_then(canonical) else { return Ok(false) };
    let live = dsl::account_links
        .filter(dsl::email_key.eq(key))
        .filter(dsl::kind.eq(link.kind.as_str()))
        .filter(dsl::consumed_at.is_null())
        .filter(dsl::expires_at.gt(now.micros()));
    let count: i64 = match link.user_id {
        Some(user) => live.filter(dsl::user_id.eq(column::id(user))).count().get_result(connection)?,
        None => live.filter(dsl::user_id.is_null()).count().get_result(connection)?,
    };
    Ok(count > 0)
}

/// The link of this digest, while it works as one of `kind`.
pub fn find(
    connection: &mut DbConnection,
    digest: &TokenDigest,
    kind: LinkKind,
    now: UnixTime,
) -> Result<Option<AccountLink>, StorageError> {
    type Row = (Option<Vec<u8>>, Option<String>, i64, i64);
    let row: Option<Row> = dsl::account_links
        .filter(dsl::digest.eq(column::digest(digest)))
        .filter(dsl::kind.eq(kind.as_str()))
        .filter(dsl::consumed_at.is_null())
        .filter(dsl::expires_at.gt(now.micros()))
        .select((dsl::user_id, dsl::email, dsl::created_at, dsl::expires_at))
        .get_result(connection)
        .optional()?;
    row.map(|(user_id, email, created_at, expires_at)| {
        Ok(AccountLink {
            kind,
            user_id: column::read_id_opt(user_id)?,
            email,
            created_at: UnixTime::from_micros(created_at),
            expires_at: UnixTime::from_micros(expires_at),
        })
    })
    .transpose()
}

/// Uses the link up; `None` when it is used, expired, of another kind or unknown. Of several at once one gets it.
pub fn consume(
    connection: &mut DbConnection,
    digest: &TokenDigest,
    kind: LinkKind,
    now: UnixTime,
) -> Result<Option<AccountLink>, StorageError> {
    let Some(link) = find(connection, digest, kind, now)? else { return Ok(None) };
    let own =
        dsl::account_links.filter(dsl::digest.eq(column::digest(digest))).filter(dsl::consumed_at.is_null());
    let changed = diesel::update(own).set(dsl::consumed_at.eq(now.micros())).execute(connection)?;
    Ok((changed == 1).then_some(link))
}
