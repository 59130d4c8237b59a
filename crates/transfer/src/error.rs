use std::fmt;

use wharf_registry::walk::WalkError;
use wharf_registry::{DecodeError, Digest, ErrorCode, Platform, TagOrDigest};

/// Why nothing, or not everything, was copied: on which side it failed, at which step, and the cause.
///
/// `Display` prints one level, such as `target: cannot store blob sha256:…`; the rest is in
/// [`source`](std::error::Error::source). Which concrete error is found there is not promised; what can be relied on is
/// [`registry`](Self::registry) and [`no_platform`](Self::no_platform).
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Inner>);

#[derive(Debug, thiserror::Error)]
#[error("{side}: cannot {}", Doing(*side, step))]
struct Inner {
    side: Side,
    step: Step,
    source: Cause,
}

#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) enum Cause {
    Registry(#[from] wharf_registry::Error),
    Walk(#[from] WalkError),
    Config(#[from] DecodeError),
    NoPlatform(#[from] NoPlatform),
}

impl Error {
    pub(crate) fn new(side: Side, step: Step, cause: impl Into<Cause>) -> Self {
        Self(Box::new(Inner { side, step, source: cause.into() }))
    }

    pub(crate) fn at_source(step: Step, cause: impl Into<Cause>) -> Self {
        Self::new(Side::Source, step, cause)
    }

    pub(crate) fn at_target(step: Step, cause: impl Into<Cause>) -> Self {
        Self::new(Side::Target, step, cause)
    }

    /// Who is to blame. Bytes that are not what the manifest says are the source's fault, even where the target is the
    /// one who notices.
    #[must_use]
    pub fn side(&self) -> Side {
        self.0.side
    }

    /// What was being done.
    #[must_use]
    pub fn step(&self) -> &Step {
        &self.0.step
    }

    /// The registry's own error, if it was one that failed.
    #[must_use]
    pub fn registry(&self) -> Option<&wharf_registry::Error> {
        match &self.0.source {
            Cause::Registry(error) | Cause::Walk(WalkError::Read(error)) => Some(error),
            _ => None,
        }
    }

    /// The code of the registry's own error.
    #[must_use]
    pub fn code(&self) -> Option<&ErrorCode> {
        self.registry().map(wharf_registry::Error::code)
    }

    /// Which platforms there are, when the wanted one is not among them.
    #[must_use]
    pub fn no_platform(&self) -> Option<&NoPlatform> {
        match &self.0.source {
            Cause::NoPlatform(error) => Some(error),
            _ => None,
        }
    }
}

/// One of the two registries of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a copy has two ends")]
pub enum Side {
    /// Where the image comes from.
    Source,
    /// Where the image goes to.
    Target,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "source",
            Self::Target => "target",
        })
    }
}

/// What was being done when a copy failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Finding out what a tag or a digest stands for.
    Resolve(TagOrDigest),
    /// Choosing the manifest for the wanted platform.
    Platform,
    /// Reading the manifests of the image.
    Walk,
    /// Asking whether a blob is there.
    Stat(Digest),
    /// Moving a blob.
    Blob(Digest),
    /// Storing a manifest, and with the root its tags.
    Manifest(Digest),
}

/// A step in words, which differ between the sides.
struct Doing<'a>(Side, &'a Step);

impl fmt::Display for Doing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.1, self.0) {
            (Step::Resolve(which), _) => write!(f, "resolve {which}"),
            (Step::Platform, _) => f.write_str("choose a platform"),
            (Step::Walk, _) => f.write_str("read the image's manifests"),
            (Step::Stat(digest), _) => write!(f, "look for blob {digest}"),
            (Step::Blob(digest), Side::Source) => write!(f, "read blob {digest}"),
            (Step::Blob(digest), Side::Target) => write!(f, "store blob {digest}"),
            (Step::Manifest(digest), _) => write!(f, "store manifest {digest}"),
        }
    }
}

/// The wanted platform is not among those that there are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is nothing for {wanted}, only for {}", List(available))]
#[non_exhaustive]
pub struct NoPlatform {
    /// What was asked for.
    pub wanted: Platform,
    /// What there is, in the order in which it was found, each once; attestations are left out.
    pub available: Vec<Platform>,
}

struct List<'a>(&'a [Platform]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("no platform that it says");
        }
        self.0.iter().enumerate().try_for_each(|(at, platform)| {
            let separator = if at == 0 { "" } else { ", " };
            write!(f, "{separator}{platform}")
        })
    }
}
