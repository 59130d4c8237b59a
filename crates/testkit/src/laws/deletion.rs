//! What was deleted is gone, and nothing else is; where deleting is offered.
//!
//! The distribution-spec leaves deleting to the registry, tag by tag and blob by blob, so each law is silent on its
//! own. Bytes need not be gone: what is asked is that nobody can see them any more.

use wharf_registry::{Digest, Error, Registry, Repository};

use super::expect::{has_blob, has_manifest, if_offered, is_not_found, lacks_blob, lacks_manifest, put, put_manifest};
use crate::fixture::{self, tag};

/// All laws of this module.
pub async fn all(registry: &dyn Registry) {
    tag_leaves_the_manifest(registry).await;
    manifest_takes_its_tags(registry).await;
    blob_leaves_others(registry).await;
    of_what_is_not_there(registry).await;
    can_be_undone(registry).await;
}

/// Deleting a tag leaves the manifest and its other tags.
pub async fn tag_leaves_the_manifest(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/deletion/tag-leaves-the-manifest");
    let document = fixture::image(1, 1, 100).document();
    fixture::push(registry, &repository, &fixture::image(1, 1, 100), &tag("goes")).await;
    put_manifest(registry, &repository, &document, &[tag("stays")]).await;
    let deleted = registry.delete_tag(&repository, &tag("goes")).await;
    if if_offered(&repository, deleted).is_none() {
        return;
    }
    lacks_manifest(registry, &repository, tag("goes")).await;
    has_manifest(registry, &repository, tag("stays"), &document).await;
    has_manifest(registry, &repository, document.digest().clone(), &document).await;
}

/// Deleting a manifest deletes every tag that points to it, and no other.
pub async fn manifest_takes_its_tags(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/deletion/manifest-takes-its-tags");
    let [goes, stays] = [2, 3].map(|seed| fixture::image(seed, 1, 100));
    fixture::push(registry, &repository, &goes, &tag("one")).await;
    put_manifest(registry, &repository, &goes.document(), &[tag("two")]).await;
    fixture::push(registry, &repository, &stays, &tag("other")).await;
    let deleted = registry.delete_manifest(&repository, goes.manifest.digest()).await;
    if if_offered(&repository, deleted).is_none() {
        return;
    }
    lacks_manifest(registry, &repository, goes.manifest.digest().clone()).await;
    lacks_manifest(registry, &repository, tag("one")).await;
    lacks_manifest(registry, &repository, tag("two")).await;
    has_manifest(registry, &repository, tag("other"), &stays.document()).await;
}

/// Deleting a blob of one repository leaves it in the others.
pub async fn blob_leaves_others(registry: &dyn Registry) {
    let here = Repository::from_static("laws/deletion/blob-leaves-others/here");
    let there = Repository::from_static("laws/deletion/blob-leaves-others/there");
    let bytes = fixture::bytes(4, 1000);
    let blob = put(registry, &here, &bytes).await;
    put(registry, &there, &bytes).await;
    let deleted = registry.delete_blob(&here, &blob.digest).await;
    if if_offered(&here, deleted).is_none() {
        return;
    }
    lacks_blob(registry, &here, &blob.digest).await;
    has_blob(registry, &there, &blob.digest, &bytes).await;
}

/// Deleting what is not there says so.
pub async fn of_what_is_not_there(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/deletion/of-what-is-not-there");
    fixture::push(registry, &repository, &fixture::image(5, 1, 100), &tag("stays")).await;
    let unknown = Digest::of(b"laws/deletion/of-what-is-not-there");
    not_found_if_offered(&repository, registry.delete_tag(&repository, &tag("unknown")).await);
    not_found_if_offered(&repository, registry.delete_manifest(&repository, &unknown).await);
    not_found_if_offered(&repository, registry.delete_blob(&repository, &unknown).await);
}

/// Refused as unknown, or not offered.
fn not_found_if_offered(law: &Repository, result: Result<(), Error>) {
    if !result.as_ref().is_err_and(Error::is_unsupported) {
        is_not_found(law, result);
    }
}

/// What was deleted can be stored again.
///
/// A registry that remembers what it deleted must not refuse it for that.
pub async fn can_be_undone(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/deletion/can-be-undone");
    let image = fixture::image(6, 1, 100);
    fixture::push(registry, &repository, &image, &tag("it")).await;
    let layer = Digest::of(&image.layers[0]);
    if_offered(&repository, registry.delete_manifest(&repository, image.manifest.digest()).await);
    if_offered(&repository, registry.delete_blob(&repository, &layer).await);
    fixture::push(registry, &repository, &image, &tag("it")).await;
    has_manifest(registry, &repository, tag("it"), &image.document()).await;
    has_blob(registry, &repository, &layer, &image.layers[0]).await;
}
