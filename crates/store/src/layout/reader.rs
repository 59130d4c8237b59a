//! Files of which content is read, piece by piece: the next one is read while the last one is used.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use wharf_registry::{Blob, ByteStream, Descriptor, Digest, MediaType, Operation};

use super::file::File;
use super::place::{place, pool};
use super::root::Root;
use super::seen::Seen;
use super::trash;
use super::verified::SMALL;
use crate::Error;

/// A file of which a part is being read.
///
/// It holds the file open, so content that is deleted meanwhile is still read to its end where the system allows that.
pub(super) struct Reader {
    root: Arc<Root>,
    file: File,
    offset: u64,
    remaining: u64,
    /// The file as it was when its bytes were verified, if they need not be verified again.
    verified: Option<Seen>,
}

/// The first piece of a part, and what is read after it.
pub(super) type Opened = (Bytes, Reader);

/// All of some content: its first piece, and the file as it was before that was read, if another change would show.
pub(super) struct Whole {
    first: Bytes,
    reader: Reader,
    digest: Digest,
    size: u64,
    seen: Option<Seen>,
}

/// The next piece, which is being read.
type Ahead = Pin<Box<dyn Future<Output = Result<Opened, Error>> + Send>>;

impl Reader {
    /// A part of content of a layout. The first piece is read in the same breath, which for most content is the only one.
    pub(super) fn open(
        root: Arc<Root>,
        layout: &Path,
        digest: &Digest,
        offset: u64,
        length: u64,
    ) -> Result<Option<Opened>, Error> {
        let Some(mut reader) = Self::find(root, layout, digest)? else { return Ok(None) };
        reader.remaining = length;
        reader.offset = offset;
        reader.read().map(Some)
    }

    /// All of some content of the pool. What is small is verified in the same breath, and kept.
    pub(super) fn whole(root: Arc<Root>, digest: Digest) -> Result<Option<Whole>, Error> {
        let Some(mut reader) = Self::find(root, pool(), &digest)? else { return Ok(None) };
        let stat = reader.file.stat()?;
        let (size, seen) = (stat.size, reader.root.verified().look(&stat));
        // That is how files look whose bytes did not survive a power cut.
        if size == 0 && digest.matches(&[]) != Ok(true) {
            return Ok(None);
        }
        reader.remaining = size;
        reader.verified = seen.filter(|seen| reader.root.verified().holds(&digest, seen));
        let (first, mut reader) = reader.read()?;
        if let Some(seen) = seen.filter(|_| size <= SMALL && reader.is_unverified_whole()) {
            match digest.matches(&first) {
                Ok(true) => {
                    reader.verified = Some(seen);
                    reader.root.verified().record(&digest, seen, Some(first.clone()));
                }
                _ => reader.root.verified().refute(&digest, seen),
            }
        }
        Ok(Some(Whole { first, reader, digest, size, seen }))
    }

    /// The pieces. At most two of them are in memory: the one that is used and the one that is read.
    pub(super) fn pieces(opened: Opened) -> ByteStream {
        let first: Ahead = Box::pin(std::future::ready(Ok(opened)));
        Box::pin(stream::unfold(Some(first), async |ahead| match ahead?.await {
            Ok((piece, _)) if piece.is_empty() => None,
            Ok((piece, reader)) => Some((Ok(piece), reader.ahead())),
            Err(error) => Some((Err(error.during(Operation::GetBlob)), None)),
        }))
    }

    /// A blob that is verified on its way, unless that was done before.
    pub(super) fn blob(whole: Whole) -> Blob {
        let Whole { first, reader, digest, size, seen } = whole;
        let descriptor = Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), size);
        let (root, is_verified) = (Arc::clone(&reader.root), reader.verified.is_some());
        let stream = Self::pieces((first, reader));
        match seen {
            Some(_) if is_verified => Blob::verified(descriptor, stream),
            Some(seen) => {
                let (elsewhere, other) = (Arc::clone(&root), digest.clone());
                let record = move || root.verified().record(&digest, seen, None);
                let refute = move || elsewhere.verified().refute(&other, seen);
                Blob::new(descriptor, stream).when_verified(record).when_refuted(refute)
            }
            None => Blob::new(descriptor, stream),
        }
    }

    /// The file that holds some content of a layout, at its beginning.
    fn find(root: Arc<Root>, layout: &Path, digest: &Digest) -> Result<Option<Self>, Error> {
        let (files, path) = (root.files(), place(layout, digest)?);
        let file = trash::find(files, layout, digest, || files.open(&path))?;
        Ok(file.map(|file| Self { root, file, offset: 0, remaining: 0, verified: None }))
    }

    /// Whether all was read, and is not known to be right.
    const fn is_unverified_whole(&self) -> bool {
        self.remaining == 0 && self.verified.is_none()
    }

    /// No bytes when all have been read, or when the file is shorter than it should be.
    fn read(mut self) -> Result<Opened, Error> {
        let piece = self.file.piece(self.offset, self.remaining)?;
        self.offset = self.offset.saturating_add(piece.len() as u64);
        self.remaining = self.remaining.saturating_sub(piece.len() as u64);
        if self.remaining == 0 {
            self.check_unchanged()?;
        }
        Ok((piece, self))
    }

    /// What is not verified again must not have been written to while it was read.
    fn check_unchanged(&self) -> Result<(), Error> {
        let Some(verified) = &self.verified else { return Ok(()) };
        match Seen::of(&self.file.stat()?).is_some_and(|now| now.has_content_of(verified)) {
            true => Ok(()),
            false => Err(self.file.failed("read")(std::io::Error::other("it was written to meanwhile"))),
        }
    }

    /// Begins to read the next piece while the last one is used.
    fn ahead(self) -> Option<Ahead> {
        let root = Arc::clone(&self.root);
        (self.remaining > 0).then(|| Box::pin(root.run(move |_| self.read())) as Ahead)
    }
}

#[cfg(all(test, unix))]
mod tests;
