//! A key as a row of a table, and what stands out about it (contract §9).

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use uuid::Uuid;

use super::super::super::super::failure::Failure;
use super::super::super::visit::Member;
use super::At;
use crate::account::api_key::{ApiKey, Status};
use crate::account::project::{Member as ProjectMember, Role};
use crate::clock::UnixTime;
use crate::flows::projects::{self, Seen};

/// Rows of a page: with long names, as many as fit into 23 KB.
pub const PAGE: usize = 15;
/// An end within so many seconds is marked: 14 days.
const SOON_SECONDS: i64 = 14 * 86_400;

/// A key in a table.
pub struct Row {
    /// The key.
    pub key: ApiKey,
    /// Where its page is.
    pub url: String,
    /// Whether who looks may open that page: it takes a role that manages the project's keys.
    pub is_open: bool,
    /// Whether who looks made it.
    pub is_mine: bool,
    /// Its project, or in a project's table who made it.
    pub beside: String,
}

impl Row {
    /// A key that who looks made and may open.
    pub fn of(key: ApiKey, at: &At) -> Self {
        let is_mine = at.made(&key);
        Self { url: at.url(key.id), is_open: true, is_mine, beside: String::new(), key }
    }

    /// Whether it is dead for good, and can only be removed from the list.
    pub fn is_revoked(&self, now: &UnixTime) -> bool {
        self.key.status(*now) == Status::Revoked
    }

    /// The classes and words of what stands out.
    pub fn marks(&self, now: &UnixTime) -> Vec<(&'static str, &'static str)> {
        marks(&self.key, *now)
    }
}

/// The classes and words of what stands out about a key.
pub fn marks(key: &ApiKey, now: UnixTime) -> Vec<(&'static str, &'static str)> {
    let mut marks = Vec::new();
    match key.status(now) {
        Status::Active => {
            if key.expires_at.is_some_and(|end| end <= now.plus_seconds(SOON_SECONDS)) {
                marks.push(("warn", "key-expires-soon"));
            }
            if key.rotate_by() <= now {
                marks.push(("warn", "key-rotation-due"));
            }
        }
        Status::Disabled => marks.push(("bad", "key-disabled")),
        Status::Expired => marks.push(("bad", "key-expired")),
        Status::Revoked => marks.push(("bad", "key-revoked")),
    }
    marks
}

/// The keys a person made, wherever they are.
///
/// # Errors
/// 503 if their projects cannot be looked up.
pub async fn of_maker(member: &Member, keys: Vec<ApiKey>) -> Result<Vec<Row>, Failure> {
    let account = At::account(member);
    let mut known: HashMap<Uuid, Option<Seen>> = HashMap::new();
    let mut rows = Vec::with_capacity(keys.len());
    for key in keys {
        let Some(id) = key.project_id else {
            rows.push(Row::of(key, &account));
            continue;
        };
        if let Entry::Vacant(unknown) = known.entry(id) {
            let seen = projects::see(&member.node, Some(member.actor()), id).await?;
            unknown.insert(seen.filter(|seen| seen.role.is_some()));
        }
        let seen = known.get(&id).and_then(Option::as_ref);
        let beside = seen.map(|seen| seen.project.name.clone()).unwrap_or_default();
        let is_open = seen.and_then(|seen| seen.role).is_some_and(Role::manages_keys);
        let url = format!("/projects/{id}/keys/{}", key.id);
        rows.push(Row { key, url, is_open, is_mine: true, beside });
    }
    Ok(rows)
}

/// The keys of a project, with who made them.
pub fn of_project(at: &At, keys: Vec<ApiKey>, members: &[ProjectMember], manages: bool) -> Vec<Row> {
    let name = |key: &ApiKey| members.iter().find(|member| member.user_id == key.user_id);
    keys.into_iter()
        .map(|key| {
            let beside = name(&key).map(|member| member.username.clone()).unwrap_or_default();
            Row { beside, is_open: manages, ..Row::of(key, at) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(expires_at: Option<i64>, secret_created_at: i64) -> ApiKey {
        let at = UnixTime::from_seconds;
        let blank = ApiKey::new(Uuid::nil(), Uuid::nil(), "sk_...abcdef", at(secret_created_at));
        ApiKey { expires_at: expires_at.map(at), ..blank }
    }

    #[test]
    fn contract_9_an_end_that_is_near_and_an_old_secret_are_marked() {
        const DAY: i64 = 86_400;
        let at = |days: i64| UnixTime::from_seconds(days * DAY);
        for (expires, now, ids) in [
            (None, 0, vec![]),
            (None, 89, vec![]),
            (None, 90, vec!["key-rotation-due"]),
            (Some(30), 15, vec![]),
            (Some(30), 16, vec!["key-expires-soon"]),
            (Some(30), 30, vec!["key-expired"]),
            (Some(95), 94, vec!["key-expires-soon", "key-rotation-due"]),
        ] {
            let marked = marks(&key(expires.map(|days| days * DAY), 0), at(now));
            assert_eq!(marked.iter().map(|(_, id)| *id).collect::<Vec<_>>(), ids, "{expires:?} {now}");
        }
    }
}
