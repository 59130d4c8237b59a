//! Which platforms will do for the one that is wanted, and which of them is best.

use std::cmp::Reverse;

use super::{Platform, windows};

/// Which platforms will do, and in which order they are preferred.
///
/// ```
/// use wharf_spec::{Platform, PlatformMatcher};
///
/// let wanted: Platform = "linux/amd64/v3".parse().unwrap();
/// let found = ["linux/386", "linux/amd64/v4", "linux/amd64/v2"].map(|text| text.parse().unwrap());
/// assert_eq!(PlatformMatcher::compatible(&wanted).best(&found), Some(2));
/// assert_eq!(PlatformMatcher::exactly(&wanted).best(&found), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformMatcher {
    /// What will do, best first; never empty.
    wanted: Vec<Platform>,
    any_architecture: bool,
    newest_version: bool,
}

/// How good a platform is for what was asked for; less is better, and equal ones keep the order that they came in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlatformRank {
    entry: usize,
    features: Reverse<usize>,
    version: Reverse<Option<String>>,
}

impl PlatformMatcher {
    /// The platform itself and nothing else: operating system, processor and variant are the same under their usual
    /// names, the candidate needs no feature that is not offered, and on Windows its version runs on the wanted one.
    #[must_use]
    pub fn exactly(wanted: &Platform) -> Self {
        Self::of(vec![wanted.normalized()])
    }

    /// The platform and those whose programs run on it: older variants, and the 32-bit twins of `amd64` and `arm64`.
    #[must_use]
    pub fn compatible(wanted: &Platform) -> Self {
        Self::of(expand(&wanted.normalized()))
    }

    /// Whatever runs under the operating system, on any processor; the wanted one is preferred.
    #[must_use]
    pub fn any_architecture(wanted: &Platform) -> Self {
        Self { any_architecture: true, ..Self::exactly(wanted) }
    }

    /// What a machine of platform `host` is usually given: what is compatible; on macOS and FreeBSD also what is for
    /// Linux on the same processor; on Windows the platform itself, of the version that is the highest as text.
    #[must_use]
    pub fn host(host: &Platform) -> Self {
        let host = host.normalized();
        let linux = |variant| Platform { variant, ..Platform::new("linux", host.architecture.as_str()) };
        match host.os.as_str() {
            "darwin" => Self::of(vec![host.clone(), linux(None)]),
            "freebsd" => Self::of(vec![host.clone(), linux(host.variant.clone())]),
            "windows" => Self { newest_version: true, ..Self::exactly(&host) },
            _ => Self::compatible(&host),
        }
    }

    /// Whether `candidate` will do. What is for `unknown/unknown`, an attestation, never does.
    #[must_use]
    pub fn matches(&self, candidate: &Platform) -> bool {
        self.rank(candidate).is_some()
    }

    /// How good `candidate` is, or nothing when it will not do.
    #[must_use]
    pub fn rank(&self, candidate: &Platform) -> Option<PlatformRank> {
        let candidate = candidate.normalized();
        if candidate.is_unknown() {
            return None;
        }
        let entry = if self.any_architecture { self.by_system(&candidate) } else { self.by_entry(&candidate) }?;
        let version = candidate.os_version.filter(|_| self.newest_version);
        Some(PlatformRank { entry, features: Reverse(candidate.os_features.len()), version: Reverse(version) })
    }

    /// Where the best of `candidates` is; the first of equals.
    #[must_use]
    pub fn best<'a>(&self, candidates: impl IntoIterator<Item = &'a Platform>) -> Option<usize> {
        self.sorted(candidates).first().copied()
    }

    /// Where the candidates are that will do, best first; equals in the order that they came in.
    #[must_use]
    pub fn sorted<'a>(&self, candidates: impl IntoIterator<Item = &'a Platform>) -> Vec<usize> {
        let ranked = candidates.into_iter().map(|candidate| self.rank(candidate)).enumerate();
        let mut ranked: Vec<_> = ranked.filter_map(|(at, rank)| Some((rank?, at))).collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, at)| at).collect()
    }

    const fn of(wanted: Vec<Platform>) -> Self {
        Self { wanted, any_architecture: false, newest_version: false }
    }

    fn by_entry(&self, candidate: &Platform) -> Option<usize> {
        let same = |wanted: &Platform| {
            wanted.architecture == candidate.architecture
                && wanted.variant == candidate.variant
                && same_system(wanted, candidate)
        };
        self.wanted.iter().position(same)
    }

    fn by_system(&self, candidate: &Platform) -> Option<usize> {
        let wanted = self.wanted.first().filter(|wanted| same_system(wanted, candidate))?;
        let same = wanted.architecture == candidate.architecture;
        Some(match (same, wanted.variant == candidate.variant) {
            (true, true) => 0,
            (true, false) => 1,
            (false, _) => 2,
        })
    }
}

/// Whether the operating systems are the same, and the wanted one offers what the candidate needs.
fn same_system(wanted: &Platform, candidate: &Platform) -> bool {
    let windows = wanted.os == "windows";
    let offered = |feature: &String| wanted.os_features.contains(feature) || (windows && feature == "win32k");
    wanted.os == candidate.os
        && candidate.os_features.iter().all(offered)
        && (!windows || windows::runs(wanted.os_version.as_deref(), candidate.os_version.as_deref()))
}

/// A normalised platform and those whose programs run on it, best first.
fn expand(wanted: &Platform) -> Vec<Platform> {
    let variant = wanted.variant.as_deref().unwrap_or_default();
    let names = match wanted.architecture.as_str() {
        "amd64" => amd64(variant),
        "arm" => arm(variant),
        "arm64" => arm64(variant),
        architecture => vec![(architecture, variant.to_owned())],
    };
    let platform = |(architecture, variant): (&str, String)| Platform {
        architecture: architecture.into(),
        variant: Some(variant).filter(|variant| !variant.is_empty()),
        ..wanted.clone()
    };
    names.into_iter().map(platform).collect()
}

type Names<'a> = Vec<(&'a str, String)>;

fn amd64(variant: &str) -> Names<'static> {
    let mut names = match number(variant) {
        Some(level @ 2..) => down("amd64", "v", level, 2),
        _ if variant.is_empty() => Vec::new(),
        _ => vec![("amd64", variant.into())],
    };
    // A variant that is no number says nothing about what else the processor runs, except 32-bit programs.
    if variant.is_empty() || names.len() > 1 || variant == "v2" {
        names.push(("amd64", String::new()));
    }
    names.push(("386", String::new()));
    names
}

fn arm(variant: &str) -> Names<'static> {
    match number(variant) {
        Some(version @ 6..) => down("arm", "v", version, 5),
        _ => vec![("arm", variant.into())],
    }
}

fn arm64(variant: &str) -> Names<'static> {
    let (mut names, eighth) = match variant.split_once('.') {
        None if variant.is_empty() => (Vec::new(), 0),
        None if variant == "v9" => (ninth(0), 5),
        Some(("v8", minor)) => match digit(minor) {
            Some(minor @ 1..=9) => (Vec::new(), minor),
            _ => return vec![("arm64", variant.into())],
        },
        Some(("v9", minor)) => match digit(minor) {
            Some(minor @ 1..=7) => (ninth(minor), (minor + 5).min(9)),
            _ => return vec![("arm64", variant.into())],
        },
        _ => return vec![("arm64", variant.into())],
    };
    names.extend(down("arm64", "v8.", eighth, 1));
    names.push(("arm64", String::new()));
    names.extend(down("arm", "v", 8, 5));
    names
}

/// ARM's version 9 down from a minor version.
fn ninth(minor: u8) -> Names<'static> {
    let mut names = down("arm64", "v9.", minor, 1);
    names.push(("arm64", "v9".into()));
    names
}

fn down(architecture: &'static str, prefix: &str, from: u8, to: u8) -> Names<'static> {
    (to..=from).rev().map(|number| (architecture, format!("{prefix}{number}"))).collect()
}

/// The number of a variant such as `v7`.
fn number(variant: &str) -> Option<u8> {
    variant.strip_prefix('v').and_then(digit)
}

/// A number as it is written, without signs and leading zeros.
fn digit(text: &str) -> Option<u8> {
    text.parse().ok().filter(|number: &u8| number.to_string() == text)
}
