use std::fmt;
use std::time::Duration;

use http::{HeaderMap, HeaderName};

use crate::field;
use crate::header::number;

/// How many requests a registry allows in a window of time, and how many are left, as far as it says so.
///
/// The form is Docker Hub's, `ratelimit-limit: 100;w=21600`, which others have taken over, some with `x-` before it. The
/// numbers are the registry's word, and bind nobody.
///
/// ```
/// use std::time::Duration;
/// use http::HeaderMap;
/// use wharf_distribution::RateLimit;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("ratelimit-limit", "100;w=21600".parse().unwrap());
/// headers.insert("ratelimit-remaining", "76;w=21600".parse().unwrap());
/// let limit = RateLimit::read(&headers).unwrap();
/// assert_eq!((limit.limit, limit.remaining), (Some(100), Some(76)));
/// assert_eq!(limit.window, Some(Duration::from_secs(21_600)));
/// assert_eq!(limit.to_string(), "76 of 100 left in 21600 s");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// How many requests are allowed in a window.
    pub limit: Option<u64>,
    /// How many of them are left.
    pub remaining: Option<u64>,
    /// How long the window is.
    pub window: Option<Duration>,
}

const LIMIT: [HeaderName; 2] =
    [HeaderName::from_static("ratelimit-limit"), HeaderName::from_static("x-ratelimit-limit")];
const REMAINING: [HeaderName; 2] =
    [HeaderName::from_static("ratelimit-remaining"), HeaderName::from_static("x-ratelimit-remaining")];

impl RateLimit {
    /// What the headers of an answer say; nothing when they have neither of the two numbers.
    ///
    /// ```
    /// # use http::HeaderMap;
    /// # use wharf_distribution::RateLimit;
    /// assert_eq!(RateLimit::read(&HeaderMap::new()), None);
    /// ```
    #[must_use]
    pub fn read(headers: &HeaderMap) -> Option<Self> {
        let (limit, remaining) = (value(headers, &LIMIT), value(headers, &REMAINING));
        let window = [&limit, &remaining].into_iter().flatten().find_map(|(_, window)| *window);
        let number = |value: Option<(u64, _)>| value.map(|(number, _)| number);
        let (limit, remaining) = (number(limit), number(remaining));
        (limit.is_some() || remaining.is_some()).then_some(Self { limit, remaining, window })
    }

    /// Adds the headers to an answer. The window is told with a number, in whole seconds.
    ///
    /// ```
    /// use http::HeaderMap;
    /// use wharf_distribution::RateLimit;
    ///
    /// let mut headers = HeaderMap::new();
    /// headers.insert("x-ratelimit-remaining", "0;w=60".parse().unwrap());
    /// let limit = RateLimit::read(&headers).unwrap();
    /// let mut written = HeaderMap::new();
    /// limit.write(&mut written);
    /// assert_eq!(written["ratelimit-remaining"], "0;w=60");
    /// assert_eq!(RateLimit::read(&written), Some(limit));
    /// ```
    pub fn write(&self, headers: &mut HeaderMap) {
        let window = self.window.map_or_else(String::new, |window| format!(";w={}", window.as_secs()));
        for ([name, _], number) in [(LIMIT, self.limit), (REMAINING, self.remaining)] {
            field::write(headers, name, number.map(|number| format!("{number}{window}")).as_ref());
        }
    }
}

/// A number and its window. Where several are listed, the first is the one that counts.
fn value(headers: &HeaderMap, names: &[HeaderName]) -> Option<(u64, Option<Duration>)> {
    let text = names.iter().find_map(|name| headers.get(name))?.to_str().ok()?;
    let mut parts = text.split(',').next()?.split(';').map(str::trim_ascii);
    let count = number(parts.next()?)?;
    let window = parts.find_map(|part| number(part.strip_prefix("w=")?));
    Some((count, window.map(Duration::from_secs)))
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.remaining, self.limit) {
            (Some(remaining), Some(limit)) => write!(f, "{remaining} of {limit} left")?,
            (Some(remaining), None) => write!(f, "{remaining} left")?,
            (None, Some(limit)) => write!(f, "{limit} allowed")?,
            (None, None) => f.write_str("unknown")?,
        }
        self.window.map_or(Ok(()), |window| write!(f, " in {} s", window.as_secs()))
    }
}
