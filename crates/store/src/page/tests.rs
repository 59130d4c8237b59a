#![allow(clippy::unwrap_used, reason = "a test, and all data here is its own")]

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Mutex;

use futures_util::{FutureExt as _, StreamExt as _};
use proptest::prelude::*;

use super::*;

/// Numbers that can be asked for, and what was asked for.
#[derive(Default)]
struct Numbers {
    there: Mutex<BTreeSet<usize>>,
    asked: Mutex<Vec<(Option<usize>, usize)>>,
}

impl Numbers {
    fn of(numbers: impl IntoIterator<Item = usize>) -> Self {
        Self { there: Mutex::new(numbers.into_iter().collect()), ..Self::default() }
    }

    /// A page, for which has to be waited once.
    async fn page(&self, after: Option<usize>, limit: usize) -> Result<Vec<usize>, ()> {
        self.asked.lock().unwrap().push((after, limit));
        tokio::task::yield_now().await;
        let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(self.there.lock().unwrap().range((begin, Bound::Unbounded)).take(limit).copied().collect())
    }
}

proptest! {
    #[test]
    fn pages_together_are_the_list(count in 0..2000_usize, after in proptest::option::of(0..2000_usize)) {
        let numbers = Numbers::of(0..count);
        let list = pages(after.as_ref(), |after, limit| numbers.page(after, limit));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let found: Vec<_> = runtime.block_on(list.try_collect()).unwrap();
        prop_assert_eq!(found, (after.map_or(0, |after| after + 1)..count).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn nothing_is_asked_for_before_it_is_wanted() {
    let numbers = Numbers::of(0..10_000);
    let mut list = Box::pin(pages(None, |after, limit| numbers.page(after, limit)));
    assert!(numbers.asked.lock().unwrap().is_empty());
    for _ in 0..FIRST {
        list.next().await.unwrap().unwrap();
    }
    assert_eq!(*numbers.asked.lock().unwrap(), [(None, FIRST)]);
    list.next().await.unwrap().unwrap();
    assert_eq!(*numbers.asked.lock().unwrap(), [(None, FIRST), (Some(FIRST - 1), 2 * FIRST)]);
    while list.next().await.is_some() {}
    assert!(numbers.asked.lock().unwrap().iter().all(|(_, limit)| *limit <= MOST));
}

#[tokio::test]
async fn what_comes_later_is_found_when_it_is_there_in_time() {
    let numbers = Numbers::of((0..300).map(|number| number * 10));
    let mut list = Box::pin(pages(None, |after, limit| numbers.page(after, limit)));
    for _ in 0..FIRST {
        list.next().await.unwrap().unwrap();
    }
    let last = (FIRST - 1) * 10;
    numbers.there.lock().unwrap().extend([1, last + 1]);
    numbers.there.lock().unwrap().remove(&(last + 10));
    numbers.there.lock().unwrap().remove(&last);
    assert_eq!(list.next().await, Some(Ok(last + 1)));
    assert_eq!(list.next().await, Some(Ok(last + 20)), "nothing twice, and nothing that has gone");
}

#[tokio::test]
async fn who_stops_waiting_for_a_page_loses_nothing_of_it() {
    let numbers = Numbers::of(0..500);
    let mut list = Box::pin(pages(None, |after, limit| numbers.page(after, limit)));
    let mut found = Vec::new();
    loop {
        // Polled once and dropped, as often as it takes.
        match list.next().now_or_never() {
            Some(Some(item)) => found.push(item.unwrap()),
            Some(None) => break,
            None => {}
        }
    }
    assert_eq!(found, (0..500).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_page_that_fails_is_the_end() {
    let fails = |after: Option<usize>, limit: usize| async move {
        match after {
            None => Ok((0..limit).collect()),
            Some(_) => Err("no answer"),
        }
    };
    let list: Vec<_> = pages(None, fails).collect().await;
    assert_eq!(list.len(), FIRST + 1);
    assert_eq!(list.last(), Some(&Err("no answer")));
}
