//! Everything that a manifest needs, children before parents, read once and within limits.

use std::collections::HashSet;
use std::error::Error as StdError;
use std::fmt;

use wharf_reference::{Repository, TagOrDigest};
use wharf_spec::{Content, DecodeError, Descriptor, Digest, Document, Limits};

use crate::{Error, Read};

/// The documents that were found, children before parents, and the blobs that they need, each once.
#[derive(Debug)]
#[non_exhaustive]
pub struct Tree {
    /// The manifests; the last one is the root.
    pub documents: Vec<Document<Content>>,
    /// The blobs that the manifests need.
    pub blobs: Vec<Descriptor>,
}

/// What to do with a manifest that was met on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Visit {
    /// Read it and what it needs.
    Enter,
    /// Leave out it and everything below it.
    Skip,
}

/// Why a walk ended early.
#[derive(Debug)]
#[non_exhaustive]
pub enum WalkError {
    /// A manifest could not be read.
    Read(Error),
    /// A manifest is not what its descriptor says, or breaks a limit of its own.
    Decode {
        /// Which one.
        digest: Digest,
        /// Why.
        source: DecodeError,
    },
    /// A manifest has another digest, size or media type than its descriptor says.
    Descriptor {
        /// What the index says.
        expected: Box<Descriptor>,
        /// What was found.
        actual: Box<Descriptor>,
    },
    /// Indexes are nested deeper than [`Limits::depth`].
    TooDeep,
    /// There are more manifests than [`Limits::documents`], or more bytes of them than [`Limits::walk_bytes`].
    TooMuch,
}

impl fmt::Display for WalkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(_) => f.write_str("cannot read a manifest"),
            Self::Decode { digest, .. } => write!(f, "cannot use manifest {digest}"),
            Self::Descriptor { expected, actual } => write!(
                f,
                "manifest {} is described as {}, {} bytes, and {} came, {}, {} bytes",
                expected.digest, expected.media_type, expected.size, actual.digest, actual.media_type, actual.size
            ),
            Self::TooDeep => f.write_str("indexes are nested too deeply"),
            Self::TooMuch => f.write_str("the image has too many manifests"),
        }
    }
}

impl StdError for WalkError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Read(source) => Some(source),
            Self::Decode { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Reads `root` and every manifest below it for which `visit` says so.
///
/// # Errors
/// [`WalkError`]; a child that is missing is an error.
///
/// # Cancel safety
/// Leaves nothing behind.
pub async fn walk(
    from: &dyn Read,
    repository: &Repository,
    root: Document<Content>,
    limits: &Limits,
    mut visit: impl FnMut(&Descriptor) -> Visit + Send,
) -> Result<Tree, WalkError> {
    let mut tree = Tree { documents: Vec::new(), blobs: Vec::new() };
    let mut bytes = root.bytes().len();
    let mut seen = HashSet::from([root.digest().clone()]);
    let mut seen_blobs = HashSet::new();
    let mut open = vec![Node::new(root)];
    while let Some(node) = open.last_mut() {
        let Some(child) = node.children.pop() else {
            if let Some(node) = open.pop() {
                tree.blobs.extend(
                    node.document.view().blobs().filter(|blob| seen_blobs.insert(blob.digest.clone())).cloned(),
                );
                tree.documents.push(node.document);
            }
            continue;
        };
        if visit(&child) == Visit::Skip || !seen.insert(child.digest.clone()) {
            continue;
        }
        if open.len() > limits.depth {
            return Err(WalkError::TooDeep);
        }
        let document = fetch(from, repository, child, limits).await?;
        bytes = bytes.saturating_add(document.bytes().len());
        if seen.len() > limits.documents || bytes > limits.walk_bytes {
            return Err(WalkError::TooMuch);
        }
        open.push(Node::new(document));
    }
    Ok(tree)
}

/// A manifest with the children that are still to be visited, the next one last.
struct Node {
    document: Document<Content>,
    children: Vec<Descriptor>,
}

impl Node {
    fn new(document: Document<Content>) -> Self {
        let mut children: Vec<_> = document.view().children().cloned().collect();
        children.reverse();
        Self { document, children }
    }
}

async fn fetch(
    from: &dyn Read,
    repository: &Repository,
    child: Descriptor,
    limits: &Limits,
) -> Result<Document<Content>, WalkError> {
    let which = TagOrDigest::Digest(child.digest.clone());
    let document = from.manifest(repository, &which).await.map_err(WalkError::Read)?;
    let actual = document.descriptor();
    if (&actual.digest, actual.size, &actual.media_type) != (&child.digest, child.size, &child.media_type) {
        return Err(WalkError::Descriptor { expected: Box::new(child), actual: Box::new(actual) });
    }
    decode(document, limits)
}

/// Reads a manifest's content, and says which manifest it was if that fails.
///
/// # Errors
/// [`WalkError::Decode`].
pub fn decode(document: Document, limits: &Limits) -> Result<Document<Content>, WalkError> {
    let digest = document.digest().clone();
    document.decode_within(limits).map_err(|source| WalkError::Decode { digest, source })
}
