//! OCI content that you own: in memory, or as OCI image layouts on disk.
//!
//! A [`Store`] is a registry over two things: content by digest ([`Cas`]) and names ([`Refs`]). It knows the rules that
//! every registry has - bytes are verified before anybody can see them, a repository sees only what was stored in it, a
//! manifest comes after what it needs - and a back end knows only how to keep bytes and names. It speaks no HTTP,
//! decides about no credentials and starts no tasks.
//!
//! ```
//! use wharf_registry::{Blob, Descriptor, Document, Manifest, MediaType, Precondition, Read, Repository};
//! use wharf_registry::{Tag, Write};
//! use wharf_store::Store;
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let store = Store::memory();
//! let repository = Repository::from_static("team/app");
//! store.put_blob(&repository, Blob::from_bytes("{}")).await.unwrap();
//!
//! let config = Descriptor::of(MediaType::IMAGE_CONFIG, b"{}");
//! let manifest = Document::author(Manifest::new(config, Vec::new())).unwrap().into_raw();
//! store.put_manifest(&repository, &manifest, &[Tag::LATEST], &Precondition::Unset).await.unwrap();
//!
//! assert_eq!(store.resolve(&repository, &Tag::LATEST.into()).await.unwrap(), manifest.descriptor());
//! # });
//! ```
//!
//! * [`Store`] - the registry
//! * [`memory`] - content and names that end with the program
#![cfg_attr(feature = "layout", doc = "* [`layout`] - content and names as OCI image layouts on disk")]
//! * [`collect`] - removing what nobody needs, beside running pushes
#![cfg_attr(feature = "layout", doc = "* [`layout::fsck`] - whether everything there is what it should be")]
//! * [`Cas`], [`Ingest`], [`Session`], [`SessionName`], [`OpenSessions`], [`Refs`] - what another back end implements
//! * [`Error`] - what went wrong below the words of the registry traits
//!
//! # Features
//!
//! * `layout` (default) - OCI image layouts on disk

mod cas;
mod clock;
pub mod collect;
mod context;
mod error;
#[cfg(feature = "layout")]
pub mod layout;
pub mod memory;
mod page;
mod refs;
mod session;
mod sink;
mod store;
#[doc(hidden)]
pub mod sync;

pub use cas::{Cas, Ingest};
pub use error::Error;
pub use refs::{NewManifest, Put, Refs};
pub use session::{OpenSessions, Session, SessionName};
pub use store::Store;
