//! What two readers could read in two ways is refused, and so is what is too much: a member that occurs twice in an
//! object, at whatever depth; one that differs from a member of these documents in case alone, which Go's reader takes
//! for that member; an array in the place of an object, which serde takes for one; and whatever exceeds the limits.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::{DecodeError, DecodeErrorKind, Limits};

mod vocabulary;

pub(crate) use vocabulary::{CONFIG, MANIFEST, Vocabulary};

/// How many members of an object are compared one by one before they are hashed.
const FEW: usize = 16;

/// Whether all readers read the same in `bytes`, within the limits.
pub(crate) fn check(bytes: &[u8], vocabulary: &Vocabulary, limits: &Limits) -> Result<(), DecodeError> {
    let state = State { vocabulary, limits, fault: Cell::new(None), data: Cell::new(0) };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let root = Value { state: &state, depth: 0, known: true, place: Place::Object };
    let checked = root.deserialize(&mut json).and_then(|()| json.end());
    checked.map_err(|error| match state.fault.get() {
        Some(fault) => DecodeError::stopped(fault, &error, bytes),
        None => DecodeError::json(&error, bytes),
    })
}

/// What the values of one document share.
struct State<'a> {
    vocabulary: &'a Vocabulary,
    limits: &'a Limits,
    /// What is wrong, where it is not for the JSON reader to say.
    fault: Cell<Option<DecodeErrorKind>>,
    /// How many bytes of embedded content there are so far.
    data: Cell<usize>,
}

impl State<'_> {
    fn refuse<E: Error>(&self, kind: DecodeErrorKind) -> E {
        self.fault.set(Some(kind));
        E::custom("refused")
    }
}

/// Where a value stands, and with that what it may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Any,
    /// Where an object belongs.
    Object,
    /// Where an array of objects belongs.
    List,
    /// Where annotations belong.
    Annotations,
    Urls,
    Url,
    /// Where embedded content belongs.
    Data,
}

/// Any JSON value, to be looked through.
#[derive(Clone, Copy)]
struct Value<'a> {
    state: &'a State<'a>,
    depth: usize,
    /// Whether it is a part of the document that has a meaning here; elsewhere names are free, as in annotations.
    known: bool,
    place: Place,
}

impl Value<'_> {
    /// The value of a member: it has a meaning if the member has.
    fn below(self, member: &str) -> Self {
        let vocabulary = self.state.vocabulary;
        let known = self.known && vocabulary.knows(member);
        let place = match member {
            _ if !known => Place::Any,
            "annotations" => Place::Annotations,
            "urls" => Place::Urls,
            "data" => Place::Data,
            member if vocabulary.is_object(member) => Place::Object,
            member if vocabulary.is_list(member) => Place::List,
            _ => Place::Any,
        };
        Self { known: known && !vocabulary.is_free(member), place, depth: self.depth + 1, ..self }
    }

    /// An item of the array.
    fn item(self) -> Self {
        let place = match self.place {
            Place::List => Place::Object,
            Place::Urls => Place::Url,
            _ => Place::Any,
        };
        Self { place, depth: self.depth + 1, ..self }
    }

    fn nests<E: Error>(self) -> Result<(), E> {
        match self.depth >= self.state.limits.nesting {
            true => Err(self.state.refuse(DecodeErrorKind::TooDeep)),
            false => Ok(()),
        }
    }

    fn text(self, length: usize) -> Result<(), DecodeErrorKind> {
        let limits = self.state.limits;
        match self.place {
            Place::Data => {
                let data = length / 4 * 3;
                self.state.data.set(self.state.data.get().saturating_add(data));
                // Up to two bytes of the last group are padding.
                let fits = data <= limits.data_bytes.saturating_add(2)
                    && self.state.data.get() <= limits.all_data_bytes.saturating_add(2);
                fits.then_some(()).ok_or(DecodeErrorKind::TooMuchData)
            }
            Place::Url => (length <= limits.url_bytes).then_some(()).ok_or(DecodeErrorKind::TooManyUrls),
            _ if !self.state.vocabulary.short_texts => Ok(()),
            _ => (length <= limits.text_bytes).then_some(()).ok_or(DecodeErrorKind::TooLong),
        }
    }
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
        self.nests()?;
        let mut members = Members::default();
        let mut annotations = Annotations::default();
        while let Some(Name(member)) = map.next_key::<Name<'de>>()? {
            let length = member.len();
            let value = self.below(&member);
            if self.known && self.state.vocabulary.is_look_alike(&member) {
                self.state.fault.set(Some(DecodeErrorKind::Ambiguous));
                map.next_value_seed(Refused)?;
            }
            if !members.insert(member) {
                map.next_value_seed(Refused)?;
            }
            if self.place == Place::Annotations {
                let value = map.next_value::<Name<'de>>()?.0.len();
                annotations.add(length + value, self.state.limits).map_err(|kind| self.state.refuse(kind))?;
                self.text(value).map_err(|kind| self.state.refuse(kind))?;
            } else {
                map.next_value_seed(value)?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if matches!(self.place, Place::Object | Place::Annotations) {
            return Err(A::Error::custom("an array in the place of an object"));
        }
        self.nests()?;
        let mut count = 0;
        while items.next_element_seed(self.item())?.is_some() {
            count += 1;
            if self.place == Place::Urls && count > self.state.limits.urls {
                return Err(self.state.refuse(DecodeErrorKind::TooManyUrls));
            }
        }
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

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.text(text.len()).map_err(|kind| self.state.refuse(kind))
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}

/// The value of a member that may not be there. It is refused unread, so that the error is where the member is.
struct Refused;

impl<'de> DeserializeSeed<'de> for Refused {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, _: D) -> Result<(), D::Error> {
        Err(D::Error::custom("a member occurs twice, or is spelled like another"))
    }
}

/// A text, borrowed from the document unless it has escapes.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// The annotations of one object, counted.
#[derive(Default)]
struct Annotations {
    count: usize,
    bytes: usize,
}

impl Annotations {
    fn add(&mut self, bytes: usize, limits: &Limits) -> Result<(), DecodeErrorKind> {
        self.count += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        let fits = self.count <= limits.annotations && self.bytes <= limits.annotation_bytes;
        fits.then_some(()).ok_or(DecodeErrorKind::TooManyAnnotations)
    }
}

/// The members of one object so far. Most objects have few.
#[derive(Default)]
struct Members<'a> {
    few: Vec<Cow<'a, str>>,
    more: HashSet<Cow<'a, str>>,
}

impl<'a> Members<'a> {
    /// Whether the member is new.
    fn insert(&mut self, member: Cow<'a, str>) -> bool {
        if self.few.contains(&member) {
            return false;
        }
        if self.few.len() < FEW {
            self.few.push(member);
            return true;
        }
        self.more.insert(member)
    }
}
