//! Repairing, from the store itself and from another registry.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use wharf_registry::{Blob, Digest, ErrorCode, Operation, Repository, Tag};
use wharf_store::Store;
use wharf_store::layout::Layout;
use wharf_store::layout::fsck::{Kind, Source};
use wharf_testkit::{Fault, Faulty, fixture};

use crate::support::{APP, BASE, Fixture, blob, flip, rewrite};

#[tokio::test]
async fn every_file_of_content_that_goes_bad_is_had_from_the_source() {
    let (fixture, mirror) = (Fixture::directory().await, Fixture::directory().await);
    let names: Vec<_> =
        fs::read_dir(fixture.path("blobs/sha256")).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.iter().for_each(|path| flip(path, 0));
    let report = fixture.check().await;
    let repairs = fixture.fsck().repair(&report, Some(&Source::new(&*mirror.store))).await;
    assert!(repairs.failed.is_empty(), "{:#?}", repairs.failed);
    assert_eq!(repairs.done.len(), report.findings.len());
    assert!(fixture.check().await.findings.is_empty());
    for path in names {
        assert!(fs::metadata(path).unwrap().nlink() > 1, "repositories have links to the new files");
    }
}

#[tokio::test]
async fn what_is_missing_is_had_from_one_repository_of_a_registry() {
    let fixture = Fixture::layout().await;
    let (mirror, elsewhere) = (Store::memory(), Repository::from_static("elsewhere/it/is"));
    fixture::push(&mirror, &elsewhere, &fixture.image, &Tag::LATEST).await;
    let manifest = fixture.image.document().digest().clone();
    let layer = Digest::of(&fixture.image.layers[1]);
    for digest in [&manifest, &layer] {
        fs::remove_file(fixture.path(blob(digest))).unwrap();
    }
    // What is below a manifest that is missing is found when that is there.
    for missing in [&manifest, &layer] {
        let report = fixture.check().await;
        let source = Source::repository(&mirror, elsewhere.clone());
        let repairs = fixture.fsck().repair(&report, Some(&source)).await;
        assert_eq!(repairs.done.iter().map(|done| done.digest.as_ref()).collect::<Vec<_>>(), [Some(missing)]);
    }
    assert!(fixture.check().await.findings.is_empty());
}

#[tokio::test]
async fn a_manifest_that_the_source_has_as_no_blob_is_asked_for_as_a_manifest() {
    let (fixture, mirror) = (Fixture::layout().await, Fixture::layout().await);
    let manifest = fixture.image.document().digest().clone();
    flip(&fixture.path(blob(&manifest)), 0);
    let report = fixture.check().await;
    let mirror = Faulty::new(Layout::open(mirror.root()).unwrap());
    mirror.always(Operation::GetBlob, Fault::Refuse(ErrorCode::BLOB_UNKNOWN));
    let repairs = fixture.fsck().repair(&report, Some(&Source::new(&mirror))).await;
    assert_eq!((repairs.done.len(), repairs.failed.len()), (1, 0), "{repairs:#?}");
    assert!(fixture.check().await.findings.is_empty());
}

#[tokio::test]
async fn what_the_source_does_not_have_or_has_wrong_is_told_and_left() {
    let fixture = Fixture::directory().await;
    let digest = Digest::of(&fixture.image.layers[0]);
    flip(&fixture.path(blob(&digest)), 0);
    let bad = fs::read(fixture.path(blob(&digest))).unwrap();
    let report = fixture.check().await;

    let empty = Store::memory();
    let repairs = fixture.fsck().repair(&report, Some(&Source::new(&empty))).await;
    assert_eq!((repairs.done.len(), repairs.failed.len()), (0, 2));
    assert!(repairs.failed.iter().all(|failure| failure.error.is_not_found()));

    let mirror = Fixture::directory().await;
    flip(&mirror.path(blob(&digest)), 1);
    let repairs = fixture.fsck().repair(&report, Some(&Source::new(&*mirror.store))).await;
    assert_eq!((repairs.done.len(), repairs.failed.len()), (0, 2));
    assert!(repairs.failed.iter().all(|failure| *failure.error.code() == ErrorCode::DIGEST_INVALID));
    assert_eq!(fs::read(fixture.path(blob(&digest))).unwrap(), bad, "wrong content does not replace wrong content");
}

#[tokio::test]
async fn without_a_source_links_are_made_right() {
    let fixture = Fixture::directory().await;
    let [bad, unpooled] = [0, 1].map(|layer| Digest::of(&fixture.image.layers[layer]));
    let link = fixture.path(fixture.app().join(blob(&bad)));
    fs::remove_file(&link).unwrap();
    fs::write(&link, "other").unwrap();
    fs::remove_file(fixture.path(blob(&unpooled))).unwrap();
    let report = fixture.check().await;
    assert_eq!(report.findings.len(), 3, "{:#?}", report.findings);
    let repairs = fixture.fsck().repair(&report, None).await;
    assert_eq!((repairs.done.len(), repairs.failed.len()), (3, 0), "{repairs:#?}");
    assert!(fixture.check().await.findings.is_empty());
    let inode = |path| fs::metadata(path).unwrap().ino();
    assert_eq!(inode(link), inode(fixture.path(blob(&bad))));
}

#[tokio::test]
async fn a_repository_is_not_shown_what_only_others_have() {
    let fixture = Fixture::directory().await;
    let digest = Digest::of(&fixture.image.layers[0]);
    fs::remove_file(fixture.path(fixture.app().join(blob(&digest)))).unwrap();
    let report = fixture.check().await;
    assert!(matches!(report.findings[0].kind, Kind::Missing { .. }));
    assert!(fixture.fsck().repair(&report, None).await.done.is_empty());
    assert!(fixture.store.stat_blob(&APP, &digest).await.unwrap_err().is_not_found());
    assert!(fixture.store.stat_blob(&BASE, &digest).await.is_ok());
}

#[tokio::test]
async fn lists_of_referrers_are_completed() {
    let fixture = Fixture::directory().await;
    fs::remove_dir_all(fixture.path(fixture.app().join("referrers"))).unwrap();
    let report = fixture.check().await;
    let repairs = fixture.fsck().repair(&report, None).await;
    assert_eq!(repairs.done.len(), 1);
    assert!(fixture.check().await.findings.is_empty());
}

#[tokio::test]
async fn what_is_put_aside_first_is_kept_and_what_is_not_is_replaced() {
    for aside in [true, false] {
        let (fixture, mirror) = (Fixture::layout().await, Fixture::layout().await);
        let digest = Digest::of(b"{}");
        rewrite(&fixture.path(blob(&digest)), b"[]");
        let report = fixture.check().await;
        if aside {
            fixture.fsck().quarantine(&report).await.unwrap();
        }
        let repairs = fixture.fsck().repair(&report, Some(&Source::new(&*mirror.store))).await;
        assert_eq!(repairs.done.len(), 1);
        let after = fixture.check().await;
        assert!(after.findings.is_empty());
        assert_eq!(after.quarantine.files, u64::from(aside));
    }
}

#[tokio::test]
async fn content_of_the_pool_that_nobody_sees_has_no_name_for_a_source() {
    let fixture = Fixture::directory().await;
    fixture.store.put_blob(&BASE, Blob::from_bytes("alone")).await.unwrap();
    let digest = Digest::of(b"alone");
    fixture.store.delete_blob(&BASE, &digest).await.unwrap();
    rewrite(&fixture.path(blob(&digest)), b"wrong");
    let report = fixture.check().await;
    assert_eq!(report.findings.len(), 1);
    let mirror = Store::memory();
    let repairs = fixture.fsck().repair(&report, Some(&Source::new(&mirror))).await;
    assert!(repairs.done.is_empty() && repairs.failed.is_empty());
}
