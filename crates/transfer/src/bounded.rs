//! Work side by side, with a bound.

use std::num::NonZeroUsize;

use futures_util::TryStreamExt;
use futures_util::stream::FuturesUnordered;

/// What all of `work` yields, in the order in which it gets done, with at most `jobs` of it begun and not done.
///
/// The first error ends it, and what is still on its way is dropped.
pub(crate) async fn side_by_side<T, E, F>(
    jobs: NonZeroUsize,
    mut work: impl Iterator<Item = F> + Send,
) -> Result<Vec<T>, E>
where
    F: Future<Output = Result<T, E>> + Send,
    T: Send,
    E: Send,
{
    let mut running: FuturesUnordered<F> = work.by_ref().take(jobs.get()).collect();
    let mut done = Vec::new();
    while let Some(result) = running.try_next().await? {
        done.push(result);
        running.extend(work.next());
    }
    Ok(done)
}
