//! A machine for tests: a disk in memory that writes down what happens to it, a disk that fails as it is told, and what a
//! power cut leaves of the one.
//!
//! Every test binary that includes this uses a part of it.
#![allow(dead_code, reason = "each test uses what it needs")]

mod fault;
mod memory;
mod power;
mod random;
mod tree;

pub(crate) use fault::{Fault, Faulty, Step};
pub(crate) use memory::{Memory, Quirks};
pub(crate) use power::Outage;
pub(crate) use random::{Random, budget, seed};
pub(crate) use tree::{Effect, Tree};
