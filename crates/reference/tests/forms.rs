//! What is made of references: parts put together, lists sorted, fallback tags; and what costs nothing.

#![allow(clippy::unwrap_used, reason = "a test, and all data here is its own")]

use std::collections::HashSet;

use wharf_reference::{AnyReference, Digest, Host, ParseErrorKind, Reference, ReferenceRef, Repository, Tag, sort};

#[test]
fn parts_go_together_or_are_refused() {
    let kind = |host: &str, path: &str, digest: Option<Digest>| {
        let (host, path) = (Host::parse(host).unwrap(), Repository::parse(path).unwrap());
        Reference::from_parts(host, path, Some(Tag::LATEST), digest).map_err(|error| (error.kind(), error.at()))
    };
    assert!(kind("localhost", "a", None).is_ok() && kind("docker.io", "a/b", Some(Digest::of(b""))).is_ok());
    assert_eq!(kind("docker.io", "ubuntu", None), Err((ParseErrorKind::NotCanonical, 10)));
    assert_eq!(kind("index.docker.io", "a/b", None), Err((ParseErrorKind::NotCanonical, 0)));
    // Printed, this would name another registry.
    assert_eq!(kind("registry", "a", None), Err((ParseErrorKind::NotCanonical, 0)));
    let md5 = Digest::parse("md5:d41d8cd98f00b204e9800998ecf8427e").unwrap();
    assert_eq!(kind("r.io", "a", Some(md5)), Err((ParseErrorKind::DigestUnsupported, 14)));
}

#[test]
fn lists_are_sorted_by_how_much_they_say() {
    let digest = Digest::of(b"");
    let (both, pinned) = (format!("z:1@{digest}"), format!("y@{digest}"));
    let bare = digest.to_string();
    let sorted = [&*both, "a.b/x:1", "a/x:1", "x:1", &pinned, "a-b.c/x", "a.b/x", "u", &bare, " a", "A"];
    for turn in 0..sorted.len() {
        let mut mixed = sorted;
        mixed.rotate_left(turn);
        mixed.reverse();
        sort(&mut mixed);
        assert_eq!(mixed, sorted);
    }
}

#[test]
fn any_orders_as_the_texts_do_among_those_that_say_as_much() {
    let texts = ["a", "a-b.c/a", "a.b/a", "a.b:5/a", "a.b/a-b", "a.b/a/b", "a.b/a.b", "[::1]/a", "A/a"];
    for (one, two) in texts.iter().flat_map(|one| texts.map(|two| (*one, two))) {
        let (first, second) = (AnyReference::parse(one).unwrap(), AnyReference::parse(two).unwrap());
        assert_eq!(first.cmp(&second), first.to_string().cmp(&second.to_string()), "{one} {two}");
    }
}

#[test]
fn fallback_tags_are_tags() {
    let algorithm = "test+algorithm+using+algorithm+separators+and+lots+of+characters+to+exceed+the+limit";
    let encoded = "alsoSome=InTheEncodedSectionToShowHyphenReplacementAndLotsAndLotsOfCharactersToExceedTheLimit";
    let long = "test-algorithm-using-algorithm-s-alsoSome-InTheEncodedSectionToShowHyphenReplacementAndLotsAndLot";
    for (digest, tag) in [
        (format!("sha256:{}", "a".repeat(64)), format!("sha256-{}", "a".repeat(64))),
        (format!("sha512:{}", "a".repeat(128)), format!("sha512-{}", "a".repeat(64))),
        (format!("blake3:{}", "a".repeat(64)), format!("blake3-{}", "a".repeat(64))),
        (format!("{algorithm}:{encoded}"), long.to_owned()),
    ] {
        let found = Tag::referrers_fallback(&Digest::parse(&digest).unwrap());
        assert_eq!(found.as_str(), tag);
        assert_eq!(Tag::parse(&tag), Ok(found));
    }
}

#[test]
fn borrowed_ones_are_what_they_mean() {
    let parse = |text| ReferenceRef::parse(text).unwrap();
    let same = ["a:1", "docker.io/a:1", "index.docker.io/library/a:1", "docker.io/library/a:1"].map(parse);
    assert_eq!(HashSet::from(same).len(), 1);
    assert_ne!(parse("a"), parse("a:latest"));
    assert_eq!(parse("a").with_default_tag(), parse("a:latest"));
    assert_eq!(parse("a").with_default_tag().to_owned(), Reference::parse("a:latest").unwrap());
    assert_ne!(parse("quay.io/library/a"), parse("library/a"));
}

/// Long parts are shared, short ones are in place, and nobody can tell.
#[test]
fn parts_of_any_length_come_out_as_they_went_in() {
    for (host, path, tag) in [
        (3, 1, 0),
        (3, 30, 30),
        (3, 31, 31),
        (30, 31, 1),
        (31, 1, 0),
        (31, 30, 31),
        (31, 31, 31),
        (70_000, 40, 40),
        (0, 1, 31),
        (0, 247, 128),
    ] {
        let host = if host == 0 { String::new() } else { format!("{}.b/", "h".repeat(host - 2)) };
        let tag = if tag == 0 { String::new() } else { format!(":{}", "t".repeat(tag)) };
        let text = format!("{host}{}{tag}", "p".repeat(path));
        let expected = if host.is_empty() { format!("docker.io/library/{text}") } else { text.clone() };
        let reference = Reference::parse(&text).unwrap();
        assert_eq!(reference.to_string(), expected);
        assert_eq!(Reference::parse(&expected).unwrap(), reference);
        assert_eq!(reference.tag().map_or(0, |tag| tag.as_str().len() + 1), tag.len());
    }
}

#[test]
fn sizes_are_kept() {
    assert_eq!(size_of::<Reference>(), 168);
    assert_eq!(size_of::<ReferenceRef<'_>>(), 120);
    assert_eq!(size_of::<Option<Tag>>(), size_of::<Tag>());
}
