use wharf_spec::Digest;

/// What must be true of the tags for a manifest to be stored under them, judged together with the write.
///
/// ```
/// use wharf_registry::{Digest, Precondition};
///
/// let (old, new) = (Digest::of(b"old"), Digest::of(b"new"));
/// assert!(Precondition::Always.allows(Some(&old), &new));
/// assert!(!Precondition::Unset.allows(Some(&old), &new));
/// assert!(Precondition::Unset.allows(Some(&new), &new), "what is there already may be stored again");
/// assert!(Precondition::PointsTo(old.clone()).allows(Some(&old), &new));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Precondition {
    /// Nothing: a tag that exists is moved.
    #[default]
    Always,
    /// No tag exists yet, or it points to this very manifest.
    Unset,
    /// Every tag points to this manifest.
    PointsTo(Digest),
}

impl Precondition {
    /// Whether a tag that points to `current` may be made to point to `new`.
    #[must_use]
    pub fn allows(&self, current: Option<&Digest>, new: &Digest) -> bool {
        match self {
            Self::Always => true,
            Self::Unset => current.is_none_or(|current| current == new),
            Self::PointsTo(expected) => current == Some(expected),
        }
    }
}
