//! `?limit=&cursor=` of a list, and the answer that a page of it is (contract §9).

use actix_web::HttpResponse;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::failure::Failure;
use crate::oauth::parameters::Parameters;

/// Entries of a page unless `limit` says otherwise.
const DEFAULT: i64 = 50;
/// Most entries of a page.
const MOST: i64 = 100;

/// Which page of a list is asked for.
pub struct Listing {
    limit: i64,
    cursor: Option<Vec<u8>>,
}

/// One page of a list.
#[derive(Serialize, ToSchema)]
pub struct Page<T> {
    /// The entries.
    data: Vec<T>,
    /// What to send as `cursor` for the next page; `null` on the last one.
    #[schema(required)]
    next: Option<String>,
}

impl Listing {
    /// Reads a query string. `filters` are the parameters the list knows beside the two; they are returned.
    ///
    /// # Errors
    /// 400 for a parameter that is not known or not understood.
    pub fn parse(query: &str, filters: &[&str]) -> Result<(Self, Parameters), Failure> {
        Self::parse_or(DEFAULT, query, filters)
    }

    /// The same of a list whose pages have `rows` entries unless `limit` says otherwise.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_or(rows: i64, query: &str, filters: &[&str]) -> Result<(Self, Parameters), Failure> {
        let parameters = Parameters::from_form(query.as_bytes())?;
        if parameters.names().any(|name| !["limit", "cursor"].contains(&name) && !filters.contains(&name)) {
            return Err(Failure::invalid_request("A parameter in the URL is not known: /docs lists them"));
        }
        let limit = match parameters.get("limit") {
            None => rows,
            Some(text) => read_limit(text)
                .ok_or_else(|| Failure::invalid_request("limit must be a number from 1 to 100"))?,
        };
        let cursor = match parameters.get("cursor") {
            None => None,
            Some(text) => Some(URL_SAFE_NO_PAD.decode(text).map_err(|_| not_ours())?),
        };
        Ok((Self { limit, cursor }, parameters))
    }

    /// How many to read: one more than the page holds, which tells whether there is another page.
    pub const fn to_read(&self) -> i64 {
        self.limit + 1
    }

    /// The id after which the page begins.
    ///
    /// # Errors
    /// 400 if the cursor is not one of ours.
    pub fn after(&self) -> Result<Option<Uuid>, Failure> {
        let read = |bytes: &Vec<u8>| Uuid::from_slice(bytes).map_err(|_| not_ours());
        self.cursor.as_ref().map(read).transpose()
    }

    /// The name after which the page begins.
    ///
    /// # Errors
    /// 400 if the cursor is not one of ours.
    pub fn after_name(&self) -> Result<Option<String>, Failure> {
        // Our names are printable ASCII; not every store can look for anything else.
        let printable = |text: &String| text.bytes().all(|b| matches!(b, b' '..=b'~'));
        let read =
            |bytes: &Vec<u8>| String::from_utf8(bytes.clone()).ok().filter(printable).ok_or_else(not_ours);
        self.cursor.as_ref().map(read).transpose()
    }

    /// The same of a list whose names may have any letters.
    ///
    /// # Errors
    /// 400 if the cursor is not one of ours.
    pub fn after_text(&self) -> Result<Option<String>, Failure> {
        let visible = |text: &String| !text.chars().any(char::is_control);
        let read =
            |bytes: &Vec<u8>| String::from_utf8(bytes.clone()).ok().filter(visible).ok_or_else(not_ours);
        self.cursor.as_ref().map(read).transpose()
    }

    /// The page as an answer. `position` is what the list is ordered by.
    pub fn answer<R, T: Serialize>(
        &self,
        rows: Vec<R>,
        position: impl Fn(&R) -> Vec<u8>,
        show: impl Fn(R) -> T,
    ) -> HttpResponse {
        let (rows, next) = self.cut(rows, position);
        HttpResponse::Ok().json(Page { data: rows.into_iter().map(show).collect(), next })
    }

    /// The entries of the page, and the cursor of the next one. `position` is what the list is ordered by.
    pub fn cut<R>(&self, mut rows: Vec<R>, position: impl Fn(&R) -> Vec<u8>) -> (Vec<R>, Option<String>) {
        let size = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        let next = rows.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(position(last)));
        (rows, next)
    }
}

/// Refuses a query string where there is nothing to ask for.
///
/// # Errors
/// 400.
pub fn no_parameters(query: &str) -> Result<(), Failure> {
    if query.is_empty() {
        return Ok(());
    }
    Err(Failure::invalid_request("This address takes no parameters in its URL"))
}

fn read_limit(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|limit| digits && (1..=MOST).contains(limit))
}

fn not_ours() -> Failure {
    Failure::invalid_request("The cursor is none of ours: send `next` of the page before as it is")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contract_9_limit_is_1_to_100_and_50_by_default() {
        for (query, expected) in [
            ("", Some(51)),
            ("limit=1", Some(2)),
            ("limit=100", Some(101)),
            ("limit=0", None),
            ("limit=101", None),
            ("limit=-1", None),
            ("limit=+7", None),
            // Empty is not said (RFC 6749 §3.1): a script may send the `next` it does not have.
            ("limit=&cursor=", Some(51)),
            ("limit=1&limit=1", None),
            ("kind=x", None),
            ("cursor=%20", None),
        ] {
            assert_eq!(Listing::parse(query, &[]).ok().map(|(l, _)| l.to_read()), expected, "{query}");
        }
        assert!(Listing::parse("kind=x", &["kind"]).is_ok());
    }

    #[test]
    fn contract_9_a_cursor_leads_to_where_its_page_ended() {
        let (listing, _) = Listing::parse("limit=2", &[]).ok().unwrap();
        let ids = [Uuid::from_u128(3), Uuid::from_u128(2), Uuid::from_u128(1)];
        let text = URL_SAFE_NO_PAD.encode(ids[1].as_bytes());
        let response = listing.answer(ids.to_vec(), |id| id.as_bytes().to_vec(), |id| id.to_string());
        let body = actix_web::body::MessageBody::try_into_bytes(response.into_body()).ok().unwrap();
        let page: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((page["data"].as_array().map(Vec::len), page["next"].as_str()), (Some(2), Some(&*text)));
        let (next, _) = Listing::parse(&format!("cursor={text}"), &[]).ok().unwrap();
        assert_eq!(next.after().ok(), Some(Some(ids[1])));
        let (odd, _) = Listing::parse("cursor=YWJj", &[]).ok().unwrap();
        assert!(odd.after().is_err());
        assert_eq!(odd.after_name().ok(), Some(Some("abc".to_owned())));
        for bad in [&b"a\0"[..], b"\n", b"\x7f", "ü".as_bytes(), b"\xff"] {
            let query = format!("cursor={}", URL_SAFE_NO_PAD.encode(bad));
            assert!(Listing::parse(&query, &[]).ok().unwrap().0.after_name().is_err(), "{bad:?}");
        }
    }
}
