#![doc = include_str!("../../../README.md")]
//!
//! # Where things are
//!
//! This crate re-exports the others and has no code of its own. Each house is behind a feature of its name, all of them
//! on by default but `reqwest`. Of the floors below them, names, documents and traits are always there; the wire comes
//! with the client and the server, or alone by `distribution`.

pub use wharf_registry as registry;

#[cfg(feature = "client")]
pub use wharf_client as client;
#[cfg(feature = "distribution")]
pub use wharf_distribution as distribution;
#[cfg(feature = "server")]
pub use wharf_server as server;
#[cfg(feature = "server-auth")]
pub use wharf_server_auth as server_auth;
#[cfg(feature = "store")]
pub use wharf_store as store;
#[cfg(feature = "transfer")]
pub use wharf_transfer as transfer;
#[cfg(feature = "hyper")]
pub use wharf_transport_hyper as transport_hyper;
#[cfg(feature = "reqwest")]
pub use wharf_transport_reqwest as transport_reqwest;

/// The programs of the design are compiled and run as those of the README are.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/design/backends.md")]
struct Backends;
