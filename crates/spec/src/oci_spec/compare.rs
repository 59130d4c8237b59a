//! Whether two JSON documents say the same.
//!
//! This is how a conversion knows that nothing was lost: the other crate is asked to write what it holds, and that is
//! compared with what it was given, member by member. So no list of what it drops has to be kept up with its versions.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::path::{Path, Step};
use super::{ConversionError, ConversionErrorKind};

#[cfg(test)]
mod tests;

/// What is the same as a member that is not there.
#[derive(Clone, Copy)]
pub(super) enum Absent {
    /// Null alone. Nothing else is known to mean nothing in a member that has no meaning here.
    Null,
    /// What Go's writers leave out: null, false, and empty texts, arrays and objects.
    Empty,
}

/// Whether what is `held` says all that was `said`.
pub(super) fn same(said: &Value, held: &Value, absent: Absent) -> Result<(), ConversionError> {
    let mut path = Path::root();
    match absent.differs(&mut path, said, held) {
        Some(kind) => Err(ConversionError::new(kind, path.into_string())),
        None => Ok(()),
    }
}

impl Absent {
    fn differs(self, path: &mut Path, said: &Value, held: &Value) -> Option<ConversionErrorKind> {
        match (said, held) {
            (said, held) if self.is_nothing(said) && self.is_nothing(held) => None,
            (_, Value::Null) => Some(ConversionErrorKind::Lost),
            (Value::Object(said), Value::Object(held)) => self.members_differ(path, said, held),
            (Value::Array(said), Value::Array(held)) if said.len() == held.len() => {
                let mut pairs = said.iter().zip(held).enumerate();
                pairs.find_map(|(at, (said, held))| path.inside(Step::Item(at), |path| self.differs(path, said, held)))
            }
            (said, held) => (said != held).then_some(ConversionErrorKind::Changed),
        }
    }

    fn members_differ(
        self,
        path: &mut Path,
        said: &Map<String, Value>,
        held: &Map<String, Value>,
    ) -> Option<ConversionErrorKind> {
        // Maps of JSON are sorted or not, as the features of their crate are; the first fault is always the same.
        let names: BTreeSet<&String> = said.keys().collect();
        let lost = names.into_iter().find_map(|name| {
            let (said, held) = (member(said, name), member(held, name));
            path.inside(Step::Member(name), |path| self.differs(path, said, held))
        });
        let is_invented = |(name, value): (&String, &Value)| !said.contains_key(name) && !self.is_nothing(value);
        lost.or_else(|| held.iter().any(is_invented).then_some(ConversionErrorKind::Changed))
    }

    fn is_nothing(self, value: &Value) -> bool {
        match (self, value) {
            (_, Value::Null) | (Self::Empty, Value::Bool(false)) => true,
            (Self::Empty, Value::String(text)) => text.is_empty(),
            (Self::Empty, Value::Array(items)) => items.is_empty(),
            (Self::Empty, Value::Object(members)) => members.is_empty(),
            _ => false,
        }
    }
}

fn member<'a>(members: &'a Map<String, Value>, name: &str) -> &'a Value {
    members.get(name).unwrap_or(&Value::Null)
}
