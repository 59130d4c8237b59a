//! The registry's own list: whether it has one, and what follows for a manifest that was stored.

use http::StatusCode;
use wharf_spec::{Content, Descriptor, Digest, Document};

/// What became of asking a registry whether it lists a referrer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a list is read to where the referrer is, to its end, or not at all")]
pub enum List {
    /// A page has it.
    Has,
    /// A page has not, and there is another.
    Lacks,
    /// No page has it.
    Ends,
    /// The registry has no list of referrers: see [`has_no_list`].
    IsNone,
    /// Nobody can tell: the registry refuses who is asking, or cannot be asked now.
    CannotBeAsked,
}

/// Whether a manifest that was stored must be entered in the index under the fallback tag; nothing when the next page
/// decides. `is_named` tells whether the registry said (`OCI-Subject`) that it lists the manifest itself.
///
/// Neither what a registry says is believed nor that it says nothing: some have a list and do not say so, and one said
/// so without having one. One that said so is believed about a manifest that it does not list yet, as long as it lists
/// anything at all; what cannot be asked now is what it said.
///
/// ```
/// use wharf_distribution::referrers::{List, keeps_index};
///
/// assert_eq!(keeps_index(false, List::Has), Some(false));
/// assert_eq!(keeps_index(true, List::IsNone), Some(true));
/// ```
#[must_use]
pub const fn keeps_index(is_named: bool, list: List) -> Option<bool> {
    match (is_named, list) {
        (_, List::Has) | (true, List::Lacks | List::Ends | List::CannotBeAsked) => Some(false),
        (false, List::Lacks) => None,
        (_, List::IsNone) | (false, List::Ends | List::CannotBeAsked) => Some(true),
    }
}

/// Whether a refusal to list referrers is that of a registry that has no such list. `is_foreign` tells whether it was
/// another host that refused: some lead to their web site.
///
/// A page that is no index says the same. A refusal that is about who is asking, or about how often, does not: it would
/// turn what may not be seen into what is not there.
///
/// ```
/// use http::StatusCode;
/// use wharf_distribution::referrers::has_no_list;
///
/// assert!(has_no_list(StatusCode::NOT_FOUND, false) && !has_no_list(StatusCode::FORBIDDEN, false));
/// assert!(has_no_list(StatusCode::FORBIDDEN, true));
/// ```
#[must_use]
pub fn has_no_list(status: StatusCode, is_foreign: bool) -> bool {
    const NONE: [StatusCode; 5] = [
        StatusCode::BAD_REQUEST, // also of a subject that is not there, whose fallback tag is not there either
        StatusCode::NOT_FOUND,
        StatusCode::METHOD_NOT_ALLOWED,
        StatusCode::NOT_ACCEPTABLE,
        StatusCode::NOT_IMPLEMENTED,
    ];
    is_foreign || NONE.contains(&status)
}

/// The entries of what is under the fallback tag of `subject`. Some registries read that tag as the digest that it is
/// made of and answer with the subject, and anyone may have put something else there: what is not an index lists
/// nothing.
///
/// ```
/// use wharf_distribution::referrers::tagged;
/// use wharf_spec::{Descriptor, Digest, Document, Index, MediaType};
///
/// let entry = Descriptor::of(MediaType::IMAGE_MANIFEST, b"a signature");
/// let index = Document::author(Index::new(vec![entry.clone()])).unwrap().into_raw();
/// assert_eq!(tagged(&index, &Digest::of(b"the subject")), [entry]);
/// assert_eq!(tagged(&index, index.digest()), [], "the subject is no list of what refers to it");
/// ```
#[must_use]
pub fn tagged(document: &Document, subject: &Digest) -> Vec<Descriptor> {
    if document.digest() == subject {
        return Vec::new();
    }
    match document.clone().decode::<Content>().map(|document| document.view().clone()) {
        Ok(Content::Index(index)) => index.manifests,
        _ => Vec::new(),
    }
}
