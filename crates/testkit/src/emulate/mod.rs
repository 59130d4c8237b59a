//! Registries as they are found on the network, without a network: a registry of one's own behind layers that change
//! what it answers.
//!
//! A [`Peer`] answers requests. [`Served`] is any HTTP service as one, such as a server over a store in memory;
//! [`Emulated`] puts [`Quirk`]s before it, each of which is one thing that some registry does differently; [`Desk`] and
//! [`Bucket`] are the token service and the storage that registries lead to; and a [`Network`] has all of them at their
//! addresses and records what they are sent. Nothing waits: time goes by a [`Clock`] that a test moves on.
//!
//! ```
//! use bytes::Bytes;
//! use futures_util::FutureExt;
//! use http::{Request, Response};
//! use wharf_testkit::emulate::{About, Emulated, Network, Quirk};
//!
//! // A registry that tells no digest, and that cannot be asked by HEAD.
//! let registry = |_: &Request<Bytes>| Response::new(Bytes::from("content"));
//! let registry = Emulated::new(registry)
//!     .with(Quirk::silent(About::Manifest, "docker-content-digest"))
//!     .with(Quirk::refusing(About::Manifest.by("HEAD"), 405, ""));
//! let network = Network::default();
//! network.put("https://registry.example.com", registry);
//!
//! let request = Request::head("https://registry.example.com/v2/app/manifests/latest").body(Bytes::new()).unwrap();
//! let answer = network.send(request).now_or_never().unwrap().unwrap();
//! assert_eq!(answer.status(), 405);
//! assert_eq!(network.sent()[0].line(), "HEAD https://registry.example.com/v2/app/manifests/latest");
//! ```
//!
//! [`registries`] has whole registries, each by its name.

mod about;
mod bucket;
mod clock;
mod desk;
mod guard;
mod list;
mod manifest;
mod network;
mod peer;
mod quirk;
mod referrer;
pub mod registries;
mod served;
mod upload;

pub use about::About;
pub use bucket::Bucket;
pub use clock::Clock;
pub use desk::Desk;
pub use guard::{Asked, Why, guard, guard_by_password};
pub use list::paged;
pub use manifest::{converting_to_schema_1, reading_fallback_tags_as_digests, wanting_a_media_type};
pub use network::{Network, Sent};
pub use peer::{Peer, answer};
pub use quirk::{Emulated, Quirk, Step};
pub use referrer::{listing_referrers, unsubjected};
pub use served::Served;
pub use upload::{capped, counting_in_bytes, moving, renamed, whole};
