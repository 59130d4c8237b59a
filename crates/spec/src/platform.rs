use std::error::Error;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a manifest runs on, in Go's words (image-spec, "Image Index").
///
/// ```
/// use wharf_spec::Platform;
///
/// let wanted: Platform = "linux/aarch64".parse().unwrap();
/// assert_eq!(wanted.to_string(), "linux/arm64");
/// assert!(wanted.matches(&"linux/arm64/v8".parse().unwrap()));
/// assert!(!wanted.matches(&"linux/amd64".parse().unwrap()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Platform {
    /// The processor, such as `amd64`.
    pub architecture: String,
    /// The operating system, such as `linux`.
    pub os: String,
    /// The version of the operating system; used by Windows.
    #[serde(rename = "os.version", default, skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// What the operating system must offer.
    #[serde(rename = "os.features", default, skip_serializing_if = "Vec::is_empty")]
    pub os_features: Vec<String>,
    /// The variant of the processor, such as `v7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

impl Platform {
    /// A platform without a variant, as given.
    #[must_use]
    pub fn new(os: impl Into<String>, architecture: impl Into<String>) -> Self {
        Self {
            architecture: architecture.into(),
            os: os.into(),
            os_version: None,
            os_features: Vec::new(),
            variant: None,
        }
    }

    /// The same platform under its usual names: `x86_64` is `amd64`, `arm64/v8` is `arm64`, `arm` is `arm/v7`.
    #[must_use]
    pub fn normalized(&self) -> Self {
        let variant = self.variant.as_deref().unwrap_or_default().to_ascii_lowercase();
        let (architecture, variant) = match (self.architecture.to_ascii_lowercase().as_str(), variant.as_str()) {
            ("i386", _) => ("386".into(), String::new()),
            ("x86_64" | "x86-64" | "amd64", "" | "v1") => ("amd64".into(), String::new()),
            ("x86_64" | "x86-64", variant) => ("amd64".into(), variant.into()),
            ("aarch64" | "arm64", "" | "8" | "v8" | "v8.0") => ("arm64".into(), String::new()),
            ("aarch64" | "arm64", "9" | "9.0" | "v9.0") => ("arm64".into(), "v9".into()),
            ("aarch64", variant) => ("arm64".into(), variant.into()),
            ("armhf", _) | ("arm", "" | "7") => ("arm".into(), "v7".into()),
            ("armel", _) => ("arm".into(), "v6".into()),
            ("arm", number @ ("5" | "6" | "8")) => ("arm".into(), format!("v{number}")),
            (architecture, variant) => (architecture.to_owned(), variant.into()),
        };
        let os = match self.os.to_ascii_lowercase() {
            os if os == "macos" => "darwin".into(),
            os => os,
        };
        Self {
            architecture,
            os,
            os_version: self.os_version.clone(),
            os_features: self.os_features.clone(),
            variant: Some(variant).filter(|variant| !variant.is_empty()),
        }
    }

    /// Whether a manifest for `candidate` is what was asked for: operating system, processor and variant are the same
    /// under their usual names. Which other platforms could run here is not considered.
    #[must_use]
    pub fn matches(&self, candidate: &Self) -> bool {
        let (wanted, candidate) = (self.normalized(), candidate.normalized());
        wanted.os == candidate.os
            && wanted.architecture == candidate.architecture
            && wanted.variant == candidate.variant
            && candidate.os_features.iter().all(|feature| wanted.os_features.contains(feature))
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) => write!(f, "/{variant}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Platform {
    type Err = InvalidPlatform;

    /// Reads `os/architecture` or `os/architecture/variant`, and normalises it.
    fn from_str(text: &str) -> Result<Self, InvalidPlatform> {
        let fits = |part: &&str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
        };
        let parts: Vec<&str> = text.split('/').collect();
        let (os, architecture, variant) = match parts.as_slice() {
            [os, architecture] => (os, architecture, None),
            [os, architecture, variant] => (os, architecture, Some(variant)),
            _ => return Err(InvalidPlatform),
        };
        if !parts.iter().all(fits) {
            return Err(InvalidPlatform);
        }
        let platform = Self { variant: variant.map(|variant| (*variant).into()), ..Self::new(*os, *architecture) };
        Ok(platform.normalized())
    }
}

/// A text that is not `os/architecture` or `os/architecture/variant`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidPlatform;

impl fmt::Display for InvalidPlatform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a platform is written os/architecture or os/architecture/variant")
    }
}

impl Error for InvalidPlatform {}
