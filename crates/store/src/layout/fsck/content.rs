//! Content: which there is, and whether its bytes are right.

use std::path::Path;

use wharf_registry::{Algorithm, Digest, Hasher, Mismatch};

use super::finding::{Finding, Kind, Thing};
use super::site::Site;
use super::tree::{self, Named};
use super::watch::{Event, Watch};
use crate::Error;
use crate::layout::disk::Stat;
use crate::layout::file::File;
use crate::layout::place::BLOBS;
use crate::layout::seen::Seen;

/// How much is read at once, in bytes. It should still be in the processor's cache when it is hashed.
const PIECE: u64 = 128 << 10;
/// How often a file may change while it is looked at.
const LOOKS: usize = 4;
/// The algorithms that have a directory.
const ALGORITHMS: [Algorithm<'_>; 2] = [Algorithm::SHA256, Algorithm::SHA512];

/// The content of a directory, and what else is in the place of content.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// The size in bytes and the digest, not verified.
    pub(super) content: Vec<(u64, Digest)>,
    pub(super) findings: Vec<Finding>,
}

/// Lists the content of a directory.
pub(super) fn list(site: &Site) -> Listing {
    let mut listing = Listing::default();
    for named in names(site, Path::new(BLOBS), &mut listing.findings) {
        let path = Path::new(BLOBS).join(&named.name);
        match ALGORITHMS.iter().find(|algorithm| algorithm.as_str() == named.name) {
            None => listing.findings.push(site.note(Kind::Stranger, path)),
            Some(_) if named.thing != Thing::Directory => {
                listing.findings.push(site.fault(Kind::Obstacle(named.thing), path));
            }
            Some(algorithm) => list_one(site, *algorithm, &path, &mut listing),
        }
    }
    listing
}

fn list_one(site: &Site, algorithm: Algorithm<'_>, path: &Path, listing: &mut Listing) {
    for Named { name, size, .. } in names(site, path, &mut listing.findings) {
        match Digest::parse_registered(&format!("{algorithm}:{name}")) {
            Ok(digest) => listing.content.push((size, digest)),
            Err(_) => listing.findings.push(site.note(Kind::Stranger, path.join(name))),
        }
    }
}

fn names(site: &Site, path: &Path, findings: &mut Vec<Finding>) -> Vec<Named> {
    tree::list(&site.files, &site.path.join(path)).unwrap_or_else(|error| {
        findings.push(site.fault(Kind::Unreadable(error), path));
        Vec::new()
    })
}

/// What is in the place of content.
#[derive(Debug)]
pub(super) enum State {
    /// Nothing, or nobody wants to know any more.
    Gone,
    /// The content, of so many bytes.
    Right(u64),
    /// Something else.
    Wrong(Kind),
}

/// Looks at what is in the place of content. What changes meanwhile is looked at again.
pub(super) fn look(site: &Site, digest: &Digest, watch: &Watch) -> State {
    site.content(digest).map_or(State::Gone, |path| look_at(site, &path, digest, watch))
}

/// Looks at what is at a path, which should be some content.
pub(super) fn look_at(site: &Site, path: &Path, digest: &Digest, watch: &Watch) -> State {
    let mut again = 1..LOOKS;
    loop {
        match look_once(site, path, digest, watch) {
            Ok((State::Wrong(_), true)) if again.next().is_some() => {}
            Ok((state, _)) => return state,
            Err(error) => return State::Wrong(Kind::Unreadable(error)),
        }
    }
}

/// What is there, and whether that has changed meanwhile.
fn look_once(site: &Site, path: &Path, digest: &Digest, watch: &Watch) -> Result<(State, bool), Error> {
    let Some(file) = site.files.open(path)? else {
        return Ok(match tree::look(&site.files, path)? {
            // A file has only just come.
            Some((thing, _)) => (State::Wrong(Kind::Obstacle(thing)), thing == Thing::File),
            None => (State::Gone, false),
        });
    };
    let before = file.stat()?;
    let Some((actual, bytes)) = hash(&file, &before, digest, watch)? else { return Ok((State::Gone, false)) };
    if actual == *digest {
        return Ok((State::Right(bytes), false));
    }
    let mismatch = Mismatch::Digest { expected: Box::new(digest.clone()), actual: Box::new(actual) };
    let now = site.files.stat(path)?;
    Ok((State::Wrong(Kind::Corrupt(mismatch)), has_changed(&before, now.as_ref())))
}

/// The digest and the size of a file; nothing when nobody wants to know any more.
fn hash(file: &File, stat: &Stat, digest: &Digest, watch: &Watch) -> Result<Option<(Digest, u64)>, Error> {
    let mut hasher = Hasher::new(digest.algorithm())?;
    // One byte more than there should be shows the end of a small file in the first piece.
    let size = stat.size.saturating_add(1).min(PIECE);
    let mut piece = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    let mut offset = 0_u64;
    while !watch.is_cancelled() {
        piece.clear();
        file.fill(offset, &mut piece)?;
        hasher.update(&piece);
        offset = offset.saturating_add(piece.len() as u64);
        watch.tell(Event::Read { bytes: piece.len() as u64 });
        if piece.len() < piece.capacity() {
            return Ok(Some((hasher.finish(), offset)));
        }
    }
    Ok(None)
}

/// Whether a path leads to another file than before, or to one that was written to. Where that cannot be told, it is taken
/// for changed.
fn has_changed(before: &Stat, now: Option<&Stat>) -> bool {
    let seen = Seen::of(before).zip(now.and_then(Seen::of));
    seen.is_none_or(|(before, now)| !now.has_content_of(&before))
}
