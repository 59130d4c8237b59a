//! A blob whose digest is known, at every kind of registry, cut off everywhere.

use wharf_distribution::upload::{Action, BlobUpload, Plan, Reason, Stored};
use wharf_reference::Repository;
use wharf_spec::Digest;

use super::driver::{End, Source, base, drive};
use super::registry::{Dialect, Fate, Habits, PLAIN, Place, Registry};

pub(super) fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 + 1) as u8).collect()
}

/// Parts of 8 bytes, so that a small blob is many.
pub(super) fn plan() -> Plan {
    let mut plan = Plan::default();
    (plan.sizes.part, plan.sizes.least, plan.sizes.most) = (8, 2, 16);
    plan
}

fn upload(blob: &[u8], plan: Plan) -> BlobUpload {
    BlobUpload::new(base(), &Repository::from_static("a"), &Digest::of(blob), blob.len() as u64, plan)
}

fn run(blob: &[u8], plan: Plan, source: &mut Source, registry: &mut Registry) -> End<Stored> {
    let mut upload = upload(blob, plan);
    let step = upload.start();
    let end = drive(step, |event, window, now| upload.on(event, window, now), source, registry);
    // It is stored once and whole, or not at all and there is a reason; unless an answer was lost that nobody could ask
    // for again, in which case it may be stored and nobody knows.
    assert!(registry.stored.iter().all(|stored| stored == blob), "{:?}", end.actions);
    match end.result {
        Ok(_) => assert_eq!(registry.stored.len(), 1, "{:?}", end.actions),
        Err(_) => assert!(registry.stored.len() <= 1),
    }
    end
}

/// The registries that there are, by what is known of them.
fn registries() -> Vec<Habits> {
    let habits = |name, change: fn(&mut Habits)| {
        let mut habits = Habits { name, ..PLAIN };
        change(&mut habits);
        habits
    };
    vec![
        PLAIN,
        habits("distribution", |habits| habits.place = Place::State),
        habits("distribution behind a proxy", |habits| (habits.place, habits.longest) = (Place::State, Some(5))),
        habits("quay", |habits| (habits.place, habits.dialect) = (Place::Absolute, Dialect::Number)),
        habits("quay behind a proxy", |habits| (habits.longest, habits.dialect) = (Some(5), Dialect::Number)),
        habits("olareg", |habits| habits.dialect = Dialect::Minus),
        habits("ecr", |habits| (habits.place, habits.taken, habits.least) = (Place::Absolute, 201, Some(10))),
        habits("ecr that drops", |habits| (habits.taken, habits.drops) = (201, true)),
        habits("ghcr", |habits| habits.cap = Some(8)),
        habits("ghcr with long parts", |habits| (habits.cap, habits.least) = (Some(4), None)),
        habits("google", |habits| (habits.place, habits.whole_only) = (Place::Outside, true)),
        habits("harbor", |habits| habits.taken = 204),
        habits("silent", |habits| habits.dialect = Dialect::Silent),
        habits("forgetful", |habits| habits.forgets = Some(3)),
        habits("short tokens", |habits| habits.token = Some(2)),
    ]
}

#[test]
fn a_blob_that_gets_through_is_sent_once() {
    for habits in registries() {
        for length in [0, 1, 2, 7, 8, 9, 30] {
            let (blob, name) = (content(length), habits.name);
            let refuses = habits.longest.is_some_and(|longest| length as u64 > longest);
            let mut source = Source::new(&blob, 4);
            let end = run(&blob, plan(), &mut source, &mut Registry::new(habits, &[]));
            if !refuses {
                assert_eq!(end.result, Ok(Stored::Sent), "{name} {length}");
                assert_eq!((end.actions, source.sent), (vec![Action::Open, Action::Whole], length as u64));
            }
        }
    }
}

/// Whatever a registry is like, and wherever the connection breaks off, and however much was kept of it.
#[test]
fn a_blob_whose_bytes_are_at_hand_is_stored_wherever_it_is_cut() {
    let blob = content(30);
    for habits in registries() {
        for nth in 0..4 {
            for cut in 0..=30_u64 {
                for kept in [0, 1, 2, cut / 2, cut.saturating_sub(1), cut] {
                    let mut fates = vec![Fate::Well; nth];
                    fates.push(Fate::Cut(cut, kept));
                    let mut registry = Registry::new(habits, &fates);
                    let end = run(&blob, plan(), &mut Source::new(&blob, 99), &mut registry);
                    assert!(end.result.is_ok(), "{} {nth} {cut} {kept}: {end:?}", habits.name);
                }
            }
        }
    }
}

/// The same with few bytes at hand: then it may fail, but no other bytes are asked for, and none are made up.
#[test]
fn a_blob_whose_bytes_are_gone_fails_for_the_reason_that_it_broke() {
    let blob = content(30);
    let mut failed = 0;
    for habits in registries() {
        for cut in 0..=30_u64 {
            for kept in 0..=cut {
                for at_hand in [0, 1, 5, 12] {
                    let mut registry = Registry::new(habits, &[Fate::Cut(cut, kept), Fate::Cut(cut / 3, 0)]);
                    let end = run(&blob, plan(), &mut Source::new(&blob, at_hand), &mut registry);
                    failed += usize::from(end.result.is_err());
                    assert_ne!(end.actions.last(), Some(&Action::Open), "a session for what is not at hand");
                    // What is at hand is enough when the registry has the rest, and says so.
                    if habits.name == "plain" && kept + at_hand >= cut && kept > 1 && cut < 24 && at_hand >= 8 {
                        assert!(end.result.is_ok(), "{cut} {kept} {at_hand}: {end:?}");
                    }
                }
            }
        }
    }
    assert!(failed > 1_000, "{failed}");
}

/// An answer that got lost is asked for before anything is sent again.
#[test]
fn a_blob_that_was_stored_in_silence_is_not_sent_again() {
    let blob = content(30);
    for habits in registries().into_iter().filter(|habits| habits.longest.is_none()) {
        let mut registry = Registry::new(habits, &[Fate::Mute]);
        let mut source = Source::new(&blob, 99);
        let end = run(&blob, plan(), &mut source, &mut registry);
        assert_eq!((end.result, source.sent), (Ok(Stored::Sent), 30), "{}", habits.name);
        assert_eq!(end.actions, [Action::Open, Action::Whole, Action::Confirm]);
    }
}

/// One that lies about what it has is found out by the digest, or believed where it happens to be right.
#[test]
fn a_registry_that_lies_gets_the_blob_or_nothing() {
    let blob = content(30);
    for cut in 0..=30_u64 {
        for kept in 0..=cut {
            for longest in [None, Some(5)] {
                let habits = Habits { name: "liar", dialect: Dialect::Lies, longest, ..PLAIN };
                let mut registry = Registry::new(habits, &[Fate::Cut(cut, kept)]);
                run(&blob, plan(), &mut Source::new(&blob, 99), &mut registry);
            }
        }
    }
}

#[test]
fn what_fails_for_ever_is_given_up_within_the_time_that_there_is() {
    let blob = content(30);
    for fate in [Fate::Cut(10, 0), Fate::Cut(10, 5), Fate::Status(503), Fate::Status(429), Fate::Status(404)] {
        for habits in registries() {
            let mut registry = Registry::new(habits, &[fate; 300]);
            let end = run(&blob, plan(), &mut Source::new(&blob, 99), &mut registry);
            let finished = end.result.is_ok();
            // Five bytes of each request get through, which is progress in the end only where parts are shorter.
            assert!(!finished || matches!(fate, Fate::Cut(10, 5)), "{} {fate:?}: {end:?}", habits.name);
            assert!(end.time <= plan().patience.budget, "{:?}", end.time);
        }
    }
    for status in [400, 403, 405, 415, 507] {
        let mut registry = Registry::new(PLAIN, &[Fate::Status(status)]);
        let end = run(&blob, plan(), &mut Source::new(&blob, 99), &mut registry);
        assert_eq!(end.result, Err(Reason::Refused(status.try_into().unwrap())));
    }
}

/// Parts that get through give patience back, those that do not take it.
#[test]
fn a_large_blob_gets_over_a_line_that_breaks_at_every_other_part() {
    let blob = content(160);
    let mut plan = plan();
    plan.sizes.known = Some(8);
    let fates: Vec<_> = [Fate::Well, Fate::Cut(4, 2)].repeat(40);
    let end = run(&blob, plan, &mut Source::new(&blob, 16), &mut Registry::new(PLAIN, &fates));
    assert_eq!(end.result, Ok(Stored::Sent));
}

#[test]
fn what_got_through_is_known_the_next_time() {
    let blob = content(30);
    for (longest, cap, learnt) in [(Some(5), None, Some(4)), (None, Some(3), None), (Some(8), None, Some(8))] {
        let mut plan = plan();
        let habits = Habits { longest, cap, ..PLAIN };
        let mut upload = upload(&blob, plan.clone());
        let step = upload.start();
        let (mut source, mut registry) = (Source::new(&blob, 99), Registry::new(habits, &[]));
        drive(step, |event, window, now| upload.on(event, window, now), &mut source, &mut registry).result.unwrap();
        assert_eq!(upload.learnt(), learnt);
        plan.sizes.known = learnt;
        let mut source = Source::new(&blob, 0);
        let end = run(&blob, plan, &mut source, &mut Registry::new(habits, &[]));
        assert_eq!((end.result, source.sent), (Ok(Stored::Sent), 30), "nothing is sent twice");
    }
}

#[test]
fn a_blob_is_looked_for_before_it_is_sent() {
    let blob = content(30);
    let from = |name| Repository::from_static(name);
    for (has, there, expected) in
        [(false, false, Stored::Sent), (true, false, Stored::Mounted), (false, true, Stored::Present)]
    {
        let mut plan = plan();
        (plan.check, plan.mount_from, plan.mount_anywhere) = (true, vec![from("x"), from("y")], true);
        let mut registry = Registry::new(PLAIN, &[]);
        registry.elsewhere.extend(has.then(|| blob.clone()));
        registry.stored.extend(there.then(|| blob.clone()));
        let end = run(&blob, plan, &mut Source::new(&blob, 99), &mut registry);
        assert_eq!(end.result, Ok(expected), "{:?}", end.actions);
        assert_eq!(end.actions[0], Action::Check);
        // A mount that is answered with a session is gone on with there.
        assert!(!end.actions.contains(&Action::Open));
    }
}
