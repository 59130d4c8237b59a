//! The laws, one module for each capability and one function for each law.
//!
//! A law works in repositories of its own, which bear its name, so that laws do not disturb each other and a panic
//! tells which law was broken. It expects them to be empty. What a registry need not offer may answer `UNSUPPORTED`;
//! the law is then silent.
//!
//! # For a registry of your own
//!
//! A test gives the laws an empty registry, from whatever runtime the registry needs:
//!
//! ```
//! use wharf_registry::Registry;
//! use wharf_testkit::laws;
//!
//! async fn mine_is_a_registry(mine: impl Registry) {
//!     laws::all(&mine).await;
//! }
//! ```
//!
//! A registry that obeys only some of them names those, so that it is seen which are left out:
//!
//! ```
//! use wharf_registry::Registry;
//! use wharf_testkit::laws;
//!
//! async fn mine_keeps_content(mine: &dyn Registry) {
//!     laws::blob::all(mine).await;
//!     laws::blob_refusal::all(mine).await;
//!     laws::manifest::comes_back(mine).await;
//! }
//! ```
//!
//! A wrapper is a registry, too: a policy is tested by the laws that it must not break, around a registry that obeys
//! them all. A law is run once on a registry, because what it stored is still there.

use wharf_registry::Registry;

pub mod blob;
pub mod blob_refusal;
pub mod concurrency;
pub mod deletion;
mod expect;
pub mod integrity;
pub mod listing;
pub mod manifest;
pub mod mount;
pub mod range;
pub mod reading;
pub mod referrer;
pub mod tag;
pub mod unknown;
pub mod upload;

/// All laws, in turn.
///
/// # Panics
/// When a law is broken, as does everything in the modules here. The message begins with the law's name.
pub async fn all(registry: &dyn Registry) {
    sparse(registry).await;
    integrity::all(registry).await;
}

/// All laws but those of [`integrity`]: for registries that take manifests before the content that they name.
///
/// Caches are such registries: they get a manifest before anybody has asked for its blobs.
pub async fn sparse(registry: &dyn Registry) {
    blob::all(registry).await;
    blob_refusal::all(registry).await;
    range::all(registry).await;
    mount::all(registry).await;
    upload::all(registry).await;
    manifest::all(registry).await;
    tag::all(registry).await;
    unknown::all(registry).await;
    listing::all(registry).await;
    referrer::all(registry).await;
    deletion::all(registry).await;
    concurrency::all(registry).await;
}
