use alloc::sync::Arc;
use core::ops::Range;

/// The longest text that needs no heap; with it a [`Text`] is four words.
const MAX_INLINE: usize = 30;

/// A short text, or a piece of a text that is shared: the long parts of one reference all point into one allocation.
#[derive(Clone)]
pub(crate) enum Text {
    Static(&'static str),
    Inline { length: u8, bytes: [u8; MAX_INLINE] },
    Shared { text: Arc<str>, start: u16, end: u16 },
    Whole(Arc<str>),
}

impl Text {
    pub(crate) fn new(text: &str) -> Self {
        Self::inline(text).unwrap_or_else(|| Self::Whole(Arc::from(text)))
    }

    /// The text, if it is short. Byte by byte, as a call to copy so few takes longer.
    #[inline]
    pub(crate) fn inline(text: &str) -> Option<Self> {
        let length = u8::try_from(text.len()).ok().filter(|length| usize::from(*length) <= MAX_INLINE)?;
        let mut bytes = [0; MAX_INLINE];
        for (to, from) in bytes.iter_mut().zip(text.bytes()) {
            *to = from;
        }
        Some(Self::Inline { length, bytes })
    }

    /// The part of `text` at `range`, which lies within it. Far behind a host of more than 64 KiB it is a text of its own.
    pub(crate) fn slice(text: Arc<str>, range: Range<usize>) -> Self {
        match (u16::try_from(range.start), u16::try_from(range.end)) {
            (Ok(start), Ok(end)) => Self::Shared { text, start, end },
            _ => Self::new(text.get(range).unwrap_or_default()),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Static(text) => text,
            Self::Inline { .. } => str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Self::Shared { text, start, end } => text.get(usize::from(*start)..usize::from(*end)).unwrap_or_default(),
            Self::Whole(text) => text,
        }
    }

    /// The same without the look at the bytes that makes a short text a `str`.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Inline { length, bytes } => bytes.get(..usize::from(*length)).unwrap_or_default(),
            text => text.as_str().as_bytes(),
        }
    }
}

/// What every part of a reference has in common: it is a checked text and behaves as that text.
macro_rules! text_type {
    ($name:ident) => {
        impl $name {
            /// The text.
            ///
            /// ```
            #[doc = concat!("# use wharf_reference::", stringify!($name), ";")]
            #[doc = concat!("assert_eq!(", stringify!($name), "::parse(\"a\").unwrap().as_str(), \"a\");")]
            /// ```
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
                self.0.as_bytes() == other.0.as_bytes()
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
                self.0.as_bytes().cmp(other.0.as_bytes())
            }
        }

        impl core::hash::Hash for $name {
            fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
                self.0.as_bytes().hash(state);
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
