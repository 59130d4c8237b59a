//! Lists of a back end, page after page.

use futures_util::TryStreamExt;
use futures_util::stream::{self, Stream};

/// How much the first page has at most: what is asked for is mostly the beginning of a list.
const FIRST: usize = 128;
/// How much a page has at most. Each is twice the one before, so that a long list takes few of them.
const MOST: usize = 8192;

/// What comes after `after`. A page is asked for, by where it begins and how much it may have, once all that came before
/// was taken; what was added meanwhile is in it if it comes later in order.
pub(crate) fn pages<T, E, F>(
    after: Option<&T>,
    page: impl Fn(Option<T>, usize) -> F,
) -> impl Stream<Item = Result<T, E>>
where
    T: Clone,
    F: Future<Output = Result<Vec<T>, E>>,
{
    let pages = stream::try_unfold(Some((after.cloned(), FIRST)), move |next| {
        let asked = next.map(|(after, limit)| (page(after, limit), limit));
        async move {
            let Some((page, limit)) = asked else { return Ok(None) };
            let page = page.await?;
            let last = page.last().filter(|_| page.len() >= limit).cloned();
            let next = last.map(|last| (Some(last), (limit * 2).min(MOST)));
            Ok(Some((stream::iter(page.into_iter().map(Ok)), next)))
        }
    });
    pages.try_flatten()
}

#[cfg(test)]
mod tests;
