//! What the standard library leaves open of files: nothing here follows a link below a layout's directory, and what is
//! made is durable when a function returns.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use wharf_registry::{DecodeError, DecodeErrorKind};

use crate::Error;

/// How much is read at once, in bytes: long enough that going to another thread for it costs nothing beside it.
const PIECE: usize = 256 << 10;
/// How often a file may be replaced by another while it is being opened. Each time takes its writer longer than opening
/// takes, so more than a few in a row do not happen.
const REPLACED: usize = 16;

/// Makes an error of the operating system one of the store.
pub(super) fn failed<'a>(step: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Error + 'a {
    move |source| Error::Io { step, path: path.to_path_buf(), source }
}

/// A path of several parts. One is made for each question, so it is allocated once and does not grow with each part.
pub(super) fn joined<P: AsRef<Path>>(base: &Path, below: &[P]) -> PathBuf {
    let length = |path: &Path| path.as_os_str().len() + 1;
    let below = below.iter().map(AsRef::as_ref);
    let mut path = PathBuf::with_capacity(length(base) + below.clone().map(length).sum::<usize>());
    path.push(base);
    path.extend(below);
    path
}

/// What is at a path if it is a regular file; anything else counts as absent.
pub(super) fn stat(path: &Path) -> Result<Option<Metadata>, Error> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata).filter(Metadata::is_file)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(failed("look at", path)(error)),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Whether all the directories `below` the directory `base` are there, and none of them is a link to one.
pub(super) fn has_dirs(base: &Path, below: &Path) -> Result<bool, Error> {
    let mut path = base.to_path_buf();
    for component in below.components() {
        path.push(component);
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => return Ok(false),
            Err(error) if is_absent(&error) => return Ok(false),
            Err(error) => return Err(failed("look at", &path)(error)),
        }
    }
    Ok(true)
}

/// Whether there is a directory, and not a link to one.
pub(super) fn is_dir(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

/// Opens a regular file for reading; anything else counts as absent. What is opened is what was looked at.
pub(super) fn open(path: &Path) -> Result<Option<File>, Error> {
    open_with(path, OpenOptions::new().read(true))
}

/// As [`open`], for more than reading. The options must not create or cut the file.
pub(super) fn open_with(path: &Path, options: &OpenOptions) -> Result<Option<File>, Error> {
    for _ in 0..REPLACED {
        let Some(seen) = stat(path)? else { return Ok(None) };
        let file = match options.open(path) {
            Ok(file) => file,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(failed("open", path)(error)),
        };
        if is_same(&seen, &file.metadata().map_err(failed("look at", path))?) {
            return Ok(Some(file));
        }
    }
    Err(failed("open", path)(io::ErrorKind::ResourceBusy.into()))
}

/// Whether two looks saw one and the same file.
#[cfg(unix)]
pub(super) fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Whether two looks saw files that cannot be told apart. Where files have no number that std shows, that is their size.
#[cfg(not(unix))]
pub(super) fn is_same(one: &Metadata, other: &Metadata) -> bool {
    one.is_file() && other.is_file() && one.len() == other.len()
}

/// All of a small file, if it is there.
pub(super) fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Error> {
    let Some(file) = open(path)? else { return Ok(None) };
    read_all(&file, path, limit).map(Some)
}

/// All of a small file that is open, from where it stands.
pub(super) fn read_all(file: &File, path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed("read", path))?;
    match bytes.len() as u64 > limit {
        true => Err(Error::Corrupt { path: path.into(), source: DecodeError::new(DecodeErrorKind::TooLarge) }),
        false => Ok(bytes),
    }
}

/// The next bytes, at most `limit` and at most [`PIECE`]; none at the end. What is allocated follows what can be read at
/// once, never what somebody promised.
pub(super) fn piece(file: &File, limit: u64) -> io::Result<Bytes> {
    let size = usize::try_from(limit).map_or(PIECE, |limit| limit.min(PIECE));
    let mut bytes = Vec::with_capacity(size);
    fill(file, &mut bytes)?;
    Ok(bytes.into())
}

/// Reads until the room is full or the file ends: for most files in one call of the system, into memory that nobody
/// has to clear first.
#[cfg(unix)]
fn fill(file: &File, bytes: &mut Vec<u8>) -> io::Result<()> {
    while bytes.len() < bytes.capacity() {
        match rustix::io::read(file, rustix::buffer::spare_capacity(bytes)) {
            Ok(0) => return Ok(()),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The same by means of the standard library, which reads in small steps at first.
#[cfg(not(unix))]
fn fill(file: &File, bytes: &mut Vec<u8>) -> io::Result<()> {
    let room = bytes.capacity() as u64;
    file.take(room).read_to_end(bytes).map(drop)
}

/// Has the system begin to bring a part of a file to the disk, which it would otherwise do when that is waited for. What
/// was written is not waited for here and no more durable afterwards. It is advice: what the system makes of it changes
/// no result.
#[cfg(target_os = "linux")]
pub(super) fn begin_sync(file: &File, offset: u64, length: u64) {
    // What is said is that nobody will read this soon. Pages that wait for the disk are sent there at once and stay in
    // memory for now; only those that are on the disk already may go.
    let _ = rustix::fs::fadvise(file, offset, std::num::NonZeroU64::new(length), rustix::fs::Advice::DontNeed);
}

/// There is no such advice here.
#[cfg(not(target_os = "linux"))]
pub(super) const fn begin_sync(_: &File, _: u64, _: u64) {}

/// Makes a directory that the user named, and those above it, durably, where they are missing. Links that the user named
/// are meant.
pub(super) fn make_root(path: &Path) -> Result<(), Error> {
    let path = std::path::absolute(path).map_err(failed("find", path))?;
    let existing = path.ancestors().find(|above| above.is_dir());
    let missing = existing.and_then(|existing| Some((existing, path.strip_prefix(existing).ok()?)));
    missing.map_or(Ok(()), |(existing, below)| make_dirs(existing, below))
}

/// Makes the directories `below` the directory `base`, durably, where they are missing.
pub(super) fn make_dirs(base: &Path, below: &Path) -> Result<(), Error> {
    let mut path = base.to_path_buf();
    for component in below.components() {
        let parent = path.clone();
        path.push(component);
        if !is_dir(&path) {
            make_dir(&path)?;
            sync_dir(&parent)?;
        }
    }
    Ok(())
}

fn make_dir(path: &Path) -> Result<(), Error> {
    match dir_builder().create(path) {
        // Somebody else was faster, or it is not a directory.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && is_dir(path) => Ok(()),
        made => made.map_err(failed("create", path)),
    }
}

/// For everybody to read, unless the user's mask says otherwise; for others to write, never.
fn dir_builder() -> fs::DirBuilder {
    #[cfg_attr(not(unix), allow(unused_mut, reason = "only Unix has modes"))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o755);
    builder
}

/// Makes the names in a directory durable. File systems that cannot do that say so and keep them as well as they can.
#[cfg(unix)]
pub(super) fn sync_dir(path: &Path) -> Result<(), Error> {
    match File::open(path).and_then(|directory| directory.sync_all()) {
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        synced => synced.map_err(failed("sync", path)),
    }
}

/// There is no such operation here: a name may be lost with the power.
#[cfg(not(unix))]
pub(super) fn sync_dir(_: &Path) -> Result<(), Error> {
    Ok(())
}

/// Removes a regular file durably, and says whether it was there.
pub(super) fn remove(path: &Path) -> Result<bool, Error> {
    if stat(path)?.is_none() {
        return Ok(false);
    }
    match fs::remove_file(path) {
        Ok(()) => path.parent().map_or(Ok(()), sync_dir).map(|()| true),
        Err(error) if is_absent(&error) => Ok(false),
        Err(error) => Err(failed("remove", path)(error)),
    }
}
