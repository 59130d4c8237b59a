use std::cell::Cell;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::super::disk::System;
use super::super::durability::Durability;
use super::*;

/// A cache in whose eyes every change is long ago, over files in a directory, and how often one was decoded.
struct Fixture {
    cache: Cache<Vec<u8>>,
    files: Files,
    decoded: Cell<usize>,
    root: tempfile::TempDir,
}

impl Fixture {
    fn new(now: fn() -> SystemTime) -> Self {
        let root = tempfile::tempdir().unwrap();
        let files = Files::new(Arc::new(System::open(root.path()).unwrap()), Durability::Power);
        Self { cache: Cache::new(now), files, decoded: Cell::new(0), root }
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.root.path().join(name), content).unwrap();
    }

    /// Replaces a file as other tools do it.
    fn replace(&self, name: &str, content: &str) {
        self.write("new", content);
        fs::rename(self.root.path().join("new"), self.root.path().join(name)).unwrap();
    }

    fn get(&self, name: &str) -> Result<Option<Arc<Vec<u8>>>, Error> {
        self.cache.get(&self.files, Path::new(name), 1000, |bytes| {
            self.decoded.set(self.decoded.get() + 1);
            Ok(bytes)
        })
    }

    /// What is known without a look at the disk is what is there, or nothing.
    fn text(&self, name: &str) -> String {
        if let Some(known) = self.cache.known(&self.files, Path::new(name)) {
            assert_eq!(*known, fs::read(self.root.path().join(name)).unwrap());
        }
        String::from_utf8(self.get(name).unwrap().unwrap().to_vec()).unwrap()
    }

    /// How often was decoded since this was asked last.
    fn decoded(&self) -> usize {
        self.decoded.take()
    }
}

fn tomorrow() -> SystemTime {
    system_time() + Duration::from_secs(24 * 60 * 60)
}

#[test]
fn what_does_not_change_is_decoded_once() {
    let fixture = Fixture::new(tomorrow);
    fixture.write("index", "one");
    for _ in 0..100 {
        assert_eq!(fixture.text("index"), "one");
    }
    assert_eq!(fixture.decoded(), 1);
    let path = Path::new("index");
    let can_look = fixture.files.known_open(path).is_some();
    assert_eq!(
        fixture.cache.known(&fixture.files, path).map(|known| known.to_vec()),
        can_look.then(|| b"one".to_vec())
    );
}

#[test]
fn a_file_that_another_replaced_is_seen_at_once() {
    let fixture = Fixture::new(tomorrow);
    fixture.write("index", "one");
    for round in 0..50 {
        // The same size each time, faster than the file system's clock goes on; numbers of files are used again.
        let text = format!("text {round:02}");
        fixture.replace("index", &text);
        assert_eq!(fixture.text("index"), text);
        assert_eq!(fixture.text("index"), text);
    }
    assert_eq!(fixture.decoded(), 50);
}

thread_local! {
    static CLOCK: Cell<SystemTime> = const { Cell::new(SystemTime::UNIX_EPOCH) };
}

/// Somebody could have written to it in its place after it was read, within the same tick of the file system's clock.
#[test]
fn what_changed_just_before_it_was_read_is_not_trusted_because_decoding_takes_long() {
    let fixture = Fixture::new(|| CLOCK.get());
    fixture.write("index", "one");
    let path = Path::new("index");
    let modified = fs::metadata(fixture.root.path().join(path)).unwrap().modified().unwrap();
    for (waits, is_known) in [(Duration::ZERO, false), (Duration::from_secs(10), true)] {
        CLOCK.set(modified + waits);
        let decoded = fixture.cache.get(&fixture.files, path, 1000, |bytes| {
            CLOCK.set(modified + Duration::from_secs(60));
            Ok(bytes)
        });
        assert_eq!(**decoded.unwrap().unwrap(), *b"one");
        assert_eq!(fixture.cache.kept(path).unwrap().of.is_some(), is_known, "read {waits:?} after the change");
    }
}

/// What is open is not asked where it is, only what its path leads to now.
#[test]
fn a_directory_that_was_moved_away_is_not_answered_from() {
    let fixture = Fixture::new(tomorrow);
    let at = |path: &str| fixture.root.path().join(path);
    fs::create_dir(at("layout")).unwrap();
    fixture.write("layout/index", "one");
    assert_eq!(fixture.text("layout/index"), "one");
    fs::rename(at("layout"), at("aside")).unwrap();
    assert!(fixture.cache.known(&fixture.files, Path::new("layout/index")).is_none());
    fs::create_dir(at("layout")).unwrap();
    fixture.write("layout/index", "two");
    assert_eq!(fixture.text("layout/index"), "two");
}

#[test]
fn a_file_with_the_same_size_and_times_is_another_one() {
    let fixture = Fixture::new(tomorrow);
    fixture.write("index", "one");
    let modified = fs::metadata(fixture.root.path().join("index")).unwrap().modified().unwrap();
    assert_eq!(fixture.text("index"), "one");
    fixture.write("new", "two");
    File::options().write(true).open(fixture.root.path().join("new")).unwrap().set_modified(modified).unwrap();
    fs::rename(fixture.root.path().join("new"), fixture.root.path().join("index")).unwrap();
    assert_eq!(fixture.text("index"), "two");
}

#[test]
fn a_file_that_was_written_in_its_place_is_seen() {
    let fixture = Fixture::new(tomorrow);
    fixture.write("index", "one");
    assert_eq!(fixture.text("index"), "one");
    fixture.write("index", "three");
    assert_eq!(fixture.text("index"), "three", "another size");
    fixture.write("index", "seven");
    let path = fixture.root.path().join("index");
    File::options().write(true).open(path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(fixture.text("index"), "seven", "another time");
}

#[test]
fn a_change_of_this_moment_is_not_believed_yet() {
    // However often it is written in its place within one tick of the file system's clock.
    let fixture = Fixture::new(|| SystemTime::UNIX_EPOCH);
    for text in ["one", "two", "six"] {
        fixture.write("index", text);
        assert_eq!(fixture.text("index"), text);
        assert_eq!(fixture.text("index"), text);
    }
    assert_eq!(fixture.decoded(), 3, "the same bytes say the same");
}

/// A file says what it was made to say, if nobody else made it say anything else.
#[test]
fn what_was_just_written_is_not_decoded() {
    for now in [tomorrow, || SystemTime::UNIX_EPOCH] {
        let fixture = Fixture::new(now);
        let put = |text: &str| fixture.cache.put(Path::new("index"), Arc::new(text.into()));
        put("one");
        assert!(fixture.get("index").unwrap().is_none());
        fixture.write("index", "one");
        put("one");
        assert!(fixture.cache.known(&fixture.files, Path::new("index")).is_none(), "it has not been looked at");
        assert_eq!((fixture.text("index").as_str(), fixture.decoded()), ("one", 0));
        put("one");
        let decode = |_| Err(Error::NotALayout { path: PathBuf::new() });
        let anew = fixture.cache.get_anew(&fixture.files, Path::new("index"), 1000, decode).unwrap().unwrap();
        assert_eq!(*anew, b"one");
        for other in ["two", "oneone", "on", ""] {
            put("one");
            fixture.write("index", other);
            assert_eq!((fixture.text("index").as_str(), fixture.decoded()), (other, 1));
        }
    }
}

#[test]
fn a_file_is_compared_to_its_end() {
    let fixture = Fixture::new(tomorrow);
    let bytes: Vec<_> = (0_u32..200_000).flat_map(u32::to_le_bytes).collect();
    fs::write(fixture.root.path().join("large"), &bytes).unwrap();
    let file = fixture.files.open(Path::new("large")).unwrap().unwrap();
    assert!(file.has(&bytes).unwrap());
    for at in [0, 262_143, 262_144, 799_999] {
        let mut other = bytes.clone();
        other[at] ^= 1;
        assert!(!file.has(&other).unwrap(), "{at}");
    }
    assert!(!file.has(&bytes[..799_999]).unwrap());
}

#[test]
fn what_is_gone_or_wrong_is_not_served_from_memory() {
    let fixture = Fixture::new(tomorrow);
    fixture.write("index", "one");
    assert_eq!(fixture.text("index"), "one");
    fixture.write("index", &"x".repeat(1001));
    assert!(fixture.get("index").is_err(), "too large");
    fs::remove_file(fixture.root.path().join("index")).unwrap();
    assert!(fixture.cache.known(&fixture.files, Path::new("index")).is_none());
    assert!(fixture.get("index").unwrap().is_none());
    let wrong = |_| Err(Error::NotALayout { path: PathBuf::new() });
    fixture.write("index", "bad");
    assert!(fixture.cache.get(&fixture.files, Path::new("index"), 1000, wrong).is_err());
    assert_eq!(fixture.text("index"), "bad");
}

#[test]
fn few_files_are_kept() {
    let fixture = Fixture::new(tomorrow);
    let names: Vec<_> = (0..=FILES).map(|number| number.to_string()).collect();
    names.iter().for_each(|name| fixture.write(name, name));
    names.iter().take(FILES).for_each(|name| assert_eq!(fixture.text(name), *name));
    fixture.decoded();
    names.iter().take(FILES).for_each(|name| assert_eq!(fixture.text(name), *name));
    assert_eq!(fixture.decoded(), 0, "so many fit");
    fixture.text(&names[FILES]);
    fixture.text(&names[FILES - 1]);
    assert_eq!(fixture.decoded(), 1);
    fixture.text(&names[0]);
    assert_eq!(fixture.decoded(), 1, "the one that was not used for longest has gone");
}

#[test]
fn large_files_are_not_kept_together() {
    let slot = |path: &str, bytes| Slot::<Vec<u8>> { path: path.into(), bytes, kept: None, reading: Arc::default() };
    let left = |bytes: &[u64]| {
        let mut slots: Vec<_> = bytes.iter().map(|bytes| slot("", *bytes)).collect();
        shrink(&mut slots);
        slots.iter().map(|slot| slot.bytes).collect::<Vec<_>>()
    };
    assert_eq!(left(&[BYTES / 2, BYTES / 2]), [BYTES / 2, BYTES / 2]);
    assert_eq!(left(&[1, BYTES - 1, 1]), [BYTES - 1, 1]);
    assert_eq!(left(&[1, 2, BYTES]), [BYTES]);
    assert_eq!(left(&[BYTES + 1]), [BYTES + 1], "the one that is needed stays");
}

/// Somebody who reads a file holds up nobody who asks what is known of it.
#[test]
fn what_is_known_is_told_while_the_file_is_being_read() {
    let fixture = Fixture::new(tomorrow);
    fixture.write("index", "one");
    assert_eq!(fixture.text("index"), "one");
    let path = Path::new("index");
    let reading = fixture.cache.reading(path);
    let _reading = reading.lock();
    let can_look = fixture.files.known_open(path).is_some();
    assert_eq!(fixture.cache.known(&fixture.files, path).is_some(), can_look);
}

#[test]
fn many_who_want_it_read_it_once() {
    let fixture = Fixture::new(tomorrow);
    fixture.write("index", "one");
    let (path, decoded) = (Path::new("index"), Mutex::new(0));
    let (cache, files) = (&fixture.cache, &fixture.files);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let value = cache.get(files, path, 1000, |bytes| {
                    *decoded.lock() += 1;
                    Ok(bytes)
                });
                assert_eq!(**value.unwrap().unwrap(), *b"one");
            });
        }
    });
    assert_eq!(*decoded.lock(), 1);
}
