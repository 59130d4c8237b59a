use async_trait::async_trait;
use wharf_spec::{Descriptor, Digest};

use super::event::EventKind;
use super::witness::Witness;
use crate::{ByteStream, Error, Upload, UploadId};

/// An upload that is told of when it has become a blob.
pub(super) struct Watched {
    pub(super) upload: Box<dyn Upload>,
    pub(super) witness: Witness,
}

#[async_trait]
impl Upload for Watched {
    fn id(&self) -> &UploadId {
        self.upload.id()
    }

    fn offset(&self) -> u64 {
        self.upload.offset()
    }

    async fn append(&mut self, data: ByteStream) -> Result<u64, Error> {
        self.upload.append(data).await
    }

    async fn commit(self: Box<Self>, digest: &Digest) -> Result<Descriptor, Error> {
        let blob = self.upload.commit(digest).await?;
        self.witness.tell(EventKind::BlobPushed { blob: blob.clone() });
        Ok(blob)
    }

    async fn cancel(self: Box<Self>) -> Result<(), Error> {
        self.upload.cancel().await
    }
}
