//! What a power cut leaves of a disk to which something happened.
//!
//! The model gives up as much as any file system may: what was synced is there, and of what was not, each piece is there
//! or not on its own. Of what was written to a file, all is there, or nothing, or it ends at a sector, or it is as long as it
//! was to be but zero, or only the last piece came. A name leads to what it led to at any moment since its directory was
//! synced. Of a rename, either name can have come alone, or none of them. Syncing a file makes no name of it durable.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use super::random::Random;
use super::tree::{Content, Effect, Inode, Node, ROOT, Tree};

const SECTOR: usize = 512;

/// A disk at one moment, with what would survive and what might.
#[derive(Clone, Debug)]
pub(crate) struct Outage {
    now: Tree,
    files: BTreeMap<Inode, File>,
    directories: BTreeMap<Inode, BTreeMap<OsString, Inode>>,
    /// What names led to since they were durable, in the order in which they first changed.
    names: Vec<Name>,
}

#[derive(Clone, Debug, Default)]
struct File {
    durable: Content,
    writes: Vec<(u64, Arc<[u8]>)>,
    modes: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Name {
    directory: Inode,
    name: OsString,
    led: Vec<Option<Inode>>,
}

/// Of one thing, what may be there.
enum Choice {
    Written(Inode, usize),
    Mode(Inode, usize),
    Named(usize, usize),
}

impl Default for Outage {
    fn default() -> Self {
        Self::of(&Tree::default())
    }
}

impl Outage {
    /// A disk on which all is durable.
    pub(crate) fn of(tree: &Tree) -> Self {
        let mut outage = Self {
            now: tree.clone(),
            files: BTreeMap::new(),
            directories: BTreeMap::from([(ROOT, BTreeMap::new())]),
            names: Vec::new(),
        };
        let mut waiting = vec![ROOT];
        while let Some(inode) = waiting.pop() {
            match tree.node(inode) {
                Node::File(content) => {
                    outage.files.insert(inode, File { durable: content.clone(), ..File::default() });
                }
                Node::Directory(names) => {
                    waiting.extend(names.values());
                    outage.directories.insert(inode, names.clone());
                }
            }
        }
        outage
    }

    /// What happens next.
    pub(crate) fn apply(&mut self, effect: &Effect) {
        self.now.apply(effect);
        match effect {
            Effect::Made { inode, mode: Some(mode) } => {
                let durable = Content { mode: *mode, ..Content::default() };
                self.files.insert(*inode, File { durable, ..File::default() });
            }
            Effect::Made { inode, mode: None } => drop(self.directories.insert(*inode, BTreeMap::new())),
            Effect::Wrote { inode, offset, bytes } => {
                self.file(*inode).writes.push((*offset, Arc::clone(bytes)));
            }
            Effect::Mode { inode, mode } => self.file(*inode).modes.push(*mode),
            Effect::Named { directory, name, inode } => self.name(*directory, name, *inode),
            Effect::Synced(inode) => self.sync(*inode),
            Effect::Unsynced(inode) => self.forget(*inode),
            Effect::Noted(_) => {}
        }
    }

    /// The disk as whoever uses it sees it.
    pub(crate) fn now(&self) -> &Tree {
        &self.now
    }

    fn file(&mut self, inode: Inode) -> &mut File {
        self.files.get_mut(&inode).unwrap()
    }

    fn name(&mut self, directory: Inode, name: &OsString, inode: Option<Inode>) {
        let known = self.names.iter_mut().find(|known| known.directory == directory && known.name == *name);
        match known {
            Some(known) => known.led.push(inode),
            None => self.names.push(Name { directory, name: name.clone(), led: vec![inode] }),
        }
    }

    fn sync(&mut self, inode: Inode) {
        if let Some(file) = self.files.get_mut(&inode) {
            *file = File { durable: file.as_of(1), ..File::default() };
            return;
        }
        let (synced, rest) = std::mem::take(&mut self.names).into_iter().partition(|name| name.directory == inode);
        self.names = rest;
        let synced: Vec<Name> = synced;
        for Name { name, led, .. } in synced {
            lead(self.directories.get_mut(&inode).unwrap(), &name, led.last().copied().flatten());
        }
    }

    /// What could not be synced counts as clean and is never written; of it, nothing survives.
    fn forget(&mut self, inode: Inode) {
        if let Some(file) = self.files.get_mut(&inode) {
            (file.writes, file.modes) = (Vec::new(), Vec::new());
        }
        self.names.retain(|name| name.directory != inode);
    }

    /// How many ways each thing that is not durable can be.
    fn choices(&self) -> Vec<Choice> {
        let written = self.files.iter().filter(|(_, file)| !file.writes.is_empty());
        let modes = self.files.iter().filter(|(_, file)| !file.modes.is_empty());
        let names = self.names.iter().enumerate();
        written
            .map(|(inode, _)| Choice::Written(*inode, 5))
            .chain(modes.map(|(inode, file)| Choice::Mode(*inode, file.modes.len() + 1)))
            .chain(names.map(|(position, name)| Choice::Named(position, name.led.len() + 1)))
            .collect()
    }

    /// What a power cut may leave: everything if that is no more than `most`; otherwise nothing and all, then, for as
    /// long as there is room, each thing alone missing and alone there, and others, at random. Whether that is everything is said beside it.
    pub(crate) fn states(&self, most: usize, random: &mut Random) -> (Vec<Tree>, bool) {
        let choices = self.choices();
        let ways: Vec<usize> = choices.iter().map(Choice::ways).collect();
        let last: Vec<usize> = choices.iter().map(Choice::last).collect();
        let all = ways.iter().try_fold(1_usize, |all, ways| all.checked_mul(*ways)).filter(|all| *all <= most);
        let picks = match all {
            Some(all) => (0..all).map(|number| digits(number, &ways)).collect(),
            None => sample(&ways, &last, most, random),
        };
        (picks.iter().map(|picks| self.cut(&choices, picks)).collect(), all.is_some())
    }

    /// What is left if nothing that is not durable is.
    pub(crate) fn worst(&self) -> Tree {
        self.cut(&[], &[])
    }

    fn cut(&self, choices: &[Choice], picks: &[usize]) -> Tree {
        let mut files: BTreeMap<_, _> = self.files.iter().map(|(inode, file)| (*inode, file.durable.clone())).collect();
        let mut directories = self.directories.clone();
        for (choice, pick) in choices.iter().zip(picks) {
            match choice {
                Choice::Written(inode, _) => files.get_mut(inode).unwrap().bytes = self.files[inode].as_of(*pick).bytes,
                Choice::Mode(inode, _) => {
                    let modes = &self.files[inode].modes;
                    let mode = pick.checked_sub(1).map(|pick| modes[pick]);
                    files.get_mut(inode).unwrap().mode = mode.unwrap_or(self.files[inode].durable.mode);
                }
                Choice::Named(position, _) => {
                    let name = &self.names[*position];
                    if let Some(pick) = pick.checked_sub(1) {
                        lead(directories.get_mut(&name.directory).unwrap(), &name.name, name.led[pick]);
                    }
                }
            }
        }
        whole(&files, &directories)
    }
}

impl Choice {
    const fn ways(&self) -> usize {
        match self {
            Self::Written(_, ways) | Self::Mode(_, ways) | Self::Named(_, ways) => *ways,
        }
    }

    /// The way in which all of it is there.
    const fn last(&self) -> usize {
        match self {
            Self::Written(..) => 1,
            Self::Mode(_, ways) | Self::Named(_, ways) => *ways - 1,
        }
    }
}

impl File {
    /// One of the five ways in which what was written can be there; the way 1 is all of it.
    fn as_of(&self, way: usize) -> Content {
        let mut content = self.durable.clone();
        content.mode = self.modes.last().copied().unwrap_or(content.mode);
        let last = self.writes.len().saturating_sub(1);
        for (position, (offset, bytes)) in self.writes.iter().enumerate() {
            match way {
                1 => content.write(*offset, bytes),
                2 if position < last => content.write(*offset, bytes),
                2 => content.write(*offset, &bytes[..bytes.len() / 2 / SECTOR * SECTOR]),
                3 => content.write(*offset, &vec![0; bytes.len()]),
                4 if position == last => content.write(*offset, bytes),
                _ => {}
            }
        }
        content
    }
}

fn lead(names: &mut BTreeMap<OsString, Inode>, name: &OsString, inode: Option<Inode>) {
    match inode {
        Some(inode) => drop(names.insert(name.clone(), inode)),
        None => drop(names.remove(name)),
    }
}

fn digits(mut number: usize, ways: &[usize]) -> Vec<usize> {
    let mut digit = |ways: &usize| {
        let digit = number % ways;
        number /= ways;
        digit
    };
    ways.iter().map(&mut digit).collect()
}

fn sample(ways: &[usize], last: &[usize], most: usize, random: &mut Random) -> Vec<Vec<usize>> {
    let none = vec![0; ways.len()];
    let mut single = Vec::new();
    for position in 0..ways.len() {
        for (base, other) in [(none.as_slice(), last[position]), (last, 0)] {
            let mut one = base.to_vec();
            one[position] = other;
            single.push(one);
        }
    }
    let mut picks = vec![none, last.to_vec()];
    while picks.len() < most {
        picks.push(match single.len() {
            0 => ways.iter().map(|ways| random.below(*ways)).collect(),
            left => single.swap_remove(random.below(left)),
        });
    }
    picks
}

/// The tree of what can be reached.
fn whole(files: &BTreeMap<Inode, Content>, directories: &BTreeMap<Inode, BTreeMap<OsString, Inode>>) -> Tree {
    let mut tree = Tree::default();
    let mut waiting = vec![ROOT];
    let mut links: BTreeMap<Inode, u64> = BTreeMap::new();
    while let Some(inode) = waiting.pop() {
        let names = &directories[&inode];
        tree.put(inode, Node::Directory(names.clone()));
        for child in names.values() {
            match files.contains_key(child) {
                true => *links.entry(*child).or_default() += 1,
                false => waiting.push(*child),
            }
        }
    }
    for (inode, links) in links {
        tree.put(inode, Node::File(Content { links, ..files[&inode].clone() }));
    }
    tree
}

impl Tree {
    /// What is the same for trees in which nobody can see a difference but in names that are made up.
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for (path, content) in self.files() {
            let path = path.split_once("/wharf-").map_or(path.as_str(), |(before, _)| before);
            (path, &content.bytes, content.mode, content.links).hash(&mut hasher);
        }
        hasher.finish()
    }
}
