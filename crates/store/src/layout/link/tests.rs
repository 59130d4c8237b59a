#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;

/// A pool with one content, and its digest.
fn pool(content: &[u8]) -> (TempDir, Digest) {
    let pool = tempfile::tempdir().unwrap();
    let mut temporary = Temporary::create(pool.path(), Hasher::sha256()).unwrap();
    temporary.write(content).unwrap();
    let digest = Digest::of(content);
    temporary.publish(pool.path(), &digest).unwrap();
    (pool, digest)
}

fn path(layout: &Path, digest: &Digest) -> PathBuf {
    place::path(layout, digest).unwrap()
}

/// On another file system than others that are temporary, if there is one.
fn elsewhere() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

#[test]
fn what_cannot_be_linked_is_copied() {
    let (pool, digest) = pool(&[7; 600_000]);
    let layout = elsewhere();
    copy(layout.path(), &path(pool.path(), &digest), &digest).unwrap();
    let copied = path(layout.path(), &digest);
    assert_eq!(fs::read(&copied).unwrap(), [7; 600_000]);
    let metadata = fs::metadata(&copied).unwrap();
    assert_eq!((metadata.mode() & 0o777, metadata.nlink()), (0o444, 1));
    // It is as good as a link, and is seen as one where a link is possible.
    link(pool.path(), layout.path(), &digest).unwrap();
    assert_eq!(fs::read(&copied).unwrap(), [7; 600_000]);
}

#[test]
fn another_file_system_gets_a_copy() {
    let (pool, digest) = pool(b"hello");
    let layout = elsewhere();
    link(pool.path(), layout.path(), &digest).unwrap();
    let linked = path(layout.path(), &digest);
    assert_eq!(fs::read(&linked).unwrap(), b"hello");
    let is_elsewhere = fs::metadata(layout.path()).unwrap().dev() != fs::metadata(pool.path()).unwrap().dev();
    assert_eq!(fs::metadata(&linked).unwrap().nlink(), if is_elsewhere { 1 } else { 2 });
}

#[test]
fn wrong_content_is_not_copied() {
    let (pool, _) = pool(b"hello");
    let layout = elsewhere();
    let other = Digest::of(b"other");
    let source = path(pool.path(), &Digest::of(b"hello"));
    assert!(matches!(copy(layout.path(), &source, &other), Err(Error::Mismatch(_))));
    assert!(!path(layout.path(), &other).exists());
}

#[test]
fn only_what_says_so_means_that_links_are_impossible() {
    assert!([ErrorKind::CrossesDevices, ErrorKind::TooManyLinks].into_iter().all(cannot_link));
    assert!(![ErrorKind::NotFound, ErrorKind::StorageFull].into_iter().any(cannot_link));
}
