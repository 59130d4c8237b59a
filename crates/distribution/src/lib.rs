//! The OCI distribution protocol as data: what goes over the wire, encoded and decoded, by client and server alike.
//!
//! Nothing here does I/O or asks a clock. Most types are one thing that can be sent, with both directions beside each
//! other, so that `parse(encode(x)) == x` can be a law; where one request depends on what came of another, a machine
//! says which is next.
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
//! * [`response`] - the heads of answers: status and headers, one type for each kind
//! * [`header`], [`field`] - the headers that the specification gives a meaning, and what may be believed of them
//! * [`EntityTag`], [`EntityTags`], [`Held`], [`Location`], [`InvalidLocation`] - values of headers
//! * [`ErrorBody`], [`ErrorEntry`], [`TagList`], [`RepositoryList`] - bodies
//! * [`Challenge`], [`Credential`], [`CredentialKind`], [`Secret`], [`Scope`], [`ScopeSet`] - authentication
//! * [`Access`], [`Action`] - what each request needs a right to
//! * [`TokenRequest`], [`Grant`], [`TokenResponse`], [`TokenError`] - tokens, asked for and given
//! * [`auth`] - the steps of a client that has to prove who is asking
//! * [`link`] - the next page
//! * [`upload`] - the steps by which a blob comes to a registry
//! * [`referrers`] - what says something about a manifest, where a registry lists it and where it does not
//! * [`address`], [`UrlFault`] - where a peer may lead
//! * [`Patience`], [`Attempts`], [`Pause`], [`may_pass`] - what is tried again, how often, and when
//! * [`RetryAfter`], [`RateLimit`], [`parse_date`], [`print_date`] - when to come back, and how often
//! * [`warning()`], [`warnings`] - what a user is to be told

mod access;
pub mod address;
pub mod auth;
mod backoff;
mod body;
mod calendar;
mod challenge;
mod credential;
mod endpoint;
mod entity_tag;
mod error_body;
pub mod field;
mod grant;
pub mod header;
mod held;
pub mod link;
mod location;
mod network;
mod query;
mod rate_limit;
pub mod referrers;
pub mod response;
mod retry_after;
mod route;
mod scope;
mod scope_set;
mod secret;
mod text;
mod timestamp;
mod token_error;
mod token_request;
mod token_response;
pub mod upload;
mod url_fault;
mod warning;

pub use access::{Access, Action};
pub use backoff::{Attempts, Patience, Pause, may_pass};
pub use body::{RepositoryList, TagList};
pub use challenge::Challenge;
pub use credential::{Credential, CredentialKind};
pub use endpoint::{Endpoint, Page};
pub use entity_tag::{EntityTag, EntityTags};
pub use error_body::{ErrorBody, ErrorEntry};
pub use grant::Grant;
pub use held::Held;
pub use location::{InvalidLocation, Location};
pub use rate_limit::RateLimit;
pub use retry_after::{RetryAfter, parse_date, print_date};
pub use route::RouteError;
pub use scope::Scope;
pub use scope_set::ScopeSet;
pub use secret::Secret;
pub use token_error::TokenError;
pub use token_request::TokenRequest;
pub use token_response::TokenResponse;
pub use url_fault::UrlFault;
pub use warning::{warning, warnings};
