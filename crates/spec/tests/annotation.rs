//! What the values of annotations may be.

use proptest::prelude::{Strategy, any, prop_oneof, proptest};
use wharf_spec::annotation::{is_date_time, is_ref_name};

#[test]
fn names_in_a_layout_are_words_with_separators() {
    for name in [
        "v1",
        "1",
        "LATEST",
        "a-b",
        "a--b",
        "a.b",
        "a_b",
        "a:b",
        "a@b",
        "a+b",
        "a/b",
        "a-b.c_d:e@f+g--h/i",
        "docker.io/library/alpine:3",
        "localhost:5000/a@sha256:0123",
    ] {
        assert!(is_ref_name(name), "{name}");
    }
    for name in [
        "", "/", "-", "a-", "-a", "a---b", "a..b", "a.-b", "a-.b", "a--.b", "a__b", "a::b", "a//b", "/a", "a/", "a-/b",
        "a/-b", "a--/b", "a b", "a\n", "a\\b", "a=b", "a~b", "\u{e4}", "a/\u{e4}", "..", "../a", "a/../b", "a\0",
    ] {
        assert!(!is_ref_name(name), "{name:?}");
    }
}

#[test]
fn moments_are_written_as_rfc_3339_has_it() {
    for text in [
        "1985-04-12T23:20:50.52Z",
        "1996-12-19T16:39:57-08:00",
        "1937-01-01T12:00:27.87+00:20",
        "1970-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2024-05-01t10:00:00z",
        "2024-05-01T10:00:00.123456789012345678901234567890Z",
        "2024-05-01T10:00:00-00:00",
        "2024-05-01T10:00:00+23:59",
        "0001-01-01T00:00:00Z",
    ] {
        assert!(is_date_time(text), "{text}");
    }
    for text in [
        "",
        "2024",
        "2024-05-01",
        "10:00:00Z",
        "2024-05-01T10:00:00",
        "2024-05-01T10:00Z",
        "2024-05-01 10:00:00Z",
        "2024-05-01_10:00:00Z",
        "2024-05-01T10:00:00 Z",
        "2024-05-01T10:00:00Z ",
        " 2024-05-01T10:00:00Z",
        "2024-05-01T10:00:00Z\n",
        "2024-05-01T10:00:00ZZ",
        "2024-05-01T10:00:00.Z",
        "2024-05-01T10:00:00,5Z",
        "2024-05-01T10:00:00.5",
        "2024-05-01T10:00:00.5.5Z",
        "2024-05-01T10:00:00+0200",
        "2024-05-01T10:00:00+02",
        "2024-05-01T10:00:00+02:00Z",
        "2024-05-01T10:00:00+24:00",
        "2024-05-01T10:00:00+02:60",
        "2024-05-01T10:00:00UTC",
        "2024-05-01T24:00:00Z",
        "2024-05-01T23:60:00Z",
        "2024-05-01T10:00:61Z",
        "2024-05-01T1:00:00Z",
        "2024-5-01T10:00:00Z",
        "2024-05-1T10:00:00Z",
        "24-05-01T10:00:00Z",
        "12024-05-01T10:00:00Z",
        "+2024-05-01T10:00:00Z",
        "-024-05-01T10:00:00Z",
        "2024/05/01T10:00:00Z",
        "20240501T100000Z",
        "2024-00-01T10:00:00Z",
        "2024-13-01T10:00:00Z",
        "2024-05-00T10:00:00Z",
        "\u{662}024-05-01T10:00:00Z",
        "Wed, 01 May 2024 10:00:00 GMT",
        "1714557600",
    ] {
        assert!(!is_date_time(text), "{text:?}");
    }
}

#[test]
fn months_end_when_they_do() {
    let last = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    for (month, last) in (1..).zip(last) {
        assert!(is_date_time(&format!("2023-{month:02}-{last:02}T00:00:00Z")), "{month}");
        assert!(!is_date_time(&format!("2023-{month:02}-{:02}T00:00:00Z", last + 1)), "{month}");
    }
    for (year, leap) in
        [("2024", true), ("2023", false), ("2000", true), ("1900", false), ("0000", true), ("2100", false)]
    {
        assert_eq!(is_date_time(&format!("{year}-02-29T00:00:00Z")), leap, "{year}");
        assert!(!is_date_time(&format!("{year}-02-30T00:00:00Z")), "{year}");
    }
}

#[test]
fn leap_seconds_are_where_they_can_be() {
    for text in [
        "1990-12-31T23:59:60Z",
        "1990-12-31T15:59:60-08:00",
        "1991-01-01T00:59:60+01:00",
        "1990-06-30T23:59:60.5Z",
        "2012-07-01T05:29:60+05:30",
        "2016-02-29T23:59:60Z",
    ] {
        assert!(is_date_time(text), "{text}");
    }
    for text in [
        "1990-12-31T23:58:60Z",
        "1990-12-31T22:59:60Z",
        "1990-12-30T23:59:60Z",
        "1990-12-31T23:59:60-08:00",
        "1990-12-31T23:59:60+08:00",
        "1991-01-01T23:59:60Z",
        "1991-01-02T00:59:60+01:00",
        "2016-02-28T23:59:60Z",
        "1990-12-31T23:59:61Z",
    ] {
        assert!(!is_date_time(text), "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_answered(text in prop_oneof![any::<String>().boxed(), "[0-9TtZz:.+-]{0,30}".boxed()]) {
        if is_date_time(&text) {
            assert!(text.is_ascii() && text.len() >= "0000-00-00T00:00:00Z".len());
        }
        assert_eq!(is_ref_name(&text), is_ref(&text), "{text:?}");
    }

    #[test]
    fn names_are_told_as_the_grammar_reads(text in "[a/.:@+_-]{0,8}|[a-]{0,6}") {
        assert_eq!(is_ref_name(&text), is_ref(&text), "{text:?}");
    }

    #[test]
    fn every_moment_is_one(year in 0..10_000, month in 1..13, day in 1..29, second in 0..86_400, offset in 0..1_440) {
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        let local = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
        for sign in ['+', '-'] {
            let text = format!("{local}{sign}{:02}:{:02}", offset / 60, offset % 60);
            assert!(is_date_time(&text), "{text}");
        }
    }
}

/// The grammar again, by cutting at the separators.
fn is_ref(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_component = |part: &str| {
        // "--" is one separator, but "---" is none: what is left of it does not fit between words.
        let part = part.replace("--", "\u{1}");
        part.split(['\u{1}', '-', '.', '_', ':', '@', '+']).all(is_word)
    };
    !text.contains('\u{1}') && text.split('/').all(is_component)
}
