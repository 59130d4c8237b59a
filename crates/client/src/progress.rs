//! How far a blob has come, told now and then to whoever wants to know.

use std::sync::Arc;

use wharf_registry::{Blob, Repository};

use crate::{Client, Direction, Event};

/// How many bytes pass between two events, at least: 1 MiB.
const STEP: u64 = 1 << 20;

impl Client {
    /// The same blob, whose bytes are counted as they pass. Nothing is done when nobody wants to know.
    pub(crate) fn watched(&self, repository: &Repository, blob: Blob, direction: Direction) -> Blob {
        if !self.observer.listens() {
            return blob;
        }
        let observer = Arc::clone(&self.observer);
        let (repository, digest, total) =
            (repository.clone(), blob.descriptor().digest.clone(), blob.descriptor().size);
        let (mut bytes, mut next) = (0_u64, STEP.min(total));
        blob.inspect(move |piece| {
            bytes = bytes.saturating_add(piece.len() as u64);
            if bytes >= next {
                next = bytes.saturating_add(STEP).min(total).max(bytes.saturating_add(1));
                let (repository, digest) = (repository.clone(), digest.clone());
                observer.notify(&Event::Progress { direction, repository, digest, bytes, total });
            }
        })
    }
}
