//! Dates with times (RFC 3339, section 5.6).
//!
//! ```text
//! date-time = year "-" month "-" day "T" hour ":" minute ":" second [ "." 1*digit ] offset
//! offset    = "Z" | ( "+" | "-" ) hour ":" minute
//! ```

const MINUTES_OF_AN_HOUR: i32 = 60;
const MINUTES_OF_A_DAY: i32 = 24 * MINUTES_OF_AN_HOUR;

/// Whether `text` is a moment that exists, as RFC 3339 writes it. `T` and `Z` may be lower case; a blank in place of the
/// `T`, which the RFC leaves to agreement, is refused. Second 60 exists where a leap second can be: in the last minute of
/// a month in UTC.
///
/// ```
/// use wharf_spec::annotation::is_date_time;
///
/// assert!(is_date_time("2024-02-29T23:59:59.999+05:30"));
/// assert!(is_date_time("0001-01-01T00:00:00Z"), "what Go writes for a moment that nobody set");
/// assert!(!is_date_time("2024-02-29 23:59:59Z") && !is_date_time("2024-02-29T23:59:59"));
/// assert!(!is_date_time("2023-02-29T23:59:59Z") && !is_date_time("2024-02-29"));
/// ```
#[must_use]
pub fn is_date_time(text: &str) -> bool {
    parse(text.as_bytes()).is_some()
}

fn parse(text: &[u8]) -> Option<()> {
    let (century, rest) = two(text, 0..=99)?;
    let (year, rest) = two(rest, 0..=99)?;
    let (month, rest) = two(after(rest, b"-")?, 1..=12)?;
    let days = days(century * 100 + year, month);
    let (day, rest) = two(after(rest, b"-")?, 1..=days)?;
    let (minute, rest) = time(after(rest, b"Tt")?)?;
    let (second, rest) = two(after(rest, b":")?, 0..=60)?;
    let offset = offset(fraction(rest)?)?;
    (second < 60 || ends_month(day, days, minute - offset)).then_some(())
}

/// Hour and minute, as minutes.
fn time(text: &[u8]) -> Option<(i32, &[u8])> {
    let (hour, rest) = two(text, 0..=23)?;
    let (minute, rest) = two(after(rest, b":")?, 0..=59)?;
    Some((hour * MINUTES_OF_AN_HOUR + minute, rest))
}

/// What follows the fraction of a second, if there is one.
fn fraction(text: &[u8]) -> Option<&[u8]> {
    let Some(mut rest) = after(text, b".") else { return Some(text) };
    rest = after(rest, b"0123456789")?;
    while let Some(tail) = after(rest, b"0123456789") {
        rest = tail;
    }
    Some(rest)
}

/// How many minutes the text is ahead of UTC; it ends there.
fn offset(text: &[u8]) -> Option<i32> {
    let (minutes, rest) = match text {
        [b'Z' | b'z', rest @ ..] => (0, rest),
        [b'+', rest @ ..] => time(rest)?,
        [b'-', rest @ ..] => time(rest).map(|(minutes, rest)| (-minutes, rest))?,
        _ => return None,
    };
    rest.is_empty().then_some(minutes)
}

/// Whether a minute is the last one of a month, where it counts from the beginning of a day and can lie in the one before
/// or after.
fn ends_month(day: i32, days: i32, minute: i32) -> bool {
    let day = day + minute.div_euclid(MINUTES_OF_A_DAY);
    (day == 0 || day == days) && minute.rem_euclid(MINUTES_OF_A_DAY) == MINUTES_OF_A_DAY - 1
}

/// How many days a month has.
const fn days(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A number of two digits.
fn two(text: &[u8], range: std::ops::RangeInclusive<i32>) -> Option<(i32, &[u8])> {
    let [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] = text else { return None };
    let number = i32::from(tens - b'0') * 10 + i32::from(ones - b'0');
    range.contains(&number).then_some((number, rest))
}

/// What follows one of these bytes.
fn after<'a>(text: &'a [u8], bytes: &[u8]) -> Option<&'a [u8]> {
    let (first, rest) = text.split_first()?;
    bytes.contains(first).then_some(rest)
}
