//! What is not there is said to be not there.
//!
//! The repositories of these laws differ from those that exist in nothing but their content, and asking creates none.

use futures_util::TryStreamExt;
use wharf_registry::{Digest, Error, Registry, Repository, Tag};

use super::expect::{lacks_blob, lacks_manifest};
use crate::fixture::{self, tag};

/// All laws of this module.
pub async fn all(registry: &dyn Registry) {
    in_a_repository(registry).await;
    no_such_repository(registry).await;
    a_blob_is_no_manifest(registry).await;
}

/// Unknown tags, manifests and blobs of a repository that exists are not found.
pub async fn in_a_repository(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/unknown/in-a-repository");
    fixture::push(registry, &repository, &fixture::image(1, 1, 100), &tag("known")).await;
    lacks_everything(registry, &repository).await;
}

/// In a repository that does not exist nothing is found, and reading does not make it exist.
pub async fn no_such_repository(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/unknown/no-such-repository");
    lacks_everything(registry, &repository).await;
    let tags: Result<Vec<Tag>, Error> = registry.tags(&repository, None).try_collect().await;
    match tags {
        Ok(tags) => assert!(tags.is_empty(), "{repository}: has tags"),
        Err(error) => assert!(error.is_not_found() || error.is_unsupported(), "{repository}: {error:?}"),
    }
}

/// Neither a blob, nor a manifest, nor a tag that nobody stored is there.
pub(super) async fn lacks_everything(registry: &dyn Registry, repository: &Repository) {
    let unknown = Digest::of(b"laws/unknown");
    lacks_blob(registry, repository, &unknown).await;
    lacks_manifest(registry, repository, unknown).await;
    lacks_manifest(registry, repository, tag("unknown")).await;
}

/// A layer cannot be read as a manifest.
pub async fn a_blob_is_no_manifest(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/unknown/a-blob-is-no-manifest");
    let image = fixture::image(2, 1, 100);
    fixture::push(registry, &repository, &image, &tag("known")).await;
    let which = Digest::of(&image.layers[0]).into();
    assert!(registry.manifest(&repository, &which).await.is_err(), "{repository}: a layer was taken for a manifest");
}
