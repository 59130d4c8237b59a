//! What is there can be read, and reading it in one way agrees with reading it in another.
//!
//! The other laws store what they then read. These are given the name of something that is there, for registries that
//! nobody writes to: generated content, a folder of files, an archive. They are not among [`all`](super::all). Their
//! repository is the owner's, so a panic begins with its name.
//!
//! ```
//! use wharf_registry::{Registry, Repository, Tag};
//! use wharf_testkit::laws;
//!
//! async fn mine_can_be_read(mine: &dyn Registry) {
//!     laws::reading::all(mine, &Repository::from_static("docs/guide"), &Tag::LATEST).await;
//! }
//! ```

use futures_util::TryStreamExt;
use wharf_registry::walk::{Tree, Visit, walk};
use wharf_registry::{ByteRange, Content, Descriptor, Limits, Registry, Repository, Tag, TagOrDigest};

use super::expect::{blob, drain, has_blob, has_manifest, if_offered, succeeds};
use super::unknown::lacks_everything;

/// All laws of this module, of what the tag points to, which stays the same meanwhile.
pub async fn all(registry: &dyn Registry, repository: &Repository, tag: &Tag) {
    agrees(registry, repository, tag).await;
    is_whole(registry, repository, tag).await;
    in_parts(registry, repository, tag).await;
    is_listed(registry, repository, tag).await;
    lacks_everything(registry, repository).await;
}

/// The manifest is the same under its tag and under its digest, and so is what these resolve to.
pub async fn agrees(registry: &dyn Registry, repository: &Repository, tag: &Tag) {
    let document = succeeds(repository, registry.manifest(repository, &tag.clone().into()).await);
    has_manifest(registry, repository, tag.clone(), &document).await;
    has_manifest(registry, repository, document.digest().clone(), &document).await;
}

/// Everything that the manifest needs is there, with the digest and the size by which it is named.
pub async fn is_whole(registry: &dyn Registry, repository: &Repository, tag: &Tag) {
    for Descriptor { digest, size, .. } in tree(registry, repository, tag).await.blobs {
        let bytes = blob(registry, repository, &digest).await;
        assert_eq!(bytes.len() as u64, size, "{repository}: another size of {digest}");
        has_blob(registry, repository, &digest, &bytes).await;
    }
}

/// Parts of its blobs are what the whole has there, where parts are offered.
pub async fn in_parts(registry: &dyn Registry, repository: &Repository, tag: &Tag) {
    let blobs = tree(registry, repository, tag).await.blobs;
    for Descriptor { digest, size, .. } in blobs.into_iter().filter(|blob| blob.size > 0) {
        let bytes = blob(registry, repository, &digest).await;
        for (range, first, end) in [
            (ByteRange::Between { first: 0, last: 0 }, 0, 1),
            (ByteRange::From { first: size / 2 }, size / 2, size),
            (ByteRange::Last { length: 1 }, size - 1, size),
        ] {
            let part = registry.blob_range(repository, &digest, range).await;
            let Some(part) = if_offered(repository, part) else { return };
            assert_eq!((part.offset(), part.length()), (first, end - first), "{repository}: {range:?} of {digest}");
            let found = drain(repository, part.into_unverified()).await;
            let expected = bytes.slice(first as usize..end as usize);
            assert!(found == expected, "{repository}: other bytes in {range:?} of {digest}");
        }
    }
}

/// The tag is in the list of tags, and the repository in that of repositories, each once and in the order of bytes,
/// where these are offered.
pub async fn is_listed(registry: &dyn Registry, repository: &Repository, tag: &Tag) {
    let tags: Result<Vec<Tag>, _> = registry.tags(repository, None).try_collect().await;
    lists(repository, if_offered(repository, tags), tag);
    let repositories: Result<Vec<Repository>, _> = registry.repositories(None).try_collect().await;
    lists(repository, if_offered(repository, repositories), repository);
}

fn lists<T: Ord + std::fmt::Display>(repository: &Repository, list: Option<Vec<T>>, entry: &T) {
    let Some(list) = list else { return };
    assert!(list.is_sorted_by(|a, b| a < b), "{repository}: a list that is not in the order of bytes");
    assert!(list.contains(entry), "{repository}: {entry} is not listed");
}

async fn tree(registry: &dyn Registry, repository: &Repository, tag: &Tag) -> Tree {
    let which = TagOrDigest::from(tag.clone());
    let root = succeeds(repository, registry.manifest(repository, &which).await).decode::<Content>();
    let root = root.unwrap_or_else(|error| panic!("{repository}: {which}: {error:?}"));
    let walked = walk(registry, repository, root, &Limits::default(), |_| Visit::Enter).await;
    walked.unwrap_or_else(|error| panic!("{repository}: {which}: {error:?}"))
}
