//! The service over a registry in memory, request by request, and the listener over pipes and on loopback.

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
mod drain;
mod embed;
mod error;
mod harness;
mod http2;
mod immutable;
mod list;
mod listen;
mod manifest;
mod metrics;
mod net;
mod owner;
mod patience;
mod restart;
mod rights;
mod rules;
mod smuggling;
mod trace;
mod upload;
mod upload_order;
mod warning;
mod wrapper;
