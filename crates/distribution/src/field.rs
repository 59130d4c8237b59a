//! Headers of an answer, read one by one and written one by one.
//!
//! Who reads a header that has two different values chooses one, and another program on the way may have chosen the
//! other; so a header that may have one value and contradicts itself is an error and never a choice. The same value twice
//! is no contradiction. No value of more than 8 KiB is read, and none that is not printable ASCII.

use std::error::Error;
use std::fmt;

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, RANGE};
use http::{HeaderMap, HeaderName, HeaderValue};
use wharf_spec::{Digest, MediaType};

use crate::entity_tag::EntityTag;
use crate::header::{DOCKER_CONTENT_DIGEST, number};
use crate::held::Held;

/// The longest value of a header that is read, in bytes.
pub const MAX_VALUE: usize = 8 * 1024;

/// How many values of one header are read, where it may have several.
pub const MAX_VALUES: usize = 64;

/// A header of an answer that cannot be believed. It never holds the value.
///
/// ```
/// use http::HeaderMap;
/// use http::header::LOCATION;
/// use wharf_distribution::field::{self, HeaderErrorKind};
///
/// let mut headers = HeaderMap::new();
/// headers.append(LOCATION, "/here".parse().unwrap());
/// headers.append(LOCATION, "/there".parse().unwrap());
/// let error = field::one(&headers, &LOCATION).unwrap_err();
/// assert_eq!((error.kind(), error.name()), (HeaderErrorKind::Contradiction, &LOCATION));
/// assert_eq!(error.to_string(), "the header location contradicts itself");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderError {
    name: HeaderName,
    kind: HeaderErrorKind,
}

/// What is wrong with a header.
///
/// ```
/// use http::HeaderMap;
/// use http::header::CONTENT_LENGTH;
/// use wharf_distribution::field::{self, HeaderErrorKind};
///
/// let mut headers = HeaderMap::new();
/// headers.insert(CONTENT_LENGTH, "+5".parse().unwrap());
/// assert_eq!(field::length(&headers).unwrap_err().kind(), HeaderErrorKind::Malformed);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HeaderErrorKind {
    /// It is not there, and there must be one.
    Missing,
    /// It has two different values.
    Contradiction,
    /// It is there more than [`MAX_VALUES`] times.
    TooMany,
    /// A value is longer than [`MAX_VALUE`].
    TooLong,
    /// A value is not printable ASCII.
    NotText,
    /// The value is not of the header's grammar.
    Malformed,
}

impl HeaderErrorKind {
    /// The error about one header.
    pub(crate) const fn of(self, name: HeaderName) -> HeaderError {
        HeaderError { name, kind: self }
    }
}

impl HeaderError {
    /// What is wrong.
    ///
    /// ```
    /// # use http::{HeaderMap, header::CONTENT_LENGTH};
    /// # use wharf_distribution::field::{self, HeaderErrorKind};
    /// let headers = HeaderMap::from_iter([(CONTENT_LENGTH, "-1".parse().unwrap())]);
    /// assert_eq!(field::length(&headers).unwrap_err().kind(), HeaderErrorKind::Malformed);
    /// ```
    #[must_use]
    pub const fn kind(&self) -> HeaderErrorKind {
        self.kind
    }

    /// Which header it is about.
    ///
    /// ```
    /// # use http::{HeaderMap, header::CONTENT_LENGTH};
    /// # use wharf_distribution::field;
    /// let headers = HeaderMap::from_iter([(CONTENT_LENGTH, "-1".parse().unwrap())]);
    /// assert_eq!(*field::length(&headers).unwrap_err().name(), CONTENT_LENGTH);
    /// ```
    #[must_use]
    pub const fn name(&self) -> &HeaderName {
        &self.name
    }
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the header {} {}", self.name, self.kind)
    }
}

impl fmt::Display for HeaderErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "is missing",
            Self::Contradiction => "contradicts itself",
            Self::TooMany => "is there too often",
            Self::TooLong => "is too long",
            Self::NotText => "is not text",
            Self::Malformed => "is malformed",
        })
    }
}

impl Error for HeaderError {}

/// The value of a header that may have one.
///
/// # Errors
/// [`HeaderError`] when it has two different ones, or one that is too long or is not text.
///
/// ```
/// use http::HeaderMap;
/// use http::header::LOCATION;
/// use wharf_distribution::field;
///
/// let mut headers = HeaderMap::new();
/// assert_eq!(field::one(&headers, &LOCATION), Ok(None));
/// headers.append(LOCATION, "/here".parse().unwrap());
/// headers.append(LOCATION, "/here".parse().unwrap());
/// assert_eq!(field::one(&headers, &LOCATION), Ok(Some("/here")));
/// ```
pub fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, HeaderError> {
    let mut values = headers.get_all(name).iter();
    let Some(first) = values.next() else { return Ok(None) };
    match values.any(|value| value != first) {
        true => Err(HeaderErrorKind::Contradiction.of(name.clone())),
        false => text(first).map(Some).map_err(|kind| kind.of(name.clone())),
    }
}

/// Every value of a header that may have several, in their order.
///
/// # Errors
/// [`HeaderError`] when there are more than [`MAX_VALUES`], or one is too long or is not text.
///
/// ```
/// use http::HeaderMap;
/// use wharf_distribution::{field, header};
///
/// let mut headers = HeaderMap::new();
/// headers.append(header::OCI_TAG, "v1".parse().unwrap());
/// headers.append(header::OCI_TAG, "v2".parse().unwrap());
/// assert_eq!(field::all(&headers, &header::OCI_TAG), Ok(vec!["v1", "v2"]));
/// ```
pub fn all<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Vec<&'a str>, HeaderError> {
    let values: Vec<_> = headers.get_all(name).iter().take(MAX_VALUES + 1).collect();
    match values.len() > MAX_VALUES {
        true => Err(HeaderErrorKind::TooMany.of(name.clone())),
        false => values.into_iter().map(text).collect::<Result<_, _>>().map_err(|kind| kind.of(name.clone())),
    }
}

/// How long the body is, if that is said (`Content-Length`).
///
/// # Errors
/// As [`one`], and [`HeaderErrorKind::Malformed`] for what is not a number of digits alone.
///
/// ```
/// use http::HeaderMap;
/// use http::header::CONTENT_LENGTH;
/// use wharf_distribution::field;
///
/// let mut headers = HeaderMap::new();
/// headers.insert(CONTENT_LENGTH, "42".parse().unwrap());
/// assert_eq!(field::length(&headers), Ok(Some(42)));
/// ```
pub fn length(headers: &HeaderMap) -> Result<Option<u64>, HeaderError> {
    read(headers, &CONTENT_LENGTH, number)
}

/// What the content's digest is said to be (`Docker-Content-Digest`), of whatever algorithm.
///
/// # Errors
/// As [`one`], and [`HeaderErrorKind::Malformed`] for what is no digest.
///
/// ```
/// use http::HeaderMap;
/// use wharf_distribution::{field, header};
///
/// let mut headers = HeaderMap::new();
/// headers.insert(header::DOCKER_CONTENT_DIGEST, "sha256:../../x".parse().unwrap());
/// assert!(field::digest(&headers).is_err());
/// ```
pub fn digest(headers: &HeaderMap) -> Result<Option<Digest>, HeaderError> {
    read(headers, &DOCKER_CONTENT_DIGEST, |text| Digest::parse(text).ok())
}

/// Whether the content is said to have another digest than this one (`Docker-Content-Digest`). What is said under another
/// algorithm says nothing: registries that know only one algorithm name content by that one.
///
/// # Errors
/// As for [`digest`].
///
/// ```
/// use http::HeaderMap;
/// use wharf_distribution::{field, header};
/// use wharf_spec::Digest;
///
/// let (content, other) = (Digest::of(b"{}"), Digest::of(b"[]"));
/// let headers = HeaderMap::from_iter([(header::DOCKER_CONTENT_DIGEST, content.to_string().parse().unwrap())]);
/// assert_eq!(field::denies(&headers, &content), Ok(false));
/// assert_eq!(field::denies(&headers, &other), Ok(true));
/// assert_eq!(field::denies(&HeaderMap::new(), &other), Ok(false));
/// ```
pub fn denies(headers: &HeaderMap, expected: &Digest) -> Result<bool, HeaderError> {
    Ok(digest(headers)?.is_some_and(|said| said.algorithm() == expected.algorithm() && said != *expected))
}

/// The media type of the body (`Content-Type`), without its parameters. One that is none says nothing.
///
/// # Errors
/// As [`one`].
///
/// ```
/// use http::HeaderMap;
/// use http::header::CONTENT_TYPE;
/// use wharf_distribution::field;
///
/// let mut headers = HeaderMap::new();
/// headers.insert(CONTENT_TYPE, "text/html; charset=utf-8".parse().unwrap());
/// assert_eq!(field::media_type(&headers).unwrap().unwrap().as_str(), "text/html");
/// ```
pub fn media_type(headers: &HeaderMap) -> Result<Option<MediaType>, HeaderError> {
    Ok(one(headers, &CONTENT_TYPE)?.and_then(|text| MediaType::from_content_type(text).ok()))
}

/// What kind of document the body is, by its media type, if that tells: some registries send manifests as
/// `application/json`, or as text.
///
/// # Errors
/// As [`one`].
///
/// ```
/// use http::HeaderMap;
/// use http::header::CONTENT_TYPE;
/// use wharf_distribution::field;
///
/// let mut headers = HeaderMap::new();
/// headers.insert(CONTENT_TYPE, "application/json; charset=utf-8".parse().unwrap());
/// assert_eq!(field::document_type(&headers), Ok(None));
/// ```
pub fn document_type(headers: &HeaderMap) -> Result<Option<MediaType>, HeaderError> {
    Ok(media_type(headers)?.filter(|kind| !GENERIC.contains(&kind.as_str())))
}

/// Media types that say nothing about a manifest.
const GENERIC: [&str; 4] = ["application/json", "application/octet-stream", "text/plain", "text/html"];

/// The content's entity tag (`ETag`). What is none, or contradicts itself, says nothing.
///
/// ```
/// use http::HeaderMap;
/// use http::header::ETAG;
/// use wharf_distribution::field;
///
/// let mut headers = HeaderMap::new();
/// headers.insert(ETAG, "W/\"5\"".parse().unwrap());
/// assert!(field::entity_tag(&headers).unwrap().is_weak());
/// ```
#[must_use]
pub fn entity_tag(headers: &HeaderMap) -> Option<EntityTag> {
    EntityTag::parse(one(headers, &ETAG).ok()??)
}

/// What an upload session says that it holds (`Range`). What cannot be read, or contradicts itself, says nothing.
///
/// ```
/// use http::HeaderMap;
/// use http::header::RANGE;
/// use wharf_distribution::field;
///
/// let mut headers = HeaderMap::new();
/// headers.insert(RANGE, "bytes=0--1".parse().unwrap());
/// assert!(field::held(&headers).unwrap().can_be(0));
/// ```
#[must_use]
pub fn held(headers: &HeaderMap) -> Option<Held> {
    Held::parse(one(headers, &RANGE).ok()??)
}

/// The value of a header with a grammar of its own.
pub(crate) fn read<T>(
    headers: &HeaderMap,
    name: &HeaderName,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, HeaderError> {
    let malformed = || HeaderErrorKind::Malformed.of(name.clone());
    one(headers, name)?.map(|text| parse(text).ok_or_else(malformed)).transpose()
}

/// Adds a header, if there is something to say. What is written has a grammar that leaves nothing out of which a header
/// could not be made; if that were wrong, the header would be missing and not another one.
pub(crate) fn write(headers: &mut HeaderMap, name: HeaderName, value: Option<&impl fmt::Display>) {
    if let Some(value) = value.and_then(|value| HeaderValue::try_from(value.to_string()).ok()) {
        headers.append(name, value);
    }
}

fn text(value: &HeaderValue) -> Result<&str, HeaderErrorKind> {
    match value.to_str() {
        _ if value.len() > MAX_VALUE => Err(HeaderErrorKind::TooLong),
        text => text.map_err(|_| HeaderErrorKind::NotText),
    }
}
