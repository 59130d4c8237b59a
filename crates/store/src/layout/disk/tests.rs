//! What every disk of this machine promises, looked at through the standard library.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::*;

/// How a disk comes to a directory.
type Open = fn(&Path) -> Box<dyn Disk>;

/// A disk over a directory beside another one, which nothing may reach.
struct Fixture {
    directory: tempfile::TempDir,
    disk: Box<dyn Disk>,
}

impl Fixture {
    /// One for each disk that there is here.
    fn all() -> [Self; 2] {
        let system: Open = |path| Box::new(System::open(path).unwrap());
        let portable: Open = |path| Box::new(portable::System::open(path).unwrap());
        [system, portable].map(|open| {
            let directory = tempfile::tempdir().unwrap();
            fs::create_dir_all(directory.path().join("root/inside")).unwrap();
            fs::write(directory.path().join("outside"), "secret").unwrap();
            fs::write(directory.path().join("root/inside/file"), "hello").unwrap();
            fs::create_dir(directory.path().join("beside")).unwrap();
            Self { disk: open(&directory.path().join("root")), directory }
        })
    }

    fn path(&self, below: &str) -> PathBuf {
        self.directory.path().join(below)
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.path("root").join(path)).unwrap()
    }

    /// Does everything that there is to do, from and to a path.
    fn everything(&self, path: &str) -> Vec<(&'static str, io::Result<()>)> {
        let (path, here) = (Path::new(path), Path::new("inside/file"));
        let open = |access| self.disk.open(path, access).map(drop);
        vec![
            ("open", open(Access::Read)),
            ("open to write", open(Access::Write)),
            ("make", open(Access::New { mode: 0o600 })),
            ("list", self.disk.list(path).map(drop)),
            ("make a directory", self.disk.make_dir(path)),
            ("link to", self.disk.link(here, path)),
            ("link from", self.disk.link(path, Path::new("linked"))),
            ("rename to", self.disk.rename(here, path)),
            ("rename from", self.disk.rename(path, Path::new("renamed"))),
            ("rename new to", self.disk.rename_new(here, path)),
            ("remove", self.disk.remove_file(path)),
            ("remove a directory", self.disk.remove_dir(path)),
            ("sync", self.disk.sync_dir(path)),
        ]
    }
}

#[test]
fn no_path_leaves_the_root() {
    for fixture in Fixture::all() {
        let absolute = fixture.path("outside").display().to_string();
        symlink(fixture.path(""), fixture.path("root/up")).unwrap();
        symlink("..", fixture.path("root/inside/up")).unwrap();
        symlink(fixture.path("root/inside"), fixture.path("root/round")).unwrap();
        let paths = ["../outside", "../beside", "../new", "inside/../../outside", "up/outside", "up/new", &absolute];
        for path in paths.into_iter().chain(["inside/up/inside/file", "round/file", "round/new", "missing/new"]) {
            assert!(fixture.disk.stat(Path::new(path)).is_err(), "{path}");
            assert_eq!(fixture.disk.known(Path::new(path)), None, "{path}");
            for (what, done) in fixture.everything(path) {
                assert!(done.is_err(), "{what} {path} at {:?}", fixture.disk);
            }
        }
        assert_eq!(fs::read_to_string(fixture.path("outside")).unwrap(), "secret");
        assert_eq!(fixture.text("inside/file"), "hello");
        let names = |path: &str| fs::read_dir(fixture.path(path)).unwrap().count();
        assert_eq!((names(""), names("beside"), names("root"), names("root/inside")), (3, 0, 3, 2));
    }
}

#[test]
fn what_is_no_file_cannot_be_opened() {
    for fixture in Fixture::all() {
        symlink("inside/file", fixture.path("root/link")).unwrap();
        drop(UnixListener::bind(fixture.path("root/socket")).unwrap());
        let pipe = fixture.path("root/pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
        for path in ["link", "socket", "pipe", "inside", ""] {
            for access in [Access::Read, Access::Write] {
                let error = fixture.disk.open(Path::new(path), access).unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::NotFound, "{path:?} {access:?} at {:?}", fixture.disk);
            }
            let is_dir = path.is_empty() || path == "inside";
            let kind = if is_dir { Kind::Directory } else { Kind::Other };
            assert_eq!(fixture.disk.stat(Path::new(path)).unwrap().kind, kind, "{path:?}");
        }
    }
}

#[test]
fn files_are_read_and_written_where_it_is_said() {
    for fixture in Fixture::all() {
        let path = Path::new("inside/new");
        let file = fixture.disk.open(path, Access::New { mode: 0o600 }).unwrap();
        assert_eq!(file.write_at(0, b"hello").unwrap(), 5);
        assert_eq!(file.write_at(3, b"LOW").unwrap(), 3);
        let mut bytes = Vec::with_capacity(3);
        assert_eq!(file.read_at(1, &mut bytes).unwrap(), 3);
        assert_eq!(bytes, b"elL");
        assert_eq!(file.read_at(6, &mut Vec::with_capacity(3)).unwrap(), 0);
        file.sync().unwrap();
        assert_eq!(fixture.text("inside/new"), "helLOW");
        assert_eq!(file.stat().unwrap().size, 6);
        let again = fixture.disk.open(path, Access::New { mode: 0o600 }).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);

        let other = fixture.disk.open(path, Access::Write).unwrap();
        assert!(file.try_lock(Lock::Shared).unwrap() && other.try_lock(Lock::Shared).unwrap());
        assert!(!other.try_lock(Lock::Exclusive).unwrap());
        drop(file);
        assert!(other.try_lock(Lock::Exclusive).unwrap());
    }
}

/// Also while some thread makes a process, which has all that is open until its program begins.
#[test]
fn a_lock_ends_with_its_file() {
    for fixture in Fixture::all() {
        let is_over = AtomicBool::new(false);
        let locks = || fixture.disk.open(Path::new("inside/file"), Access::Write)?.try_lock(Lock::Exclusive);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !is_over.load(Ordering::Relaxed) {
                        assert!(Command::new("true").status().unwrap().success());
                    }
                });
            }
            let refused = (0..1_000).find(|_| !locks().is_ok_and(|is_locked| is_locked));
            is_over.store(true, Ordering::Relaxed);
            assert_eq!(refused, None, "{:?}", fixture.disk);
        });
    }
}

#[test]
fn names_are_given_and_taken() {
    for fixture in Fixture::all() {
        let disk = &fixture.disk;
        let [file, link, moved] = ["inside/file", "inside/link", "moved"].map(Path::new);
        let kind = |done: io::Result<()>| done.unwrap_err().kind();
        disk.link(file, link).unwrap();
        assert!(disk.stat(file).unwrap().is_same(&disk.stat(link).unwrap()));
        assert_eq!(kind(disk.link(file, link)), io::ErrorKind::AlreadyExists);
        assert_eq!(kind(disk.rename_new(file, link)), io::ErrorKind::AlreadyExists);
        disk.rename(file, link).unwrap();
        assert!(disk.stat(file).is_ok(), "two names of one file");
        disk.remove_file(file).unwrap();
        disk.rename_new(link, moved).unwrap();
        assert_eq!(kind(disk.stat(link).map(drop)), io::ErrorKind::NotFound);
        assert_eq!(fixture.text("moved"), "hello");

        disk.make_dir(Path::new("inside/below")).unwrap();
        assert_eq!(kind(disk.make_dir(Path::new("inside/below"))), io::ErrorKind::AlreadyExists);
        assert_eq!(kind(disk.remove_dir(Path::new("inside"))), io::ErrorKind::DirectoryNotEmpty);
        let names: Vec<_> = disk.list(Path::new("inside")).unwrap().map(Result::unwrap).collect();
        assert_eq!(names, ["below"]);
        disk.remove_dir(Path::new("inside/below")).unwrap();
        [Path::new("inside"), Path::new("")].into_iter().for_each(|path| disk.sync_dir(path).unwrap());
        assert!(disk.list(moved).is_err() && disk.sync_dir(moved).is_err() && disk.remove_dir(moved).is_err());
    }
}

#[test]
fn a_root_that_was_moved_is_the_same_root() {
    let directory = tempfile::tempdir().unwrap();
    let [before, after] = ["before", "after"].map(|name| directory.path().join(name));
    fs::create_dir(&before).unwrap();
    let disk = System::open(&before).unwrap();
    fs::rename(&before, &after).unwrap();
    fs::create_dir(&before).unwrap();
    disk.open(Path::new("file"), Access::New { mode: 0o600 }).unwrap();
    assert!(after.join("file").is_file() && !before.join("file").exists());
}

#[test]
fn modes_are_as_they_are_said() {
    let directory = tempfile::tempdir().unwrap();
    let disk = System::open(directory.path()).unwrap();
    let file = disk.open(Path::new("file"), Access::New { mode: 0o600 }).unwrap();
    assert_eq!(file.stat().unwrap().mode, 0o600);
    file.set_mode(0o444).unwrap();
    assert_eq!((file.stat().unwrap().mode, file.stat().unwrap().links), (0o444, 1));
    disk.make_dir(Path::new("below")).unwrap();
    let mode = fs::metadata(directory.path().join("below")).unwrap().permissions().mode();
    assert_eq!(mode & 0o022, 0, "nobody else writes there");
}

/// Only a regular file is told of that no link leads to. That anything is told at all is a matter of the system and of
/// what it has in memory, which for a file that was looked at just now it has, but for the moment in which somebody mounts
/// something elsewhere.
#[test]
fn nothing_but_a_file_on_a_path_without_links_is_known() {
    let [fixture, _] = Fixture::all();
    let closed = fixture.path("root/inside/closed");
    fs::write(&closed, "hello!").unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    symlink("file", fixture.path("root/inside/link")).unwrap();
    symlink("inside", fixture.path("root/way")).unwrap();
    let look = |path: &str| {
        let _ = fs::metadata(fixture.path("root").join(path));
        fixture.disk.known(Path::new(path)).map(|stat| stat.size)
    };
    let known = |path: &str| (0..100).find_map(|_| look(path));
    for path in ["inside", "inside/link", "way/file", "way", "inside/missing", "missing/file", "inside/file/below"] {
        assert_eq!(known(path), None, "{path}");
    }
    let can_look = known("inside/file").is_some();
    assert_eq!(known("inside/file"), can_look.then_some(5));
    assert_eq!(known("inside/closed"), can_look.then_some(6), "nobody opens it");
}
