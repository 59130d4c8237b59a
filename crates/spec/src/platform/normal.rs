//! The usual names of platforms, as containerd and Docker write them.
//!
//! Only what these two take for the same is made the same. `armv7l`, `arm64v8` or `ppc64el` are names that other tools
//! know; here they stay what they are and match themselves, since a guess would choose an image that containerd does not.

use super::Platform;

impl Platform {
    /// The same platform under its usual names: `x86_64` is `amd64`, `arm64/v8` is `arm64`, `arm` is `arm/v7`. Features
    /// are sorted, each named once. Names that are not known stay as they are, in lower case.
    ///
    /// An empty operating system stays empty, and so matches an empty one alone. Other tools put the host's there, which
    /// makes one document mean one thing here and another there; a platform is normalised the same way everywhere. Where
    /// the host's is meant, [`Platform::parse`] completes what was not said.
    ///
    /// ```
    /// # use wharf_spec::Platform;
    /// assert_eq!(Platform::new("macOS", "AArch64").normalized(), Platform::new("darwin", "arm64"));
    /// ```
    #[must_use]
    pub fn normalized(&self) -> Self {
        let (architecture, variant) = architecture(&self.architecture, self.variant.as_deref().unwrap_or_default());
        let mut os_features = self.os_features.clone();
        os_features.sort_unstable();
        os_features.dedup();
        Self {
            architecture,
            os: os(&self.os),
            os_version: self.os_version.clone(),
            os_features,
            variant: Some(variant).filter(|variant| !variant.is_empty()),
        }
    }
}

/// The usual name of an operating system.
pub(super) fn os(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    if name == "macos" { "darwin".into() } else { name }
}

/// The usual names of a processor and its variant, which is empty when it says nothing.
pub(super) fn architecture(name: &str, variant: &str) -> (String, String) {
    let (name, variant) = (name.to_ascii_lowercase(), variant.to_ascii_lowercase());
    let (name, variant) = match (name.as_str(), variant.as_str()) {
        ("i386", _) => ("386", ""),
        ("x86_64" | "x86-64" | "amd64", "v1") => ("amd64", ""),
        ("x86_64" | "x86-64", variant) => ("amd64", variant),
        ("aarch64" | "arm64", "8" | "v8" | "v8.0") => ("arm64", ""),
        ("aarch64" | "arm64", "9" | "9.0" | "v9.0") => ("arm64", "v9"),
        ("aarch64", variant) => ("arm64", variant),
        ("armhf", _) | ("arm", "" | "7") => ("arm", "v7"),
        ("armel", _) | ("arm", "6") => ("arm", "v6"),
        ("arm", "5") => ("arm", "v5"),
        ("arm", "8") => ("arm", "v8"),
        unchanged => unchanged,
    };
    (name.into(), variant.into())
}
