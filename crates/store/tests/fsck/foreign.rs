//! What another tool stored into one repository of many is told, and is not wrong.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use wharf_registry::{Blob, Digest, Tag, Write};
use wharf_store::layout::fsck::{Kind, Severity, Tally};
use wharf_store::layout::{Layout, REPOSITORY};
use wharf_testkit::fixture;

use crate::support::{Fixture, blob, lines, note_about, rewrite};

const OWN: &str = "repositories/own/_oci";

/// A store with a repository that another tool made: an image of its own and a signature in no list.
async fn foreign() -> (Fixture, fixture::Image) {
    let (fixture, image) = (Fixture::directory().await, fixture::image(7, 1, 1000));
    fs::create_dir_all(fixture.path("repositories/own")).unwrap();
    let layout = Layout::create(fixture.path(OWN)).unwrap();
    let note = note_about(&image.document().descriptor());
    fixture::push(&layout, &REPOSITORY, &image, &Tag::LATEST).await;
    layout.put_blob(&REPOSITORY, Blob::from_bytes("{}")).await.unwrap();
    fixture::put_document(&layout, &REPOSITORY, &note, &[]).await;
    fs::remove_dir_all(fixture.path(OWN).join("referrers")).unwrap();
    for entry in fs::read_dir(fixture.path(OWN).join("blobs/sha256")).unwrap() {
        fs::set_permissions(entry.unwrap().path(), fs::Permissions::from_mode(0o644)).unwrap();
    }
    (fixture, image)
}

#[tokio::test]
async fn it_is_noted_and_counted() {
    let (fixture, image) = foreign().await;
    let report = fixture.check().await;
    assert_eq!(lines(&report, Severity::Fault), Vec::<String>::new());
    let own = report.findings.iter().filter(|finding| matches!(finding.kind, Kind::NotInPool)).count();
    let unlisted = report.findings.iter().filter(|finding| matches!(finding.kind, Kind::Unlisted { .. })).count();
    assert_eq!((own, unlisted, report.findings.len()), (4, 1, 5), "an image of three, and a signature");
    assert_eq!(report.copies.files, 5, "the signature's configuration is in the pool as well");

    let usage = fixture.fsck().usage().await.unwrap();
    let [_, own, _] = &usage.repositories[..] else { panic!("{usage:?}") };
    let bytes: u64 = fs::read_dir(fixture.path(OWN).join("blobs/sha256"))
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    assert_eq!((own.repository.as_str(), own.logical.bytes, own.logical.files), ("own", bytes, 5));
    assert_eq!((own.unique.files, own.shared.files, usage.copies), (4, 1, own.logical));
    assert_eq!(usage.unlinked, Tally::default());

    rewrite(&fixture.path(OWN).join(blob(&Digest::of(&image.layers[0]))), b"other");
    assert_eq!(fixture.faults().await.len(), 1);
}

/// The pool gets a copy that nobody can write to, and only of what is right.
#[tokio::test]
async fn repair_gives_it_to_the_pool() {
    let (fixture, image) = foreign().await;
    let wrong = blob(&Digest::of(&image.config));
    rewrite(&fixture.path(OWN).join(&wrong), b"other");
    let fsck = fixture.fsck();
    let report = fsck.check().await.unwrap();
    fsck.repair(&report, None).await;
    let layer = fixture.path(blob(&Digest::of(&image.layers[0])));
    assert_eq!(fs::read(&layer).unwrap(), image.layers[0]);
    assert_eq!(fs::metadata(&layer).unwrap().permissions().mode() & 0o777, 0o444);
    assert!(!fixture.path(&wrong).exists());
    assert_eq!(fixture.faults().await.len(), 1);
}
