//! The parts of an owned reference: short ones in place, the others in one allocation for all of them.

use alloc::sync::Arc;
use core::ops::Range;

use crate::defaults::OFFICIAL;
use crate::grammar::{MAX_PATH, MAX_TAG};
use crate::scan::Scan;
use crate::text::Text;
use crate::{Host, Repository, Tag};

/// The longest path with its tag.
const MAX_OFFICIAL: usize = MAX_PATH + 1 + MAX_TAG;

#[inline]
pub(crate) fn parts(scan: &Scan<'_>) -> (Host, Repository, Option<Tag>) {
    let start = scan.path_start;
    match (scan.hub, scan.official) {
        (false, _) => {
            let mut pieces = Pieces::new(scan.text);
            let host = Host(pieces.take(0..start.saturating_sub(1)));
            pieces.rest(host, start, scan.path_end)
        }
        (true, false) => {
            let written = scan.text.get(start..).unwrap_or_default();
            Pieces::new(written).rest(Host::DOCKER_HUB, 0, scan.path_end - start)
        }
        (true, true) => official(scan),
    }
}

/// `library/` and what is written, by way of the stack: both together are known to be short.
fn official(scan: &Scan<'_>) -> (Host, Repository, Option<Tag>) {
    let written = scan.text.get(scan.path_start..).unwrap_or_default();
    let mut buffer = [0; MAX_OFFICIAL];
    let (prefix, rest) = buffer.split_at_mut(OFFICIAL.len());
    prefix.copy_from_slice(OFFICIAL.as_bytes());
    if let Some(rest) = rest.get_mut(..written.len()) {
        rest.copy_from_slice(written.as_bytes());
    }
    let text = buffer.get(..OFFICIAL.len() + written.len()).and_then(|text| str::from_utf8(text).ok());
    let path_end = OFFICIAL.len() + scan.path_end - scan.path_start;
    Pieces::new(text.unwrap_or_default()).rest(Host::DOCKER_HUB, 0, path_end)
}

/// A text to take pieces from; it is copied to the heap for the first piece that is long.
struct Pieces<'a> {
    text: &'a str,
    shared: Option<Arc<str>>,
}

impl<'a> Pieces<'a> {
    const fn new(text: &'a str) -> Self {
        Self { text, shared: None }
    }

    #[inline]
    fn take(&mut self, range: Range<usize>) -> Text {
        match Text::inline(self.text.get(range.clone()).unwrap_or_default()) {
            Some(text) => text,
            None => self.share(range),
        }
    }

    #[inline(never)]
    fn share(&mut self, range: Range<usize>) -> Text {
        let shared = self.shared.get_or_insert_with(|| Arc::from(self.text));
        Text::slice(Arc::clone(shared), range)
    }

    /// The path, and what follows it, which is the tag.
    #[inline]
    fn rest(mut self, host: Host, path_start: usize, path_end: usize) -> (Host, Repository, Option<Tag>) {
        let end = self.text.len();
        let tag = (path_end < end).then(|| Tag(self.take(path_end + 1..end)));
        let path = self.take(path_start..path_end);
        (host, Repository(path), tag)
    }
}
