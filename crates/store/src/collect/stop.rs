//! Why something is not collected.

use std::error::Error as StdError;
use std::fmt;

use wharf_registry::{Digest, MediaType};

use crate::Error;

/// Why a repository is not collected: what leads where is not known, so all of it stays.
#[derive(Debug)]
#[non_exhaustive]
pub enum Stop {
    /// A manifest is there and cannot be read.
    Manifest {
        /// Which one.
        digest: Digest,
        /// Why.
        source: wharf_registry::Error,
    },
    /// A manifest is of a kind that is not known, so nobody knows what it needs.
    Kind {
        /// Which one.
        digest: Digest,
        /// Its kind.
        media_type: MediaType,
    },
    /// The repository has a record that cannot be read.
    Record,
    /// The storage did not answer.
    Storage(Error),
    /// The repository changes faster than it can be looked at.
    Busy,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manifest { digest, .. } => write!(f, "manifest {digest} cannot be read"),
            Self::Kind { digest, media_type } => {
                write!(f, "manifest {digest} is of a kind that is not known, {media_type}")
            }
            Self::Record => f.write_str("a record of a manifest cannot be read"),
            Self::Storage(_) => f.write_str("the storage does not answer"),
            Self::Busy => f.write_str("it changes too fast"),
        }
    }
}

impl StdError for Stop {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Manifest { source, .. } => Some(source),
            Self::Storage(source) => Some(source),
            _ => None,
        }
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Storage(error)
    }
}
