//! One configuration file: what it says of which registry.

use std::path::{Path, PathBuf};

use wharf_registry::Repository;

use super::helper::HelperName;
use super::json::{Member, Object, Tree};
use super::key::Key;
use super::{ConfigError, ConfigErrorKind, Part, Problem, ProblemKind, disk, entry};
use crate::Credential;

/// Docker's `config.json` or podman's `auth.json`: credentials, and helpers that have some.
///
/// ```
/// use wharf_client::docker_config::ConfigFile;
///
/// let file = ConfigFile::parse(br#"{"auths": {"quay.io/team": {"auth": "cm9ib3Q6aHVudGVyMg=="}}}"#).unwrap();
/// assert!(file.problems().is_empty());
/// assert!(!format!("{file:?}").contains("hunter2"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct ConfigFile {
    path: Option<PathBuf>,
    exposed: bool,
    /// An entry that marks a registry of a helper holds nothing.
    auths: Vec<(Key, Result<Option<Credential>, Problem>)>,
    helpers: Vec<(Key, Result<HelperName, Problem>)>,
    store: Option<Result<HelperName, Problem>>,
    problems: Vec<Problem>,
}

/// What a file has to say of a registry.
pub(super) enum Answer<'a> {
    Nothing,
    Credential(&'a Credential),
    Helper(&'a HelperName),
}

impl ConfigFile {
    /// Reads the text of a file. A text without anything in it is an empty configuration.
    ///
    /// # Errors
    /// [`ConfigError`] when it has more than 1 MiB, is not JSON, or has not the form of a configuration file. Entries
    /// that are broken are [`problems`](Self::problems).
    pub fn parse(bytes: &[u8]) -> Result<Self, ConfigError> {
        let mut root = root(bytes)?;
        let (auths, helpers) = (part(&mut root, Part::Auths)?, part(&mut root, Part::CredHelpers)?);
        let mut file = Self::default();
        file.read_auths(auths);
        file.read_helpers(helpers);
        file.read_store(member(&mut root, Part::CredsStore)?);
        Ok(file)
    }

    /// Reads the text of a `.dockercfg`, the old form without helpers: all of it is `auths`.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_legacy(bytes: &[u8]) -> Result<Self, ConfigError> {
        let mut file = Self::default();
        file.read_auths(root(bytes)?);
        Ok(file)
    }

    /// Reads a file from disk, if it is there; a `.dockercfg` is told by its name.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and when the file is there and cannot be read, or is not a regular file.
    pub fn read(path: &Path) -> Result<Option<Self>, ConfigError> {
        let Some(contents) = disk::read(path).map_err(|error| error.of(path))? else { return Ok(None) };
        let is_legacy = path.file_name().is_some_and(|name| name == ".dockercfg");
        let parse = if is_legacy { Self::parse_legacy } else { Self::parse };
        let file = parse(&contents.bytes).map_err(|error| error.of(path))?;
        Ok(Some(Self { path: Some(path.to_owned()), exposed: contents.exposed, ..file }))
    }

    /// The entries that cannot be used.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Where it was read from.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Whether others than its owner may read the file on disk. Known on Unix alone; elsewhere it is never said.
    #[must_use]
    pub const fn is_exposed(&self) -> bool {
        self.exposed
    }

    /// What it says of a registry, or of one repository there.
    pub(super) fn find(&self, registry: &str, repository: Option<&Repository>) -> Result<Answer<'_>, &Problem> {
        let named = best(self.helpers.iter().map(|(key, helper)| (key, helper)), registry, None);
        if let Some(helper) = named.or(self.store.as_ref()) {
            return helper.as_ref().map(Answer::Helper);
        }
        let good = self.auths.iter().filter_map(|(key, auth)| Some((key, auth.as_ref().ok()?.as_ref()?)));
        if let Some(credential) = best(good, registry, repository) {
            return Ok(Answer::Credential(credential));
        }
        let bad = self.auths.iter().filter_map(|(key, auth)| Some((key, auth.as_ref().err()?)));
        best(bad, registry, repository).map_or(Ok(Answer::Nothing), Err)
    }

    fn read_auths(&mut self, auths: Object) {
        for member in auths.into_members() {
            let key = Key::parse(&member.name);
            let read = judge(Part::Auths, member, key.as_ref(), entry::decode);
            self.note(read.as_ref().err());
            self.auths.extend(key.map(|key| (key, read)));
        }
    }

    fn read_helpers(&mut self, helpers: Object) {
        for member in helpers.into_members() {
            let key = Key::parse(&member.name).filter(Key::is_host);
            let read = judge(Part::CredHelpers, member, key.as_ref(), helper);
            self.note(read.as_ref().err());
            self.helpers.extend(key.map(|key| (key, read)));
        }
    }

    /// Docker writes an empty name for no helper.
    fn read_store(&mut self, store: Option<Tree>) {
        let Some(store) = store.filter(|store| !matches!(store, Tree::Text(text) if text.is_empty())) else { return };
        let problem = |kind| Problem { part: Part::CredsStore, position: 0, registry: None, kind };
        let read = helper(store).map_err(problem);
        self.note(read.as_ref().err());
        self.store = Some(read);
    }

    fn note(&mut self, problem: Option<&Problem>) {
        self.problems.extend(problem.cloned());
    }
}

/// Reads the value of an entry, unless its key spoils it.
pub(super) fn judge<T>(
    part: Part,
    member: Member,
    key: Option<&impl ToString>,
    read: impl FnOnce(Tree) -> Result<T, ProblemKind>,
) -> Result<T, Problem> {
    let read = match key {
        None => Err(ProblemKind::Key),
        Some(_) if member.twice => Err(ProblemKind::Duplicate),
        Some(_) => read(member.value),
    };
    let registry = || key.map(|key| key.to_string().into());
    read.map_err(|kind| Problem { part, position: member.position, registry: registry(), kind })
}

/// What belongs to the key that fits best; the first of those that fit as well as each other.
fn best<'a, T>(
    entries: impl Iterator<Item = (&'a Key, T)>,
    registry: &str,
    repository: Option<&Repository>,
) -> Option<T> {
    let fitting = entries.filter_map(|(key, value)| Some((key.fits(registry, repository)?, value)));
    fitting.reduce(|best, other| if other.0 > best.0 { other } else { best }).map(|(_, value)| value)
}

fn helper(value: Tree) -> Result<HelperName, ProblemKind> {
    match value {
        Tree::Text(text) => HelperName::parse(&text).map_err(|_| ProblemKind::HelperName),
        Tree::Object(_) | Tree::Null | Tree::Other => Err(ProblemKind::Shape),
    }
}

/// The object that a file is.
pub(super) fn root(bytes: &[u8]) -> Result<Object, ConfigError> {
    if bytes.len() > disk::MAX_BYTES {
        return Err(ConfigError::new(ConfigErrorKind::TooLarge));
    }
    if bytes.trim_ascii().is_empty() {
        return Ok(Object::default());
    }
    let broken = |(line, column)| ConfigError::new(ConfigErrorKind::NotJson { line, column });
    match Tree::read(bytes).map_err(broken)? {
        Tree::Object(object) => Ok(object),
        Tree::Text(_) | Tree::Null | Tree::Other => Err(ConfigError::new(ConfigErrorKind::Shape)),
    }
}

/// A part that is an object, and empty when it is not there.
pub(super) fn part(root: &mut Object, part: Part) -> Result<Object, ConfigError> {
    match member(root, part)? {
        None => Ok(Object::default()),
        Some(Tree::Object(object)) => Ok(object),
        Some(_) => Err(ConfigError::new(ConfigErrorKind::Shape)),
    }
}

fn member(root: &mut Object, part: Part) -> Result<Option<Tree>, ConfigError> {
    root.take(part.name()).map_err(|_| ConfigError::new(ConfigErrorKind::Duplicate))
}
