//! What other tools store into the layout of one repository of many: it is there at once, and becomes everybody's only when
//! somebody asks for that.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;

use futures_util::TryStreamExt;
use wharf_registry::{
    Blob, ByteRange, Descriptor, Digest, Document, ErrorCode, Index, Precondition, Read, Repository, Write,
};
use wharf_store::layout::{Layout, REPOSITORY};
use wharf_testkit::fixture::{self, Image};

use crate::support::{Fixture, blob, files, mode, read, snapshot, tag};

const APP: Repository = Repository::from_static("team/app");
const OTHER: Repository = Repository::from_static("other");

fn layout(fixture: &Fixture) -> PathBuf {
    fixture.path("repositories/team/app/_oci")
}

/// An image under a tag, in a repository of which the store has never heard, and in files as other tools make them.
async fn foreign() -> (Fixture, Image) {
    let (fixture, image) = (Fixture::directory(), fixture::image(1, 2, 1000));
    fs::create_dir_all(layout(&fixture).parent().unwrap()).unwrap();
    fixture::push(&Layout::create(layout(&fixture)).unwrap(), &REPOSITORY, &image, &tag("v1")).await;
    for path in files(&layout(&fixture)) {
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    }
    (fixture, image)
}

fn layer(image: &Image) -> Digest {
    Digest::of(&image.layers[0])
}

async fn pull(fixture: &Fixture, repository: &Repository, image: &Image) {
    for content in image.blobs() {
        assert_eq!(read(&fixture.store, repository, &Digest::of(content)).await.unwrap(), *content);
    }
}

#[tokio::test]
async fn it_is_pulled_at_once_and_nothing_is_written() {
    let (fixture, image) = foreign().await;
    let (before, document) = (snapshot(&fixture.path("")), image.document());
    for which in [tag("v1").into(), document.digest().clone().into()] {
        assert_eq!(fixture.store.manifest(&APP, &which).await.unwrap(), document);
        assert_eq!(fixture.store.resolve(&APP, &which).await.unwrap(), document.descriptor());
    }
    pull(&fixture, &APP, &image).await;
    let digest = layer(&image);
    assert_eq!(fixture.store.stat_blob(&APP, &digest).await.unwrap().size, 1000);
    let range = fixture.store.blob_range(&APP, &digest, ByteRange::From { first: 990 }).await.unwrap();
    let pieces: Vec<_> = range.into_unverified().try_collect().await.unwrap();
    assert_eq!(pieces.concat(), image.layers[0][990..]);
    assert_eq!(snapshot(&fixture.path("")), before);
}

#[tokio::test]
async fn no_other_repository_sees_it() {
    let (fixture, image) = foreign().await;
    fixture.store.put_blob(&OTHER, Blob::from_bytes("hello")).await.unwrap();
    for digest in [layer(&image), image.document().digest().clone()] {
        assert!(fixture.store.stat_blob(&OTHER, &digest).await.unwrap_err().is_not_found());
        assert!(fixture.store.blob(&OTHER, &digest).await.unwrap_err().is_not_found());
        assert!(fixture.store.manifest(&OTHER, &digest.clone().into()).await.unwrap_err().is_not_found());
        assert!(!fixture.store.mount(&APP, &digest, &OTHER).await.unwrap());
    }
}

#[tokio::test]
async fn what_is_mounted_is_verified_and_belongs_to_the_store() {
    let (fixture, image) = foreign().await;
    let (right, wrong) = (layer(&image), Digest::of(&image.layers[1]));
    fs::write(blob(&layout(&fixture), &wrong), fixture::bytes(9, 1000)).unwrap();
    assert!(fixture.store.mount(&OTHER, &right, &APP).await.unwrap());
    let error = fixture.store.mount(&OTHER, &wrong, &APP).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::DIGEST_INVALID);
    assert!(fixture.store.stat_blob(&OTHER, &wrong).await.unwrap_err().is_not_found());

    assert_eq!(mode(&fixture.blob(&right)), 0o444, "nobody writes to it");
    fs::remove_dir_all(fixture.path("repositories/team")).unwrap();
    assert_eq!(read(&fixture.store, &OTHER, &right).await.unwrap(), image.layers[0]);
}

/// The pool never has a file that whoever made it could still change, but all that is named is there and whole.
#[tokio::test]
async fn a_manifest_can_name_it_where_it_is() {
    let (fixture, image) = foreign().await;
    let untouched = layer(&image);
    fs::set_permissions(blob(&layout(&fixture), &untouched), fs::Permissions::from_mode(0o444)).unwrap();
    let manifest = image.document();
    fixture.store.put_manifest(&APP, &manifest, &[tag("v2")], &Precondition::Always).await.unwrap();
    let index = Document::author(Index::new(vec![Descriptor::clone(&manifest.descriptor())])).unwrap().into_raw();
    fixture.store.put_manifest(&APP, &index, &[tag("all")], &Precondition::Always).await.unwrap();

    let pooled = files(&fixture.path("blobs"));
    assert!(pooled.iter().all(|path| mode(path) == 0o444), "{pooled:?}");
    assert!(pooled.contains(&fixture.blob(&untouched)), "nobody can write to this one");
    assert_eq!(pooled.len(), 3, "and the two manifests that were put: {pooled:?}");
    pull(&fixture, &APP, &image).await;
}

#[tokio::test]
async fn whoever_puts_it_makes_it_the_stores() {
    let (fixture, image) = foreign().await;
    let (digest, bytes) = (layer(&image), image.layers[0].clone());
    fixture.store.put_blob(&APP, Blob::from_bytes(bytes)).await.unwrap();
    let [pooled, shown] =
        [fixture.blob(&digest), blob(&layout(&fixture), &digest)].map(|path| fs::metadata(path).unwrap());
    assert_eq!((pooled.ino(), pooled.nlink(), pooled.mode() & 0o777), (shown.ino(), 2, 0o444));
}
