//! Credentials from configuration files and helpers: the tables of `testdata/credentials`, and what files and programs can
//! do wrong. No secret is in what a failing test prints.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

mod file;
#[cfg(unix)]
mod helper;
mod kind;
#[cfg(unix)]
mod lookup;
#[allow(dead_code, reason = "the tests of the client use the rest")]
#[path = "../client/peer.rs"]
mod peer;
mod places;
mod problem;
mod pull_secrets;
#[cfg(unix)]
mod script;
mod table;
