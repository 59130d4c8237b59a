//! What fails, and what others do in the very moment in which it hurts most.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use wharf_registry::Digest;
use wharf_store::layout::REPOSITORY;
use wharf_store::layout::disk::{Access, Disk, File, Names, Stat, System};
use wharf_store::layout::fsck::{Fsck, Kind, Severity};

use crate::support::{Fixture, blob, lines, rewrite, snapshot};

/// What is done to a path before it is, or instead.
type Before = dyn Fn(&str, &Path) -> io::Result<()> + Send + Sync;

/// A disk that tells of each operation before it.
struct Told {
    below: System,
    before: Box<Before>,
}

impl Told {
    fn fsck(fixture: &Fixture, before: impl Fn(&str, &Path) -> io::Result<()> + Send + Sync + 'static) -> Fsck {
        let below = System::open(fixture.root()).unwrap();
        Fsck::open_on(Arc::new(Self { below, before: Box::new(before) })).unwrap()
    }
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Told")
    }
}

#[deny(clippy::missing_trait_methods)]
impl Disk for Told {
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
        (self.before)("stat", path)?;
        self.below.stat(path)
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        (self.before)("open", path)?;
        self.below.open(path, access)
    }

    fn list(&self, path: &Path) -> io::Result<Names> {
        (self.before)("list", path)?;
        self.below.list(path)
    }

    fn make_dir(&self, path: &Path) -> io::Result<()> {
        self.below.make_dir(path)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.below.link(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.below.rename(from, to)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        (self.before)("rename_new", from)?;
        self.below.rename_new(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.below.remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.below.remove_dir(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.below.sync_dir(path)
    }

    fn pause(&self, duration: Duration) {
        self.below.pause(duration);
    }
}

/// Does something before the n-th time that an operation is done to a path.
fn once(
    operation: &'static str,
    path: PathBuf,
    time: usize,
    act: impl Fn() + Send + Sync + 'static,
) -> impl Fn(&str, &Path) -> io::Result<()> + Send + Sync {
    let times = AtomicUsize::new(0);
    move |done, to| {
        if done == operation && to == path && times.fetch_add(1, Ordering::Relaxed) == time {
            act();
        }
        Ok(())
    }
}

/// Gives content right bytes again by a new file, as a push does.
fn heal(path: PathBuf, bytes: Vec<u8>) -> impl Fn() + Send + Sync {
    move || {
        fs::write(path.with_extension("new"), &bytes).unwrap();
        fs::rename(path.with_extension("new"), &path).unwrap();
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_told_with_its_cause_and_hides_nothing_else() {
    for fixture in [Fixture::layout().await, Fixture::directory().await] {
        let bad = blob(&Digest::of(&fixture.image.layers[0]));
        let broken = fixture.app().join("referrers");
        let paths = [bad.clone(), broken.clone()];
        let fsck = Told::fsck(&fixture, move |operation, path| match operation {
            "open" | "list" if paths.iter().any(|bad| path == bad) => Err(io::Error::from_raw_os_error(5)),
            _ => Ok(()),
        });
        let report = fsck.check().await.unwrap();
        let unreadable: Vec<_> = report
            .faults()
            .filter(|fault| matches!(fault.kind, Kind::Unreadable(_)))
            .map(|fault| &fault.path)
            .collect();
        assert_eq!(unreadable, [&bad, &broken], "{:#?}", report.findings);
        assert!(lines(&report, Severity::Fault)[0].contains("it cannot be read: cannot open "), "{report:#?}");
        // What cannot be read may be right.
        let before = snapshot(fixture.root());
        assert_eq!(fsck.quarantine(&report).await.unwrap(), []);
        assert_eq!(snapshot(fixture.root()), before);
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_listed_is_an_error() {
    let fixture = Fixture::directory().await;
    let fsck = Told::fsck(&fixture, |operation, path| match operation {
        "list" if path.as_os_str().is_empty() => Err(io::ErrorKind::PermissionDenied.into()),
        _ => Ok(()),
    });
    assert!(matches!(fsck.check().await, Err(wharf_store::Error::Io { step: "list", .. })));
}

#[tokio::test]
async fn content_that_is_healed_while_it_is_read_is_read_again() {
    let fixture = Fixture::layout().await;
    let digest = Digest::of(&fixture.image.layers[0]);
    let (path, right) = (fixture.path(blob(&digest)), fixture.image.layers[0].to_vec());
    rewrite(&path, b"wrong");
    // It is open, and was read: this is the look whether it is still the same.
    let fsck = Told::fsck(&fixture, once("stat", blob(&digest), 1, heal(path, right)));
    let report = fsck.check().await.unwrap();
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
}

#[tokio::test]
async fn content_that_is_healed_in_the_moment_of_its_renaming_gets_its_name_back() {
    let fixture = Fixture::layout().await;
    let digest = Digest::of(&fixture.image.layers[0]);
    let (path, right) = (fixture.path(blob(&digest)), fixture.image.layers[0].to_vec());
    rewrite(&path, b"wrong");
    let fsck = Told::fsck(&fixture, once("rename_new", blob(&digest), 0, heal(path.clone(), right.clone())));
    let report = fsck.check().await.unwrap();
    assert_eq!(fsck.quarantine(&report).await.unwrap(), []);
    assert_eq!(fs::read(path).unwrap(), right);
    assert_eq!(fixture.check().await.quarantine.files, 0);
}

#[tokio::test]
async fn a_manifest_that_is_deleted_while_it_is_looked_at_is_not_missed() {
    let fixture = Fixture::layout().await;
    let (store, image, note) = (&fixture.store, fixture.image.document(), &fixture.note);
    let layer = blob(&Digest::of(&fixture.image.layers[1]));
    let (index, path) = (fixture.path("index.json"), fixture.path(&layer));
    let before = fs::read_to_string(&index).unwrap();
    for manifest in [note, &image] {
        store.delete_manifest(&REPOSITORY, manifest.digest()).await.unwrap();
    }
    let after = fs::read_to_string(&index).unwrap();
    // As if all that happens only when a layer is looked for, which somebody then collects.
    fs::write(&index, before).unwrap();
    fs::write(fixture.path(blob(image.digest())), image.bytes()).unwrap();
    let act = move || {
        fs::write(&index, &after).unwrap();
        fs::remove_file(&path).unwrap();
    };
    // It was looked at before, when the directory was listed.
    let fsck = Told::fsck(&fixture, once("stat", layer, 1, act));
    let report = fsck.check().await.unwrap();
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
}
