//! Upload sessions among many: who holds one, how many there are, and when one is given up.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use wharf_registry::{Algorithm, Digest, ErrorCode, UploadId, Write};
use wharf_store::layout::{Layout, REPOSITORY};
use wharf_store::{Cas, SessionName};
use wharf_testkit::fixture;

use crate::support::{Disk, Fixture, age, files, read};
use crate::upload::{APP, pieces, refused, reopened};

#[tokio::test]
async fn a_session_is_held_by_one_of_all_processes() {
    let fixture = Fixture::directory();
    let other = reopened(&fixture);
    let upload = fixture.store.start_upload(&APP, Algorithm::SHA256).await.unwrap();
    let id = upload.id().clone();
    assert_eq!(refused(&other, &APP, &id).await, ErrorCode::BLOB_UPLOAD_INVALID);
    assert_eq!(refused(&fixture.store, &APP, &id).await, ErrorCode::BLOB_UPLOAD_INVALID);
    drop(upload);
    let upload = other.resume_upload(&APP, &id).await.unwrap();
    assert_eq!(refused(&fixture.store, &APP, &id).await, ErrorCode::BLOB_UPLOAD_INVALID);
    drop(upload);
    fixture.store.resume_upload(&APP, &id).await.unwrap();
}

#[tokio::test]
async fn the_limit_is_one_for_all_processes() {
    let fixture = Fixture::directory();
    let stores = [fixture.store.clone(), reopened(&fixture)];
    let mut ids = Vec::new();
    for number in 0..500 {
        let upload = stores[number % 2].start_upload(&APP, Algorithm::SHA256).await.unwrap();
        ids.push(upload.id().clone());
    }
    let full = async |store: &Disk| match store.start_upload(&APP, Algorithm::SHA256).await {
        Ok(upload) => upload.cancel().await.map(|()| false).unwrap(),
        Err(error) => *error.code() == ErrorCode::TOOMANYREQUESTS,
    };
    assert!(full(&stores[0]).await && full(&stores[1]).await && full(&reopened(&fixture)).await);
    stores[1].resume_upload(&APP, &ids[0]).await.unwrap().cancel().await.unwrap();
    assert!(!full(&stores[0]).await);
}

/// A lock keeps a session of any age, and age alone ends none.
#[tokio::test]
async fn a_session_is_given_up_by_lock_and_age() {
    let fixture = Fixture::directory();
    let other = reopened(&fixture);
    let others_begins = async || {
        other.start_upload(&APP, Algorithm::SHA256).await.unwrap().cancel().await.unwrap();
        files(&fixture.path("ingest"))
    };
    let mut upload = fixture.store.start_upload(&APP, Algorithm::SHA256).await.unwrap();
    upload.append(pieces("hel")).await.unwrap();
    let (id, file) = (upload.id().clone(), files(&fixture.path("ingest")).remove(0));
    age(&file, 1000);
    assert_eq!(others_begins().await, std::slice::from_ref(&file), "it is held");
    upload.append(pieces("lo")).await.unwrap();
    drop(upload);
    assert_eq!(others_begins().await, std::slice::from_ref(&file), "it was written to just now");
    age(&file, 23);
    assert_eq!(others_begins().await, std::slice::from_ref(&file), "it is young");
    assert_eq!(other.resume_upload(&APP, &id).await.unwrap().offset(), 5);
    age(&file, 25);
    assert!(others_begins().await.is_empty());
    assert_eq!(refused(&fixture.store, &APP, &id).await, ErrorCode::BLOB_UPLOAD_UNKNOWN);
}

#[tokio::test]
async fn whoever_ends_sessions_is_told_how_many_are_left() {
    let fixture = Fixture::directory();
    for _ in 0..3 {
        drop(fixture.store.start_upload(&APP, Algorithm::SHA256).await.unwrap());
    }
    files(&fixture.path("ingest"))[1..].iter().for_each(|file| age(file, 25));
    #[allow(clippy::disallowed_methods, reason = "files have the times of the system's clock")]
    let yesterday = SystemTime::now() - Duration::from_secs(24 * 60 * 60);
    let beside = SessionName::of(&APP, &UploadId::parse("another").unwrap());
    for _ in 0..2 {
        let left = fixture.store.cas().expire(yesterday, &beside).await.unwrap();
        assert_eq!((left.all, left.of_repository), (1, 1));
    }
}

#[tokio::test]
async fn whoever_asks_for_a_session_too_late_ends_it() {
    let fixture = Fixture::directory();
    let id = fixture.store.start_upload(&APP, Algorithm::SHA256).await.unwrap().id().clone();
    age(&files(&fixture.path("ingest"))[0], 25);
    let patient = reopened(&fixture).with_upload_timeout(Duration::from_secs(26 * 60 * 60));
    drop(patient.resume_upload(&APP, &id).await.expect("there it is not old yet"));
    assert_eq!(refused(&reopened(&fixture), &APP, &id).await, ErrorCode::BLOB_UPLOAD_UNKNOWN);
    assert!(files(&fixture.path("ingest")).is_empty());
}

/// A clock that was set back makes sessions younger; one that was set forward ends none that is held.
#[tokio::test]
async fn a_clock_that_jumps_ends_no_session_that_is_held() {
    let fixture = Fixture::directory();
    #[allow(clippy::disallowed_methods, reason = "files have the times of the system's clock")]
    let (now, year) = (SystemTime::now(), Duration::from_secs(365 * 24 * 60 * 60));
    let years = Arc::new(AtomicU64::new(10));
    let clock = Arc::clone(&years);
    let told = move || now - year * 10 + year * u32::try_from(clock.load(Ordering::Relaxed)).unwrap();
    let store = reopened(&fixture).with_clock(told);
    let idle = store.start_upload(&APP, Algorithm::SHA256).await.unwrap().id().clone();
    let mut held = store.start_upload(&APP, Algorithm::SHA256).await.unwrap();
    years.store(9, Ordering::Relaxed);
    store.start_upload(&APP, Algorithm::SHA256).await.unwrap().cancel().await.unwrap();
    assert_eq!(store.resume_upload(&APP, &idle).await.unwrap().offset(), 0);
    years.store(20, Ordering::Relaxed);
    store.start_upload(&APP, Algorithm::SHA256).await.unwrap().cancel().await.unwrap();
    assert_eq!(refused(&store, &APP, &idle).await, ErrorCode::BLOB_UPLOAD_UNKNOWN);
    held.append(pieces("hello")).await.unwrap();
    held.commit(&Digest::of(b"hello")).await.unwrap();
}

/// Many who take turns at one session as they get it: what comes out is what each appended at the place where it was, and
/// nobody appends to what has become content.
#[test]
fn turns_of_many_make_one_content() {
    const PART: usize = 1000;
    let content = fixture::bytes(3, 100 * PART);
    for _ in 0..5 {
        let fixture = Fixture::layout();
        let digest = Digest::of(&content);
        let begun = alone(async { fixture.store.start_upload(&REPOSITORY, Algorithm::SHA256).await.unwrap() });
        let id = begun.id().clone();
        drop(begun);
        let take_turns = async || {
            let store = Layout::open(fixture.path("")).unwrap();
            loop {
                let mut upload = match store.resume_upload(&REPOSITORY, &id).await {
                    Ok(upload) => upload,
                    Err(error) if *error.code() == ErrorCode::BLOB_UPLOAD_INVALID => continue,
                    Err(error) => return assert_eq!(*error.code(), ErrorCode::BLOB_UPLOAD_UNKNOWN),
                };
                let offset = usize::try_from(upload.offset()).unwrap();
                if offset == content.len() {
                    return drop(upload.commit(&digest).await.unwrap());
                }
                upload.append(fixture::pieces(&content.slice(offset..offset + PART))).await.unwrap();
            }
        };
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| alone(take_turns()));
            }
        });
        alone(async { assert_eq!(read(&fixture.store, &REPOSITORY, &digest).await.unwrap(), content) });
        assert!(files(&fixture.path("ingest")).is_empty());
    }
}

/// A lock ends with whoever lets go of it, also while some thread makes a process, which has all that is open until its
/// program begins.
#[test]
fn a_process_that_is_being_made_holds_no_session() {
    let fixture = Fixture::directory();
    let begun = alone(async { fixture.store.start_upload(&APP, Algorithm::SHA256).await.unwrap() });
    let id = begun.id().clone();
    drop(begun);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    assert!(Command::new("true").status().unwrap().success());
                }
            });
        }
        let resumed = alone(async {
            for _ in 0..1000 {
                fixture.store.resume_upload(&APP, &id).await?;
            }
            Ok::<_, wharf_registry::Error>(())
        });
        is_over.store(true, Ordering::Relaxed);
        resumed.unwrap();
    });
}

/// Runs on a runtime of its own, as in another process.
fn alone<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}
