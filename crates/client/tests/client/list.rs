//! Lists: pages that go on, and pages that never end.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{StreamExt, TryStreamExt};
use wharf_client::{Fault, Limits, UrlFault};
use wharf_registry::{ErrorCode, List, Repository, Tag};

use crate::peer::{Peer, fault, reply, repository};

const LIST: &str = "https://registry.example.com/v2/team/app/tags/list";

async fn tags(peer: &Peer, limits: Limits) -> Result<Vec<String>, wharf_registry::Error> {
    let client = peer.client().with_limits(limits);
    let tags: Vec<Tag> = client.tags(&repository(), None).try_collect().await?;
    Ok(tags.iter().map(ToString::to_string).collect())
}

fn page(tags: &str, link: Option<&str>) -> http::Response<wharf_client::Body> {
    let headers: Vec<_> = link.iter().map(|link| ("link", *link)).collect();
    reply(200, &headers, format!("{{\"name\":\"team/app\",\"tags\":[{tags}]}}"))
}

#[tokio::test]
async fn pages_are_fetched_as_they_are_read() {
    let peer = Peer::script([
        page(r#""a","b""#, Some("</v2/team/app/tags/list?n=2&last=b&orderby=>; rel=\"next\"")),
        page(r#""c""#, Some(&format!("<{LIST}?next_page=x%3D>; rel=next"))),
        page("", None),
    ]);
    let client = peer.client();
    let repository = repository();
    let mut list = client.tags(&repository, None);
    assert_eq!(peer.sent().len(), 0);
    assert_eq!(list.next().await.unwrap().unwrap().as_str(), "a");
    assert_eq!(peer.sent().len(), 1);
    let rest: Vec<_> = list.try_collect().await.unwrap();
    assert_eq!(rest.len(), 2);
    let urls = ["?n=1000", "?n=2&last=b&orderby=", "?next_page=x%3D"].map(|query| format!("GET {LIST}{query}"));
    assert_eq!(peer.lines(), urls);
}

#[tokio::test]
async fn what_comes_after_is_asked_for_and_nothing_else_is_taken() {
    let peer = Peer::script([page(r#""a","b","c""#, None), reply(200, &[], r#"{"repositories":["a","b"]}"#)]);
    let client = peer.client();
    let after = Tag::parse("b").unwrap();
    let found: Vec<_> = client.tags(&repository(), Some(&after)).try_collect().await.unwrap();
    assert_eq!(found, [Tag::parse("c").unwrap()], "a registry that lists everything is asked no further");
    let after = Repository::from_static("a");
    let found: Vec<_> = client.repositories(Some(&after)).try_collect().await.unwrap();
    assert_eq!(found, [Repository::from_static("b")]);
    assert_eq!(peer.sent()[0].url, format!("{LIST}?n=1000&last=b"));
    assert_eq!(peer.sent()[1].url, "https://registry.example.com/v2/_catalog?n=1000&last=a");
}

/// Wherever a link leads, the next page is asked for at the list's own address, with the query of the link.
#[tokio::test]
async fn a_link_leads_to_the_same_list_of_the_same_registry() {
    let table = [
        ("https://evil.example.net/v2/team/app/tags/list?last=a", Ok("?last=a")),
        ("//evil.example.net/v2/team/app/tags/list?last=a", Ok("?last=a")),
        ("https://registry.example.com:8443/v2/team/app/tags/list?last=a", Ok("?last=a")),
        ("http://nexus:8081/repository/docker/v2/team/app/tags/list?n=1&last=b", Ok("?n=1&last=b")),
        ("https://user@registry.example.com/v2/team/app/tags/list?last=%2F", Ok("?last=%2F")),
        ("/v2/team/other/tags/list?last=a", Ok("?last=a")),
        ("/v2/team/app/tags/list/../../../x?last=a#b", Ok("?last=a")),
        ("?last=a&orderby=", Ok("?last=a&orderby=")),
        ("/v2/team/app/tags/list", Ok("")),
        ("https://169.254.169.254/v2/team/app/tags/list", Err(Fault::Link(UrlFault::OtherOrigin))),
        ("/v2/team/other/tags/list", Err(Fault::Link(UrlFault::OtherPath))),
        ("https://evil example.net/?last=a", Err(Fault::Link(UrlFault::Malformed))),
        ("/v2/team/app/tags/list?n=1000", Err(Fault::LinkLoop)),
    ];
    for (target, expected) in table {
        let peer = Peer::script([page("", Some(&format!("<{target}>; rel=\"next\""))), page("", None)]);
        let outcome = tags(&peer, Limits::default()).await.map_err(|error| fault(&error));
        assert_eq!(outcome.err(), expected.err(), "{target}");
        let next = expected.ok().map(|query| format!("GET {LIST}{query}"));
        assert_eq!(peer.lines().get(1), next.as_ref(), "{target}");
    }
}

/// What registries say to a number of entries that is too large for them, or to a last one that is not there.
#[tokio::test]
async fn a_first_page_that_is_refused_is_asked_for_once_more_in_the_registry_s_own_way() {
    let table =
        [(400, None, true), (405, None, true), (404, None, false), (404, Some("gone"), true), (403, None, false)];
    for (status, after, again) in table {
        let peer = Peer::script([reply(status, &[], ""), page(r#""a","hidden","z""#, None)]);
        let (client, after) = (peer.client(), after.map(|after| Tag::parse(after).unwrap()));
        let found: Result<Vec<_>, _> = client.tags(&repository(), after.as_ref()).try_collect().await;
        assert_eq!(found.is_ok(), again, "{status}");
        assert_eq!(peer.lines().get(1), again.then(|| format!("GET {LIST}")).as_ref(), "{status}");
        let names = found.unwrap_or_default();
        assert_eq!(names.len(), if again { 3 - usize::from(after.is_some()) } else { 0 }, "what comes after it alone");
    }
    let peer = Peer::new(|_| reply(400, &[], ""));
    tags(&peer, Limits::default()).await.unwrap_err();
    assert_eq!(peer.sent().len(), 2, "and not for ever");
}

/// A full page without a link may be one of several; one that has what it was to come after is not.
#[tokio::test]
async fn a_full_page_without_a_link_is_followed_by_what_comes_after_its_last_entry() {
    let full =
        |from: usize| (from..from + 1_000).map(|number| format!("\"t{number:04}\"")).collect::<Vec<_>>().join(",");
    let peer = Peer::script([page(&full(0), None), page(&full(1_000), None), page(r#""z""#, None)]);
    assert_eq!(tags(&peer, Limits::default()).await.unwrap().len(), 2_001);
    let queries = ["?n=1000", "?n=1000&last=t0999", "?n=1000&last=t1999"].map(|query| format!("GET {LIST}{query}"));
    assert_eq!(peer.lines(), queries);

    let peer = Peer::new(move |_| page(&full(0), None));
    assert_eq!(tags(&peer, Limits::default()).await.unwrap().len(), 1_000, "a registry that always lists everything");
    assert_eq!(peer.sent().len(), 2);
    let more = (0..1_001).map(|number| format!("\"t{number:04}\"")).collect::<Vec<_>>().join(",");
    let peer = Peer::script([page(&more, None)]);
    assert_eq!(tags(&peer, Limits::default()).await.unwrap().len(), 1_001, "more than was asked for is all of it");
}

#[tokio::test]
async fn pages_that_lead_in_a_circle_are_left() {
    let peer = Peer::new(|sent| match sent.url.contains("last=a") {
        true => page(r#""b""#, Some("</v2/team/app/tags/list?last=b>; rel=next")),
        false => page(r#""a""#, Some("</v2/team/app/tags/list?last=a>; rel=next")),
    });
    assert_eq!(fault(&tags(&peer, Limits::default()).await.unwrap_err()), Fault::LinkLoop);
    assert_eq!(peer.sent().len(), 3);
}

#[tokio::test]
async fn a_list_without_end_is_left() {
    let pages = AtomicUsize::new(0);
    let peer = Peer::new(move |_| {
        let link = format!("</v2/team/app/tags/list?x={}>; rel=next", pages.fetch_add(1, Ordering::SeqCst));
        page(r#""a","b""#, Some(&link))
    });
    let mut limits = Limits::default();
    limits.pages = 10;
    assert_eq!(fault(&tags(&peer, limits).await.unwrap_err()), Fault::TooManyPages);
    assert_eq!(peer.sent().len(), 10);
    (limits.pages, limits.items) = (1000, 6);
    assert_eq!(fault(&tags(&peer, limits).await.unwrap_err()), Fault::TooManyPages);
    assert_eq!(peer.sent().len(), 14, "three pages fit, and the fourth does not");
    assert_eq!((Limits::default().pages, Limits::default().items), (1_000, 100_000));
}

#[tokio::test]
async fn a_page_is_read_up_to_its_limit() {
    let body = r#"{"name":"team/app","tags":["a"]}"#;
    let mut limits = Limits::default();
    for (limit, expected) in [(body.len(), None), (body.len() - 1, Some(Fault::TooLarge))] {
        limits.page_bytes = limit;
        let peer = Peer::script([reply(200, &[], body)]);
        assert_eq!(tags(&peer, limits).await.map_err(|error| fault(&error)).err(), expected);
    }
}

#[tokio::test]
async fn lists_are_read_as_registries_write_them() {
    for (body, expected) in [
        (r#"{"name":"x","tags":null}"#, Ok(0)),
        (r#"{"tags":["a","sha256:bad tag"],"child":[]}"#, Ok(1)),
        ("<html>", Err(Fault::List)),
    ] {
        let peer = Peer::script([reply(200, &[], body)]);
        let found = tags(&peer, Limits::default()).await;
        assert_eq!(found.map(|tags| tags.len()).map_err(|error| fault(&error)), expected, "{body}");
    }
    let peer = Peer::script([reply(404, &[], "")]);
    assert_eq!(*tags(&peer, Limits::default()).await.unwrap_err().code(), ErrorCode::NAME_UNKNOWN);
}
