//! Upload sessions: who holds them, whose they are, and what is in them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use futures_util::{FutureExt, StreamExt, stream};
use wharf_registry::{
    Algorithm, ByteStream, Digest, Error, ErrorCode, Mismatch, Operation, Read, Repository, Upload, UploadId, Write,
};
use wharf_store::{Store, memory};

use crate::{APP, OTHER, code, mismatch, pieces, read, sha512};

#[tokio::test]
async fn a_session_goes_on_where_it_was_left() {
    let store = Store::memory();
    let mut upload = store.start_upload(&APP, Algorithm::SHA256).await.unwrap();
    let id = upload.id().clone();
    assert_eq!(upload.append(pieces(&["he", "", "l"])).await.unwrap(), 3);
    drop(upload);

    let mut upload = store.clone().resume_upload(&APP, &id).await.unwrap();
    assert_eq!((upload.id(), upload.offset()), (&id, 3));
    assert_eq!(upload.append(pieces(&["lo"])).await.unwrap(), 5);
    let descriptor = upload.commit(&Digest::of(b"hello")).await.unwrap();
    assert_eq!(descriptor, store.stat_blob(&APP, &Digest::of(b"hello")).await.unwrap());
    assert_eq!(read(&store, &APP, &descriptor.digest).await.unwrap(), b"hello");
    assert_eq!(code(store.resume_upload(&APP, &id).await), ErrorCode::BLOB_UPLOAD_UNKNOWN);
}

#[tokio::test]
async fn a_handle_holds_its_session_alone() {
    let store = Store::memory();
    let upload = store.start_upload(&APP, Algorithm::SHA256).await.unwrap();
    let id = upload.id().clone();
    assert_eq!(code(store.resume_upload(&APP, &id).await), ErrorCode::BLOB_UPLOAD_INVALID);
    drop(upload);
    let upload = store.resume_upload(&APP, &id).await.unwrap();
    assert_eq!(code(store.resume_upload(&APP, &id).await), ErrorCode::BLOB_UPLOAD_INVALID);
    upload.cancel().await.unwrap();
    assert_eq!(code(store.resume_upload(&APP, &id).await), ErrorCode::BLOB_UPLOAD_UNKNOWN);
}

#[tokio::test]
async fn a_session_belongs_to_its_repository() {
    let store = Store::memory();
    let upload = store.start_upload(&APP, Algorithm::SHA256).await.unwrap();
    let id = upload.id().clone();
    assert_eq!(code(store.resume_upload(&OTHER, &id).await), ErrorCode::BLOB_UPLOAD_UNKNOWN, "while it is held");
    drop(upload);
    assert_eq!(code(store.resume_upload(&OTHER, &id).await), ErrorCode::BLOB_UPLOAD_UNKNOWN);
    assert_eq!(code(store.resume_upload(&APP, &UploadId::parse("x").unwrap()).await), ErrorCode::BLOB_UPLOAD_UNKNOWN);
    store.resume_upload(&APP, &id).await.unwrap();
}

#[tokio::test]
async fn other_content_ends_the_session() {
    let store = Store::memory();
    let mut upload = store.start_upload(&APP, Algorithm::SHA256).await.unwrap();
    let id = upload.id().clone();
    upload.append(pieces(&["hello"])).await.unwrap();
    let error = upload.commit(&Digest::of(b"world")).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::DIGEST_INVALID);
    let Some(Mismatch::Digest { expected, actual }) = mismatch(&error) else { panic!("{error:?}") };
    assert_eq!((&**expected, &**actual), (&Digest::of(b"world"), &Digest::of(b"hello")));
    assert_eq!(code(store.resume_upload(&APP, &id).await), ErrorCode::BLOB_UPLOAD_UNKNOWN);
    for content in [b"hello", b"world"] {
        assert_eq!(code(store.stat_blob(&APP, &Digest::of(content)).await), ErrorCode::BLOB_UNKNOWN);
    }
}

#[tokio::test]
async fn a_digest_is_not_known_before_the_end() {
    let store = Store::memory();
    let mut upload = store.start_upload(&APP, Algorithm::SHA256).await.unwrap();
    upload.append(pieces(&["hello"])).await.unwrap();
    upload.commit(&sha512(b"hello")).await.unwrap();
    assert_eq!(read(&store, &APP, &sha512(b"hello")).await.unwrap(), b"hello");

    let upload = store.start_upload(&APP, Algorithm::SHA256).await.unwrap();
    let unknown = Digest::parse("md5:d41d8cd98f00b204e9800998ecf8427e").unwrap();
    assert_eq!(code(upload.commit(&unknown).await), ErrorCode::DIGEST_INVALID);
}

#[tokio::test]
async fn a_cut_stream_leaves_what_came_before() {
    let store = Store::memory();
    let mut upload = store.start_upload(&APP, Algorithm::SHA256).await.unwrap();
    let cut = || Err(Error::new(ErrorCode::parse("CUT").unwrap(), Operation::GetBlob));
    let error = upload.append(pieces(&["he", "l"]).chain(stream::iter([cut()])).boxed()).await.unwrap_err();
    assert_eq!(error.code().as_str(), "CUT", "the stream's own error");
    assert_eq!(upload.offset(), 3);
    assert_eq!(upload.append(pieces(&["lo"])).await.unwrap(), 5);
    upload.commit(&Digest::of(b"hello")).await.unwrap();
}

#[tokio::test]
async fn a_dropped_append_leaves_a_session_that_tells_the_truth() {
    let store = Store::memory();
    let mut upload = store.start_upload(&APP, Algorithm::SHA256).await.unwrap();
    let large: ByteStream = stream::iter((0..5).map(|_| Ok(vec![b'x'; 100 << 10].into()))).boxed();
    assert!(upload.append(large.chain(stream::pending()).boxed()).now_or_never().is_none(), "still waiting");
    let offset = upload.offset();
    assert!(offset > 0, "what filled a batch was written");
    let content = vec![b'x'; usize::try_from(offset).unwrap()];
    upload.commit(&Digest::of(&content)).await.unwrap();
}

/// Opens sessions of a repository until there is no more room for them.
async fn fill(store: &Store<memory::Blobs, memory::Names>, repository: &str) -> Vec<Box<dyn Upload>> {
    let repository = Repository::parse(repository).unwrap();
    let mut open = Vec::new();
    loop {
        match store.start_upload(&repository, Algorithm::SHA256).await {
            Ok(upload) => open.push(upload),
            Err(error) => {
                assert_eq!(*error.code(), ErrorCode::TOOMANYREQUESTS);
                return open;
            }
        }
    }
}

#[tokio::test]
async fn no_more_than_a_thousand_sessions_and_as_many_for_one_as_for_others() {
    let store = Store::memory();
    let mut open = Vec::new();
    for (number, expected) in [500, 250, 125, 63, 31, 16, 8, 4, 2, 1, 0].into_iter().enumerate() {
        let begun = fill(&store, &format!("team/{number}")).await;
        assert_eq!(begun.len(), expected, "{number}");
        open.extend(begun);
    }
    assert_eq!(open.len(), 1000);
    let ids: std::collections::HashSet<_> = open.iter().map(|upload| upload.id().as_str()).collect();
    assert_eq!(ids.len(), open.len());
    assert!(ids.iter().all(|id| id.len() == 32));

    // An idle one counts, and one that is over does not.
    drop(open.pop());
    assert_eq!(fill(&store, "team/x").await.len(), 0);
    open.pop().unwrap().cancel().await.unwrap();
    assert_eq!(fill(&store, "team/x").await.len(), 1);
}

/// A store whose clock goes on by as many seconds as are counted here.
fn timed() -> (Store<memory::Blobs, memory::Names>, Arc<AtomicU64>) {
    let seconds = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&seconds);
    let now = move || SystemTime::UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::Relaxed));
    (Store::memory().with_clock(now).with_upload_timeout(Duration::from_secs(60)), seconds)
}

#[tokio::test]
async fn abandoned_sessions_make_room() {
    let (store, seconds) = timed();
    let mut ids = Vec::new();
    for _ in 0..500 {
        ids.push(store.start_upload(&APP, Algorithm::SHA256).await.unwrap().id().clone());
    }
    assert_eq!(code(store.start_upload(&APP, Algorithm::SHA256).await), ErrorCode::TOOMANYREQUESTS);
    seconds.store(60, Ordering::Relaxed);
    assert_eq!(code(store.start_upload(&APP, Algorithm::SHA256).await), ErrorCode::TOOMANYREQUESTS, "not yet");
    store.resume_upload(&APP, &ids[0]).await.unwrap().append(pieces(&["x"])).await.unwrap();
    seconds.store(61, Ordering::Relaxed);
    let upload = store.start_upload(&APP, Algorithm::SHA256).await.unwrap();
    assert_eq!(code(store.resume_upload(&APP, &ids[1]).await), ErrorCode::BLOB_UPLOAD_UNKNOWN);
    store.resume_upload(&APP, &ids[0]).await.expect("it was used meanwhile");
    upload.commit(&Digest::of(b"")).await.unwrap();
}

#[tokio::test]
async fn asking_for_a_session_does_not_keep_it() {
    let (store, seconds) = timed();
    let id = store.start_upload(&APP, Algorithm::SHA256).await.unwrap().id().clone();
    for elapsed in [30, 60] {
        seconds.store(elapsed, Ordering::Relaxed);
        drop(store.resume_upload(&APP, &id).await.expect("it is not old yet"));
    }
    seconds.store(61, Ordering::Relaxed);
    assert_eq!(code(store.resume_upload(&APP, &id).await), ErrorCode::BLOB_UPLOAD_UNKNOWN, "nobody wrote to it");
    seconds.store(0, Ordering::Relaxed);
    assert_eq!(code(store.resume_upload(&APP, &id).await), ErrorCode::BLOB_UPLOAD_UNKNOWN, "it is gone");
}

#[tokio::test]
async fn a_session_that_is_held_is_not_idle() {
    let (store, seconds) = timed();
    let mut upload = store.start_upload(&APP, Algorithm::SHA256).await.unwrap();
    upload.append(pieces(&["hel"])).await.unwrap();
    seconds.store(1_000_000, Ordering::Relaxed);
    drop(store.start_upload(&OTHER, Algorithm::SHA256).await.unwrap());
    upload.append(pieces(&["lo"])).await.unwrap();
    let id = upload.id().clone();
    drop(upload);
    drop(store.start_upload(&OTHER, Algorithm::SHA256).await.unwrap());
    let upload = store.resume_upload(&APP, &id).await.expect("idleness begins when it is let go");
    upload.commit(&Digest::of(b"hello")).await.unwrap();
}
