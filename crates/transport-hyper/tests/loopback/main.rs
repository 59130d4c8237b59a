//! The transport against servers on the loopback interface.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test, and all data here is its own"
)]

mod authority;
mod certs_d;
mod http;
mod http2;
mod many;
mod proxies;
mod proxy;
mod reach;
mod server;
mod tls;
