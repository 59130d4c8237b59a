//! From method, path and query to an endpoint.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use http::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use wharf_reference::{Repository, Tag, TagOrDigest};
use wharf_spec::{Algorithm, Digest, ErrorCode, MediaType, UploadId};

use crate::query::Query;
use crate::{Endpoint, Page};

/// Why a request is none of the specification's, with what to answer.
///
/// ```
/// use http::Method;
/// use wharf_distribution::{Endpoint, RouteError};
///
/// let error = Endpoint::parse(&Method::GET, "/v2/a/manifests/sha256:short", None).unwrap_err();
/// assert_eq!(error, RouteError::InvalidDigest);
/// assert_eq!(error.status(), 400);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RouteError {
    /// The path is not one of the specification's.
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// Not a repository name.
    InvalidName,
    /// Neither a tag nor a digest, where something was to be stored.
    InvalidTag,
    /// Neither a tag nor a digest, so nothing is there that could be had under it.
    NoTag,
    /// Not a digest, or one of an algorithm that cannot be verified.
    InvalidDigest,
    /// A digest is missing.
    MissingDigest,
    /// Not an algorithm of digests that can be computed.
    InvalidAlgorithm,
    /// Not the name of an upload session.
    InvalidUpload,
    /// `n` is not a number.
    InvalidPage,
    /// The artifact type is not a media type.
    InvalidArtifactType,
    /// The query has more parameters than any request needs: more than 64.
    TooManyParameters,
}

impl RouteError {
    /// The status to answer with.
    ///
    /// ```
    /// # use wharf_distribution::RouteError;
    /// assert_eq!(RouteError::MethodNotAllowed.status(), 405);
    /// ```
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::NotFound | Self::NoTag | Self::InvalidUpload => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooManyParameters => StatusCode::URI_TOO_LONG,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The code to answer with.
    ///
    /// ```
    /// # use wharf_distribution::RouteError;
    /// # use wharf_spec::ErrorCode;
    /// assert_eq!(RouteError::MissingDigest.code(), ErrorCode::DIGEST_INVALID);
    /// ```
    #[must_use]
    pub fn code(self) -> ErrorCode {
        match self {
            Self::NotFound | Self::InvalidName => ErrorCode::NAME_INVALID,
            Self::MethodNotAllowed | Self::InvalidPage | Self::InvalidArtifactType | Self::TooManyParameters => {
                ErrorCode::UNSUPPORTED
            }
            Self::InvalidTag => ErrorCode::MANIFEST_INVALID,
            Self::NoTag => ErrorCode::MANIFEST_UNKNOWN,
            Self::InvalidDigest | Self::MissingDigest | Self::InvalidAlgorithm => ErrorCode::DIGEST_INVALID,
            Self::InvalidUpload => ErrorCode::BLOB_UPLOAD_UNKNOWN,
        }
    }
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "no such endpoint",
            Self::MethodNotAllowed => "the endpoint does not have this method",
            Self::InvalidName => "not a repository name",
            Self::InvalidTag | Self::NoTag => "neither a tag nor a digest",
            Self::InvalidDigest => "not a digest of a supported algorithm",
            Self::MissingDigest => "the digest is missing",
            Self::InvalidAlgorithm => "not a supported algorithm of digests",
            Self::InvalidUpload => "not the name of an upload session",
            Self::InvalidPage => "the page size is not a number",
            Self::InvalidArtifactType => "the artifact type is not a media type",
            Self::TooManyParameters => "the query has too many parameters",
        })
    }
}

impl Error for RouteError {}

/// What a path is about, before the method is looked at.
enum Resource {
    Manifest(Repository, TagOrDigest),
    Blob(Repository, Digest),
    Uploads(Repository),
    Upload(Repository, UploadId),
    Tags(Repository),
    Referrers(Repository, Digest),
}

pub(crate) fn parse(method: &Method, path: &str, query: &Query<'_>) -> Result<Endpoint, RouteError> {
    match path {
        "/v2" | "/v2/" => return only(method, &[Method::GET, Method::HEAD], || Ok(Endpoint::Base)),
        "/v2/_catalog" => {
            return only(method, &[Method::GET], || {
                Ok(Endpoint::ListRepositories { page: page(query, Repository::parse)? })
            });
        }
        _ => {}
    }
    let resource = resource(path.strip_prefix("/v2/").ok_or(RouteError::NotFound)?);
    match resource.map_err(|error| unless_stored(method, error))? {
        Resource::Manifest(repository, which) => manifest(method, query, repository, which),
        Resource::Blob(repository, digest) => blob(method, repository, digest),
        Resource::Uploads(repository) => only(method, &[Method::POST], || start(query, repository)),
        Resource::Upload(repository, upload) => session(method, query, repository, upload),
        Resource::Tags(repository) => {
            only(method, &[Method::GET], || Ok(Endpoint::ListTags { repository, page: page(query, Tag::parse)? }))
        }
        Resource::Referrers(repository, digest) => only(method, &[Method::GET], || {
            // "Empty or missing" is one thing to the specification where a manifest says its kind; so it is here.
            let artifact_type = query.get("artifactType").filter(|kind| !kind.is_empty());
            let artifact_type = artifact_type.map(MediaType::parse).transpose();
            let artifact_type = artifact_type.map_err(|_| RouteError::InvalidArtifactType)?;
            Ok(Endpoint::ListReferrers {
                repository,
                digest,
                artifact_type,
                page: page(query, Digest::parse_registered)?,
            })
        }),
    }
}

/// Who asks for what cannot be there is told that it is not, and not that the question is wrong.
fn unless_stored(method: &Method, error: RouteError) -> RouteError {
    match error {
        RouteError::InvalidTag if *method != Method::PUT => RouteError::NoTag,
        error => error,
    }
}

/// Reads a path from its right end: what comes before the part that is recognised is the repository.
fn resource(path: &str) -> Result<Resource, RouteError> {
    let (rest, last) = path.rsplit_once('/').ok_or(RouteError::NotFound)?;
    let (name, kind) = rest.rsplit_once('/').ok_or(RouteError::NotFound)?;
    let last = decode(last)?;
    match kind {
        "manifests" => Ok(Resource::Manifest(repository(name)?, tag_or_digest(&last)?)),
        "referrers" => Ok(Resource::Referrers(repository(name)?, digest(&last)?)),
        "tags" if last == "list" => Ok(Resource::Tags(repository(name)?)),
        "blobs" if last == "uploads" => Ok(Resource::Uploads(repository(name)?)),
        "blobs" => Ok(Resource::Blob(repository(name)?, digest(&last)?)),
        "uploads" => match name.rsplit_once('/') {
            Some((name, "blobs")) if last.is_empty() => Ok(Resource::Uploads(repository(name)?)),
            Some((name, "blobs")) => {
                let upload = UploadId::parse(&last).map_err(|_| RouteError::InvalidUpload)?;
                Ok(Resource::Upload(repository(name)?, upload))
            }
            _ => Err(RouteError::NotFound),
        },
        _ => Err(RouteError::NotFound),
    }
}

fn manifest(
    method: &Method,
    query: &Query<'_>,
    repository: Repository,
    which: TagOrDigest,
) -> Result<Endpoint, RouteError> {
    match *method {
        Method::GET => Ok(Endpoint::GetManifest { repository, which }),
        Method::HEAD => Ok(Endpoint::HeadManifest { repository, which }),
        Method::DELETE => Ok(Endpoint::DeleteManifest { repository, which }),
        Method::PUT => {
            let tags =
                query.all("tag").map(Tag::parse).collect::<Result<_, _>>().map_err(|_| RouteError::InvalidTag)?;
            Ok(Endpoint::PutManifest { repository, which, tags })
        }
        _ => Err(RouteError::MethodNotAllowed),
    }
}

fn blob(method: &Method, repository: Repository, digest: Digest) -> Result<Endpoint, RouteError> {
    match *method {
        Method::GET => Ok(Endpoint::GetBlob { repository, digest }),
        Method::HEAD => Ok(Endpoint::HeadBlob { repository, digest }),
        Method::DELETE => Ok(Endpoint::DeleteBlob { repository, digest }),
        _ => Err(RouteError::MethodNotAllowed),
    }
}

fn start(query: &Query<'_>, repository: Repository) -> Result<Endpoint, RouteError> {
    if let Some(text) = query.get("mount") {
        let from = query.get("from").map(self::repository).transpose()?;
        return Ok(Endpoint::MountBlob { repository, digest: digest(text)?, from });
    }
    match query.get("digest") {
        Some(text) => Ok(Endpoint::PostBlob { repository, digest: digest(text)? }),
        None => Ok(Endpoint::StartUpload { repository, algorithm: algorithm(query)? }),
    }
}

fn session(
    method: &Method,
    query: &Query<'_>,
    repository: Repository,
    upload: UploadId,
) -> Result<Endpoint, RouteError> {
    match *method {
        Method::GET => Ok(Endpoint::UploadStatus { repository, upload }),
        Method::PATCH => Ok(Endpoint::AppendUpload { repository, upload }),
        Method::DELETE => Ok(Endpoint::CancelUpload { repository, upload }),
        Method::PUT => {
            let digest = digest(query.get("digest").ok_or(RouteError::MissingDigest)?)?;
            Ok(Endpoint::FinishUpload { repository, upload, digest })
        }
        _ => Err(RouteError::MethodNotAllowed),
    }
}

fn only(
    method: &Method,
    methods: &[Method],
    endpoint: impl FnOnce() -> Result<Endpoint, RouteError>,
) -> Result<Endpoint, RouteError> {
    if methods.contains(method) { endpoint() } else { Err(RouteError::MethodNotAllowed) }
}

/// `n` and `last`. Only digits make a number: `+5` is none.
fn page<T, E>(query: &Query<'_>, parse: impl Fn(&str) -> Result<T, E>) -> Result<Page<T>, RouteError> {
    let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text.parse().map_err(|_| RouteError::InvalidPage),
        false => Err(RouteError::InvalidPage),
    };
    let n = query.get("n").filter(|text| !text.is_empty()).map(number).transpose()?;
    let last = query.get("last").filter(|text| !text.is_empty()).map(parse).transpose();
    Ok(Page::new(n, last.map_err(|_| RouteError::InvalidPage)?))
}

/// Names are taken as they came: none of their bytes is ever escaped, and an escaped slash must not become one.
fn repository(text: &str) -> Result<Repository, RouteError> {
    Repository::parse(text).map_err(|_| RouteError::InvalidName)
}

fn digest(text: &str) -> Result<Digest, RouteError> {
    Digest::parse_registered(text).map_err(|_| RouteError::InvalidDigest)
}

/// Empty is as good as missing; a digest that will be of another algorithm than a registry knows is better refused before
/// the content has come.
fn algorithm(query: &Query<'_>) -> Result<Option<Algorithm<'static>>, RouteError> {
    let Some(text) = query.get("digest-algorithm").filter(|text| !text.is_empty()) else { return Ok(None) };
    let found = [Algorithm::SHA256, Algorithm::SHA512].into_iter().find(|known| known.as_str() == text);
    found.map(Some).ok_or(RouteError::InvalidAlgorithm)
}

fn tag_or_digest(text: &str) -> Result<TagOrDigest, RouteError> {
    if text.contains(':') {
        return digest(text).map(TagOrDigest::Digest);
    }
    Tag::parse(text).map(TagOrDigest::Tag).map_err(|_| RouteError::InvalidTag)
}

/// Clients may escape the colon of a digest.
fn decode(segment: &str) -> Result<Cow<'_, str>, RouteError> {
    percent_decode_str(segment).decode_utf8().map_err(|_| RouteError::NotFound)
}
