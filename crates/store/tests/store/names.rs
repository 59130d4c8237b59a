//! What back ends for names do of themselves, without the rules of a store.

use wharf_registry::{Descriptor, Digest, MediaType, Repository};
use wharf_store::layout::Directory;
use wharf_store::{NewManifest, Put, Refs, memory};

async fn a_manifest_that_is_not_recorded_makes_no_repository(names: &impl Refs) {
    let (app, digest) = (Repository::from_static("app"), Digest::of(b"{}"));
    let new = NewManifest::new(Descriptor::new(MediaType::IMAGE_MANIFEST, digest.clone(), 2));
    assert_eq!(names.put_manifest(&app, new).await.unwrap(), Put::Missing(vec![digest]));
    assert_eq!(names.repositories(None, 10).await.unwrap(), []);
    assert_eq!(names.tags(&app, None, 10).await.unwrap(), None);
}

#[tokio::test]
async fn in_memory() {
    a_manifest_that_is_not_recorded_makes_no_repository(&memory::Names::default()).await;
}

#[tokio::test]
async fn on_disk() {
    let directory = tempfile::tempdir().unwrap();
    a_manifest_that_is_not_recorded_makes_no_repository(Directory::create(directory.path()).unwrap().refs()).await;
}
