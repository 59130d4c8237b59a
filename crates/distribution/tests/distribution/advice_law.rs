//! What holds for dates, waits, limits and warnings of all kinds.

use std::time::Duration;

use http::HeaderMap;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, prop_assume, proptest};
use wharf_distribution::{RateLimit, RetryAfter, parse_date, print_date, warning, warnings};

/// The last second of the year 9999.
const LAST: u64 = 253_402_300_799;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    #[test]
    fn dates_are_read_as_they_were_written(date in 0..=LAST) {
        prop_assert_eq!(parse_date(&print_date(date)), Some(date));
        prop_assert_eq!(print_date(date).len(), 29);
    }

    #[test]
    fn waits_are_read_as_they_were_written(seconds in any::<u64>(), date in 0..=LAST) {
        for wait in [RetryAfter::Seconds(seconds), RetryAfter::Date(date)] {
            prop_assert_eq!(RetryAfter::parse(&wait.to_string()), Some(wait));
        }
        let late = RetryAfter::Date(LAST.saturating_add(seconds)).to_string();
        prop_assert_eq!(RetryAfter::parse(&late), Some(RetryAfter::Date(LAST)));
    }

    /// What is not refused is read the same when it is written anew.
    #[test]
    fn waits_that_can_be_read_at_all_are_written(text in "[0-9]{0,21}|(Sun, |)[0-3][0-9][ -](Feb|Nov)[ -][0-9]{2,4} [0-2][0-9]:59:60 GMT") {
        if let Some(wait) = RetryAfter::parse(&text) {
            prop_assert_eq!(RetryAfter::parse(&wait.to_string()), Some(wait));
        }
    }

    #[test]
    fn limits_are_read_as_they_were_written(
        limit in option::of(any::<u64>()),
        remaining in option::of(any::<u64>()),
        window in option::of(any::<u64>()),
    ) {
        prop_assume!(limit.is_some() || remaining.is_some());
        let mut headers = HeaderMap::new();
        headers.insert("ratelimit-limit", "0".parse().unwrap());
        let mut said = RateLimit::read(&headers).unwrap();
        (said.limit, said.remaining, said.window) = (limit, remaining, window.map(Duration::from_secs));
        headers.clear();
        said.write(&mut headers);
        prop_assert_eq!(RateLimit::read(&headers), Some(said));
    }

    #[test]
    fn warnings_are_read_as_they_were_written(texts in vec("[ -~é✓]{0,20}|\\PC{0,20}|[\"\\\\,; ]{0,9}", 0..9)) {
        let header = texts.iter().map(|text| warning(text)).collect::<Vec<_>>().join(", ");
        let read = warnings(&header);
        prop_assert_eq!(read.len(), texts.len());
        for (read, text) in read.iter().zip(&texts) {
            prop_assert_eq!(warning(read), warning(text));
            let changed = read.contains(char::REPLACEMENT_CHARACTER);
            prop_assert!(read == text || changed);
        }
    }

    /// What is read can be shown, and is no more than was sent.
    #[test]
    fn warnings_are_bounded_by_what_was_sent(header in "(299 - |, ?|\"|\\\\|x|\u{202e}|\t|110 - ){0,60}") {
        let read = warnings(&header);
        prop_assert!(read.iter().map(|text| text.chars().count()).sum::<usize>() <= header.len());
        prop_assert!(!read.concat().contains(char::is_control));
    }
}
