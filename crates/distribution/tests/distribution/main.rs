//! The wire, byte for byte: the tables of `testdata/distribution`, and laws that hold for everything generated.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

mod address;
mod advice;
mod advice_law;
mod body;
mod body_law;
mod challenge;
mod challenge_law;
mod credential;
mod endpoint_law;
mod field;
mod header_law;
mod link;
mod range;
mod response;
mod response_law;
mod route;
mod scope;
mod scope_set;
mod table;
mod token;
mod token_law;
mod value;
mod value_law;
