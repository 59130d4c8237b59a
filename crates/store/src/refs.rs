//! What a back end for names implements. It keeps what it is told; that content is there before it is linked is what a
//! [`Store`](crate::Store) sees to, and that it is linked before a manifest that needs it is recorded is judged here,
//! because only here it can be one step.

use async_trait::async_trait;
use wharf_registry::{ByteStream, Descriptor, Digest, DocumentKind, Precondition, Repository, Tag};

use crate::Error;

/// What repositories there are, what content each can see, and where its tags point.
///
/// Knowing a digest is not permission: a repository sees the content that was linked into it and no other.
///
/// # Cancel safety
/// Dropping the future of any method here leaves references as they were or as they were to be.
///
/// A store calls in this order: to write a manifest, [`linked`](Self::linked) for everything that it needs,
/// [`link`](Self::link), [`put_manifest`](Self::put_manifest), which looks for all of it once more; to delete one,
/// [`remove_manifest`](Self::remove_manifest). An order that breaks off in the middle leaves content that nobody names,
/// and never a name without content.
///
/// A back end whose content is collected beside all this also implements [`CollectRefs`](crate::collect::CollectRefs):
/// what it has condemned is seen all the same, and comes back when it is asked for by any method here.
///
/// ```
/// use wharf_registry::{Descriptor, Digest, MediaType, Precondition, Repository, Tag};
/// use wharf_store::memory::Names;
/// use wharf_store::{NewManifest, Put, Refs};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (names, app) = (Names::default(), Repository::from_static("app"));
/// let [old, new] = [b"old", b"new"].map(|bytes| {
///     let manifest = Descriptor::new(MediaType::IMAGE_MANIFEST, Digest::of(bytes), 3);
///     NewManifest::new(manifest).with_tags([Tag::LATEST]).when(Precondition::Unset)
/// });
/// let missing = vec![old.manifest.digest.clone()];
/// assert_eq!(names.put_manifest(&app, old.clone()).await.unwrap(), Put::Missing(missing), "it is not linked");
/// for new in [&old, &new] {
///     names.link(&app, &new.manifest.digest).await.unwrap();
/// }
/// assert_eq!(names.put_manifest(&app, old.clone()).await.unwrap(), Put::Done);
/// assert_eq!(names.put_manifest(&app, new).await.unwrap(), Put::Refused, "the tag is set");
/// assert_eq!(names.tag(&app, &Tag::LATEST).await.unwrap(), Some(old.manifest));
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
    /// What cannot be looked at is an error and not left out: what no repository in this list names is garbage to those who
    /// collect.
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

    /// The size of content that a repository has for itself, as where other tools store into it. It is asked for what the
    /// repository sees and the [`Cas`](crate::Cas) does not have; a back end whose repositories show content of the `Cas`
    /// alone has none.
    ///
    /// # Errors
    /// When the storage does not answer.
    async fn own_size(&self, repository: &Repository, digest: &Digest) -> Result<Option<u64>, Error> {
        let _ = (repository, digest);
        Ok(None)
    }

    /// `length` bytes of such content from `offset`, if it is there, not verified and within its size.
    ///
    /// # Errors
    /// When the storage does not answer; also in the stream.
    async fn open_own(
        &self,
        repository: &Repository,
        digest: &Digest,
        offset: u64,
        length: u64,
    ) -> Result<Option<ByteStream>, Error> {
        let _ = (repository, digest, offset, length);
        Ok(None)
    }

    /// Hides content from a repository, also what was condemned, and says whether it could see it.
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

    /// Records a manifest and moves its tags to it, if the repository sees it and all that it needs, if its precondition
    /// allows it for each tag, and unless the manifest is recorded as one of a [kind](DocumentKind) that is known and would
    /// lose it. That is judged and done in one step, in which nothing of it can be condemned. Tags that point to it already
    /// have the new media type as well.
    ///
    /// # Errors
    /// When the storage does not take it.
    async fn put_manifest(&self, repository: &Repository, new: NewManifest) -> Result<Put, Error>;

    /// Forgets a manifest's record, that it is a referrer, and every tag that points to it, and hides it, all in one step;
    /// says whether there was a record or a tag. Without either nothing is done. What refers to it is not forgotten, and
    /// neither are its children: they were stored like any other manifest, and stay until they are removed themselves.
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

/// A manifest that is to be recorded, and all that is judged together with that.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewManifest {
    /// The manifest.
    pub manifest: Descriptor,
    /// What the repository must see for it beside the manifest itself.
    pub needs: Vec<Digest>,
    /// The manifests among that of which it is not said what they need: they must be recorded, and so keep that themselves,
    /// unless the new manifest is recorded already and keeps it for them.
    pub manifests: Vec<Digest>,
    /// The manifests that it makes reachable, so that they need no record of their own as long as it is recorded: a back
    /// end that drops theirs gives them one again when [it is removed](Refs::remove_manifest).
    pub children: Vec<Digest>,
    /// What it says something about: it is among the [`referrers`](Refs::referrers) of that from the moment it is
    /// recorded.
    pub subject: Option<Digest>,
    /// The tags that are to point to it.
    pub tags: Vec<Tag>,
    /// What must hold for each of the tags.
    pub when: Precondition,
}

impl NewManifest {
    /// A manifest that needs nothing and gets no tag.
    #[must_use]
    pub const fn new(manifest: Descriptor) -> Self {
        Self {
            manifest,
            needs: Vec::new(),
            manifests: Vec::new(),
            children: Vec::new(),
            subject: None,
            tags: Vec::new(),
            when: Precondition::Always,
        }
    }

    /// Says what must be there.
    #[must_use]
    pub fn with_needs(self, needs: impl IntoIterator<Item = Digest>) -> Self {
        Self { needs: needs.into_iter().collect(), ..self }
    }

    /// Says which manifests among that must be recorded.
    #[must_use]
    pub fn with_manifests(self, manifests: impl IntoIterator<Item = Digest>) -> Self {
        Self { manifests: manifests.into_iter().collect(), ..self }
    }

    /// Says which manifests it makes reachable.
    #[must_use]
    pub fn with_children(self, children: impl IntoIterator<Item = Digest>) -> Self {
        Self { children: children.into_iter().collect(), ..self }
    }

    /// Says what it is about.
    #[must_use]
    pub fn with_subject(self, subject: Option<Digest>) -> Self {
        Self { subject, ..self }
    }

    /// Says which tags are to point to it.
    #[must_use]
    pub fn with_tags(self, tags: impl IntoIterator<Item = Tag>) -> Self {
        Self { tags: tags.into_iter().collect(), ..self }
    }

    /// Says what must hold for each of the tags.
    #[must_use]
    pub fn when(self, when: Precondition) -> Self {
        Self { when, ..self }
    }

    /// All that the repository must see: the manifest, and what it needs.
    pub fn required(&self) -> impl Iterator<Item = &Digest> {
        std::iter::once(&self.manifest.digest).chain(&self.needs)
    }
}

/// What became of a manifest that was to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[allow(clippy::exhaustive_enums, reason = "whoever puts a manifest must know each outcome")]
pub enum Put {
    /// It is recorded, and its tags point to it.
    Done,
    /// The precondition does not hold for one of the tags, or the manifest would lose its kind; nothing was changed.
    Refused,
    /// The repository does not see these; nothing was changed.
    Missing(Vec<Digest>),
    /// These manifests are not recorded, so nobody keeps what they need; nothing was changed.
    Unrecorded(Vec<Digest>),
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
