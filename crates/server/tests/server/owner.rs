//! Whose an upload session is, and how many one may have.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use http_body_util::Full;
use tower_service::Service as _;
use wharf_registry::{Digest, Registry, Repository, UploadId, Write};
use wharf_server::Service;
use wharf_store::Store;

use crate::doorkeeper::{Doorkeeper, guarded};
use crate::harness::{Answer, answer, ask, request};

const UNKNOWN: &str = "0123456789abcdef0123456789abcdef";

fn ask_as(service: &Service, name: &str, method: &str, target: &str, body: &'static str) -> Answer {
    ask(service, method, target, &[("authorization", name)], body)
}

fn start_as(service: &Service, name: &str) -> Answer {
    ask_as(service, name, "POST", "/v2/a/blobs/uploads/", "")
}

/// Where a session is that `name` has begun.
fn begun(service: &Service, name: &str) -> String {
    let answer = start_as(service, name);
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.header("location").into()
}

fn put(location: &str) -> String {
    format!("{location}?digest={}", Digest::of(b""))
}

/// What everybody asks of a session, and is told of one that is not there.
fn requests(location: &str) -> [(&'static str, String); 4] {
    [("GET", location.into()), ("PATCH", location.into()), ("DELETE", location.into()), ("PUT", put(location))]
}

fn seen(answer: &Answer, id: &str) -> String {
    format!("{answer:?}").replace(id, "{id}")
}

/// To another identity, in another repository and after its end a session is one that never was, to the last byte.
#[test]
fn a_session_is_its_owners_and_its_repositorys() {
    let (_, service) = guarded();
    let location = begun(&service, "writer");
    let id = location.rsplit('/').next().unwrap();
    let never = |service: &Service, method: &str, target: &str| {
        let answer = ask_as(service, "writer", method, &target.replace(id, UNKNOWN), "x");
        assert_eq!((answer.status, answer.code().as_str()), (404, "BLOB_UPLOAD_UNKNOWN"));
        seen(&answer, UNKNOWN)
    };
    for (method, target) in requests(&location) {
        let elsewhere = target.replace("/v2/a/", "/v2/b/");
        let expected = never(&service, method, &target);
        for (service, name, target) in [
            (&service, "other", &target),
            (&service, "keeper", &target),
            (&service, "writer", &elsewhere),
            (&service, "other", &elsewhere),
        ] {
            let answer = ask_as(service, name, method, target, "x");
            assert_eq!(seen(&answer, id), expected, "{method} {target} as {name}");
        }
    }
    let clone = service.clone();
    assert_eq!(ask_as(&clone, "writer", "GET", &location, "").header("range"), "0-0", "nobody has touched it");
    assert_eq!(ask_as(&clone, "writer", "PUT", &put(&location), "").status, 201, "clones know it");
    for (method, target) in requests(&location) {
        assert_eq!(seen(&ask_as(&service, "writer", method, &target, "x"), id), never(&service, method, &target));
    }
}

/// After a restart nobody knows whose a session was: it becomes that of whoever goes on with it first, of those who may
/// write to its repository.
#[test]
fn a_session_of_unknown_origin_is_of_whoever_goes_on_with_it() {
    let (store, service) = guarded();
    let location = begun(&service, "writer");
    assert_eq!(ask_as(&service, "writer", "PATCH", &location, "hello").status, 202);
    let restarted = || Service::new(store.clone()).with_authorize(Doorkeeper);

    let service = restarted();
    for (method, target) in requests(&location) {
        for (name, status) in [("reader", 403), ("nobody", 403), ("wrong", 401)] {
            assert_eq!(ask_as(&service, name, method, &target, "x").status, status, "{method} as {name}");
        }
        let elsewhere = target.replace("/v2/a/", "/v2/b/");
        assert_eq!(ask_as(&service, "writer", method, &elsewhere, "x").status, 404, "{method}");
    }
    assert_eq!(ask_as(&service, "other", "GET", &location, "").header("range"), "0-4", "nobody has touched it");
    for (method, target) in requests(&location) {
        assert_eq!(ask_as(&service, "writer", method, &target, "x").status, 404, "it is the other's now");
    }
    assert_eq!(ask_as(&service, "other", "PATCH", &location, "!").status, 202);

    let target = format!("{location}?digest={}", Digest::of(b"hello!"));
    assert_eq!(ask_as(&restarted(), "writer", "PUT", &target, "").status, 201, "and any number of times");
    // Where nobody decides about rights, whoever knows the name of a session goes on with it.
    let location = begun(&service, "writer");
    assert_eq!(ask(&Service::new(store.clone()), "GET", &location, &[], "").status, 204);
}

/// What somebody goes on with is theirs, so it counts, and there is no way around the limit.
#[test]
fn a_session_that_was_gone_on_with_counts() {
    let (store, service) = guarded();
    let locations: Vec<_> = ["writer", "other"].map(|name| begun(&service, name)).into();
    let service = Service::new(store.clone()).with_uploads_per_identity(1).with_authorize(Doorkeeper);
    assert_eq!(ask_as(&service, "writer", "PATCH", &locations[0], "x").status, 202);
    assert!(is_full(&service, "writer"));
    let refused = ask_as(&service, "writer", "PATCH", &locations[1], "x");
    assert_eq!((refused.status, refused.code().as_str()), (429, "TOOMANYREQUESTS"));
    assert_eq!(ask_as(&service, "other", "GET", &locations[1], "").header("range"), "0-0", "nobody has touched it");
    assert_eq!(ask_as(&service, "writer", "DELETE", &locations[0], "").status, 204);
    assert_eq!(ask_as(&service, "writer", "DELETE", &locations[1], "").status, 404, "that is the other's");
    assert!(!is_full(&service, "writer"));
    assert!(is_full(&service, "other"));
}

/// Whose a session was is forgotten with the session, also of one that was ended elsewhere.
#[test]
fn what_is_over_is_nobodys() {
    let (store, service) = guarded();
    let location = begun(&service, "writer");
    let repository = Repository::from_static("a");
    let id = UploadId::parse(location.rsplit('/').next().unwrap()).unwrap();
    let upload = store.resume_upload(&repository, &id).now_or_never().unwrap().unwrap();
    upload.cancel().now_or_never().unwrap().unwrap();
    for name in ["other", "writer", "other", "writer"] {
        assert_eq!(ask_as(&service, name, "GET", &location, "").status, 404);
    }
}

#[test]
fn names_that_no_session_has_are_unknown() {
    let (_, service) = guarded();
    let long = "a".repeat(1000);
    let names = ["..", "%2e%2e", "%2f", "..%2f..%2fetc", "a%2fb", "%00", "%", "a%0d%0aset-cookie:x", &long, "\u{e9}"];
    for name in names.iter().filter(|name| name.is_ascii()) {
        for (method, target) in requests(&format!("/v2/a/blobs/uploads/{name}")) {
            let answer = ask_as(&service, "writer", method, &target, "x");
            assert!(matches!(answer.status, 400 | 404), "{method} {target}: {answer:?}");
            assert!(!answer.has("set-cookie") && !answer.has("location"), "{answer:?}");
        }
    }
}

#[test]
fn ids_are_long_and_never_the_same() {
    let service = Service::new(Store::memory());
    let ids: std::collections::HashSet<_> = (0..500)
        .map(|_| ask(&service, "POST", "/v2/a/blobs/uploads/", &[], "").header("docker-upload-uuid").to_owned())
        .collect();
    assert_eq!(ids.len(), 500);
    assert!(ids.iter().all(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())));
    let first_halves: std::collections::HashSet<_> = ids.iter().map(|id| id.split_at(16).0).collect();
    assert_eq!(first_halves.len(), 500, "all of it is chance");
}

fn is_full(service: &Service, name: &str) -> bool {
    let answer = start_as(service, name);
    if answer.status == 202 {
        assert_eq!(ask_as(service, name, "DELETE", answer.header("location"), "").status, 204);
        return false;
    }
    assert_eq!((answer.status, answer.code().as_str()), (429, "TOOMANYREQUESTS"));
    assert_eq!(answer.header("retry-after"), "5");
    true
}

#[test]
fn an_identity_has_ten_sessions() {
    let (_, service) = guarded();
    let mut locations: Vec<_> = (0..10).map(|_| begun(&service, "writer")).collect();
    assert!(is_full(&service, "writer"));
    let mount = format!("/v2/a/blobs/uploads/?mount={}&from=b", Digest::of(b"x"));
    assert_eq!(ask_as(&service, "writer", "POST", &mount, "").status, 429, "a mount that cannot be done is one, too");
    assert!(!is_full(&service, "other"), "everybody has ten");
    assert!(!is_full(&Service::new(Store::memory()), "nobody asks"));

    // Whatever ends a session makes room for one.
    let wrong = |location: &str| format!("{location}?digest={}", Digest::of(b"something else"));
    type End = fn(&Service, &str);
    let ends: [End; 3] = [
        |service, location| assert_eq!(ask_as(service, "writer", "PUT", &put(location), "").status, 201),
        |service, location| assert_eq!(ask_as(service, "writer", "DELETE", location, "").status, 204),
        |service, location| assert_eq!(ask_as(service, "writer", "GET", location, "").status, 204),
    ];
    for (end, frees) in ends.into_iter().zip([true, true, false]) {
        assert!(is_full(&service, "writer"));
        end(&service, &locations.pop().unwrap());
        assert_eq!(is_full(&service, "writer"), !frees);
        if frees {
            begun(&service, "writer");
        }
    }
    assert_eq!(ask_as(&service, "writer", "PUT", &wrong(&locations.pop().unwrap()), "").status, 400);
    assert!(!is_full(&service, "writer"), "what was wrong is over, too");
}

#[test]
fn the_limit_is_what_was_said() {
    for most in [0, 1, 20] {
        let service = Service::new(Store::memory()).with_uploads_per_identity(most).with_authorize(Doorkeeper);
        for _ in 0..most {
            begun(&service, "writer");
        }
        assert!(is_full(&service, "writer"));
    }
}

/// A request that opens a session only for itself counts while it is there, and not afterwards.
#[test]
fn a_blob_of_unknown_length_is_a_session_while_it_comes() {
    let service = Service::new(Store::memory()).with_uploads_per_identity(1).with_authorize(Doorkeeper);
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel::<Result<_, std::io::Error>>();
    let body =
        http_body_util::StreamBody::new(futures_util::stream::poll_fn(move |context| receiver.poll_recv(context)));
    let target = format!("/v2/a/blobs/uploads/?digest={}", Digest::of(b"x"));
    let mut first = service.clone().call(request("POST", &target, &[("authorization", "writer")], body));
    assert!(first.as_mut().now_or_never().is_none());
    assert!(is_full(&service, "writer"));
    sender.send(Ok(http_body::Frame::data(bytes::Bytes::from("x")))).unwrap();
    drop(sender);
    assert_eq!(answer("POST", first.now_or_never().unwrap().unwrap()).status, 201);
    assert!(!is_full(&service, "writer"));
}

/// A request that is given up before its session has a name leaves none behind.
#[test]
fn a_session_that_did_not_come_to_be_does_not_count() {
    let service = Service::new(wharf_registry::ReadOnly::new(Store::memory()))
        .with_uploads_per_identity(1)
        .with_authorize(Doorkeeper);
    for _ in 0..3 {
        assert_eq!(start_as(&service, "writer").status, 405);
    }
}

/// What the registry has forgotten does not count, and being asked about keeps nothing alive.
#[test]
fn sessions_that_the_registry_forgot_do_not_count() {
    let seconds = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&seconds);
    let now = move || SystemTime::UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::Relaxed));
    let store = Store::memory().with_clock(now).with_upload_timeout(Duration::from_secs(60));
    let service = Service::new(store).with_authorize(Doorkeeper);
    let locations: Vec<_> = (0..10).map(|_| begun(&service, "writer")).collect();
    for elapsed in [20, 40, 60] {
        seconds.store(elapsed, Ordering::Relaxed);
        assert!(is_full(&service, "writer"), "after {elapsed} seconds");
    }
    seconds.store(50, Ordering::Relaxed);
    assert_eq!(ask_as(&service, "writer", "PATCH", &locations[0], "x").status, 202);
    seconds.store(61, Ordering::Relaxed);
    for location in &locations[5..] {
        assert_eq!(ask_as(&service, "writer", "GET", location, "").status, 404, "it is over");
    }
    for _ in 0..9 {
        begun(&service, "writer");
    }
    assert!(is_full(&service, "writer"));
    assert_eq!(ask_as(&service, "writer", "GET", &locations[0], "").status, 204, "it was written to");
}

/// Two registries may give the same name to two sessions; each belongs to who began it.
#[test]
fn sessions_of_two_registries_are_kept_apart() {
    let stores: [Arc<dyn Registry>; 2] = [Arc::new(Store::memory()), Arc::new(Store::memory())];
    let [writers, others] = stores;
    let choose = move |identity: &wharf_server::Identity| match identity.name() {
        Some("writer") => Arc::clone(&writers),
        _ => Arc::clone(&others),
    };
    let service = Service::per_identity(choose).with_authorize(Doorkeeper);
    let location = begun(&service, "writer");
    assert_eq!(ask_as(&service, "writer", "PATCH", &location, "x").status, 202);
    assert_eq!(ask_as(&service, "other", "GET", &location, "").status, 404);
    assert!(UploadId::parse(location.rsplit('/').next().unwrap()).is_ok());
    let body = Full::<bytes::Bytes>::default();
    let request = request("GET", &location, &[("authorization", "writer")], body);
    assert_eq!(answer("GET", service.clone().call(request).now_or_never().unwrap().unwrap()).status, 204);
}
