use bytes::Bytes;
use http::Request;

/// Which requests a quirk is about.
///
/// ```
/// use bytes::Bytes;
/// use http::Request;
/// use wharf_testkit::emulate::About;
///
/// let request = Request::put("https://r.example.com/v2/app/manifests/1").body(Bytes::new()).unwrap();
/// assert!(About::Manifest.by("PUT").holds(&request) && About::Any.holds(&request));
/// assert!(!About::Manifest.by("GET").holds(&request) && !About::Blob.holds(&request));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum About {
    /// All of them.
    Any,
    /// Those of manifests.
    Manifest,
    /// Those of manifests by their tag.
    Tagged,
    /// Those of blobs, but not of their uploads.
    Blob,
    /// Those that begin an upload, or mount a blob.
    Start,
    /// Those of an upload that has begun.
    Session,
    /// Those of lists of tags.
    Tags,
    /// Those of the list of repositories.
    Catalog,
    /// Those of lists of referrers.
    Referrers,
    /// The same by one method.
    By(&'static Self, &'static str),
}

impl About {
    /// The same by one method alone.
    #[must_use]
    pub const fn by(&'static self, method: &'static str) -> Self {
        Self::By(self, method)
    }

    /// Whether it is about this request.
    #[must_use]
    pub fn holds(&self, request: &Request<Bytes>) -> bool {
        let path = request.uri().path();
        let part = |name: &str| path.rsplit('/').nth(1) == Some(name);
        match self {
            Self::Any => true,
            Self::Manifest => part("manifests"),
            Self::Tagged => part("manifests") && !path.contains(':'),
            Self::Blob => part("blobs") && !path.ends_with("/uploads"),
            Self::Start => path.ends_with("/blobs/uploads/"),
            Self::Session => part("uploads") && !path.ends_with('/'),
            Self::Tags => path.ends_with("/tags/list"),
            Self::Catalog => path == "/v2/_catalog",
            Self::Referrers => part("referrers"),
            Self::By(about, method) => request.method() == *method && about.holds(request),
        }
    }
}

/// The repository in a path of the distribution-spec, if there is one.
pub(super) fn repository(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/v2/")?;
    let ends = ["/manifests/", "/blobs/", "/tags/list", "/referrers/"];
    let end = ends.iter().filter_map(|end| rest.rfind(end)).max()?;
    rest.get(..end)
}
