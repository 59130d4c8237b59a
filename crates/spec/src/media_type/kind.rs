//! What a media type stands for.
//!
//! Questions rather than an enumeration: the set is open, one type can have more than one property, and what is not known
//! is none of them.

use super::MediaType;

impl MediaType {
    /// An image manifest, OCI's or Docker's.
    ///
    /// ```
    /// # use wharf_spec::MediaType;
    /// assert!(MediaType::IMAGE_MANIFEST.is_manifest() && MediaType::DOCKER_MANIFEST.is_manifest());
    /// assert!(!MediaType::DOCKER_SCHEMA1.is_manifest());
    /// ```
    #[must_use]
    pub fn is_manifest(&self) -> bool {
        *self == Self::IMAGE_MANIFEST || *self == Self::DOCKER_MANIFEST
    }

    /// An index of manifests, OCI's or Docker's.
    ///
    /// ```
    /// # use wharf_spec::MediaType;
    /// assert!(MediaType::IMAGE_INDEX.is_index() && MediaType::DOCKER_MANIFEST_LIST.is_index());
    /// ```
    #[must_use]
    pub fn is_index(&self) -> bool {
        *self == Self::IMAGE_INDEX || *self == Self::DOCKER_MANIFEST_LIST
    }

    /// The artifact manifest of drafts, [`Self::ARTIFACT_MANIFEST`]; artifacts have image manifests since.
    ///
    /// ```
    /// # use wharf_spec::MediaType;
    /// assert!(MediaType::ARTIFACT_MANIFEST.is_artifact_manifest());
    /// assert!(!MediaType::IMAGE_MANIFEST.is_artifact_manifest());
    /// ```
    #[must_use]
    pub fn is_artifact_manifest(&self) -> bool {
        *self == Self::ARTIFACT_MANIFEST
    }

    /// Docker's schema 1, with or without a signature.
    ///
    /// ```
    /// # use wharf_spec::MediaType;
    /// assert!(MediaType::DOCKER_SCHEMA1.is_schema1() && MediaType::DOCKER_SCHEMA1_SIGNED.is_schema1());
    /// ```
    #[must_use]
    pub fn is_schema1(&self) -> bool {
        *self == Self::DOCKER_SCHEMA1 || *self == Self::DOCKER_SCHEMA1_SIGNED
    }

    /// An image's configuration, OCI's or Docker's. Those of artifacts and of plugins are others.
    ///
    /// ```
    /// # use wharf_spec::MediaType;
    /// assert!(MediaType::IMAGE_CONFIG.is_config() && MediaType::DOCKER_CONFIG.is_config());
    /// assert!(!MediaType::HELM_CONFIG.is_config() && !MediaType::DOCKER_PLUGIN_CONFIG.is_config());
    /// ```
    #[must_use]
    pub fn is_config(&self) -> bool {
        *self == Self::IMAGE_CONFIG || *self == Self::DOCKER_CONFIG
    }

    /// A layer of an image, OCI's or Docker's, in whatever compression: what has a [`Self::layer`].
    ///
    /// ```
    /// # use wharf_spec::MediaType;
    /// assert!(MediaType::LAYER.is_layer() && MediaType::DOCKER_FOREIGN_LAYER_GZIP.is_layer());
    /// assert!(!MediaType::HELM_CHART.is_layer());
    /// ```
    #[must_use]
    pub fn is_layer(&self) -> bool {
        self.layer().is_some()
    }

    /// The empty JSON object, [`Self::EMPTY`]: a config of this type says nothing, so the manifest must say what kind of
    /// artifact it is.
    ///
    /// ```
    /// # use wharf_spec::MediaType;
    /// assert!(MediaType::EMPTY.is_empty_object());
    /// ```
    #[must_use]
    pub fn is_empty_object(&self) -> bool {
        *self == Self::EMPTY
    }

    /// A layer that may not be redistributed, and that registries therefore need not have. It is one even when the rest
    /// of its name is not known.
    ///
    /// ```
    /// # use wharf_spec::MediaType;
    /// assert!(MediaType::LAYER_NONDISTRIBUTABLE_GZIP.is_non_distributable());
    /// assert!(!MediaType::LAYER_GZIP.is_non_distributable());
    /// ```
    #[must_use]
    pub fn is_non_distributable(&self) -> bool {
        self.0.starts_with("application/vnd.oci.image.layer.nondistributable.")
            || self.0.starts_with("application/vnd.docker.image.rootfs.foreign.")
    }
}
