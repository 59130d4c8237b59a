//! Lists, page by page.

use wharf_distribution::{RepositoryList, TagList, link};
use wharf_registry::{Descriptor, Digest, Limits, MediaType};
use wharf_server::Service;

use crate::backend::Small;
use crate::doorkeeper::guarded;
use crate::harness::{INDEX, ask, memory, put_blob, put_index};

fn tags(service: &Service, query: &str) -> (Vec<String>, Option<String>) {
    let answer = ask(service, "GET", &format!("/v2/a/b/tags/list{query}"), &[], "");
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{query}");
    let list = TagList::decode(&answer.body).unwrap();
    assert_eq!(list.name, "a/b");
    let next = answer.all("link").first().map(|header| link::next(header).unwrap().to_owned());
    (list.tags.iter().map(ToString::to_string).collect(), next)
}

fn five() -> Service {
    let service = memory();
    ["e", "c", "a", "d", "b"].iter().for_each(|tag| drop(put_index(&service, "a/b", tag)));
    service
}

#[test]
fn following_the_links_gives_every_tag_once() {
    let service = five();
    for n in 1..=6 {
        let (mut found, mut next) = tags(&service, &format!("?n={n}"));
        while let Some(target) = next {
            let (more, after) = tags(&service, target.strip_prefix("/v2/a/b/tags/list").unwrap());
            assert!(!more.is_empty() && more.len() <= n);
            found.extend(more);
            next = after;
        }
        assert_eq!(found.concat(), "abcde", "{n} at a time");
    }
}

#[test]
fn a_page_has_a_thousand_entries_at_most() {
    let service = memory();
    (0..1001).for_each(|n| drop(put_index(&service, "a/b", &format!("t{n:04}"))));
    for query in ["", "?n=1000", "?n=1001", "?n=100000"] {
        let (found, next) = tags(&service, query);
        assert_eq!((found.len(), next.as_deref()), (1000, Some("/v2/a/b/tags/list?n=1000&last=t0999")), "{query}");
    }
    let (found, next) = tags(&service, "?last=t0000");
    assert_eq!((found.len(), next), (1000, None));
}

#[test]
fn repositories_by_page() {
    let service = memory();
    ["a/b", "c", "a"].iter().for_each(|name| drop(put_index(&service, name, "latest")));
    let rows: &[(&str, &[&str], Option<&str>)] = &[
        ("", &["a", "a/b", "c"], None),
        ("?n=2", &["a", "a/b"], Some("/v2/_catalog?n=2&last=a%2Fb")),
        ("?n=2&last=a%2Fb", &["c"], None),
        ("?n=0", &[], None),
    ];
    for (query, expected, next) in rows {
        let answer = ask(&service, "GET", &format!("/v2/_catalog{query}"), &[], "");
        let list = RepositoryList::decode(&answer.body).unwrap();
        assert_eq!(list.repositories.iter().map(|name| name.as_str()).collect::<Vec<_>>(), *expected);
        assert_eq!(answer.all("link").first().map(|header| link::next(header).unwrap()), *next);
    }
    assert_eq!(ask(&memory(), "GET", "/v2/_catalog", &[], "").text(), r#"{"repositories":[]}"#);
}

#[test]
fn a_registry_that_does_not_list_referrers_has_no_such_endpoint() {
    let digest = Digest::of(b"subject");
    let answer = ask(&Service::new(Small::default()), "GET", &format!("/v2/a/referrers/{digest}"), &[], "");
    assert_eq!((answer.status, answer.code().as_str()), (404, "UNSUPPORTED"));
}

#[test]
fn referrers_are_an_index() {
    let described = |content: &[u8], kind: &str| {
        let mut descriptor = Descriptor::new(MediaType::IMAGE_MANIFEST, Digest::of(content), content.len() as u64);
        descriptor.artifact_type = Some(MediaType::parse(kind).unwrap());
        descriptor.with_annotation("k", "v")
    };
    let found = vec![described(b"1", "text/one"), described(b"22", "text/two")];
    let ask = |registry: Small, limit: usize, query: &str| {
        let mut limits = Limits::default();
        limits.descriptors = limit;
        let target = format!("/v2/a/referrers/{}{query}", Digest::of(b"subject"));
        ask(&Service::new(registry).with_limits(limits), "GET", &target, &[], "")
    };
    let with = |referrers: &[Descriptor]| Small { referrers: Some(referrers.into()), ..Small::default() };

    let none = ask(with(&[]), 2, "");
    assert_eq!((none.status, none.header("content-type")), (200, INDEX));
    assert_eq!(none.text(), format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[]}}"#));

    let all = ask(with(&found), 2, "");
    let document = wharf_registry::Document::new(MediaType::IMAGE_INDEX, all.body.clone());
    assert_eq!(document.decode::<wharf_registry::Index>().unwrap().view().manifests, found);
    assert!(!all.has("oci-filters-applied"));

    let one = ask(with(&found), 2, "?artifactType=text%2Ftwo");
    assert_eq!(one.header("oci-filters-applied"), "artifactType");
    assert!(one.text().contains("text/two") && !one.text().contains("text/one"));

    // The specification does not tell an empty kind from none.
    let unfiltered = ask(with(&found), 2, "?artifactType=");
    assert_eq!((unfiltered.status, &unfiltered.body), (200, &all.body));
    assert!(!unfiltered.has("oci-filters-applied"));
    assert_eq!(ask(with(&found), 2, "?artifactType=nonsense").status, 400);

    let empty = ask(with(&found), 2, "?n=0");
    assert!(!empty.has("link") && !empty.text().contains("text/"), "{empty:?}");
    for wrong in ["?n=-1", "?n=x", "?last=latest"] {
        assert_eq!(ask(with(&found), 2, wrong).status, 400, "{wrong}");
    }
}

/// A list that is cut would be a lie: what does not fit is on the next page, under the same filter.
#[test]
fn referrers_come_in_pages() {
    let found: Vec<_> = (0..10_u8)
        .map(|number| {
            let mut entry = Descriptor::of(MediaType::IMAGE_MANIFEST, &[number]);
            entry.artifact_type = MediaType::parse(["text/one", "text/two"][usize::from(number % 2)]).ok();
            entry
        })
        .collect();
    let registry = || Small { referrers: Some(found.clone()), ..Small::default() };
    let mut limits = Limits::default();
    limits.descriptors = 3;
    let service = Service::new(registry()).with_limits(limits);
    let start = format!("/v2/a/referrers/{}", Digest::of(b"subject"));
    for (query, count, pages) in [("", 10, 4), ("?artifactType=text%2Fone", 5, 2), ("?n=2", 10, 5)] {
        let (mut target, mut digests, mut asked) = (format!("{start}{query}"), Vec::new(), 0);
        loop {
            let answer = ask(&service, "GET", &target, &[], "");
            let document = wharf_registry::Document::new(MediaType::IMAGE_INDEX, answer.body.clone());
            let index = document.decode::<wharf_registry::Index>().unwrap();
            digests.extend(index.view().manifests.iter().map(|entry| entry.digest.clone()));
            asked += 1;
            assert_eq!(answer.has("oci-filters-applied"), query.contains("artifactType"));
            match answer.has("link") {
                true => target = answer.header("link").split(['<', '>']).nth(1).unwrap().to_owned(),
                false => break,
            }
        }
        assert!(digests.is_sorted() && asked == pages, "{query}: {asked}");
        digests.dedup();
        assert_eq!(digests.len(), count, "{query}");
    }
}

#[test]
fn a_registry_that_lists_referrers_never_answers_that_there_is_nothing() {
    let service = memory();
    let none = ask(&service, "GET", &format!("/v2/never/pushed/referrers/{}", Digest::of(b"subject")), &[], "");
    assert_eq!((none.status, none.header("content-type")), (200, INDEX));
    for wrong in ["sha256:bad", "latest", "sha512:aa", "md5:d41d8cd98f00b204e9800998ecf8427e"] {
        let answer = ask(&service, "GET", &format!("/v2/a/referrers/{wrong}"), &[], "");
        assert_eq!((answer.status, answer.code().as_str()), (400, "DIGEST_INVALID"), "{wrong}");
    }
}

/// Who may not see all repositories gets full pages of those that they may, and links that name no other.
#[test]
fn a_catalog_lists_what_may_be_read() {
    let (store, service) = guarded();
    let open = Service::new(store);
    for number in 0..30 {
        let name = if number % 3 == 0 { format!("r{number:02}") } else { format!("hidden/{number:02}") };
        put_blob(&open, &name, "content");
        put_blob(&open, &format!("hidden/z{number:02}"), "content");
    }
    let list = |name: &str, target: &str| {
        let answer = ask(&service, "GET", target, &[("authorization", name)], "");
        assert_eq!(answer.status, 200, "{target}");
        let names = RepositoryList::decode(&answer.body).unwrap().repositories;
        let next = answer.all("link").first().map(|header| link::next(header).unwrap().to_owned());
        (names.iter().map(ToString::to_string).collect::<Vec<_>>(), next)
    };
    let expected: Vec<_> = (0..30).step_by(3).map(|number| format!("r{number:02}")).collect();
    assert_eq!(list("reader", "/v2/_catalog"), (expected.clone(), None));
    assert_eq!(list("owner", "/v2/_catalog").0.len(), 60);
    for n in 1..=11 {
        let (mut found, mut next) = (Vec::new(), Some(format!("/v2/_catalog?n={n}")));
        while let Some(target) = next {
            assert!(!target.contains("hidden"), "{target}");
            let (names, after) = list("reader", &target);
            assert!(after.is_none() || names.len() == n, "a page before the last one is full");
            found.extend(names);
            next = after;
        }
        assert_eq!(found, expected, "{n} at a time");
    }
    // Asking from a name on tells nothing of whether it is there.
    assert_eq!(
        list("reader", "/v2/_catalog?n=1&last=hidden%2F01"),
        list("reader", "/v2/_catalog?n=1&last=hidden%2Fno")
    );
}
