//! What two readers could read in two ways is refused: a member that occurs twice in an object, at whatever depth, and
//! one that differs from a member of these documents in case alone, which Go's reader takes for that member.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::{DecodeError, DecodeErrorKind};

/// The members of manifests, indexes and descriptors.
const MEMBERS: [&str; 19] = [
    "annotations",
    "architecture",
    "artifactType",
    "config",
    "data",
    "digest",
    "fsLayers",
    "layers",
    "manifests",
    "mediaType",
    "os",
    "os.features",
    "os.version",
    "platform",
    "schemaVersion",
    "size",
    "subject",
    "urls",
    "variant",
];

/// Whether all readers read the same in `bytes`. JSON that is nested deeper than 128 levels is refused, too.
pub(crate) fn check(bytes: &[u8]) -> Result<(), DecodeError> {
    let look_alike = Cell::new(false);
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = Value { known: true, look_alike: &look_alike };
    let checked = value.deserialize(&mut json).and_then(|()| json.end());
    checked.map_err(|error| match look_alike.get() {
        true => DecodeError::new(DecodeErrorKind::Ambiguous),
        false => DecodeError::json(&error, bytes),
    })
}

/// Any JSON value, to be looked through.
#[derive(Clone, Copy)]
struct Value<'a> {
    /// Whether it is a part of the document that has a meaning here; elsewhere names are free, as in annotations.
    known: bool,
    /// Where to say that a member is spelled like another.
    look_alike: &'a Cell<bool>,
}

impl Value<'_> {
    /// The value of a member: it has a meaning if the member has.
    fn below(self, member: &str) -> Self {
        Self { known: self.known && member != "annotations" && MEMBERS.contains(&member), ..self }
    }

    fn is_look_alike(self, member: &str) -> bool {
        self.known && !MEMBERS.contains(&member) && MEMBERS.iter().any(|known| fold(known).eq(fold(member)))
    }
}

/// Letters without their case, the two that are not ASCII and fold into it among them.
fn fold(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|letter| match letter {
        'ſ' => 's',
        '\u{212a}' => 'k',
        letter => letter.to_ascii_lowercase(),
    })
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut members = HashSet::new();
        while let Some(member) = map.next_key::<String>()? {
            if self.is_look_alike(&member) {
                self.look_alike.set(true);
                return Err(A::Error::custom("a member is spelled like another"));
            }
            map.next_value_seed(self.below(&member))?;
            if !members.insert(member) {
                return Err(A::Error::custom("a member occurs twice"));
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}
