use async_trait::async_trait;
use bytes::BytesMut;
use futures_util::TryStreamExt;
use wharf_registry::{
    ByteStream, Descriptor, Digest, Error, ErrorCode, MediaType, Operation, Repository, Upload, UploadId,
};

use crate::flaw::Flaw;
use crate::model::Model;

/// A handle of an upload session, whose bytes are in the model.
pub(crate) struct Session {
    model: Model,
    repository: Repository,
    id: UploadId,
    offset: u64,
}

impl Session {
    pub(crate) fn start(model: &Model, repository: &Repository) -> Self {
        let mut state = model.state();
        state.started += 1;
        let id = UploadId::parse(&format!("u{}", state.started)).unwrap();
        state.sessions.insert((repository.clone(), id.clone()), BytesMut::new());
        drop(state);
        Self { model: model.clone(), repository: repository.clone(), id, offset: 0 }
    }

    pub(crate) fn resume(model: &Model, repository: &Repository, id: &UploadId) -> Result<Self, Error> {
        let mut state = model.state();
        let shared = model.has(Flaw::UploadsAreShared);
        let mut sessions = state.sessions.iter_mut();
        let found = sessions.find(|((name, found), _)| found == id && (name == repository || shared));
        let Some((_, bytes)) = found else {
            return Err(Error::new(ErrorCode::BLOB_UPLOAD_UNKNOWN, Operation::Upload));
        };
        if model.has(Flaw::UploadsStartOver) {
            bytes.clear();
        }
        let offset = bytes.len() as u64;
        drop(state);
        Ok(Self { model: model.clone(), repository: repository.clone(), id: id.clone(), offset })
    }

    fn key(&self) -> (Repository, UploadId) {
        (self.repository.clone(), self.id.clone())
    }

    fn store(&self, digest: &Digest, bytes: BytesMut) {
        self.model.state().rooms.entry(self.repository.clone()).or_default().blobs.insert(digest.clone(), bytes.into());
    }
}

#[async_trait]
impl Upload for Session {
    fn id(&self) -> &UploadId {
        &self.id
    }

    fn offset(&self) -> u64 {
        self.offset
    }

    async fn append(&mut self, mut data: ByteStream) -> Result<u64, Error> {
        while let Some(piece) = data.try_next().await? {
            self.offset += if self.model.has(Flaw::OffsetsCountPieces) { 1 } else { piece.len() as u64 };
            let mut state = self.model.state();
            state.sessions.get_mut(&self.key()).unwrap().extend_from_slice(&piece);
            let so_far = state.sessions[&self.key()].clone();
            drop(state);
            if self.model.has(Flaw::UploadsAreVisibleEarly) {
                self.store(&Digest::of(&so_far), so_far);
            }
        }
        Ok(self.offset)
    }

    async fn commit(self: Box<Self>, digest: &Digest) -> Result<Descriptor, Error> {
        let bytes = self.model.state().sessions.remove(&self.key()).unwrap();
        if !digest.matches(&bytes).unwrap() {
            if self.model.has(Flaw::UploadsSurviveAWrongDigest) {
                self.model.state().sessions.insert(self.key(), bytes);
            }
            return Err(Error::new(ErrorCode::DIGEST_INVALID, Operation::Upload));
        }
        let size = bytes.len() as u64;
        self.store(digest, bytes);
        Ok(Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), size))
    }

    async fn cancel(self: Box<Self>) -> Result<(), Error> {
        if !self.model.has(Flaw::UploadsSurviveCancelling) {
            self.model.state().sessions.remove(&self.key());
        }
        Ok(())
    }
}
