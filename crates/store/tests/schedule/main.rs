//! Those who use one store at the same time, in many orders: processes, where it is chosen before each operation on the disk
//! who goes on; and tasks of one process, over a disk or in memory, where that is chosen before each lock as well. The
//! orders are chosen by seeds, and an order that shows a fault is told and can be seen again.
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
#[path = "../machine/power.rs"]
#[allow(dead_code, reason = "others use more of it")]
mod power;
#[path = "../machine/random.rs"]
#[allow(dead_code, reason = "others use more of it")]
mod random;
#[path = "../machine/tree.rs"]
#[allow(dead_code, reason = "others use more of it")]
mod tree;

mod choice;
mod client;
mod collecting;
mod disk;
mod explore;
mod image;
mod kind;
mod now;
mod sharing;
mod turns;
mod world;
