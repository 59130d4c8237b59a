//! What the look at a store finds, and what it does about it when it is asked to.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests may fail as tests do"
)]

mod beside;
mod content;
mod disk;
mod document;
mod foreign;
mod names;
mod quarantine;
mod referrer;
mod repair;
mod sound;
mod support;
mod usage;
