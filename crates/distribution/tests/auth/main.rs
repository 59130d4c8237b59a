//! The machine of authentication against models: of the registries there are, with time passing, and of ones that say
//! whatever can be said.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test, and all data here is its own")]

mod choice;
mod course;
mod hostile;
mod policy;
mod shape;
mod shapes;
mod tokens;
mod world;
