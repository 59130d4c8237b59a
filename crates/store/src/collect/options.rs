use std::time::Duration;

/// What is collected, and how soon.
///
/// ```
/// use std::time::Duration;
/// use wharf_store::collect::Options;
///
/// let week = Duration::from_secs(7 * 24 * 60 * 60);
/// let options = Options::default().with_untagged(week);
/// assert_eq!((options.grace, options.untagged), (Duration::from_secs(24 * 60 * 60), Some(week)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// How old content must be to be condemned, and how long it is condemned before it is swept; 24 hours unless said.
    /// Whoever was told that content is there has this long to name it. With none at all nothing is lost that is named,
    /// but pushes may have to be repeated.
    pub grace: Duration,
    /// How old a manifest without tag must be to go, if it is no child and no referrer of what stays. Unless said, such
    /// manifests stay for ever. So do the children of an index that is deleted, but in a sparse layout: where something that
    /// such an index leads to is not there, they go as blobs do.
    pub untagged: Option<Duration>,
    /// How much is condemned or swept in one step, during which nobody can put a manifest; 128 unless said.
    pub batch: usize,
}

impl Options {
    /// Another time for content to be named.
    #[must_use]
    pub const fn with_grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }

    /// Lets manifests go that nobody has tagged and that are that old.
    #[must_use]
    pub const fn with_untagged(self, age: Duration) -> Self {
        Self { untagged: Some(age), ..self }
    }

    /// Does so much in one step; at least one.
    #[must_use]
    pub const fn with_batch(self, batch: usize) -> Self {
        Self { batch, ..self }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self { grace: Duration::from_secs(24 * 60 * 60), untagged: None, batch: 128 }
    }
}
