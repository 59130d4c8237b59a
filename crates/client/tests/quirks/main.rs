//! The client against registries as they are: each test is about one thing that some registry does in its own way.
//!
//! `docs/design/quirks.md` lists them all, with the tests that prove what the client makes of them.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by a panic, and its helpers are part of it"
)]

mod errors;
mod every;
mod limits;
mod lists;
mod manifests;
mod redirects;
mod support;
mod table;
mod tokens;
mod uploads;
