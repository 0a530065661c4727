//! Pages of lists: how many are given, and where the next page begins.

use super::AppError;
use crate::contract::page::{MOST, Page, USUAL};

/// How many are wanted; more than the most is refused, so that nobody believes a cut list to be whole, and so is none, so that
/// nobody believes a list to be empty.
///
/// # Errors
/// A limit that is too high, or 0.
pub fn limit(wanted: Option<usize>) -> Result<usize, AppError> {
    limit_of(wanted, USUAL, MOST)
}

/// The same for a list with numbers of its own.
///
/// # Errors
/// As [`limit`].
pub fn limit_of(wanted: Option<usize>, usual: usize, most: usize) -> Result<usize, AppError> {
    match wanted {
        None => Ok(usual),
        Some(0) => Err(AppError::invalid("limit_too_low").arg("most", most.to_string()).field("limit")),
        Some(wanted) if wanted <= most => Ok(wanted),
        Some(_) => Err(AppError::invalid("limit_too_high").arg("most", most.to_string()).field("limit")),
    }
}

/// A cursor that is not one of this list.
#[must_use]
pub fn wrong_cursor() -> AppError {
    AppError::invalid("cursor_invalid").field("cursor")
}

/// A cursor that is a number.
///
/// # Errors
/// Another text.
pub fn number<T: std::str::FromStr>(cursor: Option<&str>) -> Result<Option<T>, AppError> {
    cursor.map(|text| text.parse().map_err(|_| wrong_cursor())).transpose()
}

/// A page of a list that is at hand as a whole. The cursor is the place in it.
///
/// # Errors
/// A wrong limit or cursor.
pub fn cut<T>(all: Vec<T>, wanted: Option<usize>, cursor: Option<&str>) -> Result<Page<T>, AppError> {
    let (limit, from) = (limit(wanted)?, number::<usize>(cursor)?.unwrap_or(0));
    let total = all.len();
    let items: Vec<T> = all.into_iter().skip(from).take(limit).collect();
    let end = from.saturating_add(items.len());
    let next = (end < total && !items.is_empty()).then(|| end.to_string());
    Ok(Page { items, next, total: Some(total as u64) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_end() {
        let all: Vec<u32> = (0..120).collect();
        let first = cut(all.clone(), None, None).unwrap();
        assert_eq!((first.items.len(), first.next.as_deref(), first.total), (50, Some("50"), Some(120)));
        let last = cut(all.clone(), Some(70), Some("50")).unwrap();
        assert_eq!((last.items.len(), last.next), (70, None));
        assert_eq!(cut(all.clone(), None, Some("500")).unwrap().next, None);
        for (limit, cursor) in [(Some(501), None), (Some(0), None), (None, Some("x")), (None, Some("-1"))] {
            assert!(cut(all.clone(), limit, cursor).is_err());
        }
    }
}
