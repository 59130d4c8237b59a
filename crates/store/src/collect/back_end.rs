use std::sync::Arc;

use async_trait::async_trait;
use wharf_registry::{Digest, Repository};

use super::{Condemn, Item, Known, Outcome, Root, Sweep};
use crate::{Cas, Error, Refs};

/// Content that can be collected: it is condemned before it goes, and until then is there for whoever asks for it.
///
/// [`stat`](Cas::stat), [`read`](Cas::read) and [`open`](Cas::open) bring condemned content back, as does a commit of the
/// same content; of that and a sweep, one wins and the other finds nothing. A [`Store`](crate::Store) looks for content once
/// more after it has [linked](Refs::link) it, and only then says that it is stored; so a sweep may overlook a link that is
/// made at the same moment.
///
/// # Cancel safety
/// Dropping the future of any method leaves a part of the batch done, and nothing half.
#[async_trait]
pub trait CollectCas: Cas {
    /// The content that may be nobody's, and what is condemned. What this back end knows to be named by a repository
    /// need not be told.
    ///
    /// # Errors
    /// When the storage does not answer, here and in all other methods.
    async fn content(&self) -> Result<Vec<Item>, Error>;

    /// Condemns content that no repository names, and says what was condemned. What has got a name meanwhile, as far as
    /// that is known here, is left alone.
    ///
    /// # Errors
    /// When the storage does not take it.
    async fn condemn(&self, what: Condemn) -> Result<Vec<Digest>, Error>;

    /// Removes condemned content for good, and says which. What has got a name meanwhile, as far as that is known here, is
    /// brought back.
    ///
    /// # Errors
    /// When the storage does not take it.
    async fn sweep(&self, what: Sweep) -> Result<Vec<Digest>, Error>;
}

/// Names whose repositories can be collected.
///
/// What a repository sees is condemned before it is hidden for good. [`linked`](Refs::linked) brings it back, as do
/// [`put_manifest`](Refs::put_manifest), for all that is needed, and [`Lease::hold`]; [`link`](Refs::link) shows it again.
/// A repository's condemned content still counts as named for [`CollectCas`].
///
/// # Cancel safety
/// Dropping the future of any method leaves a part of the batch done, and nothing half.
#[async_trait]
pub trait CollectRefs: Refs {
    /// What is held for somebody who is about to need it.
    type Lease: Lease;
    /// The right to collect, until it is dropped or its process ends.
    type Turn: Send + Sync + 'static;

    /// Begins to collect, alone.
    ///
    /// # Errors
    /// [`Error::Collecting`] when somebody else does.
    async fn begin(&self) -> Result<Self::Turn, Error>;

    /// All that content of a repository is kept for; nothing when there is no such repository.
    ///
    /// # Errors
    /// When the storage does not answer, here and in all other methods.
    async fn roots(&self, repository: &Repository) -> Result<Vec<Root>, Error>;

    /// All that a repository sees and all that is condemned in it, whether it is whole or not. While content comes back it
    /// can be told twice or not at all; what is not told is not collected.
    ///
    /// # Errors
    /// When the storage does not answer.
    async fn content(&self, repository: &Repository) -> Result<Vec<Item>, Error>;

    /// Condemns content, if all roots are known, in one step with that look at them. A manifest that is condemned loses
    /// its record, which has no name, or the root would not be known. What was touched later than the batch says is left
    /// alone.
    ///
    /// # Errors
    /// When the storage does not take it.
    async fn condemn(&self, repository: &Repository, what: Condemn, known: Arc<Known>) -> Result<Outcome, Error>;

    /// Hides condemned content for good, if all roots are known, in one step with that look at them.
    ///
    /// # Errors
    /// When the storage does not take it.
    async fn sweep(&self, repository: &Repository, what: Sweep, known: Arc<Known>) -> Result<Outcome, Error>;

    /// A lease on content of a repository, which holds nothing at first. The repository comes to be if it was not there.
    ///
    /// # Errors
    /// [`Error::NoRepository`] when there can be no such repository, and when the storage does not take it.
    async fn lease(&self, repository: &Repository) -> Result<Self::Lease, Error>;
}

/// Holds content of a repository against collection, until it is dropped or its process ends.
#[async_trait]
pub trait Lease: Send + Sync + 'static {
    /// Holds content from now on, and says whether it is there. Condemned content comes back. What is not there is held
    /// from the moment that it comes.
    ///
    /// # Errors
    /// When the storage does not answer; the content may then be held or not.
    ///
    /// # Cancel safety
    /// The content is held or not.
    async fn hold(&mut self, digest: &Digest) -> Result<bool, Error>;
}
