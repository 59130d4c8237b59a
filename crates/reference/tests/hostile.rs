//! Texts that are meant to harm.

#![allow(clippy::unwrap_used, reason = "a test, and all data here is its own")]

use wharf_reference::{AnyReference, Host, RawReference, Reference, ReferenceRef, Repository, Tag, TagOrDigest};

/// The parsers, none of which may take these.
fn refused(text: &str) {
    assert!(Reference::parse(text).is_err(), "{text:?}");
    assert!(ReferenceRef::parse(text).is_err(), "{text:?}");
    assert!(RawReference::parse(text).is_err(), "{text:?}");
    assert!(AnyReference::parse(text).is_err(), "{text:?}");
}

#[test]
fn paths_do_not_climb_and_nothing_hides_in_them() {
    for text in [
        "r.io/a/../b",
        "r.io//a",
        "r.io/a%2fb",
        "r.io/a\\b",
        "r.io/.",
        "r.io/..",
        "r.io/a/",
        "/a",
        "r.io/a b",
        "r.io/a\0",
        "r.io/a\r",
        "r.io/a\n",
        "r.io/A/b",
        "r.io/a?ns=x",
        "r.io/a#x",
        "r.io/a:..",
        "r.io/a:t?ns=x",
        "r.io/a:t#x",
        "evil.com@good.com/x",
        "good.com:+5/x",
        "[fe80::1%25eth0]/x",
        "r\u{ff0e}io/x",
        "\u{2460}\u{2461}\u{2466}.0.0.1/x",
        "r.io./x",
        "r.\tio/x",
        "r\n.io/x",
    ] {
        refused(text);
    }
    for text in ["A/b", "..", "a//b", "a/", "", "a\0"] {
        assert!(Repository::parse(text).is_err(), "{text:?}");
    }
    for text in ["..", "-a", "", "a b", "a\n", "a/b", "é"] {
        assert!(Tag::parse(text).is_err() && TagOrDigest::parse(text).is_err(), "{text:?}");
    }
    for text in ["a@b", "a b", "a:", "a:b", "a/b", "", "[::1", "[]", "a%2eb", "é.com"] {
        assert!(Host::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn digests_climb_no_better() {
    let hex = "f".repeat(64);
    for digest in [
        "sha256:../../x".to_owned(),
        "sha256:..%2f..".to_owned(),
        format!("sha256:{hex}\0"),
        format!("sha256:{hex}\n"),
        format!("sha256:{hex}\r"),
        format!("sha256:{}", hex.to_uppercase()),
        format!("sha256:{hex}f"),
        format!("sha256:{}", "f".repeat(63)),
        format!("sha512:{hex}"),
        format!("md5:{hex}"),
        format!("sha256+b64u:{hex}"),
        format!(":{hex}"),
        format!("sha256::{hex}"),
        format!("sha256:{hex}:{hex}"),
    ] {
        refused(&format!("r.io/a@{digest}"));
        refused(&format!("r.io/a:t@{digest}"));
    }
}

/// A parser that went back over what it had read would not come to the end of this; how fast it is, the benches say.
#[test]
fn long_texts_are_read_once() {
    for unit in ["a-", "a__", "a.", "a/", "A", "a:", "[:", "a@", "\u{212a}"] {
        refused(&unit.repeat(500_000 / unit.len()));
    }
}
