#![doc = include_str!("../../../README.md")]
//!
//! # Where things are
//!
//! This crate re-exports the others and has no code of its own. Each house is behind a feature; a feature adds a module,
//! brings what it needs with it, and changes nothing else. Of the floors below the houses, names, documents and traits
//! are always there, all of them in [`registry`].
//!
//! | feature | default | module | brings |
//! |---|---|---|---|
//! | `client` | yes | `client` | `distribution` |
//! | `docker-config` | yes | `client::docker_config` | `client` |
//! | `hyper` | yes | `transport_hyper` | `client` |
//! | `reqwest` | | `transport_reqwest` | `client` |
//! | `server` | yes | `server` | `distribution` |
//! | `server-auth` | yes | `server_auth` | `server` |
//! | `store` | yes | `store`, with OCI image layouts | |
//! | `transfer` | yes | `transfer` | |
//! | `distribution` | yes | `distribution`, for those who carry the wire in their own way | |
//!
//! A program that copies and serves nothing takes `default-features = false` with `hyper` and `transfer`. The crates can be
//! used one by one, too, under their own names: two of them without the standard library.

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
