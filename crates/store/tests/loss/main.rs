//! That a store on disk loses nothing: what fails, what ends in the middle, what a power cut leaves, and what disks do that
//! are not like others. What is asked by number is the security bar of the project, and `docs/design/store.md` says which
//! test proves which rule.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "helpers of tests may fail as tests do, and say what they tried"
)]

#[path = "../machine/mod.rs"]
mod machine;

mod again;
mod check;
mod crash;
mod fault;
mod model;
#[cfg(unix)]
mod owner;
mod script;
mod strange;
