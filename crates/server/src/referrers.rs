//! Which referrers are on a page: those that come first in the order of their digests, as many as fit.
//!
//! The registry behind may list them in any order and as many as it likes; only those of one page are held. So each page
//! goes through the whole list, and what is added or deleted between two pages moves nothing else over their border.

use std::collections::BTreeMap;

use wharf_registry::{DecodeError, Descriptor, Digest, Document, Index};

/// What the entries of a page may take together, in bytes: what every client reads, less what an index has besides.
const ROOM: usize = (4 << 20) - (4 << 10);
/// What a descriptor takes beside its texts, in bytes: names of members, punctuation and a size.
const MEMBERS: usize = 128;

/// The entries of a page, as far as the list has been seen.
#[derive(Debug)]
pub(crate) struct Selection {
    after: Option<Digest>,
    most: usize,
    entries: BTreeMap<Digest, (Descriptor, usize)>,
    bytes: usize,
    /// The first one that did not fit: it and what comes after it is on another page.
    rest: Option<Digest>,
}

impl Selection {
    /// A page of at most `most` entries that come after one, which need not be there.
    pub(crate) const fn new(most: usize, after: Option<Digest>) -> Self {
        Self { after, most, entries: BTreeMap::new(), bytes: 0, rest: None }
    }

    /// Takes an entry that belongs on the page, in the place of others if need be. One that is too large for any page has
    /// one to itself.
    pub(crate) fn offer(&mut self, entry: &Descriptor) {
        let digest = &entry.digest;
        let is_before = self.after.as_ref().is_some_and(|after| digest <= after);
        if is_before || self.rest.as_ref().is_some_and(|rest| digest >= rest) || self.entries.contains_key(digest) {
            return;
        }
        let entry = bare(entry);
        let bytes = length(&entry);
        self.bytes = self.bytes.saturating_add(bytes);
        self.entries.insert(entry.digest.clone(), (entry, bytes));
        while self.entries.len() > self.most || self.bytes > ROOM && self.entries.len() > 1 {
            let Some((digest, (_, bytes))) = self.entries.pop_last() else { break };
            self.bytes = self.bytes.saturating_sub(bytes);
            self.rest = Some(digest);
        }
    }

    /// The last entry, if there are others after it.
    pub(crate) fn last(&self) -> Option<&Digest> {
        self.rest.as_ref().and_then(|_| self.entries.last_key_value()).map(|(digest, _)| digest)
    }

    /// The page as an index. A referrer that says so much of itself that no document can hold it is listed without its
    /// annotations: nobody can hide the others, or itself, by that.
    ///
    /// # Errors
    /// [`DecodeError`], which nothing that was read within the limits of documents leads to.
    pub(crate) fn into_index(self) -> Result<Document<Index>, DecodeError> {
        let mut entries: Vec<_> = self.entries.into_values().map(|(entry, _)| entry).collect();
        Document::assemble(Index::new(entries.clone())).or_else(|_| {
            entries.iter_mut().for_each(|entry| entry.annotations.clear());
            Document::assemble(Index::new(entries))
        })
    }
}

/// What the specification lists of a referrer, and nothing else that a registry may have put there.
fn bare(entry: &Descriptor) -> Descriptor {
    let mut bare = Descriptor::new(entry.media_type.clone(), entry.digest.clone(), entry.size);
    bare.artifact_type.clone_from(&entry.artifact_type);
    bare.annotations.clone_from(&entry.annotations);
    bare
}

/// At most how long an entry is as JSON.
fn length(entry: &Descriptor) -> usize {
    let artifact_type = entry.artifact_type.as_ref().map_or(0, |kind| kind.as_str().len());
    let names = entry.media_type.as_str().len() + artifact_type + entry.digest.encoded().to_string().len();
    let annotations = entry.annotations.iter().map(|(key, value)| text(key) + text(value) + 6);
    MEMBERS + names + annotations.sum::<usize>()
}

/// At most how long a text is between its quotes.
fn text(text: &str) -> usize {
    let length = |byte| match byte {
        b'"' | b'\\' => 2,
        ..0x20 => 6,
        _ => 1,
    };
    text.bytes().map(length).sum()
}

#[cfg(test)]
mod tests;
