//! What this process knows to survive a power cut, and what nobody can know of any more.
//!
//! A name that is there need not be durable: whoever gave it may have ended before they waited for the disk. So a name that
//! somebody else may have given is made durable before it is relied on, once, and then remembered with what it led to.
//!
//! A sync that fails is never made good by one that succeeds: systems count as written what they could not write. So a
//! file of which that happened is lost, and of a directory no name is trusted that was there before; it is given anew.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::disk::Stat;
use crate::sync::Mutex;

/// How much is remembered of each kind, at some 200 bytes each.
const REMEMBERED: usize = 4096;

/// Names that are durable, and what could not be made so.
#[derive(Debug, Default)]
pub(super) struct Durable(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    names: HashMap<PathBuf, Mark>,
    lost: HashSet<(u64, u64)>,
    doubted: HashSet<PathBuf>,
    /// What was forgotten may have been anything.
    all_doubted: bool,
}

/// What a name led to. The content of a directory is none of its name's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    id: (u64, u64),
    content: Option<(u64, (i64, i64))>,
}

impl Mark {
    /// Without the number of a file there is no telling, so nothing is remembered.
    fn of(stat: &Stat) -> Option<Self> {
        let content = stat.is_file().then_some((stat.size, stat.modified));
        stat.id.map(|id| Self { id, content })
    }
}

impl Durable {
    /// Whether a name, which leads to this, is durable with all that it leads to.
    pub(super) fn holds(&self, path: &Path, stat: &Stat) -> bool {
        Mark::of(stat).is_some_and(|mark| self.0.lock().names.get(path) == Some(&mark))
    }

    /// Remembers that it is. When there is no room all is forgotten, which costs some syncs.
    pub(super) fn record(&self, path: &Path, stat: &Stat) {
        let Some(mark) = Mark::of(stat) else { return };
        let mut state = self.0.lock();
        if state.names.len() >= REMEMBERED {
            state.names.clear();
        }
        state.names.insert(path.into(), mark);
    }

    /// Forgets a name, which may lead elsewhere.
    pub(super) fn forget(&self, path: &Path) {
        self.0.lock().names.remove(path);
    }

    /// Remembers that a file could not be synced. Where files have no number that cannot be, and only whoever has it open
    /// knows.
    pub(super) fn lose(&self, stat: &Stat) {
        let mut state = self.0.lock();
        state.lost.extend(stat.id);
        state.all_doubted |= state.lost.len() > REMEMBERED;
    }

    /// A file that was just made is none that was lost, although it can have the number of one: files that are gone give
    /// theirs back.
    pub(super) fn renew(&self, made: impl FnOnce() -> Option<Stat>) {
        if self.0.lock().lost.is_empty() {
            return;
        }
        if let Some(id) = made().and_then(|stat| stat.id) {
            self.0.lock().lost.remove(&id);
        }
    }

    /// Whether a file could not be synced.
    pub(super) fn has_lost(&self, stat: &Stat) -> bool {
        let state = self.0.lock();
        state.all_doubted || stat.id.is_some_and(|id| state.lost.contains(&id))
    }

    /// Remembers that a directory could not be synced. What is known of the names in it was known before.
    pub(super) fn doubt(&self, directory: &Path) {
        let mut state = self.0.lock();
        state.doubted.insert(directory.into());
        state.all_doubted |= state.doubted.len() > REMEMBERED;
    }

    /// Whether a name in this directory, of which nothing is known, cannot become durable by a sync.
    pub(super) fn doubts(&self, directory: &Path) -> bool {
        let state = self.0.lock();
        state.all_doubted || state.doubted.contains(directory)
    }
}

#[cfg(test)]
mod tests {
    use super::super::disk::Kind;
    use super::*;

    /// Or an upload would fail for no other reason than that one before it did.
    #[test]
    fn a_new_file_with_the_number_of_a_lost_one_is_not_lost() {
        let file = |number| Stat {
            kind: Kind::File,
            id: Some((1, number)),
            size: 0,
            mode: 0,
            links: 1,
            modified: (0, 0),
            changed: (0, 0),
        };
        let durable = Durable::default();
        durable.lose(&file(1));
        durable.lose(&file(2));
        durable.renew(|| Some(file(1)));
        assert_eq!([1, 2, 3].map(|number| durable.has_lost(&file(number))), [false, true, false]);
    }

    /// Nothing would ever be stored again.
    #[test]
    fn a_file_without_a_number_makes_no_other_one_lost() {
        let file = Stat { kind: Kind::File, id: None, size: 0, mode: 0, links: 0, modified: (0, 0), changed: (0, 0) };
        let durable = Durable::default();
        durable.lose(&file);
        assert!(!durable.has_lost(&file));
    }
}
