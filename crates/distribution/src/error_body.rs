use std::fmt;

use serde::Serialize;
use serde_json::Value;
use wharf_spec::ErrorCode;

use crate::text::printable;

/// The body of an error (distribution-spec, "Error Codes").
///
/// Reading is lenient: what is not such a body gives fewer entries and never an error. One entry may stand by itself, and
/// a list without the object around it; an entry may be a text alone, and a text under `detail` or `details` is a message
/// where there is none. An entry whose code is missing or is none is [`UNKNOWN`](ErrorCode::UNKNOWN) when it has a
/// message. What an object store says in XML is one entry: its code and its message, in words. Pages of HTML and other
/// texts say nothing; neither does a `detail` that is no text, which has no form of its own.
///
/// Texts come from the peer; they are cut at 4,096 characters, and control and format characters are replaced, among
/// them those that turn the direction of a line, so that they can be printed. Who reads a body decides how much of it.
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
    ///
    /// ```
    /// # use wharf_distribution::ErrorBody;
    /// # use wharf_spec::ErrorCode;
    /// assert_eq!(ErrorBody::new(ErrorCode::DENIED, "not you").errors[0].message, "not you");
    /// ```
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { errors: vec![ErrorEntry { code, message: message.into() }] }
    }

    /// The same with one more error.
    ///
    /// ```
    /// # use wharf_distribution::ErrorBody;
    /// # use wharf_spec::ErrorCode;
    /// let one = ErrorBody::new(ErrorCode::MANIFEST_BLOB_UNKNOWN, "no config");
    /// assert_eq!(one.and(ErrorCode::MANIFEST_BLOB_UNKNOWN, "no layer").errors.len(), 2);
    /// ```
    #[must_use]
    pub fn and(mut self, code: ErrorCode, message: impl Into<String>) -> Self {
        self.errors.push(ErrorEntry { code, message: message.into() });
        self
    }

    /// Writes the body.
    ///
    /// ```
    /// # use wharf_distribution::ErrorBody;
    /// # use wharf_spec::ErrorCode;
    /// let body = ErrorBody::new(ErrorCode::DENIED, "not you");
    /// assert_eq!(body.encode(), br#"{"errors":[{"code":"DENIED","message":"not you"}]}"#);
    /// ```
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let entry = |entry: &ErrorEntry| WireEntry { code: entry.code.to_string(), message: entry.message.clone() };
        let errors = self.errors.iter().map(entry).collect();
        // Texts alone cannot fail to be JSON.
        serde_json::to_vec(&WireBody { errors }).unwrap_or_default()
    }

    /// Reads a body of whatever kind.
    ///
    /// ```
    /// # use wharf_distribution::ErrorBody;
    /// # use wharf_spec::ErrorCode;
    /// let body = ErrorBody::decode(br#"{"errors":[{"code":"DENIED"}]}"#);
    /// assert_eq!(body.errors[0].code, ErrorCode::DENIED);
    /// assert!(ErrorBody::decode(b"<html>").errors.is_empty());
    /// ```
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Self {
        Self::decode_without(bytes, |_| false)
    }

    /// The same without the texts that are `secret`: a message of which that is said is empty, and a code is
    /// [`UNKNOWN`](ErrorCode::UNKNOWN). Each is judged as it was sent, before anything is cut or replaced.
    ///
    /// ```
    /// use wharf_distribution::ErrorBody;
    ///
    /// let body = br#"{"errors":[{"code":"DENIED","message":"hunter2 is not the password"}]}"#;
    /// assert_eq!(ErrorBody::decode_without(body, |text| text.contains("hunter2")).to_string(), "DENIED");
    /// ```
    #[must_use]
    pub fn decode_without(bytes: &[u8], secret: impl Fn(&str) -> bool) -> Self {
        let Ok(body) = serde_json::from_slice::<Value>(bytes) else {
            return Self { errors: ErrorEntry::of_store(bytes, &secret).into_iter().collect() };
        };
        let entries = match (body.get("errors"), &body) {
            (Some(Value::Array(list)), _) | (None, Value::Array(list)) => list.as_slice(),
            (None, Value::Object(_)) => std::slice::from_ref(&body),
            _ => &[],
        };
        Self { errors: entries.iter().take(MAX_ENTRIES).filter_map(|entry| ErrorEntry::read(entry, &secret)).collect() }
    }
}

impl ErrorEntry {
    fn read(entry: &Value, secret: &impl Fn(&str) -> bool) -> Option<Self> {
        let text = |name| entry.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let message = ["message", "detail", "details"].into_iter().find_map(text).or_else(|| entry.as_str());
        Self::told(text("code"), message, secret)
    }

    /// The error of an object store to which a blob's request was led: `<Error><Code>…</Code><Message>…`, where codes
    /// are words of another vocabulary.
    fn of_store(bytes: &[u8], secret: &impl Fn(&str) -> bool) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
        let is_xml = ["<?xml", "<Error"].iter().any(|start| text.starts_with(start));
        let (_, error) = text.split_once("<Error").filter(|_| is_xml)?;
        let code = element(error, "Code")?;
        let message = match element(error, "Message") {
            Some(message) => format!("{code}: {message}"),
            None => code,
        };
        Self::told(None, Some(&message), secret)
    }

    fn told(code: Option<&str>, message: Option<&str>, secret: &impl Fn(&str) -> bool) -> Option<Self> {
        let [code, message] = [code, message].map(|text| text.filter(|text| !secret(text)));
        let code = code.and_then(|code| ErrorCode::parse(code).ok());
        let message = printable(message.unwrap_or_default(), MAX_MESSAGE);
        let says = code.is_some() || !message.is_empty();
        says.then(|| Self { code: code.unwrap_or(ErrorCode::UNKNOWN), message })
    }
}

/// The text of the first element of that name. One with others in it is not read, and none with references to characters
/// by their numbers: a secret could be hidden in them.
fn element(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (inner, _) = rest.split_once(&format!("</{name}>"))?;
    let inner =
        Some(inner.trim_ascii()).filter(|inner| !inner.is_empty() && !inner.contains('<') && !inner.contains("&#"))?;
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    Some(named.iter().fold(inner.to_owned(), |text, (name, letter)| text.replace(name, letter)))
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

#[derive(Serialize)]
struct WireBody {
    errors: Vec<WireEntry>,
}

#[derive(Serialize)]
struct WireEntry {
    code: String,
    message: String,
}
