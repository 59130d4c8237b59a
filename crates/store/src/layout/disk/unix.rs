//! The disk of a Unix system. Every operation begins at the root's descriptor, so that what is moved or replaced above
//! the root is of no matter.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, RawMode};
use rustix::io::Errno;

use super::lockable::Lockable;
use super::{Access, Disk, File, Kind, Lock, Names, Stat, beneath};

/// What is opened never waits for another process, and is no terminal of this one.
const CALM: OFlags = OFlags::NONBLOCK.union(OFlags::NOCTTY);
const DIRECTORY: Mode = Mode::RWXU.union(Mode::RGRP).union(Mode::XGRP).union(Mode::ROTH).union(Mode::XOTH);

/// The files below a directory of this machine.
#[derive(Debug)]
pub struct System {
    path: PathBuf,
    root: OwnedFd,
}

impl System {
    /// The files below a directory that is there. Links that lead to it are followed.
    ///
    /// # Errors
    /// When there is no such directory, or it cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        let path = std::fs::canonicalize(path)?;
        Ok(Self { root: beneath::root(&path)?, path })
    }

    /// The directory that a path is in, and its name there; of the root, the root itself.
    fn parent<'a>(&self, path: &'a Path) -> io::Result<(OwnedFd, &'a OsStr)> {
        let (above, name) = (path.parent().unwrap_or(path), path.file_name().unwrap_or(".".as_ref()));
        Ok((beneath::point(self.root.as_fd(), above).map_err(no_link)?, name))
    }

    /// Opens a directory to read or sync what is in it.
    fn directory(&self, path: &Path) -> io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY;
        Ok(beneath::open(self.root.as_fd(), path, flags, Mode::empty()).map_err(no_link)?)
    }
}

impl Disk for System {
    fn root(&self) -> &Path {
        &self.path
    }

    #[cfg(target_os = "linux")]
    fn known(&self, path: &Path) -> Option<Stat> {
        // The file is not opened but only pointed at, so this needs no permission to read and waits for nobody.
        let file = beneath::open_cached(self.root.as_fd(), path, OFlags::PATH).ok()?;
        stat(rustix::fs::fstat(file)).ok().filter(Stat::is_file)
    }

    /// One call of the system instead of three.
    #[cfg(target_os = "linux")]
    fn known_open(&self, path: &Path) -> Option<Stat> {
        stat(rustix::fs::statat(&self.root, path, AtFlags::SYMLINK_NOFOLLOW)).ok().filter(Stat::is_file)
    }

    #[cfg(not(target_os = "linux"))]
    fn known(&self, _: &Path) -> Option<Stat> {
        None
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        let (above, name) = self.parent(path)?;
        stat(rustix::fs::statat(above, name, AtFlags::SYMLINK_NOFOLLOW))
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        let (flags, mode) = match access {
            Access::Read => (OFlags::RDONLY, 0),
            Access::Write => (OFlags::RDWR, 0),
            Access::New { mode } => (OFlags::RDWR | OFlags::CREATE | OFlags::EXCL, mode),
        };
        #[allow(clippy::unnecessary_cast, reason = "systems differ in how wide this is")]
        let mode = Mode::from_raw_mode(mode as RawMode);
        let opened = beneath::open(self.root.as_fd(), path, flags | CALM, mode).map_err(no_file)?;
        let file = Open(Lockable::new(opened.into()));
        match file.stat()?.is_file() {
            true => Ok(Box::new(file)),
            false => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn list(&self, path: &Path) -> io::Result<Names> {
        let entries = Dir::new(self.directory(path)?)?;
        let names = entries.filter_map(|entry| match entry {
            Ok(entry) if matches!(entry.file_name().to_bytes(), b"." | b"..") => None,
            Ok(entry) => Some(Ok(OsStr::from_bytes(entry.file_name().to_bytes()).to_owned())),
            Err(error) => Some(Err(error.into())),
        });
        Ok(Box::new(names) as Box<dyn Iterator<Item = io::Result<OsString>> + Send>)
    }

    fn make_dir(&self, path: &Path) -> io::Result<()> {
        let (above, name) = self.parent(path)?;
        Ok(rustix::fs::mkdirat(above, name, DIRECTORY)?)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let ((here, from), (there, to)) = (self.parent(from)?, self.parent(to)?);
        Ok(rustix::fs::linkat(here, from, there, to, AtFlags::empty())?)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let ((here, from), (there, to)) = (self.parent(from)?, self.parent(to)?);
        Ok(rustix::fs::renameat(here, from, there, to)?)
    }

    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        let ((here, before), (there, after)) = (self.parent(from)?, self.parent(to)?);
        match rustix::fs::renameat_with(here, before, there, after, rustix::fs::RenameFlags::NOREPLACE) {
            // Not every file system can do that.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => move_by_link(self, from, to),
            renamed => Ok(renamed?),
        }
    }

    #[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        move_by_link(self, from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let (above, name) = self.parent(path)?;
        Ok(rustix::fs::unlinkat(above, name, AtFlags::empty())?)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        let (above, name) = self.parent(path)?;
        Ok(rustix::fs::unlinkat(above, name, AtFlags::REMOVEDIR)?)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        match std::fs::File::from(self.directory(path)?).sync_all() {
            // Some file systems have nothing to sync here, and keep names as well as they can.
            Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
            synced => synced,
        }
    }
}

/// A file may have both names for a moment, and for longer when its process ends in that.
fn move_by_link(disk: &System, from: &Path, to: &Path) -> io::Result<()> {
    disk.link(from, to)?;
    disk.remove_file(from)
}

/// A link on the way is no directory.
const fn no_link(error: Errno) -> Errno {
    if matches!(error, Errno::LOOP) { Errno::NOTDIR } else { error }
}

/// What is no regular file may not even be opened.
const fn no_file(error: Errno) -> Errno {
    if matches!(error, Errno::LOOP | Errno::NXIO | Errno::ISDIR) { Errno::NOENT } else { error }
}

/// What the system says of a file.
#[allow(clippy::unnecessary_cast, reason = "systems differ in how wide these are")]
fn stat(found: Result<rustix::fs::Stat, Errno>) -> io::Result<Stat> {
    let found = found?;
    let kind = match FileType::from_raw_mode(found.st_mode) {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Directory,
        _ => Kind::Other,
    };
    Ok(Stat {
        kind,
        id: Some((found.st_dev as u64, found.st_ino as u64)),
        size: u64::try_from(found.st_size).unwrap_or_default(),
        mode: found.st_mode as u32 & 0o7777,
        links: found.st_nlink as u64,
        modified: (found.st_mtime as i64, found.st_mtime_nsec as i64),
        changed: (found.st_ctime as i64, found.st_ctime_nsec as i64),
    })
}

/// A file that is open.
#[derive(Debug)]
struct Open(Lockable);

impl File for Open {
    fn stat(&self) -> io::Result<Stat> {
        stat(rustix::fs::fstat(&*self.0))
    }

    /// Into memory that nobody has to clear first, which the standard library cannot do.
    fn read_at(&self, offset: u64, bytes: &mut Vec<u8>) -> io::Result<usize> {
        Ok(rustix::io::pread(&*self.0, rustix::buffer::spare_capacity(bytes), offset)?)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::pwrite(&*self.0, bytes, offset)?)
    }

    /// What is said is that nobody will read this soon. Pages that wait for the disk are sent there at once and stay in
    /// memory for now; only those that are on the disk already may go.
    #[cfg(target_os = "linux")]
    fn begin_sync(&self, offset: u64, length: u64) {
        let _ = rustix::fs::fadvise(&*self.0, offset, std::num::NonZero::new(length), rustix::fs::Advice::DontNeed);
    }

    fn set_mode(&self, mode: u32) -> io::Result<()> {
        self.0.set_permissions(std::fs::Permissions::from_mode(mode))
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_all()
    }

    fn lock(&self, lock: Lock) -> io::Result<()> {
        self.0.lock(lock)
    }

    fn try_lock(&self, lock: Lock) -> io::Result<bool> {
        self.0.try_lock(lock)
    }
}
