//! Manifests come back byte for byte, under the media type that they were given.
//!
//! What is refused is refused as `MANIFEST_INVALID`, and is found afterwards neither by tag nor by digest.

use bytes::Bytes;
use wharf_registry::{Descriptor, Document, ErrorCode, Index, Manifest, MediaType, Precondition, Registry, Repository};

use super::expect::{has_manifest, is_refused, lacks_manifest, put_manifest};
use crate::fixture::{self, Image, tag};

/// All laws of this module.
pub async fn all(registry: &dyn Registry) {
    comes_back(registry).await;
    needs_no_tag(registry).await;
    can_be_stored_again(registry).await;
    keeps_odd_bytes(registry).await;
    needs_no_media_type_inside(registry).await;
    can_be_dockers(registry).await;
    can_be_an_index(registry).await;
    can_be_an_empty_index(registry).await;
    can_be_a_nested_index(registry).await;
    subject_need_not_exist(registry).await;
    foreign_layers_need_not_exist(registry).await;
    not_json(registry).await;
    media_type_disagrees(registry).await;
    kind_disagrees(registry).await;
}

/// A manifest that was stored under a tag is found by tag and by digest, and resolving either agrees with reading it.
pub async fn comes_back(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/manifest/comes-back");
    let image = prepared(registry, &repository, 1).await;
    keeps(registry, &repository, &image.document()).await;
}

/// A manifest can be stored by its digest alone.
pub async fn needs_no_tag(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/manifest/needs-no-tag");
    let document = prepared(registry, &repository, 2).await.document();
    put_manifest(registry, &repository, &document, &[]).await;
    has_manifest(registry, &repository, document.digest().clone(), &document).await;
}

/// Storing the same manifest again, under the same tag and another, succeeds.
pub async fn can_be_stored_again(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/manifest/can-be-stored-again");
    let document = prepared(registry, &repository, 3).await.document();
    keeps(registry, &repository, &document).await;
    keeps(registry, &repository, &document).await;
    put_manifest(registry, &repository, &document, &[tag("other")]).await;
    has_manifest(registry, &repository, tag("other"), &document).await;
}

/// White space, order, unknown members and escapes are kept, because the digest is that of the exact bytes.
pub async fn keeps_odd_bytes(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/manifest/keeps-odd-bytes");
    let image = prepared(registry, &repository, 4).await;
    keeps(registry, &repository, &odd(&image.document())).await;
}

/// The same manifest in bytes that nobody would write and everybody must keep: they have another digest.
fn odd(document: &Document) -> Document {
    let text = String::from_utf8(document.bytes().to_vec()).unwrap();
    let inner = text.strip_prefix('{').unwrap().replace(",\"", " ,\r\n\t\"").replace("sha256", "\\u0073ha256");
    let odd = format!("{{\n   \"x-unknown\" : {{\"b\":[1, 2.50,1e3], \"a\":null}},{inner}\n\n");
    Document::new(document.media_type().clone(), odd)
}

/// A manifest that does not say its media type keeps the one it was stored under.
///
/// The image-spec only recommends the member; what the manifest is was said beside it.
pub async fn needs_no_media_type_inside(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/manifest/needs-no-media-type-inside");
    let image = prepared(registry, &repository, 5).await;
    let mut manifest = image.manifest.view().clone();
    manifest.media_type = None;
    keeps(registry, &repository, &Document::author(manifest).unwrap().into_raw()).await;
}

/// Docker's documents keep Docker's media types.
pub async fn can_be_dockers(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/manifest/can-be-dockers");
    let image = prepared(registry, &repository, 6).await;
    let manifest = Document::author(dockers(&image)).unwrap().into_raw();
    keeps(registry, &repository, &manifest).await;
    let mut list = Index::new(vec![manifest.descriptor()]);
    list.media_type = Some(MediaType::DOCKER_MANIFEST_LIST);
    keeps(registry, &repository, &Document::author(list).unwrap().into_raw()).await;
}

/// The same image as Docker's tools write it.
fn dockers(image: &Image) -> Manifest {
    let mut manifest = image.manifest.view().clone();
    manifest.media_type = Some(MediaType::DOCKER_MANIFEST);
    manifest.config.media_type = MediaType::DOCKER_CONFIG;
    let layer = MediaType::parse("application/vnd.docker.image.rootfs.diff.tar.gzip").unwrap();
    manifest.layers.iter_mut().for_each(|each| each.media_type = layer.clone());
    manifest
}

/// An index comes back as its images do.
pub async fn can_be_an_index(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/manifest/can-be-an-index");
    let index = fixture::multi_platform(7, 1, 100);
    fixture::push_index(registry, &repository, &index, &tag("first")).await;
    keeps(registry, &repository, &index.document()).await;
    for image in &index.images {
        has_manifest(registry, &repository, image.manifest.digest().clone(), &image.document()).await;
    }
}

/// An index of nothing is an index.
pub async fn can_be_an_empty_index(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/manifest/can-be-an-empty-index");
    keeps(registry, &repository, &index_of(Vec::new())).await;
}

/// An index can name an index.
pub async fn can_be_a_nested_index(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/manifest/can-be-a-nested-index");
    let image = prepared(registry, &repository, 8).await;
    put_manifest(registry, &repository, &image.document(), &[]).await;
    let inner = index_of(vec![image.manifest.descriptor()]);
    put_manifest(registry, &repository, &inner, &[]).await;
    let outer = index_of(vec![inner.descriptor(), image.manifest.descriptor()]);
    keeps(registry, &repository, &outer).await;
}

/// An index of these manifests.
fn index_of(entries: Vec<Descriptor>) -> Document {
    Document::author(Index::new(entries)).unwrap().into_raw()
}

/// What a manifest says something about need not be there.
///
/// The distribution-spec says that a registry must accept it: signatures may come before what they sign.
pub async fn subject_need_not_exist(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/manifest/subject-need-not-exist");
    let image = prepared(registry, &repository, 9).await;
    let mut manifest = image.manifest.view().clone();
    manifest.subject = Some(fixture::described(MediaType::IMAGE_MANIFEST, b"nowhere"));
    keeps(registry, &repository, &Document::author(manifest).unwrap().into_raw()).await;
}

/// A layer that may not be distributed need not be there.
pub async fn foreign_layers_need_not_exist(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/manifest/foreign-layers-need-not-exist");
    let image = prepared(registry, &repository, 10).await;
    let mut manifest = image.manifest.view().clone();
    let foreign = MediaType::parse("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip").unwrap();
    manifest.layers.push(fixture::described(foreign, b"not to be had here"));
    keeps(registry, &repository, &Document::author(manifest).unwrap().into_raw()).await;
}

/// What is not JSON is no manifest.
pub async fn not_json(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/manifest/not-json");
    for text in ["", "{", "[]", "null", "not JSON", "{\"schemaVersion\":2} {}"] {
        refuses(registry, &repository, &Document::new(MediaType::IMAGE_MANIFEST, text)).await;
    }
}

/// A manifest that says another media type than it is stored under is refused.
///
/// Two readers, one of whom believes the header and one the document, would pull two different things.
pub async fn media_type_disagrees(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/manifest/media-type-disagrees");
    let bytes = prepared(registry, &repository, 11).await.manifest.bytes().clone();
    refuses(registry, &repository, &Document::new(MediaType::DOCKER_MANIFEST, bytes)).await;
}

/// A manifest that does not say what it is and is stored as an index is refused: two readers would see two images.
pub async fn kind_disagrees(registry: &dyn Registry) {
    let repository = Repository::from_static("laws/manifest/kind-disagrees");
    let image = prepared(registry, &repository, 12).await;
    let mut manifest = image.manifest.view().clone();
    manifest.media_type = None;
    let bytes: Bytes = Document::author(manifest).unwrap().bytes().clone();
    refuses(registry, &repository, &Document::new(MediaType::IMAGE_INDEX, bytes)).await;
}

/// Stores a manifest in vain.
async fn refuses(registry: &dyn Registry, repository: &Repository, document: &Document) {
    let put = registry.put_manifest(repository, document, &[tag("refused")], &Precondition::Always).await;
    is_refused(repository, put, &[ErrorCode::MANIFEST_INVALID]);
    lacks_manifest(registry, repository, tag("refused")).await;
    lacks_manifest(registry, repository, document.digest().clone()).await;
}

/// Stores a manifest under a tag of its own, so that no tag is moved here, and finds it again.
async fn keeps(registry: &dyn Registry, repository: &Repository, document: &Document) {
    let own = tag(&document.digest().encoded().to_string());
    put_manifest(registry, repository, document, std::slice::from_ref(&own)).await;
    has_manifest(registry, repository, own, document).await;
    has_manifest(registry, repository, document.digest().clone(), document).await;
}

/// An image whose blobs are in the repository already.
async fn prepared(registry: &dyn Registry, repository: &Repository, seed: u64) -> Image {
    let image = fixture::image(seed, 1, 100);
    fixture::push_blobs(registry, repository, &image).await;
    image
}
