use std::fmt;
use std::time::Duration;

use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue};

use crate::calendar::{civil, days};
use crate::header::number;

/// When a request may be made again: the value of a `Retry-After` header (RFC 9110, section 10.2.3).
///
/// ```
/// use std::time::Duration;
/// use wharf_distribution::RetryAfter;
///
/// assert_eq!(RetryAfter::parse("120"), Some(RetryAfter::Seconds(120)));
/// let date = RetryAfter::parse("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
/// assert_eq!(date.wait(784_111_770), Duration::from_secs(7));
/// assert_eq!(date.to_string(), "Sun, 06 Nov 1994 08:49:37 GMT");
/// assert_eq!(RetryAfter::parse("347.256µs"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the header has these two forms and no other")]
pub enum RetryAfter {
    /// After so many seconds.
    Seconds(u64),
    /// At a time of day, in seconds since 1970 began.
    Date(u64),
}

impl RetryAfter {
    /// Reads the header; nothing comes of what is neither. More seconds than can be counted are as many as can.
    ///
    /// ```
    /// # use wharf_distribution::RetryAfter;
    /// assert_eq!(RetryAfter::parse("7"), Some(RetryAfter::Seconds(7)));
    /// assert_eq!(RetryAfter::parse("soon"), None);
    /// ```
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let value = value.trim_ascii();
        let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        match digits {
            true => Some(Self::Seconds(number(value).unwrap_or(u64::MAX))),
            false => parse_date(value).map(Self::Date),
        }
    }

    /// How long the peer wants to be left alone, by the headers of its answer. A date is compared with the peer's own
    /// idea of the time if it tells it, else with `ours`, in seconds since 1970 began.
    ///
    /// ```
    /// use std::time::Duration;
    /// use http::header::{HeaderMap, HeaderValue, RETRY_AFTER};
    /// use wharf_distribution::RetryAfter;
    ///
    /// let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("7"))]);
    /// assert_eq!(RetryAfter::read(&headers, || None), Some(Duration::from_secs(7)));
    /// ```
    #[must_use]
    pub fn read(headers: &HeaderMap, ours: impl FnOnce() -> Option<u64>) -> Option<Duration> {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let after = Self::parse(text(&RETRY_AFTER)?)?;
        match after {
            Self::Seconds(_) => Some(after.wait(0)),
            Self::Date(_) => Some(after.wait(text(&DATE).and_then(parse_date).or_else(ours)?)),
        }
    }

    /// How long that is from `now`, which is in seconds since 1970 began. What is past is no time at all.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use wharf_distribution::RetryAfter;
    /// assert_eq!(RetryAfter::Date(100).wait(93), Duration::from_secs(7));
    /// assert_eq!(RetryAfter::Date(100).wait(101), Duration::ZERO);
    /// ```
    #[must_use]
    pub const fn wait(self, now: u64) -> Duration {
        match self {
            Self::Seconds(seconds) => Duration::from_secs(seconds),
            Self::Date(date) => Duration::from_secs(date.saturating_sub(now)),
        }
    }
}

/// As the header has it; a date after the last one that has a year of four digits is that.
impl fmt::Display for RetryAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seconds(seconds) => seconds.fmt(f),
            Self::Date(date) => f.write_str(&print_date(*date)),
        }
    }
}

/// Writes a date, given in seconds since 1970 began, in the form that HTTP prefers (RFC 9110, section 5.6.7). What
/// comes after the year 9999 is its last second.
///
/// ```
/// use wharf_distribution::print_date;
///
/// assert_eq!(print_date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
/// assert_eq!(print_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
/// ```
#[must_use]
pub fn print_date(date: u64) -> String {
    let date = date.min(LAST);
    let (days, seconds) = (date / 86_400, date % 86_400);
    let Some((year, month, day)) = civil(days) else { return String::new() };
    let name = |names: &[&'static str], at: u64| usize::try_from(at).ok().and_then(|at| names.get(at).copied());
    // The first day of 1970 was a Thursday.
    let weekday = name(&WEEKDAYS, (days + 4) % 7).unwrap_or_default();
    let month = name(&MONTHS, month - 1).unwrap_or_default();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{weekday}, {day:02} {month} {year:04} {hours:02}:{minutes:02}:{seconds:02} GMT")
}

/// The last second of the year 9999.
const LAST: u64 = 253_402_300_799;

const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/// Reads a date in one of the three forms that HTTP knows (RFC 9110, section 5.6.7), as seconds since 1970 began. The
/// day of the week is not looked at.
///
/// ```
/// use wharf_distribution::parse_date;
///
/// assert_eq!(parse_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
/// assert_eq!(parse_date("Sunday, 06-Nov-94 08:49:37 GMT"), Some(784_111_777));
/// assert_eq!(parse_date("Sun Nov  6 08:49:37 1994"), Some(784_111_777));
/// ```
#[must_use]
pub fn parse_date(text: &str) -> Option<u64> {
    let words: Vec<_> = text.split([' ', ',', '-']).filter(|word| !word.is_empty()).take(7).collect();
    let (day, month, year, time) = match *words.as_slice() {
        [_, day, month, year, time, "GMT"] => (day, month, full_year(year)?, time),
        [_, month, day, time, year] if year.len() == 4 => (day, month, number(year)?, time),
        _ => return None,
    };
    let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
    let days = days(year, month, number(day)?)?;
    Some(days * 86_400 + seconds(time)?)
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A year of two digits is the one in the past century or in this one that lies nearer.
fn full_year(text: &str) -> Option<u64> {
    let year = number(text)?;
    match text.len() {
        4 => Some(year),
        2 => Some(if year < 70 { 2000 + year } else { 1900 + year }),
        _ => None,
    }
}

/// Seconds of the day; a leap second is the last one once more.
fn seconds(time: &str) -> Option<u64> {
    let mut parts = time.split(':').map(|part| number(part).filter(|_| part.len() == 2));
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let fits = hours < 24 && minutes < 60 && seconds <= 60 && parts.next().is_none();
    fits.then_some(hours * 3600 + minutes * 60 + seconds.min(59))
}
