//! What only stores on disk can do: several processes, files of others, damage.

use std::fs;
use std::path::{Path, PathBuf};

use futures_util::TryStreamExt;
use wharf_registry::{Delete, Digest, List, Policy, Read, Write};
use wharf_store::collect::{Collector, Lease, Options, Reason, Stop};
use wharf_store::layout::{Blobs, Directory, Layout, Names};
use wharf_store::{Error, Store};

use crate::hooked::{Before, Hooked};
use crate::support::{
    APP, HOUR, OTHER, about, because, collector, condemned, digest, image, index, no_grace, plan, pull, put, put_blob,
    put_image, read, run,
};

type Disk = Store<Blobs, Names>;

pub(crate) fn layout() -> (tempfile::TempDir, Disk) {
    let directory = tempfile::tempdir().unwrap();
    let store = Layout::create(directory.path()).unwrap();
    (directory, store)
}

pub(crate) fn directory() -> (tempfile::TempDir, Disk) {
    let directory = tempfile::tempdir().unwrap();
    let store = Directory::create(directory.path()).unwrap();
    (directory, store)
}

pub(crate) fn place(layout: &Path, digest: &Digest) -> PathBuf {
    layout.join("blobs").join(digest.algorithm().as_str()).join(digest.encoded().to_string())
}

/// Where the one repository of a directory is.
pub(crate) fn repository(root: &Path) -> PathBuf {
    root.join("repositories/layout/_oci")
}

/// Another opening of the same layout stands for another process: they share nothing but the disk.
#[tokio::test]
async fn r5_what_another_process_swept_is_gone_here_as_well() {
    let (directory, store) = layout();
    let other = Layout::open(directory.path()).unwrap();
    put_blob(&store, "garbage").await;
    assert_eq!(read(&store, &digest("garbage")).await.unwrap(), b"garbage", "it is known now");
    run(&other, 1000, &no_grace()).await;
    assert!(store.stat_blob(&APP, &digest("garbage")).await.unwrap_err().is_not_found());
    assert!(store.blob(&APP, &digest("garbage")).await.unwrap_err().is_not_found());
    // So nobody is told that it need not be pushed again.
    put_blob(&store, "garbage").await;
    put(&store, &image("garbage"), &["t"]).await.unwrap();
    pull(&other, "t", "garbage").await;
}

#[tokio::test]
async fn r11_another_process_pushes_and_leases_while_this_one_collects() {
    let (directory, store) = directory();
    let other = Directory::open(directory.path()).unwrap();
    for step in [Before::Roots, Before::Condemn, Before::Sweep] {
        put_blob(&store, "pushed").await;
        put_blob(&store, "held").await;
        let (hooked, hooks) = Hooked::over(&store);
        let mut lease = other.lease(&APP).await.unwrap();
        let pusher = other.clone();
        let (give, take) = std::sync::mpsc::channel();
        hooks.add(step, async move {
            put(&pusher, &image("pushed"), &["t"]).await.unwrap();
            assert!(lease.hold(&digest("held")).await.unwrap());
            assert!(matches!(Collector::begin(&pusher).await, Err(Error::Collecting)), "one at a time");
            give.send(lease).unwrap();
        });
        run(&hooked, 1000, &no_grace()).await;
        hooks.are_done();
        pull(&other, "t", "pushed").await;
        assert_eq!(read(&other, &digest("held")).await.unwrap(), b"held", "before {step:?}");
        drop(take.recv().unwrap());
        store.delete_manifest(&APP, image("pushed").digest()).await.unwrap();
    }
}

/// It ended without a chance to let go.
#[tokio::test]
async fn the_lease_of_a_process_that_ended_holds_nothing() {
    let (directory, store) = layout();
    put_blob(&store, "held").await;
    let leases = directory.path().join("leases");
    fs::create_dir(&leases).unwrap();
    fs::write(leases.join("wharf-0123"), format!("{}\n", digest("held"))).unwrap();
    assert_eq!(run(&store, 1000, &no_grace()).await.repositories.swept.items, 1);
    assert_eq!(fs::read_dir(&leases).unwrap().count(), 0, "it was removed");
}

#[tokio::test]
async fn condemned_content_is_a_rename_away() {
    let (directory, store) = layout();
    put_blob(&store, "garbage").await;
    run(&store, 25, &Options::default()).await;
    assert!(!place(directory.path(), &digest("garbage")).exists());
    let epochs: Vec<_> = fs::read_dir(directory.path().join("trash")).unwrap().map(|it| it.unwrap().path()).collect();
    let name = digest("garbage").to_string().replace(':', "-");
    assert_eq!(fs::read(epochs[0].join(name)).unwrap(), b"garbage");
    store.stat_blob(&APP, &digest("garbage")).await.unwrap();
    assert_eq!(fs::read(place(directory.path(), &digest("garbage"))).unwrap(), b"garbage");
    run(&store, 1000, &no_grace()).await;
    assert!(!directory.path().join("trash").exists(), "nothing is left of it");
}

/// A collection that was killed left it behind, long ago.
#[tokio::test]
async fn r10_what_old_epochs_left_behind_goes() {
    let (directory, store) = directory();
    put_image(&store, "kept", &["t"]).await;
    for layout in [repository(directory.path()), directory.path().to_path_buf()] {
        let epoch = layout.join("trash/1000");
        fs::create_dir_all(&epoch).unwrap();
        fs::write(epoch.join(digest("left").to_string().replace(':', "-")), "left").unwrap();
        fs::create_dir_all(layout.join("trash/2000")).unwrap();
        // This is nobody's of ours.
        fs::create_dir_all(layout.join("trash/notes")).unwrap();
    }
    let seen = plan(&store, 0, &Options::default()).await;
    assert_eq!(seen.repositories[0].sweep[0].reason.to_string(), "it was condemned in 1000");
    let report = run(&store, 0, &Options::default()).await;
    assert_eq!((report.repositories.swept.bytes, report.pool.swept.bytes), (4, 4));
    for layout in [repository(directory.path()), directory.path().to_path_buf()] {
        assert_eq!(fs::read_dir(layout.join("trash")).unwrap().count(), 1, "but for the notes");
    }
}

/// The index names it, and its bytes did not survive a power cut: what it needed is not known.
#[tokio::test]
async fn r12_a_manifest_that_lost_its_bytes_stops_its_repository() {
    for bytes in ["", "{}", "other bytes of a length that is another one"] {
        let (directory, store) = layout();
        let damaged = put_image(&store, "image", &["t"]).await;
        let path = place(directory.path(), damaged.digest());
        fs::remove_file(&path).unwrap();
        fs::write(&path, bytes).unwrap();
        let report = run(&store, 1000, &no_grace()).await;
        assert!(matches!(&report.stopped[..], [(_, Stop::Manifest { .. })]), "{bytes:?}: {report:?}");
        assert_eq!(read(&store, &digest("image")).await.unwrap(), b"image");
    }
}

#[tokio::test]
async fn r12_an_index_that_cannot_be_read_stops_its_repository() {
    let (directory, store) = directory();
    put_blob(&store, "layer").await;
    store.mount(&OTHER, &digest("layer"), &APP).await.unwrap();
    fs::write(repository(directory.path()).join("index.json"), "{").unwrap();
    let report = run(&store, 1000, &no_grace()).await;
    assert!(
        matches!(&report.stopped[..], [(Some(repository), Stop::Storage(Error::Corrupt { .. }))] if *repository == APP)
    );
    assert_eq!(report.repositories.swept.items, 1, "the other repository is collected");
    assert_eq!(read(&store, &digest("layer")).await.unwrap(), b"layer");

    fs::write(repository(directory.path()).join("index.json"), r#"{"schemaVersion":2,"manifests":["what?"]}"#).unwrap();
    let report = run(&store, 1000, &no_grace()).await;
    assert!(matches!(&report.stopped[..], [(_, Stop::Record)]));
}

/// Another tool wrote an index that names what was condemned: it never asked.
#[tokio::test]
async fn r6_what_another_tool_names_comes_back() {
    let (directory, store) = layout();
    put_image(&store, "image", &["t"]).await;
    let index = fs::read(directory.path().join("index.json")).unwrap();
    store.delete_manifest(&APP, image("image").digest()).await.unwrap();
    put(&store, &image("image"), &[]).await.unwrap();
    run(&store, 1000, &Options::default().with_untagged(HOUR)).await;
    assert!(!place(directory.path(), &digest("image")).exists());
    fs::write(directory.path().join("index.json"), index).unwrap();
    assert_eq!(run(&store, 1100, &Options::default()).await.repositories.swept.items, 0);
    assert_eq!(fs::read(place(directory.path(), &digest("image"))).unwrap(), b"image");
    pull(&store, "t", "image").await;
}

/// Content that another tool writes is there before it is named, and may be old by the time that is in its file.
#[tokio::test]
async fn r13_content_with_an_old_time_is_as_young_as_its_place() {
    let (directory, store) = layout();
    let content = place(directory.path(), &digest("copied"));
    fs::create_dir_all(content.parent().unwrap()).unwrap();
    fs::write(&content, "copied").unwrap();
    let then = std::time::SystemTime::UNIX_EPOCH + HOUR;
    fs::File::options().write(true).open(&content).unwrap().set_modified(then).unwrap();
    assert_eq!(condemned(&plan(&store, 23, &Options::default()).await), because([]));
    let garbage = because([(digest("copied"), Reason::Unreferenced)]);
    assert_eq!(condemned(&plan(&store, 25, &Options::default()).await), garbage);
}

/// Entries of others without a tag are known to somebody by what they noted.
#[tokio::test]
async fn what_others_noted_is_a_name() {
    let (directory, store) = layout();
    let image = put_image(&store, "image", &[]).await;
    let path = directory.path().join("index.json");
    let index = fs::read_to_string(&path).unwrap();
    let noted = index.replace(r#""size":"#, r#""annotations":{"io.example.name":"mine"},"size":"#);
    assert_ne!(index, noted);
    fs::write(&path, noted).unwrap();
    run(&store, 1000, &no_grace().with_untagged(HOUR)).await;
    assert_eq!(store.manifest(&APP, &image.digest().clone().into()).await.unwrap(), image);
}

/// With its record goes the mention among the referrers.
#[tokio::test]
async fn an_untagged_referrer_leaves_no_trace() {
    let (directory, store) = layout();
    put_blob(&store, "note").await;
    put(&store, &about("note", &image("nowhere")), &[]).await.unwrap();
    assert_eq!(fs::read_dir(directory.path().join("referrers")).unwrap().count(), 1);
    run(&store, 1000, &no_grace().with_untagged(HOUR)).await;
    assert_eq!(fs::read_dir(directory.path().join("referrers")).unwrap().count(), 0);
    assert!(!fs::read_to_string(directory.path().join("index.json")).unwrap().contains("sha256:"));
}

fn referrers(directory: &tempfile::TempDir) -> usize {
    fs::read_dir(directory.path().join("referrers")).unwrap().count()
}

/// A child of an index can be a referrer, and has no record of its own.
#[tokio::test]
async fn a_referrer_that_was_never_recorded_leaves_no_trace() {
    let (directory, store) = layout();
    let note = about("note", &image("nowhere"));
    let all = index(&[&note]);
    let push = async || {
        put_blob(&store, "note").await;
        put(&store, &note, &[]).await.unwrap();
        put(&store, &all, &["all"]).await.unwrap();
        assert!(!fs::read_to_string(directory.path().join("index.json")).unwrap().contains(&note.digest().to_string()));
        assert_eq!(referrers(&directory), 1);
    };
    push().await;
    empty(directory.path());
    run(&store, 1000, &no_grace()).await;
    assert_eq!(referrers(&directory), 0, "it was collected");
    push().await;
    store.delete_blob(&APP, note.digest()).await.unwrap();
    assert_eq!(referrers(&directory), 0, "it was deleted");
    push().await;
    store.delete_manifest(&APP, note.digest()).await.unwrap();
    assert_eq!(referrers(&directory), 0, "it was deleted as what it is");
}

/// Whoever asks for it while it is condemned gets it back as what it was.
#[tokio::test]
async fn a_referrer_that_comes_back_is_one() {
    let (directory, store) = layout();
    let subject = image("nowhere");
    let note = about("note", &subject);
    put_blob(&store, "note").await;
    put(&store, &note, &[]).await.unwrap();
    run(&store, 1000, &Options::default().with_untagged(HOUR)).await;
    assert!(!place(directory.path(), note.digest()).exists(), "it is condemned");
    put(&store, &index(&[&note]), &["all"]).await.unwrap();
    let listed: Vec<_> = store.referrers(&APP, subject.digest(), None).try_collect().await.unwrap();
    assert_eq!(listed.iter().map(|entry| &entry.digest).collect::<Vec<_>>(), [note.digest()]);
}

/// The pool was swept in the moment in which a link was made: the link is the only name of the content, and gives it back.
#[tokio::test]
async fn what_only_a_repository_has_left_is_given_back_to_the_pool() {
    let (directory, store) = directory();
    put_blob(&store, "layer").await;
    let pool = place(directory.path(), &digest("layer"));
    fs::remove_file(&pool).unwrap();
    assert_eq!(read(&store, &digest("layer")).await.unwrap(), b"layer", "it is read where it is");
    let store = store.with_policy(Policy::Sparse);
    put(&store, &image("layer"), &["t"]).await.unwrap();
    assert!(!pool.exists(), "nothing was demanded of it");
    store
        .with_policy(Policy::Referential)
        .put_manifest(&APP, &image("layer"), &[], &wharf_registry::Precondition::Always)
        .await
        .unwrap();
    assert_eq!(fs::read(&pool).unwrap(), b"layer");
}

/// Whoever links was about to when the content was condemned, and nobody saw that any more.
#[tokio::test]
async fn what_is_linked_out_of_the_trash_comes_back_to_the_pool() {
    let (directory, store) = directory();
    put_blob(&store, "layer").await;
    store.delete_blob(&APP, &digest("layer")).await.unwrap();
    let (hooked, hooks) = Hooked::over(&store);
    let root = directory.path().to_path_buf();
    hooks.add(Before::PoolSweep, async move {
        let epoch = fs::read_dir(root.join("trash")).unwrap().next().unwrap().unwrap().path();
        let condemned = epoch.join(digest("layer").to_string().replace(':', "-"));
        fs::hard_link(condemned, place(&repository(&root), &digest("layer"))).unwrap();
    });
    assert_eq!(run(&hooked, 1000, &no_grace()).await.pool.swept.items, 0);
    hooks.are_done();
    assert_eq!(fs::read(place(directory.path(), &digest("layer"))).unwrap(), b"layer");
    assert_eq!(read(&store, &digest("layer")).await.unwrap(), b"layer");
}

/// A link in the place of the trash leads nobody out of the layout.
#[tokio::test]
async fn a_planted_trash_is_not_followed() {
    let (directory, store) = layout();
    let outside = tempfile::tempdir().unwrap();
    put_blob(&store, "garbage").await;
    std::os::unix::fs::symlink(outside.path(), directory.path().join("trash")).unwrap();
    let report = run(&store, 1000, &no_grace()).await;
    assert_eq!(report.repositories.condemned.items, 0);
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    assert_eq!(read(&store, &digest("garbage")).await.unwrap(), b"garbage");
}

#[tokio::test]
async fn bytes_are_freed_when_the_last_repository_lets_go() {
    let (directory, store) = directory();
    put_blob(&store, "shared").await;
    store.mount(&OTHER, &digest("shared"), &APP).await.unwrap();
    store.delete_blob(&OTHER, &digest("shared")).await.unwrap();
    assert!(place(directory.path(), &digest("shared")).exists());
    let report = run(&store, 1000, &no_grace()).await;
    assert_eq!((report.repositories.swept.items, report.pool.swept.bytes), (1, 6));
    assert!(!place(directory.path(), &digest("shared")).exists());
    let collector = collector(&store, 2000).await;
    let plan = collector.plan(&no_grace()).await.unwrap();
    assert!(plan.pool.condemn.is_empty() && plan.pool.sweep.is_empty());
}

/// It lost its record with the index that had it, was condemned with its blob long ago, and came back when somebody asked
/// for it: they believe that all of it is there, and do not push it again.
#[tokio::test]
async fn r2_a_manifest_that_came_back_without_a_record_stays_whole() {
    for asks_late in [false, true] {
        let (directory, store) = layout();
        let child = child_of_nothing(directory.path(), &store).await;
        put_blob(&store, "garbage").await;
        let epoch = directory.path().join("trash/1000");
        fs::create_dir_all(&epoch).unwrap();
        for content in [child.digest().clone(), digest("child"), digest("garbage")] {
            fs::rename(place(directory.path(), &content), epoch.join(content.to_string().replace(':', "-"))).unwrap();
        }
        let (hooked, hooks) = Hooked::over(&store);
        let (asking, asked) = (store.clone(), child.digest().clone());
        let ask = async move { drop(asking.manifest(&APP, &asked.into()).await.unwrap()) };
        let before = collector(&hooked, 0).await;
        let planned = match asks_late {
            true => {
                let planned = before.plan(&Options::default()).await.unwrap();
                ask.await;
                planned
            }
            false => {
                ask.await;
                before.plan(&Options::default()).await.unwrap()
            }
        };
        let report = before.run(planned, &|_| ()).await;
        hooks.are_done();
        assert_eq!((report.repositories.swept.items, report.stopped.len()), (1, 0), "{report:?}");
        assert_eq!(report.repositories.restored, 1, "what the manifest needs");
        put(&store, &crate::support::index(&[&child]), &["t"]).await.unwrap();
        assert_eq!(read(&store, &digest("child")).await.unwrap(), b"child", "late: {asks_late}");
    }
}

/// What is young and no manifest that can be read as one stops nobody.
#[tokio::test]
async fn what_is_young_and_no_manifest_stops_nothing() {
    let (directory, store) = layout();
    for content in ["{}", r#"{"mediaType":"application/vnd.example.thing"}"#, "no JSON", "\0", r#"{"config":7}"#] {
        put_blob(&store, content).await;
    }
    let damaged = put_blob(&store, "right").await;
    fs::remove_file(place(directory.path(), &damaged)).unwrap();
    fs::write(place(directory.path(), &damaged), r#"{"manifests":[]}"#).unwrap();
    let report = run(&store, 0, &Options::default()).await;
    assert!(report.stopped.is_empty(), "{report:?}");
    assert_eq!(plan(&store, 0, &Options::default()).await.repositories[0].young.items, 6);
}

/// The manifest of an image of whose index another tool has taken all entries, and which is there all the same.
async fn child_of_nothing(root: &Path, store: &Disk) -> wharf_registry::Document<wharf_registry::Raw> {
    let child = put_image(store, "child", &[]).await;
    empty(root);
    child
}

/// As other tools remove the last image of a layout.
fn empty(root: &Path) {
    fs::write(root.join("index.json"), r#"{"schemaVersion":2,"manifests":[]}"#).unwrap();
}

/// The first collection takes ten hours: a grace begins when content is condemned, and not when the collection does.
#[tokio::test]
async fn a_grace_begins_with_condemning() {
    use std::sync::atomic::{AtomicU32, Ordering};

    let (_directory, store) = layout();
    put_blob(&store, "garbage").await;
    let (hooked, hooks) = Hooked::over(&store);
    let hours = std::sync::Arc::new(AtomicU32::new(25));
    let passing = std::sync::Arc::clone(&hours);
    #[allow(clippy::disallowed_methods, reason = "stores tell the age of content by the system's clock")]
    let clock = move || std::time::SystemTime::now() + hours.load(Ordering::Relaxed) * HOUR;
    // Other content is condemned in a batch before it.
    put_blob(&store, "first").await;
    let slow = Collector::begin(&hooked).await.unwrap().with_clock(clock);
    let planned = slow.plan(&Options::default().with_batch(1)).await.unwrap();
    hooks.add(Before::Condemn, async move { passing.store(35, Ordering::Relaxed) });
    hooks.add(Before::Sweep, async { panic!("nothing is condemned and swept at once") });
    assert_eq!(slow.run(planned, &|_| ()).await.repositories.condemned.items, 2);
    drop(slow);
    assert_eq!(run(&store, 50, &Options::default()).await.repositories.swept.items, 1, "the first one");
    assert_eq!(run(&store, 60, &Options::default()).await.repositories.swept.items, 1, "the other one");
}
