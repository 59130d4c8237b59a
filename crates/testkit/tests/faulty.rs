//! A faulty registry fails as it was told, and not otherwise.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test, and all data here is its own")]

#[path = "laws/flaw.rs"]
#[allow(dead_code, reason = "the model is shared with the tests of the laws")]
mod flaw;
#[path = "laws/model.rs"]
#[allow(dead_code, reason = "the model is shared with the tests of the laws")]
mod model;
#[path = "laws/model_upload.rs"]
mod model_upload;

use futures_util::{FutureExt, TryStreamExt};
use wharf_registry::{
    Blob, ByteRange, Delete, Digest, Error, ErrorCode, List, Operation, Read, Repository, Tag, Write,
};
use wharf_testkit::{Fault, Faulty, fixture, laws};

use crate::model::Model;

const APP: Repository = Repository::from_static("app");

#[test]
fn without_faults_it_is_what_it_wraps() {
    laws::all(&Faulty::new(Model::new(&[]))).now_or_never().unwrap();
}

/// A registry with one blob of 100,000 bytes.
fn with_blob() -> (Faulty<Model>, Digest) {
    let faulty = Faulty::new(Model::new(&[]));
    let blob = Blob::from_bytes(fixture::bytes(1, 100_000));
    let digest = blob.descriptor().digest.clone();
    faulty.inner().put_blob(&APP, blob).now_or_never().unwrap().unwrap();
    (faulty, digest)
}

fn read(faulty: &Faulty<Model>, digest: &Digest) -> Result<usize, Error> {
    let blob = faulty.blob(&APP, digest).now_or_never().unwrap()?;
    let pieces: Vec<_> = blob.try_collect().now_or_never().unwrap()?;
    Ok(pieces.concat().len())
}

#[test]
fn planned_faults_come_in_their_order_and_once() {
    let (faulty, digest) = with_blob();
    faulty.after(Operation::GetBlob, 1, Fault::Refuse(ErrorCode::DENIED));
    faulty.next(Operation::GetBlob, Fault::Refuse(ErrorCode::TOOMANYREQUESTS));
    let codes = [(); 4].map(|()| read(&faulty, &digest).map_err(|error| error.code().clone()));
    assert_eq!(codes, [Ok(100_000), Err(ErrorCode::DENIED), Err(ErrorCode::TOOMANYREQUESTS), Ok(100_000)]);
    assert_eq!(faulty.count(Operation::GetBlob), 4);
    assert_eq!(faulty.count(Operation::StatBlob), 0);
}

#[test]
fn lasting_faults_last_until_they_are_forgotten() {
    let (faulty, digest) = with_blob();
    faulty.always(Operation::GetBlob, Fault::Refuse(ErrorCode::DENIED));
    assert!(read(&faulty, &digest).is_err() && read(&faulty, &digest).is_err());
    faulty.reset();
    assert_eq!(read(&faulty, &digest).unwrap(), 100_000);
    assert_eq!(faulty.count(Operation::GetBlob), 1);
}

#[test]
fn streams_break_where_they_should() {
    for (fault, code) in [
        (Fault::Cut(50_000), ErrorCode::UNAVAILABLE),
        (Fault::Cut(0), ErrorCode::UNAVAILABLE),
        (Fault::Truncate(99_999), ErrorCode::SIZE_INVALID),
        (Fault::Truncate(0), ErrorCode::SIZE_INVALID),
        (Fault::Corrupt(0), ErrorCode::DIGEST_INVALID),
        (Fault::Corrupt(99_999), ErrorCode::DIGEST_INVALID),
    ] {
        let (faulty, digest) = with_blob();
        faulty.next(Operation::GetBlob, fault.clone());
        assert_eq!(*read(&faulty, &digest).unwrap_err().code(), code, "{fault:?}");
    }
    let (faulty, digest) = with_blob();
    faulty.next(Operation::GetBlob, Fault::Corrupt(100_000));
    assert!(read(&faulty, &digest).is_ok(), "there is no such byte");
}

#[test]
fn parts_of_blobs_break_too() {
    let (faulty, digest) = with_blob();
    faulty.next(Operation::GetBlob, Fault::Truncate(10));
    let part = faulty.blob_range(&APP, &digest, ByteRange::From { first: 0 }).now_or_never().unwrap().unwrap();
    let pieces: Vec<_> = part.into_unverified().try_collect().now_or_never().unwrap().unwrap();
    assert_eq!(pieces.concat(), fixture::bytes(1, 10));
}

#[test]
fn what_is_lost_was_done_and_what_is_refused_was_not() {
    let faulty = Faulty::new(Model::new(&[]));
    let [lost, refused] = ["lost", "refused"].map(Blob::from_bytes);
    let digests = [&lost, &refused].map(|blob| blob.descriptor().digest.clone());
    faulty.next(Operation::PutBlob, Fault::Lose);
    faulty.next(Operation::PutBlob, Fault::Refuse(ErrorCode::UNAVAILABLE));
    for blob in [lost, refused] {
        assert!(faulty.put_blob(&APP, blob).now_or_never().unwrap().is_err());
    }
    let there = digests.map(|digest| faulty.inner().stat_blob(&APP, &digest).now_or_never().unwrap().is_ok());
    assert_eq!(there, [true, false]);
}

#[test]
fn calls_are_recorded_in_order() {
    let faulty = Faulty::new(Model::new(&[]));
    let image = fixture::image(1, 1, 10);
    fixture::push(&faulty, &APP, &image, &Tag::LATEST).now_or_never().unwrap();
    faulty.delete_tag(&APP, &Tag::LATEST).now_or_never().unwrap().unwrap();
    let calls: Vec<_> = faulty.calls().into_iter().map(|call| (call.operation, call.name)).collect();
    let names = [&image.config, &image.layers[0]].map(|blob| format!("app {}", Digest::of(blob)));
    assert_eq!(calls[0], (Operation::PutBlob, names[0].clone()));
    assert_eq!(calls[1], (Operation::PutBlob, names[1].clone()));
    assert_eq!(calls[2], (Operation::PutManifest, format!("app {}", image.manifest.digest())));
    assert_eq!(calls[3], (Operation::DeleteTag, "app latest".into()));
}

#[test]
fn lists_fail_as_a_whole() {
    let faulty = Faulty::new(Model::new(&[]));
    faulty.next(Operation::ListTags, Fault::Refuse(ErrorCode::DENIED));
    let tags: Result<Vec<Tag>, Error> = faulty.tags(&APP, None).try_collect().now_or_never().unwrap();
    assert_eq!(*tags.unwrap_err().code(), ErrorCode::DENIED);
}
