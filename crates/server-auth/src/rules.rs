//! Who may do what, as an ordered list.

use std::fmt;

use wharf_server::registry::{Pattern, PatternError, Repository};
use wharf_server::{Access, Action};

/// Who may do what in which repositories. Of the rules, in their order, the first that fits both who asks and the
/// repository decides: what it allows may be done, and nothing else. What no rule fits may not be done.
///
/// Who asks is whom the password or the token says. Whoever may do something somewhere may ask for the list of
/// repositories: it names those from which they may pull.
///
/// ```
/// use wharf_server::Action::{Delete, Pull, Push};
/// use wharf_server::registry::Repository;
/// use wharf_server_auth::{Rules, Who};
///
/// let rules = Rules::none()
///     .allow(Who::user("robot"), "team/**", &[Pull, Push])?
///     .allow(Who::SignedIn, "team/secret", &[])?
///     .allow(Who::SignedIn, "team/*", &[Pull, Push, Delete])?
///     .allow(Who::Everybody, "library/*", &[Pull])?;
/// let may = |user, repository, action| rules.allows(user, &Repository::from_static(repository), action);
/// assert!(may(Some("alice"), "team/app", Delete));
/// assert!(!may(Some("robot"), "team/app", Delete), "the first rule that fits decides");
/// assert!(!may(Some("alice"), "team/secret", Pull));
/// assert!(!may(Some("alice"), "team/a/b", Pull), "one star does not go into directories");
/// assert!(may(None, "library/busybox", Pull));
/// # Ok::<_, wharf_server::registry::PatternError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rules(Vec<Rule>);

#[derive(Clone, Debug)]
struct Rule {
    who: Who,
    repositories: Repositories,
    actions: Box<[Action]>,
}

/// Whom a rule is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Who {
    /// One user.
    User(Box<str>),
    /// All who said who they are.
    SignedIn,
    /// These and all others.
    Everybody,
}

impl Who {
    /// One user.
    #[must_use]
    pub fn user(name: impl Into<Box<str>>) -> Self {
        Self::User(name.into())
    }

    fn is(&self, user: Option<&str>) -> bool {
        match self {
            Self::User(name) => user == Some(&**name),
            Self::SignedIn => user.is_some(),
            Self::Everybody => true,
        }
    }
}

/// Signed-in users may do everything, and nobody else anything.
impl Default for Rules {
    fn default() -> Self {
        Self(vec![Rule {
            who: Who::SignedIn,
            repositories: Repositories::All,
            actions: [Action::Pull, Action::Push, Action::Delete].into(),
        }])
    }
}

impl Rules {
    /// No rule, by which nobody may do anything.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// One more rule, after the others: they may do this in these repositories and nothing else; with no actions, nothing.
    ///
    /// `repositories` is a [`Pattern`] for the whole of a repository's name, in which `*` does not match a `/`. Behind the
    /// last `/`, and alone, `**` stands for whatever follows, at any depth.
    ///
    /// # Errors
    /// When it is no pattern.
    pub fn allow(mut self, who: Who, repositories: &str, actions: &[Action]) -> Result<Self, PatternError> {
        let repositories = Repositories::parse(repositories)?;
        self.0.push(Rule { who, repositories, actions: actions.into() });
        Ok(self)
    }

    /// Whether a user, or somebody who did not say who they are, may do this in the repository.
    #[must_use]
    pub fn allows(&self, user: Option<&str>, repository: &Repository, action: Action) -> bool {
        let name = repository.to_string();
        let mut fitting = self.0.iter().filter(|rule| rule.who.is(user) && rule.repositories.have(&name));
        fitting.next().is_some_and(|rule| rule.actions.contains(&action))
    }

    /// Whether they may pull from every repository that there could be, so that they may know all names.
    #[must_use]
    pub fn reads_all(&self, user: Option<&str>) -> bool {
        for rule in self.0.iter().filter(|rule| rule.who.is(user)) {
            match (rule.actions.contains(&Action::Pull), &rule.repositories) {
                (false, _) => return false,
                (true, Repositories::All) => return true,
                (true, _) => {}
            }
        }
        false
    }

    /// Whether they may do what a request would do. Who may do something somewhere may ask whether this is a registry.
    #[must_use]
    pub fn permit(&self, user: Option<&str>, access: &Access) -> bool {
        match access {
            Access::Repository(repository, action) => self.allows(user, repository, *action),
            Access::Listed(repository) => self.allows(user, repository, Action::Pull),
            Access::Catalog | Access::Base => self.0.iter().any(|rule| rule.who.is(user) && !rule.actions.is_empty()),
            _ => false,
        }
    }
}

/// Which repositories a rule is about.
#[derive(Clone)]
enum Repositories {
    All,
    /// Those below a directory that the pattern matches, whose depth is that of the pattern.
    Below(Box<str>),
    Like(Box<str>),
}

impl Repositories {
    fn parse(text: &str) -> Result<Self, PatternError> {
        let pattern = match text.strip_suffix("**") {
            Some("") => return Ok(Self::All),
            Some(directory) if directory.ends_with('/') => directory.trim_end_matches('/'),
            _ => text,
        };
        Pattern::parse(pattern)?;
        Ok(if pattern.len() == text.len() { Self::Like(pattern.into()) } else { Self::Below(pattern.into()) })
    }

    fn have(&self, name: &str) -> bool {
        // What is kept was parsed before.
        let like = |pattern: &str, text: &str| Pattern::parse(pattern).is_ok_and(|pattern| pattern.matches(text));
        match self {
            Self::All => true,
            Self::Like(pattern) => like(pattern, name),
            Self::Below(pattern) => {
                let ends = name.match_indices('/').map(|(at, _)| at);
                ends.filter_map(|at| name.get(..at)).any(|directory| like(pattern, directory))
            }
        }
    }
}

impl fmt::Debug for Repositories {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("**"),
            Self::Below(directory) => write!(f, "{directory}/**"),
            Self::Like(pattern) => f.write_str(pattern),
        }
    }
}
