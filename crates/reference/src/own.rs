//! The parts of an owned reference, in one allocation for all of them.

use alloc::sync::Arc;

use crate::grammar::{MAX_PATH, MAX_TAG};
use crate::scan::{OFFICIAL, Scan};
use crate::text::Text;
use crate::{Host, Repository, Tag};

/// The longest path with its tag.
const MAX_OFFICIAL: usize = MAX_PATH + 1 + MAX_TAG;

pub(crate) fn parts(scan: &Scan<'_>) -> (Host, Repository, Option<Tag>) {
    let start = scan.path_start;
    match (scan.hub, scan.official) {
        (false, _) => {
            // The text as it is written, from the host on.
            let shared = Arc::from(scan.text);
            let host = Text::slice(Arc::clone(&shared), 0..start - 1);
            split(Host(host), shared, start, scan.path_end)
        }
        (true, false) => {
            let shared = Arc::from(scan.text.get(start..).unwrap_or_default());
            split(Host::DOCKER_HUB, shared, 0, scan.path_end - start)
        }
        (true, true) => split(Host::DOCKER_HUB, official(scan), 0, OFFICIAL.len() + scan.path_end - start),
    }
}

/// Path and tag in a text that ends with them.
fn split(host: Host, shared: Arc<str>, path_start: usize, path_end: usize) -> (Host, Repository, Option<Tag>) {
    let end = shared.len();
    let tag = (path_end < end).then(|| Tag(Text::slice(Arc::clone(&shared), path_end + 1..end)));
    (host, Repository(Text::slice(shared, path_start..path_end)), tag)
}

/// `library/` and what is written, by way of the stack: both together are known to be short.
fn official(scan: &Scan<'_>) -> Arc<str> {
    let written = scan.text.get(scan.path_start..).unwrap_or_default();
    let mut buffer = [0; MAX_OFFICIAL];
    let (prefix, rest) = buffer.split_at_mut(OFFICIAL.len());
    prefix.copy_from_slice(OFFICIAL.as_bytes());
    if let Some(rest) = rest.get_mut(..written.len()) {
        rest.copy_from_slice(written.as_bytes());
    }
    let text = buffer.get(..OFFICIAL.len() + written.len()).and_then(|text| str::from_utf8(text).ok());
    Arc::from(text.unwrap_or_default())
}
