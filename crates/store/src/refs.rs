//! What a back end for names implements. It keeps what it is told; that content is there before it is linked, and
//! linked before a tag points to it, is what a [`Store`](crate::Store) sees to.

use async_trait::async_trait;
use wharf_registry::{Descriptor, Digest, DocumentKind, Precondition, Repository, Tag};

use crate::Error;

/// What repositories there are, what content each can see, and where its tags point.
///
/// Knowing a digest is not permission: a repository sees the content that was linked into it and no other.
///
/// # Cancel safety
/// Dropping the future of any method here leaves references as they were or as they were to be.
///
/// A store calls in this order: to write a manifest, [`linked`](Self::linked) for everything that it needs,
/// [`link`](Self::link), [`put_manifest`](Self::put_manifest); to delete one,
/// [`remove_manifest`](Self::remove_manifest), then [`unlink`](Self::unlink). An order that breaks off in the middle
/// leaves content that nobody names, and never a name without content.
///
/// ```
/// use wharf_registry::{Descriptor, Digest, MediaType, Precondition, Repository, Tag};
/// use wharf_store::Refs;
/// use wharf_store::memory::Names;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (names, app, tags) = (Names::default(), Repository::from_static("app"), [Tag::LATEST]);
/// let [old, new] = [b"old", b"new"].map(|bytes| Descriptor::new(MediaType::IMAGE_MANIFEST, Digest::of(bytes), 3));
/// for manifest in [&old, &new] {
///     names.link(&app, &manifest.digest).await.unwrap();
/// }
/// assert!(names.put_manifest(&app, &old, &[], None, &tags, &Precondition::Unset).await.unwrap());
/// assert!(!names.put_manifest(&app, &new, &[], None, &tags, &Precondition::Unset).await.unwrap(), "the tag is set");
/// assert_eq!(names.tag(&app, &tags[0]).await.unwrap(), Some(old));
/// # });
/// ```
#[async_trait]
pub trait Refs: Send + Sync + 'static {
    /// The first `limit` repositories after `after`, which need not be there, in the order of the bytes of their names. When
    /// there are fewer, there are no more.
    ///
    /// Whoever wants all of them asks again after the last one, so a page must not cost what all of them would: it begins
    /// at `after`, as a range of a map or of a table's key does.
    ///
    /// # Errors
    /// When the storage does not answer, here and in all other methods.
    async fn repositories(&self, after: Option<&Repository>, limit: usize) -> Result<Vec<Repository>, Error>;

    /// Makes content visible in a repository, which comes to be if it was not there. The content is in the store.
    ///
    /// # Errors
    /// When the storage does not take it.
    async fn link(&self, repository: &Repository, digest: &Digest) -> Result<(), Error>;

    /// Whether a repository can see the content.
    ///
    /// # Errors
    /// When the storage does not answer.
    async fn linked(&self, repository: &Repository, digest: &Digest) -> Result<bool, Error>;

    /// Hides content from a repository, and says whether it could see it.
    ///
    /// # Errors
    /// When the storage does not answer.
    async fn unlink(&self, repository: &Repository, digest: &Digest) -> Result<bool, Error>;

    /// The descriptor under which a manifest was stored, if it is recorded. A manifest can be linked without a record:
    /// its content must then say what it is.
    ///
    /// # Errors
    /// When the storage does not answer.
    async fn manifest(&self, repository: &Repository, digest: &Digest) -> Result<Option<Descriptor>, Error>;

    /// Records a manifest and moves `tags` to it, all together, if `when` allows it for each tag; `false` if it does
    /// not, and if the manifest is recorded as one of a [kind](DocumentKind) that is known and would lose it. Tags that point to it already have the new media type as well. The manifest is linked already, `children` are the manifests that it makes reachable, and `subject` is the one
    /// that it says something about, among whose [`referrers`](Self::referrers) it is from the moment it is recorded.
    ///
    /// # Errors
    /// When the storage does not take it.
    async fn put_manifest(
        &self,
        repository: &Repository,
        manifest: &Descriptor,
        children: &[Digest],
        subject: Option<&Digest>,
        tags: &[Tag],
        when: &Precondition,
    ) -> Result<bool, Error>;

    /// Forgets a manifest's record, that it is a referrer, and every tag that points to it, and says whether there was a
    /// record or a tag. What refers to it is not forgotten.
    ///
    /// # Errors
    /// When the storage does not take it.
    async fn remove_manifest(&self, repository: &Repository, digest: &Digest) -> Result<bool, Error>;

    /// The manifests that were recorded with this subject, which need not be there, in the order of bytes. Some that are
    /// not there any more, or have another subject, may be among them: a store looks at each before it lists it.
    ///
    /// # Errors
    /// When the storage does not answer.
    async fn referrers(&self, repository: &Repository, subject: &Digest) -> Result<Vec<Digest>, Error>;

    /// The first `limit` tags of a repository after `after`, which need not be there, in the order of bytes: a page, as for
    /// [`repositories`](Self::repositories). Nothing when there is no such repository.
    ///
    /// # Errors
    /// When the storage does not answer.
    async fn tags(&self, repository: &Repository, after: Option<&Tag>, limit: usize)
    -> Result<Option<Vec<Tag>>, Error>;

    /// Where a tag points.
    ///
    /// # Errors
    /// When the storage does not answer.
    async fn tag(&self, repository: &Repository, tag: &Tag) -> Result<Option<Descriptor>, Error>;

    /// Removes a tag, and says whether it was there.
    ///
    /// # Errors
    /// When the storage does not take it.
    async fn remove_tag(&self, repository: &Repository, tag: &Tag) -> Result<bool, Error>;
}

/// Whether a manifest that is recorded as `known` may be recorded as `new`: what has a kind does not lose it.
pub(crate) fn keeps_kind(known: &Descriptor, new: &Descriptor) -> bool {
    has_kind(new) || !has_kind(known)
}

/// Whether a manifest is one of a kind that is known, which its bytes say as well.
pub(crate) fn has_kind(manifest: &Descriptor) -> bool {
    use DocumentKind::{Artifact, Index, Manifest};
    matches!(DocumentKind::of(&manifest.media_type), Manifest | Index | Artifact)
}
