//! Images to copy.

use wharf_registry::{
    Descriptor, Digest, Document, Index, Manifest, MediaType, Platform, Repository, Tag, TagOrDigest,
};
use wharf_transfer::{Error, Options, Report, Source, Target, copy};

use crate::shelf::Shelf;

pub(crate) static FROM: Repository = Repository::from_static("team/app");
pub(crate) static TO: Repository = Repository::from_static("mirror/app");

/// Puts an image for a platform on the shelf, untagged, with these layers.
pub(crate) fn image(shelf: &Shelf, platform: &str, layers: &[&str]) -> Descriptor {
    let platform: Platform = platform.parse().unwrap();
    let variant = platform.variant.as_ref().map(|variant| format!(r#","variant":"{variant}""#)).unwrap_or_default();
    let config = format!(
        r#"{{"os":"{}","architecture":"{}"{variant},"rootfs":{{"type":"layers","diff_ids":[]}}}}"#,
        platform.os, platform.architecture
    );
    let config = blob(shelf, MediaType::IMAGE_CONFIG, &config);
    let layers = layers.iter().map(|layer| blob(shelf, MediaType::LAYER, layer)).collect();
    manifest(shelf, Document::author(Manifest::new(config, layers)).unwrap().into_raw()).with_platform(platform)
}

/// Puts an index on the shelf, untagged.
pub(crate) fn index(shelf: &Shelf, manifests: &[&Descriptor]) -> Descriptor {
    let manifests = manifests.iter().map(|manifest| (*manifest).clone()).collect();
    manifest(shelf, Document::author(Index::new(manifests)).unwrap().into_raw())
}

pub(crate) fn blob(shelf: &Shelf, media_type: MediaType, bytes: &str) -> Descriptor {
    Descriptor::new(media_type, shelf.add_blob(&FROM, bytes.to_owned()), bytes.len() as u64)
}

pub(crate) fn manifest(shelf: &Shelf, document: Document) -> Descriptor {
    let descriptor = document.descriptor();
    shelf.add_manifest(&FROM, document);
    descriptor
}

/// An index of two images that share a layer: three manifests, five blobs.
pub(crate) fn two_platforms(shelf: &Shelf) -> Descriptor {
    let (amd64, arm64) =
        (image(shelf, "linux/amd64", &["base", "amd64"]), image(shelf, "linux/arm64", &["base", "arm64"]));
    let root = index(shelf, &[&amd64, &arm64]);
    shelf.set_tag(&FROM, "latest", &root.digest);
    root
}

pub(crate) fn latest() -> TagOrDigest {
    TagOrDigest::Tag(Tag::LATEST)
}

/// Copies `latest` under its name.
pub(crate) async fn copy_latest(source: &Shelf, target: &Shelf, options: &Options) -> Result<Report, Error> {
    let (source, target) = (Source::new(source, &FROM), Target::new(target, &TO));
    copy(source, &latest(), target, &[Tag::LATEST], options, &|_| ()).await
}

/// The layer that is made of this text.
pub(crate) fn layer(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}
