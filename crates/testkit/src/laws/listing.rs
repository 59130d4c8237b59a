//! Lists are complete, in the order of bytes, and can be taken up in the middle.
//!
//! A registry may hold more than what the laws put there, and repositories of other laws are there in any case: tags
//! are compared as a whole, repositories only as far as they are a law's own.

use futures_util::TryStreamExt;
use wharf_registry::{Registry, Repository, Tag};

use super::expect::{if_offered, put_manifest};
use crate::fixture::{self, tag};

/// In the order of bytes, which is neither that of numbers nor that of a dictionary.
const TAGS: [&str; 7] = ["1.0", "10", "2", "B", "_x", "a", "a-1"];

/// All laws of this module.
pub async fn all(registry: &dyn Registry) {
    tags_are_sorted(registry).await;
    tags_after(registry).await;
    tags_of_a_repository_without(registry).await;
    repositories_are_sorted(registry).await;
    repositories_after(registry).await;
    repositories_go_on(registry).await;
}

/// The tags of a repository come in the order of bytes, each once.
pub async fn tags_are_sorted(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/listing/tags-are-sorted");
    put_tags(registry, &repository).await;
    if let Some(tags) = tags(registry, &repository, None).await {
        assert_eq!(tags, TAGS.map(tag), "{repository}");
    }
}

/// Tags after another are those that are greater; it need not exist.
pub async fn tags_after(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/listing/tags-after");
    put_tags(registry, &repository).await;
    for (after, rest) in [("0", &TAGS[..]), ("10", &TAGS[2..]), ("3", &TAGS[3..]), ("a-1", &[]), ("zzz", &[])] {
        if let Some(tags) = tags(registry, &repository, Some(&tag(after))).await {
            let rest: Vec<_> = rest.iter().copied().map(tag).collect();
            assert_eq!(tags, rest, "{repository}: after {after}");
        }
    }
}

/// A repository with content and no tags has an empty list.
pub async fn tags_of_a_repository_without(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/listing/tags-of-a-repository-without");
    let image = fixture::image(2, 1, 100);
    fixture::push_blobs(registry, &repository, &image).await;
    put_manifest(registry, &repository, &image.document(), &[]).await;
    if let Some(tags) = tags(registry, &repository, None).await {
        assert_eq!(tags, [], "{repository}");
    }
}

/// Several tags of one manifest, set in another order than the one that is expected.
async fn put_tags(registry: &dyn Registry, repository: &Repository) {
    let image = fixture::image(1, 1, 100);
    fixture::push_blobs(registry, repository, &image).await;
    // Not in order, and some in one go.
    put_manifest(registry, repository, &image.document(), &["a", "10", "_x"].map(tag)).await;
    for text in ["B", "2", "a-1", "1.0"] {
        put_manifest(registry, repository, &image.document(), &[tag(text)]).await;
    }
}

/// The list of tags, if lists of tags are offered.
async fn tags(registry: &dyn Registry, repository: &Repository, after: Option<&Tag>) -> Option<Vec<Tag>> {
    if_offered(repository, registry.tags(repository, after).try_collect().await)
}

/// Repositories come in the order of bytes, and those that were written to are among them.
pub async fn repositories_are_sorted(registry: &dyn Registry) {
    let law = Repository::from_static("laws/listing/repositories-are-sorted");
    let names = ["b", "a", "a/deep", "a-b"].map(|name| fixture::repository(&format!("{law}/{name}")));
    for name in &names {
        fixture::push(registry, name, &fixture::image(3, 1, 100), &tag("it")).await;
    }
    let Some(found) = repositories(registry, &law, None).await else { return };
    assert!(found.is_sorted_by(|one, next| one < next), "{law}: out of order: {found:?}");
    assert!(names.iter().all(|name| found.contains(name)), "{law}: not all of {names:?}: {found:?}");
}

/// Repositories after another are those that are greater; it need not exist.
pub async fn repositories_after(registry: &dyn Registry) {
    let one = Repository::from_static("laws/listing/repositories-after/one");
    let two = Repository::from_static("laws/listing/repositories-after/two");
    for repository in [&one, &two] {
        fixture::push(registry, repository, &fixture::image(4, 1, 100), &tag("it")).await;
    }
    for after in [&one, &Repository::from_static("laws/listing/repositories-after/q")] {
        let Some(found) = repositories(registry, &one, Some(after)).await else { return };
        assert!(found.iter().all(|repository| repository > after), "not after {after}: {found:?}");
        assert!(found.contains(&two), "{two} is missing after {after}: {found:?}");
    }
}

/// Whoever goes on after any of them finds those that are greater, and only those: also where the order of names is not
/// that of directories, since `-` and `.` come before `/`.
pub async fn repositories_go_on(registry: &dyn Registry) {
    let law = Repository::from_static("laws/listing/repositories-go-on");
    let names = ["a", "a-b", "a-b/c", "a.b/c", "a/b", "a/b/c", "a0"];
    let names = names.map(|name| fixture::repository(&format!("{law}/{name}")));
    for name in &names {
        fixture::push(registry, name, &fixture::image(5, 1, 100), &tag("it")).await;
    }
    for (place, after) in names.iter().enumerate() {
        let Some(found) = repositories(registry, &law, Some(after)).await else { return };
        let found: Vec<_> = found.into_iter().filter(|found| names.contains(found)).collect();
        assert_eq!(found, names.get(place + 1..).unwrap_or_default(), "{law}: after {after}");
    }
}

/// The list of repositories, if that is offered. The distribution-spec does not know it, so many registries have none.
async fn repositories(
    registry: &dyn Registry,
    law: &Repository,
    after: Option<&Repository>,
) -> Option<Vec<Repository>> {
    if_offered(law, registry.repositories(after).try_collect().await)
}
