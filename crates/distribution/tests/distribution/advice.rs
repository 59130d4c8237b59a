//! When to come back, how often, and what a user is to be told.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use wharf_distribution::{ErrorBody, RateLimit, RetryAfter, parse_date, print_date, warning, warnings};

#[test]
fn times_to_come_back_are_read_as_they_are_meant() {
    let table = [
        ("0", Some(RetryAfter::Seconds(0))),
        ("120", Some(RetryAfter::Seconds(120))),
        ("\t7 ", Some(RetryAfter::Seconds(7))),
        ("18446744073709551616", Some(RetryAfter::Seconds(u64::MAX))),
        ("Thu, 01 Jan 1970 00:00:01 GMT", Some(RetryAfter::Date(1))),
        ("-1", None),
        ("+1", None),
        ("1.5", None),
        ("1s", None),
        ("347.256\u{b5}s", None),
        ("", None),
        ("never", None),
    ];
    for (text, expected) in table {
        assert_eq!(RetryAfter::parse(text), expected, "{text}");
    }
    assert_eq!(RetryAfter::Date(10).wait(11), Duration::ZERO);
}

#[test]
fn dates_are_read_in_three_forms_and_no_other() {
    let table = [
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
        ("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777)),
        ("Sun Nov  6 08:49:37 1994", Some(784_111_777)),
        ("Tue, 29 Feb 2000 23:59:60 GMT", Some(951_868_799)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", Some(253_402_300_799)),
        ("Thursday, 01-Jan-70 00:00:00 GMT", Some(0)),
        ("Tuesday, 31-Dec-69 00:00:00 GMT", Some(3_155_673_600)),
        ("Wed, 31 Dec 1969 23:59:59 GMT", None),
        ("Sun, 06 Nov 10000 08:49:37 GMT", None),
        ("Sun, 06 Nov 1994 24:00:00 GMT", None),
        ("Sun, 06 Nov 1994 08:60:00 GMT", None),
        ("Sun, 06 Nov 1994 8:49:37 GMT", None),
        ("Sun, 06 Nov 1994 08:49:37:00 GMT", None),
        ("Sun, 00 Nov 1994 08:49:37 GMT", None),
        ("Sun, 32 Nov 1994 08:49:37 GMT", None),
        ("Sun, 06 nov 1994 08:49:37 GMT", None),
        ("Sun, 06 Nov 1994 08:49:37 CET", None),
        ("Sun, 06 Nov 1994 08:49:37", None),
        ("1994-11-06T08:49:37Z", None),
        ("Sun, 99999999999999999999 Nov 1994 08:49:37 GMT", None),
    ];
    for (text, expected) in table {
        assert_eq!(parse_date(text), expected, "{text}");
    }
}

/// Day by day from the beginning, against a calendar that counts. The first day was a Thursday.
#[test]
fn days_follow_each_other() {
    const WEEK: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut days = 0;
    for year in 1970..2410 {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        for (name, length) in NAMES.iter().zip([31, 28 + u64::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
            for day in 1..=length {
                let text = format!("{}, {day:02} {name} {year} 00:00:00 GMT", WEEK[days as usize % 7]);
                assert_eq!(parse_date(&text), Some(days * 86_400), "{text}");
                assert_eq!(print_date(days * 86_400), text);
                days += 1;
            }
        }
    }
}

#[test]
fn dates_end_with_the_last_one_of_four_digits() {
    for date in [253_402_300_799, 253_402_300_800, u64::MAX] {
        assert_eq!(print_date(date), "Fri, 31 Dec 9999 23:59:59 GMT");
    }
}

type Headers = &'static [(&'static str, &'static str)];

#[test]
fn rate_limits_are_read_in_the_forms_that_registries_use() {
    let table: [(Headers, Option<&str>); 9] = [
        (
            &[("ratelimit-limit", "100;w=21600"), ("ratelimit-remaining", "76;w=21600")],
            Some("76 of 100 left in 21600 s"),
        ),
        (&[("x-ratelimit-limit", "100;w=3600")], Some("100 allowed in 3600 s")),
        (&[("ratelimit-remaining", "0")], Some("0 left")),
        (&[("ratelimit-limit", "10, 10;w=1, 50;w=60")], Some("10 allowed")),
        (&[("ratelimit-limit", " 10 ; foo=1 ; w=60 ")], Some("10 allowed in 60 s")),
        (&[("ratelimit-limit", "10"), ("x-ratelimit-limit", "20")], Some("10 allowed")),
        (&[("ratelimit-limit", "many")], None),
        (&[("ratelimit-limit", "-1"), ("ratelimit-remaining", "99999999999999999999")], None),
        (&[("ratelimit-reset", "60")], None),
    ];
    for (headers, expected) in table {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_static(value));
        }
        assert_eq!(RateLimit::read(&map).map(|limit| limit.to_string()).as_deref(), expected, "{headers:?}");
    }
}

#[test]
fn warnings_are_those_for_the_user() {
    let table: [(&str, &[&str]); 12] = [
        (r#"299 - "soon""#, &["soon"]),
        (r#"299 - "a \"b\" \\ c""#, &[r#"a "b" \ c"#]),
        (r#"299 - "a", 299 - "b""#, &["a", "b"]),
        (r#"299 - "a" "Sun, 06 Nov 1994 08:49:37 GMT", 299 - "b""#, &["a", "b"]),
        (r#"299 - """#, &[""]),
        (r#"299 proxy "a""#, &[]),
        (r#"110 - "a", 299 - "b""#, &["b"]),
        (r#"299 - "open"#, &[]),
        (r#"299 - "open\"#, &[]),
        ("299 - a", &[]),
        ("", &[]),
        ("299 - \"a\u{202e}b\tc\"", &["a\u{fffd}b\u{fffd}c"]),
    ];
    for (value, expected) in table {
        assert_eq!(warnings(value), expected, "{value}");
    }
    assert_eq!(warning("a\u{202e}b\tc\r\n"), "299 - \"a\u{fffd}b\u{fffd}c\u{fffd}\u{fffd}\"");
    assert_eq!(warning(&"x".repeat(5_000)).len(), 4_096 + 8);
    assert_eq!(warnings(&[r#"299 - "x""#; 100].join(",")).len(), 16);
    assert_eq!(warnings(&format!("299 - \"{}\"", "x".repeat(5_000)))[0].len(), 4_096);
}

/// What turns, joins, splits or hides text, from each block that has such characters; and their neighbours, which do not.
#[test]
fn characters_that_are_not_seen_are_replaced_in_messages() {
    let hidden = "\u{0}\u{1b}\u{7f}\u{9b}\u{ad}\u{600}\u{605}\u{61c}\u{6dd}\u{70f}\u{890}\u{8e2}\u{180e}\u{200b}\u{200f}\
        \u{2028}\u{202a}\u{202e}\u{2060}\u{2066}\u{2069}\u{206f}\u{feff}\u{fff9}\u{fffb}\u{110bd}\u{110cd}\u{13430}\
        \u{1343f}\u{1bca0}\u{1d173}\u{e0001}\u{e0020}\u{e007f}";
    for letter in hidden.chars() {
        assert_eq!(shown(letter), "\u{fffd}", "{letter:?}");
    }
    for letter in
        "a \u{a0}\u{ac}\u{ae}\u{606}\u{6de}\u{200a}\u{2010}\u{2027}\u{202f}\u{205f}\u{2070}\u{fffc}\u{1f600}\u{5d0}"
            .chars()
    {
        assert_eq!(shown(letter), letter.to_string(), "{letter:?}");
    }
}

fn shown(letter: char) -> String {
    let sent = ErrorBody::new(wharf_spec::ErrorCode::DENIED, letter);
    ErrorBody::decode(&sent.encode()).errors[0].message.clone()
}
