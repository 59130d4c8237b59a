//! Events that nobody would expect: whatever comes, an upload ends, and asks only for what is there.

use std::time::Duration;

use http::header::{LOCATION, RANGE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::{collection, option};
use wharf_distribution::upload::{Answer, BlobUpload, Content, Event, Failure, Step, StreamUpload, Window};
use wharf_distribution::{Patience, header};
use wharf_reference::Repository;
use wharf_spec::{Algorithm, Digest};

use super::blob::plan;
use super::driver::base;

#[derive(Clone, Debug)]
enum Wild {
    Answer { status: u16, location: Option<&'static str>, range: Option<String>, least: Option<u64>, renew: bool },
    Failed(Failure),
    Ended,
    Waited,
}

fn wild() -> impl Strategy<Value = Wild> {
    let status = prop_oneof![
        Just(200_u16),
        Just(201),
        Just(202),
        Just(204),
        Just(307),
        Just(400),
        Just(401),
        Just(404),
        Just(413),
        Just(416),
        Just(429),
        Just(500),
        Just(503),
        100_u16..600
    ];
    let location = option::of(prop_oneof![Just("one"), Just("/x?y=z"), Just("http://evil.example.net/"), Just("\\")]);
    let range = option::of((0_u64..40).prop_map(|last| format!("0-{last}")));
    let answer = (status, location, range, option::of(any::<u64>()), any::<bool>())
        .prop_map(|(status, location, range, least, renew)| Wild::Answer { status, location, range, least, renew });
    let failure =
        prop_oneof![Just(Failure::Unsent), Just(Failure::Silent), Just(Failure::Broken), Just(Failure::Hopeless)];
    prop_oneof![8 => answer, 2 => failure.prop_map(Wild::Failed), 1 => Just(Wild::Ended), 6 => Just(Wild::Waited)]
}

fn headers(wild: &Wild) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Wild::Answer { location, range, least, renew, .. } = wild {
        headers.extend(location.map(|location| (LOCATION, HeaderValue::from_static(location))));
        headers.extend(range.as_ref().map(|range| (RANGE, HeaderValue::from_str(range).unwrap())));
        headers.extend(least.map(|least| (header::OCI_CHUNK_MIN_LENGTH, HeaderValue::from(least))));
        headers.extend(renew.then(|| (RETRY_AFTER, HeaderValue::from_static("1"))));
    }
    headers
}

/// Tells an upload of one wild thing after another, fitting ones where it waits for something else.
fn tell<T: std::fmt::Debug>(
    mut step: Step<T>,
    mut next: impl FnMut(Event<'_>, Window, Duration) -> Step<T>,
    events: &[Wild],
    hand: u64,
    size: u64,
) -> usize {
    let (mut window, mut now, mut steps) = (Window { first: 0, end: 0, is_all: size == 0 }, Duration::ZERO, 0);
    for wild in events.iter().cycle() {
        steps += 1;
        assert!(steps < 2_000, "it does not end");
        let url = base();
        let headers = headers(wild);
        let event = match (&step, wild) {
            (Step::Done(_) | Step::GiveUp(_), _) => break,
            (Step::Wait(wait), _) => {
                now += wait.pause.least;
                Event::Waited
            }
            (Step::Send(_), Wild::Waited) => continue,
            (Step::Send(request), wild) => {
                match request.content {
                    Content::Nothing => {}
                    Content::Between { from, to } => {
                        assert!(window.reaches(from) && from <= to && to <= size, "{request:?} {window:?}");
                        window.end = window.end.max(to);
                    }
                    Content::Rest { from } => {
                        assert!(window.reaches(from));
                        (window.end, window.is_all) = (size, true);
                    }
                }
                window.first = window.first.max(window.end.saturating_sub(hand));
                match wild {
                    Wild::Answer { status, renew, .. } => {
                        let mut answer = Answer::new(StatusCode::from_u16(*status).unwrap(), &headers, &url);
                        answer.may_renew = *renew;
                        Event::Answer(answer)
                    }
                    Wild::Failed(failure) => Event::Failed(*failure),
                    Wild::Ended => Event::Ended,
                    Wild::Waited => Event::Waited,
                }
            }
        };
        step = next(event, window, now);
    }
    steps
}

proptest! {
    #[test]
    fn a_blob_ends_whatever_comes(mut events in collection::vec(wild(), 1..60), hand in 0_u64..60, size in 0_u64..50) {
        events.push(Wild::Failed(Failure::Broken));
        let blob = Digest::of(b"any");
        let mut upload = BlobUpload::new(base(), &Repository::from_static("a"), &blob, size, plan());
        let step = upload.start();
        tell(step, |event, window, now| upload.on(event, window, now), &events, hand, size);
        let _ = (upload.cancel(), upload.learnt());
    }

    #[test]
    fn a_session_ends_whatever_comes(mut events in collection::vec(wild(), 1..60), hand in 0_u64..60, size in 0_u64..50) {
        events.push(Wild::Failed(Failure::Broken));
        let mut upload = StreamUpload::new(base(), &Repository::from_static("a"), Patience::default());
        let step = upload.open(Algorithm::SHA256);
        tell(step, |event, window, now| upload.on(event, window, now), &events, 0, 0);
        for _ in 0..3 {
            let step = upload.append();
            tell(step, |event, window, now| upload.on(event, window, now), &events, hand, size);
        }
        let step = upload.commit(&Digest::of(b"any"));
        tell(step, |event, window, now| upload.on(event, window, now), &events, 0, 0);
        let step = upload.cancel();
        tell(step, |event, window, now| upload.on(event, window, now), &events, 0, 0);
    }
}
