//! What a store does when what it stands on fails, waits or lies.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use wharf_registry::{Algorithm, Blob, ByteStream, Delete, Digest, ErrorCode, Limits, Mismatch, Read, Write};
use wharf_store::{Cas, Error, Ingest, OpenSessions, SessionName, Store, memory};

use crate::{APP, code, described, manifest, mismatch, pieces, put_image, tag};

/// Memory that fails to write `FAIL`, never ends to write `HANG`, and has other bytes when it is damaged.
#[derive(Clone, Default)]
struct Faulty {
    blobs: memory::Blobs,
    damaged: bool,
    full: bool,
    writes: Arc<Mutex<Vec<usize>>>,
    sessions: memory::Sessions<Writer>,
    /// How many pieces were read.
    given: Arc<AtomicUsize>,
}

struct Writer(memory::Writer, Arc<Mutex<Vec<usize>>>);

fn full() -> Error {
    Error::Io { step: "write", path: "x".into(), source: io::ErrorKind::StorageFull.into() }
}

#[async_trait]
impl Cas for Faulty {
    type Ingest = Writer;
    type Session = memory::Held<Writer>;

    async fn stat(&self, digest: &Digest) -> Result<Option<u64>, Error> {
        self.blobs.stat(digest).await
    }

    async fn open(&self, digest: &Digest, offset: u64, length: u64) -> Result<Option<ByteStream>, Error> {
        let (damaged, given) = (self.damaged, Arc::clone(&self.given));
        let damage = move |piece: Bytes| {
            given.fetch_add(1, Ordering::Relaxed);
            if damaged { vec![b'?'; piece.len()].into() } else { piece }
        };
        let stream = self.blobs.open(digest, offset, length).await?;
        Ok(stream.map(|stream| stream.map_ok(damage).boxed()))
    }

    async fn ingest(&self, algorithm: Algorithm<'_>) -> Result<Writer, Error> {
        match self.full {
            true => Err(full()),
            false => Ok(Writer(self.blobs.ingest(algorithm).await?, Arc::clone(&self.writes))),
        }
    }

    async fn begin(
        &self,
        name: &SessionName,
        algorithm: Algorithm<'_>,
        now: SystemTime,
    ) -> Result<Self::Session, Error> {
        self.sessions.begin(name, self.ingest(algorithm).await?, now)
    }

    async fn resume(&self, name: &SessionName) -> Result<Self::Session, Error> {
        self.sessions.resume(name)
    }

    async fn expire(&self, before: SystemTime, beside: &SessionName) -> Result<OpenSessions, Error> {
        Ok(self.sessions.expire(before, beside))
    }

    async fn delete(&self, digest: &Digest) -> Result<bool, Error> {
        self.blobs.delete(digest).await
    }
}

#[async_trait]
impl Ingest for Writer {
    fn offset(&self) -> u64 {
        self.0.offset()
    }

    async fn write(&mut self, pieces: Vec<Bytes>) -> Result<(), Error> {
        self.1.lock().unwrap().push(pieces.iter().map(Bytes::len).sum());
        let (fails, hangs) = (pieces.iter().any(|piece| piece == "FAIL"), pieces.iter().any(|piece| piece == "HANG"));
        self.0.write(pieces).await?;
        match (fails, hangs) {
            (true, _) => Err(full()),
            (_, true) => std::future::pending().await,
            _ => Ok(()),
        }
    }

    async fn commit(self, digest: &Digest) -> Result<u64, Error> {
        self.0.commit(digest).await
    }
}

fn store(cas: &Faulty) -> Store<Faulty, memory::Names> {
    Store::new(cas.clone(), memory::Names::default())
}

#[tokio::test]
async fn a_failed_write_ends_the_session() {
    let store = store(&Faulty::default());
    let mut upload = store.start_upload(&APP, Algorithm::SHA256).await.unwrap();
    let id = upload.id().clone();
    upload.append(pieces(&["good"])).await.unwrap();
    assert_eq!(code(upload.append(pieces(&["FAIL"])).await), ErrorCode::UNAVAILABLE);
    assert_eq!(code(upload.append(pieces(&["more"])).await), ErrorCode::BLOB_UPLOAD_UNKNOWN);
    assert_eq!(code(upload.commit(&Digest::of(b"good")).await), ErrorCode::BLOB_UPLOAD_UNKNOWN);
    assert_eq!(code(store.resume_upload(&APP, &id).await), ErrorCode::BLOB_UPLOAD_UNKNOWN);
}

#[tokio::test]
async fn a_write_that_was_dropped_ends_the_session() {
    let store = store(&Faulty::default());
    let mut upload = store.start_upload(&APP, Algorithm::SHA256).await.unwrap();
    let id = upload.id().clone();
    upload.append(pieces(&["good"])).await.unwrap();
    assert!(upload.append(pieces(&["HANG"])).now_or_never().is_none());
    drop(upload);
    assert_eq!(code(store.resume_upload(&APP, &id).await), ErrorCode::BLOB_UPLOAD_UNKNOWN);

    assert!(store.put_blob(&APP, Blob::from_bytes("HANG")).now_or_never().is_none());
    assert_eq!(code(store.stat_blob(&APP, &Digest::of(b"HANG")).await), ErrorCode::BLOB_UNKNOWN);
}

#[tokio::test]
async fn a_session_that_could_not_begin_takes_no_place() {
    let store = store(&Faulty { full: true, ..Faulty::default() });
    for _ in 0..1001 {
        assert_eq!(code(store.start_upload(&APP, Algorithm::SHA256).await), ErrorCode::UNAVAILABLE);
    }
}

#[tokio::test]
async fn damage_is_found_before_it_is_believed() {
    let cas = Faulty::default();
    let names = memory::Names::default();
    let store = Store::new(Faulty { damaged: true, ..cas.clone() }, names);
    let pushed = put_image(&store, "config", &[tag("t")]).await;
    assert_eq!(store.resolve(&APP, &tag("t").into()).await.unwrap(), pushed.descriptor(), "by its record");
    for error in [manifest(&store, tag("t")).await, manifest(&store, pushed.digest().clone()).await] {
        let error = error.unwrap_err();
        assert_eq!(*error.code(), ErrorCode::DIGEST_INVALID);
        assert!(matches!(mismatch(&error), Some(Mismatch::Digest { .. })), "{error:?}");
    }
    let read: Vec<_> = store.blob(&APP, &Digest::of(b"config")).await.unwrap().take(2).collect().await;
    assert_eq!(read.into_iter().map(code).collect::<Vec<_>>(), [ErrorCode::DIGEST_INVALID]);
    // Without a record the damage is still named, and not "this is no manifest".
    store.put_blob(&crate::OTHER, Blob::from_bytes(pushed.bytes().clone())).await.unwrap();
    let unrecorded = store.manifest(&crate::OTHER, &pushed.digest().clone().into()).await;
    assert_eq!(code(unrecorded), ErrorCode::DIGEST_INVALID);
}

#[tokio::test]
async fn content_that_vanished_is_unknown() {
    let cas = Faulty::default();
    let store = store(&cas);
    let pushed = put_image(&store, "config", &[tag("t")]).await;
    cas.delete(pushed.digest()).await.unwrap();
    cas.delete(&Digest::of(b"config")).await.unwrap();
    assert_eq!(code(store.blob(&APP, &Digest::of(b"config")).await), ErrorCode::BLOB_UNKNOWN);
    assert_eq!(code(manifest(&store, tag("t")).await), ErrorCode::MANIFEST_UNKNOWN);
    assert_eq!(code(store.resolve(&APP, &tag("t").into()).await), ErrorCode::MANIFEST_UNKNOWN);
    assert!(!store.mount(&crate::OTHER, &Digest::of(b"config"), &APP).await.unwrap());
    store.delete_manifest(&APP, pushed.digest()).await.unwrap();
}

#[tokio::test]
async fn what_is_too_large_for_a_manifest_is_not_read() {
    let cas = Faulty::default();
    let store = store(&cas);
    let large = vec![b'{'; Limits::default().document_bytes + 1];
    store.put_blob(&APP, Blob::from_bytes(large.clone())).await.unwrap();
    assert_eq!(code(manifest(&store, Digest::of(&large)).await), ErrorCode::MANIFEST_UNKNOWN);
    assert_eq!(cas.given.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn small_pieces_are_written_together() {
    let cas = Faulty::default();
    let content = vec![7; 1 << 20];
    let small: Vec<_> = content.chunks(1 << 10).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let blob = Blob::new(described(&content), stream::iter(small).boxed());
    store(&cas).put_blob(&APP, blob).await.unwrap();
    assert_eq!(*cas.writes.lock().unwrap(), [256 << 10; 4]);

    cas.writes.lock().unwrap().clear();
    let tiny = stream::repeat_with(|| Ok(Bytes::from_static(b"x"))).take(3000).boxed();
    store(&cas).put_blob(&APP, Blob::new(described(&[b'x'; 3000]), tiny)).await.unwrap();
    assert_eq!(*cas.writes.lock().unwrap(), [1024, 1024, 952]);
}
