use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt, stream};
use wharf_reference::{Repository, Tag, TagOrDigest};
use wharf_spec::{Descriptor, Digest, Document, ErrorCode, Raw};

use crate::forward::forward;
use crate::{Admitted, Delete, Error, List, Policy, PolicyError, Precondition, Read, Write};

/// How much of what a manifest needs is asked for at a time.
const AT_ONCE: usize = 8;

/// How much that is missing is looked for: more helps nobody who has to bring it, and whoever puts the manifest decides
/// how much it is.
const MISSING: usize = 100;

/// A registry that takes only the manifests that a [`Policy`] admits, and that the registry below takes as well.
///
/// Whether what a manifest needs is there is asked of the registry below, before the manifest is handed on; what is
/// deleted in between is missed. It looks one level deep: what a child of an index needs was that registry's affair when it
/// took the child, and following it would be a question for each thing below it. A manifest can name thousands of things, each of which is a question or two; no more are
/// asked once a hundred are missing. A store of one's own judges the two in one place.
///
/// ```
/// # fn wrap(registry: impl wharf_registry::Registry + 'static) -> Box<dyn wharf_registry::Registry> {
/// use wharf_registry::{Checked, Policy};
///
/// Box::new(Checked::new(registry, Policy::Strict))
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Checked<R> {
    registry: R,
    policy: Policy,
}

impl<R> Checked<R> {
    /// Demands of a registry's manifests what `policy` says.
    pub const fn new(registry: R, policy: Policy) -> Self {
        Self { registry, policy }
    }
}

impl<R: Read> Checked<R> {
    /// What of a manifest's needs is not there, in its order: blobs, then manifests. Not all of it, when it is much.
    async fn missing(&self, repository: &Repository, admitted: &Admitted) -> Result<Vec<Digest>, Error> {
        let needs = admitted.blobs().map(|blob| (&blob.digest, false));
        let needs = needs.chain(admitted.manifests().map(|manifest| (&manifest.digest, true)));
        let needs: Vec<_> = needs.map(|(digest, is_manifest)| (digest.clone(), is_manifest)).collect();
        let ask = |(digest, is_manifest)| async move {
            let there = self.has(repository, &digest, is_manifest).await?;
            Ok((!there).then_some(digest))
        };
        let asked = stream::iter(needs).map(ask).buffered(AT_ONCE);
        asked.try_filter_map(|missing| std::future::ready(Ok(missing))).take(MISSING).try_collect().await
    }

    /// An index may also name what is none of its registry's manifests but a blob.
    async fn has(&self, repository: &Repository, digest: &Digest, is_manifest: bool) -> Result<bool, Error> {
        let as_manifest = TagOrDigest::Digest(digest.clone());
        if is_manifest && is_there(self.registry.resolve(repository, &as_manifest).await)? {
            return Ok(true);
        }
        is_there(self.registry.stat_blob(repository, digest).await)
    }
}

/// What no registry could verify, because of its algorithm or of what has become of it, is as good as missing.
fn is_there(found: Result<Descriptor, Error>) -> Result<bool, Error> {
    match found {
        Err(error) if error.is_not_found() || *error.code() == ErrorCode::DIGEST_INVALID => Ok(false),
        found => found.map(|_| true),
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Read> Read for Checked<R> {
    forward!(self => self.registry; manifest, blob, resolve, stat_blob, blob_range);
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Read + Write> Write for Checked<R> {
    forward!(self => self.registry; put_blob, mount, start_upload, resume_upload);

    async fn put_manifest(
        &self,
        repository: &Repository,
        document: &Document<Raw>,
        tags: &[Tag],
        when: &Precondition,
    ) -> Result<(), Error> {
        let admitted = self.policy.admit(document).map_err(|error| error.refuse(repository, document))?;
        let missing = self.missing(repository, &admitted).await?;
        if !missing.is_empty() {
            return Err(PolicyError::Missing(missing).refuse(repository, document));
        }
        self.registry.put_manifest(repository, document, tags, when).await
    }
}

#[deny(clippy::missing_trait_methods)]
impl<R: List> List for Checked<R> {
    forward!(self => self.registry; tags, repositories, referrers);
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<R: Delete> Delete for Checked<R> {
    forward!(self => self.registry; delete_tag, delete_manifest, delete_blob);
}
