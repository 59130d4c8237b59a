//! Digests as text: errors that callers can point at, and columns.

#![allow(clippy::unwrap_used, clippy::string_slice, reason = "a test, and all data here is its own")]

use proptest::prelude::{ProptestConfig, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use wharf_digest::Digest;

/// A digest's text with one byte replaced.
fn damaged() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        "[0-9a-f]{64}".prop_map(|hex| format!("sha256:{hex}")),
        "[0-9a-f]{128}".prop_map(|hex| format!("sha512:{hex}")),
    ];
    (text, any::<prop::sample::Index>(), any::<char>()).prop_map(|(text, at, with)| {
        let at = at.index(text.len());
        format!("{}{with}{}", &text[..at], &text[at + 1..])
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2048) })]

    #[test]
    fn an_error_lies_within_the_text_and_within_no_character(text in damaged()) {
        match Digest::parse(&text) {
            Ok(digest) => prop_assert_eq!(digest.to_string(), text),
            Err(error) => prop_assert!(text.is_char_boundary(error.at())),
        }
    }
}

#[test]
fn prints_into_columns_like_any_text() {
    let digest = Digest::parse("a:b").unwrap();
    assert_eq!(format!("{digest:>5}|{:<4}|", digest.encoded()), "  a:b|b   |");
    let digest = Digest::of(b"");
    assert_eq!(format!("{digest:.11}"), "sha256:e3b0");
}
