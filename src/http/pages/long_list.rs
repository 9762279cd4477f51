//! One piece of a long list on a page: what `?cursor=` asks for, and where "Show more" leads (contract §9).

use uuid::Uuid;

use super::super::failure::Failure;
use super::visit::Visit;
use crate::oauth::parameters::Parameters;

/// Rows of a page and the id after which the next page begins, if there is one.
pub struct Piece<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// `cursor` of the next page.
    pub next: Option<Uuid>,
}

impl<T> Piece<T> {
    /// Cuts what was read, one row more than the page shows, to `size` rows.
    pub fn cut(mut rows: Vec<T>, size: usize, id: impl Fn(&T) -> Uuid) -> Self {
        let more = rows.len() > size;
        rows.truncate(size);
        let next = rows.last().filter(|_| more).map(id);
        Self { rows, next }
    }
}

/// The id after which a page begins.
///
/// # Errors
/// 400 if it is none of ours.
pub fn cursor(visit: &Visit, query: &Parameters) -> Result<Option<Uuid>, Failure> {
    query.get("cursor").map(Uuid::parse_str).transpose().map_err(|_| visit.not_known())
}

/// An id in an address. One that is not written as ours are names nothing.
pub fn id(text: Option<&str>) -> Option<Uuid> {
    const LENGTH: usize = 36;
    text.filter(|text| text.len() == LENGTH).and_then(|text| Uuid::parse_str(text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_full_has_a_next_one_only_if_there_is_more() {
        let ids = |n: u128| (1..=n).map(Uuid::from_u128).collect::<Vec<_>>();
        for (read, shown, next) in [(0, 0, None), (3, 3, None), (4, 3, Some(Uuid::from_u128(3)))] {
            let piece = Piece::cut(ids(read), 3, |id| *id);
            assert_eq!((piece.rows.len(), piece.next), (shown, next), "{read}");
        }
    }

    #[test]
    fn an_id_has_one_spelling() {
        let spelled = "0198c5b1-7f3a-7cc0-8000-000000000001";
        assert_eq!(id(Some(spelled)).map(|id| id.to_string()).as_deref(), Some(spelled));
        assert_eq!(id(Some("0198c5b17f3a7cc08000000000000001")), None);
    }
}
