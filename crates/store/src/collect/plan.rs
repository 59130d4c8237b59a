//! What is going to happen, as data.

use std::fmt;

use wharf_registry::{Digest, Repository};

use super::mark::Marks;
use super::stop::Stop;
use super::{Epoch, Options};

/// What a collection would do, and why. Nothing of it has happened yet, and what happens is judged again when it does.
#[derive(Debug)]
#[non_exhaustive]
pub struct Plan {
    /// What happens in each repository, in the order of their names.
    pub repositories: Vec<RepositoryPlan>,
    /// What happens to content that no repository names.
    pub pool: PoolPlan,
    pub(super) options: Options,
}

/// What a collection would do in a repository.
#[derive(Debug)]
#[non_exhaustive]
pub struct RepositoryPlan {
    /// Which repository.
    pub repository: Repository,
    /// What stays because something leads to it.
    pub kept: Count,
    /// What nothing leads to but stays because it is younger than the grace.
    pub young: Count,
    /// What is condemned already and stays so for now.
    pub waiting: Count,
    /// What is to be condemned.
    pub condemn: Vec<Garbage>,
    /// What was condemned and is needed: it comes back.
    pub restore: Vec<Digest>,
    /// What was condemned long enough ago to go.
    pub sweep: Vec<Garbage>,
    /// Why nothing is condemned or swept here, if that is so.
    pub stop: Option<Stop>,
    pub(super) marks: Marks,
}

/// What a collection would do to content that no repository names.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct PoolPlan {
    /// What no repository names but stays because it is younger than the grace.
    pub young: Count,
    /// What is condemned already and stays so for now.
    pub waiting: Count,
    /// What is to be condemned.
    pub condemn: Vec<Garbage>,
    /// What was condemned and is named: it comes back.
    pub restore: Vec<Digest>,
    /// What was condemned long enough ago to go.
    pub sweep: Vec<Garbage>,
    /// Why nothing is condemned or swept here, if that is so.
    pub stop: Option<Stop>,
}

/// Content that is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Garbage {
    /// Its digest.
    pub digest: Digest,
    /// Its size in bytes; 0 if nobody knows it.
    pub size: u64,
    /// Why it goes.
    pub reason: Reason,
}

/// Why content goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// No manifest that stays leads to it.
    Unreferenced,
    /// It is a manifest without a tag, and older than those may be.
    Untagged,
    /// No repository names it.
    Unnamed,
    /// It was condemned then, and nobody has asked for it since.
    Condemned(Epoch),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreferenced => f.write_str("no manifest leads to it"),
            Self::Untagged => f.write_str("it is an old manifest without a tag"),
            Self::Unnamed => f.write_str("no repository names it"),
            Self::Condemned(epoch) => write!(f, "it was condemned in {epoch}"),
        }
    }
}

/// How much content that is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Count {
    /// How many contents.
    pub items: u64,
    /// How many bytes; of what nobody knows the size, none.
    pub bytes: u64,
}

impl Count {
    pub(super) const fn add(&mut self, bytes: u64) {
        self.items = self.items.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
    }
}
