//! The machines against models of those whom they talk to, by a clock that the test moves.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

mod upload;
