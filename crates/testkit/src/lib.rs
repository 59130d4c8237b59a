//! Laws that every registry must obey, fixtures, and faults for tests. Not published.
//!
//! * [`laws`] - what the registry traits promise, held to any [`Registry`](wharf_registry::Registry)
//! * [`exchange`] - what the distribution-spec demands of a server, held to whatever speaks HTTP
//! * [`fixture`] - images, and how they are pushed; [`Faulty`] - a registry that fails where a test says so
//! * [`emulate`] - registries as they are found on the network, without a network
//!
//! # For the author of a back end
//!
//! It takes three tests to know that a registry is one. What they need goes into the `[dev-dependencies]` of its crate;
//! the names of Wharf's crates lead to a checkout, and any runtime will do:
//!
//! ```toml
//! tokio = { version = "1", features = ["macros", "rt"] }
//! wharf-server = { path = "../wharf/crates/server" }
//! wharf-testkit = { path = "../wharf/crates/testkit" }
//! ```
//!
//! In these examples a store in memory stands for the back end. First, the laws: an empty registry, and a panic whose
//! message begins with the name of the law that was broken. The same name is that of a function in a module of [`laws`],
//! which says what the law is: `laws/tag/moves` is [`laws::tag::moves`].
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use wharf_store::Store;
//! use wharf_testkit::laws;
//!
//! laws::all(&Store::memory()).await;
//! # });
//! ```
//!
//! Where a registry cannot be written to, [`laws::reading`] is given the name of something in it. One that offers only a
//! part of the rest, or takes manifests before their blobs, names the laws that it obeys; [`laws`] shows how.
//!
//! Second, the specification: the same registry behind a server, in one process, rule by rule. What it does not
//! offer it answers with `UNSUPPORTED`, and a test says by name which rules that leaves out.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use wharf_server::Service;
//! use wharf_store::Store;
//! use wharf_testkit::emulate::Served;
//! use wharf_testkit::exchange;
//!
//! let report = exchange::all(&Served::new(Service::new(Store::memory()))).await;
//! report.assert_kept();
//! assert_eq!(report.skipped(), [""; 0], "what it does not offer");
//! # });
//! ```
//!
//! Third, what is its own: what is below it fails, or breaks off. A wrapper, or whoever reads from a registry, is tested
//! around one that fails when it is told to:
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use std::sync::Arc;
//! use wharf_registry::{Digest, ErrorCode, Operation, Read, ReadOnly, Tag};
//! use wharf_store::Store;
//! use wharf_testkit::{Fault, Faulty, fixture};
//!
//! let (app, image) = (fixture::repository("app"), fixture::image(1, 2, 1000));
//! let below = Arc::new(Faulty::new(Store::memory()));
//! fixture::push(&below, &app, &image, &Tag::LATEST).await;
//!
//! below.next(Operation::GetBlob, Fault::Refuse(ErrorCode::UNAVAILABLE));
//! let registry = ReadOnly::new(Arc::clone(&below));
//! let layer = Digest::of(&image.layers[0]);
//! assert_eq!(*registry.blob(&app, &layer).await.unwrap_err().code(), ErrorCode::UNAVAILABLE);
//! assert!(registry.blob(&app, &layer).await.is_ok());
//! assert_eq!(below.count(Operation::GetBlob), 2);
//! # });
//! ```
//!
//! Everything here panics where a test should fail.
//!
//! It is made of the registry traits alone, so it needs no runtime of its own: every law is a future that any executor
//! polls. The laws of transports (feature `transport`) are different: they need sockets, and so a runtime of Tokio.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test helper: a panic is how a test fails, and all data here is its own"
)]

pub mod emulate;
pub mod exchange;
mod fault;
pub mod fixture;
pub mod laws;
#[cfg(feature = "transport")]
pub mod transport;

pub use fault::{Call, Fault, Faulty};
