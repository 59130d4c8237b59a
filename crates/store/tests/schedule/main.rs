//! Processes that use one store at the same time, in many orders: before each operation on the disk it is chosen who goes
//! on. The orders are chosen by seeds, and an order that shows a fault is told and can be seen again.
//!
//! * `WHARF_SCHEDULES` says how many orders are tried of each scenario.
//! * `WHARF_SCHEDULE` says which one, alone, and all its steps are told.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests may fail as tests do, and say what they tried"
)]

#[path = "../machine/memory.rs"]
#[allow(dead_code, reason = "others use more of it")]
mod memory;
#[path = "../machine/random.rs"]
#[allow(dead_code, reason = "others use more of it")]
mod random;
#[path = "../machine/tree.rs"]
#[allow(dead_code, reason = "others use more of it")]
mod tree;

mod choice;
mod client;
mod disk;
mod explore;
mod scenario;
mod turns;
mod world;
