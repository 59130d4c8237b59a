//! What somebody else stored before, and did not wait for: whoever stores it again and is told that it is stored has it,
//! whatever others have left (77, 78); and what somebody was told of is there although a collection fails (76).

use std::path::Path;
use std::time::{Duration, SystemTime};

use futures_util::TryStreamExt;
use wharf_registry::{
    Blob, Delete, Descriptor, Digest, Document, Error, Hasher, Index, Manifest, MediaType, Precondition, Read, Write,
};
use wharf_store::collect::{Collector, Options};
use wharf_store::layout::disk::{Access, Disk as _};
use wharf_store::layout::{Durability, REPOSITORY};
use wharf_store::{NewManifest, Put, Refs};

use crate::check;
use crate::machine::{Fault, Faulty, Memory, Outage, Quirks, Random, seed};
use crate::model::{Act, Model};
use crate::script::{Client, Disked, Shape, repositories, run, script, tag};

const EIO: i32 = 5;

/// A power cut that takes all that it can.
fn cut(disk: &Memory) -> Memory {
    let mut outage = Outage::default();
    disk.log().iter().for_each(|effect| outage.apply(effect));
    Memory::with(outage.worst())
}

async fn holds(shape: Shape, disk: &Memory, model: &Model) {
    check::disk(&disk.tree()).unwrap_or_else(|said| panic!("{shape:?}: {said}"));
    let store = shape.open(disk.clone()).unwrap();
    check::store(&Client::new(store), model, model).await.unwrap_or_else(|said| panic!("{shape:?}: {said}"));
}

/// The first steps of the script: images, tags, a referrer, a mount.
fn pushes(shape: Shape) -> Vec<Act> {
    script(shape).into_iter().take_while(|act| !matches!(act, Act::Begin { .. })).collect()
}

#[test]
fn case_77_what_others_did_not_wait_for_is_waited_for_by_whoever_stores_it_again() {
    for shape in Shape::ALL {
        run(async {
            let (disk, acts) = (Memory::default(), pushes(shape));
            let mut hasty = Client::new(shape.open(disk.clone()).unwrap().with_durability(Durability::Process));
            let mut careful = Client::new(shape.open(disk.clone()).unwrap());
            for client in [&mut hasty, &mut careful] {
                for act in &acts {
                    client.act(act).await.unwrap();
                }
            }
            holds(shape, &cut(&disk), &Model::after(&acts)).await;
        });
    }
}

/// The same, one step at a time, and that one alone is repeated.
#[test]
fn case_77_each_thing_that_others_did_not_wait_for_is_waited_for() {
    for shape in Shape::ALL {
        run(async {
            let acts = pushes(shape);
            for done in 0..acts.len() {
                let disk = Memory::default();
                let mut careful = Client::new(shape.open(disk.clone()).unwrap());
                for act in &acts[..done] {
                    careful.act(act).await.unwrap();
                }
                let mut hasty = Client::new(shape.open(disk.clone()).unwrap().with_durability(Durability::Process));
                hasty.act(&acts[done]).await.unwrap();
                careful.act(&acts[done]).await.unwrap();
                holds(shape, &cut(&disk), &Model::after(&acts[..=done])).await;
            }
        });
    }
}

/// A process that does not wait records the same manifest between two steps of one that does.
#[test]
fn case_77_an_index_that_says_it_already_is_waited_for() {
    for shape in Shape::ALL {
        run(async {
            let ([app, _], disk) = (repositories(shape), Memory::default());
            let note = Document::new(MediaType::OCTET_STREAM, "note");
            let careful = shape.open(disk.clone()).unwrap();
            careful.put_blob(&app, Blob::from_bytes(note.bytes().clone())).await.unwrap();
            let hasty = shape.open(disk.clone()).unwrap().with_durability(Durability::Process);
            let new = NewManifest::new(note.descriptor()).with_tags([tag("t")]);
            for store in [hasty, careful] {
                assert_eq!(store.refs().put_manifest(&app, new.clone()).await.unwrap(), Put::Done);
            }
            let survived = shape.open(cut(&disk)).unwrap();
            assert_eq!(survived.manifest(&app, &tag("t").into()).await.unwrap(), note);
        });
    }
}

/// The file that was known to be durable is another one by now, which nobody waited for.
#[test]
fn case_77_what_others_healed_without_waiting_is_waited_for() {
    for shape in Shape::ALL {
        run(async {
            let ([app, _], disk) = (repositories(shape), Memory::default());
            let put = Act::PutBlob { to: app, content: b"content".repeat(200) };
            let path = format!("blobs/sha256/{}", Digest::of(&b"content".repeat(200)).encoded());
            let mut careful = Client::new(shape.open(disk.clone()).unwrap());
            careful.act(&put).await.unwrap();
            let file = disk.open(Path::new(&path), Access::Write).unwrap();
            file.write_at(7, b"damaged").unwrap();
            file.sync().unwrap();
            let mut hasty = Client::new(shape.open(disk.clone()).unwrap().with_durability(Durability::Process));
            hasty.act(&put).await.unwrap();
            careful.act(&put).await.unwrap();
            holds(shape, &cut(&disk), &Model::after(&[put])).await;
        });
    }
}

/// Somebody wrote the same bytes in its place once more, and of that the disk knows nothing yet.
#[test]
fn case_77_what_was_written_in_its_place_is_waited_for_once_more() {
    for shape in Shape::ALL {
        run(async {
            let ([app, _], disk) = (repositories(shape), Memory::default());
            let content = b"content".repeat(200);
            let put = Act::PutBlob { to: app, content: content.clone() };
            let path = format!("blobs/sha256/{}", Digest::of(&content).encoded());
            let mut client = Client::new(shape.open(disk.clone()).unwrap());
            client.act(&put).await.unwrap();
            disk.open(Path::new(&path), Access::Write).unwrap().write_at(0, &content).unwrap();
            client.act(&put).await.unwrap();
            let mut outage = Outage::default();
            disk.log().iter().for_each(|effect| outage.apply(effect));
            for tree in outage.states(64, &mut Random(seed())).0 {
                holds(shape, &Memory::with(tree), &Model::after(std::slice::from_ref(&put))).await;
            }
        });
    }
}

/// Two empty directories that a process made which ended, and the name of one of them was lost when that of the other one
/// could not be synced.
#[test]
fn case_78_an_empty_directory_of_others_in_doubt_is_made_anew() {
    for after in 0..8 {
        run(async {
            let disk = Memory::default();
            drop(Shape::Layout.open(disk.clone()).unwrap());
            for algorithm in ["blobs/sha256", "blobs/sha512"] {
                disk.make_dir(Path::new(algorithm)).unwrap();
            }
            let store = Shape::Layout.open(disk.clone()).unwrap();
            disk.fail_sync(after);
            let mut sha512 = Hasher::sha512();
            sha512.update(b"other");
            let digests = [Digest::of(b"one"), sha512.finish()];
            for (digest, content) in digests.iter().zip(["one", "other"]) {
                let descriptor = Descriptor::new(MediaType::OCTET_STREAM, digest.clone(), content.len() as u64);
                let stream = || Box::pin(futures_util::stream::once(std::future::ready(Ok(content.into()))));
                // Once it may fail.
                let put = async || store.put_blob(&REPOSITORY, Blob::new(descriptor.clone(), stream())).await;
                if put().await.is_err() {
                    put().await.unwrap();
                }
            }
            let survived = Shape::Layout.open(cut(&disk)).unwrap();
            for digest in &digests {
                let found = survived.stat_blob(&REPOSITORY, digest).await;
                found.unwrap_or_else(|error| panic!("sync {after}: {error:?}"));
            }
        });
    }
}

/// Collects at a second of the disk's clock.
async fn collect(store: &Disked, seconds: u64) {
    let now = move || SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    if let Ok(collector) = Collector::begin(store).await {
        let collector = collector.with_clock(now);
        if let Ok(plan) = collector.plan(&Options::default().with_grace(Duration::from_secs(60))).await {
            collector.run(plan, &|_| ()).await;
        }
    }
}

/// A manifest that lost its record was condemned with all that it needs, and came back when somebody asked for it, who
/// believes now that all of it is there. Whatever fails in the collection that would sweep the rest, it is.
#[test]
fn case_76_what_somebody_was_told_of_stays_whole_whatever_fails_in_a_collection() {
    for shape in Shape::ALL {
        run(async {
            let ([app, _], disk) = (repositories(shape), Memory::default());
            let store = shape.open(disk.clone()).unwrap();
            for content in ["config", "garbage"] {
                store.put_blob(&app, Blob::from_bytes(content)).await.unwrap();
            }
            let config = Descriptor::of(MediaType::OCTET_STREAM, b"config");
            let child = Document::author(Manifest::new(config.clone(), Vec::new())).unwrap().into_raw();
            let index = Document::author(Index::new(vec![child.descriptor()])).unwrap().into_raw();
            for document in [&child, &index] {
                store.put_manifest(&app, document, &[], &Precondition::Always).await.unwrap();
            }
            store.delete_manifest(&app, index.digest()).await.unwrap();
            collect(&store, 1000).await;
            // From now on all that happens is an hour later.
            disk.be(Quirks { epoch: 4600, ..Quirks::default() });
            store.manifest(&app, &child.digest().clone().into()).await.unwrap();
            for at in 0.. {
                let disk = disk.fork();
                let faulty = Faulty::new(disk.clone(), at, Fault::Fails(EIO));
                if let Ok(store) = shape.open(faulty.clone()) {
                    collect(&store, 4630).await;
                }
                let store = shape.open(disk.clone()).unwrap();
                let said = |error: Error| format!("{shape:?}, operation {at}: {error:?}");
                store.put_manifest(&app, &index, &[tag("t")], &Precondition::Always).await.map_err(said).unwrap();
                let bytes = async { store.blob(&app, &config.digest).await?.try_collect::<Vec<_>>().await };
                assert_eq!(bytes.await.map_err(said).unwrap().concat(), b"config");
                if faulty.done().len() <= at {
                    let garbage = store.stat_blob(&app, &Digest::of(b"garbage")).await;
                    assert!(garbage.unwrap_err().is_not_found(), "or nothing was tried");
                    break;
                }
            }
        });
    }
}
