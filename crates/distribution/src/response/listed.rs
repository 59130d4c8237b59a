use http::header::LINK;
use http::{HeaderMap, HeaderValue};

use crate::field::{HeaderError, HeaderErrorKind};
use crate::header::OCI_FILTERS_APPLIED;
use crate::{Endpoint, Location, field, link};

/// What an answer says of a page of a list besides what is on it (distribution-spec, "Content discovery").
///
/// ```
/// use wharf_distribution::response::Listed;
/// use wharf_distribution::{Endpoint, Page};
///
/// let next = Endpoint::ListRepositories { page: Page::new(Some(5), None) };
/// assert_eq!(Listed::default().with_next(&next).next.unwrap().as_str(), "/v2/_catalog?n=5");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listed {
    /// `Link` with the relation `next`: where the next page is. Without it this page is the last.
    pub next: Option<Location>,
    /// `OCI-Filters-Applied` has `artifactType`: the registry has left out referrers of other types than was asked for.
    pub filtered: bool,
}

impl Listed {
    /// The same with the request for the next page.
    ///
    /// ```
    /// # use wharf_distribution::response::Listed;
    /// # use wharf_distribution::{Endpoint, Page};
    /// let next = Endpoint::ListRepositories { page: Page::default() };
    /// assert!(Listed::default().with_next(&next).next.is_some());
    /// ```
    #[must_use]
    pub fn with_next(self, next: &Endpoint) -> Self {
        Self { next: Some(Location::of(next)), ..self }
    }

    /// The same, saying that referrers of other types were left out.
    ///
    /// ```
    /// # use wharf_distribution::response::Listed;
    /// assert!(Listed::default().with_filter().filtered);
    /// ```
    #[must_use]
    pub fn with_filter(self) -> Self {
        Self { filtered: true, ..self }
    }

    /// Adds what is said to the headers of an answer.
    ///
    /// ```
    /// # use http::HeaderMap;
    /// # use wharf_distribution::response::Listed;
    /// let mut headers = HeaderMap::new();
    /// Listed::default().with_filter().write(&mut headers);
    /// assert_eq!(headers["oci-filters-applied"], "artifactType");
    /// ```
    pub fn write(&self, headers: &mut HeaderMap) {
        let next = self.next.as_ref().map(|next| link::encode(next.as_str()));
        field::write(headers, LINK, next.as_ref());
        if self.filtered {
            headers.append(OCI_FILTERS_APPLIED, HeaderValue::from_static(ARTIFACT_TYPE));
        }
    }

    /// Reads what the headers of an answer say. The first link to a next page counts; filters that cannot be read were
    /// not applied.
    ///
    /// # Errors
    /// [`HeaderError`] for a `Link` that is too long, is not text or is there too often, and for one to a next page
    /// that is no [`Location`]: a list that goes on is not to be taken for one that has ended.
    ///
    /// ```
    /// # use http::HeaderMap;
    /// # use wharf_distribution::response::Listed;
    /// let mut headers = HeaderMap::new();
    /// headers.append("link", "</a>; rel=prev".parse().unwrap());
    /// headers.append("link", "</b>; rel=next".parse().unwrap());
    /// assert_eq!(Listed::read(&headers).unwrap().next.unwrap().as_str(), "/b");
    /// ```
    pub fn read(headers: &HeaderMap) -> Result<Self, HeaderError> {
        let filters = field::all(headers, &OCI_FILTERS_APPLIED).unwrap_or_default();
        let mut filters = filters.into_iter().flat_map(|value| value.split(','));
        let next = field::all(headers, &LINK)?.into_iter().find_map(link::next).map(Location::parse).transpose();
        Ok(Self {
            next: next.map_err(|_| HeaderErrorKind::Malformed.of(LINK))?,
            filtered: filters.any(|filter| filter.trim_ascii() == ARTIFACT_TYPE),
        })
    }
}

/// The one filter that there is.
const ARTIFACT_TYPE: &str = "artifactType";
