//! Blobs become visible in other repositories without being sent again.
//!
//! `false` is always an answer: a registry that never mounts obeys these laws, and its clients upload instead.

use wharf_registry::{Digest, Registry, Repository};

use super::expect::{has_blob, lacks_blob, put, succeeds};
use crate::fixture;

/// All laws of this module.
pub async fn all(registry: &dyn Registry) {
    tells_the_truth(registry).await;
    of_what_is_not_there(registry).await;
    of_what_another_repository_has(registry).await;
}

/// After `true` the blob is visible with its bytes, after `false` it is not.
pub async fn tells_the_truth(registry: &dyn Registry) {
    let from = Repository::from_static("laws/mount/tells-the-truth/from");
    let into = Repository::from_static("laws/mount/tells-the-truth/into");
    let bytes = fixture::bytes(1, 2000);
    let blob = put(registry, &from, &bytes).await;
    match succeeds(&into, registry.mount(&into, &blob.digest, &from).await) {
        true => has_blob(registry, &into, &blob.digest, &bytes).await,
        false => lacks_blob(registry, &into, &blob.digest).await,
    }
    has_blob(registry, &from, &blob.digest, &bytes).await;
}

/// A blob that the source lacks is not mounted, whether the source exists or not; that is no error.
pub async fn of_what_is_not_there(registry: &dyn Registry) {
    let from = Repository::from_static("laws/mount/of-what-is-not-there/from");
    let none = Repository::from_static("laws/mount/of-what-is-not-there/none");
    let into = Repository::from_static("laws/mount/of-what-is-not-there/into");
    put(registry, &from, &fixture::bytes(2, 10)).await;
    let unknown = Digest::of(b"laws/mount/of-what-is-not-there");
    for source in [&from, &none] {
        let mounted = succeeds(&into, registry.mount(&into, &unknown, source).await);
        assert!(!mounted, "{into}: mounted what {source} does not have");
        lacks_blob(registry, &into, &unknown).await;
    }
}

/// A blob cannot be had by naming a source that does not see it, even if it is stored for somebody else.
///
/// Otherwise whoever knows a digest could read what was never shown to him.
pub async fn of_what_another_repository_has(registry: &dyn Registry) {
    let owner = Repository::from_static("laws/mount/of-what-another-has/owner");
    let named = Repository::from_static("laws/mount/of-what-another-has/named");
    let into = Repository::from_static("laws/mount/of-what-another-has/into");
    let blob = put(registry, &owner, &fixture::bytes(3, 2000)).await;
    put(registry, &named, &fixture::bytes(4, 10)).await;
    let mounted = succeeds(&into, registry.mount(&into, &blob.digest, &named).await);
    assert!(!mounted, "{into}: mounted what {named} cannot see");
    lacks_blob(registry, &into, &blob.digest).await;
}
