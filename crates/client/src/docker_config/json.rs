//! JSON as these files need it: every member is kept in its order, so that one that occurs twice is seen. What is read
//! here holds secrets, so nothing of it can be printed.

use std::collections::HashMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A value, as far as anybody asks.
pub(super) enum Tree {
    Object(Object),
    Text(String),
    Null,
    /// A number, a truth value, an array or what is too deep, none of which belongs anywhere here.
    Other,
}

/// The members of an object, in their order.
#[derive(Default)]
pub(super) struct Object(Vec<(String, Tree)>);

/// A member of an object whose names nobody knows beforehand.
pub(super) struct Member {
    /// Which one it is, counted from 0.
    pub(super) position: usize,
    pub(super) name: String,
    /// Its name is there twice or more.
    pub(super) twice: bool,
    pub(super) value: Tree,
}

/// A member occurs twice.
pub(super) struct Twice;

impl Object {
    /// Takes a member out; null is absence.
    pub(super) fn take(&mut self, name: &str) -> Result<Option<Tree>, Twice> {
        let mut named = self.0.iter_mut().filter(|(key, _)| key == name).map(|(_, value)| value);
        match (named.next(), named.next()) {
            (_, Some(_)) => Err(Twice),
            (Some(value), None) => {
                Ok(Some(std::mem::replace(value, Tree::Null)).filter(|tree| !matches!(tree, Tree::Null)))
            }
            (None, None) => Ok(None),
        }
    }

    /// All members in their order.
    pub(super) fn into_members(self) -> impl Iterator<Item = Member> {
        let mut times = HashMap::new();
        for (name, _) in &self.0 {
            *times.entry(name.clone()).or_insert(0_usize) += 1;
        }
        self.0.into_iter().enumerate().map(move |(position, (name, value))| {
            let twice = times.get(&name).is_some_and(|times| *times > 1);
            Member { position, name, twice, value }
        })
    }
}

impl Tree {
    /// Reads a text that is one value. Where it is broken is told by line and column, counted from 1.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, (usize, usize)> {
        let mut deserializer = serde_json::Deserializer::from_slice(bytes);
        let tree = Values { objects: DEPTH }.deserialize(&mut deserializer);
        let tree = tree.and_then(|tree| deserializer.end().map(|()| tree));
        tree.map_err(|error| (error.line(), error.column()))
    }
}

/// The file, a part of it, and an entry are objects. What is deeper is looked through without a stack.
const DEPTH: usize = 3;

#[derive(Clone, Copy)]
struct Values {
    /// How many objects there may be, each in the one before.
    objects: usize,
}

impl<'de> DeserializeSeed<'de> for Values {
    type Value = Tree;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Values {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Tree, E> {
        Ok(Tree::Text(text))
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Tree::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Tree, A::Error> {
        let Some(objects) = self.objects.checked_sub(1) else {
            while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Tree::Other);
        };
        let mut object = Object::default();
        while let Some(name) = members.next_key()? {
            object.0.push((name, members.next_value_seed(Self { objects })?));
        }
        Ok(Tree::Object(object))
    }
}
