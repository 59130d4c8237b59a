//! A manifest is taken only when what it needs is there, so that whoever sees it can pull it.
//!
//! The distribution-spec allows a registry to demand this and names the code, `MANIFEST_BLOB_UNKNOWN`. A cache does not
//! demand it, and runs [`sparse`](super::sparse) instead of these.

use wharf_registry::{Document, ErrorCode, Index, Precondition, Registry, Repository};

use super::expect::{is_refused, lacks_manifest, put, put_manifest};
use crate::fixture::{self, tag};

/// All laws of this module.
pub async fn all(registry: &dyn Registry) {
    layer_is_missing(registry).await;
    config_is_missing(registry).await;
    layer_is_elsewhere(registry).await;
    child_is_missing(registry).await;
}

/// A manifest of which a layer is missing is refused.
pub async fn layer_is_missing(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/integrity/layer-is-missing");
    let image = fixture::image(1, 2, 100);
    put(registry, &repository, &image.config).await;
    put(registry, &repository, &image.layers[0]).await;
    refuses(registry, &repository, &image.document()).await;
}

/// A manifest of which the config is missing is refused.
pub async fn config_is_missing(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/integrity/config-is-missing");
    let image = fixture::image(2, 1, 100);
    put(registry, &repository, &image.layers[0]).await;
    refuses(registry, &repository, &image.document()).await;
}

/// A manifest of which a layer is in another repository only is refused.
pub async fn layer_is_elsewhere(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/integrity/layer-is-elsewhere/here");
    let elsewhere = Repository::from_static("laws/integrity/layer-is-elsewhere/there");
    let image = fixture::image(3, 1, 100);
    put(registry, &repository, &image.config).await;
    put(registry, &elsewhere, &image.layers[0]).await;
    refuses(registry, &repository, &image.document()).await;
}

/// An index of which a manifest is missing is refused.
pub async fn child_is_missing(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/integrity/child-is-missing");
    let [here, missing] = [4, 5].map(|seed| fixture::image(seed, 1, 100));
    fixture::push_blobs(registry, &repository, &here).await;
    fixture::push_blobs(registry, &repository, &missing).await;
    put_manifest(registry, &repository, &here.document(), &[]).await;
    let index = Index::new(vec![here.manifest.descriptor(), missing.manifest.descriptor()]);
    refuses(registry, &repository, &Document::author(index).unwrap().into_raw()).await;
}

/// Stores a manifest in vain: neither its tag nor its digest is found afterwards.
async fn refuses(registry: &dyn Registry, repository: &Repository, document: &Document) {
    let put = registry.put_manifest(repository, document, &[tag("refused")], &Precondition::Always).await;
    is_refused(repository, put, &[ErrorCode::MANIFEST_BLOB_UNKNOWN]);
    lacks_manifest(registry, repository, tag("refused")).await;
    lacks_manifest(registry, repository, document.digest().clone()).await;
}
