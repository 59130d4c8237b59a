//! What the processes of one lane said that they would do and have done, one after another.

use std::collections::{BTreeMap, BTreeSet};

/// With what every line begins that a process reports.
pub(crate) const MARK: &str = "soak: ";

/// What is known of a lane's own tags and of its upload.
#[derive(Default)]
pub(crate) struct Ledger {
    /// Where each tag may point, or that it may be gone.
    pub(crate) tags: BTreeMap<String, BTreeSet<Option<String>>>,
    /// The upload that has begun, by its session's name, and how far it had come when that was reported last.
    pub(crate) upload: Option<(String, u64)>,
    pub(crate) killed: usize,
    /// How much was reported as done, of each kind.
    pub(crate) done: BTreeMap<String, usize>,
}

impl Ledger {
    /// Takes in a line, and says whether it was a report.
    pub(crate) fn learn(&mut self, line: &str) -> bool {
        // The harness writes on the same line before the test does.
        let Some((_, report)) = line.split_once(MARK) else { return false };
        let words: Vec<_> = report.split(' ').collect();
        match words[..] {
            ["will-tag", tag, digest] => self.may(tag, Some(digest)),
            ["tagged", tag, digest] => self.is(tag, Some(digest)),
            ["will-untag", tag] => self.may(tag, None),
            ["untagged", tag] => self.is(tag, None),
            ["begun", id] => self.upload = Some((id.to_owned(), 0)),
            ["resumed", id, offset] => self.stands(id, offset.parse().unwrap(), true),
            ["appended", id, offset] => self.stands(id, offset.parse().unwrap(), false),
            ["will-finish"] => self.upload = None,
            ["finished" | "will-collect" | "collected"] => {}
            ["lost", id] => panic!("the session {id} has gone, and nobody has ended it"),
            _ => panic!("{report}"),
        }
        *self.done.entry(words[0].to_owned()).or_default() += 1;
        true
    }

    /// The upload that a process is to go on with; nothing when there is none.
    pub(crate) fn session(&self) -> &str {
        self.upload.as_ref().map_or("", |(id, _)| id)
    }

    fn may(&mut self, tag: &str, digest: Option<&str>) {
        let known = self.tags.entry(tag.to_owned()).or_insert_with(|| BTreeSet::from([None]));
        known.insert(digest.map(str::to_owned));
    }

    fn is(&mut self, tag: &str, digest: Option<&str>) {
        self.tags.insert(tag.to_owned(), BTreeSet::from([digest.map(str::to_owned)]));
    }

    /// What was reported once is never less.
    fn stands(&mut self, id: &str, offset: u64, resumed: bool) {
        let (known, before) = self.upload.as_mut().unwrap();
        assert!(known == id && *before <= offset, "{id} stood at {before} and stands at {offset}, resumed: {resumed}");
        *before = offset;
    }
}
