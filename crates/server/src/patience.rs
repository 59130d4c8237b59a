//! How long a request may wait for others. A listener says so; without one, nobody has a clock and a request waits.

use std::time::Duration;

/// The slowest body that is held in memory, in bytes a second: what waits there takes room from others.
const SLOWEST_HELD: usize = 64 << 10;

/// How long a request may wait for room, for its turn, and for what it holds in memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience(pub(crate) Duration);

/// What comes of a future in time for `bytes` to come; nothing when it takes too long.
pub(crate) async fn within<T>(patience: Option<Patience>, bytes: usize, future: impl Future<Output = T>) -> Option<T> {
    let Some(Patience(idle)) = patience else { return Some(future.await) };
    let earned = Duration::from_secs((bytes / SLOWEST_HELD) as u64);
    tokio::time::timeout(idle.saturating_add(earned), future).await.ok()
}
