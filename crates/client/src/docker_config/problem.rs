use std::error::Error;
use std::fmt;

/// Something in a configuration file that cannot be used, while the rest can. It holds no byte of a secret.
///
/// ```
/// use wharf_client::docker_config::{ConfigFile, ProblemKind};
///
/// let file = ConfigFile::parse(br#"{"auths": {"r.io": {"auth": "hunter2!"}, "quay.io": {}}}"#).unwrap();
/// let problem = &file.problems()[0];
/// assert_eq!(problem.kind(), ProblemKind::Base64);
/// assert_eq!(problem.to_string(), "entry 1 of auths, for r.io: what should be base64 is not");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub(super) part: Part,
    pub(super) position: usize,
    pub(super) registry: Option<Box<str>>,
    pub(super) kind: ProblemKind,
}

/// A part of a configuration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Part {
    /// The credentials themselves.
    Auths,
    /// Helpers, each for a registry.
    CredHelpers,
    /// The helper for all registries.
    CredsStore,
}

/// What is wrong with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The key is no registry, or has something in it that belongs to none: a user, a query, a tag.
    Key,
    /// The key, or a member of the entry, is there twice, so that nobody can say which is meant.
    Duplicate,
    /// A value is of another type than it has to be.
    Shape,
    /// `auth` is not base64.
    Base64,
    /// What `auth` encodes is not UTF-8.
    NotText,
    /// What `auth` encodes has no colon between user and password.
    NoColon,
    /// The user name holds a colon or is missing.
    Username,
    /// A token cannot be sent in a header.
    Token,
    /// The name of a helper is not one.
    HelperName,
}

impl Problem {
    /// Where it is.
    #[must_use]
    pub const fn part(&self) -> Part {
        self.part
    }

    /// Which entry of the part it is, counted from 0.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }

    /// What the entry is for, in one spelling for all, when its key can be read.
    #[must_use]
    pub fn registry(&self) -> Option<&str> {
        self.registry.as_deref()
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> ProblemKind {
        self.kind
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            Part::CredsStore => f.write_str(self.part.name())?,
            part => write!(f, "entry {} of {}", self.position + 1, part.name())?,
        }
        if let Some(registry) = &self.registry {
            write!(f, ", for {registry}")?;
        }
        write!(f, ": {}", self.kind)
    }
}

impl Error for Problem {}

impl Part {
    /// What it is called in a file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auths => "auths",
            Self::CredHelpers => "credHelpers",
            Self::CredsStore => "credsStore",
        }
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "the key is not a registry",
            Self::Duplicate => "something is there twice",
            Self::Shape => "a value is of the wrong type",
            Self::Base64 => "what should be base64 is not",
            Self::NotText => "user and password are not UTF-8",
            Self::NoColon => "there is no colon between user and password",
            Self::Username => "the user name is missing or has a colon in it",
            Self::Token => "the token cannot be sent in a header",
            Self::HelperName => "the name of the helper is not one",
        })
    }
}
