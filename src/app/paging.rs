//! Pages of lists: how many are given, and where the next page begins.

use std::{
    collections::HashMap,
    fmt::Debug,
    sync::{Mutex, PoisonError},
};

use super::AppError;
use crate::{
    contract::page::{MOST, Page, USUAL},
    model::id::Tenant,
    store::run_index::Total,
};

/// How long a list that had too many to be counted is not counted again. What is not told cannot be wrong meanwhile.
const UNCOUNTED_MS: i64 = 60_000;
/// So many of such lists are remembered.
const MOST_UNCOUNTED: usize = 1_000;

/// Lists of which there were more than are counted, and when that was found. Who looks at the first page of a long list would
/// otherwise have thousands of entries counted each time, to be told nothing.
#[derive(Default)]
pub struct Uncounted(Mutex<HashMap<String, i64>>);

impl Uncounted {
    /// How many there are: `count` is asked, unless there were too many a moment ago.
    ///
    /// # Errors
    /// Those of `count`.
    pub async fn total<E>(
        &self,
        (tenant, wanted): (&Tenant, &impl Debug),
        now_ms: i64,
        count: impl Future<Output = Result<Total, E>>,
    ) -> Result<Option<u64>, E> {
        let list = format!("{tenant:?} {wanted:?}");
        let lists = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |since: i64| (0..UNCOUNTED_MS).contains(&(now_ms - since));
        if lists().get(&list).is_some_and(|since| fresh(*since)) {
            return Ok(None);
        }
        let total = count.await?;
        let mut lists = lists();
        lists.remove(&list);
        if total == Total::TooMany {
            if lists.len() >= MOST_UNCOUNTED {
                lists.retain(|_, since| fresh(*since));
            }
            if lists.len() < MOST_UNCOUNTED {
                lists.insert(list, now_ms);
            }
        }
        Ok(match total {
            Total::Exactly(total) => Some(total),
            Total::TooMany | Total::Unknown => None,
        })
    }
}

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

    #[tokio::test]
    async fn only_what_was_too_many_is_not_counted_again() {
        let (lists, tenant) = (Uncounted::default(), Tenant::default_tenant());
        let asked = std::cell::Cell::new(0);
        let total = async |wanted: &'static str, now_ms: i64, total: Total| {
            let count = async {
                asked.set(asked.get() + 1);
                Ok::<_, ()>(total)
            };
            lists.total((&tenant, &wanted), now_ms, count).await.unwrap()
        };
        assert_eq!(total("all", 0, Total::Unknown).await, None);
        assert_eq!(total("all", 1, Total::Exactly(7)).await, Some(7));
        assert_eq!(total("all", 2, Total::TooMany).await, None);
        assert_eq!((total("all", 3, Total::Exactly(8)).await, asked.get()), (None, 3));
        assert_eq!(total("failed", 3, Total::Exactly(1)).await, Some(1));
        // A clock that went back makes nothing older.
        for later in [2 + UNCOUNTED_MS, 1] {
            assert_eq!(total("all", 2, Total::TooMany).await, None);
            assert_eq!(total("all", later, Total::Exactly(9)).await, Some(9));
        }
    }
}
