//! The media types that have a constant.
//!
//! A constant costs nothing to make, to clone or to meet in a document. It is here when something in the workspace asks for
//! it, or when it is on every second manifest; the thousands of others are as good as media types.

use std::borrow::Cow;

use super::MediaType;

macro_rules! types {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal;)*) => {
        impl MediaType {
            $($(#[doc = $doc])* #[doc = concat!("\n\n`", $text, "`")]
            pub const $name: Self = Self(Cow::Borrowed($text));)*

            /// The constant for a text.
            pub(super) fn known(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// Every constant.
            #[cfg(test)]
            pub(super) const KNOWN: &[Self] = &[$(Self::$name,)*];
        }
    };
}

// The first ones are met most often.
types! {
    /// An OCI image manifest.
    IMAGE_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    /// An OCI image index.
    IMAGE_INDEX = "application/vnd.oci.image.index.v1+json";
    /// An OCI image configuration.
    IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json";
    /// A tar layer, compressed with gzip.
    LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip";
    /// A tar layer, compressed with zstd.
    LAYER_ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd";
    /// A tar layer, not compressed.
    LAYER = "application/vnd.oci.image.layer.v1.tar";
    /// A Docker schema 2 manifest: what `docker push` sends, and what [`Manifest`](crate::Manifest) reads in the same way.
    DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
    /// A Docker manifest list: an [`Index`](crate::Index) in all but its name.
    DOCKER_MANIFEST_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
    /// A Docker image configuration.
    DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
    /// Docker's tar layer, compressed with gzip: the one that its registries have.
    DOCKER_LAYER_GZIP = "application/vnd.docker.image.rootfs.diff.tar.gzip";
    /// The empty JSON object, where a field is required and there is nothing to say.
    EMPTY = "application/vnd.oci.empty.v1+json";
    /// An in-toto statement: what BuildKit's attestations have as layers.
    IN_TOTO = "application/vnd.in-toto+json";

    /// A tar layer that may not be redistributed. Deprecated: new images should have none.
    LAYER_NONDISTRIBUTABLE = "application/vnd.oci.image.layer.nondistributable.v1.tar";
    /// A tar layer that may not be redistributed, compressed with gzip. Deprecated: new images should have none.
    LAYER_NONDISTRIBUTABLE_GZIP = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
    /// A tar layer that may not be redistributed, compressed with zstd. Deprecated: new images should have none.
    LAYER_NONDISTRIBUTABLE_ZSTD = "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd";
    /// A descriptor on its own. Nothing sends one; the specification names it for examples and schemas.
    DESCRIPTOR = "application/vnd.oci.descriptor.v1+json";
    /// The file `oci-layout` of an OCI image layout.
    LAYOUT_HEADER = "application/vnd.oci.layout.header.v1+json";
    /// The artifact manifest of drafts of the image-spec's version 1.1, which the release does not have.
    ARTIFACT_MANIFEST = "application/vnd.oci.artifact.manifest.v1+json";

    /// Docker's tar layer, not compressed.
    DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar";
    /// A zstd layer under a name of Docker's kind. Docker has no such name; containerd knows it, and registries have it.
    DOCKER_LAYER_ZSTD = "application/vnd.docker.image.rootfs.diff.tar.zstd";
    /// Docker's tar layer that may not be redistributed, not compressed.
    DOCKER_FOREIGN_LAYER = "application/vnd.docker.image.rootfs.foreign.diff.tar";
    /// Docker's tar layer that may not be redistributed, compressed with gzip: the base of older Windows images.
    DOCKER_FOREIGN_LAYER_GZIP = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
    /// The configuration of a plugin of Docker's engine.
    DOCKER_PLUGIN_CONFIG = "application/vnd.docker.plugin.v1+json";
    /// Docker's schema 1 manifest: recognised, never read.
    DOCKER_SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+json";
    /// Docker's signed schema 1 manifest: recognised, never read.
    DOCKER_SCHEMA1_SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws";

    /// The configuration of BuildKit's cache, when that is kept in a registry.
    BUILDKIT_CACHE_CONFIG = "application/vnd.buildkit.cacheconfig.v0";
    /// What cosign signs: the layers of its signature manifests.
    COSIGN_PAYLOAD = "application/vnd.dev.cosign.simplesigning.v1+json";
    /// The configuration of a Helm chart.
    HELM_CONFIG = "application/vnd.cncf.helm.config.v1+json";
    /// A Helm chart. It is a compressed tar archive and no layer of an image.
    HELM_CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
    /// Bytes: what a blob is sent as, for a registry keeps no media type of it.
    OCTET_STREAM = "application/octet-stream";
}
