//! The client against peers that do what they are told to, be it right or wrong.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by a panic, and its helpers are part of it"
)]

mod clock;
mod echo;
mod error;
mod event;
mod fallback;
mod fault;
mod gate;
mod host;
mod list;
mod pace;
mod peer;
mod progress;
mod push;
mod ranges;
mod ranges_room;
mod reach;
mod read;
mod referrer;
mod resume;
mod resume_budget;
mod resume_call;
mod retry;
mod token;
mod trace;
mod trust;
mod upload;
mod write;
