//! What an entry is for: a registry, or the beginning of a path on it.

use wharf_registry::{Host, Repository};

/// The key of an entry. Its parts are grammatical, so that it can be shown: no password hides in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// As [`registry`] names it.
    registry: Box<str>,
    path: Option<Repository>,
    /// It was written as it is printed here, or as docker writes it.
    plain: bool,
}

/// Under which name docker keeps the credentials for Docker Hub, in files and with helpers.
const HUB_SERVER: &str = "https://index.docker.io/v1/";
const HUB: &str = "docker.io";
const HUB_ALIASES: [&str; 2] = ["index.docker.io", "registry-1.docker.io"];

impl Key {
    /// Reads a key: `host[:port][/path]`, or a URL of which only the host counts.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (rest, is_url) = without_scheme(text);
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = Host::parse(host).ok()?;
        let path = path.strip_suffix('/').unwrap_or(path);
        let path = match path {
            _ if is_url => None,
            "" | "v1" | "v2" => None,
            path => Some(Repository::parse(path).ok()?),
        };
        let mut key = Self { registry: registry(host.as_str()), path, plain: text == HUB_SERVER };
        key.plain |= key.to_string() == text;
        Some(key)
    }

    /// How well it fits, if it does: longer paths first, then those that are written plainly.
    pub(super) fn fits(&self, registry: &str, repository: Option<&Repository>) -> Option<(usize, bool)> {
        let path = self.path.as_ref().map_or("", Repository::as_str);
        let asked = repository.map_or("", Repository::as_str);
        let rest = asked.strip_prefix(path).filter(|_| *self.registry == *registry)?;
        let whole = path.is_empty() || rest.is_empty() || rest.starts_with('/');
        whole.then_some((path.len(), self.plain))
    }

    /// Whether it is for a whole registry.
    pub(super) const fn is_host(&self) -> bool {
        self.path.is_none()
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.registry)?;
        self.path.as_ref().map_or(Ok(()), |path| write!(f, "/{path}"))
    }
}

/// A registry's one name: in lower case, and Docker Hub's aliases are Docker Hub.
pub(super) fn registry(host: &str) -> Box<str> {
    let host = host.to_ascii_lowercase();
    if HUB_ALIASES.contains(&host.as_str()) { HUB.into() } else { host.into() }
}

/// What a helper is asked for.
pub(super) fn server(registry: &str) -> &str {
    if registry == HUB { HUB_SERVER } else { registry }
}

/// The text without `https://` or `http://`, and whether it had one.
pub(super) fn without_scheme(text: &str) -> (&str, bool) {
    let is_scheme = |scheme: &str| scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    match text.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => (rest, true),
        _ => (text, false),
    }
}

/// The registry that a helper was asked for, or says that it answers for.
pub(super) fn registry_of(server: &str) -> Box<str> {
    let (rest, _) = without_scheme(server.trim());
    registry(rest.split('/').next().unwrap_or_default())
}
