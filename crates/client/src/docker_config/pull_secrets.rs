//! What Kubernetes gives to those who pull images, read as its node agent does.

use std::cmp::Reverse;

use async_trait::async_trait;
use wharf_registry::{Host, Repository};

use super::json::{Member, Object};
use super::key::{registry, without_scheme};
use super::{ConfigError, Part, Problem, entry, file};
use crate::{Credential, CredentialError, Credentials};

/// The image pull secrets of a pod: secrets of the types `kubernetes.io/dockerconfigjson` and `kubernetes.io/dockercfg`.
///
/// A key is a host, in which `*` stands for any part of one label, perhaps a port, which must be the same, and perhaps a
/// path, which must be how the image's path begins: `r.io/team` is also for `r.io/teammate`, other than in docker's and
/// podman's files. Several can be for one image, and those whose keys sort last come first, which puts longer paths
/// before shorter ones. Kubernetes tries them all; as a provider for a client this has the first.
///
/// Helpers are ignored, as Kubernetes does.
///
/// ```
/// use wharf_client::docker_config::PullSecrets;
/// use wharf_registry::{Host, Repository};
///
/// let mut secrets = PullSecrets::default();
/// secrets.add_docker_config_json(br#"{"auths": {"*.example.com": {"username": "robot", "password": "hunter2"}}}"#).unwrap();
/// let (host, app) = (Host::parse("eu.example.com").unwrap(), Repository::parse("team/app").unwrap());
/// assert_eq!(secrets.find(&host, &app).next().unwrap().username(), Some("robot"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct PullSecrets {
    /// Sorted by what they are for, the last first; those that are for the same in the order in which they came.
    entries: Vec<Entry>,
    problems: Vec<Problem>,
}

#[derive(Clone, Debug)]
struct Entry {
    pattern: Pattern,
    credential: Credential,
}

/// A key, split as it is compared. The texts are in the order in which they are sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    host: Box<str>,
    port: Option<Box<str>>,
    /// With the slash at its beginning, unless there is none.
    path: Box<str>,
}

impl PullSecrets {
    /// Adds the value of `.dockerconfigjson`, after those that are there already.
    ///
    /// # Errors
    /// As [`ConfigFile::parse`](super::ConfigFile::parse). Nothing has been added then.
    pub fn add_docker_config_json(&mut self, bytes: &[u8]) -> Result<(), ConfigError> {
        self.add(file::part(&mut file::root(bytes)?, Part::Auths)?);
        Ok(())
    }

    /// Adds the value of `.dockercfg`, the old form, after those that are there already.
    ///
    /// # Errors
    /// As [`ConfigFile::parse_legacy`](super::ConfigFile::parse_legacy). Nothing has been added then.
    pub fn add_docker_cfg(&mut self, bytes: &[u8]) -> Result<(), ConfigError> {
        self.add(file::root(bytes)?);
        Ok(())
    }

    fn add(&mut self, auths: Object) {
        for member in auths.into_members() {
            match Entry::read(member) {
                Ok(entry) => self.entries.extend(entry),
                Err(problem) => self.problems.push(problem),
            }
        }
        self.entries.sort_by_cached_key(|entry| Reverse(entry.pattern.to_string()));
    }

    /// All credentials for a repository, in the order in which they are to be tried.
    pub fn find(&self, host: &Host, repository: &Repository) -> impl Iterator<Item = &Credential> + use<'_> {
        let (asked, path) = (Pattern::of(&registry(host.as_str()), ""), format!("/{repository}"));
        let fits = move |entry: &&Entry| entry.pattern.fits(&asked, &path);
        self.entries.iter().filter(fits).map(|entry| &entry.credential)
    }

    /// The entries that cannot be used, each counted in its own secret.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// These as a provider for a client of one repository, with the first credential there is for it.
    #[must_use]
    pub fn scoped(&self, repository: &Repository) -> impl Credentials + use<> {
        First(self.clone(), repository.clone())
    }
}

struct First(PullSecrets, Repository);

#[async_trait]
impl Credentials for First {
    async fn credential(&self, host: &Host) -> Result<Option<Credential>, CredentialError> {
        Ok(self.0.find(host, &self.1).next().cloned())
    }
}

impl Entry {
    /// Reads an entry; one that marks a registry of a helper holds nothing.
    fn read(member: Member) -> Result<Option<Self>, Problem> {
        let pattern = Pattern::parse(&member.name);
        let credential = file::judge(Part::Auths, member, pattern.as_ref(), entry::decode)?;
        Ok(pattern.zip(credential).map(|(pattern, credential)| Self { pattern, credential }))
    }
}

impl Pattern {
    /// Reads a key: a host with stars, and what follows it as it is. The versions of the API at the beginning of a path
    /// are no part of it.
    fn parse(text: &str) -> Option<Self> {
        let (rest, _) = without_scheme(text);
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let bare = ["/v1/", "/v2/"].iter().find_map(|version| path.strip_prefix(version));
        let path = bare.unwrap_or_else(|| path.strip_prefix('/').unwrap_or_default());
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
        // What is a host when its stars are letters is one with them.
        Host::parse(&host.replace('*', "x")).ok().filter(|_| path.bytes().all(is_plain))?;
        Some(Self::of(&registry(host), path))
    }

    fn of(host: &str, path: &str) -> Self {
        let (name, port) = match host.rsplit_once(':') {
            // The colons of an IPv6 address without a port are followed by its bracket.
            Some((name, port)) if !port.ends_with(']') => (name, Some(port.into())),
            _ => (host, None),
        };
        let path = if path.is_empty() { Box::default() } else { format!("/{path}").into() };
        Self { host: name.into(), port, path }
    }

    fn fits(&self, asked: &Self, path: &str) -> bool {
        let labels = || self.host.split('.').zip(asked.host.split('.'));
        self.port == asked.port
            && self.host.split('.').count() == asked.host.split('.').count()
            && path.starts_with(&*self.path)
            && labels().all(|(pattern, label)| is_match(pattern, label))
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.host)?;
        self.port.as_ref().map_or(Ok(()), |port| write!(f, ":{port}"))?;
        f.write_str(&self.path)
    }
}

/// Whether a label is what a pattern with stars says. Each part between two stars is taken where it first occurs, which
/// leaves most to those behind it.
fn is_match(pattern: &str, label: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == label };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(label) = label.strip_prefix(first).and_then(|label| label.strip_suffix(last)) else { return false };
    let mut left = Some(label);
    for part in middle.split('*') {
        left = left.and_then(|left| left.split_once(part)).map(|(_, after)| after);
    }
    left.is_some()
}
