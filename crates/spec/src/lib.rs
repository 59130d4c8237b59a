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
//! * [`Rule`], [`Violation`], [`UnknownMember`] - what is believed, and could be better
//! * [`Digest`], [`Hasher`], [`Verifier`] and their errors - the digest crate's, here because every descriptor has one
//!
//! Docker's schema 2 documents have the same shape under other media types and are the same types here.
//!
//! # Reading what a registry sent
//!
//! A body comes with two claims: that it is what was asked for by its digest, and a `Content-Type`. Neither is believed.
//! [`Document::verified`] compares the first with the bytes, and [`Document::decode`] the second with what the document
//! says and with the members that it has. What passes both can be read in one way only.
//!
//! ```
//! use wharf_spec::{Content, DecodeErrorKind, Digest, Document, MediaType};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let wanted = Digest::parse("sha256:e95471bee6a54c3ef5c37ed2dfbe5e6e8b0d6b1d6ccd0a4f6dd40c6c6bd2f5a0")?;
//! let (content_type, body) = ("application/vnd.oci.image.index.v1+json", r#"{"schemaVersion":2,"manifests":[]}"#);
//!
//! let media_type = MediaType::from_content_type(content_type)?;
//! assert!(Document::verified(media_type.clone(), body, &wanted).is_err(), "not what was asked for");
//!
//! let document = Document::verified(media_type, body, &Digest::of(body.as_bytes()))?.decode::<Content>()?;
//! assert!(matches!(document.view(), Content::Index(_)));
//!
//! // One body that is a manifest to one reader and an index to another is nothing to this one.
//! let both = r#"{"schemaVersion":2,"config":{},"layers":[],"manifests":[]}"#;
//! let error = Document::new(MediaType::IMAGE_INDEX, both).decode::<Content>().unwrap_err();
//! assert_eq!(error.kind(), DecodeErrorKind::Ambiguous);
//! # Ok(())
//! # }
//! ```
//!
//! The same holds within a document: a member twice, in whatever spelling, one that differs from a known one in case alone,
//! an array in the place of an object, `1.0` in the place of an integer. Readers differ on these, so they are refused.
//! Members that are not known are none of these: they are kept, and [`Document::unknown`] lists them.
//!
//! # Asking what it points at
//!
//! [`Document::links`] gives every descriptor with its role; [`Content::children`], [`Content::blobs`] and
//! [`Content::subject`] are the three questions that registries have. An image for several platforms is asked for one:
//!
//! ```
//! use wharf_spec::{Descriptor, Document, Index, MediaType, Platform, PlatformMatcher};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let entry = |platform: &str| {
//!     let platform: Platform = platform.parse().unwrap();
//!     Descriptor::of(MediaType::IMAGE_MANIFEST, platform.to_string().as_bytes()).with_platform(platform)
//! };
//! let index = Document::author(Index::new(vec![entry("linux/arm64"), entry("linux/amd64"), entry("unknown/unknown")]))?;
//! let machine = Platform::parse("linux/x86_64/v3", &Platform::host())?;
//! let chosen = index.view().select_by(&PlatformMatcher::compatible(&machine));
//! assert_eq!(chosen, index.view().manifests.get(1));
//! # Ok(())
//! # }
//! ```
//!
//! # Judging it
//!
//! Between what is refused and what is right lies what the image-spec forbids or advises against and everybody reads:
//! null for an empty list, a date that is none, an empty configuration without an artifact type. [`Document::violations`]
//! tells each, with its place, and how much the rule demands. What follows from it is policy, and the caller's.
//!
//! ```
//! use wharf_spec::{Document, Index, Level, MediaType};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // What `umoci init` writes.
//! let document = Document::new(MediaType::IMAGE_INDEX, r#"{"schemaVersion":2,"manifests":null}"#).decode::<Index>()?;
//! let violations = document.violations();
//! let worst = violations.iter().max_by_key(|violation| violation.rule().level()).unwrap();
//! assert_eq!((worst.rule().level(), worst.path()), (Level::Must, "$.manifests"));
//! # Ok(())
//! # }
//! ```
//!
//! # Making your own
//!
//! [`Document::author`] writes, reads again and judges, so that nothing is made here that this crate would not read, or
//! that breaks a must. The same view gives the same bytes, and so the same digest, in every run and on every machine.
//!
//! ```
//! use wharf_spec::{Descriptor, Digest, Document, History, ImageConfig, Manifest, MediaType, Platform};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (archive, compressed) = (b"a tar archive", b"the same, compressed");
//!
//! let mut config = ImageConfig::new(Platform::new("linux", "amd64"))
//!     .with_layer(Digest::of(archive), History::by("COPY hello /"));
//! config.config.entrypoint = vec!["/hello".into()];
//! let config = Document::author(config)?;
//!
//! let layer = Descriptor::of(MediaType::LAYER_GZIP, compressed);
//! let image = Document::author(Manifest::new(config.descriptor(), vec![layer]))?;
//! assert_eq!(image.links().count(), 2);
//! assert!(image.violations().is_empty() && config.view().violation_under(image.view()).is_none());
//! # Ok(())
//! # }
//! ```
//!
//! # Limits
//!
//! Whoever sends a document chooses how long it is, how deep, and how much of everything there is in it. Each of these
//! numbers has a limit in [`Limits`], which holds while reading: a document that exceeds one costs what came before.
//! Nothing is allocated from a number that a document names; a descriptor's size is data. Errors hold offsets and kinds,
//! and of what the peer wrote only media types, which have a grammar; paths have what could drive a terminal escaped.
//!
//! # What this crate is not
//!
//! It does no I/O and knows no clock: it neither fetches what a descriptor points at nor looks at what is in a layer. It
//! has no names of images, which are the reference crate's, and no requests and answers, which are the distribution
//! crate's. It verifies digests and no signatures. It converts no Docker image into OCI's, since that is another image, and
//! never repairs: bytes that are wrong stay wrong, or are refused. Docker's schema 1 is recognised and not read.
//!
//! # Features
//!
//! None is on by default. `oci-spec` adds conversions to and from the types of the crate of that name, in the module
//! `oci_spec`.

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
mod referrer;
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
pub use referrer::Referrer;
pub use told::UnknownMember;
pub use upload_id::{InvalidUploadId, UploadId};
pub use view::View;
pub use violation::{Level, Rule, Violation};
pub use wharf_digest::{Algorithm, Digest, Hasher, Mismatch, Unsupported, Verifier};
