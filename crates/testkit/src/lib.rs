//! Laws that every registry must obey, fixtures, and faults for tests. Not published.
//!
//! A crate that implements [`Registry`](wharf_registry::Registry) runs [`laws::all`] on it; one that uses registries
//! builds images with [`fixture`] and breaks them with [`Faulty`]:
//!
//! ```no_run
//! # async fn test(registry: impl wharf_registry::Registry) {
//! use wharf_registry::{ErrorCode, Operation};
//! use wharf_testkit::{Fault, Faulty, fixture};
//!
//! let image = fixture::image(1, 2, 1000);
//! fixture::push(&registry, &fixture::repository("app"), &image, &fixture::tag("1")).await;
//!
//! let faulty = Faulty::new(registry);
//! faulty.next(Operation::GetBlob, Fault::Cut(500));
//! // ... what is tested reads from `faulty` ...
//! assert_eq!(faulty.count(Operation::GetBlob), 2);
//! # }
//! ```
//!
//! A registry that is served over HTTP is held to the distribution-spec by the tables of [`exchange`].
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
