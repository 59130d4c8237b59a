//! How much is believed. Nothing is allocated because a peer said that something would come.

use std::time::Duration;

/// How much of what a peer sends is read before it is refused. Every number that a peer controls has a limit.
///
/// ```
/// use wharf_client::Limits;
///
/// let mut limits = Limits::default();
/// assert_eq!(limits.manifest_bytes, 4 << 20);
/// limits.pages = 10;
/// ```
///
/// What breaks a limit is the peer's [`Fault`](crate::Fault): `TooLarge` for sizes, `Headers` for those of headers, `TooManyPages` for lists, and
/// `TooManyRedirects`; what takes too long is a timeout of the transport. Only the body of an error is cut instead of
/// being refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The size of a manifest, in bytes: 4 MiB, what every registry must accept.
    pub manifest_bytes: usize,
    /// The size of a blob, in bytes: 1 TiB. Nothing is ever allocated for it.
    pub blob_bytes: u64,
    /// The headers of one answer, names and values together, in bytes: 64 KiB. They are read by then, and a transport may
    /// have a limit of its own; more than this are not looked at.
    pub header_bytes: usize,
    /// How much of the body of an error is read, in bytes: 64 KiB. The rest is left.
    pub error_bytes: usize,
    /// The size of a token service's answer, in bytes: 64 KiB.
    pub token_bytes: usize,
    /// The size of one page of a list, in bytes: 4 MiB.
    pub page_bytes: usize,
    /// How many pages one list may have: 1,000.
    pub pages: usize,
    /// How many entries one list may have: 100,000.
    pub items: usize,
    /// How many redirects one request may lead through: 5.
    pub redirects: usize,
    /// How long the body of a manifest, a page, a token or an error may take, once its head has come: 60 seconds.
    pub short_body: Duration,
    /// The lowest rate of a blob on its way here, and of whatever is sent, in bytes a second over 60 seconds of waiting
    /// for the peer: 1 KiB.
    pub slowest_blob: u64,
    /// How many blobs are read at a time: 4. A blob counts until its stream has ended or was dropped, so who holds this
    /// many unread and asks for one more waits for themselves. The parts that a client [with
    /// ranges](crate::Client::with_ranges) fetches ahead are counted apart.
    pub downloads: usize,
    /// How many blobs are sent at a time: 4.
    pub uploads: usize,
    /// How many other requests are made at a time: 16.
    pub requests: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            manifest_bytes: 4 << 20,
            blob_bytes: 1 << 40,
            header_bytes: 64 << 10,
            error_bytes: 64 << 10,
            token_bytes: 64 << 10,
            page_bytes: 4 << 20,
            pages: 1_000,
            items: 100_000,
            redirects: 5,
            short_body: Duration::from_secs(60),
            slowest_blob: 1 << 10,
            downloads: 4,
            uploads: 4,
            requests: 16,
        }
    }
}
