//! What lay at the place of content before it came.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use wharf_registry::{
    Algorithm, Blob, Descriptor, Digest, Document, ErrorCode, Manifest, MediaType, Precondition, Read, Write,
};
use wharf_store::layout::{Layout, REPOSITORY};

use crate::support::{Fixture, age, files, mode, put_blob, read, tag};

/// What is planted, and how.
type Plant = (&'static str, fn(&Path));

const REPLACED: [Plant; 7] = [
    ("an empty file", |path| fs::write(path, "").unwrap()),
    ("a short file", |path| fs::write(path, "hel").unwrap()),
    ("a long file", |path| fs::write(path, "hello, world").unwrap()),
    ("a link to the content", |path| {
        let elsewhere = path.with_file_name("elsewhere");
        fs::write(&elsewhere, "hello").unwrap();
        symlink(elsewhere, path).unwrap();
    }),
    ("a link to nothing", |path| symlink("/nonexistent/file", path).unwrap()),
    ("a socket", |path| drop(UnixListener::bind(path).unwrap())),
    // Whoever opens it waits for somebody who writes to it.
    ("a pipe", |path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success())),
];

#[tokio::test]
async fn what_is_not_the_content_is_replaced_by_it() {
    for (what, plant) in REPLACED {
        let fixture = Fixture::layout();
        let digest = Digest::of(b"hello");
        fs::create_dir(fixture.path("blobs/sha256")).unwrap();
        plant(&fixture.blob(&digest));
        put_blob(&fixture.store, "hello").await.unwrap_or_else(|error| panic!("{what}: {error:?}"));
        let metadata = fs::symlink_metadata(fixture.blob(&digest)).unwrap();
        assert!(metadata.is_file(), "{what}");
        assert_eq!(fs::read(fixture.blob(&digest)).unwrap(), b"hello", "{what}");
        assert_eq!(mode(&fixture.blob(&digest)), 0o444, "{what}");
        assert!(files(&fixture.path("ingest")).is_empty(), "{what}");
    }
}

#[tokio::test]
async fn what_is_no_file_is_absent() {
    for (what, plant) in REPLACED {
        if what.contains("short") || what.contains("long") {
            continue;
        }
        let fixture = Fixture::layout();
        let digest = Digest::of(b"hello");
        fs::create_dir(fixture.path("blobs/sha256")).unwrap();
        plant(&fixture.blob(&digest));
        let stat = fixture.store.stat_blob(&REPOSITORY, &digest).await.unwrap_err();
        assert_eq!(*stat.code(), ErrorCode::BLOB_UNKNOWN, "{what}");
        let read = read(&fixture.store, &REPOSITORY, &digest).await.unwrap_err();
        assert_eq!(*read.code(), ErrorCode::BLOB_UNKNOWN, "{what}");
    }
}

#[tokio::test]
async fn an_upload_replaces_wrong_content_of_the_right_size() {
    let fixture = Fixture::layout();
    let digest = Digest::of(b"hello");
    fs::create_dir(fixture.path("blobs/sha256")).unwrap();
    fs::write(fixture.blob(&digest), "HELLO").unwrap();
    let error = read(&fixture.store, &REPOSITORY, &digest).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::DIGEST_INVALID, "it is never passed on as right");

    let mut upload = fixture.store.start_upload(&REPOSITORY, Algorithm::SHA256).await.unwrap();
    upload.append(wharf_testkit::fixture::pieces(&"hello".into())).await.unwrap();
    upload.commit(&digest).await.unwrap();
    assert_eq!(read(&fixture.store, &REPOSITORY, &digest).await.unwrap(), b"hello");
}

/// Where a manifest and the content do not agree about a size, the bytes decide which of the two is wrong.
#[tokio::test]
async fn a_manifest_does_not_name_content_that_is_cut_off() {
    let fixture = Fixture::layout();
    let config = put_blob(&fixture.store, "hello").await.unwrap();
    let naming = |size| {
        let config = Descriptor::new(MediaType::IMAGE_CONFIG, config.clone(), size);
        Document::author(Manifest::new(config, Vec::new())).unwrap().into_raw()
    };
    let put = async |size| fixture.store.put_manifest(&REPOSITORY, &naming(size), &[], &Precondition::Always).await;
    put(6).await.expect("the content is right, whatever the manifest says of it");
    fs::set_permissions(fixture.blob(&config), fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(fixture.blob(&config), "hel").unwrap();
    assert_eq!(*put(5).await.unwrap_err().code(), ErrorCode::MANIFEST_BLOB_UNKNOWN);
    put_blob(&fixture.store, "hello").await.unwrap();
    put(5).await.unwrap();
}

#[tokio::test]
async fn right_content_that_was_there_is_kept() {
    let fixture = Fixture::layout();
    let digest = Digest::of(b"hello");
    fs::create_dir(fixture.path("blobs/sha256")).unwrap();
    fs::write(fixture.blob(&digest), "hello").unwrap();
    let before = fixture.snapshot()[&fixture.blob(&digest)];
    let mut upload = fixture.store.start_upload(&REPOSITORY, Algorithm::SHA256).await.unwrap();
    upload.append(wharf_testkit::fixture::pieces(&"hello".into())).await.unwrap();
    upload.commit(&digest).await.unwrap();
    assert_eq!(fixture.snapshot()[&fixture.blob(&digest)], before);
    assert!(files(&fixture.path("ingest")).is_empty());
}

#[tokio::test]
async fn a_directory_in_the_place_of_content_is_an_error() {
    let fixture = Fixture::layout();
    let digest = Digest::of(b"hello");
    fs::create_dir_all(fixture.blob(&digest)).unwrap();
    let stat = fixture.store.stat_blob(&REPOSITORY, &digest).await.unwrap_err();
    assert_eq!(*stat.code(), ErrorCode::BLOB_UNKNOWN);
    let error = put_blob(&fixture.store, "hello").await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::UNAVAILABLE);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, format!("cannot replace {}", fs::canonicalize(fixture.blob(&digest)).unwrap().display()));
    assert!(files(&fixture.path("ingest")).is_empty());
}

#[tokio::test]
async fn links_in_the_place_of_directories_are_not_followed() {
    let fixture = Fixture::layout();
    let elsewhere = tempfile::tempdir().unwrap();
    let digest = Digest::of(b"hello");
    symlink(elsewhere.path(), fixture.path("blobs/sha256")).unwrap();
    let planted = elsewhere.path().join(digest.encoded().to_string());
    fs::write(&planted, "hello").unwrap();
    assert!(read(&fixture.store, &REPOSITORY, &digest).await.unwrap_err().is_not_found());
    put_blob(&fixture.store, "hello").await.unwrap_err();
    put_blob(&fixture.store, "other").await.unwrap_err();
    assert_eq!(files(elsewhere.path()), [planted], "nothing is written elsewhere");
}

#[tokio::test]
async fn a_link_in_the_place_of_a_repository_is_not_followed() {
    let fixture = Fixture::directory();
    let elsewhere = Fixture::directory();
    let repository = wharf_testkit::fixture::repository("a/b");
    elsewhere.store.put_blob(&repository, Blob::from_bytes("hello")).await.unwrap();
    symlink(elsewhere.path("repositories/a"), fixture.path("repositories/a")).unwrap();
    let before = elsewhere.snapshot();
    assert!(fixture.store.stat_blob(&repository, &Digest::of(b"hello")).await.unwrap_err().is_not_found());
    fixture.store.put_blob(&repository, Blob::from_bytes("world")).await.unwrap_err();
    assert_eq!(elsewhere.snapshot(), before);
}

#[tokio::test]
async fn links_in_the_place_of_the_layouts_own_files_are_not_followed() {
    let elsewhere = tempfile::tempdir().unwrap();
    let target = elsewhere.path().join("file");
    let replant = |path: &Path, content: &str| {
        fs::write(&target, content).unwrap();
        let _ = fs::remove_file(path);
        symlink(&target, path).unwrap();
    };

    let fixture = Fixture::layout();
    replant(&fixture.path("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#);
    Layout::open(fixture.path("")).unwrap_err();

    let fixture = Fixture::layout();
    replant(&fixture.path("index.json"), &fixture.index());
    Layout::open(fixture.path("")).unwrap_err();

    let fixture = Fixture::layout();
    replant(&fixture.path(".wharf.lock"), "");
    let note = crate::support::document("note");
    let tags = [tag("v1")];
    let put = fixture.store.put_manifest(&REPOSITORY, &note, &tags, &Precondition::Always).await;
    assert_eq!(*put.unwrap_err().code(), ErrorCode::UNAVAILABLE);
    assert!(fixture.store.resolve(&REPOSITORY, &tag("v1").into()).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_link_in_the_place_of_ingest_is_not_followed() {
    let fixture = Fixture::layout();
    fs::remove_dir(fixture.path("ingest")).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let planted = elsewhere.path().join("wharf-old");
    fs::write(&planted, "").unwrap();
    age(&planted, 1000);
    symlink(elsewhere.path(), fixture.path("ingest")).unwrap();
    Layout::open(fixture.path("")).unwrap();
    put_blob(&fixture.store, "hello").await.unwrap_err();
    assert_eq!(files(elsewhere.path()), [planted]);
}
