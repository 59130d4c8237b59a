//! What is held for those who are about to need it: a file `leases/wharf-<32 hexadecimal digits>` of a layout, with a
//! digest on each line.
//!
//! The file is locked for as long as its holder lives, so that what a process held that ended is free. It is made under the
//! layout's lock, under which it is also looked at, so nobody sees it before it is locked. A line counts once it has its
//! end; whoever wrote it looks for the content after that.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use wharf_registry::{Digest, Repository};

use super::file::File;
use super::files::Files;
use super::root::Root;
use super::scratch::{PREFIX, random_name};
use super::seen::system_time;
use super::{trash, update};
use crate::sync::Mutex;
use crate::{Error, collect};

/// Where the files are in a layout.
pub(super) const LEASES: &str = "leases";
/// For whoever collects, be it another user.
const READABLE: u32 = 0o644;
/// How long a lease holds where there are no locks, and nobody can say whether its holder lives.
const LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// How much a lease may hold, in bytes of its file: room for a quarter of a million digests.
const LEASE_BYTES: u64 = 32 << 20;

/// Content of a repository on disk that stays for as long as this does, or until its process ends.
#[derive(Debug)]
pub struct Lease {
    root: Arc<Root>,
    layout: PathBuf,
    held: Arc<Mutex<Held>>,
}

/// The file. Dropping it lets go of what it holds.
#[derive(Debug)]
struct Held {
    files: Files,
    path: PathBuf,
    file: File,
    size: u64,
}

impl Lease {
    /// A lease in the layout of a repository, which is made if it is not there, once those are done who came before.
    pub(super) async fn new(root: &Arc<Root>, repository: &Repository) -> Result<Self, Error> {
        let layout = root.below(repository);
        let layout = layout.ok_or_else(|| Error::NoRepository { repository: repository.clone() })?;
        let (below, turn) = (layout.clone(), root.lines().turn(repository).await);
        let made = root.run(move |root| {
            let _turn = turn;
            Held::new(root, &below)
        });
        let held = made.await?;
        Ok(Self { root: Arc::clone(root), layout, held: Arc::new(Mutex::new(held)) })
    }
}

#[async_trait]
impl collect::Lease for Lease {
    /// It is held before it is looked for: what is condemned in between cannot be swept.
    async fn hold(&mut self, digest: &Digest) -> Result<bool, Error> {
        let (held, layout, digest) = (Arc::clone(&self.held), self.layout.clone(), digest.clone());
        let looked = self.root.run(move |root| {
            held.lock().add(&digest)?;
            Ok(trash::size(root.files(), &layout, &digest)?.is_some())
        });
        looked.await
    }
}

impl Held {
    fn new(root: &Root, layout: &Path) -> Result<Self, Error> {
        let files = root.files();
        update::create(files, layout)?;
        let directory = layout.join(LEASES);
        files.make_dirs(&directory)?;
        let path = directory.join(random_name(files, &directory)?);
        let _alone = root.hold(layout)?;
        let taken = || files.failed("create", &path)(std::io::ErrorKind::AlreadyExists.into());
        let file = files.create(&path, READABLE)?.ok_or_else(taken)?;
        let _ = file.try_lock();
        Ok(Self { files: files.clone(), path: path.clone(), file, size: 0 })
    }

    /// A line that was written in part is written over.
    fn add(&mut self, digest: &Digest) -> Result<(), Error> {
        let mut line = String::new();
        let _ = writeln!(line, "{digest}");
        if self.size.saturating_add(line.len() as u64) > LEASE_BYTES {
            return Err(Error::Full { path: self.files.full(&self.path) });
        }
        self.file.write(self.size, line.as_bytes())?;
        self.size = self.size.saturating_add(line.len() as u64);
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.files.remove_name(&self.path);
    }
}

/// All that is held in a layout, whose lock the caller has. What nobody holds any more is removed on the way; the files of
/// others are left alone.
pub(super) fn held(files: &Files, layout: &Path) -> Result<Vec<Digest>, Error> {
    let directory = layout.join(LEASES);
    let mut held = Vec::new();
    for name in files.list(&directory)?.collect::<Result<Vec<_>, _>>()? {
        if !name.as_encoded_bytes().starts_with(PREFIX.as_bytes()) {
            continue;
        }
        let path = directory.join(name);
        let Some(file) = files.open(&path)? else { continue };
        match is_held(&file)? {
            true => held.extend(digests(&file.read_all(LEASE_BYTES)?)),
            false => drop(files.remove_name(&path)?),
        }
    }
    Ok(held)
}

/// Whether the holder of a lease lives: whoever gets its lock knows that nobody has it. Where there are no locks, the
/// lease's age decides.
fn is_held(file: &File) -> Result<bool, Error> {
    match file.try_lock() {
        Ok(is_free) => Ok(!is_free),
        Err(_) => Ok(file.stat()?.age(system_time()).is_none_or(|age| age < LIFE)),
    }
}

/// The lines that have an end. One that is no digest is no content either.
fn digests(bytes: &[u8]) -> impl Iterator<Item = Digest> {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').filter_map(|line| line.strip_suffix(b"\n"));
    lines.filter_map(|line| Digest::parse(std::str::from_utf8(line).ok()?).ok())
}
