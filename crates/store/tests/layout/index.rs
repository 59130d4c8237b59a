//! `index.json`: what is written there, and what others wrote there.

use std::fs;

use futures_util::TryStreamExt;
use wharf_registry::{
    Delete, Descriptor, Digest, Document, ErrorCode, Index, List, MediaType, Precondition, Read, Tag, Write,
};
use wharf_store::layout::REPOSITORY;

use crate::support::{Disk, Fixture, document, entries, put, put_blob, tag};

/// Entries that this workspace does not write, one of each kind that has been seen.
const ENTRIES: [&str; 5] = [
    r#"{"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "size":2,
     "mediaType":"application/vnd.oci.image.manifest.v1+json", "x-unknown": [1e2, null],
     "annotations":{"io.containerd.image.name":"docker.io/library/a:1","org.opencontainers.image.ref.name":"docker.io/library/a:1"}}"#,
    r#"{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":0,
     "platform":{"architecture":"arm64","os":"linux","os.version":"1"}}"#,
    r#"{"mediaType":"application/vnd.example","digest":"md5:d41d8cd98f00b204e9800998ecf8427e","size":-1}"#,
    r#"{"size":2, "size":2}"#,
    r#""not even an object""#,
];

/// The entry whose name is to be moved.
const V1: &str = r#"{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2,
     "annotations":{"org.opencontainers.image.ref.name":"v1","z":"last","a":"first"}}"#;

/// An index of these entries, with fields and numbers that nobody knows.
fn foreign() -> String {
    let list = ENTRIES.join(", ");
    format!(
        r#"{{ "schemaVersion": 2, "x-before": {{"b": 1.50, "a": "\u0041"}},
        "manifests": [ {V1}, {list} ], "annotations": {{"org.example": "kept"}} }}"#
    )
}

async fn tags(store: &Disk) -> Vec<Tag> {
    store.tags(&REPOSITORY, None).try_collect().await.unwrap()
}

async fn resolve(store: &Disk, text: &str) -> Option<Descriptor> {
    store.resolve(&REPOSITORY, &tag(text).into()).await.ok()
}

#[tokio::test]
async fn a_new_layout_is_what_the_specification_says() {
    let fixture = Fixture::layout();
    assert_eq!(fs::read_to_string(fixture.path("oci-layout")).unwrap(), r#"{"imageLayoutVersion":"1.0.0"}"#);
    assert_eq!(
        fixture.index(),
        std::str::from_utf8(Document::author(Index::new(Vec::new())).unwrap().bytes()).unwrap()
    );
    let note = put(&fixture.store, "note", &["v1"]).await;
    assert_eq!(
        fixture.index(),
        format!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{{"mediaType":"application/vnd.example.note","digest":"{}","size":4,"annotations":{{"org.opencontainers.image.ref.name":"v1"}}}}]}}"#,
            note.digest
        )
    );
    let mode = crate::support::mode(&fixture.path("index.json"));
    assert_eq!(mode & 0o133, 0, "readable, and written by nobody else: {mode:o}");
}

#[tokio::test]
async fn what_others_wrote_stays() {
    let fixture = Fixture::foreign(&foreign());
    assert_eq!(tags(&fixture.store).await, [tag("v1")], "a full name is no tag and is not listed");
    let note = put(&fixture.store, "note", &["v1", "v2"]).await;
    fixture.store.delete_tag(&REPOSITORY, &tag("v2")).await.unwrap();
    let index = fixture.index();
    for kept in ENTRIES {
        assert!(index.contains(kept), "{kept} is not in {index}");
    }
    let foreign = foreign();
    let (head, tail) = (foreign.split(V1).next().unwrap(), foreign.rsplit(ENTRIES[4]).next().unwrap());
    assert!(index.starts_with(head.trim_end()), "{index}");
    assert!(index.ends_with(tail), "{index}");
    // The other manifest lost its name, and nothing else that was said of it.
    assert!(index.contains(r#""size":2,"annotations":{"z":"last","a":"first"}}"#), "{index}");
    assert_eq!(resolve(&fixture.store, "v1").await.map(|found| found.digest), Some(note.digest));
}

#[tokio::test]
async fn one_name_has_one_entry() {
    let fixture = Fixture::layout();
    let one = put(&fixture.store, "one", &["a", "b"]).await;
    let two = put(&fixture.store, "two", &["b"]).await;
    let named = |name: &str, of: &Descriptor| (Some(name.to_owned()), of.digest.to_string());
    assert_eq!(entries(&fixture.index()), [named("a", &one), named("b", &two)]);
    let three = put(&fixture.store, "three", &["a"]).await;
    // The first manifest has no name any more and is still recorded.
    let unnamed = (None, one.digest.to_string());
    assert_eq!(entries(&fixture.index()), [unnamed, named("b", &two), named("a", &three)]);
    put(&fixture.store, "one", &["c"]).await;
    assert_eq!(entries(&fixture.index()), [named("c", &one), named("b", &two), named("a", &three)]);
    assert_eq!(tags(&fixture.store).await, ["a", "b", "c"].map(tag));
}

#[tokio::test]
async fn a_name_that_others_gave_twice_is_read_first_and_written_once() {
    let entry = |content: &str, name: &str| {
        let digest = Digest::of(content.as_bytes());
        format!(
            r#"{{"mediaType":"application/vnd.example.note","digest":"{digest}","size":3,"annotations":{{"org.opencontainers.image.ref.name":"{name}"}}}}"#
        )
    };
    let unreadable = r#"{"annotations":{},"annotations":{"org.opencontainers.image.ref.name":"v1"}}"#;
    let list = [unreadable.to_owned(), entry("one", "v1"), entry("two", "v1")].join(",");
    let fixture = Fixture::foreign(&format!(r#"{{"schemaVersion":2,"manifests":[{list}]}}"#));
    let names = |fixture: &Fixture| entries(&fixture.index()).into_iter().filter(|(name, _)| name.is_some()).count();
    for digest in [Digest::of(b"one"), Digest::of(b"two")] {
        fs::create_dir_all(fixture.path("blobs/sha256")).unwrap();
        fs::write(fixture.blob(&digest), if digest == Digest::of(b"one") { "one" } else { "two" }).unwrap();
    }
    assert_eq!(resolve(&fixture.store, "v1").await.unwrap().digest, Digest::of(b"one"));
    put(&fixture.store, "new", &["v1"]).await;
    assert_eq!((names(&fixture), entries(&fixture.index()).len()), (1, 4), "the others stay without the name");
    fixture.store.delete_tag(&REPOSITORY, &tag("v1")).await.unwrap();
    assert_eq!(names(&fixture), 0);
}

#[tokio::test]
async fn children_need_no_entry_of_their_own() {
    let fixture = Fixture::layout();
    let index = wharf_testkit::fixture::multi_platform(1, 1, 100);
    wharf_testkit::fixture::push_index(&fixture.store, &REPOSITORY, &index, &tag("v1")).await;
    assert_eq!(entries(&fixture.index()), [(Some("v1".to_owned()), index.document().digest().to_string())]);
    for image in &index.images {
        let manifest = image.document();
        let found = fixture.store.manifest(&REPOSITORY, &manifest.digest().clone().into()).await.unwrap();
        assert_eq!(found, manifest);
    }
    // A child with a name of its own keeps it.
    let fixture = Fixture::layout();
    wharf_testkit::fixture::push(&fixture.store, &REPOSITORY, &index.images[0], &tag("arm")).await;
    wharf_testkit::fixture::push_index(&fixture.store, &REPOSITORY, &index, &tag("v1")).await;
    assert_eq!(tags(&fixture.store).await, ["arm", "v1"].map(tag));
}

#[tokio::test]
async fn what_changes_nothing_is_not_written() {
    for fixture in [Fixture::layout(), Fixture::foreign(&foreign())] {
        put(&fixture.store, "note", &["v2"]).await;
        let before = fixture.snapshot();
        put(&fixture.store, "note", &["v2"]).await;
        put(&fixture.store, "note", &[]).await;
        fixture.store.delete_tag(&REPOSITORY, &tag("v3")).await.unwrap_err();
        assert_eq!(fixture.snapshot(), before);
    }
}

#[tokio::test]
async fn all_tags_move_or_none() {
    let fixture = Fixture::layout();
    put(&fixture.store, "one", &["a"]).await;
    let before = fixture.index();
    let tags = ["b", "a"].map(tag);
    let refused = fixture.store.put_manifest(&REPOSITORY, &document("two"), &tags, &Precondition::Unset).await;
    assert_eq!(*refused.unwrap_err().code(), ErrorCode::DENIED);
    assert_eq!(fixture.index(), before);
}

#[tokio::test]
async fn a_deleted_manifest_takes_its_names_along() {
    let fixture = Fixture::layout();
    let one = put(&fixture.store, "one", &["a", "b"]).await;
    let two = put(&fixture.store, "two", &["c"]).await;
    fixture.store.delete_manifest(&REPOSITORY, &one.digest).await.unwrap();
    assert_eq!(entries(&fixture.index()), [(Some("c".to_owned()), two.digest.to_string())]);
    assert!(!fixture.blob(&one.digest).exists());
}

#[tokio::test]
async fn a_manifest_is_what_its_last_writer_said() {
    let fixture = Fixture::layout();
    put(&fixture.store, "note", &["a"]).await;
    let other = Document::new(MediaType::parse("application/vnd.example.other").unwrap(), "note");
    fixture.store.put_manifest(&REPOSITORY, &other, &[tag("b")], &Precondition::Always).await.unwrap();
    for name in ["a", "b"] {
        assert_eq!(resolve(&fixture.store, name).await, Some(other.descriptor()), "{name}");
    }
}

/// The same bytes as something that nobody knows would make a tag useless that still points to where it did.
#[tokio::test]
async fn an_entry_does_not_lose_its_kind() {
    let fixture = Fixture::layout();
    let known = Document::author(Index::new(Vec::new())).unwrap().into_raw();
    fixture.store.put_manifest(&REPOSITORY, &known, &[tag("v1")], &Precondition::Always).await.unwrap();
    let before = fixture.index();
    let unknown = Document::new(MediaType::parse("application/vnd.example.note").unwrap(), known.bytes().clone());
    for tags in [vec![], vec![tag("v1")], vec![tag("v2")]] {
        let refused = fixture.store.put_manifest(&REPOSITORY, &unknown, &tags, &Precondition::Unset).await;
        assert_eq!(*refused.unwrap_err().code(), ErrorCode::MANIFEST_INVALID);
        assert_eq!(fixture.index(), before);
    }

    // Whether or not it was right, which is judged where the entry is changed.
    let fixture = Fixture::foreign(&format!(r#"{{"schemaVersion":2,"manifests":[{V1}]}}"#));
    put_blob(&fixture.store, "{}").await.unwrap();
    let note = document("{}");
    let refused = fixture.store.put_manifest(&REPOSITORY, &note, &[], &Precondition::Always).await;
    assert_eq!(*refused.unwrap_err().code(), ErrorCode::DENIED);
}

/// Whoever may push could otherwise take away what others stored, by naming it in an index.
#[tokio::test]
async fn a_manifest_of_an_unknown_kind_is_not_lost_when_an_index_names_it() {
    let fixture = Fixture::layout();
    let note = put(&fixture.store, "note", &[]).await;
    let index = Document::author(Index::new(vec![note.clone()])).unwrap().into_raw();
    fixture.store.put_manifest(&REPOSITORY, &index, &[tag("t")], &Precondition::Always).await.unwrap();
    let found = fixture.store.manifest(&REPOSITORY, &note.digest.clone().into()).await.unwrap();
    assert_eq!(found.descriptor(), note);
}

/// A manifest that others wrote has no record once an index names it, and says itself what it is.
#[tokio::test]
async fn what_says_itself_what_it_is_stays_that() {
    let fixture = Fixture::layout();
    let known = Document::author(Index::new(Vec::new())).unwrap().into_raw();
    put_blob(&fixture.store, std::str::from_utf8(known.bytes()).unwrap()).await.unwrap();
    let unknown = Document::new(MediaType::parse("application/vnd.example.note").unwrap(), known.bytes().clone());
    let refused = fixture.store.put_manifest(&REPOSITORY, &unknown, &[], &Precondition::Always).await;
    assert_eq!(*refused.unwrap_err().code(), ErrorCode::MANIFEST_INVALID);
    fixture.store.put_manifest(&REPOSITORY, &known, &[], &Precondition::Always).await.unwrap();
}

/// An index never grows beyond what is read, so that nobody can make a repository unreadable by filling it.
#[tokio::test]
async fn a_full_index_takes_no_more_and_can_be_emptied() {
    let room = "x".repeat((64 << 20) - 1000);
    let fixture =
        Fixture::foreign(&format!(r#"{{"schemaVersion":2,"manifests":[],"annotations":{{"org.example":"{room}"}}}}"#));
    put(&fixture.store, "note", &["v1"]).await;
    let names: Vec<_> = (0..10).map(|number| tag(&format!("{number}{}", "n".repeat(100)))).collect();
    let other = Document::new(MediaType::parse("application/vnd.example.other").unwrap(), "other");
    let error = fixture.store.put_manifest(&REPOSITORY, &other, &names, &Precondition::Always).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::DENIED);
    assert!(resolve(&fixture.store, "v1").await.is_some(), "what was there is still read");
    fixture.store.delete_tag(&REPOSITORY, &tag("v1")).await.unwrap();
}
