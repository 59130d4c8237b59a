//! The rules of the image-spec, and which of them a document breaks.
//!
//! Rules are judged on views, not on bytes: whatever was read or made can be judged, and the paths are spelled as the
//! view's members are in JSON. Null alone leaves no trace in a view and is found in the bytes. The order of what is found
//! is that in which the functions below ask, so it is the same for the same document.

mod config;
mod descriptor;
mod manifest;

use crate::{Rule, Violation, path};

/// Goes through a document, knows where it is, and keeps what is wrong. Paths are only made of what is wrong.
#[derive(Debug, Default)]
pub(crate) struct Judge<'a> {
    path: Vec<Step<'a>>,
    found: Vec<Violation>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Member(&'a str),
    Item(usize),
}

/// What rules are about.
pub(crate) trait Judged {
    fn judge<'a>(&'a self, judge: &mut Judge<'a>);
}

impl<'a> Judge<'a> {
    /// Judges a part that is the value of a member.
    fn member(&mut self, name: &'a str, part: &'a impl Judged) {
        self.within(name, |judge| part.judge(judge));
    }

    /// Judges the items of an array.
    fn items(&mut self, name: &'a str, items: &'a [impl Judged]) {
        self.within(name, |judge| judge.each(items, |judge, item| item.judge(judge)));
    }

    fn each<T>(&mut self, items: &'a [T], mut rules: impl FnMut(&mut Self, &'a T)) {
        for (position, item) in items.iter().enumerate() {
            self.path.push(Step::Item(position));
            rules(self, item);
            self.path.pop();
        }
    }

    fn within(&mut self, name: &'a str, rules: impl FnOnce(&mut Self)) {
        self.path.push(Step::Member(name));
        rules(self);
        self.path.pop();
    }

    /// Judges the value of a member by one rule.
    fn that(&mut self, name: &'a str, rule: Rule, holds: bool) {
        if !holds {
            self.within(name, |judge| judge.broken(rule));
        }
    }

    /// Judges where it is by one rule.
    fn here(&mut self, rule: Rule, holds: bool) {
        if !holds {
            self.broken(rule);
        }
    }

    fn broken(&mut self, rule: Rule) {
        let mut path = String::from("$");
        for step in &self.path {
            match step {
                Step::Member(name) => path::push_name(&mut path, name),
                Step::Item(position) => path::push_item(&mut path, *position),
            }
        }
        self.found.push(Violation::new(rule, path));
    }

    pub(crate) fn into_found(self) -> Vec<Violation> {
        self.found
    }
}
