use std::fmt;

use crate::Scope;

/// Scopes of one token: in order, and one for each resource.
///
/// Two lists that allow the same are the same set, whatever their order and however the actions are spread.
///
/// ```
/// use wharf_distribution::ScopeSet;
///
/// let set = ScopeSet::parse("repository:b:pull repository:a:push repository:a:pull");
/// assert_eq!(set.to_string(), "repository:a:pull,push repository:b:pull");
/// assert!(set.covers(&ScopeSet::parse("repository:a:pull")));
/// assert!(!ScopeSet::parse("repository:a:pull").covers(&set));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScopeSet(Vec<Scope>);

impl ScopeSet {
    /// No scope at all.
    ///
    /// ```
    /// # use wharf_distribution::ScopeSet;
    /// assert!(ScopeSet::new().is_empty());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Reads scopes with spaces between them, as challenges and forms have them. What is no scope is left out: some
    /// registries write `aws`, `*` or nothing at all.
    ///
    /// ```
    /// # use wharf_distribution::{Scope, ScopeSet};
    /// assert_eq!(ScopeSet::parse("aws registry:catalog:*"), Scope::catalog().into());
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Self {
        text.split(' ').filter_map(Scope::parse).collect()
    }

    /// Adds what a scope allows.
    ///
    /// ```
    /// # use wharf_distribution::{Scope, ScopeSet};
    /// let mut set = ScopeSet::parse("repository:a:pull");
    /// set.insert(Scope::parse("repository:a:push").unwrap());
    /// assert_eq!(set, ScopeSet::parse("repository:a:pull,push"));
    /// ```
    pub fn insert(&mut self, scope: Scope) {
        match self.0.iter_mut().find(|has| has.is_about_the_same_as(&scope)) {
            Some(has) => has.absorb(scope),
            None => self.0.push(scope),
        }
        self.0.sort();
    }

    /// Whether a token of this set does for `other`.
    ///
    /// ```
    /// # use wharf_distribution::ScopeSet;
    /// assert!(ScopeSet::new().covers(&ScopeSet::new()));
    /// ```
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|scope| self.0.iter().any(|has| has.covers(scope)))
    }

    /// What either allows: the least set that covers both.
    ///
    /// ```
    /// # use wharf_distribution::ScopeSet;
    /// let (a, b) = (ScopeSet::parse("repository:a:pull"), ScopeSet::parse("repository:b:pull"));
    /// assert_eq!(a.union(&b).to_string(), "repository:a:pull repository:b:pull");
    /// ```
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.iter().chain(other.iter()).cloned().collect()
    }

    /// The scopes, in order.
    ///
    /// ```
    /// # use wharf_distribution::{Scope, ScopeSet};
    /// assert_eq!(ScopeSet::from(Scope::catalog()).iter().next(), Some(&Scope::catalog()));
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }

    /// Whether it allows nothing.
    ///
    /// ```
    /// # use wharf_distribution::ScopeSet;
    /// assert!(ScopeSet::parse("aws").is_empty());
    /// ```
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Scope> for ScopeSet {
    /// In one go: there can be as many as fit into what a stranger sends.
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut scopes: Vec<_> = scopes.into_iter().collect();
        scopes.sort();
        let mut set: Vec<Scope> = Vec::new();
        for scope in scopes {
            match set.last_mut().filter(|last| last.is_about_the_same_as(&scope)) {
                Some(last) => last.absorb(scope),
                None => set.push(scope),
            }
        }
        Self(set)
    }
}

impl From<Scope> for ScopeSet {
    fn from(scope: Scope) -> Self {
        Self(vec![scope])
    }
}

/// With spaces between the scopes.
impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, scope) in self.0.iter().enumerate() {
            write!(f, "{}{scope}", if at == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}
