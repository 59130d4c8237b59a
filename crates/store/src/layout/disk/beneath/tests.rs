use std::fs;
use std::os::unix::fs::symlink;

use super::*;

/// Both ways to lead along a path come to the same.
#[test]
fn a_step_for_each_name_leads_where_one_step_leads() {
    let directory = tempfile::tempdir().unwrap();
    let base = directory.path();
    fs::create_dir_all(base.join("root/a/b")).unwrap();
    fs::write(base.join("root/a/b/file"), "").unwrap();
    symlink("a", base.join("root/link")).unwrap();
    symlink("file", base.join("root/a/b/link")).unwrap();
    let root = root(&base.join("root")).unwrap();
    let leads = |opened: Result<OwnedFd, Errno>| {
        let found = rustix::fs::fstat(opened.ok()?).unwrap();
        Some((found.st_dev, found.st_ino))
    };
    let absolute = base.join("root/a");
    for path in
        ["", "a", "a/b", "a/b/file", "a/b/file/c", "link", "link/b", "a/b/link", "../root/a", "a/../../root", "x"]
            .map(Path::new)
            .into_iter()
            .chain([&*absolute])
    {
        let one = open(root.as_fd(), path, OFlags::RDONLY, Mode::empty());
        let each = walk(root.as_fd(), path, OFlags::RDONLY, Mode::empty());
        let expected = matches!(path.to_str(), Some("" | "a" | "a/b" | "a/b/file"));
        assert_eq!(each.is_ok(), expected, "{path:?}");
        assert_eq!(leads(one), leads(each), "{path:?}");
    }
}
