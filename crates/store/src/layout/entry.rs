//! One entry of `index.json`. What others wrote into it is never lost: an edit changes the members that it is about and
//! leaves the bytes of all others as they were.
//!
//! An index can have a quarter of a million entries, so an entry allocates nothing: what it says is known by where it
//! says it.

use serde_json::value::RawValue;
use wharf_registry::{Descriptor, Digest, MediaType, Tag, annotation};

use super::members::{Members, raw};

/// The member of an entry that holds its name.
const ANNOTATIONS: &str = "annotations";
/// What an entry says that was written here and has no name.
const PLAIN: [&str; 3] = ["mediaType", "digest", "size"];

/// A part of a text, which has fewer than 2³² bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    begin: u32,
    end: u32,
}

impl Span {
    /// The part between two bytes of a text.
    #[allow(clippy::cast_possible_truncation, reason = "an index that is longer is not read")]
    pub(super) const fn new(begin: usize, end: usize) -> Self {
        Self { begin: begin as u32, end: end as u32 }
    }

    /// Where it ends.
    pub(super) const fn end(self) -> u32 {
        self.end
    }

    /// What it says.
    pub(super) fn of(self, text: &str) -> &str {
        text.get(self.begin as usize..self.end as usize).unwrap_or_default()
    }

    /// Where it is in another text.
    const fn moved(self, by: &Shift) -> Self {
        let by = if self.begin < by.length { by.inside } else { by.behind };
        Self { begin: self.begin.wrapping_add(by), end: self.end.wrapping_add(by) }
    }
}

/// How far an entry is from where it was, and what was appended behind `length`; back is all the way around.
#[derive(Debug)]
struct Shift {
    inside: u32,
    length: u32,
    behind: u32,
}

/// Where an entry says what; one that cannot be read is of no manifest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    raw: Span,
    name: Option<Span>,
    manifest: Option<Said>,
    is_plain: bool,
}

/// What an entry says of its manifest.
#[derive(Clone, Copy, Debug)]
struct Said {
    media_type: Span,
    digest: Span,
    size: u64,
}

impl Slot {
    /// Reads a part of a text as an entry. What is spelled with escapes there is appended to the text as it reads.
    pub(super) fn read(text: &mut String, raw: Span) -> Self {
        let (name, manifest) = decode(raw.of(text));
        let is_plain = name.is_none() && manifest.is_some() && has_no_remarks(raw.of(text));
        let mut find = |said: &str| found(text, raw, said);
        Self {
            raw,
            name: name.map(|name| find(&name)),
            manifest: manifest.map(|manifest| Said {
                media_type: find(manifest.media_type.as_str()),
                digest: find(&manifest.digest.to_string()),
                size: manifest.size,
            }),
            is_plain,
        }
    }

    /// The same of an entry that is at `span` now, in a text whose first `length` bytes have become `now`.
    pub(super) fn moved(self, span: Span, length: usize, now: usize) -> Self {
        let Span { begin: length, end: now } = Span::new(length, now);
        let inside = span.begin.wrapping_sub(self.raw.begin);
        let shift = Shift { inside, length, behind: now.wrapping_sub(length) };
        let Self { raw, name, manifest, is_plain } = self;
        let manifest = manifest.map(|Said { media_type, digest, size }| Said {
            media_type: media_type.moved(&shift),
            digest: digest.moved(&shift),
            size,
        });
        Self { raw: raw.moved(&shift), name: name.map(|name| name.moved(&shift)), manifest, is_plain }
    }
}

/// Where a part of a text says this, or the end of the text, where it then does.
fn found(text: &mut String, within: Span, said: &str) -> Span {
    let begin = match within.of(text).find(said) {
        Some(at) => within.begin as usize + at,
        None => {
            text.push_str(said);
            text.len() - said.len()
        }
    };
    Span::new(begin, begin + said.len())
}

/// The name of an entry and its manifest. What is not a descriptor is an entry all the same, which nobody can pull; its
/// name is not listed, but gives way when it is given to another.
fn decode(raw: &str) -> (Option<String>, Option<Descriptor>) {
    match serde_json::from_str::<Descriptor>(raw) {
        Ok(mut manifest) => (manifest.annotations.remove(annotation::REF_NAME), Some(manifest)),
        Err(_) => (name_of_unreadable(raw), None),
    }
}

fn name_of_unreadable(raw: &str) -> Option<String> {
    let members = Members::decode(raw).ok()?;
    let annotations = Members::decode(members.get(ANNOTATIONS)?.get()).ok()?;
    serde_json::from_str(annotations.get(annotation::REF_NAME)?.get()).ok()
}

fn has_no_remarks(raw: &str) -> bool {
    Members::decode(raw).is_ok_and(|members| members.are_among(&PLAIN))
}

/// An entry of `index.json`: its bytes, and what they say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    text: &'a str,
    slot: &'a Slot,
}

impl<'a> Entry<'a> {
    pub(super) const fn new(text: &'a str, slot: &'a Slot) -> Self {
        Self { text, slot }
    }

    /// Its bytes.
    pub(super) fn raw(self) -> &'a str {
        self.slot.raw.of(self.text)
    }

    /// The manifest's descriptor, without what only this entry says of it.
    pub(super) fn descriptor(self) -> Option<Descriptor> {
        let Said { media_type, digest, size } = self.slot.manifest?;
        let media_type = MediaType::parse(media_type.of(self.text)).ok()?;
        Some(Descriptor::new(media_type, Digest::parse(digest.of(self.text)).ok()?, size))
    }

    /// The digest of the manifest, if the entry can be read.
    pub(super) fn digest(self) -> Option<&'a str> {
        self.slot.manifest.map(|said| said.digest.of(self.text))
    }

    /// The entry's name, readable or not, if it has one.
    pub(super) fn name(self) -> Option<&'a str> {
        self.slot.name.map(|name| name.of(self.text))
    }

    /// Whether the entry only records its manifest.
    pub(super) const fn is_unnamed(self) -> bool {
        self.slot.name.is_none()
    }

    /// Whether nothing would be lost with this entry but the mention of its manifest.
    pub(super) const fn is_plain(self) -> bool {
        self.slot.is_plain
    }

    /// The entry with this name, or none, and with everything else as it is; nothing if that is no other.
    pub(super) fn renamed(self, tag: Option<&Tag>) -> Option<Edited> {
        self.edited(|members| {
            let annotations = members.get(ANNOTATIONS).map(RawValue::get).map(ToOwned::to_owned);
            let annotations = annotations.as_deref().and_then(|text| Members::decode(text).ok());
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

    /// The entry with what `manifest` says of the manifest, whose digest is the same; nothing if it says so already.
    pub(super) fn described(self, manifest: &Descriptor) -> Option<Edited> {
        let said = self.slot.manifest.map(|said| (said.media_type.of(self.text), said.size));
        if said == Some((manifest.media_type.as_str(), manifest.size)) {
            return None;
        }
        self.edited(|members| {
            members.set("mediaType", &manifest.media_type);
            members.set("size", &manifest.size);
        })
    }

    /// The entry with other members. What is not an object has none and stays as it is.
    fn edited(self, edit: impl FnOnce(&mut Members<'_>)) -> Option<Edited> {
        let mut members = Members::decode(self.raw()).ok()?;
        edit(&mut members);
        let edited = Edited::new(raw(&members));
        (edited.entry().raw() != self.raw().trim()).then_some(edited)
    }
}

/// An entry that is not in a file yet.
#[derive(Debug)]
pub(super) struct Edited {
    text: String,
    slot: Slot,
}

impl Edited {
    /// An entry for a manifest that has none.
    pub(super) fn of(manifest: &Descriptor, tag: Option<&Tag>) -> Self {
        let Descriptor { media_type, digest, size, .. } = manifest;
        let mut plain = Descriptor::new(media_type.clone(), digest.clone(), *size);
        if let Some(tag) = tag {
            plain = plain.with_annotation(annotation::REF_NAME, tag.as_str());
        }
        Self::new(raw(&plain))
    }

    fn new(raw: Box<RawValue>) -> Self {
        let mut text = Box::<str>::from(raw).into_string();
        let whole = Span::new(0, text.len());
        let slot = Slot::read(&mut text, whole);
        Self { text, slot }
    }

    /// The entry.
    pub(super) const fn entry(&self) -> Entry<'_> {
        Entry::new(self.text.as_str(), &self.slot)
    }
}
