use std::sync::Arc;

use wharf_reference::Repository;

use super::event::{Event, EventKind};
use crate::Blob;

/// Who is told.
pub(super) type Sink = dyn Fn(Event) + Send + Sync;

/// What is needed to tell something later.
pub(super) struct Witness {
    pub(super) sink: Arc<Sink>,
    pub(super) by: Option<Arc<str>>,
    pub(super) repository: Repository,
}

impl Witness {
    pub(super) fn tell(&self, kind: EventKind) {
        (self.sink)(Event { repository: self.repository.clone(), by: self.by.clone(), kind });
    }

    /// The same blob, which is told of when all of its bytes were read.
    pub(super) fn watch(self, blob: Blob) -> Blob {
        let descriptor = blob.descriptor().clone();
        let mut left = descriptor.size;
        let end = move || self.tell(EventKind::BlobPulled { blob: descriptor.clone() });
        if left == 0 {
            end();
        }
        blob.inspect(move |piece| {
            let before = left;
            left = left.saturating_sub(piece.len() as u64);
            if before > 0 && left == 0 {
                end();
            }
        })
    }
}
