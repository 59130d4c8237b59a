//! JSON as it is written, with every member of every object: what is there twice, or under a name of other case.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::shape::{Holds, Member, Verdict};

/// A value.
pub(crate) enum Tree {
    /// Null, a flag, a number or a text.
    Leaf,
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Tree {
    /// Whether an object, wherever it is, has a name twice.
    pub(crate) fn repeats(&self) -> bool {
        match self {
            Self::Leaf => false,
            Self::List(items) => items.iter().any(Self::repeats),
            Self::Object(members) => {
                let mut names = HashSet::new();
                members.iter().any(|(name, value)| !names.insert(name) || value.repeats())
            }
        }
    }

    /// Whether an object that should have `known` members has one whose name differs from one of theirs in case alone.
    pub(crate) fn disguises(&self, known: &[Member]) -> bool {
        let Self::Object(members) = self else { return false };
        members.iter().any(|(name, value)| match known.iter().find(|member| member.name == name) {
            Some(member) => value.disguises_in(member.holds),
            None => known.iter().any(|member| member.wrong == Verdict::Refuse && fold(member.name) == fold(name)),
        })
    }

    fn disguises_in(&self, holds: Holds) -> bool {
        match (self, holds) {
            (_, Holds::Object(members)) => self.disguises(members),
            (Self::List(items), Holds::List(item)) => items.iter().any(|value| value.disguises_in(*item)),
            _ => false,
        }
    }
}

/// Letters without case, by Unicode's tables as far as these map one to one.
fn fold(text: &str) -> String {
    let fold = |letter: char| {
        let upper = alone(letter, letter.to_uppercase());
        alone(upper, upper.to_lowercase())
    };
    // The dotless i is a letter of its own outside Turkey, though its capital is the usual one.
    text.chars().map(|letter| if letter == 'ı' { letter } else { fold(letter) }).collect()
}

fn alone(letter: char, mut mapped: impl Iterator<Item = char>) -> char {
    let first = mapped.next().unwrap_or(letter);
    if mapped.next().is_some() { letter } else { first }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Tree::Object(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Tree::List(items))
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_str<E>(self, _: &str) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }
}
