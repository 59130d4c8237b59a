//! A store in which everything is as it should be.

use std::fs;
use std::num::NonZeroUsize;

use wharf_registry::Policy;
use wharf_store::Error;
use wharf_store::layout::fsck::Fsck;

use crate::support::{Fixture, snapshot};

#[tokio::test]
async fn nothing_is_found_where_nothing_is_wrong_and_nothing_is_written() {
    for fixture in [Fixture::layout().await, Fixture::directory().await] {
        let before = snapshot(fixture.root());
        for policy in [Policy::Strict, Policy::Referential, Policy::Sparse, Policy::Lenient] {
            let report = fixture.fsck().with_policy(policy).check().await.unwrap();
            assert!(report.findings.is_empty(), "{policy:?}: {:#?}", report.findings);
        }
        assert_eq!(snapshot(fixture.root()), before);
    }
}

#[tokio::test]
async fn everything_is_read_once_by_however_many_threads() {
    let fixture = Fixture::directory().await;
    let files: Vec<_> = fs::read_dir(fixture.path("blobs/sha256")).unwrap().map(|entry| entry.unwrap()).collect();
    let bytes: u64 = files.iter().map(|entry| entry.metadata().unwrap().len()).sum();
    for jobs in [1, 2, 64] {
        let report = fixture.fsck().with_jobs(NonZeroUsize::new(jobs).unwrap()).check().await.unwrap();
        assert_eq!((report.content.files, report.content.bytes), (files.len() as u64, bytes));
        assert_eq!((report.repositories, report.copies.files), (2, 0), "links are the pool's files");
        // An image with its configuration twice, an index with two images, and a signature.
        assert_eq!(report.documents, 2 * 2 + 5 + 1);
    }
}

#[tokio::test]
async fn an_empty_store_is_sound() {
    let directory = tempfile::tempdir().unwrap();
    wharf_store::layout::Directory::create(directory.path()).unwrap();
    assert!(Fsck::open(directory.path()).unwrap().check().await.unwrap().findings.is_empty());
}

#[test]
fn what_is_no_store_is_not_opened() {
    let directory = tempfile::tempdir().unwrap();
    assert!(matches!(Fsck::open(directory.path()), Err(Error::NotALayout { .. })));
    assert!(matches!(Fsck::open(directory.path().join("nothing")), Err(Error::Io { .. })));
}

#[tokio::test]
async fn content_under_another_algorithm_is_verified_by_it() {
    let fixture = Fixture::layout().await;
    let digest = wharf_testkit::fixture::sha512(b"hello");
    let path = fixture.path(crate::support::blob(&digest));
    fs::create_dir(path.parent().unwrap()).unwrap();
    fs::write(&path, "hello").unwrap();
    assert!(fixture.check().await.findings.is_empty());
    fs::write(&path, "jello").unwrap();
    assert_eq!(fixture.check().await.faults().count(), 1);
}
