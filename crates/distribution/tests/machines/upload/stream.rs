//! A session that is filled in parts.

use wharf_distribution::Patience;
use wharf_distribution::upload::{Action, Reason, Step, StreamUpload, Window};
use wharf_reference::Repository;
use wharf_spec::{Algorithm, Digest};

use super::blob::content;
use super::driver::{End, Source, base, drive, event};
use super::registry::{Dialect, Fate, Habits, PLAIN, Place, Registry};

fn open(registry: &mut Registry) -> StreamUpload {
    let mut upload = StreamUpload::new(base(), &Repository::from_static("a"), Patience::default());
    let step = upload.open(Algorithm::SHA256);
    let end = drive(step, |event, window, now| upload.on(event, window, now), &mut Source::new(&[], 0), registry);
    assert_eq!(end.result, Ok(0));
    upload
}

fn append(upload: &mut StreamUpload, source: &mut Source, registry: &mut Registry) -> End<u64> {
    let step = upload.append();
    drive(step, |event, window, now| upload.on(event, window, now), source, registry)
}

fn commit(upload: &mut StreamUpload, blob: &[u8], registry: &mut Registry) -> End<u64> {
    let step = upload.commit(&Digest::of(blob));
    drive(step, |event, window, now| upload.on(event, window, now), &mut Source::new(&[], 0), registry)
}

fn registries() -> Vec<Habits> {
    let habits = |dialect, place, taken| Habits { dialect, place, taken, ..PLAIN };
    vec![
        PLAIN,
        habits(Dialect::Last, Place::State, 202),
        habits(Dialect::Minus, Place::Absolute, 201),
        habits(Dialect::Last, Place::Outside, 204),
    ]
}

/// Two appends, one of which is cut anywhere, with everything of it at hand.
#[test]
fn an_append_goes_on_wherever_it_is_cut() {
    let blob = content(24);
    for habits in registries() {
        for length in [0, 1, 2, 12, 24] {
            for nth in 0..2 {
                for cut in 0..=24_u64 {
                    'cut: for kept in [0, 1, 2, cut / 2, cut] {
                        let mut fates = vec![Fate::Well; nth];
                        fates.extend([Fate::Cut(cut, kept), Fate::Cut(1, 1)]);
                        let mut registry = Registry::new(habits, &fates);
                        let mut upload = open(&mut registry);
                        for (part, end) in [(&blob[..length], length), (&blob[length..], 24)] {
                            let appended = append(&mut upload, &mut Source::new(part, 99), &mut registry);
                            if habits.place == Place::State && appended.result.is_err() {
                                // A state that went down with the answer cannot be asked for.
                                continue 'cut;
                            }
                            assert_eq!(appended.result, Ok(end as u64), "{nth} {cut} {kept}: {appended:?}");
                        }
                        assert_eq!(commit(&mut upload, &blob, &mut registry).result, Ok(24));
                        assert_eq!(registry.stored, [&blob[..]]);
                    }
                }
            }
        }
    }
}

/// With too little at hand the caller is told where the session stands, and can go on from there.
#[test]
fn an_append_that_cannot_go_on_tells_where_it_stands() {
    let blob = content(24);
    for cut in 0..=24_u64 {
        for kept in 2..=cut {
            let mut registry = Registry::new(PLAIN, &[Fate::Cut(cut, kept)]);
            let mut upload = open(&mut registry);
            let mut source = Source::new(&blob, 3);
            let end = append(&mut upload, &mut source, &mut registry);
            assert_eq!(end.result.is_ok(), kept + 3 >= cut, "{cut} {kept}");
            if end.result.is_err() {
                assert_eq!(upload.offset(), kept);
                let rest = &blob[kept as usize..];
                append(&mut upload, &mut Source::new(rest, 0), &mut registry).result.unwrap();
            }
            assert_eq!(commit(&mut upload, &blob, &mut registry).result, Ok(24));
        }
    }
}

#[test]
fn the_end_of_a_session_is_asked_about_and_made_again() {
    let blob = content(24);
    for habits in registries() {
        let mut registry = Registry::new(habits, &[]);
        let mut upload = open(&mut registry);
        append(&mut upload, &mut Source::new(&blob, 0), &mut registry).result.unwrap();
        let wrong = commit(&mut upload.clone(), b"other", &mut Registry::new(PLAIN, &[]));
        assert!(matches!(wrong.result, Err(Reason::Refused(_))), "a session of another registry");
        let end = commit(&mut upload, &blob, &mut registry);
        assert_eq!((end.result, end.actions), (Ok(24), vec![Action::Finish]));
    }
}

/// A registry that says that it has taken everything before everything was sent is asked what it has.
#[test]
fn an_answer_before_the_end_of_the_source_is_no_success() {
    let mut upload = open(&mut Registry::new(PLAIN, &[]));
    upload.append();
    let (reply, url) = (Some((202, http::HeaderMap::new())), base());
    let early = Window { first: 0, end: 3, is_all: false };
    let step = upload.on(event(&reply, &url), early, std::time::Duration::ZERO);
    assert!(matches!(step, Step::Wait(_)), "{step:?}");
}
