use alloc::sync::Arc;
use core::ops::Range;

/// A piece of a shared text: the parts of one reference all point into one allocation.
#[derive(Clone)]
pub(crate) enum Text {
    Static(&'static str),
    Shared { text: Arc<str>, start: u32, end: u32 },
}

impl Text {
    pub(crate) fn new(text: &str) -> Self {
        Self::slice(Arc::from(text), 0..text.len())
    }

    /// The part of `text` at `range`, which lies within it. Offsets fit: the callers' grammars bound every part but the
    /// host, and a host longer than 4 GiB becomes empty rather than another host.
    pub(crate) fn slice(text: Arc<str>, range: Range<usize>) -> Self {
        match (u32::try_from(range.start), u32::try_from(range.end)) {
            (Ok(start), Ok(end)) => Self::Shared { text, start, end },
            _ => Self::Static(""),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Static(text) => text,
            Self::Shared { text, start, end } => text.get(*start as usize..*end as usize).unwrap_or_default(),
        }
    }
}

/// What every part of a reference has in common: it is a checked text and behaves as that text.
macro_rules! text_type {
    ($name:ident) => {
        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.as_str())
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.as_str() == other.as_str()
            }
        }

        impl Eq for $name {}

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> core::cmp::Ordering {
                self.as_str().cmp(other.as_str())
            }
        }

        impl core::hash::Hash for $name {
            fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
                self.as_str().hash(state);
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl core::str::FromStr for $name {
            type Err = crate::ParseError;

            fn from_str(text: &str) -> Result<Self, crate::ParseError> {
                Self::parse(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = crate::ParseError;

            fn try_from(text: &str) -> Result<Self, crate::ParseError> {
                Self::parse(text)
            }
        }
    };
}
pub(crate) use text_type;
