//! Disks that are full, cannot be written to, or do not tell everything.

use std::io::ErrorKind;
use std::path::Path;

use futures_util::TryStreamExt;
use wharf_registry::{Blob, Delete, ErrorCode, List, Precondition, Read, Write};
use wharf_store::collect::{Options, Stop};

use crate::odd::{Odd, Step};
use crate::support::{APP, OTHER, code, collector, digest, image, no_grace, put_blob, run, tag};

fn odd() -> (tempfile::TempDir, Odd) {
    let directory = tempfile::tempdir().unwrap();
    let odd = Odd::new(directory.path());
    (directory, odd)
}

fn full(step: Step, _: &Path) -> Option<ErrorKind> {
    matches!(step, Step::Make | Step::Link).then_some(ErrorKind::StorageFull)
}

/// Nothing can be condemned there any more, since that takes a directory. Who collects a disk because it is full must not
/// be stopped by that.
#[tokio::test]
async fn what_is_due_makes_room_on_a_full_disk() {
    let (_directory, odd) = odd();
    let store = odd.layout();
    put_blob(&store, "due").await;
    assert_eq!(run(&store, 25, &Options::default()).await.repositories.condemned.items, 1);
    put_blob(&store, "new garbage").await;
    odd.refuse(full);
    let report = run(&store, 100, &Options::default()).await;
    assert_eq!((report.repositories.swept.bytes, report.repositories.condemned.bytes), (3, 0), "{report:?}");
    assert_eq!(report.stopped.len(), 1, "the rest is told");
    odd.refuse(|_, _| None);
    assert_eq!(run(&store, 100, &Options::default()).await.repositories.condemned.bytes, 11);
}

#[tokio::test]
async fn what_no_repository_names_makes_room_on_a_full_disk() {
    let (_directory, odd) = odd();
    let store = odd.directory();
    put_blob(&store, "due").await;
    store.delete_blob(&APP, &digest("due")).await.unwrap();
    assert_eq!(run(&store, 25, &Options::default()).await.pool.condemned.items, 1);
    put_blob(&store, "new garbage").await;
    store.delete_blob(&APP, &digest("new garbage")).await.unwrap();
    odd.refuse(full);
    let report = run(&store, 100, &Options::default()).await;
    assert_eq!((report.pool.swept.bytes, report.pool.condemned.bytes), (3, 0), "{report:?}");
}

fn without_links(step: Step, _: &Path) -> Option<ErrorKind> {
    (step == Step::Link).then_some(ErrorKind::Unsupported)
}

fn without_links_and_a_team(step: Step, path: &Path) -> Option<ErrorKind> {
    let is_hidden = step == Step::Look && path == Path::new("repositories/team");
    if is_hidden { Some(ErrorKind::Other) } else { without_links(step, path) }
}

/// Repositories have copies there, so only their lists say what is named. A list that is too short would be the end of
/// what others are told is there.
#[tokio::test]
async fn repositories_that_cannot_be_listed_keep_what_they_name() {
    let (_directory, odd) = odd();
    odd.refuse(without_links);
    let store = odd.directory();
    store.put_blob(&OTHER, Blob::from_bytes("named")).await.unwrap();
    store.put_manifest(&OTHER, &image("named"), &[tag("t")], &Precondition::Always).await.unwrap();
    let collector = collector(&store, 1000).await;
    let plan = collector.plan(&no_grace()).await.unwrap();
    odd.refuse(without_links_and_a_team);
    assert!(collector.plan(&no_grace()).await.is_err());
    let report = collector.run(plan, &|_| ()).await;
    assert!(matches!(&report.stopped[..], [(None, Stop::Storage(_))]), "{report:?}");
    odd.refuse(without_links);
    let named: Vec<_> = store.blob(&OTHER, &digest("named")).await.unwrap().try_collect().await.unwrap();
    assert_eq!(named.concat(), b"named");
}

#[tokio::test]
async fn a_list_of_repositories_that_is_not_all_of_it_is_none() {
    let (_directory, odd) = odd();
    let store = odd.directory();
    store.put_blob(&OTHER, Blob::from_bytes("named")).await.unwrap();
    odd.refuse(without_links_and_a_team);
    assert_eq!(code(store.repositories(None).try_collect::<Vec<_>>().await), ErrorCode::UNAVAILABLE);
}

fn read_only(step: Step, _: &Path) -> Option<ErrorKind> {
    (step != Step::Look).then_some(ErrorKind::ReadOnlyFilesystem)
}

/// Such a disk is served as well, and what is not there is not there, whatever waits to be swept.
#[tokio::test]
async fn what_cannot_be_written_can_still_be_asked() {
    let (_directory, odd) = odd();
    for store in [odd.layout(), odd.directory()] {
        put_blob(&store, "garbage").await;
        run(&store, 25, &Options::default()).await;
        odd.refuse(read_only);
        assert_eq!(code(store.stat_blob(&APP, &digest("never there")).await), ErrorCode::BLOB_UNKNOWN);
        let which = digest("never there").into();
        assert_eq!(code(store.manifest(&APP, &which).await), ErrorCode::MANIFEST_UNKNOWN);
        assert_eq!(
            code(store.stat_blob(&APP, &digest("garbage")).await),
            ErrorCode::UNAVAILABLE,
            "it cannot come back"
        );
        odd.refuse(|_, _| None);
        store.stat_blob(&APP, &digest("garbage")).await.unwrap();
    }
}

/// Somebody else's file is nobody's lease.
#[tokio::test]
async fn what_others_put_beside_the_leases_stays() {
    let (directory, odd) = odd();
    let store = odd.layout();
    std::fs::create_dir(directory.path().join("leases")).unwrap();
    for name in ["README", "wharf-0123"] {
        std::fs::write(directory.path().join("leases").join(name), "what?").unwrap();
    }
    run(&store, 1000, &no_grace()).await;
    let left: Vec<_> =
        std::fs::read_dir(directory.path().join("leases")).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left, ["README"]);
}

fn without_links_and_full(step: Step, path: &Path) -> Option<ErrorKind> {
    without_links(step, path).or_else(|| full(step, path))
}

/// Or whoever mounts a large layer again and again would have all of it written each time.
#[tokio::test]
async fn a_copy_is_made_once() {
    let (_directory, odd) = odd();
    odd.refuse(without_links);
    let store = odd.directory();
    put_blob(&store, "layer").await;
    assert!(store.mount(&OTHER, &digest("layer"), &APP).await.unwrap());
    odd.refuse(without_links_and_full);
    assert!(store.mount(&OTHER, &digest("layer"), &APP).await.unwrap());
    put_blob(&store, "layer").await;
}
