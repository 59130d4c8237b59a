//! The service over a registry in memory, request by request, and the listener on loopback.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests, and all data here is their own"
)]

mod backend;
mod blob;
mod body;
mod budget;
mod crowd;
mod doorkeeper;
mod error;
mod harness;
mod immutable;
mod list;
mod listen;
mod manifest;
mod owner;
mod rights;
mod upload;
mod upload_order;
mod warning;
