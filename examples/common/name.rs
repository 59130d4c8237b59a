use std::path::PathBuf;

use futures_util::TryStreamExt;
use wharf::client::Client;
use wharf::registry::{Digest, Host, Reference, Registry, Repository, Tag, TagOrDigest};
use wharf::store::layout::{self, Layout};
use wharf::transport_hyper::Hyper;

use super::Failure;

/// An image as it is named on a command line: a registry reference, or `oci:PATH[:TAG][@DIGEST]`.
pub enum Name {
    Registry(Reference),
    Layout { path: PathBuf, tag: Option<Tag>, digest: Option<Digest> },
}

/// A name with the registry that it is in.
pub struct Opened {
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
        let (directory, file) = rest.rsplit_once('/').map_or(("", rest), |_| rest.split_at(rest.rfind('/').unwrap_or(0)));
        let (file, digest) = match file.rsplit_once('@') {
            Some((file, digest)) => (file, Some(Digest::parse_registered(digest)?)),
            None => (file, None),
        };
        let (file, tag) = match file.rsplit_once(':') {
            Some((file, tag)) => (file, Some(Tag::parse(tag)?)),
            None => (file, None),
        };
        let path = PathBuf::from(format!("{directory}{file}"));
        if path.as_os_str().is_empty() { Err("a layout needs a path".into()) } else { Ok(Self::Layout { path, tag, digest }) }
    }

    /// Whether both names are in one registry, so that blobs can be mounted.
    pub fn shares_registry(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Registry(one), Self::Registry(other)) => one.host() == other.host(),
            _ => false,
        }
    }

    /// Opens the registry to read from it.
    pub async fn open(&self, plain_http: bool) -> Result<Opened, Failure> {
        match self {
            Self::Registry(reference) => connect(reference, plain_http),
            Self::Layout { path, tag, digest } => {
                Ok(in_layout(Box::new(Layout::open(path)?), tag.clone(), digest.clone()))
            }
        }
    }

    /// Opens the registry to write to it; a layout that is not there comes to be.
    pub async fn create(&self, plain_http: bool) -> Result<Opened, Failure> {
        match self {
            Self::Registry(reference) => connect(reference, plain_http),
            Self::Layout { path, tag, digest } => {
                Ok(in_layout(Box::new(Layout::create(path)?), tag.clone(), digest.clone()))
            }
        }
    }
}

fn in_layout(registry: Box<dyn Registry>, tag: Option<Tag>, digest: Option<Digest>) -> Opened {
    Opened { registry, repository: layout::REPOSITORY.clone(), tag, digest }
}

fn connect(reference: &Reference, plain_http: bool) -> Result<Opened, Failure> {
    let client = Client::new(Hyper::new(), reference.host().clone())?;
    let client = if plain_http { client.plain_http() } else { client };
    // In a registry, no tag and no digest mean a tag.
    let tag = match (reference.tag(), reference.digest()) {
        (None, None) => Some(Tag::LATEST),
        (tag, _) => tag.cloned(),
    };
    Ok(Opened {
        registry: Box::new(client),
        repository: reference.repository().clone(),
        tag,
        digest: reference.digest().cloned(),
    })
}

/// A registry to fetch from, by host; `http://` before it asks for plain HTTP.
pub fn upstream(text: &str) -> Result<Client, Failure> {
    let (host, plain_http) = text.strip_prefix("http://").map_or((text, false), |host| (host, true));
    let client = Client::new(Hyper::new(), Host::parse(host)?)?;
    Ok(if plain_http { client.plain_http() } else { client })
}

impl Opened {
    /// Which manifest is meant: by digest, else by tag, else the only tag that there is.
    pub async fn which(&self) -> Result<TagOrDigest, Failure> {
        if let Some(digest) = &self.digest {
            return Ok(digest.clone().into());
        }
        if let Some(tag) = &self.tag {
            return Ok(tag.clone().into());
        }
        let tags: Vec<Tag> = self.registry.tags(&self.repository, None).try_collect().await?;
        match tags.as_slice() {
            [tag] => Ok(tag.clone().into()),
            _ => Err(format!("the layout has {} tags: say which", tags.len()).into()),
        }
    }
}
