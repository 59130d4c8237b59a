//! A file of a store that is open: whole reads and writes over a disk that does them in part, and errors that say which
//! file it is.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use wharf_registry::{Algorithm, DecodeError, DecodeErrorKind, Digest, Hasher};

use super::disk::{self, Lock, Stat};
use super::durability::Durability;
use super::durable::Durable;
use crate::Error;

/// How much is read at once, in bytes: long enough that going to another thread for it costs nothing beside it.
const PIECE: usize = 256 << 10;

/// A regular file.
#[derive(Debug)]
pub(super) struct File {
    file: Box<dyn disk::File>,
    path: PathBuf,
    durability: Durability,
    durable: Arc<Durable>,
    /// Whether a sync of this very file failed.
    is_lost: AtomicBool,
}

impl File {
    /// A file that was opened at a path of this machine.
    pub(super) const fn new(
        file: Box<dyn disk::File>,
        path: PathBuf,
        durability: Durability,
        durable: Arc<Durable>,
    ) -> Self {
        Self { file, path, durability, durable, is_lost: AtomicBool::new(false) }
    }

    /// Makes an error of the operating system one of the store.
    pub(super) fn failed(&self, step: &'static str) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::Io { step, path: self.path.clone(), source }
    }

    /// What is known of it now.
    pub(super) fn stat(&self) -> Result<Stat, Error> {
        retried(|| self.file.stat()).map_err(self.failed("look at"))
    }

    /// The bytes from an offset on, at most `limit` and at most [`PIECE`]; none at the end. What is allocated follows what
    /// can be read at once, never what somebody promised.
    pub(super) fn piece(&self, offset: u64, limit: u64) -> Result<Bytes, Error> {
        let mut bytes = Vec::with_capacity(usize::try_from(limit).map_or(PIECE, |limit| limit.min(PIECE)));
        self.fill(offset, &mut bytes)?;
        Ok(bytes.into())
    }

    /// Reads until the room is full or the file ends: for most files in one call of the system. What was read
    /// before is in `bytes` already, and passed over.
    pub(super) fn fill(&self, offset: u64, bytes: &mut Vec<u8>) -> Result<(), Error> {
        while bytes.len() < bytes.capacity() {
            let at = offset.saturating_add(bytes.len() as u64);
            if retried(|| self.file.read_at(at, bytes)).map_err(self.failed("read"))? == 0 {
                return Ok(());
            }
        }
        Ok(())
    }

    /// All of a small file, however it grows meanwhile.
    pub(super) fn read_all(&self, limit: u64) -> Result<Vec<u8>, Error> {
        let expected = self.stat()?.size.min(limit).saturating_add(1);
        let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or_default());
        loop {
            self.fill(0, &mut bytes)?;
            if bytes.len() as u64 > limit {
                let source = DecodeError::new(DecodeErrorKind::TooLarge);
                return Err(Error::Corrupt { path: self.path.clone(), source });
            }
            if bytes.len() < bytes.capacity() {
                return Ok(bytes);
            }
            bytes.reserve(PIECE);
        }
    }

    /// Whether these are the bytes of the file, of which little is held for that.
    pub(super) fn has(&self, mut bytes: &[u8]) -> Result<bool, Error> {
        if self.stat()?.size != bytes.len() as u64 {
            return Ok(false);
        }
        let (mut offset, mut piece) = (0_u64, Vec::with_capacity(PIECE.min(bytes.len() + 1)));
        loop {
            piece.clear();
            self.fill(offset, &mut piece)?;
            match bytes.strip_prefix(piece.as_slice()) {
                Some([]) if piece.is_empty() => return Ok(true),
                Some(rest) if !piece.is_empty() => bytes = rest,
                _ => return Ok(false),
            }
            offset = offset.saturating_add(piece.len() as u64);
        }
    }

    /// The digest of all there is to read.
    pub(super) fn digest(&self, algorithm: Algorithm<'_>) -> Result<Digest, Error> {
        let mut hasher = Hasher::new(algorithm)?;
        let mut offset = 0_u64;
        loop {
            match self.piece(offset, u64::MAX)? {
                piece if piece.is_empty() => return Ok(hasher.finish()),
                piece => {
                    hasher.update(&piece);
                    offset = offset.saturating_add(piece.len() as u64);
                }
            }
        }
    }

    /// Writes all of some bytes at an offset.
    pub(super) fn write(&self, mut offset: u64, mut bytes: &[u8]) -> Result<(), Error> {
        while !bytes.is_empty() {
            let written = retried(|| self.file.write_at(offset, bytes)).map_err(self.failed("write to"))?;
            bytes = match bytes.get(written..) {
                Some(rest) if written > 0 => rest,
                _ => return Err(self.failed("write to")(io::ErrorKind::WriteZero.into())),
            };
            offset = offset.saturating_add(written as u64);
        }
        Ok(())
    }

    /// Says who may read and write it.
    pub(super) fn set_mode(&self, mode: u32) -> Result<(), Error> {
        retried(|| self.file.set_mode(mode)).map_err(self.failed("set the permissions of"))
    }

    /// Has the disk begin with a part of the bytes that will be made durable, so that there is less to wait for then.
    pub(super) fn begin_sync(&self, offset: u64, length: u64) {
        if self.durability == Durability::Power {
            self.file.begin_sync(offset, length);
        }
    }

    /// Makes the bytes durable. A file of which this failed is lost, and every other try fails: it gets no name, and is
    /// replaced if it has one.
    pub(super) fn sync(&self) -> Result<(), Error> {
        match self.durability {
            Durability::Process => Ok(()),
            Durability::Power => self.sync_once(),
        }
    }

    fn sync_once(&self) -> Result<(), Error> {
        let stat = self.stat()?;
        if self.is_lost.load(Ordering::Relaxed) || self.durable.has_lost(&stat) {
            return Err(self.failed("sync")(io::Error::other("that failed before")));
        }
        retried(|| self.file.sync()).inspect_err(|_| self.lose(&stat)).map_err(self.failed("sync"))
    }

    fn lose(&self, stat: &Stat) {
        self.is_lost.store(true, Ordering::Relaxed);
        self.durable.lose(stat);
    }

    /// Waits until nobody else holds the file, in whatever process, and holds it until it is dropped.
    pub(super) fn lock(&self) -> Result<(), Error> {
        retried(|| self.file.lock(Lock::Exclusive)).map_err(self.failed("lock"))
    }

    /// Holds the file until it is dropped if nobody else does, and says whether it did.
    pub(super) fn try_lock(&self) -> Result<bool, Error> {
        retried(|| self.file.try_lock(Lock::Exclusive)).map_err(self.failed("lock"))
    }
}

/// Does something again for as long as a signal comes in between.
pub(super) fn retried<T>(mut operation: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match operation() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}
