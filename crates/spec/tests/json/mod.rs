//! JSON by another reader: what documents say in it, and what may not be in it.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

type Members = [(&'static str, Holds)];

/// What a member holds.
pub(crate) enum Holds {
    /// A value that is said or not.
    Value,
    /// A value that says nothing when it is empty, zero or false.
    Plain,
    /// An object whose names are a set.
    Set,
    List(&'static Self),
    Object(&'static Members),
    /// An object that is there even if it says nothing.
    Part(&'static Members),
}

use Holds::{List, Object, Part, Plain, Set};

const PLATFORM: Holds = Object(&[
    ("architecture", Plain),
    ("os", Plain),
    ("os.version", Holds::Value),
    ("os.features", Plain),
    ("variant", Holds::Value),
]);

const DESCRIPTOR: Holds = Object(&[
    ("mediaType", Holds::Value),
    ("digest", Holds::Value),
    ("size", Holds::Value),
    ("urls", Plain),
    ("annotations", Plain),
    ("data", Holds::Value),
    ("artifactType", Holds::Value),
    ("platform", PLATFORM),
]);

const EXECUTION: &Members = &[
    ("User", Plain),
    ("ExposedPorts", Set),
    ("Env", Plain),
    ("Entrypoint", Plain),
    ("Cmd", Plain),
    ("Volumes", Set),
    ("WorkingDir", Plain),
    ("Labels", Plain),
    ("StopSignal", Plain),
    ("StopTimeout", Holds::Value),
    ("ArgsEscaped", Plain),
    ("Healthcheck", Object(HEALTHCHECK)),
    ("OnBuild", Plain),
    ("Shell", Plain),
    ("Memory", Holds::Value),
    ("MemorySwap", Holds::Value),
    ("CpuShares", Holds::Value),
];

const HEALTHCHECK: &Members = &[
    ("Test", Plain),
    ("Interval", Holds::Value),
    ("Timeout", Holds::Value),
    ("StartPeriod", Holds::Value),
    ("StartInterval", Holds::Value),
    ("Retries", Holds::Value),
];

const STEP: Holds = Object(&[
    ("created", Holds::Value),
    ("created_by", Holds::Value),
    ("author", Holds::Value),
    ("comment", Holds::Value),
    ("empty_layer", Plain),
]);

/// The members that tell kinds of manifests from each other are known in all of them.
macro_rules! top {
    ($($member:expr,)*) => {
        &Object(&[
            ("schemaVersion", Holds::Value),
            ("mediaType", Holds::Value),
            ("artifactType", Holds::Value),
            ("subject", DESCRIPTOR),
            ("annotations", Plain),
            ("fsLayers", Holds::Value),
            $($member,)*
        ])
    };
}

pub(crate) const MANIFEST: &Holds =
    top![("config", DESCRIPTOR), ("layers", List(&DESCRIPTOR)), ("manifests", Plain), ("blobs", Plain),];
pub(crate) const INDEX: &Holds =
    top![("manifests", List(&DESCRIPTOR)), ("config", Plain), ("layers", Plain), ("blobs", Plain),];
pub(crate) const ARTIFACT: &Holds =
    top![("blobs", List(&DESCRIPTOR)), ("config", Plain), ("layers", Plain), ("manifests", Plain),];
pub(crate) const LAYOUT: &Holds = &Object(&[("imageLayoutVersion", Holds::Value)]);
pub(crate) const CONFIG: &Holds = &Object(&[
    ("created", Holds::Value),
    ("author", Holds::Value),
    ("architecture", Plain),
    ("variant", Holds::Value),
    ("os", Plain),
    ("os.version", Holds::Value),
    ("os.features", Plain),
    ("config", Part(EXECUTION)),
    ("rootfs", Part(&[("type", Plain), ("diff_ids", Plain)])),
    ("history", List(&STEP)),
    ("comment", Holds::Value),
    ("container", Holds::Value),
    ("container_config", Object(EXECUTION)),
    ("docker_version", Holds::Value),
]);

/// What a document says in the members that are known: null says nothing.
pub(crate) fn said(holds: &Holds, value: &Value) -> Option<Value> {
    let is_plain = !matches!(holds, Holds::Value | Object(_));
    let said = match (holds, value) {
        (_, Value::Null) => return None,
        (Set, Value::Object(members)) => members.keys().cloned().collect(),
        (List(item), Value::Array(items)) => items.iter().map(|value| said(item, value)).collect(),
        (Object(known) | Part(known), Value::Object(members)) => {
            let known = known.iter().filter_map(|(name, holds)| Some((*name, said(holds, members.get(*name)?)?)));
            known.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>().into()
        }
        _ => value.clone(),
    };
    let nothing = match &said {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        said => [Value::from(""), Value::from(false)].contains(said),
    };
    (!nothing || !is_plain).then_some(said)
}

/// Whether a name differs from a known one in case alone.
pub(crate) fn disguises(holds: &Holds, value: &Value) -> bool {
    match (holds, value) {
        (List(item), Value::Array(items)) => items.iter().any(|value| disguises(item, value)),
        (Object(known) | Part(known), Value::Object(members)) => {
            members.iter().any(|(name, value)| match known.iter().find(|(known, _)| known == name) {
                Some((_, holds)) => disguises(holds, value),
                None => known.iter().any(|(known, _)| fold(known) == fold(name)),
            })
        }
        _ => false,
    }
}

fn fold(name: &str) -> String {
    name.to_lowercase().to_uppercase()
}

/// The values of the members that are not known, in the order of their texts.
pub(crate) fn unknown(holds: &Holds, value: &Value) -> Vec<String> {
    let mut found = match (holds, value) {
        (List(item), Value::Array(items)) => items.iter().flat_map(|value| unknown(item, value)).collect(),
        (Set, Value::Object(members)) => {
            let filled = |value: &&Value| value.as_object().is_some_and(|members| !members.is_empty());
            members.values().filter(filled).map(Value::to_string).collect()
        }
        (Object(known) | Part(known), Value::Object(members)) => {
            let of = |(name, value): (&String, &Value)| match known.iter().find(|(known, _)| known == name) {
                Some((_, holds)) => unknown(holds, value),
                None => vec![value.to_string()],
            };
            members.iter().flat_map(of).collect()
        }
        _ => Vec::new(),
    };
    found.sort_unstable();
    found
}

/// Whether an object, wherever it is, has a name twice.
pub(crate) fn repeats(text: &[u8]) -> serde_json::Result<bool> {
    serde_json::from_slice(text).map(|tree: Tree| tree.repeats())
}

/// JSON with every member of every object.
pub(crate) enum Tree {
    Leaf(Value),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Tree {
    fn repeats(&self) -> bool {
        let mut names = HashSet::new();
        match self {
            Self::Leaf(_) => false,
            Self::List(items) => items.iter().any(Self::repeats),
            Self::Object(members) => members.iter().any(|(name, value)| !names.insert(name) || value.repeats()),
        }
    }

    fn parts(&mut self) -> Vec<&mut Self> {
        match self {
            Self::Leaf(_) => Vec::new(),
            Self::List(items) => items.iter_mut().collect(),
            Self::Object(members) => members.iter_mut().map(|(_, value)| value).collect(),
        }
    }

    /// How many objects have members.
    pub(crate) fn objects(&mut self) -> usize {
        let own = matches!(self, Self::Object(members) if !members.is_empty());
        usize::from(own) + self.parts().into_iter().map(Self::objects).sum::<usize>()
    }

    /// Adds to one of the objects that have members one of its own members.
    pub(crate) fn repeat(&mut self, object: usize, which: usize) {
        let mut left = object;
        if let Self::Object(members) = self
            && !members.is_empty()
        {
            if left == 0 {
                let (name, value) = &members[which % members.len()];
                let again = (name.clone(), serde_json::from_str(&value.to_string()).unwrap());
                return members.push(again);
            }
            left -= 1;
        }
        for part in self.parts() {
            let objects = part.objects();
            if left < objects {
                return part.repeat(left, which);
            }
            left -= objects;
        }
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let comma = |at| if at == 0 { "" } else { "," };
        match self {
            Self::Leaf(value) => write!(f, "{value}"),
            Self::List(items) => {
                f.write_str("[")?;
                items.iter().enumerate().try_for_each(|(at, item)| write!(f, "{}{item}", comma(at)))?;
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                let mut members = members.iter().enumerate();
                members.try_for_each(|(at, (name, value))| {
                    write!(f, "{}{}:{value}", comma(at), Value::from(name.as_str()))
                })?;
                f.write_str("}")
            }
        }
    }
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
        Ok(Tree::Leaf(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Leaf(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Leaf(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Leaf(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Leaf(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Leaf(value.into()))
    }
}
