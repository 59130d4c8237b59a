//! How often memory is asked for, and how much of it, to read and to write a document once.

#![allow(clippy::print_stdout, reason = "a bench prints")]

mod readers;

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use wharf_benches::Work;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let comparisons = readers::comparisons();
    let (read, write): (Vec<_>, Vec<_>) =
        comparisons.into_iter().map(|it| ((it.title, it.read), (it.title, it.write))).unzip();
    for (title, works) in [("read", read), ("written", write)] {
        println!("\n| {title} | who | allocations | grown or shrunk | bytes |\n|---|---|--:|--:|--:|");
        works.into_iter().for_each(|(document, works)| works.into_iter().for_each(|work| count(document, work)));
    }
}

/// The second time, when whatever is made but once has been made.
fn count(document: &str, mut work: Work<'_>) {
    work.run();
    let region = Region::new(ALLOCATOR);
    work.run();
    let stats = region.change();
    println!(
        "| {document} | {} | {} | {} | {} |",
        work.name(),
        stats.allocations,
        stats.reallocations,
        stats.bytes_allocated
    );
}
