//! Opening and making layouts, and what is left to find there.

use std::fs::{self, File};

use wharf_registry::{Blob, ErrorCode, Read, Repository, Write};
use wharf_store::Error;
use wharf_store::layout::{Directory, Layout, REPOSITORY};

use crate::support::{Fixture, age, files, put, put_blob, snapshot, tag};

const INDEX: &str = r#"{"schemaVersion":2,"manifests":null}"#;

#[test]
fn only_a_layout_is_opened() {
    let header = r#"{"imageLayoutVersion":"1.0.0"}"#;
    let is_no_layout = |error: &Error| matches!(error, Error::NotALayout { .. });
    let is_corrupt = |error: &Error| matches!(error, Error::Corrupt { .. });
    let is_missing =
        |error: &Error| matches!(error, Error::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound);
    type Is<'a> = &'a dyn Fn(&Error) -> bool;
    let cases: [(Option<&str>, Option<&str>, Is<'_>); 10] = [
        (None, Some(INDEX), &is_no_layout),
        (Some(""), Some(INDEX), &is_no_layout),
        (Some(r#"{"imageLayoutVersion":"2.0.0"}"#), Some(INDEX), &is_no_layout),
        (Some(r#"{"imageLayoutVersion":1}"#), Some(INDEX), &is_no_layout),
        (Some(header), None, &is_missing),
        (Some(header), Some(""), &is_corrupt),
        (Some(header), Some("[]"), &is_corrupt),
        (Some(header), Some(r#"{"schemaVersion":1,"manifests":[]}"#), &is_corrupt),
        (Some(header), Some(r#"{"schemaVersion":2}"#), &is_corrupt),
        (Some(header), Some(r#"{"schemaVersion":2,"manifests":[],"manifests":[]}"#), &is_corrupt),
    ];
    for (header, index, is) in cases {
        let root = tempfile::tempdir().unwrap();
        for (name, content) in [("oci-layout", header), ("index.json", index)] {
            content.into_iter().for_each(|content| fs::write(root.path().join(name), content).unwrap());
        }
        let before = snapshot(root.path());
        let error = Layout::open(root.path()).unwrap_err();
        assert!(is(&error), "{header:?} {index:?}: {error:?}");
        assert_eq!(snapshot(root.path()), before, "{header:?} {index:?}");
    }
}

#[test]
fn an_index_has_a_limit() {
    let root = tempfile::tempdir().unwrap();
    Layout::create(root.path()).unwrap();
    let index = File::options().write(true).open(root.path().join("index.json")).unwrap();
    index.set_len((64 << 20) + 1).unwrap();
    let error = Layout::open(root.path()).unwrap_err();
    assert!(matches!(&error, Error::Corrupt { source, .. } if source.to_string() == "document too large"), "{error:?}");
}

#[test]
fn a_directory_is_opened_only_as_what_it_is() {
    let root = tempfile::tempdir().unwrap();
    assert!(matches!(Directory::open(root.path()), Err(Error::NotALayout { .. })));
    assert!(matches!(Directory::open(root.path().join("nowhere")), Err(Error::Io { .. })));
    assert!(snapshot(root.path()).len() == 1, "opening made nothing");
    Directory::create(root.path().join("a/b")).unwrap();
    Directory::open(root.path().join("a/b")).unwrap();
}

#[tokio::test]
async fn making_what_is_there_opens_it() {
    let fixture = Fixture::layout();
    put(&fixture.store, "note", &["v1"]).await;
    let before = fixture.snapshot();
    let again = Layout::create(fixture.path("")).unwrap();
    again.resolve(&REPOSITORY, &tag("v1").into()).await.unwrap();
    assert_eq!(fixture.snapshot(), before);
}

#[test]
fn a_creation_that_was_interrupted_is_finished() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("blobs")).unwrap();
    fs::write(root.path().join("index.json"), INDEX).unwrap();
    Layout::create(root.path()).unwrap();
    assert_eq!(fs::read_to_string(root.path().join("index.json")).unwrap(), INDEX);
}

#[tokio::test]
async fn reading_writes_nothing() {
    let fixture = Fixture::layout();
    let digest = put_blob(&fixture.store, "hello").await.unwrap();
    let note = put(&fixture.store, "note", &["v1"]).await;
    let before = fixture.snapshot();
    let store = Layout::open(fixture.path("")).unwrap();
    crate::support::read(&store, &REPOSITORY, &digest).await.unwrap();
    store.manifest(&REPOSITORY, &tag("v1").into()).await.unwrap();
    store.manifest(&REPOSITORY, &note.digest.into()).await.unwrap();
    store.stat_blob(&REPOSITORY, &digest).await.unwrap();
    assert_eq!(fixture.snapshot(), before);
}

#[tokio::test]
async fn a_layout_is_one_repository() {
    let fixture = Fixture::layout();
    let other = Repository::from_static("other");
    put_blob(&fixture.store, "hello").await.unwrap();
    let before = fixture.snapshot();
    let error = fixture.store.put_blob(&other, Blob::from_bytes("world")).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::NAME_UNKNOWN);
    assert_eq!(fixture.snapshot(), before, "nothing is stored for it");
    let error = fixture.store.resolve(&other, &tag("v1").into()).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::NAME_UNKNOWN);
}

#[test]
fn what_a_process_left_behind_is_removed_after_a_day() {
    let fixture = Fixture::layout();
    let file = |name: &str, hours| {
        let path = fixture.path("ingest").join(name);
        fs::write(&path, "half").unwrap();
        age(&path, hours);
        path
    };
    let _old = file("wharf-old", 25);
    let young = file("wharf-young", 23);
    let future = file("wharf-future", 0);
    let of_others = file("other", 1000);
    let in_use = file("wharf-in-use", 1000);
    let writer = File::open(&in_use).unwrap();
    writer.lock().unwrap();
    Layout::open(fixture.path("")).unwrap();
    let mut kept = [young, future, of_others, in_use];
    kept.sort();
    assert_eq!(files(&fixture.path("ingest")), kept);
    drop(writer);
}
