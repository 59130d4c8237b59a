//! Many repositories over one pool.

use std::error::Error as _;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
use std::path::PathBuf;

use futures_util::TryStreamExt;
use wharf_registry::{Blob, Delete, Digest, ErrorCode, List, Read, Repository, Write};
use wharf_store::layout::{Layout, REPOSITORY};
use wharf_testkit::fixture;

use crate::support::{Fixture, blob, read, tag};

const ONE: Repository = Repository::from_static("team/one");
const TWO: Repository = Repository::from_static("team/two");

fn link(fixture: &Fixture, repository: &Repository, digest: &Digest) -> PathBuf {
    blob(&fixture.path("repositories").join(repository.as_str()).join("_oci"), digest)
}

#[tokio::test]
async fn repositories_with_nested_names_are_listed() {
    let fixture = Fixture::directory();
    let names = ["a/b/c", "a", "a/blobs", "a/b", "a-b", "z9"];
    for name in names {
        fixture.store.put_blob(&fixture::repository(name), Blob::from_bytes(name)).await.unwrap();
    }
    // What cannot be a repository, or is none yet.
    fs::create_dir_all(fixture.path("repositories/UPPER/_oci")).unwrap();
    fs::create_dir_all(fixture.path("repositories/a/empty")).unwrap();
    fs::write(fixture.path("repositories/file"), "").unwrap();
    let listed: Vec<_> = fixture.store.repositories(None).try_collect().await.unwrap();
    assert_eq!(listed, ["a", "a-b", "a/b", "a/b/c", "a/blobs", "z9"].map(fixture::repository));
    for name in names {
        let digest = Digest::of(name.as_bytes());
        let sees = async |repository: &Repository| fixture.store.stat_blob(repository, &digest).await.is_ok();
        for repository in &listed {
            assert_eq!(sees(repository).await, repository.as_str() == name, "{name} in {repository}");
        }
    }
}

#[tokio::test]
async fn content_is_on_the_disk_once() {
    let fixture = Fixture::directory();
    for repository in [&ONE, &TWO] {
        fixture.store.put_blob(repository, Blob::from_bytes("hello")).await.unwrap();
    }
    let digest = Digest::of(b"hello");
    let pool = fs::metadata(fixture.blob(&digest)).unwrap();
    assert_eq!(pool.nlink(), 3);
    for repository in [&ONE, &TWO] {
        assert_eq!(fs::metadata(link(&fixture, repository, &digest)).unwrap().ino(), pool.ino());
    }
}

#[tokio::test]
async fn deleting_in_one_repository_keeps_the_other() {
    let fixture = Fixture::directory();
    let digest = Digest::of(b"hello");
    fixture.store.put_blob(&ONE, Blob::from_bytes("hello")).await.unwrap();
    assert!(fixture.store.mount(&TWO, &digest, &ONE).await.unwrap());
    fixture.store.delete_blob(&ONE, &digest).await.unwrap();
    assert!(!link(&fixture, &ONE, &digest).exists());
    assert!(fixture.store.stat_blob(&ONE, &digest).await.unwrap_err().is_not_found());
    assert_eq!(read(&fixture.store, &TWO, &digest).await.unwrap(), b"hello");
}

#[tokio::test]
async fn every_repository_is_a_layout() {
    let fixture = Fixture::directory();
    let index = fixture::multi_platform(1, 2, 1000);
    fixture::push_index(&fixture.store, &ONE, &index, &tag("v1")).await;
    let layout = Layout::open(fixture.path("repositories/team/one/_oci")).unwrap();
    let found = layout.manifest(&REPOSITORY, &tag("v1").into()).await.unwrap();
    assert_eq!(found, index.document());
    for image in &index.images {
        for content in image.blobs() {
            assert_eq!(read(&layout, &REPOSITORY, &Digest::of(content)).await.unwrap(), *content);
        }
    }
}

#[tokio::test]
async fn a_link_to_content_that_the_pool_replaced_follows_it() {
    let fixture = Fixture::directory();
    let digest = Digest::of(b"hello");
    fixture.store.put_blob(&ONE, Blob::from_bytes("hello")).await.unwrap();
    // Both names of the file lose a byte, as with a disk that forgets.
    for path in [fixture.blob(&digest), link(&fixture, &ONE, &digest)] {
        fs::remove_file(&path).unwrap();
        fs::write(&path, "hell").unwrap();
    }
    fixture.store.put_blob(&ONE, Blob::from_bytes("hello")).await.unwrap();
    assert_eq!(fs::read(link(&fixture, &ONE, &digest)).unwrap(), b"hello");
    assert_eq!(fs::metadata(fixture.blob(&digest)).unwrap().nlink(), 2);
    assert_eq!(read(&fixture.store, &ONE, &digest).await.unwrap(), b"hello");
}

#[tokio::test]
async fn content_gone_bad_is_healed_in_every_repository_that_brings_it() {
    let fixture = Fixture::directory();
    let digest = Digest::of(b"hello");
    for repository in [&ONE, &TWO] {
        fixture.store.put_blob(repository, Blob::from_bytes("hello")).await.unwrap();
    }
    // One inode under three names.
    fs::set_permissions(fixture.blob(&digest), PermissionsExt::from_mode(0o644)).unwrap();
    fs::write(fixture.blob(&digest), "jello").unwrap();
    for repository in [&ONE, &TWO] {
        fixture.store.put_blob(repository, Blob::from_bytes("hello")).await.unwrap();
        assert_eq!(read(&fixture.store, repository, &digest).await.unwrap(), b"hello");
        assert_eq!(fs::read(link(&fixture, repository, &digest)).unwrap(), b"hello", "for other tools as well");
    }
    assert_eq!(fs::metadata(fixture.blob(&digest)).unwrap().nlink(), 3);
}

#[tokio::test]
async fn a_repository_that_cannot_be_used_hides_no_other() {
    for spoilt in [r#"{"imageLayoutVersion":"2.0.0"}"#, "{", &"x".repeat(5000)] {
        let fixture = Fixture::directory();
        for repository in [&ONE, &TWO] {
            fixture.store.put_blob(repository, Blob::from_bytes("hello")).await.unwrap();
        }
        fs::write(fixture.path("repositories/team/one/_oci/oci-layout"), spoilt).unwrap();
        let listed: Vec<_> = fixture.store.repositories(None).try_collect().await.unwrap();
        assert_eq!(listed, [ONE, TWO]);
        assert_eq!(read(&fixture.store, &TWO, &Digest::of(b"hello")).await.unwrap(), b"hello");
        // Who asks for the one is told.
        let error = fixture.store.stat_blob(&ONE, &Digest::of(b"hello")).await.unwrap_err();
        assert_eq!(*error.code(), ErrorCode::UNKNOWN);
        assert!(error.source().unwrap().is::<wharf_store::Error>());
        assert!(fixture.store.put_blob(&ONE, Blob::from_bytes("more")).await.is_err(), "nor is it written to");
    }
}
