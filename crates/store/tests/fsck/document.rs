//! Manifests, indexes and configurations, and what they need.

use std::fs;

use wharf_registry::{Blob, Descriptor, Digest, Document, ImageConfig, Index, Manifest, MediaType, Policy, Tag, Write};
use wharf_store::layout::fsck::{By, Kind, Severity};
use wharf_store::layout::{Layout, REPOSITORY};
use wharf_testkit::fixture::put_document;

use crate::support::{APP, Fixture, blob, lines};

#[tokio::test]
async fn what_a_manifest_needs_is_missed_where_the_policy_demands_it() {
    for fixture in [Fixture::layout().await, Fixture::directory().await] {
        let missing = Digest::of(&fixture.index.images[1].layers[0]);
        fs::remove_file(fixture.path(fixture.app().join(blob(&missing)))).unwrap();
        let report = fixture.check().await;
        let [finding] = &report.findings[..] else { panic!("{:#?}", report.findings) };
        assert_eq!((finding.severity, finding.digest.as_ref()), (Severity::Fault, Some(&missing)));
        let parent = fixture.index.images[1].document().digest().clone();
        assert!(matches!(&finding.kind, Kind::Missing { by: By::Document(by) } if *by == parent), "{finding}");

        let sparse = fixture.fsck().with_policy(Policy::Sparse).check().await.unwrap();
        assert!(sparse.is_sound() && sparse.findings.len() == 1, "{:#?}", sparse.findings);
    }
}

#[tokio::test]
async fn what_waits_to_be_deleted_is_not_missing() {
    let fixture = Fixture::directory().await;
    let digest = Digest::of(&fixture.index.images[1].layers[0]);
    let trash = fixture.path(fixture.app().join("trash/7"));
    fs::create_dir_all(&trash).unwrap();
    let aside = trash.join(digest.to_string().replacen(':', "-", 1));
    fs::rename(fixture.path(fixture.app().join(blob(&digest))), aside).unwrap();
    let report = fixture.check().await;
    let [note] = &report.findings[..] else { panic!("{:#?}", report.findings) };
    assert_eq!((note.severity, note.digest.as_ref()), (Severity::Note, Some(&digest)));
    assert!(matches!(note.kind, Kind::Condemned { .. }), "{note}");
}

#[tokio::test]
async fn a_child_that_is_missing_is_told_and_what_only_it_names_is_not() {
    let fixture = Fixture::layout().await;
    let child = fixture.index.images[0].document().digest().clone();
    for gone in [&child, &Digest::of(&fixture.index.images[0].layers[0])] {
        fs::remove_file(fixture.path(blob(gone))).unwrap();
    }
    let report = fixture.check().await;
    assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
    assert_eq!(report.findings[0].digest, Some(child));
}

#[tokio::test]
async fn what_may_be_elsewhere_is_missed_by_the_strictest_only() {
    let directory = tempfile::tempdir().unwrap();
    let store = Layout::create(directory.path()).unwrap();
    let config = Descriptor::of(MediaType::from_static("application/vnd.example"), b"{}");
    let mut foreign = Descriptor::of(MediaType::LAYER, b"elsewhere");
    foreign.urls.push("https://example.com/layer".into());
    store.put_blob(&REPOSITORY, Blob::from_bytes("{}")).await.unwrap();
    let manifest = Document::author(Manifest::new(config, vec![foreign.clone()])).unwrap().into_raw();
    put_document(&store, &REPOSITORY, &manifest, &[Tag::LATEST]).await;
    let fsck = wharf_store::layout::fsck::Fsck::open(directory.path()).unwrap();
    for (policy, severity) in [(Policy::Strict, Severity::Fault), (Policy::Referential, Severity::Note)] {
        let report = fsck.clone().with_policy(policy).check().await.unwrap();
        let found: Vec<_> = report.findings.iter().map(|finding| (finding.severity, finding.digest.clone())).collect();
        assert_eq!(found, [(severity, Some(foreign.digest.clone()))]);
    }
}

#[tokio::test]
async fn what_one_needs_and_another_does_not_is_a_fault() {
    let directory = tempfile::tempdir().unwrap();
    let store = Layout::create(directory.path()).unwrap().with_policy(Policy::Sparse);
    let layer = Descriptor::of(MediaType::LAYER, b"layer");
    let mut elsewhere = layer.clone();
    elsewhere.urls.push("https://example.com/layer".into());
    for (layers, tag) in [(vec![elsewhere], "one"), (vec![layer.clone()], "two")] {
        let manifest = Manifest::artifact(MediaType::from_static("a/b"), layers);
        store.put_blob(&REPOSITORY, Blob::from_bytes("{}")).await.unwrap();
        let document = Document::author(manifest).unwrap().into_raw();
        put_document(&store, &REPOSITORY, &document, &[Tag::parse(tag).unwrap()]).await;
    }
    let report = wharf_store::layout::fsck::Fsck::open(directory.path()).unwrap().check().await.unwrap();
    assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
    assert_eq!(
        (report.findings[0].severity, report.findings[0].digest.as_ref()),
        (Severity::Fault, Some(&layer.digest))
    );
}

#[tokio::test]
async fn a_document_that_cannot_be_read_is_found_unless_anything_goes() {
    let fixture = Fixture::layout().await;
    let junk = Document::new(MediaType::IMAGE_MANIFEST, "junk");
    let lenient = Layout::open(fixture.root()).unwrap().with_policy(Policy::Lenient);
    put_document(&lenient, &REPOSITORY, &junk, &[]).await;
    let report = fixture.check().await;
    assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
    assert_eq!(
        (report.findings[0].severity, report.findings[0].digest.as_ref()),
        (Severity::Fault, Some(junk.digest()))
    );
    assert!(fixture.fsck().with_policy(Policy::Lenient).check().await.unwrap().is_sound());
}

#[tokio::test]
async fn a_document_that_is_too_large_is_found() {
    let fixture = Fixture::layout().await;
    let large = format!("{{\"schemaVersion\":2,\"manifests\":[]{}}}", " ".repeat(4 << 20));
    let large = Document::new(MediaType::IMAGE_INDEX, large);
    let entry = serde_json::to_string(&large.descriptor()).unwrap();
    fs::write(fixture.path(blob(large.digest())), large.bytes()).unwrap();
    crate::support::edit(&fixture.path("index.json"), "\"manifests\":[", &format!("\"manifests\":[{entry},"));
    let faults = fixture.faults().await;
    assert!(faults.len() == 1 && faults[0].ends_with("not as it should be: it is too large"), "{faults:#?}");
}

#[tokio::test]
async fn musts_that_are_broken_are_faults_where_nothing_else_is_taken() {
    let fixture = Fixture::layout().await;
    let broken = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[],"annotations":null}"#;
    let broken = Document::new(MediaType::IMAGE_INDEX, broken);
    put_document(&*fixture.store, &REPOSITORY, &broken, &[]).await;
    let notes = fixture.notes().await;
    assert!(notes.len() == 1 && notes[0].ends_with("it breaks 1 rule of the image-spec"), "{notes:#?}");
    let strict = fixture.fsck().with_policy(Policy::Strict).check().await.unwrap();
    assert_eq!((strict.faults().count(), strict.findings.len()), (1, 1), "{:#?}", strict.findings);
}

#[tokio::test]
async fn configurations_are_read_and_compared_with_their_manifests() {
    let fixture = Fixture::directory().await;
    let config = Document::author(ImageConfig::new("linux/amd64".parse().unwrap())).unwrap();
    let (odd, junk) = (config.bytes().clone(), "junk".into());
    for config in [odd, junk] {
        fixture.store.put_blob(&APP, Blob::from_bytes(config.clone())).await.unwrap();
        let layer = Descriptor::of(MediaType::LAYER, &fixture.image.layers[0]);
        let manifest = Manifest::new(Descriptor::of(MediaType::IMAGE_CONFIG, &config), vec![layer]);
        let manifest = Document::author(manifest).unwrap().into_raw();
        put_document(&*fixture.store, &APP, &manifest, &[]).await;
    }
    let report = fixture.check().await;
    assert!(report.is_sound());
    let notes = lines(&report, Severity::Note);
    assert_eq!(notes.len(), 2, "{notes:#?}");
    assert!(notes.iter().any(|note| note.ends_with("it breaks 1 rule of the image-spec")), "{notes:#?}");
    assert!(notes.iter().any(|note| note.ends_with("cannot be read as what its media type says")), "{notes:#?}");
}

#[tokio::test]
async fn a_descriptor_of_another_size_is_found_and_the_content_is_right() {
    let fixture = Fixture::layout().await;
    let mut entry = fixture.image.document().descriptor();
    entry.size += 1;
    let index = Document::author(Index::new(vec![entry])).unwrap().into_raw();
    put_document(&*fixture.store, &REPOSITORY, &index, &[]).await;
    let report = fixture.check().await;
    let [finding] = &report.findings[..] else { panic!("{:#?}", report.findings) };
    let by_index = |by: &By| matches!(by, By::Document(digest) if digest == index.digest());
    assert!(matches!(&finding.kind, Kind::Size { by, .. } if by_index(by)), "{finding}");
}
