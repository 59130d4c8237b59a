use std::num::NonZeroUsize;

use wharf_registry::{Limits, Platform};

const JOBS: NonZeroUsize = NonZeroUsize::new(4).unwrap();

/// How to copy.
///
/// ```
/// use wharf_transfer::Options;
///
/// let options = Options::default().with_platform("linux/arm64".parse().unwrap()).with_same_registry(true);
/// assert_eq!(options.jobs.get(), 4);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Copy the manifest for this platform alone; everything if there is none.
    pub platform: Option<Platform>,
    /// How many requests, and how many blobs, are on their way side by side: 4.
    pub jobs: NonZeroUsize,
    /// What is believed of the source's manifests.
    pub limits: Limits,
    /// Whether source and target are repositories of one registry, so that blobs can be mounted and need not move.
    /// Two values of a type can lead to one registry, so only the caller knows.
    pub same_registry: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { platform: None, jobs: JOBS, limits: Limits::default(), same_registry: false }
    }
}

impl Options {
    /// The same for one platform alone.
    #[must_use]
    pub fn with_platform(self, platform: Platform) -> Self {
        Self { platform: Some(platform), ..self }
    }

    /// The same with so much side by side.
    #[must_use]
    pub fn with_jobs(self, jobs: NonZeroUsize) -> Self {
        Self { jobs, ..self }
    }

    /// The same within other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The same, saying whether source and target are repositories of one registry.
    #[must_use]
    pub fn with_same_registry(self, same_registry: bool) -> Self {
        Self { same_registry, ..self }
    }
}
