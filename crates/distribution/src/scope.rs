use std::collections::BTreeSet;
use std::fmt;

use wharf_reference::Repository;

/// What a token allows: `type:name:action[,action]` (Docker's token authentication).
///
/// ```
/// use wharf_distribution::Scope;
/// use wharf_reference::Repository;
///
/// let repository = Repository::from_static("team/app");
/// let push = Scope::push(&repository);
/// assert_eq!(push.to_string(), "repository:team/app:pull,push");
/// assert!(push.covers(&Scope::pull(&repository)));
/// assert_eq!(Scope::parse("repository:team/app:pull,push"), Some(push));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    kind: String,
    name: String,
    actions: BTreeSet<String>,
}

impl Scope {
    /// Reading a repository.
    #[must_use]
    pub fn pull(repository: &Repository) -> Self {
        Self::repository(repository, &["pull"])
    }

    /// Reading and writing a repository.
    #[must_use]
    pub fn push(repository: &Repository) -> Self {
        Self::repository(repository, &["pull", "push"])
    }

    /// Deleting from a repository.
    #[must_use]
    pub fn delete(repository: &Repository) -> Self {
        Self::repository(repository, &["delete", "pull"])
    }

    /// Everything that can be done with a repository, as token services have it that know of no right to delete.
    ///
    /// ```
    /// use wharf_distribution::Scope;
    /// use wharf_reference::Repository;
    ///
    /// assert_eq!(Scope::all(&Repository::from_static("team/app")).to_string(), "repository:team/app:*");
    /// ```
    #[must_use]
    pub fn all(repository: &Repository) -> Self {
        Self::repository(repository, &["*"])
    }

    /// Listing the repositories.
    #[must_use]
    pub fn catalog() -> Self {
        Self { kind: "registry".into(), name: "catalog".into(), actions: ["*".into()].into() }
    }

    fn repository(repository: &Repository, actions: &[&str]) -> Self {
        let actions = actions.iter().map(|&action| action.into()).collect();
        Self { kind: "repository".into(), name: repository.to_string(), actions }
    }

    /// Reads one scope; a name may hold colons. Texts of other forms are in use at some registries and give nothing, and
    /// so do several scopes with spaces between them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = (!text.contains(|letter: char| letter.is_whitespace() || letter.is_control())).then_some(text)?;
        let (kind, rest) = text.split_once(':')?;
        let (name, actions) = rest.rsplit_once(':')?;
        let actions: BTreeSet<String> = actions.split(',').map(Into::into).collect();
        let fits = !kind.is_empty() && !name.is_empty() && actions.iter().all(|action| !action.is_empty());
        fits.then(|| Self { kind: kind.into(), name: name.into(), actions })
    }

    /// Whether a token of this scope does for `other`.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.kind == other.kind && self.name == other.name && self.actions.is_superset(&other.actions)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:", self.kind, self.name)?;
        for (at, action) in self.actions.iter().enumerate() {
            write!(f, "{}{action}", if at == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}
