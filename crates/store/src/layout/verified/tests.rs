use std::path::Path;
use std::time::{Duration, SystemTime};

use super::super::disk::{Disk as _, System};
use super::super::seen::system_time;
use super::*;

fn tomorrow() -> SystemTime {
    system_time() + Duration::from_secs(24 * 60 * 60)
}

/// What is known of this program's own file.
fn some_stat() -> Stat {
    let program = std::env::current_exe().unwrap();
    let disk = System::open(program.parent().unwrap()).unwrap();
    disk.stat(Path::new(program.file_name().unwrap())).unwrap()
}

fn some_file() -> Seen {
    Seen::of(&some_stat()).unwrap()
}

fn digest(number: usize) -> Digest {
    Digest::of(&number.to_ne_bytes())
}

#[test]
fn a_file_that_changed_just_now_is_not_to_be_recorded() {
    let stat = some_stat();
    assert_eq!(Verified::new(|| SystemTime::UNIX_EPOCH).look(&stat), None);
    assert_eq!(Verified::new(tomorrow).look(&stat), Some(some_file()));
}

#[test]
fn a_record_is_of_one_digest_and_one_file() {
    let (verified, seen) = (Verified::new(tomorrow), some_file());
    let other = Seen::of(&Stat { id: Some((0, 0)), ..some_stat() }).unwrap();
    verified.record(&digest(1), seen, None);
    assert!(verified.holds(&digest(1), &seen));
    assert!(!verified.holds(&digest(2), &seen));
    assert!(!verified.holds(&digest(1), &other));
}

#[test]
fn what_is_asked_for_stays_and_the_rest_goes() {
    let (verified, seen) = (Verified::new(tomorrow), some_file());
    for number in 0..10 * RECORDS {
        verified.record(&digest(number), seen, None);
        assert!(verified.get(&digest(0)).is_some(), "after {number} others");
    }
    let generations = verified.generations.lock();
    assert!(generations.young.len() <= RECORDS && generations.old.len() <= RECORDS);
    assert!(!generations.young.contains_key(&digest(1)) && !generations.old.contains_key(&digest(1)));
}

#[test]
fn so_many_bytes_are_kept_and_no_more() {
    let (verified, seen) = (Verified::new(tomorrow), some_file());
    let content = Bytes::from(vec![0; 64 << 10]);
    let held = |verified: &Verified| {
        let generations = verified.generations.lock();
        let records = generations.young.values().chain(generations.old.values());
        (generations.bytes, generations.young.values().map(size).sum::<usize>(), records.map(size).sum::<usize>())
    };
    for number in 0..1000 {
        // Some are recorded again and again; they count once.
        for again in [number, number / 2] {
            verified.record(&digest(again), seen, Some(content.clone()));
        }
        let (counted, young, all) = held(&verified);
        assert_eq!(counted, young);
        assert!(all <= 2 * (BYTES + content.len()));
    }
    assert!(held(&verified).2 >= BYTES);
}
