//! An OCI registry over HTTP, for any transport.
//!
//! [`Client`] is the registry traits over the wire. It brings no HTTP library: whatever turns a request into a response
//! is a [`Transport`], be it an HTTP stack with its connections or a service in the same process. It reads no
//! configuration files and asks no environment unless `docker_config` is used, and starts no task. What it repeats, and
//! what never, is told by [`Retry`] and in `docs/design/client.md`.
//!
//! ```no_run
//! use wharf_client::{Client, Credential, Secret, Transport};
//! use wharf_registry::{Host, Read, Repository, Tag, TagOrDigest};
//!
//! # async fn pull(transport: impl Transport + 'static) -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new(transport, Host::parse("registry.example.com")?)?
//!     .with_credentials(Credential::basic("robot", Secret::new("hunter2")));
//! let manifest = client.manifest(&Repository::parse("team/app")?, &TagOrDigest::Tag(Tag::LATEST)).await?;
//! println!("{} bytes, {}", manifest.bytes().len(), manifest.digest());
//! # Ok(())
//! # }
//! ```
//!
//! Three things hold whatever a peer says. Nothing comes out that was not verified, or whose type does not say so.
//! Credentials and tokens go to the registry's own scheme, host and port, and to its token service under the rules of
//! [`Client::trust_realm`]; not to redirects, upload locations or links elsewhere. And every number that a peer
//! controls has a limit.
//!
//! * [`Client`], [`Host`], [`HostError`] - the registry
//! * [`Transport`], [`TransportError`], [`TransportErrorKind`], [`Body`], [`InProcess`] - what carries it
//! * [`record`] - what passed, without secrets, and the same again without a network
//! * [`Reach`], [`NotPublic`], [`PeerAddress`] - where it may carry a request, and where an answer came from
//! * [`Credentials`], [`CredentialError`], [`Credential`], [`CredentialKind`], [`Anonymous`], [`Secret`] - who is asking
//! * `docker_config`, with the feature `docker-config` - where other tools keep credentials
//! * [`Error`], [`ErrorKind`], [`Party`], [`Fault`], [`UrlFault`] - what went wrong on the wire, and whose fault it is
//! * [`Limits`], [`Retry`], [`Ranges`], [`Clock`], [`SystemClock`] - how much, how often, in how many parts, and when
//! * [`Event`], [`Direction`], [`RateLimit`] - what there is to tell beside results; what `tracing` is told is in
//!   `docs/design/client.md`

mod address;
mod answer;
mod auth;
mod body;
mod call;
mod carrier;
mod client;
mod clock;
mod credential;
mod delete;
#[cfg(feature = "docker-config")]
pub mod docker_config;
mod error;
mod event;
mod fallback;
mod fault;
mod gate;
mod in_process;
mod limits;
mod list;
mod outflow;
mod pace;
mod pages;
mod parts;
mod patience;
mod persist;
mod progress;
mod push;
mod ranges;
mod rate;
mod reach;
mod read;
pub mod record;
mod referrer;
mod resume;
mod retry;
mod stat;
mod supply;
mod tokens;
mod trace;
mod transport;
mod upload;
mod write;

pub use address::HostError;
pub use body::Body;
pub use client::Client;
pub use clock::{Clock, SystemClock};
pub use credential::{Anonymous, CredentialError, Credentials};
pub use error::{Error, ErrorKind, Party};
pub use event::{Direction, Event};
pub use fault::Fault;
pub use in_process::InProcess;
pub use limits::Limits;
pub use ranges::Ranges;
pub use reach::{NotPublic, PeerAddress, Reach};
pub use retry::Retry;
pub use transport::{Transport, TransportError, TransportErrorKind};
pub use wharf_distribution::{Credential, CredentialKind, RateLimit, Secret, UrlFault};
pub use wharf_registry::Host;
