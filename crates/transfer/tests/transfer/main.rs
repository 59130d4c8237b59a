//! Copying between registries that remember what was asked of them, and that misbehave when told to.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod concurrency;
mod copy;
mod fault;
mod fixture;
mod order;
mod platform;
mod shelf;
mod store;
