use std::error::Error;
use std::path::{Path, PathBuf};
use std::{fmt, io};

/// Why a configuration file cannot be used at all. It holds nothing of what is in the file.
///
/// ```
/// use wharf_client::docker_config::{ConfigErrorKind, ConfigFile};
///
/// let error = ConfigFile::parse(b"{\"auths\": hunter2}").unwrap_err();
/// assert_eq!(error.kind(), ConfigErrorKind::NotJson { line: 1, column: 11 });
/// assert_eq!(error.to_string(), "the configuration file is broken in line 1, column 11");
/// ```
#[derive(Debug)]
pub struct ConfigError {
    kind: ConfigErrorKind,
    path: Option<PathBuf>,
    source: Option<io::Error>,
}

/// What is wrong with a configuration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConfigErrorKind {
    /// It cannot be read.
    Io,
    /// It is a directory, a pipe or a device.
    NotAFile,
    /// It has more than 1 MiB.
    TooLarge,
    /// It is not JSON.
    NotJson {
        /// The line, counted from 1.
        line: usize,
        /// The byte in the line, counted from 1.
        column: usize,
    },
    /// It, or one of its parts, is not an object.
    Shape,
    /// One of its parts is there twice.
    Duplicate,
}

impl ConfigError {
    pub(super) const fn new(kind: ConfigErrorKind) -> Self {
        Self { kind, path: None, source: None }
    }

    pub(super) const fn io(source: io::Error) -> Self {
        Self { kind: ConfigErrorKind::Io, path: None, source: Some(source) }
    }

    pub(super) fn of(mut self, path: &Path) -> Self {
        self.path = Some(path.to_owned());
        self
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> ConfigErrorKind {
        self.kind
    }

    /// The file, if it is one on disk.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "the configuration file {} {}", path.display(), self.kind),
            None => write!(f, "the configuration file {}", self.kind),
        }
    }
}

impl fmt::Display for ConfigErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io => f.write_str("cannot be read"),
            Self::NotAFile => f.write_str("is not a regular file"),
            Self::TooLarge => f.write_str("is too large"),
            Self::NotJson { line, column } => write!(f, "is broken in line {line}, column {column}"),
            Self::Shape => f.write_str("has something else in the place of an object"),
            Self::Duplicate => f.write_str("has one of its parts twice"),
        }
    }
}

impl Error for ConfigError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
