//! In how many parts a blob is fetched at once, and what all handles of a client may hold of them.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wharf_registry::ByteRange;

/// How a client fetches large blobs in parts, several at a time, when it is [asked to](crate::Client::with_ranges).
///
/// A blob stays one stream, in order and verified as a whole. The part that is being read flows as it comes; those behind
/// it are held in memory until it is their turn. So there are at most `(parallel - 1) * length` bytes held for all the
/// blobs that a client and its clones read at the same time, 24 MiB by default, and at most `parallel - 1` requests
/// beside the one that each blob has among [`Limits::downloads`](crate::Limits::downloads).
///
/// It pays where one connection is slower than the line: far away, or where a registry slows each connection down.
///
/// ```
/// use wharf_client::{Client, Ranges};
///
/// # fn far_away(client: Client) -> Client {
/// let mut ranges = Ranges::default();
/// ranges.parallel = 6;
/// client.with_ranges(ranges)
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ranges {
    /// How many parts of a blob are fetched at a time: 4, and at most 64. One or none fetches it in one piece.
    pub parallel: usize,
    /// How long a part is, in bytes: 8 MiB. None counts as 1. A blob of at most two parts is fetched in one request.
    pub length: u64,
}

impl Default for Ranges {
    fn default() -> Self {
        Self { parallel: 4, length: 8 << 20 }
    }
}

/// More requests than this at once for one blob are no help to anybody.
const MOST: usize = 64;

/// The parts that all handles of a client may have under way or in memory beside those that are being read.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    pub(crate) parallel: usize,
    pub(crate) length: u64,
    places: Arc<Semaphore>,
}

/// The right to fetch a part before it is wanted, and to hold it. Given back when it is dropped.
pub(crate) type Place = OwnedSemaphorePermit;

impl Window {
    /// Nothing when blobs are to be fetched in one piece.
    pub(crate) fn new(ranges: Ranges) -> Option<Self> {
        let (parallel, length) = (ranges.parallel.min(MOST), ranges.length.max(1));
        let places = Arc::new(Semaphore::new(parallel.saturating_sub(1)));
        (parallel > 1).then_some(Self { parallel, length, places })
    }

    /// What to ask for at first: two parts, so that a blob of no more comes in one request.
    pub(crate) const fn first(&self) -> ByteRange {
        ByteRange::Between { first: 0, last: self.length.saturating_mul(2) - 1 }
    }

    /// A place that is free now. Nobody waits for one: who holds one may be a blob that nobody reads.
    pub(crate) fn place(&self) -> Option<Place> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }
}
