//! Content on its way to the disk and back.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use wharf_registry::{
    Algorithm, Blob, ByteRange, Descriptor, Digest, ErrorCode, Hasher, MediaType, Operation, Read, Write,
};
use wharf_store::layout::{Layout, REPOSITORY};
use wharf_store::{Cas as _, Ingest as _};
use wharf_testkit::fixture;

use crate::support::{Fixture, files, mode, put, put_blob, read, tag};

fn sha512(content: &[u8]) -> Digest {
    let mut hasher = Hasher::new(Algorithm::SHA512).unwrap();
    hasher.update(content);
    hasher.finish()
}

#[tokio::test]
async fn content_is_a_read_only_file_named_by_its_digest() {
    let fixture = Fixture::layout();
    let digest = put_blob(&fixture.store, "hello").await.unwrap();
    let path = fixture.path("blobs/sha256/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    assert_eq!(path, fixture.blob(&digest));
    assert_eq!(fs::read(&path).unwrap(), b"hello");
    assert_eq!(mode(&path), 0o444);
    assert!(files(&fixture.path("ingest")).is_empty());
    assert_eq!(mode(&fixture.path("blobs/sha256")) & 0o022, 0, "nobody else can write there");
}

#[tokio::test]
async fn content_longer_than_a_piece_comes_back_whole_and_in_parts() {
    let fixture = Fixture::layout();
    // One byte more and one less than a whole number of pieces, and what ends with a piece.
    for length in [0, 1, (256 << 10) - 1, 256 << 10, (512 << 10) + 1, 1 << 20] {
        let content = fixture::bytes(length as u64, length);
        let digest = Digest::of(&content);
        let descriptor = Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), length as u64);
        let blob = Blob::new(descriptor, fixture::pieces(&content));
        fixture.store.put_blob(&REPOSITORY, blob).await.unwrap();
        assert_eq!(read(&fixture.store, &REPOSITORY, &digest).await.unwrap(), content, "{length} bytes");
        let Some((offset, _)) = (ByteRange::Last { length: 300_000 }).resolve(length as u64) else { continue };
        let range = ByteRange::From { first: offset };
        let part = fixture.store.blob_range(&REPOSITORY, &digest, range).await.unwrap();
        let part: Vec<_> = part.into_unverified().try_collect().await.unwrap();
        assert_eq!(part.concat(), content[usize::try_from(offset).unwrap()..], "the end of {length} bytes");
    }
}

#[tokio::test]
async fn a_file_that_was_cut_ends_with_an_error() {
    let fixture = Fixture::layout();
    let content = fixture::bytes(1, 600_000);
    let digest = Digest::of(&content);
    fixture.store.put_blob(&REPOSITORY, Blob::from_bytes(content)).await.unwrap();
    let mut blob = fixture.store.blob(&REPOSITORY, &digest).await.unwrap();
    blob.next().await.unwrap().unwrap();
    let path = fixture.blob(&digest);
    fs::remove_file(&path).unwrap();
    assert!(blob.next().await.unwrap().is_ok(), "what is being read is not disturbed by a deletion");

    fs::write(&path, fixture::bytes(1, 300_000)).unwrap();
    let short = read(&fixture.store, &REPOSITORY, &digest).await.unwrap_err();
    assert_eq!(*short.code(), ErrorCode::DIGEST_INVALID);
}

#[tokio::test]
async fn other_content_than_was_said_leaves_nothing() {
    let fixture = Fixture::layout();
    put_blob(&fixture.store, "before").await.unwrap();
    let before = files(&fixture.path(""));
    let said = Descriptor::new(MediaType::OCTET_STREAM, Digest::of(b"hello"), 5);
    for (came, code) in [
        ("world", ErrorCode::DIGEST_INVALID),
        ("hell", ErrorCode::SIZE_INVALID),
        ("hello!", ErrorCode::SIZE_INVALID),
        ("", ErrorCode::SIZE_INVALID),
    ] {
        let stream = stream::iter([Ok(Bytes::from(came))]).boxed();
        let error = fixture.store.put_blob(&REPOSITORY, Blob::new(said.clone(), stream)).await.unwrap_err();
        assert_eq!(*error.code(), code, "{came}");
        assert_eq!(files(&fixture.path("")), before, "{came}");
    }
}

#[tokio::test]
async fn a_writer_that_goes_leaves_nothing() {
    let fixture = Fixture::layout();
    let mut upload = fixture.store.start_upload(&REPOSITORY, Algorithm::SHA256).await.unwrap();
    upload.append(stream::iter([Ok(Bytes::from("half of it"))]).boxed()).await.unwrap();
    let [unfinished] = &files(&fixture.path("ingest"))[..] else { panic!("one file is being written") };
    assert_eq!(mode(unfinished), 0o600);
    assert!(files(&fixture.path("blobs")).is_empty());
    upload.cancel().await.unwrap();
    assert!(files(&fixture.path("ingest")).is_empty());

    for size in [3, 1 << 20] {
        let failing = stream::iter([
            Ok(fixture::bytes(1, size)),
            Err(wharf_registry::Error::new(ErrorCode::UNAVAILABLE, Operation::GetBlob)),
        ]);
        let said = Descriptor::new(MediaType::OCTET_STREAM, Digest::of(b"hello"), 2 << 20);
        let error = fixture.store.put_blob(&REPOSITORY, Blob::new(said, failing.boxed())).await.unwrap_err();
        assert_eq!(*error.code(), ErrorCode::UNAVAILABLE);
        assert!(files(&fixture.path("ingest")).is_empty() && files(&fixture.path("blobs")).is_empty());
    }
}

/// To go to the disk costs as much as a little content does.
#[tokio::test]
async fn a_little_waits_for_more_or_for_its_end() {
    let fixture = Fixture::layout();
    let ingest = || files(&fixture.path("ingest")).len();
    let (little, more) = (fixture::bytes(1, 64 << 10), Bytes::from("more"));
    let both = Digest::of(&[&little[..], &more[..]].concat());
    for (pieces, digest) in [(vec![little.clone()], Digest::of(&little)), (vec![little, more], both)] {
        let mut writer = fixture.store.cas().ingest(Algorithm::SHA256).await.unwrap();
        let mut size = 0;
        for piece in pieces {
            assert_eq!(ingest(), 0);
            size += piece.len() as u64;
            writer.write(vec![piece]).await.unwrap();
            assert_eq!(writer.offset(), size);
        }
        assert_eq!(ingest(), usize::from(size > 64 << 10));
        assert_eq!(writer.commit(&digest).await.unwrap(), size);
        assert_eq!((ingest(), fixture.store.cas().stat(&digest).await.unwrap()), (0, Some(size)));
    }
}

#[tokio::test]
async fn an_upload_can_be_named_in_another_algorithm_than_was_thought() {
    let fixture = Fixture::layout();
    let content = fixture::bytes(5, 700_000);
    let upload = async |digest: Digest| {
        let mut upload = fixture.store.start_upload(&REPOSITORY, Algorithm::SHA256).await.unwrap();
        upload.append(fixture::pieces(&content)).await.unwrap();
        upload.commit(&digest).await
    };
    let digest = sha512(&content);
    assert_eq!(upload(digest.clone()).await.unwrap().size, 700_000);
    assert_eq!(read(&fixture.store, &REPOSITORY, &digest).await.unwrap(), content);
    assert!(fixture.blob(&digest).starts_with(fixture.path("blobs/sha512")));
    let wrong = upload(sha512(b"something else")).await.unwrap_err();
    assert_eq!(*wrong.code(), ErrorCode::DIGEST_INVALID);
    assert!(files(&fixture.path("ingest")).is_empty());
}

#[tokio::test]
async fn a_digest_of_an_unknown_algorithm_never_becomes_a_path() {
    let fixture = Fixture::layout();
    let digest = Digest::parse("md5:d41d8cd98f00b204e9800998ecf8427e").unwrap();
    fs::create_dir(fixture.path("blobs/md5")).unwrap();
    fs::write(fixture.path("blobs/md5/d41d8cd98f00b204e9800998ecf8427e"), "").unwrap();
    let error = fixture.store.blob(&REPOSITORY, &digest).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::DIGEST_INVALID);
    let error = fixture.store.stat_blob(&REPOSITORY, &digest).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::DIGEST_INVALID);
}

#[tokio::test]
async fn content_gone_bad_is_healed_by_whoever_brings_it() {
    for spoilt in ["", "hell", "jello", "hello!"] {
        let fixture = Fixture::layout();
        let digest = put_blob(&fixture.store, "hello").await.unwrap();
        spoil(&fixture.blob(&digest), spoilt);
        assert!(read(&fixture.store, &REPOSITORY, &digest).await.is_err(), "{spoilt:?} is not handed out");
        put_blob(&fixture.store, "hello").await.unwrap();
        assert_eq!(fs::read(fixture.blob(&digest)).unwrap(), b"hello", "{spoilt:?}");
        assert_eq!(mode(&fixture.blob(&digest)), 0o444);
        assert!(files(&fixture.path("ingest")).is_empty());
    }
}

#[tokio::test]
async fn wrong_content_heals_nothing() {
    let fixture = Fixture::layout();
    let digest = put_blob(&fixture.store, "hello").await.unwrap();
    spoil(&fixture.blob(&digest), "jello");
    let said = Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), 5);
    let stream = stream::iter([Ok(Bytes::from("world"))]).boxed();
    let error = fixture.store.put_blob(&REPOSITORY, Blob::new(said, stream)).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::DIGEST_INVALID);
    assert_eq!(fs::read(fixture.blob(&digest)).unwrap(), b"jello");
}

#[tokio::test]
async fn a_manifest_gone_bad_is_healed_too() {
    let fixture = Fixture::layout();
    let note = put(&fixture.store, "note", &["v1"]).await;
    spoil(&fixture.blob(&note.digest), "vote");
    put(&fixture.store, "note", &["v1"]).await;
    assert_eq!(fixture.store.manifest(&REPOSITORY, &tag("v1").into()).await.unwrap().bytes(), "note");
}

#[tokio::test]
async fn content_that_is_right_is_not_written_again() {
    let fixture = Fixture::layout();
    put_blob(&fixture.store, "hello").await.unwrap();
    let before = fixture.snapshot();
    put_blob(&fixture.store, "hello").await.unwrap();
    assert_eq!(fixture.snapshot(), before);
}

#[tokio::test]
async fn an_abandoned_upload_takes_its_file_along() {
    let root = tempfile::tempdir().unwrap();
    let seconds = Arc::new(AtomicU64::new(0));
    #[allow(clippy::disallowed_methods, reason = "some beginning, from which the test counts")]
    let (beginning, clock) = (SystemTime::now(), Arc::clone(&seconds));
    let now = move || beginning + Duration::from_secs(clock.load(Ordering::Relaxed));
    let store = Layout::create(root.path()).unwrap().with_clock(now);
    let mut upload = store.start_upload(&REPOSITORY, Algorithm::SHA256).await.unwrap();
    upload.append(stream::iter([Ok(Bytes::from("half of it"))]).boxed()).await.unwrap();
    drop(upload);
    let ingest = root.path().join("ingest");
    let abandoned = files(&ingest);
    for (elapsed, is_there) in [(23, true), (25, false)] {
        seconds.store(elapsed * 60 * 60, Ordering::Relaxed);
        store.start_upload(&REPOSITORY, Algorithm::SHA256).await.unwrap().cancel().await.unwrap();
        assert_eq!(files(&ingest) == abandoned, is_there, "after {elapsed} hours");
    }
    assert!(files(&ingest).is_empty());
}

/// Changes the bytes of a file in its place, as a disk does that forgets: all names of it show that.
fn spoil(path: &Path, content: &str) {
    fs::set_permissions(path, PermissionsExt::from_mode(0o644)).unwrap();
    fs::write(path, content).unwrap();
    fs::set_permissions(path, PermissionsExt::from_mode(0o444)).unwrap();
}
