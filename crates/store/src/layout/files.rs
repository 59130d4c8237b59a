//! The files of a store, in its words: what is absent is no error, what was interrupted is tried again, what fails says
//! what was done to which file, and what is made is durable when a function returns, if that is asked for.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::disk::{self, Access, Disk, Stat};
use super::durability::Durability;
use super::durable::Durable;
use super::file::{File, retried};
use crate::Error;

/// How long is waited for somebody who is in the way; each time twice as long as before, a second in all.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(512);

/// The files below a root. All paths are relative to it; the empty one is the root itself. Clones are the same files.
#[derive(Clone, Debug)]
pub(super) struct Files {
    disk: Arc<dyn Disk>,
    durability: Durability,
    durable: Arc<Durable>,
}

impl Files {
    pub(super) fn new(disk: Arc<dyn Disk>, durability: Durability) -> Self {
        Self { disk, durability, durable: Arc::default() }
    }

    /// The same files, where this is waited for.
    pub(super) fn with_durability(&self, durability: Durability) -> Self {
        Self { disk: Arc::clone(&self.disk), durability, durable: Arc::clone(&self.durable) }
    }

    /// Where a path leads on this machine, for messages.
    pub(super) fn full(&self, path: &Path) -> PathBuf {
        match path.as_os_str().is_empty() {
            true => self.disk.root().to_path_buf(),
            false => self.disk.root().join(path),
        }
    }

    /// Makes an error of the operating system one of the store.
    pub(super) fn failed(&self, step: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::Io { step, path: self.full(path), source }
    }

    /// What is known of a regular file without a look at the disk. A question that was asked before can so be answered
    /// where it is asked, without a change of threads; whoever is told nothing asks properly, on a thread that may wait.
    pub(super) fn known(&self, path: &Path) -> Option<Stat> {
        self.disk.known(path)
    }

    /// The same of a path that led to a file which is kept open. Only that very file may be taken for what is there.
    pub(super) fn known_open(&self, path: &Path) -> Option<Stat> {
        self.disk.known_open(path)
    }

    /// What is at a path if it is a regular file; anything else counts as absent.
    pub(super) fn stat(&self, path: &Path) -> Result<Option<Stat>, Error> {
        Ok(self.look(path)?.filter(Stat::is_file))
    }

    /// Whether there is a directory, and not a link to one.
    pub(super) fn is_dir(&self, path: &Path) -> Result<bool, Error> {
        Ok(self.look(path)?.is_some_and(|stat| stat.is_dir()))
    }

    /// What is at a path, whatever it is; of a link, the link itself.
    pub(super) fn look(&self, path: &Path) -> Result<Option<Stat>, Error> {
        present(retried(|| self.disk.stat(path))).map_err(self.failed("look at", path))
    }

    /// Opens a regular file for reading; anything else counts as absent.
    pub(super) fn open(&self, path: &Path) -> Result<Option<File>, Error> {
        self.open_for(path, Access::Read)
    }

    /// The same for writing in its place. What others may read is never written so.
    pub(super) fn open_to_write(&self, path: &Path) -> Result<Option<File>, Error> {
        self.open_for(path, Access::Write)
    }

    fn open_for(&self, path: &Path, access: Access) -> Result<Option<File>, Error> {
        let file = present(retried(|| self.disk.open(path, access))).map_err(self.failed("open", path))?;
        Ok(file.map(|file| self.file(file, path)))
    }

    /// Makes a file; nothing when something has the name. Its name is not durable yet.
    pub(super) fn create(&self, path: &Path, mode: u32) -> Result<Option<File>, Error> {
        match retried(|| self.disk.open(path, Access::New { mode })) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(None),
            made => {
                let file = made.map_err(self.failed("create", path))?;
                self.durable.renew(|| retried(|| file.stat()).ok());
                Ok(Some(self.file(file, path)))
            }
        }
    }

    fn file(&self, file: Box<dyn disk::File>, path: &Path) -> File {
        File::new(file, self.full(path), self.durability, Arc::clone(&self.durable))
    }

    /// All of a small file, if it is there.
    pub(super) fn read(&self, path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Error> {
        self.open(path)?.map(|file| file.read_all(limit)).transpose()
    }

    /// The names in a directory, in no order; none when it is not there.
    pub(super) fn list(&self, path: &Path) -> Result<impl Iterator<Item = Result<OsString, Error>>, Error> {
        let names = present(retried(|| self.disk.list(path))).map_err(self.failed("list", path))?;
        let names = names.into_iter().flatten();
        Ok(names.map(move |name| name.map_err(self.failed("list", path))))
    }

    /// Makes a directory and those above it, durably, where they are missing. Those that are there may be somebody's who
    /// has not waited for the disk, so each is made durable once.
    pub(super) fn make_dirs(&self, path: &Path) -> Result<(), Error> {
        let found = self.look(path)?.filter(Stat::is_dir);
        let is_durable = |found: Stat| path == parent(path) || self.is_durable(path, &found);
        if found.is_some_and(is_durable) {
            return Ok(());
        }
        self.make_dirs(parent(path))?;
        self.make_dir(path)?;
        if let Some(made) = self.look(path)?.filter(|_| self.durability == Durability::Power) {
            self.durable.record(path, &made);
        }
        Ok(())
    }

    /// Makes a directory in one that is there, durably, if it is missing. It is made durable also when it is not, since a
    /// directory that is removed at times can be another one.
    pub(super) fn make_dir(&self, path: &Path) -> Result<(), Error> {
        let above = parent(path);
        // In doubt, what has something in it was durable before that was put there, and what is empty is made anew.
        let is_there = self.is_dir(path)? && !(self.is_doubted(above) && self.remove_dir(path).is_ok());
        if !is_there {
            match retried(|| self.disk.make_dir(path)) {
                // Somebody else was faster, or it is not a directory.
                Err(error) if error.kind() == ErrorKind::AlreadyExists && self.is_dir(path)? => {}
                made => made.map_err(self.failed("create", path))?,
            }
        }
        // Whoever tries again makes another one.
        self.sync_dir(above).inspect_err(|_| drop(self.remove_dir(path)))
    }

    /// Gives a file another name; nothing happens, and this says so, when something has it.
    pub(super) fn link(&self, from: &Path, to: &Path) -> Result<bool, Error> {
        match retried(|| self.disk.link(from, to)) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            linked => linked.map(|()| true).map_err(self.failed("link", to)),
        }
    }

    /// Gives a file another name instead, from what has it. The name is not durable yet.
    pub(super) fn rename(&self, from: &Path, to: &Path) -> Result<(), Error> {
        self.patiently(|| self.disk.rename(from, to)).map_err(self.failed("replace", to))
    }

    /// The same where nothing has the name, or an error.
    pub(super) fn rename_new(&self, from: &Path, to: &Path) -> Result<(), Error> {
        self.patiently(|| self.disk.rename_new(from, to)).map_err(self.failed("create", to))
    }

    /// Removes a regular file durably, and says whether it was there. Where somebody else was faster, or the answer of a
    /// network was lost, the name is gone as well, and that is made durable, too.
    pub(super) fn remove(&self, path: &Path) -> Result<bool, Error> {
        if self.stat(path)?.is_none() {
            return Ok(false);
        }
        let removed = self.remove_name(path)?;
        self.sync_gone(path).map(|()| removed)
    }

    /// Makes durable that a name is gone, and, where somebody has removed the directory that it was in, that this is.
    fn sync_gone(&self, path: &Path) -> Result<(), Error> {
        let above = parent(path);
        match self.sync_dir(above) {
            Err(Error::Io { source, .. }) if is_absent(&source) && above != path => self.sync_gone(above),
            synced => synced,
        }
    }

    /// Removes a name of a file, and says whether it was there. It may be there again after a power cut.
    pub(super) fn remove_name(&self, path: &Path) -> Result<bool, Error> {
        let removed = present(self.patiently(|| self.disk.remove_file(path))).map_err(self.failed("remove", path))?;
        Ok(removed.is_some())
    }

    /// Removes a directory if it is empty.
    pub(super) fn remove_dir(&self, path: &Path) -> Result<(), Error> {
        self.durable.forget(path);
        retried(|| self.disk.remove_dir(path)).map_err(self.failed("remove", path))
    }

    /// Makes the names in a directory durable that were given since the last time that this failed, if ever.
    pub(super) fn sync_dir(&self, path: &Path) -> Result<(), Error> {
        match self.durability {
            Durability::Process => Ok(()),
            Durability::Power => {
                let synced = retried(|| self.disk.sync_dir(path));
                // In what is not there are no names to doubt.
                if synced.as_ref().is_err_and(|error| !is_absent(error)) {
                    self.durable.doubt(path);
                }
                synced.map_err(self.failed("sync", path))
            }
        }
    }

    /// Makes a file durable that somebody else may have written, bytes and all names that lead to it, and says whether it
    /// is. One that is not is to be replaced by another.
    pub(super) fn settle(&self, path: &Path, file: &File) -> Result<bool, Error> {
        let stat = file.stat()?;
        if self.is_durable(path, &stat) {
            return Ok(true);
        }
        self.make_dirs(parent(path))?;
        if self.is_doubted(parent(path)) || file.sync().is_err() {
            return Ok(false);
        }
        self.sync_name(path, file).map(|()| true)
    }

    /// Makes the name of a file durable whose bytes are.
    pub(super) fn sync_name(&self, path: &Path, file: &File) -> Result<(), Error> {
        self.sync_parent(path)?;
        if self.durability == Durability::Power {
            self.durable.record(path, &file.stat()?);
        }
        Ok(())
    }

    /// Whether a name and what it leads to need not be waited for.
    pub(super) fn is_durable(&self, path: &Path, stat: &Stat) -> bool {
        self.durability == Durability::Process || self.durable.holds(path, stat)
    }

    /// Whether the names that were in a directory before can never be known to be durable, because that failed once. A name
    /// that is given anew can.
    pub(super) fn is_doubted(&self, directory: &Path) -> bool {
        self.durability == Durability::Power && self.durable.doubts(directory)
    }

    /// Makes the names in the directory that a path is in durable.
    pub(super) fn sync_parent(&self, path: &Path) -> Result<(), Error> {
        self.sync_dir(parent(path))
    }

    /// Changes a name for which others may be in the way, such as somebody who looks at each new file for a moment.
    fn patiently<T>(&self, mut step: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        let mut pause = SHORTEST;
        loop {
            match retried(&mut step) {
                Err(error) if error.kind() == ErrorKind::ResourceBusy && pause <= LONGEST => {
                    self.disk.pause(pause);
                    pause *= 2;
                }
                done => return done,
            }
        }
    }
}

/// The directory that a path is in; the root is in itself.
pub(super) fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

/// What is absent is no error.
fn present<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Err(error) if is_absent(&error) => Ok(None),
        found => found.map(Some),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}
