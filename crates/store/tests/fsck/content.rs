//! What is in the place of content.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use wharf_registry::Digest;
use wharf_store::layout::fsck::{Kind, Severity, Thing};

use crate::support::{APP, Fixture, blob, flip, lines, rewrite, snapshot};

#[tokio::test]
async fn a_byte_that_flips_in_any_file_of_content_is_found_there_and_in_whoever_sees_it() {
    let fixture = Fixture::directory().await;
    let names = fs::read_dir(fixture.path("blobs/sha256")).unwrap().map(|entry| entry.unwrap().file_name());
    for name in names.map(|name| name.into_string().unwrap()) {
        let path = fixture.path("blobs/sha256").join(&name);
        for at in [0, fs::metadata(&path).unwrap().len() as usize - 1] {
            flip(&path, at);
            let before = snapshot(fixture.root());
            let report = fixture.check().await;
            let sees = |layout: &&str| fixture.path(layout).join("blobs/sha256").join(&name).exists();
            let layouts = ["", "repositories/base/_oci", "repositories/team/app/_oci"].into_iter().filter(sees);
            let expected: Vec<_> = layouts.map(|layout| Path::new(layout).join("blobs/sha256").join(&name)).collect();
            let found: Vec<_> = report.faults().map(|fault| fault.path.clone()).collect();
            assert_eq!(found, expected);
            for fault in report.faults() {
                assert!(matches!(fault.kind, Kind::Corrupt(_)), "{fault}");
                assert_eq!(fault.digest.as_ref().unwrap().encoded().to_string(), name);
                assert_eq!(fault.repository.is_none(), fault.path.starts_with("blobs"));
            }
            assert_eq!(report.notes().count(), 0);
            assert_eq!(snapshot(fixture.root()), before, "nothing is done about it");
            flip(&path, at);
        }
    }
    assert!(fixture.check().await.findings.is_empty());
}

/// What is planted in the place of a layer, and what is said of it.
type Plant = (fn(&Path), Option<Thing>);

const PLANTS: [Plant; 6] = [
    (|path| fs::write(path, "").unwrap(), None),
    (|path| fs::write(path, "short").unwrap(), None),
    (|path| fs::write(path, [0; 5000]).unwrap(), None),
    (|path| symlink("/nonexistent/file", path).unwrap(), Some(Thing::Special)),
    (|path| fs::create_dir(path).unwrap(), Some(Thing::Directory)),
    // Whoever opens it waits for somebody who writes to it.
    (|path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success()), Some(Thing::Special)),
];

#[tokio::test]
async fn whatever_is_in_the_place_of_content_is_told_once_and_never_followed_or_waited_for() {
    for (plant, thing) in PLANTS {
        for of_pool in [true, false] {
            let fixture = Fixture::directory().await;
            let digest = Digest::of(&fixture.index.images[0].layers[0]);
            let path = if of_pool { blob(&digest) } else { fixture.app().join(blob(&digest)) };
            fs::remove_file(fixture.path(&path)).unwrap();
            plant(&fixture.path(&path));
            let report = fixture.check().await;
            let (unpooled, others): (Vec<_>, Vec<_>) =
                report.findings.iter().partition(|finding| matches!(finding.kind, Kind::NotInPool));
            assert_eq!(unpooled.len(), usize::from(of_pool), "what the pool had, the repository still has");
            let [fault] = &others[..] else { panic!("{thing:?}, {of_pool}: {others:#?}") };
            assert_eq!((fault.severity, &fault.path, &fault.digest), (Severity::Fault, &path, &Some(digest)));
            assert_eq!(fault.repository.as_ref(), (!of_pool).then_some(&APP));
            match (&fault.kind, thing) {
                (Kind::Corrupt(_), None) => {}
                (Kind::Obstacle(found), Some(thing)) if *found == thing => {}
                (kind, _) => panic!("{kind:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_link_to_the_right_bytes_is_no_content() {
    let fixture = Fixture::layout().await;
    let path = fixture.path(blob(&Digest::of(b"{}")));
    fs::rename(&path, fixture.path("elsewhere")).unwrap();
    symlink(fixture.path("elsewhere"), &path).unwrap();
    let report = fixture.check().await;
    assert!(matches!(report.faults().next().unwrap().kind, Kind::Obstacle(Thing::Special)));
}

#[tokio::test]
async fn what_is_in_the_place_of_directories_is_told() {
    let fixture = Fixture::directory().await;
    fs::rename(fixture.path("blobs/sha256"), fixture.path("blobs/aside")).unwrap();
    symlink(fixture.path("blobs/aside"), fixture.path("blobs/sha256")).unwrap();
    let faults = fixture.faults().await;
    assert_eq!(faults[0], "blobs/sha256: a link or a special file is in its place");
    assert_eq!(faults.len(), 1, "{faults:#?}");
    // All that the repositories have is not in the pool now.
    let notes = fixture.notes().await;
    assert_eq!(notes.iter().filter(|note| note.ends_with("the repository has it, and the pool has not")).count(), 17);

    let fixture = Fixture::directory().await;
    fs::rename(fixture.path("repositories/base/_oci"), fixture.path("aside")).unwrap();
    symlink(fixture.path("aside"), fixture.path("repositories/base/_oci")).unwrap();
    assert_eq!(fixture.faults().await, ["repositories/base/_oci: a link or a special file is in its place"]);
}

#[tokio::test]
async fn a_copy_is_as_good_as_a_link_and_is_counted() {
    let fixture = Fixture::directory().await;
    let digest = Digest::of(&fixture.image.layers[0]);
    let path = fixture.path(fixture.app().join(blob(&digest)));
    let bytes = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    fs::write(&path, &bytes).unwrap();
    let report = fixture.check().await;
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
    assert_eq!((report.copies.files, report.copies.bytes), (1, bytes.len() as u64));

    rewrite(&path, b"other");
    let faults = fixture.faults().await;
    assert_eq!(faults.len(), 1, "the pool's is right: {faults:#?}");
    assert!(faults[0].starts_with("repositories/team/app/_oci/blobs/sha256/"), "{faults:?}");
}

#[tokio::test]
async fn what_the_pool_gives_back_is_not_lost() {
    let fixture = Fixture::directory().await;
    let digest = Digest::of(&fixture.image.layers[0]);
    fs::create_dir_all(fixture.path("trash/7")).unwrap();
    let trash = fixture.path("trash/7").join(digest.to_string().replacen(':', "-", 1));
    fs::rename(fixture.path(blob(&digest)), trash).unwrap();
    let report = fixture.check().await;
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
}

#[tokio::test]
async fn what_the_pool_does_not_have_is_told_where_it_is() {
    let fixture = Fixture::directory().await;
    let digest = Digest::of(&fixture.image.layers[0]);
    fs::remove_file(fixture.path(blob(&digest))).unwrap();
    let report = fixture.check().await;
    assert_eq!(lines(&report, Severity::Fault), Vec::<String>::new(), "it is read from there");
    assert_eq!(report.findings.len(), 2, "{:#?}", report.findings);
    assert!(report.notes().all(|note| matches!(note.kind, Kind::NotInPool)));
}
