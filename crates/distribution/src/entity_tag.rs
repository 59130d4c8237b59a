use std::fmt;

use wharf_spec::Digest;

/// An entity tag (RFC 9110, section 8.8.3): what a server calls this version of some content.
///
/// ```
/// use wharf_distribution::EntityTag;
/// use wharf_spec::Digest;
///
/// let tag = EntityTag::of(&Digest::of(b"{}"));
/// assert!(tag.to_string().starts_with("\"sha256:44136fa3"));
/// assert_eq!(tag.digest(), Some(Digest::of(b"{}")));
/// assert_eq!(EntityTag::parse("W/\"5-1\"").unwrap().to_string(), "W/\"5-1\"");
/// assert_eq!(EntityTag::parse("unquoted"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EntityTag {
    weak: bool,
    tag: Box<str>,
}

/// What a condition says of entity tags (`If-Match`, `If-None-Match`; RFC 9110, section 13.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the headers have these two forms and no other")]
pub enum EntityTags {
    /// `*`: whatever there is.
    Any,
    /// One of these, in the order in which they were written; at least one.
    Listed(Vec<EntityTag>),
}

/// Longer tags are not read, in bytes.
const MAX_TAG: usize = 1024;
/// More tags than this are not read.
const MAX_TAGS: usize = 64;

impl EntityTag {
    /// The strong tag of content that its digest names.
    ///
    /// ```
    /// # use wharf_distribution::EntityTag;
    /// # use wharf_spec::Digest;
    /// assert!(!EntityTag::of(&Digest::of(b"{}")).is_weak());
    /// ```
    #[must_use]
    pub fn of(digest: &Digest) -> Self {
        Self { weak: false, tag: digest.to_string().into() }
    }

    /// Reads one tag. The grammar has no escapes: a quote ends it.
    ///
    /// ```
    /// # use wharf_distribution::EntityTag;
    /// assert!(EntityTag::parse("\"a,b\"").is_some());
    /// assert!(["", "\"", "w/\"a\"", "\"a b\"", "\"a\"b\"", "\"a\", \"b\""].map(EntityTag::parse).iter().all(Option::is_none));
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (tag, rest) = Self::first(text.trim_ascii())?;
        rest.is_empty().then_some(tag)
    }

    /// Whether content with the same tag may be other bytes.
    ///
    /// ```
    /// # use wharf_distribution::EntityTag;
    /// assert!(EntityTag::parse("W/\"a\"").unwrap().is_weak());
    /// ```
    #[must_use]
    pub const fn is_weak(&self) -> bool {
        self.weak
    }

    /// The digest that the tag is, as registries have it; nothing for any other tag, and for a weak one.
    ///
    /// ```
    /// # use wharf_distribution::EntityTag;
    /// assert_eq!(EntityTag::parse("\"5-1\"").unwrap().digest(), None);
    /// ```
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        Digest::parse(&self.tag).ok().filter(|_| !self.weak)
    }

    /// Whether both are tags of the same version, be it byte for byte or not (RFC 9110, section 8.8.3.2).
    ///
    /// ```
    /// # use wharf_distribution::EntityTag;
    /// let [weak, strong] = ["W/\"a\"", "\"a\""].map(|text| EntityTag::parse(text).unwrap());
    /// assert!(weak.is_like(&strong) && weak != strong);
    /// ```
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.tag == other.tag
    }

    /// A tag at the beginning of a text, and what comes after it.
    fn first(text: &str) -> Option<(Self, &str)> {
        let bare = text.strip_prefix("W/");
        let (tag, rest) = bare.unwrap_or(text).strip_prefix('"')?.split_once('"')?;
        let fits = tag.len() <= MAX_TAG && tag.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| (Self { weak: bare.is_some(), tag: tag.into() }, rest))
    }
}

impl fmt::Display for EntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\"{}\"", if self.weak { "W/" } else { "" }, self.tag)
    }
}

impl EntityTags {
    /// Reads the value of a condition; nothing comes of one that is malformed, or that has more tags than anybody needs.
    ///
    /// ```
    /// use wharf_distribution::EntityTags;
    ///
    /// assert_eq!(EntityTags::parse(" * "), Some(EntityTags::Any));
    /// let Some(EntityTags::Listed(tags)) = EntityTags::parse(r#""a,b", W/"c""#) else { panic!() };
    /// assert_eq!(tags.len(), 2);
    /// assert_eq!(EntityTags::parse(r#""a" "b""#), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim_ascii();
        if rest == "*" {
            return Some(Self::Any);
        }
        let mut tags = Vec::new();
        while tags.len() < MAX_TAGS {
            let (tag, after) = EntityTag::first(rest)?;
            tags.push(tag);
            let after = after.trim_ascii_start();
            if after.is_empty() {
                return Some(Self::Listed(tags));
            }
            rest = after.strip_prefix(',')?.trim_ascii_start();
        }
        None
    }
}

impl fmt::Display for EntityTags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Listed(tags) = self else { return f.write_str("*") };
        for (at, tag) in tags.iter().enumerate() {
            write!(f, "{}{tag}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}
