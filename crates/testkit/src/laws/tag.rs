//! Tags point, move, and can be held still.
//!
//! Preconditions may be unsupported, and then nothing may have moved: a registry that ignores them breaks these laws.

use wharf_registry::{Digest, Document, Error, ErrorCode, Precondition, Registry, Repository, Tag};

use super::expect::{has_manifest, if_offered, is_refused, lacks_manifest, put_manifest};
use crate::fixture::{self, tag};

/// All laws of this module.
pub async fn all(registry: &dyn Registry) {
    moves(registry).await;
    many_at_once(registry).await;
    belongs_to_its_repository(registry).await;
    unset_does_not_move(registry).await;
    unset_allows_the_same(registry).await;
    points_to_moves_what_is_expected(registry).await;
    judged_for_all_tags(registry).await;
}

/// A tag that is stored again points to the new manifest; the old one stays, by its digest.
///
/// Moving a tag is not deleting: whoever pulled the old manifest by digest still can.
pub async fn moves(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/tag/moves");
    let [old, new] = prepared(registry, &repository, 1).await;
    put_manifest(registry, &repository, &old, &[tag("it")]).await;
    put_manifest(registry, &repository, &new, &[tag("it")]).await;
    has_manifest(registry, &repository, tag("it"), &new).await;
    has_manifest(registry, &repository, old.digest().clone(), &old).await;
}

/// A manifest can be stored under several tags at once, in whatever characters tags are made of.
pub async fn many_at_once(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/tag/many-at-once");
    let [document, _] = prepared(registry, &repository, 2).await;
    let tags = ["1.0", "_x", "A-b.C", &"t".repeat(128)].map(tag);
    put_manifest(registry, &repository, &document, &tags).await;
    for tag in tags {
        has_manifest(registry, &repository, tag, &document).await;
    }
}

/// The same tag in two repositories is two tags.
pub async fn belongs_to_its_repository(registry: &dyn Registry) {
    let one = Repository::from_static("laws/tag/belongs-to-its-repository/one");
    let two = Repository::from_static("laws/tag/belongs-to-its-repository/two");
    let [first, _] = prepared(registry, &one, 3).await;
    let [_, second] = prepared(registry, &two, 3).await;
    put_manifest(registry, &one, &first, &[tag("it"), tag("only")]).await;
    put_manifest(registry, &two, &second, &[tag("it")]).await;
    has_manifest(registry, &one, tag("it"), &first).await;
    has_manifest(registry, &two, tag("it"), &second).await;
    lacks_manifest(registry, &two, tag("only")).await;
    lacks_manifest(registry, &two, first.digest().clone()).await;
}

/// `Unset` refuses to move a tag.
pub async fn unset_does_not_move(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/tag/unset-does-not-move");
    let [old, new] = prepared(registry, &repository, 4).await;
    if if_offered(&repository, put_if(registry, &repository, &old, &[tag("it")], &Precondition::Unset).await).is_none()
    {
        return;
    }
    let put = put_if(registry, &repository, &new, &[tag("it")], &Precondition::Unset).await;
    is_refused(&repository, put, &[ErrorCode::DENIED]);
    has_manifest(registry, &repository, tag("it"), &old).await;
}

/// `Unset` accepts the manifest that the tag points to already.
pub async fn unset_allows_the_same(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/tag/unset-allows-the-same");
    let [document, _] = prepared(registry, &repository, 5).await;
    put_manifest(registry, &repository, &document, &[tag("it")]).await;
    if_offered(&repository, put_if(registry, &repository, &document, &[tag("it")], &Precondition::Unset).await);
    has_manifest(registry, &repository, tag("it"), &document).await;
}

/// `PointsTo` moves a tag that points to what is expected, and refuses one that points elsewhere or nowhere.
pub async fn points_to_moves_what_is_expected(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/tag/points-to-moves-what-is-expected");
    let [old, new] = prepared(registry, &repository, 6).await;
    put_manifest(registry, &repository, &old, &[tag("it")]).await;
    let expected = Precondition::PointsTo(old.digest().clone());
    let put = put_if(registry, &repository, &new, &[tag("it")], &expected).await;
    if if_offered(&repository, put).is_none() {
        return;
    }
    has_manifest(registry, &repository, tag("it"), &new).await;
    is_refused(&repository, put_if(registry, &repository, &old, &[tag("it")], &expected).await, &[ErrorCode::DENIED]);
    is_refused(&repository, put_if(registry, &repository, &old, &[tag("new")], &expected).await, &[ErrorCode::DENIED]);
    has_manifest(registry, &repository, tag("it"), &new).await;
    lacks_manifest(registry, &repository, tag("new")).await;
}

/// When one of several tags may not be moved, none is.
///
/// Some tags moved and some not would be a release that is half done.
pub async fn judged_for_all_tags(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/tag/judged-for-all-tags");
    let [old, new] = prepared(registry, &repository, 7).await;
    put_manifest(registry, &repository, &old, &[tag("set")]).await;
    let put = put_if(registry, &repository, &new, &[tag("free"), tag("set")], &Precondition::Unset).await;
    is_refused(&repository, put, &[ErrorCode::DENIED, ErrorCode::UNSUPPORTED]);
    has_manifest(registry, &repository, tag("set"), &old).await;
    lacks_manifest(registry, &repository, tag("free")).await;
    let elsewhere = Precondition::PointsTo(Digest::of(b"elsewhere"));
    assert!(put_if(registry, &repository, &new, &[tag("set")], &elsewhere).await.is_err(), "{repository}: moved");
}

/// Stores a manifest under a precondition.
async fn put_if(
    registry: &dyn Registry,
    repository: &Repository,
    document: &Document,
    tags: &[Tag],
    when: &Precondition,
) -> Result<(), Error> {
    registry.put_manifest(repository, document, tags, when).await
}

/// Two manifests whose content is in the repository.
async fn prepared(registry: &dyn Registry, repository: &Repository, seed: u64) -> [Document; 2] {
    let images = [2 * seed, 2 * seed + 1].map(|seed| fixture::image(seed, 1, 100));
    for image in &images {
        fixture::push_blobs(registry, repository, image).await;
    }
    images.map(|image| image.document())
}
