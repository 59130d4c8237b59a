//! Disks that are not like others, clocks that go wrong, and bytes that do (79, 83, 84, 86).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, future, stream};
use wharf_registry::{
    Algorithm, Blob, Descriptor, Digest, Document, ErrorCode, MediaType, Precondition, Read, Repository, Write,
};
use wharf_store::layout::disk::{Access, Disk as _};
use wharf_store::layout::{Directory, Layout, REPOSITORY};

use crate::check;
use crate::machine::{Memory, Quirks};
use crate::model::{Act, Model};
use crate::script::{Client, Shape, repositories, run, script, session, tag};

/// A disk on which the script was run, without what it deletes at its end.
async fn told(shape: Shape, quirks: Quirks) -> (Memory, Client, Model) {
    let (disk, acts) = (Memory::default(), script(shape));
    disk.be(quirks);
    let mut client = Client::new(shape.open(disk.clone()).unwrap());
    for act in &acts {
        client.act(act).await.unwrap_or_else(|error| panic!("{shape:?} {act:?}: {error:?}"));
    }
    (disk, client, Model::after(&acts))
}

async fn holds(shape: Shape, disk: &Memory, model: &Model) {
    check::disk(&disk.tree()).unwrap();
    check::store(&Client::new(shape.open(disk.clone()).unwrap()), model, model).await.unwrap();
}

#[test]
fn case_79_what_is_not_the_content_is_no_content_and_is_healed_by_a_push() {
    let content = b"content that is there or is not".repeat(100);
    let digest = Digest::of(&content);
    let damages: [fn(&mut Vec<u8>); 5] =
        [Vec::clear, |bytes| bytes.truncate(7), |bytes| bytes[9] ^= 1, |bytes| bytes.fill(0), |bytes| bytes.push(b'+')];
    for (shape, damage) in Shape::ALL.into_iter().flat_map(|shape| damages.map(|damage| (shape, damage))) {
        run(async {
            let ([app, _], disk) = (repositories(shape), Memory::default());
            let put = Act::PutBlob { to: app.clone(), content: content.clone() };
            Client::new(shape.open(disk.clone()).unwrap()).act(&put).await.unwrap();
            disk.damage(&format!("blobs/sha256/{}", digest.encoded()), damage);
            let mut client = Client::new(shape.open(disk.clone()).unwrap());
            let read = async { client.store.blob(&app, &digest).await?.try_collect::<Vec<_>>().await };
            let code = read.await.unwrap_err().code().clone();
            assert!([ErrorCode::BLOB_UNKNOWN, ErrorCode::DIGEST_INVALID, ErrorCode::SIZE_INVALID].contains(&code));
            client.act(&put).await.unwrap();
            holds(shape, &disk, &Model::after(&[put])).await;
        });
    }
}

/// The names of the files that are being written.
fn writing(disk: &Memory) -> Vec<String> {
    disk.tree().files().into_keys().filter(|path| path.contains("ingest/")).collect()
}

#[test]
fn case_83_a_writer_that_was_suspended_for_years_is_in_nobodys_way_and_goes_on() {
    let (disk, goes_on) = (Memory::default(), Arc::new(AtomicBool::new(false)));
    // More than is kept in memory before there is a file.
    let content = [Bytes::from(vec![b'x'; 300_000]), Bytes::from("and after it")];
    let descriptor = Descriptor::new(MediaType::OCTET_STREAM, Digest::of(&content.concat()), 300_012);
    let wakes = Arc::clone(&goes_on);
    let after = content[1].clone();
    let sleep = future::poll_fn(move |context| {
        context.waker().wake_by_ref();
        if wakes.load(Ordering::Relaxed) { Poll::Ready(Ok(after.clone())) } else { Poll::Pending }
    });
    let stream = stream::once(future::ready(Ok(content[0].clone()))).chain(stream::once(sleep));
    run(async {
        let writer = Shape::Layout.open(disk.clone()).unwrap();
        let mut session = writer.start_upload(&REPOSITORY, Algorithm::SHA256).await.unwrap();
        session.append(stream::once(future::ready(Ok(Bytes::from("part")))).boxed()).await.unwrap();
        // By the clock of this disk all files are older than any grace.
        let others = async {
            while writing(&disk).len() < 2 {
                tokio::task::yield_now().await;
            }
            let files = writing(&disk);
            for _ in 0..2 {
                let other = Layout::open_on(Arc::new(disk.clone())).unwrap();
                other.start_upload(&REPOSITORY, Algorithm::SHA256).await.unwrap().cancel().await.unwrap();
                let note = Document::new(MediaType::OCTET_STREAM, "what changes the index collects, too");
                other.put_manifest(&REPOSITORY, &note, &[tag("note")], &Precondition::Always).await.unwrap();
            }
            assert!(files.iter().all(|file| writing(&disk).contains(file)), "{files:?} {:?}", writing(&disk));
            goes_on.store(true, Ordering::Relaxed);
        };
        let put = writer.put_blob(&REPOSITORY, Blob::new(descriptor.clone(), stream.boxed()));
        future::join(put, others).await.0.unwrap();
        assert_eq!(writer.stat_blob(&REPOSITORY, &descriptor.digest).await.unwrap().size, 300_012);
        session.commit(&Digest::of(b"part")).await.unwrap();
    });
}

#[test]
fn case_83_a_clock_that_was_set_back_makes_nothing_old() {
    let year_2200 = 230 * 365 * 24 * 60 * 60;
    for shape in Shape::ALL {
        run(async {
            let (disk, client, model) = told(shape, Quirks { epoch: year_2200, ..Quirks::default() }).await;
            let [app, _] = repositories(shape);
            let mut session = client.store.start_upload(&app, Algorithm::SHA256).await.unwrap();
            session.append(stream::once(future::ready(Ok(Bytes::from("part")))).boxed()).await.unwrap();
            let id = session.id().clone();
            drop((session, client));
            let disk = disk.fork();
            disk.be(Quirks { epoch: year_2200, ..Quirks::default() });
            drop(disk.open("ingest/wharf-0".as_ref(), Access::New { mode: 0o600 }).unwrap());
            holds(shape, &disk, &model).await;
            assert!(writing(&disk).contains(&"ingest/wharf-0".to_owned()));
            let store = shape.open(disk.clone()).unwrap();
            assert_eq!(store.resume_upload(&app, &id).await.unwrap().offset(), 4);
        });
    }
}

#[test]
fn case_84_a_disk_that_folds_case_or_has_no_links_keeps_everything_apart() {
    for shape in Shape::ALL {
        let quirks = [Quirks { folds: true, ..Quirks::default() }, Quirks { no_links: true, ..Quirks::default() }];
        for quirks in quirks {
            run(async {
                let (disk, client, model) = told(shape, quirks).await;
                holds(shape, &disk, &model).await;
                let [app, _] = repositories(shape);
                for name in ["case", "CASE"] {
                    let note = Document::new(MediaType::OCTET_STREAM, name);
                    client.store.put_manifest(&app, &note, &[tag(name)], &Precondition::Always).await.unwrap();
                }
                let small = client.store.manifest(&app, &tag("case").into()).await.unwrap();
                assert_eq!(small.bytes(), "case");
            });
        }
    }
}

#[test]
fn case_84_the_longest_name_of_a_repository_is_a_path() {
    let root = tempfile::tempdir().unwrap();
    run(async {
        let store = Directory::create(root.path()).unwrap();
        for name in ["a".repeat(255), ["b"; 128].join("/"), ["c".repeat(127), "d".repeat(127)].join("/")] {
            let repository = Repository::parse(&name).unwrap();
            store.put_blob(&repository, Blob::from_bytes(name.clone())).await.unwrap();
            assert_eq!(store.stat_blob(&repository, &Digest::of(name.as_bytes())).await.unwrap().size, 255);
        }
    });
}

#[test]
fn case_84_what_cannot_be_written_can_be_read() {
    for shape in Shape::ALL {
        run(async {
            let (disk, _, model) = told(shape, Quirks::default()).await;
            let before = disk.log().len();
            disk.be(Quirks { read_only: true, ..Quirks::default() });
            let mut client = Client::new(shape.open(disk.clone()).unwrap());
            check::store(&client, &model, &model).await.unwrap();
            for act in script(shape).iter().filter(|act| matches!(act, Act::Begin { .. } | Act::DeleteBlob { .. })) {
                let code = client.act(act).await.unwrap_err().code().clone();
                assert!([ErrorCode::UNAVAILABLE, ErrorCode::BLOB_UNKNOWN].contains(&code), "{act:?} {code:?}");
            }
            let [app, _] = repositories(shape);
            let put = client.store.put_blob(&app, Blob::from_bytes("new")).await;
            assert_eq!(*put.unwrap_err().code(), ErrorCode::UNAVAILABLE);
            check::store(&client, &model, &model).await.unwrap();
            let changed = disk.log().split_off(before).iter().any(|effect| !effect.is_sync());
            assert!(!changed, "nothing was changed");
        });
    }
}

#[test]
fn case_84_without_locks_nothing_is_changed_that_needs_one() {
    for shape in Shape::ALL {
        run(async {
            let (disk, _, model) = told(shape, Quirks::default()).await;
            disk.be(Quirks { no_locks: true, ..Quirks::default() });
            let client = Client::new(shape.open(disk.clone()).unwrap());
            let ([app, _], note) = (repositories(shape), Document::new(MediaType::OCTET_STREAM, "note"));
            let put = client.store.put_manifest(&app, &note, &[tag("v2")], &Precondition::Always).await;
            assert_eq!(*put.unwrap_err().code(), ErrorCode::UNAVAILABLE);
            let begun = client.store.start_upload(&app, Algorithm::SHA256).await;
            assert_eq!(*begun.err().unwrap().code(), ErrorCode::UNAVAILABLE);
            check::store(&client, &model, &model).await.unwrap();
            client.store.put_blob(&app, Blob::from_bytes("content needs none")).await.unwrap();
        });
    }
}

/// As on Windows, where somebody reads a file without letting others remove it.
#[test]
fn case_84_what_somebody_keeps_open_is_replaced_when_they_are_done() {
    run(async {
        let (disk, ..) = told(Shape::Layout, Quirks::default()).await;
        let mut client = Client::new(Shape::Layout.open(disk.clone()).unwrap());
        let config = Digest::of(b"{}");
        let acts = [
            ("index.json".to_owned(), Act::DeleteTag { from: REPOSITORY.clone(), tag: tag("all") }),
            (
                format!("blobs/sha256/{}", config.encoded()),
                Act::DeleteBlob { from: REPOSITORY.clone(), digest: config },
            ),
        ];
        for (path, act) in acts {
            let old = disk.tree().files()[&path].clone();
            disk.pin(&path, 1_000);
            assert_eq!(*client.act(&act).await.unwrap_err().code(), ErrorCode::UNAVAILABLE);
            assert_eq!(*disk.tree().files()[&path], old);
            assert_eq!(disk.pinned(), 990, "nobody waits forever");
            disk.pin(&path, 10);
            client.act(&act).await.unwrap();
            assert_eq!(disk.pinned(), 0);
        }
    });
}

/// One byte after another, in each file: no wrong content is ever given, nothing is removed, and pushes heal.
#[test]
fn case_86_a_byte_that_flipped_is_noticed_where_content_is_read_and_healed_by_a_push() {
    for shape in Shape::ALL {
        let (disk, _, model) = run(told(shape, Quirks::default()));
        let paths: Vec<_> = disk.tree().files().into_iter().map(|(path, file)| (path, file.bytes.len())).collect();
        for (path, length) in paths.iter().filter(|(_, length)| *length > 0) {
            for at in [0, length / 3, length / 2, length - 1] {
                run(rot(shape, disk.fork(), &model, path, at));
            }
        }
    }
}

async fn rot(shape: Shape, disk: Memory, model: &Model, path: &str, at: usize) {
    disk.damage(path, |bytes| bytes[at] ^= 1 << (at % 8));
    let names: Vec<_> = disk.tree().files().into_keys().collect();
    // A header or an index that cannot be read is an error of those who want to.
    if let Ok(store) = shape.open(disk.clone()) {
        let mut client = Client::new(store);
        for (name, known) in &model.repositories {
            for digest in &known.blobs {
                let read = async { client.store.blob(name, digest).await?.try_collect::<Vec<_>>().await };
                if let Ok(pieces) = read.await {
                    assert_eq!(digest.matches(&pieces.concat()), Ok(true), "{path} at {at}");
                }
            }
        }
        assert!(names.iter().all(|name| disk.tree().files().contains_key(name)), "{path} at {at}: something is gone");
        if path.starts_with("blobs/") {
            let [app, _] = repositories(shape);
            let uploaded = Act::PutBlob { to: app.clone(), content: session(&app) };
            for act in script(shape).iter().chain([&uploaded]).filter(|act| !act.removes() && !act.is_of_session()) {
                client.act(act).await.unwrap();
            }
            check::disk(&disk.tree()).unwrap_or_else(|said| panic!("{path} at {at}: {said}"));
        }
    }
}
