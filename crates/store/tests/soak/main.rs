//! Processes that push, tag, upload in parts, delete and collect in one directory, and are killed at any moment: what they
//! reported as done is there, whatever they left is whole, nobody is locked out, and what they left behind can be collected.
//!
//! `WHARF_SOAK_SECONDS` says how long at least, 5 seconds unless said, and `WHARF_SOAK_DIRECTORY` where, for whoever wants
//! to look at what was left with other tools. Where so little is done in that time that nothing would be shown, it goes on.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests may fail as tests do, and say what they have seen"
)]

mod chance;
mod check;
mod child;
mod ledger;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use wharf_store::layout::Directory;

use crate::chance::Chance;
use crate::ledger::Ledger;

/// How many processes there are at a time.
const LANES: u64 = 8;
/// How many seconds more it takes at most, until each kind of work was done.
const MOST: u64 = 600;

#[test]
fn processes_that_are_killed_leave_what_they_reported() {
    let seconds = std::env::var("WHARF_SOAK_SECONDS").map_or(5, |seconds| seconds.parse().unwrap());
    let temporary = tempfile::tempdir().unwrap();
    let root = std::env::var_os("WHARF_SOAK_DIRECTORY").map_or(temporary.path().to_owned(), PathBuf::from);
    let root = root.as_path();
    Directory::create(root).unwrap();
    #[allow(clippy::disallowed_methods, reason = "a trial by time ends by the clock")]
    let (begun, now) = (Instant::now(), Instant::now);
    let done = Mutex::new(BTreeSet::new());
    let is_over = |ledger: &Ledger| {
        let mut done = done.lock().unwrap();
        done.extend(ledger.done.keys().cloned());
        let is_shown = check::KINDS.iter().all(|kind| done.contains(*kind));
        now() - begun > Duration::from_secs(if is_shown { seconds } else { seconds + MOST })
    };
    let is_over = &is_over;
    let ledgers: Vec<_> = thread::scope(|scope| {
        let lanes: Vec<_> = (0..LANES).map(|lane| scope.spawn(move || run(root, lane, is_over))).collect();
        lanes.into_iter().map(|lane| lane.join().unwrap()).collect()
    });
    check::all(root, &ledgers);
}

/// One process after another, each killed after it has reported some things, until it is enough.
fn run(root: &Path, lane: u64, is_over: impl Fn(&Ledger) -> bool) -> Ledger {
    let (mut ledger, mut chance) = (Ledger::default(), Chance::new(lane + 1));
    while ledger.killed == 0 || !is_over(&ledger) {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child::works_until_it_is_killed", "--ignored", "--nocapture"])
            .env(child::ROOT, root)
            .env(child::LANE, lane.to_string())
            .env(child::SEED, chance.next().to_string())
            .env(child::SESSION, ledger.session())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut left = chance.below(60);
        for line in BufReader::new(process.stdout.take().unwrap()).lines() {
            if ledger.learn(&line.unwrap()) && left == 0 {
                process.kill().unwrap();
            }
            left = left.saturating_sub(1);
        }
        let ended = process.wait().unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&ended), Some(9), "it was killed and did not fail");
        ledger.killed += 1;
    }
    ledger
}
