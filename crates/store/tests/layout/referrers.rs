//! Which manifests refer to another: the files that say so, and what others have said before.

use std::fs;
use std::os::unix::fs::symlink;
use std::thread;

use futures_util::TryStreamExt;
use wharf_registry::{
    Delete, Descriptor, Digest, Document, Index, List, MediaType, Precondition, Tag, Write, annotation,
};
use wharf_store::layout::{Layout, REPOSITORY};

use crate::support::{Disk, Fixture, files, tag};

fn subject() -> Descriptor {
    Descriptor::of(MediaType::IMAGE_MANIFEST, b"the subject")
}

/// A manifest that needs nothing and refers to a subject.
fn note(subject: &Descriptor, text: &str) -> Document {
    let index = Index::new(Vec::new()).with_subject(subject.clone()).with_annotation("note", text);
    Document::author(index).unwrap().into_raw()
}

async fn put(store: &Disk, document: &Document, tags: &[Tag]) {
    store.put_manifest(&REPOSITORY, document, tags, &Precondition::Always).await.unwrap();
}

async fn listed(store: &Disk, subject: &Digest) -> Vec<Digest> {
    let found: Vec<_> = store.referrers(&REPOSITORY, subject, None).try_collect().await.unwrap();
    found.into_iter().map(|entry| entry.digest).collect()
}

fn sorted(documents: &[&Document]) -> Vec<Digest> {
    let mut digests: Vec<_> = documents.iter().map(|document| document.digest().clone()).collect();
    digests.sort_unstable();
    digests
}

/// The path of the file that makes a manifest a referrer of the subject.
fn path(fixture: &Fixture, referrer: &Digest) -> std::path::PathBuf {
    let name = |digest: &Digest| digest.to_string().replace(':', "-");
    fixture.path("referrers").join(name(&subject().digest)).join(name(referrer))
}

/// Puts content into a layout as other tools do.
fn plant(fixture: &Fixture, document: &Document) {
    let path = fixture.blob(document.digest());
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, document.bytes()).unwrap();
}

/// A layout in which a client kept the index of referrers that registries without a list need.
fn foreign(entries: &[&Document]) -> Fixture {
    let index = Index::new(entries.iter().map(|document| document.descriptor()).collect());
    let index = Document::author(index).unwrap().into_raw();
    let entry =
        index.descriptor().with_annotation(annotation::REF_NAME, Tag::referrers_fallback(&subject().digest).as_str());
    let fixture = Fixture::foreign(&serde_json::to_string(&Index::new(vec![entry])).unwrap());
    plant(&fixture, &index);
    fixture
}

#[tokio::test]
async fn a_referrer_is_a_file_for_as_long_as_it_is_there() {
    let fixture = Fixture::layout();
    let (one, other) = (note(&subject(), "one"), note(&subject(), "other"));
    for document in [&one, &other, &one] {
        put(&fixture.store, document, &[]).await;
    }
    assert_eq!(files(&fixture.path("referrers")).len(), 2);
    assert_eq!(fs::read(path(&fixture, one.digest())).unwrap(), b"");
    assert_eq!(listed(&Layout::open(fixture.path("")).unwrap(), &subject().digest).await, sorted(&[&one, &other]));

    fixture.store.delete_manifest(&REPOSITORY, one.digest()).await.unwrap();
    assert!(!path(&fixture, one.digest()).exists());
    assert_eq!(listed(&fixture.store, &subject().digest).await, sorted(&[&other]));
    fixture.store.delete_manifest(&REPOSITORY, other.digest()).await.unwrap();
    assert_eq!(fs::read_dir(fixture.path("referrers")).unwrap().count(), 0, "nor is there an empty directory");
}

/// Whatever the order is in which a file system tells names.
#[tokio::test]
async fn referrers_are_listed_in_the_order_of_bytes() {
    let fixture = Fixture::layout();
    let notes: Vec<_> = (0..20).map(|number| note(&subject(), &format!("note {number}"))).collect();
    for note in &notes {
        put(&fixture.store, note, &[]).await;
    }
    assert_eq!(listed(&fixture.store, &subject().digest).await, sorted(&notes.iter().collect::<Vec<_>>()));
}

/// A process can end between two steps: the file is made first and removed last, and decides nothing by itself.
#[tokio::test]
async fn a_file_without_its_manifest_lists_nothing() {
    let fixture = Fixture::layout();
    let (there, gone) = (note(&subject(), "there"), note(&subject(), "gone"));
    let elsewhere = note(&Descriptor::of(MediaType::IMAGE_MANIFEST, b"another subject"), "elsewhere");
    for document in [&there, &elsewhere] {
        put(&fixture.store, document, &[]).await;
    }
    for digest in [gone.digest(), elsewhere.digest()] {
        fs::write(path(&fixture, digest), "").unwrap();
    }
    for name in ["sha256-", "sha256-abc", ".nfs000", "md5-d41d8cd98f00b204e9800998ecf8427e"] {
        fs::write(path(&fixture, there.digest()).with_file_name(name), "").unwrap();
    }
    fs::remove_file(fixture.path("index.json")).unwrap();
    fs::write(fixture.path("index.json"), r#"{"schemaVersion":2,"manifests":[]}"#).unwrap();
    assert_eq!(listed(&fixture.store, &subject().digest).await, sorted(&[&there]), "a record is not needed");
    fixture.store.delete_manifest(&REPOSITORY, there.digest()).await.unwrap();
    assert_eq!(listed(&fixture.store, &subject().digest).await, []);
}

#[tokio::test]
async fn a_manifest_that_was_refused_is_no_referrer() {
    let fixture = Fixture::layout();
    put(&fixture.store, &note(&subject(), "one"), &[tag("v1")]).await;
    let other = note(&subject(), "other");
    let refused = fixture.store.put_manifest(&REPOSITORY, &other, &[tag("v1")], &Precondition::Unset).await;
    assert!(refused.is_err() && !path(&fixture, other.digest()).exists());
}

/// What clients kept while nobody else did is listed as well, as far as it is true.
#[tokio::test]
async fn the_index_under_the_fallback_tag_is_listed_too() {
    let [kept, both, gone] = ["kept", "both", "gone"].map(|text| note(&subject(), text));
    let elsewhere = note(&Descriptor::of(MediaType::IMAGE_MANIFEST, b"another subject"), "elsewhere");
    let fixture = foreign(&[&kept, &both, &gone, &elsewhere]);
    let tag = format!("sha256-{}", subject().digest.encoded());
    assert!(fixture.index().contains(&format!(r#"ref.name":"{tag}""#)), "as other tools name it");
    for document in [&kept, &both, &elsewhere] {
        plant(&fixture, document);
    }
    assert_eq!(listed(&fixture.store, &subject().digest).await, sorted(&[&kept, &both]));

    let new = note(&subject(), "new");
    for document in [&both, &new] {
        put(&fixture.store, document, &[]).await;
    }
    assert_eq!(listed(&fixture.store, &subject().digest).await, sorted(&[&kept, &both, &new]));
    fixture.store.delete_manifest(&REPOSITORY, both.digest()).await.unwrap();
    assert_eq!(listed(&fixture.store, &subject().digest).await, sorted(&[&kept, &new]), "although the index has it");
}

#[tokio::test]
async fn what_is_no_index_lists_nothing() {
    let fixture = Fixture::layout();
    let tags = [Tag::referrers_fallback(&subject().digest)];
    let unknown = Document::new(MediaType::parse("a/b").unwrap(), "no index");
    put(&fixture.store, &unknown, &tags).await;
    assert_eq!(listed(&fixture.store, &subject().digest).await, []);
    fs::remove_file(fixture.blob(unknown.digest())).unwrap();
    assert_eq!(listed(&fixture.store, &subject().digest).await, []);
}

#[tokio::test]
async fn links_in_the_place_of_referrers_are_not_followed() {
    let (fixture, other) = (Fixture::layout(), Fixture::layout());
    let [here, there] = ["here", "there"].map(|text| note(&subject(), text));
    put(&other.store, &here, &[]).await;
    plant(&fixture, &here);
    symlink(other.path("referrers"), fixture.path("referrers")).unwrap();
    assert_eq!(listed(&fixture.store, &subject().digest).await, []);
    let put = fixture.store.put_manifest(&REPOSITORY, &there, &[], &Precondition::Always).await;
    assert!(put.is_err() && files(&other.path("referrers")).len() == 1, "nor written through");
}

#[test]
fn no_referrer_of_many_processes_is_lost() {
    let fixture = Fixture::layout();
    thread::scope(|scope| {
        for number in 0..4 {
            let root = fixture.path("");
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(async {
                    let store = Layout::open(root).unwrap();
                    for turn in 0..20 {
                        let document = note(&subject(), &format!("{number} {turn}"));
                        put(&store, &document, &[]).await;
                        if turn % 2 == 0 {
                            store.delete_manifest(&REPOSITORY, document.digest()).await.unwrap();
                        }
                    }
                });
            });
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(listed(&fixture.store, &subject().digest)).len(), 40);
}
