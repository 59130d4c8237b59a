//! The documents of the OCI image world, kept byte for byte.
//!
//! The identity of an image is the digest of its manifest's exact bytes, so a manifest that is decoded and encoded again
//! is another manifest. Here exact bytes travel: a [`Document`] owns the bytes, their digest and their media type, and
//! what was decoded from them is a view beside them. Only documents that you author yourself are ever encoded.
//!
//! ```
//! use wharf_spec::{Content, Document, MediaType};
//!
//! let bytes = r#"{"schemaVersion":2, "manifests": [], "x-unknown": "kept"}"#;
//! let document = Document::new(MediaType::IMAGE_INDEX, bytes).decode::<Content>().unwrap();
//! assert!(matches!(document.view(), Content::Index(index) if index.manifests.is_empty()));
//! assert_eq!(document.bytes(), bytes);
//! ```
//!
//! * [`Document`], [`Raw`], [`View`], [`Content`] - bytes and what they say
//! * [`Manifest`], [`Index`], [`ImageConfig`], [`Descriptor`], [`Platform`], [`LayoutHeader`] - the image-spec's objects
//! * [`MediaType`], [`ErrorCode`], [`annotation`] - its vocabularies, all of them open
//! * [`ByteRange`], [`UploadId`] - what both the registry traits and the wire speak of
//! * [`DecodeError`], [`Limits`] - what is not believed
//!
//! Docker's schema 2 documents have the same shape under other media types and are the same types here. This crate does
//! no I/O.

mod artifact;
mod author;
mod byte_range;
mod config;
mod content;
mod descriptor;
mod document;
mod error;
mod error_code;
mod index;
mod json;
mod kind;
mod layout;
mod limits;
mod link;
mod manifest;
mod media_type;
mod path;
mod platform;
mod rules;
mod told;
mod top;
mod upload_id;
mod view;
mod violation;

pub mod annotation;
#[cfg(feature = "oci-spec")]
pub mod oci_spec;

pub use artifact::ArtifactManifest;
pub use author::{AuthorError, Authored};
pub use byte_range::ByteRange;
pub use config::{Execution, Healthcheck, History, ImageConfig, RootFs};
pub use content::Content;
pub use descriptor::{Annotations, Descriptor};
pub use document::{Document, Raw, VerifyError};
pub use error::{DecodeError, DecodeErrorKind};
pub use error_code::{ErrorCode, InvalidErrorCode};
pub use index::Index;
pub use kind::DocumentKind;
pub use layout::LayoutHeader;
pub use limits::Limits;
pub use link::{Link, LinkRole, Links};
pub use manifest::Manifest;
pub use media_type::{Compression, InvalidMediaType, InvalidMediaTypeKind, Layer, MediaType};
pub use platform::{InvalidPlatform, InvalidPlatformKind, Platform, PlatformMatcher, PlatformRank};
pub use told::UnknownMember;
pub use upload_id::{InvalidUploadId, UploadId};
pub use view::View;
pub use violation::{Level, Rule, Violation};
pub use wharf_digest::{Algorithm, Digest, Hasher, Mismatch, Unsupported, Verifier};
