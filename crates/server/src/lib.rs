//! Any registry served over HTTP, as the distribution-spec has it.
//!
//! A [`Service`] answers requests from a [`Registry`](wharf_registry::Registry) and is a tower service: it needs no
//! socket and no task, and can stand in a test, behind other services or below a server of yours. [`serve`]
//! puts it, or any other tower service, on a socket. Memory behind it makes a registry for tests, a client behind it a
//! proxy, and an overlay behind it a cache. Everybody may do everything, unless an [`Authorize`] says who asks and what
//! they may do; whoever must not learn of a repository is answered as if it were not there. TLS is a handshake that a
//! program gives to [`Server::serve_with`].
//!
//! ```
//! use bytes::Bytes;
//! use http::{Request, StatusCode};
//! use http_body_util::Full;
//! use tower_service::Service as _;
//! use wharf_server::Service;
//!
//! # async fn run(registry: impl wharf_registry::Registry + 'static) {
//! let mut service = Service::new(registry);
//! let request = Request::get("/v2/team/app/manifests/latest").body(Full::<Bytes>::default()).unwrap();
//! let response = service.call(request).await.unwrap();
//! assert_eq!(response.status(), StatusCode::NOT_FOUND);
//! # }
//! ```
//!
//! * [`Service`] - requests and responses; [`Body`] - what is answered
//! * [`Authorize`], [`Identity`], [`Access`], [`Action`], [`Permission`], [`Unidentified`] - rights
//! * [`serve`], [`Server`], [`Listener`] - connections
//! * [`Metrics`] - what a program may count; what happens and why something failed is told to `tracing`, under the target
//!   `wharf_server`
//!
//! What the registry behind cannot do is answered with `UNSUPPORTED`. Clients are told an error's code and what it was
//! about, never its causes: those can hold paths and addresses.

mod authorize;
mod blob;
mod body;
mod budget;
mod call;
mod condition;
mod crowd;
mod dispatch;
mod exchange;
mod failure;
mod gate;
mod list;
mod listen;
mod manifest;
mod metrics;
mod nothing;
mod owner;
mod patience;
mod payload;
mod referrers;
mod reply;
mod service;
mod session;
mod shared;
mod source;
mod trace;
mod turn;
mod upload;
mod warning;

pub use authorize::{Authorize, Identity, Permission, Unidentified};
pub use body::Body;
pub use listen::{Listener, RemoteAddress, RequestBody, Server, serve};
pub use metrics::{Exchange, Metrics};
pub use service::Service;
pub use wharf_distribution::{Access, Action};

/// The wire as data: challenges and scopes, of which [`Authorize`] speaks.
pub use wharf_distribution as distribution;
/// The traits behind a [`Service`], and the names of what they hold.
pub use wharf_registry as registry;
