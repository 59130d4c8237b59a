use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use wharf_registry::{
    Algorithm, Blob, ByteRange, Content, Delete, Descriptor, Digest, Document, Error, ErrorCode, Items, List,
    MediaType, Operation, Precondition, Range, Raw, Read, Referrer, Repository, Tag, TagOrDigest, Upload, UploadId,
    Write,
};

use crate::flaw::Flaw;
use crate::model_upload::Session;

/// The plainest registry there is: maps behind a lock.
#[derive(Clone)]
pub(crate) struct Model {
    pub(crate) state: Arc<Mutex<State>>,
    flaws: &'static [Flaw],
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) rooms: BTreeMap<Repository, Room>,
    pub(crate) sessions: BTreeMap<(Repository, UploadId), BytesMut>,
    pub(crate) started: u32,
}

#[derive(Clone, Default)]
pub(crate) struct Room {
    pub(crate) blobs: BTreeMap<Digest, Bytes>,
    manifests: BTreeMap<Digest, Document>,
    /// What was ever put.
    put: BTreeMap<Digest, Document>,
    tags: BTreeMap<Tag, Digest>,
}

impl Model {
    pub(crate) fn new(flaws: &[Flaw]) -> Self {
        Self { state: Arc::default(), flaws: flaws.to_vec().leak() }
    }

    pub(crate) fn has(&self, flaw: Flaw) -> bool {
        self.flaws.contains(&flaw)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn offers(&self, operation: Operation) -> Result<(), Error> {
        if self.has(Flaw::OffersLittle) { Err(Error::unsupported(operation)) } else { Ok(()) }
    }

    fn room(&self, repository: &Repository) -> Room {
        self.state().rooms.get(repository).cloned().unwrap_or_default()
    }

    fn find_blob(&self, repository: &Repository, digest: &Digest) -> Result<Bytes, Error> {
        let state = self.state();
        let rooms = state.rooms.iter().filter(|(name, _)| *name == repository || self.has(Flaw::SharesBlobs));
        let found = rooms.filter_map(|(_, room)| room.blobs.get(digest)).next();
        found.cloned().ok_or_else(|| self.unknown(ErrorCode::BLOB_UNKNOWN, Operation::GetBlob))
    }

    fn unknown(&self, code: ErrorCode, operation: Operation) -> Error {
        Error::new(if self.has(Flaw::UnknownIsUnavailable) { ErrorCode::UNAVAILABLE } else { code }, operation)
    }

    fn find_manifest(&self, repository: &Repository, which: &TagOrDigest) -> Option<Document> {
        let room = self.room(repository);
        let rooms = if self.has(Flaw::TagsAreShared) { self.state().rooms.values().cloned().collect() } else { vec![] };
        let digest = match which {
            TagOrDigest::Digest(digest) => digest,
            TagOrDigest::Tag(tag) => room.tags.get(tag).or_else(|| rooms.iter().find_map(|room| room.tags.get(tag)))?,
        };
        let found = room.manifests.get(digest).or_else(|| rooms.iter().find_map(|room| room.manifests.get(digest)));
        // A tag that was left behind when its manifest went.
        found
            .or_else(|| room.manifests.values().next())
            .filter(|found| found.digest() == digest || !is_digest(which))
            .cloned()
    }

    fn changed(&self, document: &Document) -> Document {
        if !self.has(Flaw::TrimsManifests) && !self.has(Flaw::ForgetsDocker) {
            return document.clone();
        }
        let (mut media_type, mut bytes) = (document.media_type().clone(), document.bytes().clone());
        if self.has(Flaw::TrimsManifests) {
            bytes = Bytes::copy_from_slice(bytes.trim_ascii());
        }
        if self.has(Flaw::ForgetsDocker) && media_type == MediaType::DOCKER_MANIFEST {
            media_type = MediaType::IMAGE_MANIFEST;
        }
        Document::new(media_type, bytes)
    }

    fn check_content(&self, repository: &Repository, document: &Document) -> Result<(), Error> {
        if self.has(Flaw::ReadsNoManifest) {
            return Ok(());
        }
        let error = |code| Error::new(code, Operation::PutManifest);
        let read = document.clone().decode::<Content>().map_err(|_| error(ErrorCode::MANIFEST_INVALID))?;
        let (content, room) = (read.view(), self.room(repository));
        let foreign = match content {
            Content::Manifest(manifest) if self.has(Flaw::InsistsOnForeignLayers) => manifest.layers.as_slice(),
            _ => &[],
        };
        let subject = content.subject().filter(|_| self.has(Flaw::InsistsOnSubjects));
        let blobs = content.blobs().chain(foreign).all(|blob| room.blobs.contains_key(&blob.digest));
        let manifests = content.children().chain(subject).all(|child| room.manifests.contains_key(&child.digest));
        match (blobs && manifests) || self.has(Flaw::TakesIncompleteManifests) {
            true => Ok(()),
            false => Err(error(ErrorCode::MANIFEST_BLOB_UNKNOWN)),
        }
    }

    fn allowed(&self, room: &Room, digest: &Digest, tags: &[Tag], when: &Precondition) -> bool {
        let judged = if self.has(Flaw::JudgesTheFirstTagOnly) { 1 } else { tags.len() };
        let unset_only = self.has(Flaw::UnsetRefusesTheSame) && *when == Precondition::Unset;
        self.has(Flaw::IgnoresPreconditions)
            || tags
                .iter()
                .take(judged)
                .map(|tag| room.tags.get(tag))
                .all(|current| if unset_only { current.is_none() } else { when.allows(current, digest) })
    }

    async fn receive(&self, blob: Blob) -> Result<Bytes, Error> {
        let descriptor = blob.descriptor().clone();
        let (_, stream) = blob.into_unverified();
        let mut pieces: Vec<_> = stream.collect().await;
        let broken = pieces.iter().any(Result::is_err) && self.has(Flaw::TakesBrokenStreams);
        pieces.retain(|piece| piece.is_ok() || !broken);
        let bytes = pieces.into_iter().collect::<Result<Vec<Bytes>, Error>>()?.concat();
        let error = |code| Err(Error::new(code, Operation::PutBlob));
        if broken || self.has(Flaw::VerifiesNothing) {
            Ok(bytes.into())
        } else if bytes.len() as u64 != descriptor.size {
            error(ErrorCode::SIZE_INVALID)
        } else if !self.has(Flaw::VerifiesTheSizeOnly) && descriptor.digest.matches(&bytes) != Ok(true) {
            error(ErrorCode::DIGEST_INVALID)
        } else {
            Ok(bytes.into())
        }
    }

    fn sorted<T: Ord + Clone + ToString>(&self, mut items: Vec<T>, after: Option<&T>) -> Vec<T> {
        let inclusive = self.has(Flaw::AfterIncludes);
        items.retain(|item| after.is_none_or(|after| item > after || (inclusive && item == after)));
        if self.has(Flaw::SortsAsADictionary) {
            items.sort_by_key(|item| item.to_string().to_lowercase());
        }
        items
    }
}

const fn is_digest(which: &TagOrDigest) -> bool {
    matches!(which, TagOrDigest::Digest(_))
}

#[async_trait]
impl Read for Model {
    async fn manifest(&self, repository: &Repository, which: &TagOrDigest) -> Result<Document<Raw>, Error> {
        let found = self.find_manifest(repository, which);
        found.ok_or_else(|| self.unknown(ErrorCode::MANIFEST_UNKNOWN, Operation::GetManifest))
    }

    async fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
        let bytes = self.find_blob(repository, digest)?;
        let descriptor = Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), bytes.len() as u64);
        Ok(Blob::new(descriptor, wharf_testkit::fixture::pieces(&bytes)))
    }

    async fn stat_blob(&self, repository: &Repository, digest: &Digest) -> Result<Descriptor, Error> {
        let mut descriptor = self.blob(repository, digest).await?.descriptor().clone();
        if self.has(Flaw::StatTellsNoSize) {
            descriptor.size = 0;
        }
        Ok(descriptor)
    }

    async fn blob_range(&self, repository: &Repository, digest: &Digest, range: ByteRange) -> Result<Range, Error> {
        self.offers(Operation::GetBlob)?;
        let bytes = self.find_blob(repository, digest)?;
        let descriptor = Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), bytes.len() as u64);
        let (first, mut length) = match range.resolve(descriptor.size) {
            Some(found) => found,
            None if self.has(Flaw::RangesOutsideAreEmpty) => (0, 0),
            None => return Err(Error::new(ErrorCode::RANGE_INVALID, Operation::GetBlob)),
        };
        if self.has(Flaw::RangesAreHalfOpen) {
            length -= 1;
        }
        let part = bytes.slice(first as usize..(first + length) as usize);
        match range {
            ByteRange::Between { first, last } if self.has(Flaw::RangesDoNotEnd) => length = last - first + 1,
            _ => {}
        }
        Ok(Range::new(descriptor, first, length, Box::pin(stream::iter([Ok(part)]))))
    }
}

#[async_trait]
impl Write for Model {
    async fn put_blob(&self, repository: &Repository, blob: Blob) -> Result<(), Error> {
        let digest = blob.descriptor().digest.clone();
        let bytes = self.receive(blob).await?;
        let digest = if self.has(Flaw::KnowsOnlySha256) { Digest::of(&bytes) } else { digest };
        self.state().rooms.entry(repository.clone()).or_default().blobs.insert(digest, bytes);
        Ok(())
    }

    async fn mount(&self, repository: &Repository, digest: &Digest, from: &Repository) -> Result<bool, Error> {
        if self.has(Flaw::OffersLittle) {
            return Ok(false);
        }
        let anybody = self.has(Flaw::MountsWhatAnybodyHas);
        let mut state = self.state();
        let mut rooms = state.rooms.iter().filter(|(name, _)| anybody || *name == from);
        let found = rooms.find_map(|(_, room)| room.blobs.get(digest)).cloned();
        let Some(bytes) = found else { return Ok(self.has(Flaw::MountsEverything)) };
        if !self.has(Flaw::MountLies) {
            state.rooms.entry(repository.clone()).or_default().blobs.insert(digest.clone(), bytes);
        }
        Ok(true)
    }

    async fn start_upload(&self, repository: &Repository, _: Algorithm<'_>) -> Result<Box<dyn Upload>, Error> {
        self.offers(Operation::Upload)?;
        Ok(Box::new(Session::start(self, repository)))
    }

    async fn resume_upload(&self, repository: &Repository, id: &UploadId) -> Result<Box<dyn Upload>, Error> {
        self.offers(Operation::Upload)?;
        Ok(Box::new(Session::resume(self, repository, id)?))
    }

    async fn put_manifest(
        &self,
        repository: &Repository,
        document: &Document<Raw>,
        tags: &[Tag],
        when: &Precondition,
    ) -> Result<(), Error> {
        if *when != Precondition::Always {
            self.offers(Operation::PutManifest)?;
        }
        self.check_content(repository, document)?;
        let document = self.changed(document);
        let mut state = self.state();
        let room = state.rooms.entry(repository.clone()).or_default();
        if !self.allowed(room, document.digest(), tags, when) {
            return Err(Error::new(ErrorCode::DENIED, Operation::PutManifest));
        }
        for tag in tags {
            if !self.has(Flaw::TagsDoNotMove) || !room.tags.contains_key(tag) {
                room.tags.insert(tag.clone(), document.digest().clone());
            }
        }
        room.put.insert(document.digest().clone(), document.clone());
        room.manifests.insert(document.digest().clone(), document);
        drop(state);
        Ok(())
    }
}

impl List for Model {
    fn tags<'a>(&'a self, repository: &'a Repository, after: Option<&'a Tag>) -> Items<'a, Tag> {
        let tags = self.sorted(self.room(repository).tags.into_keys().collect(), after);
        Box::pin(stream::iter(tags.into_iter().map(Ok)))
    }

    fn repositories<'a>(&'a self, after: Option<&'a Repository>) -> Items<'a, Repository> {
        if let Err(error) = self.offers(Operation::ListRepositories) {
            return Box::pin(stream::iter([Err(error)]));
        }
        let mut names = self.sorted(self.state().rooms.keys().cloned().collect(), after);
        if self.has(Flaw::RepositoriesAreUnsorted) {
            names.reverse();
        }
        Box::pin(stream::iter(names.into_iter().map(Ok)))
    }

    fn referrers<'a>(
        &'a self,
        repository: &'a Repository,
        digest: &'a Digest,
        artifact_type: Option<&'a MediaType>,
    ) -> Items<'a, Descriptor> {
        if let Err(error) = self.offers(Operation::ListReferrers) {
            return Box::pin(stream::iter([Err(error)]));
        }
        let room = self.room(repository);
        let known = room.manifests.contains_key(digest) || !self.has(Flaw::ReferrersNeedTheirSubject);
        let known = known && (digest.algorithm() == Algorithm::SHA256 || !self.has(Flaw::ReferrersAreBySha256));
        let documents = if self.has(Flaw::ReferrersStayWhenDeleted) { room.put } else { room.manifests };
        let found = documents.values().filter_map(|each| self.referrer(each, digest).filter(|_| known));
        let wanted = artifact_type.filter(|_| !self.has(Flaw::ReferrersAreOfEveryKind));
        let is_wanted = |found: &Descriptor| wanted.is_none_or(|wanted| found.artifact_type.as_ref() == Some(wanted));
        let most = if self.has(Flaw::ReferrersAreFew) { 100 } else { usize::MAX };
        let mut found: Vec<_> = found.filter(is_wanted).take(most).collect();
        if self.has(Flaw::ReferrersAreUnsorted) && found.len() > 2 {
            found.reverse();
        }
        Box::pin(stream::iter(found.into_iter().map(Ok)))
    }
}

impl Model {
    fn referrer(&self, document: &Document, subject: &Digest) -> Option<Descriptor> {
        let found = Referrer::of(document).filter(|found| found.subject == *subject)?;
        let is_index = document.media_type().is_index();
        match self.has(Flaw::ReferrersAreBare) {
            true => Some(document.descriptor()),
            false => Some(found.entry).filter(|_| !is_index || !self.has(Flaw::ReferrersAreImages)),
        }
    }
}

#[async_trait]
impl Delete for Model {
    async fn delete_tag(&self, repository: &Repository, tag: &Tag) -> Result<(), Error> {
        self.offers(Operation::DeleteTag)?;
        let deleted = self.state().rooms.get_mut(repository).and_then(|room| room.tags.remove(tag));
        if let Some(digest) = &deleted
            && self.has(Flaw::DeletingATagDeletesTheManifest)
        {
            self.delete_manifest(repository, digest).await?;
        }
        self.deleted(deleted.is_some(), ErrorCode::MANIFEST_UNKNOWN, Operation::DeleteTag)
    }

    async fn delete_manifest(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        self.offers(Operation::DeleteManifest)?;
        let mut state = self.state();
        let room = state.rooms.entry(repository.clone()).or_default();
        if !self.has(Flaw::DeletingAManifestLeavesTags) {
            room.tags.retain(|_, target| target != digest);
        }
        let deleted = room.manifests.remove(digest).is_some();
        if self.has(Flaw::ReferrersGoWithTheirSubject) {
            room.manifests.retain(|_, document| self.referrer(document, digest).is_none());
        }
        drop(state);
        self.deleted(deleted, ErrorCode::MANIFEST_UNKNOWN, Operation::DeleteManifest)
    }

    async fn delete_blob(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        self.offers(Operation::DeleteBlob)?;
        let everywhere = self.has(Flaw::DeletingABlobDeletesItEverywhere);
        let mut deleted = false;
        for (name, room) in &mut self.state().rooms {
            deleted |= (everywhere || name == repository) && room.blobs.remove(digest).is_some();
        }
        self.deleted(deleted, ErrorCode::BLOB_UNKNOWN, Operation::DeleteBlob)
    }
}

impl Model {
    fn deleted(&self, deleted: bool, code: ErrorCode, operation: Operation) -> Result<(), Error> {
        match deleted || self.has(Flaw::DeletingNothingSucceeds) {
            true => Ok(()),
            false => Err(self.unknown(code, operation)),
        }
    }
}
