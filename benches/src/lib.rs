//! Speeds side by side, in one run.
//!
//! Machines are noisy, so no work is measured on its own: all works of a comparison take turns, many times, and the ratio
//! of two is the median of what it was in each turn.

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a bench reads the clock and prints")]

use std::time::{Duration, Instant};

/// How long one turn of one work is, at least.
const TURN: Duration = Duration::from_millis(2);
/// How many turns each work has.
const TURNS: usize = 101;

/// One of the works that are compared.
pub struct Work<'a> {
    name: &'static str,
    run: Box<dyn FnMut() + 'a>,
}

impl<'a> Work<'a> {
    /// A work, which is done once per call; what it makes goes through [`std::hint::black_box`].
    pub fn new(name: &'static str, run: impl FnMut() + 'a) -> Self {
        Self { name, run: Box::new(run) }
    }

    /// Who does it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Does it once.
    pub fn run(&mut self) {
        (self.run)();
    }

    fn time(&mut self, times: u32) -> Duration {
        let start = Instant::now();
        for _ in 0..times {
            (self.run)();
        }
        start.elapsed()
    }

    /// How often the work fits into a turn.
    fn calibrate(&mut self) -> u32 {
        let mut times = 1;
        while self.time(times) < TURN && times < 1 << 24 {
            times *= 2;
        }
        times
    }
}

impl std::fmt::Debug for Work<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Work({})", self.name)
    }
}

/// What one call of a work does, to print its speed by.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Unit {
    /// So many things, printed as nanoseconds for each.
    Things(u32),
    /// So many bytes, printed as gigabytes in a second.
    Bytes(usize),
}

impl Unit {
    fn print(self, seconds: f64) -> String {
        match self {
            Self::Things(count) => format!("{:.1} ns", seconds * 1e9 / f64::from(count)),
            Self::Bytes(count) => format!("{:.3} GB/s", count as f64 / seconds / 1e9),
        }
    }
}

/// Prints the head of a table for [`compare`].
pub fn table(title: &str) {
    println!("\n| {title} | who | median | time, ours = 1 |\n|---|---|--:|--:|");
}

/// Measures all works, of which the first is ours, and prints one line of the table for each.
pub fn compare(title: &str, unit: Unit, mut works: Vec<Work<'_>>) {
    let times: Vec<_> = works.iter_mut().map(Work::calibrate).collect();
    let mut turns = vec![Vec::with_capacity(TURNS); works.len()];
    for _ in 0..TURNS {
        for ((work, times), turns) in works.iter_mut().zip(&times).zip(&mut turns) {
            turns.push(work.time(*times).as_secs_f64() / f64::from(*times));
        }
    }
    let ours = turns.first().cloned().unwrap_or_default();
    for (work, turns) in works.iter().zip(turns) {
        let ratio = median(turns.iter().zip(&ours).map(|(theirs, ours)| theirs / ours).collect());
        println!("| {title} | {} | {} | {ratio:.2} |", work.name, unit.print(median(turns)));
    }
}

/// The one in the middle; not a number when there is none.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
