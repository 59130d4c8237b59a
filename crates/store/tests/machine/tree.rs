//! Files and directories in memory, and the few effects that change them.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

/// The number of a file or directory.
pub(crate) type Inode = u64;

/// The number of the directory that is the root.
pub(crate) const ROOT: Inode = 1;

/// What happened to a disk.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    /// There is another file, or directory where there is no mode, without a name.
    Made { inode: Inode, mode: Option<u32> },
    /// A file has other bytes.
    Wrote { inode: Inode, offset: u64, bytes: Arc<[u8]> },
    /// A file is for others.
    Mode { inode: Inode, mode: u32 },
    /// A name leads elsewhere, or nowhere.
    Named { directory: Inode, name: OsString, inode: Option<Inode> },
    /// What is in a file or directory is where a power cut leaves it.
    Synced(Inode),
    /// It is not, and the system has forgotten that.
    Unsynced(Inode),
    /// Whoever uses the disk has come this far.
    Noted(usize),
}

impl Effect {
    /// Whether it changes nothing that anybody can see.
    pub(crate) const fn is_sync(&self) -> bool {
        matches!(self, Self::Synced(_) | Self::Unsynced(_) | Self::Noted(_))
    }
}

/// A file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Content {
    pub(crate) bytes: Arc<Vec<u8>>,
    pub(crate) mode: u32,
    pub(crate) links: u64,
    /// By a clock that goes on with each effect, in nanoseconds.
    pub(crate) modified: u64,
    pub(crate) changed: u64,
}

impl Content {
    /// Writes bytes, with zeroes before them where there was nothing.
    pub(crate) fn write(&mut self, offset: u64, bytes: &[u8]) {
        let content = Arc::make_mut(&mut self.bytes);
        let (begin, end) = (offset as usize, offset as usize + bytes.len());
        content.resize(content.len().max(end), 0);
        content[begin..end].copy_from_slice(bytes);
    }
}

/// What there is.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    File(Content),
    Directory(BTreeMap<OsString, Inode>),
}

/// All that is on a disk.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    nodes: BTreeMap<Inode, Node>,
    /// The next number, and the time.
    next: u64,
    /// Whether names that differ in case are the same.
    pub(crate) folds: bool,
}

impl Default for Tree {
    fn default() -> Self {
        Self { nodes: BTreeMap::from([(ROOT, Node::Directory(BTreeMap::new()))]), next: ROOT + 1, folds: false }
    }
}

impl Tree {
    /// Another number.
    pub(crate) fn inode(&self) -> Inode {
        self.next
    }

    pub(crate) fn node(&self, inode: Inode) -> &Node {
        &self.nodes[&inode]
    }

    pub(crate) fn file(&self, inode: Inode) -> &Content {
        match self.node(inode) {
            Node::File(content) => content,
            Node::Directory(_) => panic!("{inode} is no file"),
        }
    }

    /// Puts something in place of what has this number.
    pub(crate) fn put(&mut self, inode: Inode, node: Node) {
        self.nodes.insert(inode, node);
        self.next = self.next.max(inode + 1);
    }

    pub(crate) fn apply(&mut self, effect: &Effect) {
        self.next += 1;
        let now = self.next;
        match effect {
            Effect::Made { inode, mode } => {
                let node = mode.map(|mode| Content { mode, modified: now, changed: now, ..Content::default() });
                self.put(*inode, node.map_or_else(|| Node::Directory(BTreeMap::new()), Node::File));
            }
            Effect::Wrote { inode, offset, bytes } => self.change(*inode, |content| {
                content.write(*offset, bytes);
                content.modified = now;
            }),
            Effect::Mode { inode, mode } => self.change(*inode, |content| content.mode = *mode),
            Effect::Named { directory, name, inode } => self.name(*directory, name, *inode),
            Effect::Synced(_) | Effect::Unsynced(_) | Effect::Noted(_) => {}
        }
    }

    fn change(&mut self, inode: Inode, change: impl FnOnce(&mut Content)) {
        let now = self.next;
        if let Some(Node::File(content)) = self.nodes.get_mut(&inode) {
            change(content);
            content.changed = now;
        }
    }

    fn name(&mut self, directory: Inode, name: &OsStr, inode: Option<Inode>) {
        let name = self.spelling(directory, name);
        let Some(Node::Directory(names)) = self.nodes.get_mut(&directory) else { panic!("{directory} has no names") };
        let before = match inode {
            Some(inode) => names.insert(name, inode),
            None => names.remove(&name),
        };
        before.into_iter().for_each(|before| self.change(before, |content| content.links -= 1));
        inode.into_iter().for_each(|inode| self.change(inode, |content| content.links += 1));
    }

    /// The name as it is in a directory, if it is there; as it was asked for otherwise.
    fn spelling(&self, directory: Inode, name: &OsStr) -> OsString {
        let Node::Directory(names) = self.node(directory) else { return name.into() };
        let is_same = |found: &&OsString| self.folds && found.eq_ignore_ascii_case(name);
        names.keys().find(is_same).map_or_else(|| name.into(), Clone::clone)
    }

    /// What is at a path.
    pub(crate) fn find(&self, path: &Path) -> io::Result<Inode> {
        path.components().try_fold(ROOT, |above, name| self.child(above, name.as_os_str()))
    }

    /// The directory that a path is in, and the name in it.
    pub(crate) fn parent(&self, path: &Path) -> io::Result<(Inode, OsString)> {
        let above = self.find(path.parent().unwrap_or(path))?;
        self.names(above)?;
        Ok((above, self.spelling(above, path.file_name().unwrap())))
    }

    /// What a directory has under a name.
    pub(crate) fn child(&self, directory: Inode, name: &OsStr) -> io::Result<Inode> {
        let found = self.names(directory)?.get(&self.spelling(directory, name));
        found.copied().ok_or_else(|| ErrorKind::NotFound.into())
    }

    /// The names in a directory.
    pub(crate) fn names(&self, directory: Inode) -> io::Result<&BTreeMap<OsString, Inode>> {
        match self.node(directory) {
            Node::Directory(names) => Ok(names),
            Node::File(_) => Err(ErrorKind::NotADirectory.into()),
        }
    }

    /// All files, with their paths from the root.
    pub(crate) fn files(&self) -> BTreeMap<String, &Content> {
        let mut found = BTreeMap::new();
        let mut waiting = vec![(ROOT, String::new())];
        while let Some((inode, path)) = waiting.pop() {
            match self.node(inode) {
                Node::File(content) => drop(found.insert(path, content)),
                Node::Directory(names) => waiting.extend(names.iter().map(|(name, inode)| {
                    let name = name.to_str().unwrap();
                    (*inode, if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") })
                })),
            }
        }
        found
    }
}
