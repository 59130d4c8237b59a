//! Putting aside.

use std::fs;
use std::os::unix::fs::symlink;

use wharf_registry::{Blob, Digest};
use wharf_store::layout::REPOSITORY;
use wharf_store::layout::fsck::Kind;

use crate::support::{APP, BASE, Fixture, blob, flip, rewrite, snapshot};

#[tokio::test]
async fn what_is_wrong_is_renamed_in_every_place_and_its_bytes_are_kept() {
    let fixture = Fixture::directory().await;
    let digest = Digest::of(&fixture.image.layers[0]);
    flip(&fixture.path(blob(&digest)), 5);
    let bad = fs::read(fixture.path(blob(&digest))).unwrap();
    let report = fixture.check().await;
    let moved = fixture.fsck().quarantine(&report).await.unwrap();
    assert_eq!(moved.len(), 3);
    for moved in &moved {
        assert!(!fixture.path(&moved.from).exists());
        assert_eq!(fs::read(fixture.path(&moved.to)).unwrap(), bad);
        let name = moved.to.file_name().unwrap().to_str().unwrap();
        assert_eq!(name, digest.to_string().replacen(':', "-", 1));
        assert!(moved.to.parent().unwrap().ends_with("quarantine"));
    }
    for repository in [&APP, &BASE] {
        assert!(fixture.store.stat_blob(repository, &digest).await.unwrap_err().is_not_found());
    }
    let after = fixture.check().await;
    assert_eq!(after.quarantine.files, 3);
    assert!(after.faults().all(|fault| matches!(fault.kind, Kind::Missing { .. })), "{:#?}", after.findings);

    // Whoever pushes it again heals it.
    for repository in [&APP, &BASE] {
        fixture.store.put_blob(repository, Blob::from_bytes(fixture.image.layers[0].clone())).await.unwrap();
    }
    assert!(fixture.check().await.findings.is_empty());
}

#[tokio::test]
async fn what_was_put_aside_before_stays() {
    let fixture = Fixture::layout().await;
    let digest = Digest::of(b"hello");
    let mut names = Vec::new();
    for text in ["one", "two", "three"] {
        fs::write(fixture.path(blob(&digest)), text).unwrap();
        let report = fixture.check().await;
        let moved = fixture.fsck().quarantine(&report).await.unwrap();
        names.push((
            fs::read_to_string(fixture.path(&moved[0].to)).unwrap(),
            moved[0].to.extension().map(|e| e.to_owned()),
        ));
    }
    let expected = [("one", None), ("two", Some("1")), ("three", Some("2"))];
    let expected = expected.map(|(text, extension)| (text.to_owned(), extension.map(Into::into)));
    assert_eq!(names, expected);
}

#[tokio::test]
async fn what_was_healed_meanwhile_is_left_where_it_is() {
    let fixture = Fixture::layout().await;
    let digest = Digest::of(b"{}");
    rewrite(&fixture.path(blob(&digest)), b"[]");
    let report = fixture.check().await;
    fixture.store.put_blob(&REPOSITORY, Blob::from_bytes("{}")).await.unwrap();
    let before = snapshot(fixture.root());
    assert_eq!(fixture.fsck().quarantine(&report).await.unwrap(), []);
    assert_eq!(snapshot(fixture.root()), before);
}

#[tokio::test]
async fn links_and_directories_are_put_aside_and_not_what_they_lead_to() {
    let fixture = Fixture::layout().await;
    let (linked, made) = (Digest::of(b"linked"), Digest::of(b"made"));
    fs::write(fixture.path("elsewhere"), "linked").unwrap();
    symlink(fixture.path("elsewhere"), fixture.path(blob(&linked))).unwrap();
    fs::create_dir(fixture.path(blob(&made))).unwrap();
    fs::write(fixture.path(blob(&made)).join("file"), "kept").unwrap();
    let report = fixture.check().await;
    assert_eq!(fixture.fsck().quarantine(&report).await.unwrap().len(), 2);
    assert_eq!(fs::read(fixture.path("elsewhere")).unwrap(), b"linked");
    let aside = fixture.path("quarantine").join(made.to_string().replacen(':', "-", 1));
    assert_eq!(fs::read(aside.join("file")).unwrap(), b"kept");
    assert!(fixture.check().await.is_sound());
}

#[tokio::test]
async fn what_is_not_wrong_is_not_touched() {
    let fixture = Fixture::directory().await;
    fs::write(fixture.path("stranger"), "").unwrap();
    fs::remove_file(fixture.path(fixture.app().join(blob(&Digest::of(b"{}"))))).unwrap();
    let report = fixture.check().await;
    assert!(!report.is_sound());
    let before = snapshot(fixture.root());
    assert_eq!(fixture.fsck().quarantine(&report).await.unwrap(), []);
    assert_eq!(snapshot(fixture.root()), before);
}
