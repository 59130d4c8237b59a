//! Answers to single requests, and what comes next.

use std::time::Duration;

use http::header::{LOCATION, RANGE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use url::Url;
use wharf_distribution::upload::{
    Action, Answer, BlobUpload, Content, Event, Failure, Fault, Plan, Reason, Request, Step, Stored, StreamUpload,
    Window,
};
use wharf_distribution::{Patience, UrlFault};
use wharf_reference::Repository;
use wharf_spec::Digest;

use super::driver::base;

fn begin(plan: Plan) -> (BlobUpload, Box<Request>) {
    let mut upload = BlobUpload::new(base(), &Repository::from_static("a"), &Digest::of(b"content"), 7, plan);
    match upload.start() {
        Step::Send(request) => (upload, request),
        other => panic!("{other:?}"),
    }
}

fn headers(pairs: &[(http::HeaderName, &str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
}

const SENT: Window = Window { first: 0, end: 7, is_all: true };

fn answer(upload: &mut BlobUpload, to: &Request, status: u16, pairs: &[(http::HeaderName, &str)]) -> Step<Stored> {
    let headers = headers(pairs);
    let answer = Answer::new(StatusCode::from_u16(status).unwrap(), &headers, &to.url);
    upload.on(Event::Answer(answer), SENT, Duration::ZERO)
}

fn send(step: Step<Stored>) -> Box<Request> {
    match step {
        Step::Send(request) => request,
        other => panic!("{other:?}"),
    }
}

/// Where a session is, and where its last request goes.
#[test]
fn the_address_of_a_session_is_used_as_it_is_given() {
    let hex = Digest::of(b"content").encoded().to_string();
    let home = "https://registry.example.com";
    let table = [
        ("one", format!("{home}/v2/a/blobs/uploads/one?"), false),
        ("/x/one", format!("{home}/x/one?"), false),
        ("/x/one?", format!("{home}/x/one?"), false),
        ("/x/one?_state=a%2Fb%3D&y=%7e+", format!("{home}/x/one?_state=a%2Fb%3D&y=%7e+&"), false),
        ("https://registry.example.com:443/x?y", format!("{home}/x?y&"), false),
        ("//registry.example.com/x", format!("{home}/x?"), false),
        ("https://registry.example.com:444/x", "https://registry.example.com:444/x?".into(), true),
        ("https://store.example.net/x?sig=%2B", "https://store.example.net/x?sig=%2B&".into(), true),
    ];
    for (location, expected, is_foreign) in table {
        let (mut upload, request) = begin(Plan::default());
        let put = send(answer(&mut upload, &request, 202, &[(LOCATION, location)]));
        assert_eq!((put.method(), put.is_foreign), (Method::PUT, is_foreign), "{location}");
        assert_eq!(put.url.as_str(), format!("{expected}digest=sha256%3A{hex}"), "{location}");
    }
    let table = [
        ("http://registry.example.com/x", UrlFault::Insecure),
        ("http://store.example.net/x", UrlFault::Insecure),
        ("https://10.0.0.1/x", UrlFault::PrivateAddress),
        ("https://u:p@registry.example.com/x", UrlFault::UserInformation),
        ("ftp://registry.example.com/x", UrlFault::Scheme),
        ("", UrlFault::Malformed),
    ];
    for (location, fault) in table {
        let (mut upload, request) = begin(Plan::default());
        let step = answer(&mut upload, &request, 202, &[(LOCATION, location)]);
        assert_eq!(step, Step::GiveUp(Reason::Fault(Fault::Location(fault))), "{location}");
    }
}

/// A session that was led elsewhere is not led back home with what is for home alone.
#[test]
fn a_session_that_was_elsewhere_stays_elsewhere() {
    let mut plan = Plan::default();
    plan.sizes.known = Some(4);
    let (mut upload, request) = begin(plan);
    let first = send(answer(&mut upload, &request, 202, &[(LOCATION, "https://store.example.net/1")]));
    let home = [(LOCATION, "https://registry.example.com/v2/victim/blobs/uploads/1"), (RANGE, "0-3")];
    let second = send(answer(&mut upload, &first, 202, &home));
    assert!(first.is_foreign && second.is_foreign);
    assert_eq!(second.url.host_str(), Some("registry.example.com"));
    assert!(upload.cancel().unwrap().is_foreign);

    let (mut upload, request) = begin(Plan::default());
    let (headers, url) =
        (headers(&[(LOCATION, "/v2/victim/blobs/uploads/1")]), Url::parse("https://store.example.net/"));
    let url = url.unwrap();
    let mut led = Answer::new(StatusCode::ACCEPTED, &headers, &url);
    led.is_foreign = true;
    assert!(send(upload.on(Event::Answer(led), SENT, Duration::ZERO)).is_foreign);
    assert_eq!(request.action, Action::Open);
}

#[test]
fn only_a_success_that_can_be_meant_is_one() {
    let other = Digest::of(b"other").to_string();
    let name = wharf_distribution::header::DOCKER_CONTENT_DIGEST;
    let sha512 = format!("sha512:{}", "a".repeat(128));
    let table = [
        (201, None, Ok(Stored::Sent)),
        (204, None, Ok(Stored::Sent)),
        (201, Some(sha512), Ok(Stored::Sent)),
        (201, Some(other), Err(Reason::Fault(Fault::WrongDigest))),
        (201, Some("x".into()), Err(Reason::Fault(Fault::Digest))),
        (200, None, Err(Reason::Fault(Fault::Status))),
        (202, None, Err(Reason::Fault(Fault::Status))),
        (307, None, Err(Reason::Fault(Fault::Redirected))),
    ];
    for (status, digest, expected) in table {
        let (mut upload, request) = begin(Plan::default());
        let put = send(answer(&mut upload, &request, 202, &[(LOCATION, "one")]));
        let pairs: Vec<_> = digest.iter().map(|digest| (name.clone(), digest.as_str())).collect();
        let step = answer(&mut upload, &put, status, &pairs);
        assert_eq!(step, expected.map_or_else(Step::GiveUp, Step::Done), "{status}");
    }
}

/// A server that says yes to everything has no blob.
#[test]
fn a_blob_is_there_when_its_size_is() {
    let length = |length: &'static str| vec![(http::header::CONTENT_LENGTH, length)];
    for (status, headers, there) in
        [(200, length("7"), true), (200, length("8"), false), (200, vec![], false), (204, length("7"), false)]
    {
        let mut plan = Plan::default();
        plan.check = true;
        let (mut upload, request) = begin(plan);
        assert_eq!(request.action, Action::Check);
        assert_eq!(answer(&mut upload, &request, status, &headers) == Step::Done(Stored::Present), there, "{status}");
    }
}

/// A token that expired under way is replaced once, and only while all that was sent can be sent again.
#[test]
fn a_token_is_renewed_once() {
    for (window, again) in [(SENT, true), (Window { first: 1, ..SENT }, false)] {
        let (mut upload, request) = begin(Plan::default());
        send(answer(&mut upload, &request, 202, &[(LOCATION, "one")]));
        let (headers, url) = (HeaderMap::new(), base());
        let mut refused = Answer::new(StatusCode::UNAUTHORIZED, &headers, &url);
        refused.may_renew = true;
        if again {
            let put = send(upload.on(Event::Answer(refused.clone()), window, Duration::ZERO));
            assert_eq!((&put.action, put.is_aside), (&Action::Whole, false));
        }
        let step = upload.on(Event::Answer(refused), window, Duration::ZERO);
        assert_eq!(step, Step::GiveUp(Reason::Refused(StatusCode::UNAUTHORIZED)));
    }
}

/// What a session says that has what was sent so far, and what is next: more than was sent is believed of nobody.
#[test]
fn a_session_is_not_believed_to_hold_more_than_was_sent() {
    let table = [
        ("0-2", Some((3, 7))),
        ("bytes=0-4", Some((5, 7))),
        ("0-5", Some((5, 7))), // the number, of which there can be no more than 5
        ("0--1", Some((0, 7))),
        ("0-6", None),
        ("0-99", None),
        ("0-0", None),
        ("1-2", None),
        ("0-18446744073709551615", None),
        ("", None),
    ];
    for (range, expected) in table {
        let (mut upload, request) = begin(Plan::default());
        let put = send(answer(&mut upload, &request, 202, &[(LOCATION, "one")]));
        let sent = Window { first: 0, end: 5, is_all: false };
        let confirm = send(upload.on(Event::Failed(Failure::Broken), sent, Duration::ZERO));
        assert_eq!((put.action, &confirm.action), (Action::Whole, &Action::Confirm));
        let empty = HeaderMap::new();
        let missing = Answer::new(StatusCode::NOT_FOUND, &empty, &confirm.url);
        assert!(matches!(upload.on(Event::Answer(missing), sent, Duration::ZERO), Step::Wait(_)));
        let status = send(upload.on(Event::Waited, sent, Duration::ZERO));
        let headers = headers(&[(RANGE, range)]);
        let said = Answer::new(StatusCode::NO_CONTENT, &headers, &status.url);
        let next = send(upload.on(Event::Answer(said), sent, Duration::ZERO));
        match expected {
            Some((from, to)) => assert_eq!(next.content, Content::Between { from, to }, "{range}"),
            None => assert_eq!((next.action, next.is_aside), (Action::Cancel, true), "{range}"),
        }
    }
}

/// A registry that takes a part, loses it and says so gets no new patience for the same bytes.
#[test]
fn a_registry_that_goes_back_and_forth_is_given_up() {
    let mut plan = super::blob::plan();
    (plan.sizes.part, plan.sizes.known) = (2, Some(2));
    let (mut upload, request) = begin(plan);
    let mut step = answer(&mut upload, &request, 202, &[(LOCATION, "one")]);
    let (mut parts, mut waits) = (0, 0);
    let reason = loop {
        assert!(parts < 50, "it does not end");
        step = match step {
            Step::Send(request) => match (&request.action, request.content) {
                (Action::Part, Content::Between { from: 0, .. }) => {
                    parts += 1;
                    answer(&mut upload, &request, 202, &[(RANGE, "0-1")])
                }
                (Action::Part, _) => upload.on(Event::Failed(Failure::Broken), SENT, Duration::ZERO),
                _ => answer(&mut upload, &request, 204, &[(RANGE, "0--1")]),
            },
            Step::Wait(_) => {
                waits += 1;
                upload.on(Event::Waited, SENT, Duration::ZERO)
            }
            Step::GiveUp(reason) => break reason,
            Step::Done(done) => panic!("{done:?}"),
        };
    };
    assert_eq!((reason, parts, waits), (Reason::Failed(Failure::Broken), 4, 3));
}

/// Nothing shorter is tried than what is worth it, or than what the registry wants.
#[test]
fn what_is_too_large_at_any_length_is_given_up() {
    for (least, lengths) in [("0", vec![7, 3]), ("3", vec![7, 3]), ("7", vec![7]), ("99999999999", vec![7])] {
        let (mut upload, request) = begin(super::blob::plan());
        let name = wharf_distribution::header::OCI_CHUNK_MIN_LENGTH;
        let mut step = answer(&mut upload, &request, 202, &[(LOCATION, "one"), (name.clone(), least)]);
        let mut tried = Vec::new();
        while let Step::Send(request) = step {
            step = match request.content {
                Content::Between { from, to } => {
                    tried.push(to - from);
                    answer(&mut upload, &request, 413, &[])
                }
                _ => answer(&mut upload, &request, 202, &[(LOCATION, "one")]),
            };
        }
        assert_eq!((tried, step), (lengths, Step::GiveUp(Reason::Refused(StatusCode::PAYLOAD_TOO_LARGE))), "{least}");
    }
}

/// What is told after the end, or before it is asked for, is the caller's mistake and does no harm.
#[test]
fn what_was_not_asked_for_ends_it() {
    let (mut upload, _) = begin(Plan::default());
    assert_eq!(upload.on(Event::Waited, SENT, Duration::ZERO), Step::GiveUp(Reason::OutOfTurn));
    assert_eq!(upload.on(Event::Failed(Failure::Broken), SENT, Duration::ZERO), Step::GiveUp(Reason::OutOfTurn));
    assert_eq!(upload.start(), Step::GiveUp(Reason::OutOfTurn));
}

/// Who is not there is not told that nothing more will come.
#[test]
fn a_session_is_cancelled_where_somebody_is() {
    for (failure, told) in [(Failure::Hopeless, true), (Failure::Broken, true), (Failure::Silent, false)] {
        let mut plan = Plan::default();
        plan.patience.attempts = 1;
        let (mut upload, request) = begin(plan);
        assert_eq!(upload.cancel(), None, "there is no session yet");
        send(answer(&mut upload, &request, 202, &[(LOCATION, "one?x=y")]));
        assert_eq!(upload.on(Event::Failed(failure), SENT, Duration::ZERO), Step::GiveUp(Reason::Failed(failure)));
        let cancel = upload.cancel();
        assert_eq!(cancel.is_some(), told);
        assert!(cancel.is_none_or(|cancel| cancel.method() == Method::DELETE && cancel.url.query() == Some("x=y")));
    }
}

/// A registry over plain http, which sends somebody who asks for a session to a stranger: there nothing is sent that anybody
/// can read, whether the stranger names the session or is asked where it was found.
#[test]
fn a_session_is_not_found_with_a_stranger_over_plain_http() {
    let home = Url::parse("http://registry.example.com/").unwrap();
    for (place, location, is_found) in [
        ("http://other.example.net/1", None, false),
        ("http://other.example.net/1", Some("http://other.example.net/2"), false),
        ("https://other.example.net/1", None, true),
    ] {
        let mut upload = StreamUpload::new(&home, &Repository::from_static("a"), Patience::default());
        upload.resume(&wharf_spec::UploadId::parse("1").unwrap());
        let mut headers = headers(&[(RANGE, "0-9")]);
        headers.extend(location.map(|location| (LOCATION, HeaderValue::from_static(location))));
        let place = Url::parse(place).unwrap();
        let mut answer = Answer::new(StatusCode::NO_CONTENT, &headers, &place);
        answer.is_foreign = true;
        let step = upload.on(Event::Answer(answer), Window::default(), Duration::ZERO);
        match is_found {
            true => assert_eq!(step, Step::Done(10)),
            false => assert_eq!(step, Step::GiveUp(Reason::Fault(Fault::Location(UrlFault::Insecure)))),
        }
    }
}
