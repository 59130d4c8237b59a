#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;

use super::super::disk::System;
use super::super::durability::Durability;
use super::*;

/// A layout beside the pool, on the same file system.
const LAYOUT: &str = "layout";

/// A pool with one content, and its digest.
struct Fixture {
    root: TempDir,
    files: Files,
    digest: Digest,
}

impl Fixture {
    fn new(content: &[u8]) -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join(LAYOUT)).unwrap();
        let files = Files::new(Arc::new(System::open(root.path()).unwrap()), Durability::Power);
        let mut temporary = Temporary::create(&files, pool(), Hasher::sha256()).unwrap();
        temporary.write(content).unwrap();
        let digest = Digest::of(content);
        temporary.publish(pool(), &digest).unwrap();
        Self { root, files, digest }
    }

    /// Where the layout has content, whether it is there or not.
    fn linked(&self, digest: &Digest) -> PathBuf {
        self.root.path().join(place(Path::new(LAYOUT), digest).unwrap())
    }

    fn copy(&self, digest: &Digest) -> Result<(), Error> {
        copy(&self.files, Path::new(LAYOUT), &place(pool(), &self.digest).unwrap(), digest)
    }
}

#[test]
fn what_cannot_be_linked_is_copied() {
    let fixture = Fixture::new(&[7; 600_000]);
    fixture.copy(&fixture.digest).unwrap();
    let copied = fixture.linked(&fixture.digest);
    assert_eq!(fs::read(&copied).unwrap(), [7; 600_000]);
    let metadata = fs::metadata(&copied).unwrap();
    assert_eq!((metadata.mode() & 0o777, metadata.nlink()), (0o444, 1));
    // It gives way to a link where a link is possible.
    link(&fixture.files, Path::new(LAYOUT), &fixture.digest).unwrap();
    assert_eq!(fs::read(&copied).unwrap(), [7; 600_000]);
    assert_eq!(fs::metadata(&copied).unwrap().nlink(), 2);
    assert_eq!(fs::read_dir(fixture.root.path().join(LAYOUT).join("ingest")).unwrap().count(), 0);
}

#[test]
fn wrong_content_is_not_copied() {
    let fixture = Fixture::new(b"hello");
    let other = Digest::of(b"other");
    assert!(matches!(fixture.copy(&other), Err(Error::Mismatch(_))));
    assert!(!fixture.linked(&other).exists());
}

#[test]
fn only_what_says_so_means_that_links_are_impossible() {
    assert!([ErrorKind::CrossesDevices, ErrorKind::TooManyLinks].into_iter().all(cannot_link));
    assert!(![ErrorKind::NotFound, ErrorKind::StorageFull].into_iter().any(cannot_link));
}
