//! Points in time as JSON bodies write them (RFC 3339), as the time since 1970 began.

use std::time::Duration;

use crate::calendar::{civil, days};
use crate::header::number;

/// Reads a time of any zone; nothing when it is before 1970 or after the year 9999, or none at all. Parts of a second
/// finer than a nanosecond are dropped.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let (date, rest) = text.split_at_checked(10)?;
    let (time, rest) = rest.strip_prefix(['T', 't', ' '])?.split_at_checked(8)?;
    let (nanoseconds, zone) = fraction(rest)?;
    let (days, seconds) = (date_of(date)?, time_of(time)?);
    let seconds = (days * 86_400 + seconds).checked_add_signed(-offset(zone)?)?;
    civil(seconds / 86_400).map(|_| Duration::new(seconds, nanoseconds))
}

/// Writes a time at Greenwich; nothing after the year 9999.
pub(crate) fn print(time: Duration) -> Option<String> {
    let (days, seconds) = (time.as_secs() / 86_400, time.as_secs() % 86_400);
    let (year, month, day) = civil(days)?;
    let fraction = match time.subsec_nanos() {
        0 => String::new(),
        nanoseconds => format!(".{nanoseconds:09}"),
    };
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z"))
}

fn date_of(text: &str) -> Option<u64> {
    let mut parts = text.split('-');
    let (year, month, day) = (numeral(parts.next()?, 4)?, numeral(parts.next()?, 2)?, numeral(parts.next()?, 2)?);
    ((1..=12).contains(&month) && parts.next().is_none()).then(|| days(year, month, day)).flatten()
}

/// A leap second is the last one once more.
fn time_of(text: &str) -> Option<u64> {
    let mut parts = text.split(':');
    let (hour, minute, second) = (numeral(parts.next()?, 2)?, numeral(parts.next()?, 2)?, numeral(parts.next()?, 2)?);
    let fits = hour < 24 && minute < 60 && second <= 60 && parts.next().is_none();
    fits.then_some(hour * 3600 + minute * 60 + second.min(59))
}

/// What follows the seconds, in nanoseconds, and the rest.
fn fraction(text: &str) -> Option<(u32, &str)> {
    let Some(digits) = text.strip_prefix('.') else { return Some((0, text)) };
    let end = digits.find(|letter: char| !letter.is_ascii_digit())?;
    let (digits, zone) = digits.split_at_checked(end).filter(|_| end > 0)?;
    let nine = format!("{digits:0<9}");
    Some((nine.get(..9)?.parse().ok()?, zone))
}

/// Seconds to the east of Greenwich.
fn offset(zone: &str) -> Option<i64> {
    let (sign, time) = match zone.split_at_checked(1)? {
        ("Z" | "z", "") => return Some(0),
        ("+", time) => (1, time),
        ("-", time) => (-1, time),
        _ => return None,
    };
    let (hours, minutes) = time.split_once(':')?;
    let (hours, minutes) = (numeral(hours, 2)?, numeral(minutes, 2)?);
    let seconds = (hours < 24 && minutes < 60).then_some(hours * 3600 + minutes * 60)?;
    i64::try_from(seconds).ok().map(|seconds| sign * seconds)
}

fn numeral(text: &str, length: usize) -> Option<u64> {
    number(text).filter(|_| text.len() == length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        let table = [
            ("2018-07-27T15:59:03.973148921Z", Some((1_532_707_143, 973_148_921))),
            ("2018-07-27T15:59:03Z", Some((1_532_707_143, 0))),
            ("2018-07-27t17:59:03.5+02:00", Some((1_532_707_143, 500_000_000))),
            ("2018-07-27 10:29:03-05:30", Some((1_532_707_143, 0))),
            ("1970-01-01T00:00:00.0000000009Z", Some((0, 0))),
            ("2016-12-31T23:59:60Z", Some((1_483_228_799, 0))),
            ("9999-12-31T23:59:59Z", Some((253_402_300_799, 0))),
            ("9999-12-31T23:59:59-00:01", None),
            ("1969-12-31T23:59:59Z", None),
            ("1970-01-01T00:00:00+00:01", None),
            ("0001-01-01T00:00:00Z", None),
            ("2018-13-27T15:59:03Z", None),
            ("2018-00-27T15:59:03Z", None),
            ("2018-07-32T15:59:03Z", None),
            ("2018-07-27T24:00:00Z", None),
            ("2018-07-27T15:59:03", None),
            ("2018-07-27T15:59:03.Z", None),
            ("2018-07-27T15:59:03.5", None),
            ("2018-07-27T15:59:03+2:00", None),
            ("2018-07-27T15:59:03é", None),
            ("20180-7-27T15:59:03Z", None),
            ("yesterday", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text), expected.map(|(seconds, parts)| Duration::new(seconds, parts)), "{text}");
        }
    }

    #[test]
    fn what_is_written_reads_the_same() {
        // A step that is no multiple of a day, so that every part changes, up to the last year.
        for seconds in (0..253_402_300_800).step_by(86_400 * 11 + 3_671) {
            let time = Duration::new(seconds, u32::try_from(seconds % 7).unwrap() * 1_000);
            assert_eq!(print(time).and_then(|text| parse(&text)), Some(time));
        }
        assert_eq!(print(Duration::from_secs(253_402_300_800)), None);
        assert_eq!(print(Duration::MAX), None);
        assert_eq!(print(Duration::from_secs(951_782_400)).unwrap(), "2000-02-29T00:00:00Z");
    }
}
