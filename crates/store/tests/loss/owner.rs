//! Whose files are, whatever the mask of the user is (85).

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::Command;

use wharf_store::Error;
use wharf_store::layout::{Directory, Layout, refuse_shared};

use crate::script::{Client, Shape, run, script};

/// Where the test that runs in a process of its own puts its stores.
const ROOT: &str = "WHARF_TEST_UNMASKED";

/// Runs in a process of its own, whose mask takes nothing.
#[test]
fn unmasked() {
    let Some(root) = std::env::var_os(ROOT) else { return };
    for shape in Shape::ALL {
        let path = Path::new(&root).join(format!("{shape:?}"));
        let store = match shape {
            Shape::Layout => Layout::create(path),
            Shape::Directory => Directory::create(path),
        };
        run(async {
            let mut client = Client::new(store.unwrap());
            for act in script(shape) {
                client.act(&act).await.unwrap();
            }
        });
    }
}

#[test]
fn case_85_without_a_mask_nobody_else_may_write() {
    let root = tempfile::tempdir().unwrap();
    let test = std::env::current_exe().unwrap();
    let run = Command::new("sh")
        .args(["-c", "umask 000; exec \"$0\" --exact owner::unmasked", test.to_str().unwrap()])
        .env(ROOT, root.path())
        .output();
    assert!(run.unwrap().status.success());
    let mut waiting = vec![root.path().to_path_buf()];
    let mut content = 0;
    while let Some(path) = waiting.pop() {
        let found = fs::symlink_metadata(&path).unwrap();
        assert_eq!(found.mode() & 0o022, 0, "{} has the mode {:o}", path.display(), found.mode());
        if found.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.components().any(|name| name.as_os_str() == "blobs") {
            assert_eq!(found.mode() & 0o777, 0o444);
            content += 1;
        }
    }
    assert!(content > 8);
}

#[test]
fn case_85_a_root_that_is_not_the_users_alone_is_refused_if_that_is_asked_for() {
    let root = tempfile::tempdir().unwrap();
    let allow = |mode| fs::set_permissions(root.path(), Permissions::from_mode(mode)).unwrap();
    for (mode, is_refused) in [(0o755, false), (0o700, false), (0o775, true), (0o757, true), (0o1777, true)] {
        allow(mode);
        assert_eq!(matches!(refuse_shared(root.path()), Err(Error::Shared { .. })), is_refused, "{mode:o}");
    }
    allow(0o755);
    // Whoever is not root cannot give a directory away, and finds others that belong to somebody else.
    let foreign = match std::os::unix::fs::chown(root.path(), Some(4711), None) {
        Ok(()) => root.path(),
        Err(_) => Path::new("/"),
    };
    assert!(matches!(refuse_shared(foreign), Err(Error::Shared { .. })));
    refuse_shared(root.path().join("what is not there")).unwrap();
}
