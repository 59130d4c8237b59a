//! What any OCI registry can do, and nothing of how.
//!
//! A remote registry, a directory on disk, memory and a program of yours all implement the same object-safe traits, and
//! everything else - the server, copying, the wrappers here - works on any of them. The traits know no HTTP, no files
//! and no clock.
//!
//! A back end starts with the two methods of [`Read`] that have no default; whatever it leaves out answers
//! [`UNSUPPORTED`](wharf_spec::ErrorCode::UNSUPPORTED):
//!
//! ```
//! use async_trait::async_trait;
//! use wharf_registry::{Blob, Delete, Error, List, Operation, Read, Write};
//! use wharf_registry::{Digest, Document, ErrorCode, Index, Raw, Repository, TagOrDigest};
//!
//! /// Every repository exists, and every tag is an empty index.
//! struct Void;
//!
//! #[async_trait]
//! impl Read for Void {
//!     async fn manifest(&self, _: &Repository, _: &TagOrDigest) -> Result<Document<Raw>, Error> {
//!         Ok(Document::author(Index::new(Vec::new())).unwrap().into_raw())
//!     }
//!
//!     async fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Blob, Error> {
//!         Err(Error::new(ErrorCode::BLOB_UNKNOWN, Operation::GetBlob).about(repository, digest))
//!     }
//! }
//!
//! impl Write for Void {}
//! impl List for Void {}
//! impl Delete for Void {}
//! ```
//!
//! * [`Read`], [`Write`], [`List`], [`Delete`] - the capabilities; [`Registry`] - their sum
//! * [`Blob`], [`Range`], [`Upload`] - content as it flows
//! * [`Error`], [`Operation`] - what went wrong, the same value from memory, disk and network
//! * [`Policy`] - what is demanded of a manifest
//! * [`Checked`], [`ReadOnly`], [`Immutable`], [`Scoped`], [`Observe`], [`Overlay`] - policies as wrappers
//! * [`walk`] - everything that a manifest needs, children first
//!
//! The vocabulary of the floors below is re-exported, so that an implementor needs this crate alone.

mod blob;
mod checked;
mod error;
mod forward;
mod generate;
mod immutable;
mod observe;
mod overlay;
mod policy;
mod precondition;
mod range;
mod read_only;
mod scoped;
mod stream;
mod traits;
mod upload;
pub mod walk;

pub use blob::Blob;
pub use checked::Checked;
pub use error::{Error, Operation};
pub use immutable::{Immutable, TagPattern, TagPatternError, TagPatternErrorKind};
pub use observe::{Event, EventKind, Observe, Previous};
pub use overlay::Overlay;
pub use policy::{Admitted, InvalidPolicy, Policy, PolicyError};
pub use precondition::Precondition;
pub use range::Range;
pub use read_only::ReadOnly;
pub use scoped::Scoped;
pub use stream::{ByteStream, Items, collect};
pub use traits::{Delete, List, Read, Registry, Write};
pub use upload::Upload;

pub use wharf_reference::{AnyReference, Host, Pattern, PatternError, Reference, Repository, Tag, TagOrDigest};
pub use wharf_spec::{
    Algorithm, Annotations, ArtifactManifest, AuthorError, Authored, ByteRange, Compression, Content, DecodeError,
    DecodeErrorKind, Descriptor, Digest, Document, DocumentKind, ErrorCode, Execution, Hasher, Healthcheck, History,
    ImageConfig, Index, InvalidMediaType, InvalidPlatform, InvalidUploadId, Layer, LayoutHeader, Level, Limits, Link,
    LinkRole, Links, Manifest, MediaType, Mismatch, Platform, PlatformMatcher, PlatformRank, Raw, Referrer, RootFs,
    Rule, UnknownMember, Unsupported, UploadId, Verifier, VerifyError, View, Violation, annotation,
};
