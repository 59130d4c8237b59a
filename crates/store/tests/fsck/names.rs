//! Headers, indexes and their entries, and files that nobody knows.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use wharf_registry::{Digest, LayoutHeader, Policy};
use wharf_store::layout::fsck::{Kind, Severity};

use crate::support::{Fixture, edit, flip, lines};

#[tokio::test]
async fn a_byte_that_flips_in_the_files_of_a_layout_is_found() {
    for fixture in [Fixture::layout().await, Fixture::directory().await] {
        for (name, at) in [("oci-layout", 1), ("oci-layout", 24), ("index.json", 0), ("index.json", 3)] {
            let below = fixture.app().join(name);
            flip(&fixture.path(&below), at);
            let report = fixture.check().await;
            let fault = report.faults().next().unwrap();
            assert_eq!((&fault.path, fault.repository.is_some()), (&below, true));
            assert!(matches!(fault.kind, Kind::Header | Kind::Index(_)), "{fault}");
            assert_eq!(report.faults().count(), 1, "{:#?}", report.findings);
            flip(&fixture.path(&below), at);
        }
    }
}

#[tokio::test]
async fn a_header_or_an_index_that_is_gone_is_missed() {
    for name in [LayoutHeader::FILE, "index.json"] {
        let fixture = Fixture::directory().await;
        fs::remove_file(fixture.path(fixture.app().join(name))).unwrap();
        let report = fixture.check().await;
        assert_eq!(report.faults().count(), 1, "{:#?}", report.findings);
        assert_eq!(report.findings[0].path, fixture.app().join(name));
    }
}

#[tokio::test]
async fn a_repository_that_was_begun_and_never_used_is_none() {
    let fixture = Fixture::directory().await;
    fs::create_dir_all(fixture.path("repositories/new/_oci/blobs")).unwrap();
    let report = fixture.check().await;
    assert!(report.findings.is_empty() && report.repositories == 2, "{:#?}", report.findings);
}

#[tokio::test]
async fn a_digest_that_flips_in_an_index_leads_to_nothing() {
    let fixture = Fixture::directory().await;
    let digest = fixture.image.document().digest().to_string();
    let other = Digest::of(b"nothing").to_string();
    edit(&fixture.path(fixture.app().join("index.json")), &digest, &other);
    let report = fixture.check().await;
    let fault = report.faults().next().unwrap();
    assert_eq!(fault.digest.as_ref().unwrap().to_string(), other);
    assert!(fault.to_string().ends_with("it is missing, and the entry \"latest\" of the index names it"), "{fault}");

    let sparse = fixture.fsck().with_policy(Policy::Sparse).check().await.unwrap();
    assert!(sparse.is_sound() && sparse.notes().any(|note| matches!(note.kind, Kind::Missing { .. })));
}

#[tokio::test]
async fn an_entry_that_says_another_size_or_kind_is_found() {
    let fixture = Fixture::layout().await;
    let size = fixture.image.document().bytes().len();
    edit(&fixture.path("index.json"), &format!("\"size\":{size}"), "\"size\":7");
    let faults = fixture.faults().await;
    let says =
        format!("the entry \"latest\" of the index says another size: size mismatch: expected 7 bytes, got {size}");
    assert!(faults.len() == 1 && faults[0].ends_with(&says), "{faults:#?}");

    let fixture = Fixture::layout().await;
    edit(&fixture.path("index.json"), "image.manifest.v1", "image.index.v1");
    let faults = fixture.faults().await;
    assert!(faults.len() == 1 && faults[0].contains("the document is not as it should be"), "{faults:#?}");
}

#[tokio::test]
async fn an_entry_that_is_no_descriptor_is_found() {
    let fixture = Fixture::layout().await;
    edit(&fixture.path("index.json"), "\"manifests\":[", "\"manifests\":[{\"digest\":\"sha256:1\"},");
    assert_eq!(fixture.faults().await, ["index.json: entry 0 of the index is no descriptor"]);
}

#[tokio::test]
async fn a_name_that_two_manifests_have_is_told() {
    let fixture = Fixture::layout().await;
    edit(&fixture.path("index.json"), "\"all\"", "\"latest\"");
    let report = fixture.check().await;
    assert_eq!(lines(&report, Severity::Note), ["index.json: the name \"latest\" is in the index twice"]);
    assert!(report.is_sound());
}

#[tokio::test]
async fn what_cannot_be_verified_is_told() {
    let fixture = Fixture::layout().await;
    let entry = r#""manifests":[{"mediaType":"a/b","digest":"blake3:00","size":1},"#;
    edit(&fixture.path("index.json"), "\"manifests\":[", entry);
    let report = fixture.check().await;
    assert!(report.is_sound());
    let notes = lines(&report, Severity::Note);
    assert!(
        notes.len() == 1 && notes[0].starts_with("blobs/blake3/00: it is named by an entry of the index"),
        "{notes:?}"
    );
}

#[tokio::test]
async fn strangers_are_told_in_every_place_and_not_judged() {
    let fixture = Fixture::directory().await;
    let app = fixture.app();
    let places = [
        "README".into(),
        "blobs/md5/00".into(),
        "blobs/sha256/readme".into(),
        "repositories/file".into(),
        "repositories/Upper/_oci/index.json".into(),
        app.join("notes.txt"),
        app.join("blobs/sha256/00"),
        app.join("referrers/odd/name"),
        app.join("referrers/file"),
    ];
    for place in &places {
        fs::create_dir_all(fixture.path(place).parent().unwrap()).unwrap();
        fs::write(fixture.path(place), "?").unwrap();
    }
    let report = fixture.check().await;
    assert!(report.is_sound(), "{:#?}", report.findings);
    let found: Vec<_> = report.notes().map(|note| note.path.clone()).collect();
    let told = |place: &&Path| found.iter().any(|found| place.starts_with(found));
    assert!(places.iter().all(|place| told(&&**place)), "{found:#?}");
    assert_eq!(found.len(), places.len(), "{found:#?}");
    assert!(report.notes().all(|note| matches!(note.kind, Kind::Stranger)));
}

#[tokio::test]
async fn only_what_is_old_and_nobody_holds_was_left_behind() {
    let fixture = Fixture::layout().await;
    let names = ["wharf-young", "wharf-old", "wharf-held"].map(|name| Path::new("ingest").join(name));
    for name in &names {
        fs::write(fixture.path(name), "bytes").unwrap();
    }
    let held = names.each_ref().map(|name| File::options().write(true).open(fixture.path(name)).unwrap());
    #[allow(clippy::disallowed_methods, reason = "the age of a file is told by the system's clock")]
    let then = SystemTime::now() - Duration::from_secs(25 * 60 * 60);
    held[1].set_modified(then).unwrap();
    held[2].set_modified(then).unwrap();
    held[2].lock().unwrap();
    let report = fixture.check().await;
    assert_eq!(lines(&report, Severity::Note), ["ingest/wharf-old: it was left behind by a writer"]);
    assert!(report.is_sound() && report.ingest.files == 3 && report.ingest.bytes == 15);
}

#[tokio::test]
async fn trash_and_quarantine_are_known_and_counted() {
    let fixture = Fixture::directory().await;
    for place in ["trash/7/sha256-00", "quarantine/sha256-00"] {
        for layout in ["".into(), fixture.app()] {
            let path = fixture.path(layout.join(place));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "bytes").unwrap();
        }
    }
    fs::write(fixture.path(".wharf.collect.lock"), "").unwrap();
    let report = fixture.check().await;
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
    assert_eq!((report.trash.bytes, report.quarantine.bytes), (10, 10));
}
