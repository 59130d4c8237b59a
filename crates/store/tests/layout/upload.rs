//! Upload sessions as files: what they survive, and what becomes of one whose file somebody touched.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use wharf_registry::{Algorithm, ByteStream, Digest, ErrorCode, Hasher, Read, Repository, UploadId, Write};
use wharf_store::layout::Directory;
use wharf_testkit::fixture;

use crate::support::{Disk, Fixture, age, files, mode, read};

pub(crate) const APP: Repository = Repository::from_static("team/app");
const OTHER: Repository = Repository::from_static("team/other");

pub(crate) fn pieces(text: &str) -> ByteStream {
    stream::iter([Ok(Bytes::from(text.to_owned()))]).boxed()
}

/// The directory after a restart, or as another process has it.
pub(crate) fn reopened(fixture: &Fixture) -> Disk {
    Directory::open(fixture.path("")).unwrap()
}

/// A session that somebody left, with these bytes in it, and its file.
async fn left(fixture: &Fixture, text: &str) -> (UploadId, PathBuf) {
    let mut upload = fixture.store.start_upload(&APP, Algorithm::SHA256).await.unwrap();
    upload.append(pieces(text)).await.unwrap();
    let [file] = &files(&fixture.path("ingest"))[..] else { panic!("a session is one file") };
    (upload.id().clone(), file.clone())
}

pub(crate) async fn refused(store: &Disk, repository: &Repository, id: &UploadId) -> ErrorCode {
    match store.resume_upload(repository, id).await {
        Ok(_) => panic!("it is not to be had"),
        Err(error) => error.code().clone(),
    }
}

fn sha512(content: &[u8]) -> Digest {
    let mut hasher = Hasher::sha512();
    hasher.update(content);
    hasher.finish()
}

#[tokio::test]
async fn a_session_is_a_private_file_whose_name_is_no_key() {
    let fixture = Fixture::directory();
    let (id, file) = left(&fixture, "hello").await;
    assert_eq!(fs::read(&file).unwrap(), b"hello");
    assert_eq!(mode(&file), 0o600);
    let name = file.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("upload-") && name.len() == 7 + 64 && !name.contains(id.as_str()), "{name}");
    assert!(files(&fixture.path("repositories")).is_empty(), "no repository comes to be by that");

    let upload = reopened(&fixture).resume_upload(&APP, &id).await.unwrap();
    upload.commit(&Digest::of(b"hello")).await.unwrap();
    assert!(files(&fixture.path("ingest")).is_empty());
    assert_eq!(mode(&fixture.blob(&Digest::of(b"hello"))), 0o444);
}

/// The hash is of what is on the disk, in the algorithm that the end names, whatever was thought of at the beginning.
#[tokio::test]
async fn a_session_goes_on_after_a_restart() {
    let content = fixture::bytes(1, 700_000);
    for (said, digest) in [
        (Algorithm::SHA256, Digest::of(&content)),
        (Algorithm::SHA256, sha512(&content)),
        (Algorithm::SHA512, Digest::of(&content)),
        (Algorithm::SHA512, sha512(&content)),
    ] {
        let mut fixture = Fixture::directory();
        let mut upload = fixture.store.start_upload(&APP, said).await.unwrap();
        let id = upload.id().clone();
        drop(upload);
        for part in [0..1, 1..300_000, 300_000..700_000] {
            fixture.store = reopened(&fixture);
            upload = fixture.store.resume_upload(&APP, &id).await.unwrap();
            assert_eq!(upload.offset(), part.start as u64);
            upload.append(fixture::pieces(&content.slice(part))).await.unwrap();
            drop(upload);
        }
        fixture.store = reopened(&fixture);
        let upload = fixture.store.resume_upload(&APP, &id).await.unwrap();
        assert_eq!(upload.commit(&digest).await.unwrap().size, 700_000);
        assert_eq!(read(&reopened(&fixture), &APP, &digest).await.unwrap(), content);
        assert!(files(&fixture.path("ingest")).is_empty());
    }
}

#[tokio::test]
async fn other_content_ends_the_session_after_a_restart_too() {
    let fixture = Fixture::directory();
    for wrong in
        [Digest::of(b"world"), sha512(b"world"), Digest::parse("md5:d41d8cd98f00b204e9800998ecf8427e").unwrap()]
    {
        let (id, _) = left(&fixture, "hello").await;
        let store = reopened(&fixture);
        let error = store.resume_upload(&APP, &id).await.unwrap().commit(&wrong).await.unwrap_err();
        assert_eq!(*error.code(), ErrorCode::DIGEST_INVALID);
        assert_eq!(refused(&fixture.store, &APP, &id).await, ErrorCode::BLOB_UPLOAD_UNKNOWN);
        assert!(files(&fixture.path("")).is_empty(), "nothing is left");
    }
}

#[tokio::test]
async fn a_session_is_its_repositorys_after_a_restart_too() {
    let fixture = Fixture::directory();
    let (id, file) = left(&fixture, "hello").await;
    let store = reopened(&fixture);
    assert_eq!(refused(&store, &OTHER, &id).await, ErrorCode::BLOB_UPLOAD_UNKNOWN);
    let upper = UploadId::parse(&id.as_str().to_ascii_uppercase()).unwrap();
    let of_file = UploadId::parse(file.file_name().unwrap().to_str().unwrap()).unwrap();
    for other in [upper, of_file, UploadId::parse("x").unwrap()] {
        assert_eq!(refused(&store, &APP, &other).await, ErrorCode::BLOB_UPLOAD_UNKNOWN);
    }
    assert_eq!(store.resume_upload(&APP, &id).await.unwrap().offset(), 5);
}

#[tokio::test]
async fn a_session_ends_for_everybody() {
    let fixture = Fixture::directory();
    let (id, _) = left(&fixture, "hello").await;
    reopened(&fixture).resume_upload(&APP, &id).await.unwrap().cancel().await.unwrap();
    assert_eq!(refused(&fixture.store, &APP, &id).await, ErrorCode::BLOB_UPLOAD_UNKNOWN);
    assert!(files(&fixture.path("")).is_empty());

    // Not by whoever had it open while it ended.
    let mut upload = fixture.store.start_upload(&APP, Algorithm::SHA256).await.unwrap();
    upload.append(pieces("hello")).await.unwrap();
    let [file] = &files(&fixture.path("ingest"))[..] else { panic!() };
    fs::remove_file(file).unwrap();
    assert_eq!(*upload.commit(&Digest::of(b"hello")).await.unwrap_err().code(), ErrorCode::UNAVAILABLE);
    assert!(fixture.store.stat_blob(&APP, &Digest::of(b"hello")).await.unwrap_err().is_not_found());
}

/// What lies at the place of a session's file is a session only if it is a file.
#[tokio::test]
async fn what_is_no_file_is_no_session() {
    let elsewhere = tempfile::tempdir().unwrap();
    let target = elsewhere.path().join("target");
    fs::write(&target, "hello").unwrap();
    let link = |path: &Path| symlink(&target, path).unwrap();
    let nowhere = |path: &Path| symlink("/nonexistent/file", path).unwrap();
    let directory = |path: &Path| fs::create_dir(path).unwrap();
    let pipe = |path: &Path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    for plant in [&link as &dyn Fn(&Path), &nowhere, &directory, &pipe] {
        let fixture = Fixture::directory();
        let (id, file) = left(&fixture, "hello").await;
        fs::remove_file(&file).unwrap();
        plant(&file);
        for store in [&fixture.store, &reopened(&fixture)] {
            assert_eq!(refused(store, &APP, &id).await, ErrorCode::BLOB_UPLOAD_UNKNOWN);
            store.start_upload(&APP, Algorithm::SHA256).await.unwrap().cancel().await.unwrap();
        }
        assert!(fs::symlink_metadata(&file).is_ok() && fs::read(&target).unwrap() == b"hello", "it is left alone");
    }
}

/// The disk counts, for the process that wrote the session as for any other.
#[tokio::test]
async fn a_file_that_was_cut_is_gone_on_with_where_it_ends() {
    let fixture = Fixture::directory();
    for restarted in [false, true] {
        let (id, file) = left(&fixture, "hello, world").await;
        File::options().write(true).open(&file).unwrap().set_len(5).unwrap();
        let store = if restarted { reopened(&fixture) } else { fixture.store.clone() };
        let mut upload = store.resume_upload(&APP, &id).await.unwrap();
        assert_eq!(upload.offset(), 5);
        assert_eq!(upload.append(pieces("!")).await.unwrap(), 6);
        upload.commit(&Digest::of(b"hello!")).await.unwrap();
        assert_eq!(read(&store, &APP, &Digest::of(b"hello!")).await.unwrap(), b"hello!");
    }
}

#[tokio::test]
async fn a_file_that_was_written_to_is_not_what_was_hashed() {
    let fixture = Fixture::directory();
    let (id, file) = left(&fixture, "hello").await;
    fs::write(&file, "jello").unwrap();
    // As after some time: within a tick of the file system's clock nobody could tell.
    age(&file, 1);
    let upload = fixture.store.resume_upload(&APP, &id).await.unwrap();
    let error = upload.commit(&Digest::of(b"hello")).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::DIGEST_INVALID);
    assert!(files(&fixture.path("")).is_empty());

    let (id, file) = left(&fixture, "hello").await;
    fs::write(&file, "jello").unwrap();
    age(&file, 1);
    fixture.store.resume_upload(&APP, &id).await.unwrap().commit(&Digest::of(b"jello")).await.unwrap();
}

/// Files that are not sessions are neither counted nor removed by whoever removes those.
#[tokio::test]
async fn what_is_not_named_like_a_session_is_left_alone() {
    let fixture = Fixture::directory();
    let (_, file) = left(&fixture, "hello").await;
    let digits = "0123456789abcdef".repeat(4);
    let names =
        ["upload-", "upload-x", &format!("upload-{digits}0"), &format!("upload-{}", digits.to_uppercase()), &digits];
    for name in names {
        fs::write(fixture.path("ingest").join(name), "").unwrap();
        age(&fixture.path("ingest").join(name), 1000);
    }
    age(&file, 25);
    fixture.store.start_upload(&APP, Algorithm::SHA256).await.unwrap().cancel().await.unwrap();
    let mut left: Vec<_> = names.iter().map(|name| fixture.path("ingest").join(name)).collect();
    left.sort();
    assert_eq!(files(&fixture.path("ingest")), left);
}
