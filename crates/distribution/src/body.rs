use serde::{Deserialize, Deserializer, Serialize};
use wharf_reference::{Repository, Tag};

/// The body of a list of tags.
///
/// Reading is lenient where registries are: `null` is an empty list, and what is not a tag is dropped.
///
/// ```
/// use wharf_distribution::TagList;
///
/// let list = TagList::decode(br#"{"name":"a","tags":["v1","not a tag"]}"#).unwrap();
/// assert_eq!(list.tags.len(), 1);
/// assert!(TagList::decode(br#"{"name":"a","tags":null}"#).unwrap().tags.is_empty());
/// assert_eq!(TagList::decode(b"[]"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TagList {
    /// The repository, as the registry names it.
    #[serde(default)]
    pub name: String,
    /// The tags.
    #[serde(default, deserialize_with = "tags")]
    pub tags: Vec<Tag>,
}

impl TagList {
    /// The tags of a repository.
    ///
    /// ```
    /// # use wharf_distribution::TagList;
    /// # use wharf_reference::{Repository, Tag};
    /// let list = TagList::new(&Repository::from_static("a"), vec![Tag::LATEST]);
    /// assert_eq!(list.name, "a");
    /// ```
    #[must_use]
    pub fn new(repository: &Repository, tags: Vec<Tag>) -> Self {
        Self { name: repository.to_string(), tags }
    }

    /// Writes the body.
    ///
    /// ```
    /// # use wharf_distribution::TagList;
    /// # use wharf_reference::{Repository, Tag};
    /// let list = TagList::new(&Repository::from_static("a"), vec![Tag::LATEST]);
    /// assert_eq!(list.encode(), br#"{"name":"a","tags":["latest"]}"#);
    /// ```
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads the body; nothing comes of one that is not such a list.
    ///
    /// ```
    /// # use wharf_distribution::TagList;
    /// assert!(TagList::decode(b"{}").unwrap().tags.is_empty());
    /// assert_eq!(TagList::decode(b"<html>"), None);
    /// ```
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        object(bytes)
    }
}

/// The body of a list of repositories.
///
/// ```
/// use wharf_distribution::RepositoryList;
///
/// let list = RepositoryList::decode(br#"{"repositories":["a","b/c"]}"#).unwrap();
/// assert_eq!(list.repositories.len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RepositoryList {
    /// The repositories.
    #[serde(default, deserialize_with = "repositories")]
    pub repositories: Vec<Repository>,
}

impl RepositoryList {
    /// A list of repositories.
    ///
    /// ```
    /// # use wharf_distribution::RepositoryList;
    /// # use wharf_reference::Repository;
    /// assert_eq!(RepositoryList::new(vec![Repository::from_static("a")]).repositories.len(), 1);
    /// ```
    #[must_use]
    pub const fn new(repositories: Vec<Repository>) -> Self {
        Self { repositories }
    }

    /// Writes the body.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads the body; nothing comes of one that is not such a list.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        object(bytes)
    }
}

/// An object and nothing else: the JSON reader would take an array for one.
pub(crate) fn object<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let is_object = bytes.trim_ascii_start().first() == Some(&b'{');
    is_object.then(|| serde_json::from_slice(bytes).ok()).flatten()
}

/// None of the bodies can fail to be JSON: they are lists of text.
fn encode(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).unwrap_or_default()
}

fn tags<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Tag>, D::Error> {
    valid(deserializer, |text| Tag::parse(text).ok())
}

fn repositories<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Repository>, D::Error> {
    valid(deserializer, |text| Repository::parse(text).ok())
}

fn valid<'de, D: Deserializer<'de>, T>(deserializer: D, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, D::Error> {
    let texts = Option::<Vec<Option<String>>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(texts.iter().flatten().filter_map(|text| parse(text)).collect())
}
