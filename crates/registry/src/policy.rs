//! What a registry demands of a manifest before it takes it.

use std::collections::HashSet;
use std::error::Error as StdError;
use std::fmt;
use std::str::FromStr;

use wharf_reference::Repository;
use wharf_spec::{
    Content, DecodeError, Descriptor, Digest, Document, ErrorCode, Level, Limits, Link, LinkRole, MediaType, Violation,
};

use crate::{Error, Operation};

/// What a registry demands of a manifest before it takes it, from the most to the least.
///
/// | | [`Strict`](Self::Strict) | [`Referential`](Self::Referential) | [`Sparse`](Self::Sparse) | [`Lenient`](Self::Lenient) |
/// |---|---|---|---|---|
/// | no larger than [`Limits::document_bytes`] | yes | yes | yes | yes |
/// | can be read as what its media type says | yes | yes | yes | |
/// | breaks no rule of the image-spec that is a must | yes | | | |
/// | is of a kind that is known here | yes | | | |
/// | its blobs and its manifests are there | yes | yes | | |
/// | those also that are said to be elsewhere | yes | | | |
/// | its subject is there | | | | |
///
/// Said to be elsewhere are layers that may not be distributed, and what has `urls`. A subject is never demanded: the
/// distribution-spec wants a manifest accepted whose subject is not there. Of a document of a kind that is not known here
/// nobody can say what it needs; it is taken as it is, but not by the strictest policy.
///
/// [`Checked`](crate::Checked) applies a policy to any registry; one that keeps content itself may do so with fewer
/// questions, by [`admit`](Self::admit).
///
/// For settings a policy is read from its name in small letters, and printed as it:
///
/// ```
/// use wharf_registry::Policy;
///
/// assert_eq!("sparse".parse(), Ok(Policy::Sparse));
/// assert_eq!(Policy::default().to_string(), "referential");
/// assert!("none".parse::<Policy>().is_err());
/// ```
///
/// ```
/// use wharf_registry::{Document, MediaType, Policy};
///
/// let document = Document::new(MediaType::IMAGE_INDEX, r#"{"schemaVersion":2,"manifests":[],"annotations":null}"#);
/// assert!(Policy::Referential.admit(&document).is_ok());
/// let refused = Policy::Strict.admit(&document).unwrap_err();
/// assert_eq!(refused.to_string(), "it breaks 1 rule of the image-spec");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Policy {
    /// Nothing that breaks a must, and nothing that is not whole.
    Strict,
    /// What can be read, when all that it needs is there.
    #[default]
    Referential,
    /// What can be read, whatever is there: for caches, which fetch content when it is asked for.
    Sparse,
    /// Whatever comes, as it comes: for archives, and for documents of the past and the future.
    Lenient,
}

impl Policy {
    /// Judges a manifest by itself, and says what must be there for it.
    ///
    /// # Errors
    /// [`PolicyError`], but never [`Missing`](PolicyError::Missing) and [`Known`](PolicyError::Known), which are about
    /// what is there.
    ///
    /// ```
    /// use wharf_registry::{Descriptor, Document, Manifest, MediaType, Policy};
    ///
    /// let config = Descriptor::of(MediaType::IMAGE_CONFIG, b"{}");
    /// let manifest = Document::author(Manifest::new(config.clone(), Vec::new())).unwrap().into_raw();
    /// assert!(Policy::Referential.admit(&manifest).unwrap().blobs().eq([&config]));
    /// assert_eq!(Policy::Sparse.admit(&manifest).unwrap().blobs().count(), 0);
    /// ```
    pub fn admit(self, document: &Document) -> Result<Admitted, PolicyError> {
        let limits = Limits::default();
        // A document of an unknown kind is not read, and could be of any size.
        if document.bytes().len() > limits.document_bytes {
            return Err(PolicyError::TooLarge);
        }
        let document = match (document.clone().decode_within::<Content>(&limits), self) {
            (Ok(document), _) => Some(document),
            (Err(_), Self::Lenient) => None,
            (Err(error), _) => return Err(PolicyError::Unreadable(error)),
        };
        if self == Self::Strict {
            document.as_ref().map_or(Ok(()), breaks_nothing)?;
        }
        Ok(Admitted { document, policy: self })
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Referential => "referential",
            Self::Sparse => "sparse",
            Self::Lenient => "lenient",
        }
    }

    /// Whether content must be there for a manifest that names it.
    fn requires(self, needed: &Descriptor) -> bool {
        match self {
            Self::Strict => true,
            Self::Referential => needed.urls.is_empty() && !needed.media_type.is_non_distributable(),
            Self::Sparse | Self::Lenient => false,
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Policy {
    type Err = InvalidPolicy;

    fn from_str(text: &str) -> Result<Self, InvalidPolicy> {
        let all = [Self::Strict, Self::Referential, Self::Sparse, Self::Lenient];
        all.into_iter().find(|policy| policy.name() == text).ok_or(InvalidPolicy)
    }
}

/// A text that names no [`Policy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidPolicy;

impl fmt::Display for InvalidPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a policy is strict, referential, sparse or lenient")
    }
}

impl StdError for InvalidPolicy {}

fn breaks_nothing(document: &Document<Content>) -> Result<(), PolicyError> {
    if *document.view() == Content::Opaque {
        return Err(PolicyError::Unknown);
    }
    let mut broken = document.violations();
    broken.retain(|violation| violation.rule().level() == Level::Must);
    if broken.is_empty() { Ok(()) } else { Err(PolicyError::Broken(broken)) }
}

/// A manifest that is admitted if what it needs is there.
#[derive(Clone, Debug)]
pub struct Admitted {
    document: Option<Document<Content>>,
    policy: Policy,
}

impl Admitted {
    /// What the manifest says, if it can be read.
    #[must_use]
    pub fn content(&self) -> Option<&Content> {
        self.document.as_ref().map(Document::view)
    }

    /// The blobs that must be there, each once.
    pub fn blobs(&self) -> impl Iterator<Item = &Descriptor> {
        self.required(|role| matches!(role, LinkRole::Config | LinkRole::Layer | LinkRole::Blob))
    }

    /// The manifests that must be there, each once.
    pub fn manifests(&self) -> impl Iterator<Item = &Descriptor> {
        self.required(|role| role == LinkRole::Manifest)
    }

    fn required(&self, is: impl Fn(LinkRole) -> bool) -> impl Iterator<Item = &Descriptor> {
        let links = self.document.iter().flat_map(Document::links);
        let needed = links.filter(move |link: &Link<'_>| is(link.role)).map(|link| link.descriptor);
        let mut seen = HashSet::new();
        needed.filter(|needed| self.policy.requires(needed)).filter(move |needed| seen.insert(&needed.digest))
    }
}

/// Why a policy does not admit a manifest: the source of the [`Error`] that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyError {
    /// It is larger than [`Limits::document_bytes`].
    TooLarge,
    /// It cannot be read as what its media type says.
    Unreadable(DecodeError),
    /// Nobody here knows documents of its kind.
    Unknown,
    /// It is there as what this media type says, and would become something else for all who pull it.
    Known(MediaType),
    /// It breaks these rules, each of them a must.
    Broken(Vec<Violation>),
    /// This is not there, and it needs it; perhaps more, where this is a hundred.
    Missing(Vec<Digest>),
}

impl PolicyError {
    /// The error for the registry traits: `MANIFEST_BLOB_UNKNOWN` about the first thing that is missing, and
    /// `MANIFEST_INVALID` about the manifest in all other cases.
    ///
    /// ```
    /// use wharf_registry::{Digest, Document, ErrorCode, MediaType, PolicyError, Repository};
    ///
    /// let (app, document) = (Repository::from_static("app"), Document::new(MediaType::EMPTY, "{}"));
    /// assert_eq!(*PolicyError::TooLarge.refuse(&app, &document).code(), ErrorCode::MANIFEST_INVALID);
    /// let missing = PolicyError::Missing(vec![Digest::of(b"config")]);
    /// assert_eq!(*missing.refuse(&app, &document).code(), ErrorCode::MANIFEST_BLOB_UNKNOWN);
    /// ```
    #[must_use]
    pub fn refuse(self, repository: &Repository, document: &Document) -> Error {
        let (code, about) = match &self {
            Self::Missing(missing) => (ErrorCode::MANIFEST_BLOB_UNKNOWN, missing.first()),
            _ => (ErrorCode::MANIFEST_INVALID, None),
        };
        let error = Error::new(code, Operation::PutManifest).about(repository, about.unwrap_or(document.digest()));
        error.because(self)
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("it is too large"),
            Self::Unreadable(_) => f.write_str("it cannot be read as what its media type says"),
            Self::Unknown => f.write_str("documents of its kind are not known"),
            Self::Known(media_type) => write!(f, "it is there as {media_type}"),
            Self::Broken(rules) if rules.len() == 1 => f.write_str("it breaks 1 rule of the image-spec"),
            Self::Broken(rules) => write!(f, "it breaks {} rules of the image-spec", rules.len()),
            Self::Missing(missing) => write!(f, "{} of what it needs is not there", missing.len()),
        }
    }
}

impl StdError for PolicyError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        if let Self::Unreadable(source) = self { Some(source) } else { None }
    }
}
