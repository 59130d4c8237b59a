//! JSON objects of others. A map type would sort, drop doubled members and rewrite numbers; here nothing of that
//! happens, because a file that several tools share is not ours to tidy.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

/// A JSON object whose members keep their order and whose values keep their bytes, so that what others wrote comes out
/// as it went in.
#[derive(Clone, Debug, Default)]
pub(super) struct Members<'a>(Vec<(String, Cow<'a, RawValue>)>);

impl<'a> Members<'a> {
    /// Reads an object, whose values stay where they are.
    pub(super) fn decode(text: &'a str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }

    /// The value of a member; the last one when it is doubled, as most readers see it.
    pub(super) fn get(&self, key: &str) -> Option<&RawValue> {
        self.0.iter().rev().find(|(found, _)| found == key).map(|(_, value)| &**value)
    }

    /// How often there is a member of this name.
    pub(super) fn count(&self, key: &str) -> usize {
        self.0.iter().filter(|(found, _)| found == key).count()
    }

    /// Gives a member this value at its place, or adds it at the end; afterwards it is there once.
    pub(super) fn set(&mut self, key: &str, value: &impl Serialize) {
        let value = Cow::Owned(raw(value));
        match self.0.iter().position(|(found, _)| found == key) {
            Some(position) => {
                self.remove(key);
                self.0.insert(position, (key.to_owned(), value));
            }
            None => self.0.push((key.to_owned(), value)),
        }
    }

    /// Removes a member.
    pub(super) fn remove(&mut self, key: &str) {
        self.0.retain(|(found, _)| found != key);
    }

    /// Whether there are no members at all.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is nothing but members of these names.
    pub(super) fn are_among(&self, keys: &[&str]) -> bool {
        self.0.iter().all(|(found, _)| keys.contains(&found.as_str()))
    }
}

/// The bytes of a value. None of the types that are written here can fail to be JSON.
pub(super) fn raw(value: &impl Serialize) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, &**value)))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Object)
    }
}

struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((key, value)) = map.next_entry::<_, &RawValue>()? {
            members.push((key, Cow::Borrowed(value)));
        }
        Ok(Members(members))
    }
}
