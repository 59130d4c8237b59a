//! The words of the errors, which people search for, and the places they point to.

#![allow(clippy::unwrap_used, reason = "a test, and all data here is its own")]

use wharf_reference::{Host, Pattern, RawReference, Reference, Repository, Tag, TagOrDigest};

/// What a program would show: the text, a caret under the offending byte, and the words.
fn shown(text: &str) -> String {
    let error = Reference::parse(text).unwrap_err();
    format!("{text}\n{:>1$} {error}", "^", error.at() + 1)
}

#[test]
fn point_into_the_text() {
    for expected in [
        "docker.io/foo bar\n             ^ invalid reference format (at byte 13)",
        "\n^ invalid reference format (at byte 0)",
        "ubuntu:\n       ^ invalid reference format (at byte 7)",
        "ghcr.io/Owner/repo\n        ^ repository names must be lower case (at byte 8)",
        "Foo_bar/baz\n^ repository names must be lower case (at byte 0)",
        "foo_bar.com/app\n   ^ invalid reference format (at byte 3)",
        "host.com:/repo\n         ^ invalid reference format (at byte 9)",
        "host:http/repo\n     ^ invalid reference format (at byte 5)",
        "https://example.com/a\n      ^ invalid reference format (at byte 6)",
        "user@host.com/a\n    ^ invalid reference format (at byte 4)",
        "[::1%25eth0]/x\n    ^ invalid reference format (at byte 4)",
        "repo@sha256:abc\n               ^ invalid reference format (at byte 15)",
        "repo@sha256:ffffffffffffffffffffffffffffffff\n                                            ^ digest of the wrong length (at byte 44)",
        "repo@md5:ffffffffffffffffffffffffffffffff\n     ^ unsupported digest algorithm (at byte 5)",
        "repo:a@SHA256:ffffffffffffffffffffffffffffffff\n       ^ invalid digest (at byte 7)",
    ] {
        let text = expected.split('\n').next().unwrap();
        assert_eq!(shown(text), expected);
    }
}

#[test]
fn say_what_the_limit_is() {
    let long = "a".repeat(256);
    let error = Reference::parse(&format!("r.io/{long}")).unwrap_err();
    assert_eq!(error.to_string(), "repository names have at most 255 bytes (at byte 260)");
    let error = Reference::parse(&"f".repeat(64)).unwrap_err();
    assert_eq!(error.to_string(), "64 hexadecimal digits are an identifier, not a name (at byte 0)");
    let error = Reference::parse(&format!("a:{}", "b".repeat(129))).unwrap_err();
    assert_eq!(error.to_string(), "invalid reference format (at byte 130)");
}

#[test]
fn are_those_of_the_parts() {
    assert_eq!(RawReference::parse("").unwrap_err().to_string(), "a reference cannot be empty (at byte 0)");
    let error = Reference::parse_strict("docker.io/a").unwrap_err();
    assert_eq!(error.to_string(), "the reference is not in canonical form (at byte 10)");
    assert_eq!(Host::parse("a..b").unwrap_err().to_string(), "invalid reference format (at byte 2)");
    assert_eq!(Tag::parse("").unwrap_err().to_string(), "invalid reference format (at byte 0)");
    assert_eq!(Repository::parse("a/B").unwrap_err().to_string(), "repository names must be lower case (at byte 2)");
    assert_eq!(TagOrDigest::parse("sha256:a").unwrap_err().to_string(), "digest of the wrong length (at byte 8)");
    assert_eq!(Pattern::parse("a\\").unwrap_err().to_string(), "not a pattern (at byte 2)");
}

#[test]
fn never_repeat_the_text() {
    for text in ["SECRET", "a:SECRET/b", "a@SECRET", "a/SECRET b", "SECRET_/x"] {
        let error = Reference::parse(text).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("SECRET"));
    }
}
