#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::cell::Cell;
use std::fs;
use std::sync::Arc;

use tempfile::TempDir;

use super::super::disk::System;
use super::super::durability::Durability;
use super::*;

const CONTENT: &[u8] = b"condemned";

/// A layout whose trash has one epoch, in which nothing is.
struct Fixture {
    root: TempDir,
    files: Files,
    digest: Digest,
}

impl Fixture {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("blobs/sha256")).unwrap();
        let files = Files::new(Arc::new(System::open(root.path()).unwrap()), Durability::Power);
        let fixture = Self { root, files, digest: Digest::of(CONTENT) };
        fs::create_dir_all(fixture.root.path().join("trash/100")).unwrap();
        fixture
    }

    /// As a collector does, of content that others looked for in vain meanwhile.
    fn condemned(&self, epoch: &str) {
        let path = path(Path::new(""), Epoch::parse(epoch).unwrap(), &self.digest).unwrap();
        fs::create_dir_all(self.root.path().join(parent(&path))).unwrap();
        fs::write(self.root.path().join(path), CONTENT).unwrap();
    }

    /// Looks for the content, while something else happens before each look, and says how many looks there were.
    fn find(&self, before: impl Fn(u32)) -> (Option<u64>, u32) {
        let (layout, looks) = (Path::new(""), Cell::new(0));
        let look = || {
            looks.set(looks.get() + 1);
            let found = content::size(&self.files, layout, &self.digest);
            before(looks.get());
            found
        };
        (find(&self.files, layout, &self.digest, look).unwrap(), looks.get())
    }
}

#[test]
fn what_comes_back_and_is_condemned_again_meanwhile_is_found() {
    let fixture = Fixture::new();
    // After the second look it was tried in the first epoch, too early.
    let (found, looks) = fixture.find(|look| {
        if look == 2 {
            fixture.condemned("200")
        }
    });
    assert_eq!((found, looks), (Some(CONTENT.len() as u64), 3));
}

#[test]
fn an_epoch_of_a_clock_that_was_set_back_is_new_as_well() {
    let fixture = Fixture::new();
    let (found, _) = fixture.find(|look| {
        if look == 2 {
            fixture.condemned("50")
        }
    });
    assert_eq!(found, Some(CONTENT.len() as u64));
}

/// Others were condemned in that epoch before.
#[test]
fn an_epoch_that_was_there_is_tried_again() {
    let fixture = Fixture::new();
    let (found, _) = fixture.find(|look| {
        if look == 2 {
            fixture.condemned("100")
        }
    });
    assert_eq!(found, Some(CONTENT.len() as u64));
}

#[test]
fn what_is_nowhere_is_looked_for_twice_more_when_nothing_is_new() {
    let fixture = Fixture::new();
    assert_eq!(fixture.find(|_| ()), (None, 3));
    fs::remove_dir_all(fixture.root.path().join("trash")).unwrap();
    assert_eq!(fixture.find(|_| ()), (None, 3));
}
