//! What refers to a manifest. Names only know that it does; what is listed is read from the manifest, so that it is
//! always right, and that whatever is listed can be read.

use std::collections::BTreeSet;

use wharf_registry::{Descriptor, Digest, Document, Error, ErrorCode, Index, Referrer, Tag, TagOrDigest};

use crate::context::Context;
use crate::{Cas, Refs, Store};

impl<C: Cas, R: Refs> Store<C, R> {
    /// The manifests that may refer to a subject, in the order of bytes: those that were stored as its referrers here,
    /// and those that clients entered in the index under its fallback tag, as they do where nobody else keeps a list.
    pub(super) async fn candidates(&self, at: Context<'_>, subject: &Digest) -> Result<BTreeSet<Digest>, Error> {
        let stored = self.refs.referrers(at.repository(), subject).await.map_err(|error| at.failed(error))?;
        let mut found = BTreeSet::from_iter(stored);
        let tag = TagOrDigest::Tag(Tag::referrers_fallback(subject));
        if let Some(document) = self.read_if_right(at, &tag).await?
            && let Ok(index) = document.decode::<Index>()
        {
            found.extend(index.view().manifests.iter().map(|entry| entry.digest.clone()));
        }
        Ok(found)
    }

    /// What is listed of a manifest, if it is there and has this subject.
    pub(super) async fn referrer(
        &self,
        at: Context<'_>,
        digest: Digest,
        subject: &Digest,
    ) -> Result<Option<Descriptor>, Error> {
        let document = self.read_if_right(at, &TagOrDigest::Digest(digest)).await?;
        let referrer = document.as_ref().and_then(Referrer::of);
        Ok(referrer.filter(|referrer| referrer.subject == *subject).map(|referrer| referrer.entry))
    }

    /// A manifest that is there and is what its digest says. Anything else is not listed; but a storage that does not
    /// answer would make a list too short.
    async fn read_if_right(&self, at: Context<'_>, which: &TagOrDigest) -> Result<Option<Document>, Error> {
        let found = match self.find_manifest(at, which).await {
            Ok(found) => self.read_manifest(at, found).await,
            Err(error) => Err(error),
        };
        match found {
            Ok(document) => Ok(Some(document)),
            Err(error) if error.is_not_found() || is_wrong(error.code()) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn is_wrong(code: &ErrorCode) -> bool {
    [ErrorCode::DIGEST_INVALID, ErrorCode::SIZE_INVALID, ErrorCode::MANIFEST_INVALID].contains(code)
}
