//! The table of `testdata/reference/cases.tsv`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test, and all data here is its own")]

use wharf_reference::{AnyReference, ParseErrorKind, RawReference, Reference, ReferenceRef, TagOrDigest};

const CASES: &str = include_str!("../../../testdata/reference/cases.tsv");

/// Where we decide otherwise than the table, on purpose: the number and our own result.
///
/// * 70, `foo_bar.com/app`: what looks like a host and is none would be read as a path without any host.
const DIFFERENCES: [(&str, &str); 1] = [("70", "E:InvalidFormat")];

#[test]
fn are_read_as_the_table_says() {
    let mut count = 0;
    for line in CASES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let [number, input, expected, pull, raw] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("columns: {line}");
        };
        let difference = DIFFERENCES.iter().find(|(different, _)| *different == number);
        let ours = difference.map_or(expected, |(_, ours)| ours);
        check(number, &expand(input), &expand(ours), &expand(pull));
        check_raw(number, &expand(input), &expand(raw));
        check_strict_and_any(number, &expand(input), &expand(ours));
        if let Some((_, ours)) = difference {
            assert_ne!(*ours, expected, "{number} is no difference any more");
        }
        count += 1;
    }
    assert_eq!(count, 126, "the table is not whole");
}

fn check(number: &str, input: &str, expected: &str, pull: &str) {
    match Reference::parse(input) {
        Ok(reference) => {
            assert_eq!(reference.to_string(), expected, "{number}: {input:?}");
            let pull = match pull {
                "=" => expected.to_owned(),
                "+latest" => format!("{expected}:latest"),
                pull => pull.to_owned(),
            };
            assert_eq!(pull_form(&reference), pull, "{number}: {input:?}");
            assert_eq!(reference.clone().pull_form().to_string(), pull, "{number}: {input:?}");
            assert_eq!(ReferenceRef::parse(input).unwrap().pull_form().to_string(), pull, "{number}: {input:?}");
            reads_back(number, &reference);
        }
        Err(error) => {
            assert_eq!(format!("E:{:?}", error.kind()), expected, "{number}: {input:?}");
            assert!(error.at() <= input.len() && input.is_char_boundary(error.at()), "{number}: at {}", error.at());
        }
    }
}

fn check_raw(number: &str, input: &str, expected: &str) {
    let found = match RawReference::parse(input) {
        Ok(raw) => {
            assert_eq!(raw.to_string(), input, "{number}");
            let digest = raw.digest().map(ToString::to_string);
            let parts = [raw.host(), Some(raw.path()), raw.tag(), digest.as_deref()];
            parts.map(|part| part.unwrap_or("-")).join(" ")
        }
        Err(error) => format!("E:{:?}", error.kind()),
    };
    assert_eq!(found, expected, "{number}: {input:?}");
}

/// Strict accepts what is canonical already; any takes a digest for a digest, with and without its algorithm.
fn check_strict_and_any(number: &str, input: &str, expected: &str) {
    match ReferenceRef::parse_strict(input) {
        Ok(reference) => assert_eq!((input, &*reference.to_string()), (expected, expected), "{number}"),
        Err(error) if error.kind() == ParseErrorKind::NotCanonical => assert_ne!(input, expected, "{number}"),
        Err(error) => assert_eq!(format!("E:{:?}", error.kind()), expected, "{number}"),
    }
    match AnyReference::parse(input) {
        Ok(AnyReference::Digest(digest)) => {
            assert_eq!((expected, digest.to_string()), ("E:HexIdentifier", format!("sha256:{input}")))
        }
        Ok(AnyReference::Named(reference)) => assert_eq!(reference.to_string(), expected, "{number}"),
        Err(error) => assert_eq!(format!("E:{:?}", error.kind()), expected, "{number}"),
    }
}

/// What a registry is asked for, as a text.
fn pull_form(reference: &Reference) -> String {
    let named = Reference::new(reference.host().clone(), reference.repository().clone());
    match reference.tag_or_digest() {
        TagOrDigest::Tag(tag) => named.with_tag(tag).to_string(),
        TagOrDigest::Digest(digest) => named.with_digest(digest).to_string(),
    }
}

/// Both forms that are printed are read as the same reference.
fn reads_back(number: &str, reference: &Reference) {
    for text in [reference.to_string(), reference.familiar().to_string()] {
        assert_eq!(Reference::parse(&text).as_ref(), Ok(reference), "{number}: printed as {text}");
    }
}

/// `x{3}` as `xxx`, and the names of what cannot be seen as what it is.
fn expand(text: &str) -> String {
    let text = text.replace("\\n", "\n").replace('␠', " ").replace("(empty)", "");
    let Some((before, rest)) = text.split_once('{') else { return text };
    let (count, after) = rest.split_once('}').unwrap();
    let last = before.chars().last().unwrap();
    format!("{before}{}{}", last.to_string().repeat(count.parse::<usize>().unwrap() - 1), expand(after))
}

#[test]
fn short_forms_are_short_where_they_mean_the_same() {
    for (canonical, familiar) in [
        ("docker.io/library/ubuntu:1", "ubuntu:1"),
        ("docker.io/bitnami/redis", "bitnami/redis"),
        ("docker.io/library/a/b", "library/a/b"),
        ("docker.io/library/foo.bar", "foo.bar"),
        ("docker.io/library/localhost:5000", "localhost:5000"),
        ("quay.io/library/a", "quay.io/library/a"),
        // Without docker.io these would be on another host.
        ("docker.io/foo.bar/baz", "docker.io/foo.bar/baz"),
        ("docker.io/localhost/app", "docker.io/localhost/app"),
        // Without library/ this would be an identifier.
        ("docker.io/library/f{64}", "library/f{64}"),
        ("docker.io/library/f{64}:tag", "f{64}:tag"),
    ] {
        let reference = Reference::parse(&expand(canonical)).unwrap();
        assert_eq!(reference.familiar().to_string(), expand(familiar));
        reads_back(canonical, &reference);
    }
}
