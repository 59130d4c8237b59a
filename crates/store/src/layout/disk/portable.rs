//! The disk of a system that has only paths: each directory on the way is looked at before it is gone through. Whoever
//! may change these directories can get in between; so may only those who may write everything there anyway.

use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use super::lockable::Lockable;
use super::{Access, Disk, File, Kind, Lock, Names, Stat};

/// How often a file may be replaced by another while it is being opened. Each time takes its writer longer than opening
/// takes, so more than a few in a row do not happen.
const REPLACED: usize = 16;

/// The files below a directory of this machine.
#[derive(Debug)]
pub struct System {
    path: PathBuf,
}

impl System {
    /// The files below a directory that is there. Links that lead to it are followed.
    ///
    /// # Errors
    /// When there is no such directory.
    pub fn open(path: &Path) -> io::Result<Self> {
        let path = fs::canonicalize(path)?;
        match path.is_dir() {
            true => Ok(Self { path }),
            false => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    /// Where a path leads, if nothing above it is anything but a directory.
    fn place(&self, path: &Path) -> io::Result<PathBuf> {
        let mut place = self.path.clone();
        for component in path.parent().unwrap_or(path).components() {
            place.push(component);
            let is_name = matches!(component, Component::Normal(_));
            if !is_name || !fs::symlink_metadata(&place)?.is_dir() {
                return Err(io::ErrorKind::NotADirectory.into());
            }
        }
        match path.components().next_back() {
            Some(Component::Normal(name)) => Ok(place.join(name)),
            Some(_) => Err(io::ErrorKind::InvalidInput.into()),
            None => Ok(place),
        }
    }

    /// Where a directory is.
    fn directory(&self, path: &Path) -> io::Result<PathBuf> {
        let place = self.place(path)?;
        match fs::symlink_metadata(&place)?.is_dir() {
            true => Ok(place),
            false => Err(io::ErrorKind::NotADirectory.into()),
        }
    }
}

impl Disk for System {
    fn root(&self) -> &Path {
        &self.path
    }

    fn known(&self, _: &Path) -> Option<Stat> {
        None
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        fs::symlink_metadata(self.place(path)?).map(|found| stat(&found))
    }

    /// What is opened is what was looked at.
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        let place = self.place(path)?;
        let is_writable = access != Access::Read;
        let mut options = OpenOptions::new();
        options.read(true).write(is_writable);
        if matches!(access, Access::New { .. }) {
            let file = Lockable::new(options.create_new(true).open(&place)?);
            return Ok(Box::new(Open { file, is_writable }));
        }
        for _ in 0..REPLACED {
            let seen = stat(&fs::symlink_metadata(&place)?);
            if !seen.is_file() {
                return Err(io::ErrorKind::NotFound.into());
            }
            let open = Open { file: Lockable::new(options.open(&place)?), is_writable };
            if open.stat()?.is_same(&seen) {
                return Ok(Box::new(open));
            }
        }
        Err(io::ErrorKind::ResourceBusy.into())
    }

    fn list(&self, path: &Path) -> io::Result<Names> {
        let entries = fs::read_dir(self.directory(path)?)?;
        Ok(Box::new(entries.map(|entry| entry.map(|entry| entry.file_name()))))
    }

    fn make_dir(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(self.place(path)?)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(self.place(from)?, self.place(to)?)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(self.place(from)?, self.place(to)?).map_err(busy)
    }

    /// The file may have both names for a moment, and for longer when its process ends in that.
    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.link(from, to)?;
        self.remove_file(from)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(self.place(path)?).map_err(busy)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(self.directory(path)?)
    }

    /// There is no such operation: a name may be lost with the power.
    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.directory(path).map(drop)
    }
}

/// What Windows says of a name whose file somebody has open without sharing that right: that it is being used (32), or only
/// that access is denied (5).
fn busy(error: io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(5 | 32) if cfg!(windows) => io::Error::new(io::ErrorKind::ResourceBusy, error),
        _ => error,
    }
}

/// What the standard library says of a file.
fn stat(found: &Metadata) -> Stat {
    let kind = match found.file_type() {
        kind if kind.is_file() => Kind::File,
        kind if kind.is_dir() => Kind::Directory,
        _ => Kind::Other,
    };
    let modified = found.modified().ok().and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    let modified = modified.unwrap_or_default();
    let modified = (i64::try_from(modified.as_secs()).unwrap_or(i64::MAX), i64::from(modified.subsec_nanos()));
    Stat { kind, id: None, size: found.len(), mode: 0, links: 0, modified, changed: modified }
}

/// A file that is open. Reading and writing move its one position, which nobody else uses meanwhile.
#[derive(Debug)]
struct Open {
    file: Lockable,
    is_writable: bool,
}

impl File for Open {
    fn stat(&self) -> io::Result<Stat> {
        self.file.metadata().map(|found| stat(&found))
    }

    fn read_at(&self, offset: u64, bytes: &mut Vec<u8>) -> io::Result<usize> {
        let room = bytes.capacity().saturating_sub(bytes.len()) as u64;
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(offset))?;
        file.take(room).read_to_end(bytes)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(offset))?;
        file.write(bytes)
    }

    /// A file that is read-only could not be removed here, so it stays as it is.
    fn set_mode(&self, _: u32) -> io::Result<()> {
        Ok(())
    }

    /// Only those who may write to a file can ask for this here.
    fn sync(&self) -> io::Result<()> {
        if self.is_writable { self.file.sync_all() } else { Ok(()) }
    }

    fn lock(&self, lock: Lock) -> io::Result<()> {
        self.file.lock(lock)
    }

    fn try_lock(&self, lock: Lock) -> io::Result<bool> {
        self.file.try_lock(lock)
    }
}
