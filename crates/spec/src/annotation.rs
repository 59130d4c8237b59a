//! The annotation keys that this workspace reads or writes (image-spec, "Annotations" and "Image Layout").

/// The name of a manifest in an OCI layout's `index.json`; it means nothing anywhere else.
pub const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// When the content was built, as RFC 3339.
pub const CREATED: &str = "org.opencontainers.image.created";

/// A human-readable title of the content.
pub const TITLE: &str = "org.opencontainers.image.title";
