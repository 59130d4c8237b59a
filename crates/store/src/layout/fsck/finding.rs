//! One thing that was found, as data.

use std::fmt;
use std::mem::{Discriminant, discriminant};
use std::path::PathBuf;

use wharf_registry::{Digest, Mismatch, PolicyError, Repository, Unsupported};

use crate::Error;

/// Something in a store that is worth telling. Printed, it is a line: where it is, and what.
#[derive(Debug)]
#[non_exhaustive]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What it is, and why.
    pub kind: Kind,
    /// In which repository; nothing when it is of the pool, or of no repository.
    pub repository: Option<Repository>,
    /// Of which content, if it is about content.
    pub digest: Option<Digest>,
    /// Which file, below the store's directory. It need not exist.
    pub path: PathBuf,
}

/// Whether something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Nothing is wrong; somebody may want to know.
    Note,
    /// The store does not hold what it should.
    Fault,
}

/// What was found. Its source is the cause, if there is one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Kind {
    /// The bytes are not those of the digest. This is also how an empty or a short file looks.
    #[error("the content has gone bad")]
    Corrupt(#[source] Mismatch),
    /// A file or a directory cannot be read.
    #[error("it cannot be read")]
    Unreadable(#[source] Error),
    /// In the place of content, or of a directory of the layout, is something that is never read or entered.
    #[error("{0} is in its place")]
    Obstacle(Thing),
    /// A repository has content, which is right, and the pool does not have it. It is pulled from the repository all the
    /// same; that is how content looks that another tool stored there. Where the pool has it wrong this is a fault: what is
    /// wrong is read.
    #[error("the repository has it, and the pool has not")]
    NotInPool,
    /// The file `oci-layout` is missing, or of another version.
    #[error("it is not the header of a layout")]
    Header,
    /// The index is missing, or cannot be read as one.
    #[error("it is not an index")]
    Index(#[source] Error),
    /// An entry of the index is no descriptor, so that nobody can pull it.
    #[error("entry {position} of the index is no descriptor")]
    Entry {
        /// Its place in the list, from 0.
        position: usize,
    },
    /// Two entries of the index have one name and are of different manifests. The first one counts here; for others, that
    /// may be another one.
    #[error("the name {name:?} is in the index twice")]
    Ambiguous {
        /// The name.
        name: String,
    },
    /// A document cannot be read as what it is said to be, or breaks rules of the image-spec that are musts.
    #[error("the document is not as it should be")]
    Document(#[source] PolicyError),
    /// Content is not there although something names it.
    #[error("it is missing, and {by} names it")]
    Missing {
        /// Who names it.
        by: By,
    },
    /// Content that something names waits to be deleted. Whoever asks this store for it gets it back, but other tools do not
    /// find it.
    #[error("it waits to be deleted, and {by} names it")]
    Condemned {
        /// Who names it.
        by: By,
    },
    /// Content has another size than the one that something says. The content is right.
    #[error("{by} says another size")]
    Size {
        /// Who says so.
        by: By,
        /// What it says, and what is.
        #[source]
        mismatch: Mismatch,
    },
    /// Something is named by a digest that cannot be computed here, so nobody can know whether it is there.
    #[error("it is named by {by}, and cannot be verified")]
    Unverifiable {
        /// Who names it.
        by: By,
        /// The algorithm.
        #[source]
        unsupported: Unsupported,
    },
    /// A manifest has a subject and is not among its referrers.
    #[error("it is not among the referrers of {subject}")]
    Unlisted {
        /// The subject.
        subject: Digest,
    },
    /// Something is among the referrers under this name of a list, and is not there or has another subject. It is not told
    /// to those who ask for the list.
    #[error("it is listed as a referrer in {list}, and is none")]
    NoReferrer {
        /// The fallback tag of the subject, by which the list goes.
        list: String,
    },
    /// Nobody here knows what this is. It is left alone.
    #[error("it is not of the store")]
    Stranger,
    /// A file that somebody began to write a day ago or earlier, and that nobody holds.
    #[error("it was left behind by a writer")]
    Leftover,
}

/// What is in the place of something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Thing {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link, a pipe, a socket, a device.
    Special,
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "a file",
            Self::Directory => "a directory",
            Self::Special => "a link or a special file",
        })
    }
}

/// Who names content.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum By {
    /// An entry of the repository's `index.json`.
    Entry {
        /// The entry's name, which most often is a tag.
        name: Option<String>,
    },
    /// A manifest or an index.
    Document(Digest),
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry { name: Some(name) } => write!(f, "the entry {name:?} of the index"),
            Self::Entry { name: None } => f.write_str("an entry of the index"),
            Self::Document(digest) => write!(f, "{digest}"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Whoever can write to the directory chooses names, and must not drive a terminal by them.
        write!(f, "{}: {}", self.path.to_string_lossy().escape_debug(), self.kind)
    }
}

/// What tells findings of one repository apart, but for their causes.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    kind: Discriminant<Kind>,
    digest: Option<Digest>,
    path: PathBuf,
}

impl Finding {
    /// What is the same when the same thing is found again.
    pub(super) fn key(&self) -> Key {
        Key { kind: discriminant(&self.kind), digest: self.digest.clone(), path: self.path.clone() }
    }
}
