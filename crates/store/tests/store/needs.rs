//! What a manifest needs is looked for once, however often it is named.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use wharf_registry::{
    Blob, Descriptor, Digest, Document, ErrorCode, Index, Manifest, MediaType, Precondition, Repository, Tag, Write,
};
use wharf_store::{Error, NewManifest, Put, Refs, Store, memory};

use crate::{APP, code, described};

/// Names in memory that write down for which content they were asked.
#[derive(Default)]
struct Watched {
    names: memory::Names,
    asked: Arc<Mutex<Vec<Digest>>>,
}

#[async_trait]
impl Refs for Watched {
    async fn repositories(&self, after: Option<&Repository>, limit: usize) -> Result<Vec<Repository>, Error> {
        self.names.repositories(after, limit).await
    }

    async fn link(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        self.names.link(repository, digest).await
    }

    async fn linked(&self, repository: &Repository, digest: &Digest) -> Result<bool, Error> {
        self.asked.lock().unwrap().push(digest.clone());
        self.names.linked(repository, digest).await
    }

    async fn unlink(&self, repository: &Repository, digest: &Digest) -> Result<bool, Error> {
        self.names.unlink(repository, digest).await
    }

    async fn manifest(&self, repository: &Repository, digest: &Digest) -> Result<Option<Descriptor>, Error> {
        self.names.manifest(repository, digest).await
    }

    async fn put_manifest(&self, repository: &Repository, new: NewManifest) -> Result<Put, Error> {
        self.names.put_manifest(repository, new).await
    }

    async fn remove_manifest(&self, repository: &Repository, digest: &Digest) -> Result<bool, Error> {
        self.names.remove_manifest(repository, digest).await
    }

    async fn referrers(&self, repository: &Repository, subject: &Digest) -> Result<Vec<Digest>, Error> {
        self.names.referrers(repository, subject).await
    }

    async fn tags(
        &self,
        repository: &Repository,
        after: Option<&Tag>,
        limit: usize,
    ) -> Result<Option<Vec<Tag>>, Error> {
        self.names.tags(repository, after, limit).await
    }

    async fn tag(&self, repository: &Repository, tag: &Tag) -> Result<Option<Descriptor>, Error> {
        self.names.tag(repository, tag).await
    }

    async fn remove_tag(&self, repository: &Repository, tag: &Tag) -> Result<bool, Error> {
        self.names.remove_tag(repository, tag).await
    }
}

#[tokio::test]
async fn what_is_named_many_times_is_looked_for_once() {
    let names = Watched::default();
    let asked = Arc::clone(&names.asked);
    let store = Store::new(memory::Blobs::default(), names);
    let layers = |other: &[u8]| {
        let layer = |content: &[u8]| Descriptor::of(MediaType::LAYER_GZIP, content);
        let mut layers = vec![layer(b"layer"); 1000];
        layers.push(layer(other));
        Document::author(Manifest::new(described(b"layer"), layers)).unwrap().into_raw()
    };
    store.put_blob(&APP, Blob::from_bytes("layer")).await.unwrap();
    store.put_blob(&APP, Blob::from_bytes("last")).await.unwrap();
    asked.lock().unwrap().clear();
    let document = layers(b"last");
    store.put_manifest(&APP, &document, &[], &Precondition::Always).await.unwrap();
    let (needed, own) = ([b"layer", &b"last"[..]].map(Digest::of), document.digest().clone());
    let [layer, last] = needed;
    assert_eq!(*asked.lock().unwrap(), [own.clone(), layer, last, own], "and whether it is there itself");

    let refused = store.put_manifest(&APP, &layers(b"missing"), &[], &Precondition::Always).await;
    assert_eq!(code(refused), ErrorCode::MANIFEST_BLOB_UNKNOWN, "the last one counts as well");
}

/// A small index can lead to much that nobody recorded. What is recorded keeps itself what it needs, and is not followed.
#[tokio::test]
async fn what_is_followed_has_an_end() {
    let store = Store::memory();
    store.put_blob(&APP, Blob::from_bytes("config")).await.unwrap();
    let children: Vec<_> = (0..17).map(large_image).collect();
    for child in &children {
        store.put_blob(&APP, Blob::from_bytes(child.bytes().clone())).await.unwrap();
    }
    let index = Index::new(children.iter().map(|child| child.descriptor()).collect());
    let index = Document::author(index).unwrap().into_raw();
    let put = async |document| store.put_manifest(&APP, document, &[], &Precondition::Always).await;
    assert_eq!(code(put(&index).await), ErrorCode::MANIFEST_BLOB_UNKNOWN);
    put(&children[0]).await.unwrap();
    put(&index).await.unwrap();
}

/// The manifest of an image that is nearly as large as may be.
fn large_image(number: usize) -> Document {
    let config = serde_json::to_string(&described(b"config")).unwrap();
    let text = format!("{number:02}{}", "x".repeat((4 << 20) - 1000));
    let rest = format!(r#""config":{config},"layers":[],"annotations":{{"text":"{text}"}}"#);
    let manifest = format!(r#"{{"schemaVersion":2,"mediaType":"{}",{rest}}}"#, MediaType::IMAGE_MANIFEST);
    Document::new(MediaType::IMAGE_MANIFEST, manifest)
}
