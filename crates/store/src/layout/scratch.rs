//! Names that nobody looks for: what is being written has one until it gets its own.

use std::path::{Path, PathBuf};

use super::file::File;
use super::files::Files;
use super::place::INGEST;
use crate::Error;

/// With what these names begin, so that those of others are left alone.
pub(super) const PREFIX: &str = "wharf-";
/// For the owner alone: what is not verified is nobody's business.
pub(super) const PRIVATE: u32 = 0o600;

/// A name in the directory `ingest` of a layout. It goes with its owner, unless the file has got another name by then.
#[derive(Debug)]
pub(super) struct Scratch {
    files: Files,
    path: PathBuf,
}

impl Scratch {
    /// A new, empty file, for those whom the mode names less what the user's mask takes. It is locked for as long as it is
    /// open, so that nobody takes it for abandoned.
    pub(super) fn file(files: &Files, layout: &Path, mode: u32) -> Result<(Self, File), Error> {
        let scratch = Self::name(files, layout)?;
        let file = files.create(&scratch.path, mode)?.ok_or_else(|| scratch.taken())?;
        // Where there are no locks, nobody else gets one either and the file is never taken for abandoned.
        let _ = file.try_lock();
        Ok((scratch, file))
    }

    /// Another name for a file.
    pub(super) fn link(files: &Files, layout: &Path, source: &Path) -> Result<Self, Error> {
        let scratch = Self::name(files, layout)?;
        match files.link(source, &scratch.path)? {
            true => Ok(scratch),
            false => Err(scratch.taken()),
        }
    }

    /// The only name from now on of the file that has another.
    pub(super) fn instead_of(files: &Files, layout: &Path, path: &Path) -> Result<Self, Error> {
        let scratch = Self::name(files, layout)?;
        files.rename(path, &scratch.path).map(|()| scratch)
    }

    /// Where the file is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn name(files: &Files, layout: &Path) -> Result<Self, Error> {
        let directory = layout.join(INGEST);
        files.make_dirs(&directory)?;
        let path = directory.join(random_name(files, &directory)?);
        Ok(Self { files: files.clone(), path })
    }

    fn taken(&self) -> Error {
        self.files.failed("create", &self.path)(std::io::ErrorKind::AlreadyExists.into())
    }
}

/// A name for a file in a directory that nobody can guess, of 128 random bits, and that tells whose file it is.
pub(super) fn random_name(files: &Files, directory: &Path) -> Result<String, Error> {
    let mut random = [0; 16];
    let filled = getrandom::fill(&mut random).map_err(std::io::Error::other);
    filled.map_err(files.failed("name a file in", directory))?;
    Ok(format!("{PREFIX}{:032x}", u128::from_ne_bytes(random)))
}

impl Drop for Scratch {
    /// Also when the file was renamed: of two names of one file, a rename takes neither.
    fn drop(&mut self) {
        let _ = self.files.remove_name(&self.path);
    }
}
