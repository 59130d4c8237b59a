//! Upload sessions as files: `ingest/upload-<64 hexadecimal digits>`, named as [`SessionName`] says.
//!
//! The file is all there is to a session. Its length is how far the upload has come; whoever tells of it has made it
//! durable before. Its lock says who holds the session, and ends with the process that does. Its time of modification says
//! when it was last written to. What is hashed at the end is what is in it, unless all of it was hashed by the process that
//! wrote it.
//!
//! A session is over when the file has lost this name. So whoever opens it and gets the lock looks once more whether it
//! still has it; and it has lost it before it begins to become the file of some content, so that nobody can ever append to
//! that.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use wharf_registry::{Digest, Hasher};

use super::draft::Draft;
use super::file::File;
use super::files::Files;
use super::place::{INGEST, pool};
use super::scratch::{PRIVATE, Scratch};
use super::seen::Seen;
use super::temporary::Temporary;
use super::warm::{Left, Warm};
use crate::{Error, OpenSessions, SessionName};

/// With what the names of the files begin.
const PREFIX: &str = "upload-";
/// How many digits follow.
const DIGITS: usize = 64;

/// A session's file, which nobody else writes to. Dropping it leaves the file.
#[derive(Debug)]
pub(super) struct Kept {
    files: Files,
    path: PathBuf,
    draft: Draft,
    /// Whether the file's name is durable.
    named: bool,
    /// The file as it is while all that was written is durable.
    seen: Option<Seen>,
    written: SystemTime,
}

impl Kept {
    /// A new session.
    pub(super) fn begin(files: &Files, name: &SessionName, hasher: Hasher, now: SystemTime) -> Result<Self, Error> {
        let path = path(name);
        files.make_dirs(&pool().join(INGEST))?;
        let file = files.create(&path, PRIVATE)?.ok_or(Error::Held)?;
        if !file.try_lock()? {
            return Err(Error::Held);
        }
        let draft = Draft::new(file, hasher);
        Ok(Self { files: files.clone(), path, draft, named: false, seen: None, written: now })
    }

    /// A session that nobody holds, where it was left. What is there is durable before anybody is told of it.
    pub(super) fn resume(files: &Files, warm: &Warm, name: &SessionName) -> Result<Self, Error> {
        let path = path(name);
        let file = hold(files, &path)?;
        let stat = file.stat()?;
        let (seen, written) = (Seen::of(&stat), stat.written());
        let (named, hasher) = match warm.take(name, seen.as_ref()) {
            Some(left) => (true, left.hasher),
            None => (false, (stat.size == 0).then(Hasher::sha256)),
        };
        let draft = Draft::resumed(file, hasher, stat.size);
        let mut kept = Self { files: files.clone(), path, draft, named, seen, written };
        if !named {
            kept.keep(written)?;
        }
        Ok(kept)
    }

    /// How many bytes have been written.
    pub(super) const fn size(&self) -> u64 {
        self.draft.size()
    }

    /// When the session was last written to.
    pub(super) const fn written(&self) -> SystemTime {
        self.written
    }

    /// Appends bytes. Of what could not be written nobody knows how much there is, so that ends the session.
    pub(super) fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.seen = None;
        self.draft.write(piece).inspect_err(|_| self.remove())
    }

    /// Makes durable what was written. A file that could not be synced is not tried again, so that ends the session.
    pub(super) fn keep(&mut self, now: SystemTime) -> Result<(), Error> {
        self.sync().inspect_err(|_| self.remove())?;
        self.written = now;
        self.seen = Seen::of(&self.draft.file().stat()?);
        Ok(())
    }

    fn sync(&mut self) -> Result<(), Error> {
        self.draft.file().sync()?;
        if !self.named {
            self.files.sync_parent(&self.path)?;
            self.named = true;
        }
        Ok(())
    }

    /// Gives the content its name in the pool, and returns its size. The session is over, whatever comes of it.
    pub(super) fn publish(self, digest: &Digest) -> Result<u64, Error> {
        self.draft.check(digest).inspect_err(|_| self.remove())?;
        let scratch = Scratch::instead_of(&self.files, pool(), &self.path).inspect_err(|_| self.remove())?;
        Temporary::new(&self.files, scratch, self.draft).publish_checked(pool(), digest)
    }

    /// Ends the session.
    pub(super) fn cancel(self) -> Result<(), Error> {
        self.files.remove_name(&self.path).map(drop)
    }

    /// How the session is left, if all that was written is durable.
    pub(super) fn left(&self) -> Option<Left> {
        Some(Left { seen: self.seen?, hasher: self.draft.hasher().cloned() })
    }

    /// If this fails, too, the session is left and whoever resumes it syncs it before they believe what is there.
    fn remove(&self) {
        let _ = self.files.remove_name(&self.path);
    }
}

/// Ends the sessions that nobody holds and that were last written to before a time, and says how many are left.
pub(super) fn expire(files: &Files, before: SystemTime, beside: &SessionName) -> Result<OpenSessions, Error> {
    let directory = pool().join(INGEST);
    let mut left = Vec::new();
    for name in files.list(&directory)? {
        let name = name?;
        let Some(session) = name.to_str().and_then(session) else { continue };
        let path = directory.join(&name);
        if files.stat(&path)?.is_some() && !matches!(expire_one(files, &path, before), Ok(true)) {
            left.push(session.to_owned());
        }
    }
    Ok(OpenSessions::count(left, beside))
}

/// Age is judged before the lock is taken, so that nobody is refused because of this who comes in time, and again under it.
fn expire_one(files: &Files, path: &Path, before: SystemTime) -> Result<bool, Error> {
    if files.stat(path)?.is_none_or(|stat| stat.written() >= before) {
        return Ok(false);
    }
    let file = hold(files, path)?;
    Ok(file.stat()?.written() < before && files.remove_name(path)?)
}

/// The file of a session that nobody else holds, which it still is now that it is held.
fn hold(files: &Files, path: &Path) -> Result<File, Error> {
    let file = files.open_to_write(path)?.ok_or(Error::NoSession)?;
    if !file.try_lock()? {
        return Err(Error::Held);
    }
    let opened = file.stat()?;
    match files.stat(path)?.is_some_and(|named| named.is_same(&opened)) {
        true => Ok(file),
        false => Err(Error::NoSession),
    }
}

fn path(name: &SessionName) -> PathBuf {
    pool().join(INGEST).join(format!("{PREFIX}{}", name.as_str()))
}

/// The name of the session whose file this is.
fn session(name: &str) -> Option<&str> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
    name.strip_prefix(PREFIX).filter(|digits| digits.len() == DIGITS && digits.bytes().all(is_digit))
}
