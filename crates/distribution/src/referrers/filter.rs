//! A list of one kind of referrers.

use http::HeaderMap;
use wharf_spec::{Descriptor, MediaType};

use crate::header::OCI_FILTERS_APPLIED;

/// Which referrers are wanted. A registry that is asked for them may list others all the same.
///
/// ```
/// use http::{HeaderMap, HeaderName, HeaderValue};
/// use wharf_distribution::referrers::Filter;
/// use wharf_spec::{Descriptor, MediaType};
///
/// let filter = Filter::new(Some(MediaType::parse("a/signature").unwrap()));
/// let mut entries = vec![Descriptor::of(MediaType::IMAGE_MANIFEST, b"{}")];
/// let applied = [(HeaderName::from_static("oci-filters-applied"), HeaderValue::from_static("artifactType"))];
/// filter.apply(&HeaderMap::from_iter(applied), &mut entries);
/// assert_eq!(entries.len(), 1, "the registry has seen to it");
/// filter.apply(&HeaderMap::new(), &mut entries);
/// assert!(entries.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter(Option<MediaType>);

impl Filter {
    /// Those of one kind, or all.
    ///
    /// ```
    /// # use wharf_distribution::referrers::Filter;
    /// assert_eq!(Filter::new(None), Filter::default());
    /// ```
    #[must_use]
    pub const fn new(artifact_type: Option<MediaType>) -> Self {
        Self(artifact_type)
    }

    /// Takes out of a page what is not wanted, unless the registry says that it has done so. What is under a fallback tag
    /// has no headers that could say so.
    pub fn apply(&self, headers: &HeaderMap, entries: &mut Vec<Descriptor>) {
        let Some(wanted) = &self.0 else { return };
        if !is_applied(headers) {
            entries.retain(|entry| entry.artifact_type.as_ref() == Some(wanted));
        }
    }
}

fn is_applied(headers: &HeaderMap) -> bool {
    let values = headers.get_all(OCI_FILTERS_APPLIED).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|filter| filter.trim_ascii() == "artifactType")
}
