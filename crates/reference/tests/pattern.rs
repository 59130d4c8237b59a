//! Patterns as Go's `path.Match` has them: origin of the table is its documentation and behaviour, in our own cases.

#![allow(clippy::unwrap_used, reason = "a test, and all data here is its own")]

use wharf_reference::{Pattern, Reference, ReferenceRef};

#[test]
fn match_the_whole_of_a_text() {
    for (pattern, text, expected) in [
        ("", "", true),
        ("", "a", false),
        ("abc", "abc", true),
        ("abc", "abcd", false),
        ("*", "abc", true),
        ("*", "", true),
        ("*", "a/b", false),
        ("a*", "a", true),
        ("a*/b", "abc/b", true),
        ("a*/b", "a/c/b", false),
        ("a*b*c*d*e*/f", "axbxcxdxe/f", true),
        ("a*b*c*d*e*/f", "axbxcxdxexxx/f", true),
        ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", false),
        ("a*b?c*x", "abxbbxdbxebxczzx", true),
        ("a*b?c*x", "abxbbxdbxebxczzy", false),
        ("**b", "aab", true),
        ("a?b", "a/b", false),
        ("a?b", "axb", true),
        ("a?", "a", false),
        ("ab[c]", "abc", true),
        ("ab[b-d]", "abc", true),
        ("ab[e-g]", "abc", false),
        ("ab[^c]", "abc", false),
        ("ab[^e-g]", "abc", true),
        ("a[^a]", "a", false),
        ("[a-ce-g]x", "fx", true),
        ("[a-ce-g]x", "dx", false),
        ("a[/]b", "a/b", true),
        ("*[ab/]*c", "xa/c", false),
        ("a\\*b", "a*b", true),
        ("a\\*b", "axb", false),
        ("[\\-x]", "-", true),
        ("[\\]a]", "]", true),
        ("[*]", "*", true),
        ("é?", "éa", true),
        ("?", "é", true),
    ] {
        assert_eq!(Pattern::parse(pattern).unwrap().matches(text), expected, "{pattern} {text}");
    }
}

#[test]
fn are_refused_whatever_they_would_meet() {
    for (pattern, at) in [
        ("[", 1),
        ("[]a]", 1),
        ("[-]", 1),
        ("[x-]", 3),
        ("[-x]", 1),
        ("[^]", 2),
        ("[^bc", 4),
        ("a[", 2),
        ("a\\", 2),
        ("a*[", 3),
        ("[a-b-c]", 4),
        ("x/[\\", 4),
    ] {
        assert_eq!(Pattern::parse(pattern).unwrap_err().at(), at, "{pattern}");
    }
}

#[test]
fn meet_the_short_form_with_tag_and_without() {
    for (text, pattern, expected) in [
        ("docker.io/library/ubuntu:24.04", "ubuntu", true),
        ("docker.io/library/ubuntu:24.04", "ubuntu:24*", true),
        ("docker.io/library/ubuntu:24.04", "docker.io/*/*", false),
        ("foo/bar", "*bar", false),
        ("foo/bar", "foo/*", true),
        ("quay.io/foo/bar:1", "quay.io/*/bar", true),
        ("quay.io/foo/bar:1", "quay.io/*", false),
    ] {
        let pattern = Pattern::parse(pattern).unwrap();
        assert_eq!(Reference::parse(text).unwrap().matches(pattern), expected, "{text} {pattern:?}");
        assert_eq!(ReferenceRef::parse(text).unwrap().matches(pattern), expected, "{text} {pattern:?}");
    }
}

/// Stars do not multiply: a pattern that would take a backtracking matcher for ever is judged at once.
#[test]
fn take_no_longer_than_the_product_of_the_lengths() {
    let pattern = "a*".repeat(200) + "b";
    assert!(!Pattern::parse(&pattern).unwrap().matches(&"a".repeat(2000)));
}
