//! JSON paths (RFC 9535), and which one a line of a document is at.

use std::iter;

use serde::Serialize;
use serde_json::ser::PrettyFormatter;
use serde_json::{Serializer, Value};

use crate::path;

/// A JSON path that grows and shrinks with a walk over a document.
pub(super) struct Path(String);

/// One step down.
#[derive(Clone, Copy)]
pub(super) enum Step<'a> {
    Member(&'a str),
    Item(usize),
}

impl Path {
    /// The path of the document.
    pub(super) fn root() -> Self {
        Self("$".into())
    }

    /// Takes a step down to look for something; the path stays there if it is found.
    pub(super) fn inside<R>(&mut self, step: Step<'_>, look: impl FnOnce(&mut Self) -> Option<R>) -> Option<R> {
        let end = self.0.len();
        self.push(step);
        let found = look(self);
        if found.is_none() {
            self.0.truncate(end);
        }
        found
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }

    fn push(&mut self, step: Step<'_>) {
        match step {
            Step::Item(position) => path::push_item(&mut self.0, position),
            Step::Member(name) => path::push_name(&mut self.0, name),
        }
    }
}

/// The document as text in which every value begins on a line of its own, without indentation: in a document that nests
/// deep, that would be most of the text.
pub(super) fn lines(document: &Value) -> Vec<u8> {
    let mut text = Vec::new();
    let mut writer = Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b""));
    // A value that was read from JSON can be written as JSON.
    let _ = document.serialize(&mut writer);
    text
}

/// The path of the value on a line of [`lines`], which count from 1. The end of an array or object is its own.
pub(super) fn at_line(document: &Value, wanted: usize) -> String {
    let mut path = Path::root();
    let _ = find(&mut path, document, &mut 1, wanted);
    path.into_string()
}

/// Whether the wanted line is one of the value's, which begins on `line`; if not, `line` is then the one after it.
fn find(path: &mut Path, value: &Value, line: &mut usize, wanted: usize) -> Option<()> {
    let mut children = children(value).peekable();
    let has_end = children.peek().is_some();
    if is_reached(line, wanted) {
        return Some(());
    }
    let found = children.find_map(|(step, child)| path.inside(step, |path| find(path, child, line, wanted)));
    found.or_else(|| (has_end && is_reached(line, wanted)).then_some(()))
}

fn is_reached(line: &mut usize, wanted: usize) -> bool {
    let is_reached = *line == wanted;
    *line += 1;
    is_reached
}

fn children(value: &Value) -> Box<dyn Iterator<Item = (Step<'_>, &Value)> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter().enumerate().map(|(position, item)| (Step::Item(position), item))),
        Value::Object(members) => Box::new(members.iter().map(|(name, value)| (Step::Member(name), value))),
        _ => Box::new(iter::empty()),
    }
}
