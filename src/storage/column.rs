//! How our types become columns: ids as 16 bytes, times as microseconds, scopes, lists and maps as text.

use std::collections::BTreeMap;

use diesel::define_sql_function;
use diesel::sql_types::Text;
use uuid::Uuid;

use super::error::StorageError;
use crate::clock::UnixTime;
use crate::crypto::opaque_token::TokenDigest;
use crate::oauth::scope::Scope;

pub(super) fn id(value: Uuid) -> Vec<u8> {
    value.as_bytes().to_vec()
}

pub(super) fn read_id(bytes: &[u8]) -> Result<Uuid, StorageError> {
    Uuid::from_slice(bytes).map_err(|_| StorageError::Corrupt("an id is not 16 bytes"))
}

pub(super) fn read_id_opt(bytes: Option<Vec<u8>>) -> Result<Option<Uuid>, StorageError> {
    bytes.map(|b| read_id(&b)).transpose()
}

pub(super) fn digest(value: &TokenDigest) -> Vec<u8> {
    value.as_bytes().to_vec()
}

pub(super) fn read_digest(bytes: &[u8]) -> Result<TokenDigest, StorageError> {
    TokenDigest::from_stored(bytes).ok_or(StorageError::Corrupt("a digest is not 32 bytes"))
}

pub(super) fn read_time(micros: Option<i64>) -> Option<UnixTime> {
    micros.map(UnixTime::from_micros)
}

pub(super) fn read_limit(per_hour: Option<i64>) -> Result<Option<u32>, StorageError> {
    let read =
        |limit| u32::try_from(limit).map_err(|_| StorageError::Corrupt("a rate limit is out of range"));
    per_hour.map(read).transpose()
}

pub(super) fn read_scope(text: &str) -> Result<Scope, StorageError> {
    Scope::parse(text).map_err(|_| StorageError::Corrupt("a scope has characters a scope cannot have"))
}

/// Below every text that begins with `prefix`, and above: the half-open range an index is searched by. Both databases
/// compare these columns byte for byte (migration 0006), and no character is greater than the last one.
pub(super) fn beginning_with(prefix: &str) -> (String, String) {
    (prefix.to_owned(), format!("{prefix}{}", char::MAX))
}

define_sql_function! {
    /// Lower case; of ASCII alone on SQLite.
    fn lower(text: Text) -> Text;
}

define_sql_function! {
    /// Each `from` in a text as `to`.
    fn replace(text: Text, from: Text, to: Text) -> Text;
}

define_sql_function! {
    /// Without the spaces around it.
    fn trim(text: Text) -> Text;
}

/// What stands before a character of [`containing`] that means itself.
pub(super) const ESCAPE: char = '|';

/// The pattern of every text that has `text` in it, for `LIKE … ESCAPE`.
pub(super) fn containing(text: &str) -> String {
    let means_itself = |c| ['%', '_', ESCAPE].contains(&c).then_some(ESCAPE).into_iter().chain([c]);
    format!("%{}%", text.chars().flat_map(means_itself).collect::<String>())
}

pub(super) fn list(values: &[String]) -> String {
    serde_json::Value::from(values).to_string()
}

pub(super) fn read_list(text: &str) -> Result<Vec<String>, StorageError> {
    serde_json::from_str(text).map_err(|_| StorageError::Corrupt("a list is not a JSON array of strings"))
}

pub(super) fn map(values: &BTreeMap<String, String>) -> String {
    let members = values.iter().map(|(name, value)| (name.clone(), value.clone().into()));
    serde_json::Value::Object(members.collect()).to_string()
}

pub(super) fn read_map(text: &str) -> Result<BTreeMap<String, String>, StorageError> {
    serde_json::from_str(text).map_err(|_| StorageError::Corrupt("a map is not a JSON object of strings"))
}
