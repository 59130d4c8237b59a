use std::collections::BTreeSet;
use std::fmt;

use wharf_reference::Repository;

/// What a token allows: `type:name:action[,action]` (Docker's token authentication).
///
/// The types and the actions are an open vocabulary: what is not known here is kept as it is.
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
    ///
    /// ```
    /// # use wharf_distribution::Scope;
    /// # use wharf_reference::Repository;
    /// assert_eq!(Scope::pull(&Repository::from_static("a")).to_string(), "repository:a:pull");
    /// ```
    #[must_use]
    pub fn pull(repository: &Repository) -> Self {
        Self::repository(repository, &["pull"])
    }

    /// Reading and writing a repository.
    ///
    /// ```
    /// # use wharf_distribution::Scope;
    /// # use wharf_reference::Repository;
    /// assert_eq!(Scope::push(&Repository::from_static("a")).to_string(), "repository:a:pull,push");
    /// ```
    #[must_use]
    pub fn push(repository: &Repository) -> Self {
        Self::repository(repository, &["pull", "push"])
    }

    /// Deleting from a repository.
    ///
    /// ```
    /// # use wharf_distribution::Scope;
    /// # use wharf_reference::Repository;
    /// assert_eq!(Scope::delete(&Repository::from_static("a")).to_string(), "repository:a:delete,pull");
    /// ```
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
    ///
    /// ```
    /// # use wharf_distribution::Scope;
    /// assert_eq!(Scope::catalog().to_string(), "registry:catalog:*");
    /// ```
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
    ///
    /// ```
    /// # use wharf_distribution::Scope;
    /// assert!(Scope::parse("repository:a:pull").is_some());
    /// assert!(["aws", "", "repository:a:", "a:b:pull c:d:pull"].map(Scope::parse).iter().all(Option::is_none));
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = (!text.contains(|letter: char| letter.is_whitespace() || letter.is_control())).then_some(text)?;
        let (kind, rest) = text.split_once(':')?;
        let (name, actions) = rest.rsplit_once(':')?;
        let actions: BTreeSet<String> = actions.split(',').map(Into::into).collect();
        let fits = !kind.is_empty() && !name.is_empty() && actions.iter().all(|action| !action.is_empty());
        fits.then(|| Self { kind: kind.into(), name: name.into(), actions })
    }

    /// What kind of resource it is about, with its class if it has one: `repository`, `registry`, `repository(plugin)`.
    ///
    /// ```
    /// # use wharf_distribution::Scope;
    /// assert_eq!(Scope::catalog().kind(), "registry");
    /// ```
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The resource's name.
    ///
    /// ```
    /// # use wharf_distribution::Scope;
    /// assert_eq!(Scope::parse("repository:host:5000/a:pull").unwrap().name(), "host:5000/a");
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What may be done, in alphabetical order; always something.
    ///
    /// ```
    /// # use wharf_distribution::Scope;
    /// let scope = Scope::parse("repository:a:push,pull").unwrap();
    /// assert_eq!(scope.actions().collect::<Vec<_>>(), ["pull", "push"]);
    /// ```
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.actions.iter().map(String::as_str)
    }

    /// Whether a token of this scope does for `other`.
    ///
    /// ```
    /// # use wharf_distribution::Scope;
    /// let scope = |text| Scope::parse(text).unwrap();
    /// assert!(scope("repository:a:pull,push").covers(&scope("repository:a:pull")));
    /// assert!(!scope("repository:a:pull").covers(&scope("repository:b:pull")));
    /// ```
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.is_about_the_same_as(other) && self.actions.is_superset(&other.actions)
    }

    /// Whether both are about one resource.
    ///
    /// ```
    /// # use wharf_distribution::Scope;
    /// let scope = |text| Scope::parse(text).unwrap();
    /// assert!(scope("repository:a:pull").is_about_the_same_as(&scope("repository:a:push")));
    /// assert!(!scope("repository:a:pull").is_about_the_same_as(&scope("registry:a:pull")));
    /// ```
    #[must_use]
    pub fn is_about_the_same_as(&self, other: &Self) -> bool {
        (&self.kind, &self.name) == (&other.kind, &other.name)
    }

    /// What either allows; nothing when they are about two resources.
    ///
    /// ```
    /// # use wharf_distribution::Scope;
    /// let scope = |text| Scope::parse(text).unwrap();
    /// let both = scope("repository:a:pull").union(&scope("repository:a:delete"));
    /// assert_eq!(both, Some(scope("repository:a:delete,pull")));
    /// assert_eq!(scope("repository:a:pull").union(&scope("repository:b:pull")), None);
    /// ```
    #[must_use]
    pub fn union(&self, other: &Self) -> Option<Self> {
        self.is_about_the_same_as(other).then(|| self.with_actions(other.actions()))
    }

    /// Takes over the actions of one that is about the same.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.actions.extend(other.actions);
    }

    /// The same with more actions.
    pub(crate) fn with_actions<'a>(&self, actions: impl Iterator<Item = &'a str>) -> Self {
        let mut more = self.clone();
        more.actions.extend(actions.map(Into::into));
        more
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
