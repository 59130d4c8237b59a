//! Several stores over one directory at the same time, as in several processes: each opens files of its own.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::sync::{Barrier, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use futures_util::TryStreamExt;
use futures_util::future::{join, join_all};
use wharf_registry::{Blob, Delete, Digest, ErrorCode, List, Precondition, Read, Repository, Tag, Write};
use wharf_store::layout::{Directory, Layout, REPOSITORY};

use crate::support::{Fixture, document, entries, files, put, read, tag};

/// Runs on threads of their own, each with its own runtime.
fn each(threads: usize, work: impl AsyncFn(usize) + Sync) {
    let run = |thread| tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work(thread));
    thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || run(thread));
        }
    });
}

#[test]
fn no_tag_is_lost() {
    let fixture = Fixture::layout();
    each(4, async |thread| {
        let store = Layout::open(fixture.path("")).unwrap();
        for number in 0..25 {
            let text = format!("t{thread}-{number}");
            put(&store, &text, &[&text]).await;
        }
    });
    assert_eq!(entries(&fixture.index()).len(), 100);
    each(1, async |_| {
        let tags: Vec<Tag> = fixture.store.tags(&REPOSITORY, None).try_collect().await.unwrap();
        assert_eq!(tags.len(), 100);
        for tag in tags {
            let found = fixture.store.manifest(&REPOSITORY, &tag.clone().into()).await.unwrap();
            assert_eq!(found.bytes(), tag.as_str());
        }
    });
}

#[test]
fn one_of_many_sets_a_tag_first() {
    let fixture = Fixture::layout();
    let won = Mutex::new(Vec::new());
    each(4, async |thread| {
        let store = Layout::open(fixture.path("")).unwrap();
        let note = document(&format!("note {thread}"));
        match store.put_manifest(&REPOSITORY, &note, &[tag("v1")], &Precondition::Unset).await {
            Ok(()) => won.lock().unwrap().push(note.digest().clone()),
            Err(error) => assert_eq!(*error.code(), ErrorCode::DENIED),
        }
    });
    let won = won.into_inner().unwrap();
    assert_eq!(won.len(), 1);
    let named: Vec<_> = entries(&fixture.index()).into_iter().filter(|(name, _)| name.is_some()).collect();
    assert_eq!(named, [(Some("v1".to_owned()), won[0].to_string())]);
}

#[test]
fn readers_see_the_old_or_the_new() {
    let fixture = Fixture::layout();
    let known = ["one", "two"].map(|text| document(text).digest().clone());
    each(1, async |_| drop(put(&fixture.store, "one", &["v1"]).await));
    each(3, async |thread| {
        let store = Layout::open(fixture.path("")).unwrap();
        for turn in 0..50 {
            match thread {
                0 => drop(put(&store, ["one", "two"][turn % 2], &["v1"]).await),
                _ => {
                    let found = store.manifest(&REPOSITORY, &tag("v1").into()).await.unwrap();
                    assert!(known.contains(found.digest()));
                }
            }
        }
    });
}

#[test]
fn the_same_content_from_many_is_there_once() {
    let fixture = Fixture::directory();
    let together = Barrier::new(4);
    each(4, async |thread| {
        let store = Directory::create(fixture.path("")).unwrap();
        let repository = Repository::parse(&format!("team/{}", thread % 2)).unwrap();
        for number in 0..50 {
            let content = format!("blob {number}");
            together.wait();
            store.put_blob(&repository, Blob::from_bytes(content.clone())).await.unwrap();
            let digest = Digest::of(content.as_bytes());
            assert_eq!(read(&store, &repository, &digest).await.unwrap(), content.as_bytes());
        }
    });
    let pool = files(&fixture.path("blobs"));
    assert_eq!(pool.len(), 50);
    for path in pool {
        assert_eq!(fs::metadata(&path).unwrap().nlink(), 3, "the pool's file is the one that both repositories link");
    }
    assert!(files(&fixture.path("ingest")).is_empty());
}

#[test]
fn deleting_beside_writing_leaves_what_was_not_deleted() {
    let fixture = Fixture::layout();
    each(2, async |thread| {
        let store = Layout::open(fixture.path("")).unwrap();
        for number in 0..20 {
            let text = format!("t{thread}-{number}");
            let note = put(&store, &text, &[&text]).await;
            if number % 2 == 0 {
                store.delete_manifest(&REPOSITORY, &note.digest).await.unwrap();
            }
        }
    });
    let left: HashSet<_> = entries(&fixture.index()).into_iter().filter_map(|(name, _)| name).collect();
    let expected = |thread| (0..20).filter(|number| number % 2 == 1).map(move |number| format!("t{thread}-{number}"));
    assert_eq!(left, expected(0).chain(expected(1)).collect());
}

/// How long somebody may need who waits for nobody, on whatever machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// Those who wait to change one repository must not take the threads that all others need.
#[test]
fn a_repository_that_is_held_holds_up_no_other() {
    let fixture = Fixture::directory();
    let [held, other] = ["held", "other"].map(Repository::from_static);
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(2).build().unwrap();
    let note = |number: usize| document(&format!("note {number}"));
    let put = async |repository: &Repository, number| {
        let note = note(number);
        fixture.store.put_manifest(repository, &note, &[tag("a")], &Precondition::Always).await.unwrap();
    };
    runtime.block_on(put(&held, 0));
    let lock = fs::File::open(fixture.path("repositories/held/_oci/.wharf.lock")).unwrap();
    lock.lock().unwrap();
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| {
            let leases = join_all((0..8).map(|_| async { drop(fixture.store.lease(&held).await.unwrap()) }));
            let waiting = join(join_all((0..8).map(|number| put(&held, number))), leases);
            let others = async {
                for number in 0..3 {
                    put(&other, number).await;
                }
                tell.send(()).unwrap();
            };
            runtime.block_on(join(waiting, others));
        });
        let in_time = told.recv_timeout(PATIENCE);
        lock.unlock().unwrap();
        in_time.expect("who changes another repository does not wait for this one");
    });
}
