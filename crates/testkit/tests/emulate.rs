//! The layers themselves: what a request meets, and when an address, a token or a page is good.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test, and all data here is its own")]

use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response};
use wharf_testkit::emulate::{
    About, Bucket, Clock, Desk, Emulated, Network, Peer, Quirk, Step, Why, answer, guard, paged,
};

const REGISTRY: &str = "https://registry.example.com";

fn ask(network: &Network, method: &str, url: &str, headers: &[(&str, &str)]) -> Response<Bytes> {
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    network.send(request.body(Bytes::new()).unwrap()).now_or_never().unwrap().unwrap()
}

fn at_home(peer: impl Peer + 'static) -> Network {
    let network = Network::default();
    network.put(REGISTRY, peer);
    network
}

/// A peer that says what it was asked for.
fn echo(request: &Request<Bytes>) -> Response<Bytes> {
    answer(200, &[], request.uri().path().to_owned())
}

#[test]
fn a_request_meets_quirks_in_their_order_and_its_answer_the_other_way_round() {
    let longer = |letter: &'static str| {
        Quirk::before(About::Any, move |request| {
            *request.uri_mut() = format!("{}{letter}", request.uri()).parse().unwrap();
            Step::On
        })
    };
    let louder = |letter: &'static str| Quirk::saying_body(About::Any, move |body| format!("{body} {letter}"));
    let network = at_home(Emulated::new(echo).with_all([longer("a"), louder("1"), longer("b"), louder("2")]));
    assert_eq!(ask(&network, "GET", &format!("{REGISTRY}/"), &[]).body(), "/ab 2 1");

    // What is answered before it got to a quirk does not meet it on its way back.
    let early = Quirk::refusing(About::Any, 404, "no");
    let change = Quirk::after(About::Any, |_, response| *response.body_mut() = "changed".into());
    let unchanged = at_home(Emulated::new(echo).with(early).with(change));
    assert_eq!(ask(&unchanged, "GET", &format!("{REGISTRY}/"), &[]).body(), "no");
}

#[test]
fn a_signed_address_is_good_for_one_method_some_time_and_nobody_else() {
    let clock = Clock::default();
    let bucket = Bucket::new(clock.clone(), "https://store.example.net", Duration::from_secs(2));
    let network = at_home(Emulated::new(echo).with_all(bucket.redirecting(307)));
    network.put("https://store.example.net", bucket);
    let led = ask(&network, "GET", &format!("{REGISTRY}/v2/app/blobs/sha256:0"), &[]);
    let place = led.headers()["location"].to_str().unwrap();
    let status = |method: &str, headers: &[(&str, &str)]| ask(&network, method, place, headers).status().as_u16();
    assert_eq!((led.status().as_u16(), status("GET", &[]), status("HEAD", &[])), (307, 200, 403));
    assert_eq!(status("GET", &[("authorization", "Bearer x")]), 400);
    let part = ask(&network, "GET", place, &[("range", "bytes=1-2")]);
    assert_eq!((part.status().as_u16(), &part.body()[..]), (206, &b"v2"[..]));
    assert_eq!(part.headers()["content-range"], "bytes 1-2/22");
    assert_eq!(status("GET", &[("range", "bytes=22-")]), 416);
    clock.advance(Duration::from_secs(2));
    assert_eq!(status("GET", &[]), 403);
}

#[test]
fn a_token_is_good_for_what_it_was_issued_for_while_it_lives() {
    let clock = Clock::default();
    let desk = Desk::new(clock.clone(), Duration::from_secs(60));
    let refuse =
        |asked: wharf_testkit::emulate::Asked<'_>| Some(answer(401, &[("why", &format!("{:?}", asked.why))], ""));
    let network = at_home(Emulated::new(echo).with(desk.at("/token")).with(guard(&desk, refuse)));
    let issued = ask(&network, "GET", &format!("{REGISTRY}/token?scope=repository%3Ateam%2Fapp%3Apull"), &[]);
    assert_eq!(issued.body(), r#"{"token":"token-0","expires_in":300}"#);
    let why = |method: &str, token: &str| {
        let url = format!("{REGISTRY}/v2/team/app/manifests/latest");
        let found = ask(&network, method, &url, &[("authorization", &format!("Bearer {token}"))]);
        found.headers().get("why").map(|why| why.to_str().unwrap().to_owned())
    };
    assert_eq!(why("GET", "token-0"), None);
    assert_eq!(why("PUT", "token-0"), Some(format!("{:?}", Why::Insufficient)));
    assert_eq!(why("GET", "token-1"), Some(format!("{:?}", Why::Expired)));
    clock.advance(Duration::from_secs(60));
    assert_eq!(why("GET", "token-0"), Some(format!("{:?}", Why::Expired)));
}

#[test]
fn a_list_is_cut_into_pages_with_links() {
    let all = |request: &Request<Bytes>| match request.uri().query() {
        Some("last=b") => answer(200, &[], r#"{"tags":["c"]}"#),
        None => answer(200, &[], r#"{"tags":["a","b","c"]}"#),
        other => answer(400, &[], format!("{other:?}")),
    };
    let link = |path: &str, query: &str| format!("<{path}?{query}>; rel=\"next\"");
    let network = at_home(Emulated::new(all).with_all(paged(About::Tags, 2, link)));
    let page = |query: &str| {
        let page = ask(&network, "GET", &format!("{REGISTRY}/v2/app/tags/list{query}"), &[]);
        let link = page.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
        (String::from_utf8(page.body().to_vec()).unwrap(), link)
    };
    let next = "</v2/app/tags/list?n=2&last=b>; rel=\"next\"".to_owned();
    assert_eq!(page("?n=1000"), (r#"{"tags":["a","b"]}"#.to_owned(), Some(next)));
    assert_eq!(page("?n=2&last=b"), (r#"{"tags":["c"]}"#.to_owned(), None));
    assert_eq!(page("?n=1").0, r#"{"tags":["a"]}"#);
}
