//! The OCI distribution protocol as data: what goes over the wire, encoded and decoded, by client and server alike.
//!
//! Nothing here does I/O or asks a clock. Most types are one thing that the distribution-spec says can be sent, with both
//! directions beside each other, so that `parse(encode(x)) == x` can be a law; where one request depends on what came of
//! another, a machine says which is next.
//!
//! ```
//! use http::Method;
//! use wharf_distribution::Endpoint;
//! use wharf_reference::{Repository, Tag, TagOrDigest};
//!
//! let endpoint = Endpoint::GetManifest {
//!     repository: Repository::from_static("a/blobs"),
//!     which: TagOrDigest::Tag(Tag::LATEST),
//! };
//! assert_eq!(endpoint.target(), "/v2/a/blobs/manifests/latest");
//! assert_eq!(Endpoint::parse(&Method::GET, "/v2/a/blobs/manifests/latest", None), Ok(endpoint));
//! ```
//!
//! * [`Endpoint`], [`Page`], [`RouteError`] - requests: method, path and query
//! * [`header`] - the headers that the specification gives a meaning, and their values
//! * [`ErrorBody`], [`TagList`], [`RepositoryList`] - bodies
//! * [`Challenge`], [`Scope`], [`TokenRequest`], [`TokenResponse`], [`Secret`] - authentication
//! * [`link`] - the next page
//! * [`upload`] - the steps by which a blob comes to a registry
//! * [`referrers`] - what says something about a manifest, where a registry lists it and where it does not
//! * [`address`], [`UrlFault`] - where a peer may lead
//! * [`Patience`], [`Attempts`], [`Pause`], [`may_pass`] - what is tried again, how often, and when
//! * [`RetryAfter`], [`RateLimit`], [`warnings`] - when to come back, how often, and what a user is to be told

pub mod address;
mod backoff;
mod body;
mod challenge;
mod endpoint;
mod error_body;
pub mod header;
pub mod link;
mod query;
mod rate_limit;
pub mod referrers;
mod retry_after;
mod route;
mod scope;
mod secret;
mod text;
mod token;
pub mod upload;
mod url_fault;
mod value;
mod warning;

pub use backoff::{Attempts, Patience, Pause, may_pass};
pub use body::{RepositoryList, TagList};
pub use challenge::Challenge;
pub use endpoint::{Endpoint, Page};
pub use error_body::{ErrorBody, ErrorEntry};
pub use rate_limit::RateLimit;
pub use retry_after::{RetryAfter, parse_date};
pub use route::RouteError;
pub use scope::Scope;
pub use secret::Secret;
pub use token::{TokenError, TokenRequest, TokenResponse};
pub use url_fault::UrlFault;
pub use value::HeaderFault;
pub use warning::warnings;
