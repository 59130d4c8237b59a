//! Recording a manifest that is admitted, together with the look whether all that it leads to is there.
//!
//! What is recorded keeps all that it leads to. So a manifest needs what it names itself, and of the manifests among that
//! nothing more, as long as they are recorded. One that is not may have been found again by whoever asked for it, while
//! what it needs was collected; then that is looked for as well.

use std::collections::HashMap;

use bytes::Bytes;
use futures_util::StreamExt;
use wharf_registry::{
    Admitted, ByteStream, Content, Descriptor, Digest, Document, Error, ErrorCode, Limits, MediaType, PolicyError,
    Precondition, Tag,
};

use super::manifest::leads_nowhere;
use crate::context::Context;
use crate::{Cas, NewManifest, Put, Refs, Store};

/// How often a manifest is stored or followed while others take away what was there. Indexes are not nested as deep.
const ATTEMPTS: usize = 16;

impl<C: Cas, R: Refs> Store<C, R> {
    /// Stores a manifest and records it.
    pub(super) async fn record(
        &self,
        at: Context<'_>,
        document: &Document,
        admitted: &Admitted,
        tags: &[Tag],
        when: &Precondition,
    ) -> Result<(), Error> {
        let mut needed = Needed::of(document, admitted, tags, when);
        self.look_ahead(at, document, &mut needed).await?;
        self.put_document(at, document).await?;
        for _ in 0..ATTEMPTS {
            match self.refs.put_manifest(at.repository(), needed.new.clone()).await.map_err(|error| at.failed(error))? {
                Put::Done => return Ok(()),
                Put::Refused => return Err(at.error(ErrorCode::DENIED)),
                Put::Unrecorded(manifests) => {
                    self.follow(at, document, &mut needed, manifests).await?;
                    if !needed.gone.is_empty() {
                        return Err(PolicyError::Missing(needed.gone).refuse(at.repository(), document));
                    }
                }
                Put::Missing(mut missing) => {
                    missing.retain(|digest| digest != document.digest());
                    if !missing.is_empty() {
                        return Err(PolicyError::Missing(missing).refuse(at.repository(), document));
                    }
                    // Somebody deleted it, or swept it, between the two steps.
                    self.put_document(at, document).await?;
                }
            }
        }
        Err(at.error(ErrorCode::UNAVAILABLE))
    }

    /// Stores a manifest's bytes. They are at hand, so what goes meanwhile is stored again.
    async fn put_document(&self, at: Context<'_>, document: &Document) -> Result<(), Error> {
        for _ in 0..ATTEMPTS {
            if self.put(at, &document.descriptor(), once(document.bytes().clone())).await? {
                return Ok(());
            }
        }
        Err(at.error(ErrorCode::UNAVAILABLE))
    }

    /// Refuses early what cannot be recorded now, so that it leaves nothing behind. What counts is judged again together
    /// with the write.
    async fn look_ahead(&self, at: Context<'_>, document: &Document, needed: &mut Needed) -> Result<(), Error> {
        loop {
            let unrecorded = self.unrecorded(at, &needed.new).await.map_err(|error| at.failed(error))?;
            if unrecorded.is_empty() {
                break;
            }
            self.follow(at, document, needed, unrecorded).await?;
        }
        let mut missing = Vec::new();
        for digest in &needed.new.needs {
            if needed.gone.contains(digest) || !self.has(at, digest, needed.sizes.get(digest).copied()).await? {
                missing.push(digest.clone());
            }
        }
        match missing.is_empty() {
            true => Ok(()),
            false => Err(PolicyError::Missing(missing).refuse(at.repository(), document)),
        }
    }

    /// Whether the repository has what a manifest needs. Where it has another size than the manifest says one of the two is
    /// wrong, so all of it is read: content that is cut off must be pushed again, and not be named.
    async fn has(&self, at: Context<'_>, digest: &Digest, said: Option<u64>) -> Result<bool, Error> {
        match self.size(at, digest).await? {
            Some(size) if said.is_none_or(|said| said == size) => Ok(true),
            Some(_) => {
                let Some(blob) = self.read(at, digest).await? else { return Ok(false) };
                Ok(blob.all(|piece| std::future::ready(piece.is_ok())).await)
            }
            None => Ok(false),
        }
    }

    /// The manifests that are not recorded, unless the new one is.
    async fn unrecorded(&self, at: Context<'_>, new: &NewManifest) -> Result<Vec<Digest>, crate::Error> {
        let mut unrecorded = Vec::new();
        if new.manifests.is_empty() || self.refs.manifest(at.repository(), &new.manifest.digest).await?.is_some() {
            return Ok(unrecorded);
        }
        for digest in &new.manifests {
            if self.refs.manifest(at.repository(), digest).await?.is_none() {
                unrecorded.push(digest.clone());
            }
        }
        Ok(unrecorded)
    }

    /// Adds what manifests need that nobody else keeps. One that cannot be read is as good as missing: who pushes it again
    /// heals it. So is one for which there is no room, since a small index can lead to any number of them, and what they
    /// need is looked for under the lock: who pushes it again has it recorded, and then it keeps that itself.
    async fn follow(
        &self,
        at: Context<'_>,
        document: &Document,
        needed: &mut Needed,
        manifests: Vec<Digest>,
    ) -> Result<(), Error> {
        for digest in manifests {
            if !self.refs.linked(at.repository(), &digest).await.map_err(|error| at.failed(error))? {
                // That it is missing is told with all else that is, also if it comes back by then: nobody has followed it.
                needed.new.manifests.retain(|manifest| *manifest != digest);
                needed.gone.push(digest);
                continue;
            }
            let media_type = needed.kinds.get(&digest).cloned();
            let child = self.document(at.repository(), &digest, media_type).await.ok();
            match child.filter(|child| needed.takes(child)).map(|child| self.policy.admit(&child)) {
                Some(Ok(child)) => needed.follow(&digest, &child),
                // Nobody knows whether it needs anything.
                Some(Err(PolicyError::Unknown)) => needed.new.manifests.retain(|manifest| *manifest != digest),
                _ => return Err(PolicyError::Missing(vec![digest]).refuse(at.repository(), document)),
            }
        }
        Ok(())
    }
}

/// What is to be recorded, and what the manifests are that must be there for it.
struct Needed {
    new: NewManifest,
    /// What is needed, and of which size it is said to be.
    sizes: HashMap<Digest, u64>,
    kinds: HashMap<Digest, MediaType>,
    /// Manifests that were not there when they were to be followed.
    gone: Vec<Digest>,
    /// How many bytes of manifests may still be followed.
    room: usize,
}

impl Needed {
    fn of(document: &Document, admitted: &Admitted, tags: &[Tag], when: &Precondition) -> Self {
        let content = admitted.content().unwrap_or(&Content::Opaque);
        // What is listed as something that leads nowhere keeps its own record: nobody finds there what it needs.
        let children = content.children().filter(|child| !leads_nowhere(&child.media_type));
        let new = NewManifest::new(document.descriptor())
            .with_children(children.map(|child| child.digest.clone()))
            .with_subject(content.subject().map(|subject| subject.digest.clone()))
            .with_tags(tags.iter().cloned())
            .when(when.clone());
        let room = Limits::default().walk_bytes;
        let mut needed = Self { new, sizes: HashMap::new(), kinds: HashMap::new(), gone: Vec::new(), room };
        needed.add(admitted);
        needed
    }

    /// Whether there is room to follow a manifest, which is then taken.
    fn takes(&mut self, manifest: &Document) -> bool {
        let left = self.room.checked_sub(manifest.bytes().len());
        self.room = left.unwrap_or_default();
        left.is_some()
    }

    /// What a manifest needs is needed as well, and it need not be recorded any more.
    fn follow(&mut self, manifest: &Digest, admitted: &Admitted) {
        self.new.manifests.retain(|digest| digest != manifest);
        self.add(admitted);
    }

    /// Each is needed once, by however many.
    fn add(&mut self, admitted: &Admitted) {
        for Descriptor { digest, size, .. } in admitted.blobs() {
            self.need(digest, *size);
        }
        for Descriptor { digest, media_type, size, .. } in admitted.manifests() {
            self.need(digest, *size);
            // An index may list what is no manifest.
            if leads_nowhere(media_type) || *size > Limits::default().document_bytes as u64 {
                continue;
            }
            if self.kinds.insert(digest.clone(), media_type.clone()).is_none() {
                self.new.manifests.push(digest.clone());
            }
        }
    }

    fn need(&mut self, digest: &Digest, size: u64) {
        if self.sizes.insert(digest.clone(), size).is_none() {
            self.new.needs.push(digest.clone());
        }
    }
}

fn once(bytes: Bytes) -> ByteStream {
    Box::pin(futures_util::stream::once(std::future::ready(Ok(bytes))))
}
