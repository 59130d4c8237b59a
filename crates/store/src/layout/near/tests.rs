#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test, and all data here is its own"
)]

use std::fs;
use std::os::unix::fs::symlink;

use super::*;

/// Only a regular file is told of that no link leads to. That anything is told at all is a matter of the system and of
/// what it has in memory, which for a file that was looked at just now it has.
#[test]
fn nothing_but_a_file_on_a_path_without_links_is_told_of() {
    let directory = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(directory.path()).unwrap();
    fs::create_dir(root.join("inside")).unwrap();
    fs::write(root.join("inside/file"), "hello").unwrap();
    fs::write(root.join("inside/closed"), "hello!").unwrap();
    fs::set_permissions(root.join("inside/closed"), std::os::unix::fs::PermissionsExt::from_mode(0o000)).unwrap();
    symlink(root.join("inside/file"), root.join("inside/link")).unwrap();
    symlink(root.join("inside"), root.join("way")).unwrap();
    let told = |path: &str| {
        let _ = fs::metadata(root.join(path));
        stat(&root.join(path)).map(|metadata| metadata.len())
    };
    for path in ["inside", "inside/link", "way/file", "way", "inside/missing", "missing/file", "inside/file/below"] {
        assert_eq!(told(path), None, "{path}");
    }
    let can_look = told("inside/file").is_some();
    assert_eq!(told("inside/file"), can_look.then_some(5));
    assert_eq!(told("inside/closed"), can_look.then_some(6), "nobody opens it");
}

/// The same of a file that is open, but that links above it are followed.
#[test]
fn of_an_open_file_is_told_what_is_at_its_path_now() {
    let directory = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(directory.path()).unwrap();
    fs::create_dir(root.join("inside")).unwrap();
    fs::write(root.join("inside/file"), "hello").unwrap();
    let _open = fs::File::open(root.join("inside/file")).unwrap();
    let told = |path: &str| stat_open(&root.join(path)).map(|metadata| metadata.len());
    assert_eq!(told("inside/file"), Some(5));
    fs::write(root.join("new"), "hello!").unwrap();
    fs::rename(root.join("new"), root.join("inside/file")).unwrap();
    assert_eq!(told("inside/file"), Some(6), "another file");
    fs::rename(root.join("inside"), root.join("aside")).unwrap();
    assert_eq!(told("inside/file"), None, "gone with what is above it");
    symlink(root.join("aside/file"), root.join("link")).unwrap();
    assert_eq!(told("link"), None);
}
