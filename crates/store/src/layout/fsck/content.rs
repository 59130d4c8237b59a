//! Content: which there is, and whether its bytes are right.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use wharf_registry::{Algorithm, Digest, Hasher, Mismatch};

use super::finding::{Finding, Kind, Thing};
use super::site::Site;
use super::tree::{self, Found, Named};
use super::watch::{Event, Watch};
use crate::Error;
use crate::layout::file::{self, failed};
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
            Some(_) if !named.is_directory() => {
                let thing = if let Found::Thing(thing) = named.found { thing } else { Thing::File };
                listing.findings.push(site.fault(Kind::Obstacle(thing), path));
            }
            Some(algorithm) => list_one(site, *algorithm, &path, &mut listing),
        }
    }
    listing
}

fn list_one(site: &Site, algorithm: Algorithm<'_>, path: &Path, listing: &mut Listing) {
    for Named { name, found } in names(site, path, &mut listing.findings) {
        let size = if let Found::File(size) = found { size } else { 0 };
        match Digest::parse_registered(&format!("{algorithm}:{name}")) {
            Ok(digest) => listing.content.push((size, digest)),
            Err(_) => listing.findings.push(site.note(Kind::Stranger, path.join(name))),
        }
    }
}

fn names(site: &Site, path: &Path, findings: &mut Vec<Finding>) -> Vec<Named> {
    tree::list(&site.path.join(path)).unwrap_or_else(|error| {
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
pub(super) fn look(path: &Path, digest: &Digest, watch: &Watch) -> State {
    let mut again = 1..LOOKS;
    loop {
        match look_once(path, digest, watch) {
            Ok((State::Wrong(_), true)) if again.next().is_some() => {}
            Ok((state, _)) => return state,
            Err(error) => return State::Wrong(Kind::Unreadable(error)),
        }
    }
}

/// What is there, and whether that has changed meanwhile.
fn look_once(path: &Path, digest: &Digest, watch: &Watch) -> Result<(State, bool), Error> {
    let Some(file) = file::open(path)? else {
        return Ok(match tree::look(path)? {
            Some(Found::Thing(thing)) => (State::Wrong(Kind::Obstacle(thing)), false),
            // It has only just come.
            Some(Found::File(_)) => (State::Wrong(Kind::Obstacle(Thing::File)), true),
            None => (State::Gone, false),
        });
    };
    let before = file.metadata().map_err(failed("look at", path))?;
    let Some((actual, bytes)) = hash(&file, digest, watch).map_err(failed("read", path))? else {
        return Ok((State::Gone, false));
    };
    if actual == *digest {
        return Ok((State::Right(bytes), false));
    }
    let mismatch = Mismatch::Digest { expected: Box::new(digest.clone()), actual: Box::new(actual) };
    Ok((State::Wrong(Kind::Corrupt(mismatch)), has_changed(&before, path)?))
}

/// The digest and the size of a file; nothing when nobody wants to know any more.
fn hash(mut file: &File, digest: &Digest, watch: &Watch) -> io::Result<Option<(Digest, u64)>> {
    let mut hasher = Hasher::new(digest.algorithm()).map_err(io::Error::other)?;
    let size = file.metadata()?.len();
    // One byte more than there should be shows the end of a small file in the first piece.
    let mut piece = vec![0; usize::try_from(size.saturating_add(1).min(PIECE)).unwrap_or_default()];
    let mut bytes = 0;
    while !watch.is_cancelled() {
        let read = match file.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        hasher.update(piece.get(..read).unwrap_or_default());
        bytes += read as u64;
        watch.tell(Event::Read { bytes: read as u64 });
        if read == 0 {
            return Ok(Some((hasher.finish(), bytes)));
        }
    }
    Ok(None)
}

/// Whether a path leads to another file than before, or to one that was written to. Where that cannot be told, it is taken
/// for changed.
fn has_changed(before: &Metadata, path: &Path) -> Result<bool, Error> {
    let now = file::stat(path)?;
    let seen = Seen::of(before).zip(now.as_ref().and_then(Seen::of));
    Ok(seen.is_none_or(|(before, now)| !now.has_content_of(&before)))
}
