//! Content that is longer, shorter or larger than it may be.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use wharf_registry::{
    Blob, ByteRange, Digest, Document, Error, ErrorCode, Limits, MediaType, Mismatch, Operation, Precondition, Read,
    Write,
};
use wharf_store::Store;

use crate::{APP, code, described, manifest, mismatch, pieces, read};

#[tokio::test]
async fn a_blob_that_goes_on_is_refused_at_the_first_byte_too_many() {
    let store = Store::memory();
    let taken = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&taken);
    let endless = stream::repeat_with(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(Bytes::from_static(b"four"))
    });
    let blob = Blob::new(described(b"0123456789"), endless.boxed());
    let error = store.put_blob(&APP, blob).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::SIZE_INVALID);
    assert_eq!(mismatch(&error), Some(&Mismatch::Size { expected: 10, actual: 12 }));
    assert_eq!(taken.load(Ordering::Relaxed), 3, "nothing was read after the piece with the eleventh byte");
}

#[tokio::test]
async fn a_blob_that_ends_early_is_refused() {
    let store = Store::memory();
    let error = store.put_blob(&APP, Blob::new(described(b"hello"), pieces(&["hell"]))).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::SIZE_INVALID);
    assert_eq!(mismatch(&error), Some(&Mismatch::Size { expected: 5, actual: 4 }));
    assert_eq!(code(store.stat_blob(&APP, &Digest::of(b"hell")).await), ErrorCode::BLOB_UNKNOWN);
}

#[tokio::test]
async fn a_size_that_lies_about_what_is_there_is_no_short_cut() {
    let store = Store::memory();
    store.put_blob(&APP, Blob::from_bytes("hello")).await.unwrap();
    let mut descriptor = described(b"hello");
    descriptor.size = 4;
    assert_eq!(code(store.put_blob(&APP, Blob::new(descriptor, pieces(&["hello"]))).await), ErrorCode::SIZE_INVALID);
}

#[tokio::test]
async fn what_is_there_is_not_read_again() {
    let store = Store::memory();
    store.put_blob(&APP, Blob::from_bytes("hello")).await.unwrap();
    let unreadable = || stream::iter([Err(Error::new(ErrorCode::UNKNOWN, Operation::GetBlob))]).boxed();
    store.put_blob(&APP, Blob::new(described(b"hello"), unreadable())).await.unwrap();
    assert_eq!(
        code(store.put_blob(&crate::OTHER, Blob::new(described(b"hello"), unreadable())).await),
        ErrorCode::UNKNOWN,
        "another repository must show that it has the bytes"
    );
}

#[tokio::test]
async fn nothing_and_much_come_back_as_they_went_in() {
    let store = Store::memory();
    for size in [0, 1, (256 << 10) - 1, 256 << 10, (256 << 10) + 1, 3 << 20] {
        let content: Vec<u8> = (0..=255).cycle().take(size).collect();
        let stream = stream::iter(content.chunks(1000).map(Bytes::copy_from_slice).map(Ok).collect::<Vec<_>>());
        store.put_blob(&APP, Blob::new(described(&content), stream.boxed())).await.unwrap();
        assert!(read(&store, &APP, &Digest::of(&content)).await.unwrap() == content, "{size} bytes");
    }
}

#[tokio::test]
async fn ranges_lie_within_the_blob() {
    let store = Store::memory();
    store.put_blob(&APP, Blob::from_bytes("0123456789")).await.unwrap();
    let digest = Digest::of(b"0123456789");
    let range = store.blob_range(&APP, &digest, ByteRange::Between { first: 3, last: 40 }).await.unwrap();
    assert_eq!((range.offset(), range.length(), range.blob().size), (3, 7, 10));
    let bytes: Vec<_> = range.into_unverified().map(Result::unwrap).collect().await;
    assert_eq!(bytes.concat(), b"3456789");
    let outside = store.blob_range(&APP, &digest, ByteRange::From { first: 10 }).await;
    assert_eq!(code(outside), ErrorCode::RANGE_INVALID);
}

#[tokio::test]
async fn manifests_have_a_limit_even_when_they_are_not_read() {
    let store = Store::memory();
    let limit = Limits::default().document_bytes;
    for (size, fits) in [(limit - 1, true), (limit, true), (limit + 1, false)] {
        let document = Document::new(MediaType::OCTET_STREAM, vec![b' '; size]);
        let put = store.put_manifest(&APP, &document, &[], &Precondition::Always).await;
        match fits {
            true => assert_eq!(manifest(&store, document.digest().clone()).await.unwrap(), document),
            false => assert_eq!(code(put), ErrorCode::MANIFEST_INVALID),
        }
    }
    let large = Bytes::from(vec![b'{'; limit + 1]);
    store.put_blob(&APP, Blob::from_bytes(large.clone())).await.unwrap();
    assert_eq!(code(manifest(&store, Digest::of(&large)).await), ErrorCode::MANIFEST_UNKNOWN, "that is some layer");
}
