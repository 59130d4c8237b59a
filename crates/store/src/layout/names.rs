//! Tags and repositories as files `index.json` (image-spec, "OCI Image Layout"), one for each repository.
//!
//! An answer is what the file said at one moment, since it is only ever replaced as a whole. It is decoded when it is
//! another file than before, and only looked at when it is the same.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use wharf_registry::{ByteStream, Descriptor, Digest, Repository, Tag};

use super::files::Files;
use super::index::Index;
use super::reader::Reader;
use super::root::{Root, Shape};
use super::{REPOSITORY, content, link, record, referrers, repositories, trash, update};
use crate::{Error, NewManifest, Put, Refs};

/// Names in the files `index.json` of layouts: a tag is an entry with the annotation
/// `org.opencontainers.image.ref.name`, and a repository sees what is in its layout's `blobs`.
///
/// Each layout's index is changed under an exclusive lock on the file `.wharf.lock` beside it, and only ever replaced
/// as a whole; reading needs no lock. The last writer of a tag wins. Entries and fields that others wrote stay as they
/// are, byte for byte, and names that cannot be tags, such as `docker.io/library/a:1`, stay and are not listed. A
/// manifest without tag has an entry without name, until another manifest that names it as its child makes that
/// unnecessary.
///
/// That a manifest refers to another is an empty file: `referrers/sha256-<64 digits of the subject>/sha256-<64 digits>`,
/// the first name being that of the tag under which clients keep such lists themselves. It is made before the index
/// records the manifest, and removed after the index has lost it.
#[derive(Debug)]
pub struct Names {
    root: Arc<Root>,
}

impl Names {
    pub(super) const fn new(root: Arc<Root>) -> Self {
        Self { root }
    }

    /// The root that these are the names of.
    pub(super) const fn root(&self) -> &Arc<Root> {
        &self.root
    }

    /// Does something with the layout of a repository; nothing when there is no such repository.
    async fn at<T: Send + 'static>(
        &self,
        repository: &Repository,
        work: impl FnOnce(&Files, &Path) -> Result<T, Error> + Send + 'static,
    ) -> Result<Option<T>, Error> {
        self.of(repository, move |root, layout| work(root.files(), layout)).await
    }

    /// The same with all that is known of the root.
    pub(super) async fn of<T: Send + 'static>(
        &self,
        repository: &Repository,
        work: impl FnOnce(&Root, &Path) -> Result<T, Error> + Send + 'static,
    ) -> Result<Option<T>, Error> {
        let repository = repository.clone();
        let done = self.root.run(move |root| root.layout(&repository)?.map(|layout| work(root, &layout)).transpose());
        done.await
    }

    /// Changes the layout of a repository, once those are done who came before; nothing when there is no such repository.
    pub(super) async fn change<T: Send + 'static>(
        &self,
        repository: &Repository,
        work: impl FnOnce(&Root, &Path) -> Result<T, Error> + Send + 'static,
    ) -> Result<Option<T>, Error> {
        let turn = self.root.lines().turn(repository).await;
        let done = self.of(repository, move |root, layout| {
            // The work goes on when nobody waits for it any more, and so does its turn.
            let _turn = turn;
            work(root, layout)
        });
        done.await
    }

    /// What the index of a repository says; nothing when there is no such repository. What is known is told at once.
    async fn read<T: Send + 'static>(
        &self,
        repository: &Repository,
        look: impl FnOnce(&Index) -> T + Send + 'static,
    ) -> Result<Option<T>, Error> {
        if let Some(index) = self.root.known_layout(repository).and_then(|layout| self.root.known_index(&layout)) {
            return Ok(Some(look(&index)));
        }
        let repository = repository.clone();
        let looked = self.root.run(move |root| {
            let layout = root.layout(&repository)?;
            layout.map(|layout| Ok(look(&*root.index(&layout)?))).transpose()
        });
        looked.await
    }
}

#[async_trait]
impl Refs for Names {
    async fn repositories(&self, after: Option<&Repository>, limit: usize) -> Result<Vec<Repository>, Error> {
        let after = after.cloned();
        match self.root.shape() {
            Shape::Single => {
                Ok([REPOSITORY.clone()].into_iter().filter(|one| Some(one) > after.as_ref()).take(limit).collect())
            }
            Shape::Many => self.root.run(move |root| repositories::page(root.files(), after.as_ref(), limit)).await,
        }
    }

    async fn link(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        let (repository, digest) = (repository.clone(), digest.clone());
        self.root.run(move |root| make_visible(root, repository, &digest)).await
    }

    async fn linked(&self, repository: &Repository, digest: &Digest) -> Result<bool, Error> {
        // This is asked before content is stored, and none must be for a repository that there cannot be.
        if self.root.below(repository).is_none() {
            return Err(Error::NoRepository { repository: repository.clone() });
        }
        let known = self.root.known_layout(repository);
        if known.is_some_and(|layout| content::known_size(self.root.files(), &layout, digest).is_some()) {
            return Ok(true);
        }
        let digest = digest.clone();
        let size = self.at(repository, move |files, layout| trash::size(files, layout, &digest)).await?;
        Ok(size.flatten().is_some())
    }

    /// A layout that is its own pool has nothing beside it.
    async fn own_size(&self, repository: &Repository, digest: &Digest) -> Result<Option<u64>, Error> {
        if self.root.shape() == Shape::Single {
            return Ok(None);
        }
        let digest = digest.clone();
        Ok(self.at(repository, move |files, layout| trash::size(files, layout, &digest)).await?.flatten())
    }

    async fn open_own(
        &self,
        repository: &Repository,
        digest: &Digest,
        offset: u64,
        length: u64,
    ) -> Result<Option<ByteStream>, Error> {
        let (root, digest) = (Arc::clone(&self.root), digest.clone());
        let opened = self.of(repository, move |_, layout| Reader::open(root, layout, &digest, offset, length));
        Ok(opened.await?.flatten().map(Reader::pieces))
    }

    async fn unlink(&self, repository: &Repository, digest: &Digest) -> Result<bool, Error> {
        let digest = digest.clone();
        let removed = self.change(repository, move |root, layout| {
            let _alone = root.hold(layout)?;
            // A child of an index can be a referrer although it has no record.
            referrers::remove(root.files(), layout, &digest)?;
            trash::forget(root.files(), layout, &digest)
        });
        Ok(removed.await?.unwrap_or_default())
    }

    async fn manifest(&self, repository: &Repository, digest: &Digest) -> Result<Option<Descriptor>, Error> {
        let digest = digest.clone();
        let read = self.read(repository, move |index| index.manifest(&digest)).await?;
        Ok(read.flatten())
    }

    async fn put_manifest(&self, repository: &Repository, new: NewManifest) -> Result<Put, Error> {
        let missing: Vec<_> = new.required().cloned().collect();
        let put = self.change(repository, move |root, layout| record::put(root, layout, &new)).await?;
        match self.root.below(repository) {
            Some(_) => Ok(put.unwrap_or(Put::Missing(missing))),
            None => Err(Error::NoRepository { repository: repository.clone() }),
        }
    }

    async fn remove_manifest(&self, repository: &Repository, digest: &Digest) -> Result<bool, Error> {
        let digest = digest.clone();
        let removed = self.change(repository, move |root, layout| record::remove(root, layout, &digest)).await?;
        Ok(removed.unwrap_or_default())
    }

    async fn referrers(&self, repository: &Repository, subject: &Digest) -> Result<Vec<Digest>, Error> {
        let subject = subject.clone();
        let found = self.at(repository, move |files, layout| referrers::list(files, layout, &subject)).await?;
        Ok(found.unwrap_or_default())
    }

    async fn tags(
        &self,
        repository: &Repository,
        after: Option<&Tag>,
        limit: usize,
    ) -> Result<Option<Vec<Tag>>, Error> {
        let after = after.cloned();
        self.read(repository, move |index| index.tags(after.as_ref(), limit)).await
    }

    async fn tag(&self, repository: &Repository, tag: &Tag) -> Result<Option<Descriptor>, Error> {
        let tag = tag.clone();
        let read = self.read(repository, move |index| index.tag(&tag)).await?;
        Ok(read.flatten())
    }

    async fn remove_tag(&self, repository: &Repository, tag: &Tag) -> Result<bool, Error> {
        let tag = tag.clone();
        let removed =
            self.change(repository, move |root, layout| root.hold(layout)?.update(|index| Ok(index.remove_tag(&tag))));
        Ok(removed.await?.unwrap_or_default())
    }
}

/// Makes the repository, if it is not there, and shows it the content.
fn make_visible(root: &Root, repository: Repository, digest: &Digest) -> Result<(), Error> {
    let layout = root.below(&repository).ok_or(Error::NoRepository { repository })?;
    update::create(root.files(), &layout)?;
    link::link(root.files(), &layout, digest)
}
