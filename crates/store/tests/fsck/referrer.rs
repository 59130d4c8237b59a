//! Lists of referrers, both ways.

use std::fs;
use std::path::PathBuf;

use wharf_registry::{Digest, Document, Index, Tag};
use wharf_store::layout::fsck::{Kind, Severity};
use wharf_testkit::fixture::put_document;

use crate::support::{APP, Fixture};

/// The file that says that the signature of a store is about its image.
fn edge(fixture: &Fixture) -> PathBuf {
    let list = Tag::referrers_fallback(fixture.image.document().digest());
    let name = fixture.note.digest().to_string().replacen(':', "-", 1);
    fixture.app().join("referrers").join(list.as_str()).join(name)
}

#[tokio::test]
async fn a_manifest_that_is_not_listed_is_found() {
    for (fixture, severity) in
        [(Fixture::directory().await, Severity::Fault), (Fixture::layout().await, Severity::Note)]
    {
        fs::remove_file(fixture.path(edge(&fixture))).unwrap();
        let report = fixture.check().await;
        let [finding] = &report.findings[..] else { panic!("{:#?}", report.findings) };
        assert_eq!((finding.severity, finding.digest.as_ref()), (severity, Some(fixture.note.digest())));
        let image = fixture.image.document().digest().clone();
        assert!(matches!(&finding.kind, Kind::Unlisted { subject } if *subject == image), "{finding}");
    }
}

#[tokio::test]
async fn a_list_that_a_client_keeps_is_as_good() {
    let fixture = Fixture::directory().await;
    fs::remove_file(fixture.path(edge(&fixture))).unwrap();
    let list = Document::author(Index::new(vec![fixture.note.descriptor()])).unwrap().into_raw();
    let tag = Tag::referrers_fallback(fixture.image.document().digest());
    put_document(&*fixture.store, &APP, &list, &[tag]).await;
    assert!(fixture.check().await.findings.is_empty());
}

#[tokio::test]
async fn what_is_listed_and_refers_to_nothing_is_told() {
    let fixture = Fixture::directory().await;
    let edge = edge(&fixture);
    // One whose manifest is gone, and one of another subject.
    let gone = edge.with_file_name(Digest::of(b"gone").to_string().replacen(':', "-", 1));
    let elsewhere = Tag::referrers_fallback(&Digest::of(b"another"));
    let other = fixture.app().join("referrers").join(elsewhere.as_str()).join(edge.file_name().unwrap());
    fs::create_dir(fixture.path(&other).parent().unwrap()).unwrap();
    for path in [&gone, &other] {
        fs::write(fixture.path(path), "").unwrap();
    }
    let report = fixture.check().await;
    assert!(report.is_sound(), "{:#?}", report.findings);
    let mut found: Vec<_> = report.notes().map(|note| &note.path).collect();
    let mut expected = [&gone, &other];
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    assert!(report.notes().all(|note| matches!(note.kind, Kind::NoReferrer { .. })));
}

#[tokio::test]
async fn what_a_client_lists_and_refers_to_nothing_is_told() {
    let fixture = Fixture::directory().await;
    let image = fixture.image.document().descriptor();
    let list = Document::author(Index::new(vec![image.clone()])).unwrap().into_raw();
    let tag = Tag::referrers_fallback(&image.digest);
    put_document(&*fixture.store, &APP, &list, &[tag]).await;
    let report = fixture.check().await;
    let [note] = &report.findings[..] else { panic!("{:#?}", report.findings) };
    assert_eq!((note.severity, note.digest.as_ref()), (Severity::Note, Some(&image.digest)));
}
