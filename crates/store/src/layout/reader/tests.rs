#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test, and all data here is its own"
)]

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use futures_util::{StreamExt, TryStreamExt};
use wharf_registry::Algorithm;

use super::super::blobs::Blobs;
use super::super::disk::System;
use super::super::durability::Durability;
use super::super::files::Files;
use super::super::root::Shape;
use super::super::seen::system_time;
use super::*;
use crate::{Cas, Ingest};

/// Content of a pool of its own, in whose eyes every change is long ago.
struct Fixture {
    root: Arc<Root>,
    blobs: Blobs,
    directory: tempfile::TempDir,
}

/// The bytes that come, and whether they end cleanly.
type Outcome = (Vec<u8>, bool);

impl Fixture {
    fn new() -> Self {
        Self::with_clock(|| system_time() + Duration::from_secs(24 * 60 * 60))
    }

    fn with_clock(now: fn() -> SystemTime) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join("blobs/sha256")).unwrap();
        let files = Files::new(Arc::new(System::open(directory.path()).unwrap()), Durability::Power);
        let root = Root::with_clock(files, Shape::Single, now);
        Self { blobs: Blobs::new(Arc::clone(&root)), root, directory }
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.directory.path().join("blobs/sha256").join(digest.encoded().to_string())
    }

    /// Content that is right, and its digest.
    fn content(&self, size: usize) -> (Vec<u8>, Digest) {
        let content: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
        let digest = Digest::of(&content);
        fs::write(self.path(&digest), &content).unwrap();
        (content, digest)
    }

    async fn read(&self, digest: &Digest) -> Option<Outcome> {
        Some(drained(self.blobs.read(digest).await.unwrap()?).await)
    }

    fn is_recorded(&self, digest: &Digest) -> bool {
        let seen = Seen::of(&self.root.files().stat(&place(pool(), digest).unwrap()).unwrap().unwrap()).unwrap();
        self.root.verified().holds(digest, &seen)
    }

    /// Other bytes of the same size in the same file, with the same time of modification.
    fn spoil(&self, digest: &Digest) {
        let path = self.path(digest);
        let before = fs::metadata(&path).unwrap();
        fs::write(&path, vec![0xff; before.len() as usize]).unwrap();
        fs::File::options().write(true).open(&path).unwrap().set_modified(before.modified().unwrap()).unwrap();
    }
}

async fn drained(mut blob: Blob) -> Outcome {
    let mut bytes = Vec::new();
    while let Some(piece) = blob.next().await {
        match piece {
            Ok(piece) => bytes.extend_from_slice(&piece),
            Err(_) => return (bytes, false),
        }
    }
    (bytes, true)
}

/// Less than is kept, more than is kept, and several pieces.
const SIZES: [usize; 4] = [1, 1000, (SMALL + 1) as usize, 700_000];

#[tokio::test]
async fn what_was_read_once_is_recorded_and_the_same_again() {
    for size in SIZES {
        let fixture = Fixture::new();
        let (content, digest) = fixture.content(size);
        for _ in 0..3 {
            assert_eq!(fixture.read(&digest).await, Some((content.clone(), true)));
            assert!(fixture.is_recorded(&digest), "{size} bytes");
        }
        let kept = fixture.root.verified().get(&digest).unwrap().bytes;
        assert_eq!(kept.is_some(), size as u64 <= SMALL);
    }
}

/// Or whoever asks before they push would be told that it is there, and nobody would ever heal it.
#[tokio::test]
async fn wrong_content_is_absent_from_when_it_is_read_until_somebody_brings_it() {
    type Damage = fn(&Fixture, &Digest);
    let cut: Damage = |fixture, digest| {
        let file = fs::File::options().write(true).open(fixture.path(digest)).unwrap();
        file.set_len(file.metadata().unwrap().len() - 1).unwrap();
    };
    for (size, damage) in SIZES[1..].iter().flat_map(|size| [(*size, cut), (*size, Fixture::spoil as Damage)]) {
        let fixture = Fixture::new();
        let (content, digest) = fixture.content(size);
        assert!(fixture.read(&digest).await.unwrap().1);
        damage(&fixture, &digest);
        assert!(fixture.blobs.stat(&digest).await.unwrap().is_some(), "nobody knows");
        assert!(!fixture.read(&digest).await.unwrap().1);
        assert_eq!(fixture.blobs.stat(&digest).await.unwrap(), None, "{size} bytes");

        let mut ingest = fixture.blobs.ingest(Algorithm::SHA256).await.unwrap();
        ingest.write(vec![content.clone().into()]).await.unwrap();
        ingest.commit(&digest).await.unwrap();
        assert_eq!(fixture.blobs.stat(&digest).await.unwrap(), Some(size as u64));
        assert_eq!(fixture.read(&digest).await, Some((content, true)));
    }
}

/// A disk can read what is right as something else, once.
#[tokio::test]
async fn content_that_was_wrong_and_is_right_is_there() {
    for size in SIZES {
        let fixture = Fixture::new();
        let (content, digest) = fixture.content(size);
        let file = fixture.root.files().open(&place(pool(), &digest).unwrap()).unwrap().unwrap();
        let refute = || fixture.root.verified().refute(&digest, Seen::of(&file.stat().unwrap()).unwrap());
        refute();
        assert_eq!(fixture.blobs.stat(&digest).await.unwrap(), None);
        assert_eq!(fixture.read(&digest).await, Some((content.clone(), true)));
        assert_eq!(fixture.blobs.stat(&digest).await.unwrap(), Some(size as u64), "it was read");

        refute();
        let mut ingest = fixture.blobs.ingest(Algorithm::SHA256).await.unwrap();
        ingest.write(vec![content.into()]).await.unwrap();
        ingest.commit(&digest).await.unwrap();
        assert_eq!(fixture.blobs.stat(&digest).await.unwrap(), Some(size as u64), "it was compared");
    }
}

#[tokio::test]
async fn wrong_content_is_never_recorded() {
    for size in SIZES {
        let fixture = Fixture::new();
        let (_, digest) = fixture.content(size);
        fixture.spoil(&digest);
        for _ in 0..2 {
            assert!(!fixture.read(&digest).await.unwrap().1, "{size} bytes");
            assert!(!fixture.is_recorded(&digest));
        }
    }
}

/// Whatever happens to the file, what was recorded of it is not believed of what is there now.
#[tokio::test]
async fn a_file_that_changed_is_verified_anew() {
    for size in SIZES {
        let fixture = Fixture::new();
        let (content, digest) = fixture.content(size);
        let path = fixture.path(&digest);
        assert!(fixture.read(&digest).await.unwrap().1);

        fixture.spoil(&digest);
        assert!(!fixture.read(&digest).await.unwrap().1, "{size} bytes, written in place");

        let other = fixture.directory.path().join("other");
        fs::write(&other, &content).unwrap();
        fs::rename(&other, &path).unwrap();
        assert_eq!(fixture.read(&digest).await, Some((content.clone(), true)), "healed");
        fs::write(&other, vec![0xff; size]).unwrap();
        fs::File::options()
            .write(true)
            .open(&other)
            .unwrap()
            .set_modified(fs::metadata(&path).unwrap().modified().unwrap())
            .unwrap();
        fs::rename(&other, &path).unwrap();
        assert!(!fixture.read(&digest).await.unwrap().1, "{size} bytes, replaced");

        fs::write(&path, &content).unwrap();
        assert!(fixture.read(&digest).await.unwrap().1);
        fs::File::options().write(true).open(&path).unwrap().set_len(size as u64 - 1).unwrap();
        let cut = fixture.read(&digest).await;
        assert!(cut.is_none_or(|(_, ended)| !ended), "{size} bytes, cut");

        fs::write(&path, &content).unwrap();
        assert!(fixture.read(&digest).await.unwrap().1);
        fs::remove_file(&path).unwrap();
        assert_eq!(fixture.read(&digest).await, None, "gone");
        assert_eq!(fixture.blobs.stat(&digest).await.unwrap(), None);
        std::os::unix::fs::symlink(&other, &path).unwrap();
        assert_eq!(fixture.read(&digest).await, None, "a link is not followed");
    }
}

#[tokio::test]
async fn a_change_of_this_moment_is_not_recorded() {
    let fixture = Fixture::with_clock(|| SystemTime::UNIX_EPOCH);
    for size in SIZES {
        let (content, digest) = fixture.content(size);
        assert_eq!(fixture.read(&digest).await, Some((content, true)));
        assert!(!fixture.is_recorded(&digest));
    }
}

/// A change right before the reading could hide another one during it, however long that takes.
#[tokio::test]
async fn a_file_that_had_just_changed_is_not_recorded_later() {
    static LOOKS: AtomicU32 = AtomicU32::new(0);
    let fixture = Fixture::with_clock(|| match LOOKS.fetch_add(1, Ordering::Relaxed) {
        0 => SystemTime::UNIX_EPOCH,
        _ => system_time() + Duration::from_secs(24 * 60 * 60),
    });
    let (_, digest) = fixture.content(700_000);
    assert!(fixture.read(&digest).await.unwrap().1);
    assert!(!fixture.is_recorded(&digest));
    assert!(fixture.read(&digest).await.unwrap().1);
    assert!(fixture.is_recorded(&digest));
}

#[tokio::test]
async fn what_is_not_read_to_its_end_is_not_recorded() {
    let fixture = Fixture::new();
    let (_, digest) = fixture.content(700_000);
    let mut blob = fixture.blobs.read(&digest).await.unwrap().unwrap();
    blob.try_next().await.unwrap().unwrap();
    drop(blob);
    assert!(!fixture.is_recorded(&digest));
    let unverified = fixture.blobs.read(&digest).await.unwrap().unwrap().into_unverified().1;
    unverified.try_collect::<Vec<_>>().await.unwrap();
    assert!(!fixture.is_recorded(&digest), "nobody verified it");
}

/// What was verified is not hashed again; so a change while it is read must be seen in another way.
#[tokio::test]
async fn a_file_that_is_written_to_while_it_is_read_does_not_end_cleanly() {
    let fixture = Fixture::new();
    let (content, digest) = fixture.content(3_000_000);
    assert!(fixture.read(&digest).await.unwrap().1);
    let mut blob = fixture.blobs.read(&digest).await.unwrap().unwrap();
    let first = blob.try_next().await.unwrap().unwrap();
    fs::write(fixture.path(&digest), vec![0xff; content.len()]).unwrap();
    let (_, ended) = drained(blob).await;
    assert!(!ended, "after {} bytes", first.len());
}

/// Mounting in another repository is another name, and no change of the content.
#[tokio::test]
async fn another_name_is_no_change_to_who_reads() {
    let fixture = Fixture::new();
    let (content, digest) = fixture.content(3_000_000);
    assert!(fixture.read(&digest).await.unwrap().1);
    let mut blob = fixture.blobs.read(&digest).await.unwrap().unwrap();
    let first = blob.try_next().await.unwrap().unwrap();
    fs::hard_link(fixture.path(&digest), fixture.directory.path().join("link")).unwrap();
    let (rest, ended) = drained(blob).await;
    assert!(ended);
    assert_eq!([&first[..], &rest].concat(), content);
    assert!(!fixture.is_recorded(&digest), "its time of change is another, so the next one verifies it");
    assert!(fixture.read(&digest).await.unwrap().1);
    assert!(fixture.is_recorded(&digest));
}

#[tokio::test]
async fn an_empty_file_is_nothing_but_the_content_without_bytes() {
    let fixture = Fixture::new();
    let (nothing, digest) = fixture.content(0);
    assert_eq!(fixture.read(&digest).await, Some((nothing, true)));
    assert_eq!(fixture.read(&digest).await, Some((Vec::new(), true)));
    let (_, digest) = fixture.content(10);
    fs::write(fixture.path(&digest), "").unwrap();
    assert_eq!(fixture.read(&digest).await, None);
}
