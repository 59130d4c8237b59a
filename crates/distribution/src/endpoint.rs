use http::Method;
use url::Url;
use wharf_reference::{Repository, Tag, TagOrDigest};
use wharf_spec::{Algorithm, Digest, MediaType, UploadId};

use crate::query::Query;
use crate::{RouteError, route};

/// A request of the distribution-spec ("Endpoints"): one variant an endpoint, with that endpoint's own fields.
///
/// ```
/// use wharf_distribution::Endpoint;
/// use wharf_reference::Repository;
/// use wharf_spec::Digest;
///
/// let mount = Endpoint::MountBlob {
///     repository: Repository::from_static("new"),
///     digest: Digest::of(b"{}"),
///     from: Some(Repository::from_static("old")),
/// };
/// assert_eq!(mount.method(), "POST");
/// assert!(mount.target().starts_with("/v2/new/blobs/uploads/?mount=sha256%3A44136fa3"));
/// assert!(mount.target().ends_with("&from=old"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the parameters that the variant's first line names")]
pub enum Endpoint {
    /// `GET /v2/`: is this a registry, and may I?
    Base,
    /// `GET /v2/<repository>/manifests/<which>`
    GetManifest { repository: Repository, which: TagOrDigest },
    /// `HEAD /v2/<repository>/manifests/<which>`
    HeadManifest { repository: Repository, which: TagOrDigest },
    /// `PUT /v2/<repository>/manifests/<which>`, with `?tag=` for each of `tags` when pushing by digest
    PutManifest { repository: Repository, which: TagOrDigest, tags: Vec<Tag> },
    /// `DELETE /v2/<repository>/manifests/<which>`
    DeleteManifest { repository: Repository, which: TagOrDigest },
    /// `GET /v2/<repository>/blobs/<digest>`
    GetBlob { repository: Repository, digest: Digest },
    /// `HEAD /v2/<repository>/blobs/<digest>`
    HeadBlob { repository: Repository, digest: Digest },
    /// `DELETE /v2/<repository>/blobs/<digest>`
    DeleteBlob { repository: Repository, digest: Digest },
    /// `POST /v2/<repository>/blobs/uploads/`, with `?digest-algorithm=<algorithm>` when the digest will not be a sha256
    StartUpload { repository: Repository, algorithm: Option<Algorithm<'static>> },
    /// `POST /v2/<repository>/blobs/uploads/?digest=<digest>`, the blob being the body
    PostBlob { repository: Repository, digest: Digest },
    /// `POST /v2/<repository>/blobs/uploads/?mount=<digest>&from=<from>`
    MountBlob { repository: Repository, digest: Digest, from: Option<Repository> },
    /// `GET /v2/<repository>/blobs/uploads/<upload>`
    UploadStatus { repository: Repository, upload: UploadId },
    /// `PATCH /v2/<repository>/blobs/uploads/<upload>`
    AppendUpload { repository: Repository, upload: UploadId },
    /// `PUT /v2/<repository>/blobs/uploads/<upload>?digest=<digest>`
    FinishUpload { repository: Repository, upload: UploadId, digest: Digest },
    /// `DELETE /v2/<repository>/blobs/uploads/<upload>`
    CancelUpload { repository: Repository, upload: UploadId },
    /// `GET /v2/<repository>/tags/list`
    ListTags { repository: Repository, page: Page<Tag> },
    /// `GET /v2/_catalog`; Docker's, not in the specification
    ListRepositories { page: Page<Repository> },
    /// `GET /v2/<repository>/referrers/<digest>`. The specification leaves it to the registry how its links say which page
    /// is next; here they do as in the other lists, in the order of digests.
    ListReferrers { repository: Repository, digest: Digest, artifact_type: Option<MediaType>, page: Page<Digest> },
}

/// Which part of a list is wanted.
///
/// ```
/// use wharf_distribution::Page;
/// use wharf_reference::Tag;
///
/// let first: Page<Tag> = Page::default();
/// assert_eq!((first.n, first.last), (None, None));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T> {
    /// At most how many entries.
    pub n: Option<usize>,
    /// Only entries that come after this one, which need not exist.
    pub last: Option<T>,
}

impl<T> Page<T> {
    /// At most `n` entries after `last`.
    ///
    /// ```
    /// # use wharf_distribution::Page;
    /// let page: Page<()> = Page::new(Some(100), None);
    /// assert_eq!(page.n, Some(100));
    /// ```
    #[must_use]
    pub const fn new(n: Option<usize>, last: Option<T>) -> Self {
        Self { n, last }
    }
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self::new(None, None)
    }
}

impl Endpoint {
    /// Reads a request from its method, its path (percent-encoded as it came) and its query.
    ///
    /// Paths are read from their right end, so that a repository may have components such as `blobs` or `manifests`.
    ///
    /// # Errors
    /// [`RouteError`], which knows the status and the code to answer with.
    ///
    /// ```
    /// # use http::Method;
    /// # use wharf_distribution::{Endpoint, RouteError};
    /// assert_eq!(Endpoint::parse(&Method::GET, "/v2/", None), Ok(Endpoint::Base));
    /// let error = Endpoint::parse(&Method::PUT, "/v2/", None);
    /// assert_eq!(error, Err(RouteError::MethodNotAllowed));
    /// ```
    pub fn parse(method: &Method, path: &str, query: Option<&str>) -> Result<Self, RouteError> {
        let query = Query::parse(query.unwrap_or_default()).ok_or(RouteError::TooManyParameters)?;
        route::parse(method, path, &query)
    }

    /// What is asked for, in one word of few: for logs, and for the labels of metrics.
    ///
    /// ```
    /// # use wharf_distribution::Endpoint;
    /// assert_eq!(Endpoint::Base.name(), "base");
    /// ```
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::GetManifest { .. } => "get_manifest",
            Self::HeadManifest { .. } => "head_manifest",
            Self::PutManifest { .. } => "put_manifest",
            Self::DeleteManifest { .. } => "delete_manifest",
            Self::GetBlob { .. } => "get_blob",
            Self::HeadBlob { .. } => "head_blob",
            Self::DeleteBlob { .. } => "delete_blob",
            Self::StartUpload { .. } => "start_upload",
            Self::PostBlob { .. } => "post_blob",
            Self::MountBlob { .. } => "mount_blob",
            Self::UploadStatus { .. } => "upload_status",
            Self::AppendUpload { .. } => "append_upload",
            Self::FinishUpload { .. } => "finish_upload",
            Self::CancelUpload { .. } => "cancel_upload",
            Self::ListTags { .. } => "list_tags",
            Self::ListRepositories { .. } => "list_repositories",
            Self::ListReferrers { .. } => "list_referrers",
        }
    }

    /// The request's method.
    ///
    /// ```
    /// # use http::Method;
    /// # use wharf_distribution::Endpoint;
    /// assert_eq!(Endpoint::Base.method(), Method::GET);
    /// ```
    #[must_use]
    pub const fn method(&self) -> Method {
        match self {
            Self::Base
            | Self::GetManifest { .. }
            | Self::GetBlob { .. }
            | Self::UploadStatus { .. }
            | Self::ListTags { .. }
            | Self::ListRepositories { .. }
            | Self::ListReferrers { .. } => Method::GET,
            Self::HeadManifest { .. } | Self::HeadBlob { .. } => Method::HEAD,
            Self::PutManifest { .. } | Self::FinishUpload { .. } => Method::PUT,
            Self::DeleteManifest { .. } | Self::DeleteBlob { .. } | Self::CancelUpload { .. } => Method::DELETE,
            Self::StartUpload { .. } | Self::PostBlob { .. } | Self::MountBlob { .. } => Method::POST,
            Self::AppendUpload { .. } => Method::PATCH,
        }
    }

    /// The repository that the request is about.
    ///
    /// ```
    /// # use wharf_distribution::{Endpoint, Page};
    /// assert_eq!(Endpoint::ListRepositories { page: Page::default() }.repository(), None);
    /// ```
    #[must_use]
    pub const fn repository(&self) -> Option<&Repository> {
        match self {
            Self::Base | Self::ListRepositories { .. } => None,
            Self::GetManifest { repository, .. }
            | Self::HeadManifest { repository, .. }
            | Self::PutManifest { repository, .. }
            | Self::DeleteManifest { repository, .. }
            | Self::GetBlob { repository, .. }
            | Self::HeadBlob { repository, .. }
            | Self::DeleteBlob { repository, .. }
            | Self::StartUpload { repository, .. }
            | Self::PostBlob { repository, .. }
            | Self::MountBlob { repository, .. }
            | Self::UploadStatus { repository, .. }
            | Self::AppendUpload { repository, .. }
            | Self::FinishUpload { repository, .. }
            | Self::CancelUpload { repository, .. }
            | Self::ListTags { repository, .. }
            | Self::ListReferrers { repository, .. } => Some(repository),
        }
    }

    /// The request's URL at the registry whose root is `base`; nothing when `url` would make another target of it.
    ///
    /// ```
    /// use url::Url;
    /// use wharf_distribution::Endpoint;
    ///
    /// let base = Url::parse("https://registry.example.com/").unwrap();
    /// assert_eq!(Endpoint::Base.url(&base).unwrap().as_str(), "https://registry.example.com/v2/");
    /// ```
    #[must_use]
    pub fn url(&self, base: &Url) -> Option<Url> {
        let target = self.target();
        let url = base.join(&target).ok()?;
        let (path, query) = target.split_once('?').map_or((&*target, None), |(path, query)| (path, Some(query)));
        let same = url.origin() == base.origin() && url.path() == path && url.query() == query;
        same.then_some(url)
    }

    /// The request's path and query. The grammars of its parts leave nothing in the path to be escaped, so it stays
    /// below `/v2/<repository>/` whatever they hold.
    ///
    /// ```
    /// # use wharf_distribution::{Endpoint, Page};
    /// let list = Endpoint::ListRepositories { page: Page::new(Some(5), None) };
    /// assert_eq!(list.target(), "/v2/_catalog?n=5");
    /// ```
    #[must_use]
    pub fn target(&self) -> String {
        match self {
            Self::Base => "/v2/".into(),
            Self::GetManifest { repository, which }
            | Self::HeadManifest { repository, which }
            | Self::DeleteManifest { repository, which } => format!("/v2/{repository}/manifests/{which}"),
            Self::PutManifest { repository, which, tags } => {
                let tags = tags.iter().map(|tag| ("tag", tag.as_str()));
                with_query(format!("/v2/{repository}/manifests/{which}"), tags)
            }
            Self::GetBlob { repository, digest }
            | Self::HeadBlob { repository, digest }
            | Self::DeleteBlob { repository, digest } => format!("/v2/{repository}/blobs/{digest}"),
            Self::StartUpload { repository, algorithm } => with_query(
                uploads(repository),
                algorithm.iter().map(|algorithm| ("digest-algorithm", algorithm.as_str())),
            ),
            Self::PostBlob { repository, digest } => with_query(uploads(repository), [("digest", &digest.to_string())]),
            Self::MountBlob { repository, digest, from } => {
                let from = from.iter().map(|from| ("from", from.as_str()));
                with_query(uploads(repository), [("mount", digest.to_string().as_str())].into_iter().chain(from))
            }
            Self::UploadStatus { repository, upload }
            | Self::AppendUpload { repository, upload }
            | Self::CancelUpload { repository, upload } => format!("{}{upload}", uploads(repository)),
            Self::FinishUpload { repository, upload, digest } => {
                with_query(format!("{}{upload}", uploads(repository)), [("digest", digest.to_string())])
            }
            Self::ListTags { repository, page } => paged(format!("/v2/{repository}/tags/list"), page),
            Self::ListRepositories { page } => paged("/v2/_catalog".into(), page),
            Self::ListReferrers { repository, digest, artifact_type, page } => {
                let filter = artifact_type.iter().map(|kind| ("artifactType", kind.to_string()));
                with_query(format!("/v2/{repository}/referrers/{digest}"), filter.chain(pairs(page)))
            }
        }
    }
}

fn uploads(repository: &Repository) -> String {
    format!("/v2/{repository}/blobs/uploads/")
}

fn paged<T: std::fmt::Display>(path: String, page: &Page<T>) -> String {
    with_query(path, pairs(page))
}

fn pairs<T: std::fmt::Display>(page: &Page<T>) -> impl Iterator<Item = (&'static str, String)> {
    let n = page.n.map(|n| ("n", n.to_string()));
    n.into_iter().chain(page.last.as_ref().map(|last| ("last", last.to_string())))
}

fn with_query<V: AsRef<str>>(path: String, pairs: impl IntoIterator<Item = (&'static str, V)>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs);
    match query.finish() {
        query if query.is_empty() => path,
        query => format!("{path}?{query}"),
    }
}
