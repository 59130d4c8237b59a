//! The laws, one module for each capability and one function for each law.
//!
//! A law works in repositories of its own, which bear its name, so that laws do not disturb each other and a panic tells
//! which law was broken. It expects them to be empty. What a registry need not offer may answer `UNSUPPORTED`; the law
//! is then silent.

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
pub mod referrer;
pub mod tag;
pub mod unknown;
pub mod upload;

/// All laws, in turn.
pub async fn all(registry: &dyn Registry) {
    sparse(registry).await;
    integrity::all(registry).await;
}

/// All laws but those of [`integrity`]: for registries that take manifests before the content that they name.
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
