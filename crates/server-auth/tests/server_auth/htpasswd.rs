//! Files of users, and passwords that are held against them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use wharf_server::Unidentified;
use wharf_server::distribution::Secret;
use wharf_server_auth::{Htpasswd, HtpasswdFault, Users as _};

/// Written by Apache's `htpasswd`: `wonderland`, `builder`, `beep`, and 72 times `a`.
pub(crate) const ALICE: &str = "alice:$2y$04$Y4XSo55UdocrIUkDP0Tp5OtD5lzzvCsnHwJ/615q/nip4whwuzx0S";
const BOB: &str = "bob:$2y$04$vGLGVcDCg9MSvHn6hfMk..5iMQ6rA/ZO5JM.d.nDa8p9QOn0XA8hy";
pub(crate) const ROBOT: &str = "robot:$2y$05$/D98Z5rgQysUp4Yg98b0CelFww6DsnF1FtG.w4Y.J2kim3dr6Zg1u";
const LONG: &str = "long:$2y$04$vMrj3LY0kI6LRHiqkILWJOB19BZBM5memdf25NTKyuWMZvcNIj9QW";

fn fault(text: &str) -> Option<(usize, HtpasswdFault)> {
    Htpasswd::parse(text).err().map(|error| (error.line(), error.fault()))
}

async fn verify(users: &Htpasswd, name: &str, password: &str) -> Result<(), Unidentified> {
    users.verify(name, &Secret::new(password)).await
}

#[test]
fn files_that_are_read() {
    let with_comments = format!("\u{feff}# users\r\n\r\n  {ALICE}  \r\n\t#{BOB}\r\n{ROBOT}");
    for (text, users) in [
        ("", 0),
        ("\n\n# nobody\n", 0),
        (ALICE, 1),
        (&*with_comments, 2),
        (&ALICE.replace("$2y$", "$2a$"), 1),
        (&ALICE.replace("$2y$", "$2b$"), 1),
        (&ALICE.replace("$04$", "$15$"), 1),
        (&ALICE.replace("alice", "Ålice the 1st"), 1),
        (&ALICE.replace("alice", &"a".repeat(255)), 1),
    ] {
        assert_eq!(Htpasswd::parse(text).map(|file| file.users()), Ok(users), "{text}");
    }
}

#[test]
fn files_that_are_not() {
    let hash = ALICE.strip_prefix("alice:").unwrap();
    for (line, expected) in [
        ("alice", HtpasswdFault::NoColon),
        ("alice:", HtpasswdFault::NotBcrypt),
        (&format!(":{hash}"), HtpasswdFault::Name),
        (&format!("a\u{7}b:{hash}"), HtpasswdFault::Name),
        (&format!("{}:{hash}", "a".repeat(256)), HtpasswdFault::Name),
        ("x:wonderland", HtpasswdFault::NotBcrypt),
        ("x:$apr1$pW8YXIbx$VENERM7BRuK9qpzofZ6td/", HtpasswdFault::NotBcrypt),
        ("x:{SHA}lcsL/Sl3x2EpjZYk5LTUxyo5l0o=", HtpasswdFault::NotBcrypt),
        ("x:jy8xiNDHo.RDA", HtpasswdFault::NotBcrypt),
        (&format!("x: {hash}"), HtpasswdFault::NotBcrypt),
        (&format!("x:{}", hash.replace("$2y$", "$2x$")), HtpasswdFault::NotBcrypt),
        (&format!("x:{hash}:more"), HtpasswdFault::Malformed),
        (&format!("x:{}", &hash[..59]), HtpasswdFault::Malformed),
        (&format!("x:{}", hash.replace('5', "é")), HtpasswdFault::Malformed),
        (&format!("x:{}", hash.replace("$04$", "$xx$")), HtpasswdFault::Malformed),
        (&format!("x:{}", hash.replace("$04$", "$03$")), HtpasswdFault::Cost),
        (&format!("x:{}", hash.replace("$04$", "$16$")), HtpasswdFault::Cost),
        (&format!("x:{}", hash.replace("$04$", "$31$")), HtpasswdFault::Cost),
        (&format!("x:{}", hash.replace("$04$", "$99$")), HtpasswdFault::Cost),
        (ALICE, HtpasswdFault::Duplicate),
    ] {
        assert_eq!(fault(&format!("{ALICE}\n# {line}\n{line}\n")), Some((3, expected)), "{line}");
    }
    let error = Htpasswd::parse("x:hunter2").unwrap_err();
    assert_eq!(error.to_string(), "not a bcrypt hash (line 1)");
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[test]
fn files_have_a_largest_size() {
    let comment = format!("#{}", "x".repeat((1 << 20) - 1));
    assert_eq!(fault(&comment), None);
    assert_eq!(fault(&format!("{comment}x")), Some((0, HtpasswdFault::TooLarge)));
    let users = |count: usize| (0..count).map(|at| ALICE.replace("alice", &at.to_string()) + "\n").collect::<String>();
    assert_eq!(fault(&users(10_000)), None);
    assert_eq!(fault(&users(10_001)), Some((10_001, HtpasswdFault::TooManyUsers)));
}

#[tokio::test]
async fn a_password_is_right_or_it_is_not() {
    let users = Htpasswd::parse(&[ALICE, BOB, ROBOT, LONG].join("\n")).unwrap();
    let (long, longer) = ("a".repeat(72), "a".repeat(73));
    for (name, password, is_right) in [
        ("alice", "wonderland", true),
        ("alice", "Wonderland", false),
        ("alice", "wonderlan", false),
        ("alice", "wonderland\0", false),
        ("alice", "", false),
        ("alice", "builder", false),
        ("Alice", "wonderland", false),
        ("alice ", "wonderland", false),
        ("", "", false),
        ("bob", "builder", true),
        ("robot", "beep", true),
        ("mallory", "wonderland", false),
        ("long", &long, true),
        ("long", &long[..71], false),
        ("long", &longer, true), // bcrypt takes no more of it
    ] {
        let expected = if is_right { Ok(()) } else { Err(Unidentified::Refused) };
        assert_eq!(verify(&users, name, password).await, expected, "{name}, {password}");
    }
}

/// How long an answer takes is how often a password is hashed, at a cost that `hash.rs` tests.
#[tokio::test]
async fn whoever_asks_costs_one_hash_and_who_was_right_none() {
    let users = Htpasswd::parse(&[ALICE, ROBOT].join("\n")).unwrap();
    for (name, password, cost) in [
        ("mallory", "wonderland", 1),
        ("mallory", "wonderland", 1),
        ("", "", 1),
        ("alice", "wrong", 1),
        ("alice", "wrong", 1),
        ("alice", "wonderland", 1),
        ("alice", "wonderland", 0),
        ("alice", "wrong", 1),
        ("alice", "wonderland", 0),
        ("robot", "wonderland", 1),
    ] {
        let before = users.hashed();
        let _ = verify(&users, name, password).await;
        assert_eq!(users.hashed() - before, cost, "{name}, {password}");
    }
}

#[tokio::test]
async fn what_was_right_is_hashed_again_after_five_minutes() {
    let now = Arc::new(AtomicU64::new(1_000));
    let clock = Arc::clone(&now);
    let users = Htpasswd::parse(ALICE).unwrap().with_clock(move || Duration::from_secs(clock.load(Ordering::Relaxed)));
    for (at, hashed) in [(1_000, 1), (1_299, 1), (1_300, 2), (1_599, 2), (1_598, 2), (1_600, 3), (1_599, 4)] {
        now.store(at, Ordering::Relaxed);
        verify(&users, "alice", "wonderland").await.unwrap();
        assert_eq!(users.hashed(), hashed, "at {at}");
    }
}

#[tokio::test]
async fn a_new_text_counts_at_once_for_all_handles() {
    let users = Htpasswd::parse(ALICE).unwrap();
    let handle = users.clone();
    verify(&users, "alice", "wonderland").await.unwrap();
    let stamp = users.stamp("alice").await.unwrap();
    // Bob's hash under the name of alice.
    handle.reload(&BOB.replace("bob", "alice")).unwrap();
    assert_eq!(verify(&users, "alice", "wonderland").await, Err(Unidentified::Refused));
    verify(&users, "alice", "builder").await.unwrap();
    assert_ne!(users.stamp("alice").await.unwrap(), stamp);

    assert_eq!(handle.reload("alice:x").unwrap_err().fault(), HtpasswdFault::NotBcrypt);
    verify(&users, "alice", "builder").await.unwrap();

    handle.reload("").unwrap();
    assert_eq!(verify(&users, "alice", "builder").await, Err(Unidentified::Refused));
    assert_eq!(users.stamp("alice").await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_come_together_are_hashed_a_few_times() {
    let users = Htpasswd::parse(ALICE).unwrap();
    let together = join_all((0..64).map(|_| verify(&users, "alice", "wonderland"))).await;
    assert!(together.iter().all(Result::is_ok));
    let places = std::thread::available_parallelism().unwrap().get().div_ceil(2) as u64;
    assert!((1..=places).contains(&users.hashed()), "{} times", users.hashed());
}

/// One thread, on which nothing is hashed before all have asked.
#[tokio::test]
async fn more_than_can_wait_are_told_to_come_back() {
    let users = Htpasswd::parse(ALICE).unwrap();
    let places = std::thread::available_parallelism().unwrap().get().div_ceil(2);
    let asked = join_all((0..1_000).map(|at| {
        let users = &users;
        async move { verify(users, "mallory", &at.to_string()).await }
    }));
    let answers = asked.await;
    let refused = answers.iter().filter(|answer| **answer == Err(Unidentified::Refused)).count();
    assert_eq!(refused as u64, users.hashed());
    assert!((256..=256 + places).contains(&refused), "{refused}");
    assert!(answers.iter().all(|answer| answer.is_err()));
}

#[tokio::test]
async fn who_goes_away_gives_no_place_to_another_before_the_work_is_done() {
    let users = Htpasswd::parse(&ROBOT.replace("$05$", "$09$")).unwrap();
    // On a busy machine another thread can hash before this one goes on.
    let goes_away = || futures_util::FutureExt::now_or_never(verify(&users, "robot", "beep")).is_none();
    let hashed = (1..100).find(|_| goes_away()).unwrap();
    assert_eq!(verify(&users, "robot", "beep").await, Err(Unidentified::Refused), "the cost is part of the hash");
    assert_eq!(users.hashed(), hashed + 1, "the first was hashed to its end");
}

#[test]
fn without_a_runtime_passwords_are_hashed_where_they_are_asked_for() {
    let users = Htpasswd::parse(ALICE).unwrap();
    let answer = futures_util::FutureExt::now_or_never(verify(&users, "alice", "wonderland"));
    assert_eq!(answer, Some(Ok(())));
}
