//! Which of OCI's media types are which of Docker's.
//!
//! OCI took Docker's formats over and renamed them, so seven pairs say the same of the same bytes. Each side has names of
//! its own besides: OCI the artifact's, the empty object and zstd, Docker schema 1 and plugins.

use super::{Compression, MediaType};

/// OCI's, and Docker's for the same content.
static PAIRS: [(MediaType, MediaType); 7] = [
    (MediaType::IMAGE_MANIFEST, MediaType::DOCKER_MANIFEST),
    (MediaType::IMAGE_INDEX, MediaType::DOCKER_MANIFEST_LIST),
    (MediaType::IMAGE_CONFIG, MediaType::DOCKER_CONFIG),
    (MediaType::LAYER, MediaType::DOCKER_LAYER),
    (MediaType::LAYER_GZIP, MediaType::DOCKER_LAYER_GZIP),
    (MediaType::LAYER_NONDISTRIBUTABLE, MediaType::DOCKER_FOREIGN_LAYER),
    (MediaType::LAYER_NONDISTRIBUTABLE_GZIP, MediaType::DOCKER_FOREIGN_LAYER_GZIP),
];

impl MediaType {
    /// OCI's name for the same kind of content. OCI's own types are their own equivalents; nothing is what neither OCI
    /// nor Docker named, or what Docker alone has, such as schema 1.
    ///
    /// The bytes of a blob stay what they are under the other name. A manifest holds such names, so a manifest that is
    /// converted is another document with another digest.
    ///
    /// ```
    /// # use wharf_spec::MediaType;
    /// assert_eq!(MediaType::DOCKER_LAYER_GZIP.to_oci(), Some(MediaType::LAYER_GZIP));
    /// assert_eq!(MediaType::IMAGE_INDEX.to_oci(), Some(MediaType::IMAGE_INDEX));
    /// assert_eq!(MediaType::DOCKER_SCHEMA1.to_oci(), None);
    /// ```
    #[must_use]
    pub fn to_oci(&self) -> Option<Self> {
        if self.0.starts_with("application/vnd.oci.") {
            return Some(self.clone());
        }
        let pair = PAIRS.iter().find(|(_, docker)| docker == self);
        pair.map(|(oci, _)| oci.clone()).or_else(|| self.zstd_to_oci())
    }

    /// Docker's name for the same kind of content. Docker's own types are their own equivalents; nothing is what neither
    /// named, or what OCI alone has: zstd layers above all, so that an image with one cannot be converted.
    ///
    /// As with [`Self::to_oci`], a manifest that is converted has another digest.
    ///
    /// ```
    /// # use wharf_spec::MediaType;
    /// assert_eq!(MediaType::IMAGE_MANIFEST.to_docker(), Some(MediaType::DOCKER_MANIFEST));
    /// assert_eq!(MediaType::LAYER_ZSTD.to_docker(), None);
    /// assert_eq!(MediaType::EMPTY.to_docker(), None);
    /// ```
    #[must_use]
    pub fn to_docker(&self) -> Option<Self> {
        if self.0.starts_with("application/vnd.docker.") {
            return Some(self).filter(|own| !own.is_zstd()).cloned();
        }
        PAIRS.iter().find(|(oci, _)| oci == self).map(|(_, docker)| docker.clone())
    }

    /// Zstd layers have names of Docker's kind that Docker itself does not know.
    fn zstd_to_oci(&self) -> Option<Self> {
        let name = match self.is_non_distributable() {
            true => Self::LAYER_NONDISTRIBUTABLE_ZSTD,
            false => Self::LAYER_ZSTD,
        };
        self.is_zstd().then_some(name)
    }

    fn is_zstd(&self) -> bool {
        self.layer().is_some_and(|layer| layer.compression() == Compression::Zstd)
    }
}
