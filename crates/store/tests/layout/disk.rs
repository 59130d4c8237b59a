//! What the store makes of a disk that is slow of understanding, and what it asks of one.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{fmt, io};

use wharf_registry::{Algorithm, Blob, Digest, ErrorCode, Read, Repository, Write};
use wharf_store::layout::disk::{Access, Disk, File, Lock, Names, Stat, System};
use wharf_store::layout::{Directory, Durability, Layout, REPOSITORY};

use crate::support::{age, files, put, read, tag};
use crate::upload::{pieces, refused};

/// Every operation is interrupted once before it is done, and few bytes go at a time; what is synced and read is counted.
#[derive(Debug)]
struct Slow<D> {
    below: D,
    asked: Arc<AtomicUsize>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    synced: AtomicUsize,
    /// In bytes.
    read: AtomicUsize,
    /// How many locks were taken without waiting.
    locked: AtomicUsize,
    /// Whether the disk fails to sync.
    is_broken: AtomicBool,
    /// Whether nothing can be written.
    is_full: AtomicBool,
    /// Whether all files that are open have one number, as files can that were there one after the other.
    has_one_number: AtomicBool,
    meanwhile: Meanwhile,
}

/// What others do before the next lock is taken.
#[derive(Default)]
struct Meanwhile(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meanwhile")
    }
}

impl Counts {
    /// What was synced and read since this was asked last.
    fn take(&self) -> (usize, usize) {
        (self.synced.swap(0, Ordering::Relaxed), self.read.swap(0, Ordering::Relaxed))
    }
}

impl<D> Slow<D> {
    fn over<E>(&self, below: E) -> Slow<E> {
        Slow { below, asked: Arc::clone(&self.asked), counts: Arc::clone(&self.counts) }
    }

    fn slowly<T>(&self, done: impl FnOnce(&D) -> io::Result<T>) -> io::Result<T> {
        match self.asked.fetch_add(1, Ordering::Relaxed) % 2 {
            0 => Err(io::ErrorKind::Interrupted.into()),
            _ => done(&self.below),
        }
    }

    fn count<T>(&self, synced: io::Result<T>) -> io::Result<T> {
        if synced.is_ok() && self.counts.is_broken.load(Ordering::Relaxed) {
            return Err(io::Error::other("what was written is lost"));
        }
        self.counts.synced.fetch_add(usize::from(synced.is_ok()), Ordering::Relaxed);
        synced
    }
}

#[deny(clippy::missing_trait_methods)]
impl Disk for Slow<System> {
    fn root(&self) -> &Path {
        self.below.root()
    }

    fn known(&self, path: &Path) -> Option<Stat> {
        self.below.known(path)
    }

    fn known_open(&self, path: &Path) -> Option<Stat> {
        self.below.known_open(path)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        self.slowly(|below| below.stat(path))
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        self.slowly(|below| Ok(Box::new(self.over(below.open(path, access)?)) as Box<dyn File>))
    }

    fn list(&self, path: &Path) -> io::Result<Names> {
        self.slowly(|below| below.list(path))
    }

    fn make_dir(&self, path: &Path) -> io::Result<()> {
        self.slowly(|below| below.make_dir(path))
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.slowly(|below| below.link(from, to))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.slowly(|below| below.rename(from, to))
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.slowly(|below| below.rename_new(from, to))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.slowly(|below| below.remove_file(path))
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.slowly(|below| below.remove_dir(path))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.count(self.slowly(|below| below.sync_dir(path)))
    }

    fn pause(&self, duration: Duration) {
        self.below.pause(duration);
    }
}

#[deny(clippy::missing_trait_methods)]
impl File for Slow<Box<dyn File>> {
    fn stat(&self) -> io::Result<Stat> {
        let stat = self.slowly(|below| below.stat())?;
        let one = self.counts.has_one_number.load(Ordering::Relaxed);
        Ok(if one { Stat { id: Some((1, 1)), ..stat } } else { stat })
    }

    fn read_at(&self, offset: u64, bytes: &mut Vec<u8>) -> io::Result<usize> {
        let mut few = Vec::with_capacity((bytes.capacity() - bytes.len()).min(7));
        let read = self.slowly(|below| below.read_at(offset, &mut few));
        bytes.extend_from_slice(&few);
        self.counts.read.fetch_add(few.len(), Ordering::Relaxed);
        read
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        if self.counts.is_full.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.slowly(|below| below.write_at(offset, &bytes[..bytes.len().min(7)]))
    }

    fn begin_sync(&self, offset: u64, length: u64) {
        self.below.begin_sync(offset, length);
    }

    fn set_mode(&self, mode: u32) -> io::Result<()> {
        self.slowly(|below| below.set_mode(mode))
    }

    fn sync(&self) -> io::Result<()> {
        self.count(self.slowly(|below| below.sync()))
    }

    fn lock(&self, lock: Lock) -> io::Result<()> {
        self.slowly(|below| below.lock(lock))
    }

    fn try_lock(&self, lock: Lock) -> io::Result<bool> {
        let meanwhile = self.counts.meanwhile.0.lock().unwrap().take();
        meanwhile.into_iter().for_each(|meanwhile| meanwhile());
        let locked = self.slowly(|below| below.try_lock(lock));
        self.counts.locked.fetch_add(usize::from(matches!(locked, Ok(true))), Ordering::Relaxed);
        locked
    }
}

fn slow(root: &Path) -> Slow<System> {
    Slow { below: System::open(root).unwrap(), asked: Arc::default(), counts: Arc::default() }
}

#[tokio::test]
async fn what_is_interrupted_or_short_is_gone_on_with() {
    let root = tempfile::tempdir().unwrap();
    let store = Layout::create_on(Arc::new(slow(root.path()))).unwrap();
    let content = "a line that no disk takes at once\n".repeat(1000);
    let digest = Digest::of(content.as_bytes());
    store.put_blob(&REPOSITORY, Blob::from_bytes(content.clone())).await.unwrap();
    put(&store, "note", &["v1"]).await;

    let plain = Layout::open(root.path()).unwrap();
    for store in [&store, &plain] {
        assert_eq!(read(store, &REPOSITORY, &digest).await.unwrap(), content.as_bytes());
        store.resolve(&REPOSITORY, &tag("v1").into()).await.unwrap();
    }
}

#[tokio::test]
async fn only_power_cuts_are_waited_for() {
    let root = tempfile::tempdir().unwrap();
    let disk = slow(root.path());
    let counts = Arc::clone(&disk.counts);
    let store = Directory::create_on(Arc::new(disk)).unwrap();
    let put = async |durability, content: &str| {
        counts.take();
        let (store, repository) = (store.clone().with_durability(durability), Repository::from_static("app"));
        store.put_blob(&repository, Blob::from_bytes(content.to_owned())).await.unwrap();
        counts.take().0
    };
    assert_eq!(put(Durability::Process, "one").await, 0);
    assert!(put(Durability::Power, "first").await > 3, "and whatever this process does not know to be durable");
    assert_eq!(put(Durability::Power, "two").await, 3, "its bytes, its name, and its link");
}

/// What is read of a layout before content is shown in it, in bytes.
const HEADER: usize = r#"{"imageLayoutVersion":"1.0.0"}"#.len();

/// How far an upload has come is told only when it is durable; and no more is waited for, or read, than that needs.
#[tokio::test]
async fn an_upload_waits_for_the_disk_and_reads_nothing_that_was_written_here() {
    let root = tempfile::tempdir().unwrap();
    let disk = slow(root.path());
    let counts = Arc::clone(&disk.counts);
    let store = Layout::create_on(Arc::new(disk)).unwrap();
    let mut upload = store.start_upload(&REPOSITORY, Algorithm::SHA256).await.unwrap();
    let id = upload.id().clone();
    counts.take();
    upload.append(pieces("hel")).await.unwrap();
    assert_eq!(counts.take(), (2, 0), "its bytes and its name");
    upload.append(pieces("lo")).await.unwrap();
    assert_eq!(counts.take(), (1, 0));
    drop(upload);
    for _ in 0..2 {
        drop(store.resume_upload(&REPOSITORY, &id).await.unwrap());
    }
    assert_eq!(counts.take(), (0, 0), "it was left as it is");
    let mut upload = store.resume_upload(&REPOSITORY, &id).await.unwrap();
    upload.append(pieces("!")).await.unwrap();
    upload.commit(&Digest::of(b"hello!")).await.unwrap();
    assert_eq!(counts.take().1, HEADER, "it was hashed on its way");

    let mut upload = store.start_upload(&REPOSITORY, Algorithm::SHA256).await.unwrap();
    upload.append(pieces("hello")).await.unwrap();
    let id = upload.id().clone();
    drop(upload);
    let restarted = store.clone().with_durability(Durability::Power);
    counts.take();
    drop(restarted.resume_upload(&REPOSITORY, &id).await.unwrap());
    assert_eq!(counts.take(), (2, 0), "whoever wrote it may not have waited");
    let upload = restarted.resume_upload(&REPOSITORY, &id).await.unwrap();
    assert_eq!(counts.take(), (0, 0));
    upload.commit(&Digest::of(b"hello")).await.unwrap();
    assert_eq!(counts.take().1, 5 + HEADER, "what counts is what is on the disk");

    let hasty = store.with_durability(Durability::Process);
    let mut upload = hasty.start_upload(&REPOSITORY, Algorithm::SHA256).await.unwrap();
    upload.append(pieces("other")).await.unwrap();
    upload.commit(&Digest::of(b"other")).await.unwrap();
    assert_eq!(counts.take(), (0, HEADER));
}

/// What they have locked is not what others will find.
#[tokio::test]
async fn a_session_whose_file_is_replaced_while_it_is_taken_up_is_over() {
    let root = tempfile::tempdir().unwrap();
    let disk = slow(root.path());
    let counts = Arc::clone(&disk.counts);
    let store = Layout::create_on(Arc::new(disk)).unwrap();
    let mut upload = store.start_upload(&REPOSITORY, Algorithm::SHA256).await.unwrap();
    upload.append(pieces("hello")).await.unwrap();
    let (id, file) = (upload.id().clone(), files(&root.path().join("ingest")).remove(0));
    drop(upload);
    let replace = move || {
        let copy = file.with_extension("copy");
        std::fs::copy(&file, &copy).unwrap();
        std::fs::rename(&copy, &file).unwrap();
    };
    *counts.meanwhile.0.lock().unwrap() = Some(Box::new(replace));
    assert_eq!(refused(&store, &REPOSITORY, &id).await, ErrorCode::BLOB_UPLOAD_UNKNOWN);
}

/// Nobody knows what is in a file that could not be synced, whatever the disk says at the second try.
#[tokio::test]
async fn an_upload_that_does_not_get_to_the_disk_is_over() {
    let root = tempfile::tempdir().unwrap();
    let disk = slow(root.path());
    let counts = Arc::clone(&disk.counts);
    let store = Layout::create_on(Arc::new(disk)).unwrap();
    for (broken, restarted) in [(&counts.is_broken, false), (&counts.is_broken, true), (&counts.is_full, false)] {
        let mut upload = store.start_upload(&REPOSITORY, Algorithm::SHA256).await.unwrap();
        let id = upload.id().clone();
        upload.append(pieces("hel")).await.unwrap();
        broken.store(true, Ordering::Relaxed);
        let failed = match restarted {
            false => upload.append(pieces("lo")).await.map(drop),
            true => {
                drop(upload);
                store.clone().with_durability(Durability::Power).resume_upload(&REPOSITORY, &id).await.map(drop)
            }
        };
        broken.store(false, Ordering::Relaxed);
        assert_eq!(*failed.unwrap_err().code(), ErrorCode::UNAVAILABLE);
        assert_eq!(refused(&store, &REPOSITORY, &id).await, ErrorCode::BLOB_UPLOAD_UNKNOWN);
        assert!(files(&root.path().join("ingest")).is_empty());
    }
}

/// What cannot be synced is lost, and its number with it for as long as the file is there; then other files get it.
#[tokio::test]
async fn the_number_of_a_file_that_was_lost_is_that_of_others_later() {
    let root = tempfile::tempdir().unwrap();
    let disk = slow(root.path());
    let counts = Arc::clone(&disk.counts);
    let store = Layout::create_on(Arc::new(disk)).unwrap();
    counts.has_one_number.store(true, Ordering::Relaxed);
    counts.is_broken.store(true, Ordering::Relaxed);
    store.put_blob(&REPOSITORY, Blob::from_bytes("lost")).await.unwrap_err();
    counts.is_broken.store(false, Ordering::Relaxed);
    store.put_blob(&REPOSITORY, Blob::from_bytes("other")).await.unwrap();
}

/// Somebody goes on with a session right before it is given up.
#[tokio::test]
async fn a_session_that_is_gone_on_with_before_it_is_given_up_stays() {
    let root = tempfile::tempdir().unwrap();
    let disk = slow(root.path());
    let counts = Arc::clone(&disk.counts);
    let store = Layout::create_on(Arc::new(disk)).unwrap();
    let id = store.start_upload(&REPOSITORY, Algorithm::SHA256).await.unwrap().id().clone();
    age(&files(&root.path().join("ingest"))[0], 25);
    let day = std::time::Duration::from_secs(24 * 60 * 60);
    let (other, resumed) = (Layout::open(root.path()).unwrap().with_upload_timeout(2 * day), id.clone());
    let goes_on = async move {
        let mut upload = other.resume_upload(&REPOSITORY, &resumed).await.unwrap();
        upload.append(pieces("hello")).await.unwrap();
    };
    let run = || tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(goes_on);
    *counts.meanwhile.0.lock().unwrap() = Some(Box::new(run));
    store.start_upload(&REPOSITORY, Algorithm::SHA256).await.unwrap().cancel().await.unwrap();
    assert_eq!(store.resume_upload(&REPOSITORY, &id).await.unwrap().offset(), 5);
}

/// Or whoever comes at that moment would be refused.
#[tokio::test]
async fn a_session_that_is_not_old_is_not_locked_by_who_begins_another() {
    let root = tempfile::tempdir().unwrap();
    let disk = slow(root.path());
    let counts = Arc::clone(&disk.counts);
    let store = Layout::create_on(Arc::new(disk)).unwrap();
    for _ in 0..3 {
        drop(store.start_upload(&REPOSITORY, Algorithm::SHA256).await.unwrap());
    }
    counts.locked.store(0, Ordering::Relaxed);
    drop(store.start_upload(&REPOSITORY, Algorithm::SHA256).await.unwrap());
    assert_eq!(counts.locked.load(Ordering::Relaxed), 1, "its own");
}

/// Whoever opens a session's file, and gets its lock when the session has ended, has no session: what they would append to
/// can be the file of some content.
#[tokio::test]
async fn a_session_that_ends_while_it_is_taken_up_is_over() {
    let digest = Digest::of(b"hello");
    for commits in [true, false] {
        let root = tempfile::tempdir().unwrap();
        let disk = slow(root.path());
        let counts = Arc::clone(&disk.counts);
        let store = Layout::create_on(Arc::new(disk)).unwrap();
        let mut upload = store.start_upload(&REPOSITORY, Algorithm::SHA256).await.unwrap();
        upload.append(pieces("hello")).await.unwrap();
        let (id, other, digest) = (upload.id().clone(), Layout::open(root.path()).unwrap(), digest.clone());
        drop(upload);
        let ended = id.clone();
        let end = async move {
            let upload = other.resume_upload(&REPOSITORY, &ended).await.unwrap();
            match commits {
                true => drop(upload.commit(&digest).await.unwrap()),
                false => upload.cancel().await.unwrap(),
            }
        };
        let run = || tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(end);
        *counts.meanwhile.0.lock().unwrap() = Some(Box::new(run));
        assert_eq!(refused(&store, &REPOSITORY, &id).await, ErrorCode::BLOB_UPLOAD_UNKNOWN);
        assert!(counts.meanwhile.0.lock().unwrap().is_none(), "it has ended meanwhile");
        assert!(files(&root.path().join("ingest")).is_empty());
    }
}
