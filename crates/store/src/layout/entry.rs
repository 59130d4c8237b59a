//! One entry of `index.json`. What others wrote into it is never lost: an edit changes the members that it is about and
//! leaves the bytes of all others as they were.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use wharf_registry::{Descriptor, Digest, Tag, annotation};

use super::members::{Members, raw};

/// The member of an entry that holds its name.
const ANNOTATIONS: &str = "annotations";
/// What an entry says that was written here and has no name.
const PLAIN: [&str; 3] = ["mediaType", "digest", "size"];

/// An entry of `index.json`: its bytes, and what they say beside them. One that cannot be read is kept as it is.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    raw: Box<RawValue>,
    name: Option<String>,
    descriptor: Option<Descriptor>,
}

impl Entry {
    /// An entry from its bytes. What is not a descriptor is an entry all the same, which nobody can pull.
    pub(super) fn decode(raw: Box<RawValue>) -> Self {
        match serde_json::from_str::<Descriptor>(raw.get()) {
            Ok(mut descriptor) => {
                // The name means nothing outside of this file.
                let name = descriptor.annotations.remove(annotation::REF_NAME);
                Self { raw, name, descriptor: Some(descriptor) }
            }
            Err(_) => Self { name: name_of_unreadable(&raw), raw, descriptor: None },
        }
    }

    /// An entry for a manifest that has none.
    pub(super) fn new(manifest: &Descriptor, tag: Option<&Tag>) -> Self {
        let Descriptor { media_type, digest, size, .. } = manifest;
        let mut plain = Descriptor::new(media_type.clone(), digest.clone(), *size);
        if let Some(tag) = tag {
            plain = plain.with_annotation(annotation::REF_NAME, tag.as_str());
        }
        Self::decode(raw(&plain))
    }

    /// The manifest's descriptor, without the entry's name.
    pub(super) fn descriptor(&self) -> Option<&Descriptor> {
        self.descriptor.as_ref()
    }

    /// The entry's name, if it has one.
    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Whether the entry bears this name, readable or not.
    pub(super) fn is_named(&self, tag: &Tag) -> bool {
        self.name.as_deref() == Some(tag.as_str())
    }

    /// Whether the entry only records its manifest.
    pub(super) fn is_unnamed(&self) -> bool {
        self.name.is_none()
    }

    /// Whether the entry is one of this manifest; one that cannot be read is of none.
    pub(super) fn is_of(&self, digest: &Digest) -> bool {
        self.descriptor.as_ref().is_some_and(|descriptor| descriptor.digest == *digest)
    }

    /// Whether nothing would be lost with this entry but the mention of its manifest.
    pub(super) fn is_plain(&self) -> bool {
        self.descriptor.is_some() && Members::decode(&self.raw).is_ok_and(|members| members.are_among(&PLAIN))
    }

    /// Gives the entry this name, or none, and leaves everything else as it is. Says whether anything is other than before.
    pub(super) fn rename(&mut self, tag: Option<&Tag>) -> bool {
        self.edit(|members| {
            let annotations = members.get(ANNOTATIONS).and_then(|raw| Members::decode(raw).ok());
            let mut annotations = annotations.unwrap_or_default();
            match tag {
                Some(tag) => annotations.set(annotation::REF_NAME, &tag.as_str()),
                None => annotations.remove(annotation::REF_NAME),
            }
            match annotations.is_empty() {
                true => members.remove(ANNOTATIONS),
                false => members.set(ANNOTATIONS, &annotations),
            }
        })
    }

    /// Says of the manifest what `manifest` says, whose digest is the same. Says whether anything is other than before.
    pub(super) fn describe(&mut self, manifest: &Descriptor) -> bool {
        let said = self.descriptor.as_ref().map(|said| (&said.media_type, said.size));
        said != Some((&manifest.media_type, manifest.size))
            && self.edit(|members| {
                members.set("mediaType", &manifest.media_type);
                members.set("size", &manifest.size);
            })
    }

    /// Changes the entry's members, and says whether that made a difference. What is not an object has none and stays as
    /// it is.
    fn edit(&mut self, edit: impl FnOnce(&mut Members)) -> bool {
        let Ok(mut members) = Members::decode(&self.raw) else { return false };
        edit(&mut members);
        let edited = raw(&members);
        let is_other = edited.get() != self.raw.get();
        *self = Self::decode(edited);
        is_other
    }
}

/// The name of an entry that is no descriptor. It is not listed, but gives way when the name is given to another.
fn name_of_unreadable(raw: &RawValue) -> Option<String> {
    let annotations = Members::decode(Members::decode(raw).ok()?.get(ANNOTATIONS)?).ok()?;
    serde_json::from_str(annotations.get(annotation::REF_NAME)?.get()).ok()
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(serializer)
    }
}
