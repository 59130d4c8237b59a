#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use super::super::disk::System;
use super::super::durability::Durability;
use super::super::root::Shape;
use super::*;

/// A line that was written in part is none, nor is one that is no digest.
#[test]
fn a_line_counts_once_it_has_its_end() {
    let (one, other) = (Digest::of(b"one"), Digest::of(b"other"));
    let lines = format!("{one}\nno digest\n{other}");
    assert_eq!(digests(lines.as_bytes()).collect::<Vec<_>>(), std::slice::from_ref(&one));
    assert_eq!(digests(format!("{lines}\n").as_bytes()).collect::<Vec<_>>(), [one, other]);
}

/// What is written beyond what is read would hold nothing.
#[test]
fn a_lease_holds_no_more_than_is_read() {
    let root = tempfile::tempdir().unwrap();
    let files = Files::new(Arc::new(System::open(root.path()).unwrap()), Durability::Process);
    let mut held = Held::new(&Root::new(files, Shape::Single), Path::new("")).unwrap();
    let digest = Digest::of(b"held");
    let line = digest.to_string().len() as u64 + 1;
    held.size = LEASE_BYTES - line;
    held.add(&digest).unwrap();
    assert!(matches!(held.add(&digest), Err(Error::Full { .. })));
    assert_eq!(held.file.stat().unwrap().size, LEASE_BYTES);
    held.file.read_all(LEASE_BYTES).unwrap();
}

/// Nothing is left behind by whoever lets go.
#[test]
fn a_lease_that_is_let_go_of_leaves_no_file() {
    let root = tempfile::tempdir().unwrap();
    let files = Files::new(Arc::new(System::open(root.path()).unwrap()), Durability::Process);
    drop(Held::new(&Root::new(files, Shape::Single), Path::new("")).unwrap());
    assert_eq!(std::fs::read_dir(root.path().join(LEASES)).unwrap().count(), 0);
}
