//! Which platforms will do for the one that is wanted, and which of them is best.

use std::cmp::Reverse;

use super::expand::{expand, expand_variants};
use super::{Platform, windows};

/// Which platforms will do, and in which order they are preferred.
///
/// There are five, from the strictest to the loosest question: [`Self::exactly`] is for a pin,
/// [`Self::same_architecture`] for someone who names a platform, [`Self::compatible`] for a machine that runs images,
/// [`Self::host`] for this machine with its habits, [`Self::any_architecture`] for those who only look. The rules are
/// containerd's, whose answers most engines give, but that a variant nobody knows matches itself rather than nothing.
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
///
/// What counts first is how far the platform is down the list of those that will do, then how many of the offered features
/// it uses, then, for a host with Windows, the version. A rank says nothing by itself, and nothing beside one of another
/// matcher.
///
/// ```
/// use wharf_spec::{Platform, PlatformMatcher};
///
/// let machine: Platform = "linux(+gpu)/amd64".parse().unwrap();
/// let matcher = PlatformMatcher::compatible(&machine);
/// let rank = |text: &str| matcher.rank(&text.parse().unwrap()).unwrap();
/// assert!(rank("linux(+gpu)/amd64") < rank("linux/amd64"), "it uses what there is");
/// assert!(rank("linux/amd64") < rank("linux(+gpu)/386"), "the processor counts more");
/// assert_eq!(rank("linux/x86_64"), rank("linux/amd64"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlatformRank {
    entry: usize,
    features: Reverse<usize>,
    version: Reverse<Option<String>>,
}

impl PlatformMatcher {
    /// The platform itself and nothing else: operating system, processor and variant are the same under their usual
    /// names, the candidate needs no feature that is not offered, and on Windows its version runs on the wanted one.
    ///
    /// ```
    /// # use wharf_spec::{Platform, PlatformMatcher};
    /// let wanted: Platform = "linux/arm64".parse().unwrap();
    /// let matcher = PlatformMatcher::exactly(&wanted);
    /// assert!(matcher.matches(&"linux/arm64/v8".parse().unwrap()));
    /// assert!(!matcher.matches(&"linux/arm/v7".parse().unwrap()));
    /// ```
    #[must_use]
    pub fn exactly(wanted: &Platform) -> Self {
        Self::of(vec![wanted.normalized()])
    }

    /// The platform and those whose programs run on it: older variants, and the 32-bit twins of `amd64` and `arm64`.
    ///
    /// ```
    /// # use wharf_spec::{Platform, PlatformMatcher};
    /// let wanted: Platform = "linux/amd64/v2".parse().unwrap();
    /// let matcher = PlatformMatcher::compatible(&wanted);
    /// assert!(matcher.matches(&"linux/amd64".parse().unwrap()) && matcher.matches(&"linux/386".parse().unwrap()));
    /// assert!(!matcher.matches(&"linux/amd64/v3".parse().unwrap()));
    /// ```
    #[must_use]
    pub fn compatible(wanted: &Platform) -> Self {
        Self::of(expand(&wanted.normalized()))
    }

    /// The platform and older variants of the same processor: what is [`Self::compatible`] without the 32-bit twins. It is
    /// for those who name a platform: they know of variants, but mean the processor that they say.
    ///
    /// ```
    /// # use wharf_spec::{Platform, PlatformMatcher};
    /// let wanted: Platform = "linux/amd64/v3".parse().unwrap();
    /// let matcher = PlatformMatcher::same_architecture(&wanted);
    /// assert!(matcher.matches(&"linux/amd64".parse().unwrap()));
    /// assert!(!matcher.matches(&"linux/386".parse().unwrap()) && !matcher.matches(&"linux/amd64/v4".parse().unwrap()));
    /// ```
    #[must_use]
    pub fn same_architecture(wanted: &Platform) -> Self {
        Self::of(expand_variants(&wanted.normalized()))
    }

    /// Whatever runs under the operating system, on any processor; the wanted one is preferred.
    ///
    /// ```
    /// # use wharf_spec::{Platform, PlatformMatcher};
    /// let wanted: Platform = "linux/amd64".parse().unwrap();
    /// let matcher = PlatformMatcher::any_architecture(&wanted);
    /// assert!(matcher.matches(&"linux/s390x".parse().unwrap()));
    /// assert!(!matcher.matches(&"windows/amd64".parse().unwrap()));
    /// ```
    #[must_use]
    pub fn any_architecture(wanted: &Platform) -> Self {
        Self { any_architecture: true, ..Self::exactly(wanted) }
    }

    /// What a machine of platform `host` is usually given: what is compatible; on macOS and FreeBSD also what is for
    /// Linux on the same processor; on Windows the platform itself, of the version that is the highest as text.
    ///
    /// ```
    /// # use wharf_spec::{Platform, PlatformMatcher};
    /// let mac: Platform = "darwin/arm64".parse().unwrap();
    /// let matcher = PlatformMatcher::host(&mac);
    /// let found = ["linux/arm64", "linux/amd64", "darwin/arm64"].map(|text| text.parse().unwrap());
    /// assert_eq!(matcher.sorted(&found), [2, 0]);
    /// ```
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
    ///
    /// ```
    /// # use wharf_spec::{Platform, PlatformMatcher};
    /// let wanted: Platform = "linux/amd64".parse().unwrap();
    /// let matcher = PlatformMatcher::any_architecture(&wanted);
    /// assert!(!matcher.matches(&"unknown/unknown".parse().unwrap()));
    /// ```
    #[must_use]
    pub fn matches(&self, candidate: &Platform) -> bool {
        self.rank(candidate).is_some()
    }

    /// How good `candidate` is, or nothing when it will not do.
    ///
    /// ```
    /// # use wharf_spec::{Platform, PlatformMatcher};
    /// let wanted: Platform = "linux/amd64/v3".parse().unwrap();
    /// let matcher = PlatformMatcher::compatible(&wanted);
    /// let rank = |text: &str| matcher.rank(&text.parse().unwrap());
    /// assert!(rank("linux/amd64/v2") < rank("linux/amd64"));
    /// assert_eq!(rank("linux/amd64/v4"), None);
    /// ```
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
    ///
    /// ```
    /// # use wharf_spec::{Platform, PlatformMatcher};
    /// let wanted: Platform = "linux/arm/v7".parse().unwrap();
    /// let found = ["linux/arm/v5", "linux/arm/v6", "linux/arm64"].map(|text| text.parse().unwrap());
    /// assert_eq!(PlatformMatcher::compatible(&wanted).best(&found), Some(1));
    /// ```
    #[must_use]
    pub fn best<'a>(&self, candidates: impl IntoIterator<Item = &'a Platform>) -> Option<usize> {
        self.sorted(candidates).first().copied()
    }

    /// Where the candidates are that will do, best first; equals in the order that they came in.
    ///
    /// ```
    /// # use wharf_spec::{Platform, PlatformMatcher};
    /// let wanted: Platform = "linux/arm/v7".parse().unwrap();
    /// let found = ["linux/arm/v5", "linux/arm/v6", "linux/arm64"].map(|text| text.parse().unwrap());
    /// assert_eq!(PlatformMatcher::compatible(&wanted).sorted(&found), [1, 0]);
    /// ```
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
