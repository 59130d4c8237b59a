use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use wharf::registry::{Digest, Document, Index, MediaType, Reference, Registry, Repository, Tag, TagOrDigest};
use wharf::store::layout::{self, Layout};

use super::{Access, Failure};

/// An image as it is named on a command line: a registry reference, or `oci:PATH[:TAG][@DIGEST]`.
pub enum Name {
    Registry(Reference),
    Layout { path: PathBuf, tag: Option<Tag>, digest: Option<Digest> },
}

/// An image that is to be read, with the registry that it is in.
pub struct Found {
    pub registry: Box<dyn Registry>,
    pub repository: Repository,
    pub which: TagOrDigest,
}

/// Where an image is to be written: with a tag or without, and under a known digest or whatever it has.
pub struct Place {
    pub registry: Box<dyn Registry>,
    pub repository: Repository,
    pub tag: Option<Tag>,
    pub digest: Option<Digest>,
}

impl Name {
    /// Reads a name. In a layout's, the tag and the digest are what follows the last `:` and the last `@` after the last
    /// `/`, so that paths may hold both.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let Some(rest) = text.strip_prefix("oci:") else {
            return Ok(Self::Registry(Reference::parse(text)?));
        };
        let (directory, file) = rest.split_at(rest.rfind('/').unwrap_or(0));
        let (file, digest) = match file.rsplit_once('@') {
            Some((file, digest)) => (file, Some(Digest::parse_registered(digest)?)),
            None => (file, None),
        };
        let (file, tag) = match file.rsplit_once(':') {
            Some((file, tag)) => (file, Some(Tag::parse(tag)?)),
            None => (file, None),
        };
        match PathBuf::from(format!("{directory}{file}")) {
            path if path.as_os_str().is_empty() => Err("a layout needs a path".into()),
            path => Ok(Self::Layout { path, tag, digest }),
        }
    }

    /// Whether both names are in one registry, so that blobs can be mounted.
    pub fn shares_registry(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Registry(one), Self::Registry(other)) => one.host() == other.host(),
            _ => false,
        }
    }

    /// Finds the image that is meant: by digest, else by tag, else the only one that there is.
    pub fn open(&self, access: &Access) -> Result<Found, Failure> {
        match self {
            Self::Registry(reference) => Ok(Found {
                registry: Box::new(access.identified(reference)?),
                repository: reference.repository().clone(),
                which: reference.tag_or_digest(),
            }),
            Self::Layout { path, tag, digest } => Ok(Found {
                registry: Box::new(Layout::open(path)?),
                repository: layout::REPOSITORY.clone(),
                which: match (digest, tag) {
                    (Some(digest), _) => digest.clone().into(),
                    (None, Some(tag)) => tag.clone().into(),
                    (None, None) => only_image(path)?.into(),
                },
            }),
        }
    }

    /// Opens the registry to write to it; a layout that is not there comes to be. In a registry, neither a tag nor a
    /// digest means the tag `latest`.
    pub fn create(&self, access: &Access) -> Result<Place, Failure> {
        match self {
            Self::Registry(reference) => Ok(Place {
                registry: Box::new(access.identified(reference)?),
                repository: reference.repository().clone(),
                tag: reference.tag().cloned().or(reference.digest().is_none().then_some(Tag::LATEST)),
                digest: reference.digest().cloned(),
            }),
            Self::Layout { path, tag, digest } => Ok(Place {
                registry: Box::new(Layout::create(path)?),
                repository: layout::REPOSITORY.clone(),
                tag: tag.clone(),
                digest: digest.clone(),
            }),
        }
    }
}

/// The image of a layout that has one, whatever it is called there.
fn only_image(layout: &Path) -> Result<Digest, Failure> {
    let index = Document::new(MediaType::IMAGE_INDEX, std::fs::read(layout.join("index.json"))?).decode::<Index>()?;
    let images: BTreeSet<_> = index.view().manifests.iter().map(|entry| entry.digest.clone()).collect();
    match images.len() {
        1 => images.into_iter().next().ok_or_else(|| "the layout is empty".into()),
        number => Err(format!("the layout has {number} images: say which by tag or digest").into()),
    }
}
