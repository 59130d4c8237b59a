use std::fmt;

use serde::{Deserialize, Serialize};
use wharf_spec::ErrorCode;

/// The body of an error (distribution-spec, "Error Codes").
///
/// Reading is lenient: what is not such a body, or has codes that are none, gives fewer entries and never an error.
/// Texts come from the peer; they are cut at 4,096 characters, and control characters are replaced, so that they can be printed.
///
/// ```
/// use wharf_distribution::ErrorBody;
/// use wharf_spec::ErrorCode;
///
/// let body = ErrorBody::decode(br#"{"errors":[{"code":"NAME_UNKNOWN","message":"no such\nthing","detail":{}}]}"#);
/// assert_eq!(body.errors[0].code, ErrorCode::NAME_UNKNOWN);
/// assert_eq!(body.to_string(), "NAME_UNKNOWN: no such\u{fffd}thing");
/// assert!(ErrorBody::decode(b"<html>").errors.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorBody {
    /// What went wrong, the first being the most important; at most 32.
    pub errors: Vec<ErrorEntry>,
}

/// One error of an [`ErrorBody`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorEntry {
    /// What kind of error.
    pub code: ErrorCode,
    /// A text for people, possibly empty.
    pub message: String,
}

const MAX_ENTRIES: usize = 32;
const MAX_MESSAGE: usize = 4096;

impl ErrorBody {
    /// A body with one error.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { errors: vec![ErrorEntry { code, message: message.into() }] }
    }

    /// Writes the body.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let errors = self
            .errors
            .iter()
            .map(|entry| WireEntry { code: entry.code.as_str().into(), message: Some(entry.message.clone()) });
        // Texts alone cannot fail to be JSON.
        serde_json::to_vec(&WireBody { errors: errors.collect() }).unwrap_or_default()
    }

    /// Reads a body of whatever kind.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Self {
        let body: WireBody = serde_json::from_slice(bytes).unwrap_or_default();
        let entries = body.errors.into_iter().take(MAX_ENTRIES).filter_map(|entry| {
            let code = ErrorCode::parse(&entry.code).ok()?;
            Some(ErrorEntry { code, message: printable(&entry.message.unwrap_or_default()) })
        });
        Self { errors: entries.collect() }
    }
}

impl fmt::Display for ErrorBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, entry) in self.errors.iter().enumerate() {
            let separator = if at == 0 { "" } else { "; " };
            match entry.message.as_str() {
                "" => write!(f, "{separator}{}", entry.code)?,
                message => write!(f, "{separator}{}: {message}", entry.code)?,
            }
        }
        Ok(())
    }
}

#[derive(Default, Serialize, Deserialize)]
struct WireBody {
    errors: Vec<WireEntry>,
}

#[derive(Serialize, Deserialize)]
struct WireEntry {
    code: String,
    #[serde(default)]
    message: Option<String>,
}

fn printable(text: &str) -> String {
    text.chars().take(MAX_MESSAGE).map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}
