//! Who takes how much room.

use std::collections::BTreeMap;
use std::fs::{self, File};

use wharf_registry::{Blob, Digest};
use wharf_store::layout::fsck::Fsck;

use crate::support::{APP, BASE, Fixture, blob};

/// The sizes of the content below a directory, by name.
fn sizes(fixture: &Fixture, layout: &str) -> BTreeMap<String, u64> {
    let entries = fs::read_dir(fixture.path(layout).join("blobs/sha256")).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().len())).collect()
}

#[tokio::test]
async fn it_is_what_the_files_say() {
    let fixture = Fixture::directory().await;
    fixture.store.put_blob(&BASE, Blob::from_bytes("alone")).await.unwrap();
    fixture.store.put_blob(&BASE, Blob::from_bytes("gone")).await.unwrap();
    fixture.store.delete_blob(&BASE, &Digest::of(b"gone")).await.unwrap();
    let [pool, base, app] =
        ["", "repositories/base/_oci", "repositories/team/app/_oci"].map(|layout| sizes(&fixture, layout));
    let sum = |sizes: &BTreeMap<String, u64>| sizes.values().sum::<u64>();
    let own = |one: &BTreeMap<String, u64>, other: &BTreeMap<String, u64>| -> u64 {
        one.iter().filter(|(name, _)| !other.contains_key(*name)).map(|(_, size)| size).sum()
    };

    let usage = fixture.fsck().usage().await.unwrap();
    let repositories = &usage.repositories;
    assert_eq!([&repositories[0].repository, &repositories[1].repository], [&BASE, &APP]);
    for (usage, one, other) in [(&repositories[0], &base, &app), (&repositories[1], &app, &base)] {
        assert_eq!((usage.logical.files, usage.logical.bytes), (one.len() as u64, sum(one)));
        assert_eq!((usage.unique.bytes, usage.shared.bytes), (own(one, other), sum(one) - own(one, other)));
    }
    assert_eq!((usage.logical.bytes, usage.stored.bytes), (sum(&base) + sum(&app), sum(&pool)));
    assert_eq!((usage.unlinked.files, usage.unlinked.bytes, usage.copies.files), (1, 4, 0));
    assert_eq!(usage.saved(), repositories[0].shared.bytes, "two repositories share it");
}

#[tokio::test]
async fn a_layout_has_all_for_itself() {
    let fixture = Fixture::layout().await;
    let usage = fixture.fsck().usage().await.unwrap();
    assert_eq!(usage.repositories.len(), 1);
    assert_eq!((usage.repositories[0].unique, usage.stored), (usage.logical, usage.logical));
    assert_eq!((usage.saved(), usage.unlinked.files), (0, 0));
}

#[tokio::test]
async fn copies_save_nothing() {
    let fixture = Fixture::directory().await;
    let digest = Digest::of(&fixture.image.layers[0]);
    let path = fixture.path(fixture.app().join(blob(&digest)));
    let (bytes, before) = (fs::read(&path).unwrap(), fixture.fsck().usage().await.unwrap());
    fs::remove_file(&path).unwrap();
    fs::write(&path, &bytes).unwrap();
    let usage = fixture.fsck().usage().await.unwrap();
    assert_eq!((usage.copies.files, usage.copies.bytes), (1, bytes.len() as u64));
    assert_eq!(usage.saved(), before.saved() - bytes.len() as u64);
    assert_eq!(usage.logical, before.logical);
}

#[tokio::test]
async fn no_content_is_read() {
    let fixture = Fixture::layout().await;
    // What would take hours to read, and has no block on the disk.
    let large = 1 << 42;
    let path = fixture.path(blob(&Digest::of(b"large")));
    let before = fixture.fsck().usage().await.unwrap();
    File::create(path).unwrap().set_len(large).unwrap();
    let usage = Fsck::open(fixture.root()).unwrap().usage().await.unwrap();
    assert_eq!(usage.logical.bytes, before.logical.bytes + large);
}
