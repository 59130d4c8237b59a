//! What happens at the same time happens as if in some order. Nothing is spawned: the futures of a law take turns.
//!
//! A back end that waits for a disk or a network is interrupted wherever it does; one that never waits finishes each
//! call in turn, and the laws hold for it without having shown much.

use futures_util::future::join_all;
use wharf_registry::{Blob, Error, ErrorCode, MediaType, Precondition, Registry, Repository};

use super::expect::{has_blob, has_manifest, is_refused, succeeds};
use crate::fixture::{self, tag};

/// How many do the same thing at the same time.
const TASKS: u64 = 8;

/// All laws of this module.
pub async fn all(registry: &dyn Registry) {
    same_blob(registry).await;
    different_tags(registry).await;
    unset_has_one_winner(registry).await;
}

/// Whoever stores the same blob at the same time succeeds, and it is right.
pub async fn same_blob(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/concurrency/same-blob");
    let bytes = fixture::bytes(1, 500_000);
    let descriptor = fixture::described(MediaType::OCTET_STREAM, &bytes);
    let puts = (0..TASKS).map(|_| Blob::new(descriptor.clone(), fixture::pieces(&bytes)));
    for put in join_all(puts.map(|blob| registry.put_blob(&repository, blob))).await {
        succeeds(&repository, put);
    }
    has_blob(registry, &repository, &descriptor.digest, &bytes).await;
}

/// No tag is lost when many are set at the same time.
pub async fn different_tags(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/concurrency/different-tags");
    let image = fixture::image(2, 1, 100);
    fixture::push_blobs(registry, &repository, &image).await;
    let (document, tags) = (image.document(), [0, 1, 2, 3, 4, 5, 6, 7].map(|task| [tag(&format!("t{task}"))]));
    let puts = tags.iter().map(|tags| registry.put_manifest(&repository, &document, tags, &Precondition::Always));
    for put in join_all(puts).await {
        succeeds(&repository, put);
    }
    for [tag] in tags {
        has_manifest(registry, &repository, tag, &document).await;
    }
}

/// Of many who set a tag that is not set, one succeeds, and the tag is theirs.
///
/// This is what a lock made of tags, or a name that is given once, stands on. Unsupported is an answer if all of them
/// get it.
pub async fn unset_has_one_winner(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/concurrency/unset-has-one-winner");
    let images: Vec<_> = (0..TASKS).map(|task| fixture::image(100 + task, 1, 100)).collect();
    for image in &images {
        fixture::push_blobs(registry, &repository, image).await;
    }
    let (documents, tags): (Vec<_>, _) = (images.iter().map(|image| image.document()).collect(), [tag("it")]);
    let puts = documents.iter().map(|each| registry.put_manifest(&repository, each, &tags, &Precondition::Unset));
    let puts = join_all(puts).await;
    if puts.iter().all(|put| put.as_ref().is_err_and(Error::is_unsupported)) {
        return;
    }
    let (won, lost): (Vec<_>, Vec<_>) = puts.into_iter().zip(&documents).partition(|(put, _)| put.is_ok());
    let [(_, winner)] = won.as_slice() else { panic!("{repository}: {} succeeded", won.len()) };
    lost.into_iter().for_each(|(put, _)| is_refused(&repository, put, &[ErrorCode::DENIED]));
    has_manifest(registry, &repository, tag("it"), winner).await;
}
