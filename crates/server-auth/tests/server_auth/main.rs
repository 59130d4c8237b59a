//! Passwords, tokens and the service that gives them out: the parts, and a registry that is guarded by them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests, and all data here is their own"
)]

mod attack;
mod basic;
mod client;
mod forge;
mod htpasswd;
mod keys;
mod rights;
mod token_service;
mod vectors;
