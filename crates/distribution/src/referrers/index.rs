//! An index that several write: the entries of others, and whatever else they wrote there, keep their bytes.
//!
//! What was read is a view, and an index that was written from views would lack each member that is not known here. So
//! the members of the index and the entries in its list are kept as the text that they were, in their order.

use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use wharf_spec::{DecodeError, Descriptor, Digest, Document, Index, MediaType};

/// An index as a list of texts.
#[derive(Debug)]
pub(super) struct RawIndex {
    members: Members,
    entries: Vec<(Digest, Box<RawValue>)>,
}

const MANIFESTS: &str = "manifests";

impl RawIndex {
    /// One without entries.
    pub(super) fn new() -> Option<Self> {
        Self::of(&Document::assemble(Index::new(Vec::new())).ok()?)
    }

    /// The texts of an index that was read: the strict reader has seen to it that no member is there twice.
    pub(super) fn of(document: &Document<Index>) -> Option<Self> {
        let members: Members = serde_json::from_slice(document.bytes()).ok()?;
        let (_, list) = members.0.iter().find(|(name, _)| name == MANIFESTS)?;
        let texts: Option<Vec<Box<RawValue>>> = serde_json::from_str(list.get()).ok()?;
        let texts = texts.unwrap_or_default();
        let digests = document.view().manifests.iter().map(|entry| entry.digest.clone());
        let is_same = digests.len() == texts.len();
        is_same.then(|| Self { members, entries: digests.zip(texts).collect() })
    }

    pub(super) fn has(&self, digest: &Digest) -> bool {
        self.entries.iter().any(|(found, _)| found == digest)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn add(&mut self, entry: &Descriptor) {
        // A descriptor cannot fail to be JSON: its maps have texts for keys.
        let text = to_raw_value(entry).unwrap_or_else(|_| RawValue::NULL.to_owned());
        self.entries.push((entry.digest.clone(), text));
    }

    pub(super) fn remove(&mut self, digest: &Digest) {
        self.entries.retain(|(found, _)| found != digest);
    }

    /// The index as a document, which can be read again.
    pub(super) fn write(&self) -> Result<Document, DecodeError> {
        let entries: Vec<_> = self.entries.iter().map(|(_, text)| text).collect();
        let list = to_raw_value(&entries).unwrap_or_else(|_| RawValue::NULL.to_owned());
        let text = |name: &str, text| if name == MANIFESTS { &*list } else { text };
        let members = Written(self.members.0.iter().map(|(name, value)| (&**name, text(name, &**value))).collect());
        let bytes = serde_json::to_vec(&members).unwrap_or_default();
        Ok(Document::new(MediaType::IMAGE_INDEX, bytes).decode::<Index>()?.into_raw())
    }
}

/// The members of an object, in their order.
#[derive(Debug)]
struct Members(Vec<(String, Box<RawValue>)>);

struct Written<'a>(Vec<(&'a str, &'a RawValue)>);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Object)
    }
}

struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
