use serde::Serialize;
use wharf_digest::Digest;

use crate::Platform;

mod execution;
mod healthcheck;
mod read;

pub use execution::Execution;
pub use healthcheck::Healthcheck;

/// An image's configuration (image-spec, "Image Configuration"): the platform, what to run, and the layers' identities
/// before compression; with what Docker adds. Null is read as absent everywhere, as tools write it.
///
/// ```
/// use wharf_spec::{Document, ImageConfig, MediaType};
///
/// let bytes = r#"{"architecture":"arm64","os":"linux","config":{"Cmd":["sh"]},"rootfs":{"type":"layers","diff_ids":null}}"#;
/// let document = Document::new(MediaType::IMAGE_CONFIG, bytes).decode::<ImageConfig>().unwrap();
/// assert_eq!(document.view().config.cmd, ["sh"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ImageConfig {
    /// When the image was built, as RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Who built it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The processor that the image is for, in Go's words. Empty when the document does not say.
    pub architecture: String,
    /// The processor's variant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// The operating system that the image is for, in Go's words. Empty when the document does not say.
    pub os: String,
    /// The version of the operating system; used by Windows.
    #[serde(rename = "os.version", skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// What the operating system must offer.
    #[serde(rename = "os.features", skip_serializing_if = "Vec::is_empty")]
    pub os_features: Vec<String>,
    /// How to run the image.
    pub config: Execution,
    /// The file system.
    pub rootfs: RootFs,
    /// How each layer came to be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<History>,
    /// A remark (Docker).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The container that the image was made from (Docker).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// How that container was run (Docker).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_config: Option<Execution>,
    /// Which Docker made the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docker_version: Option<String>,
}

impl ImageConfig {
    /// A configuration with no layers yet.
    ///
    /// ```
    /// use wharf_spec::{Digest, Document, History, ImageConfig, Platform};
    ///
    /// let config = ImageConfig::new(Platform::new("linux", "amd64"))
    ///     .with_layer(Digest::of(b"a tar file"), History::by("COPY . /"));
    /// let document = Document::author(config).unwrap();
    /// assert_eq!(document.view().rootfs.diff_ids.len(), document.view().history.len());
    /// ```
    #[must_use]
    pub fn new(platform: Platform) -> Self {
        Self {
            architecture: platform.architecture,
            variant: platform.variant,
            os: platform.os,
            os_version: platform.os_version,
            os_features: platform.os_features,
            ..Self::default()
        }
    }

    /// The same with one more layer on top, by the digest that it has before compression.
    ///
    /// ```
    /// # use wharf_spec::{Digest, History, ImageConfig};
    /// let config = ImageConfig::default().with_layer(Digest::of(b"a tar file"), History::by("COPY . /"));
    /// assert_eq!(config.history[0].created_by.as_deref(), Some("COPY . /"));
    /// ```
    #[must_use]
    pub fn with_layer(mut self, diff_id: Digest, history: History) -> Self {
        self.rootfs.diff_ids.push(diff_id);
        self.history.push(History { empty_layer: false, ..history });
        self
    }

    /// The platform that the image is for.
    ///
    /// ```
    /// # use wharf_spec::{ImageConfig, Platform};
    /// let platform = Platform::new("linux", "amd64");
    /// assert_eq!(ImageConfig::new(platform.clone()).platform(), platform);
    /// ```
    #[must_use]
    pub fn platform(&self) -> Platform {
        Platform {
            architecture: self.architecture.clone(),
            os: self.os.clone(),
            os_version: self.os_version.clone(),
            os_features: self.os_features.clone(),
            variant: self.variant.clone(),
        }
    }
}

/// The file system of an image: the `rootfs` member of an [`ImageConfig`].
///
/// ```
/// assert_eq!(wharf_spec::RootFs::default().kind, "layers");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RootFs {
    /// Always `layers`; empty when the document does not say.
    #[serde(rename = "type")]
    pub kind: String,
    /// The digests of the uncompressed layers, from the lowest up.
    pub diff_ids: Vec<Digest>,
}

impl Default for RootFs {
    fn default() -> Self {
        Self { kind: "layers".into(), diff_ids: Vec::new() }
    }
}

/// How a layer came to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct History {
    /// When, as RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// By which command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// Who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether the step left no layer.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub empty_layer: bool,
}

impl History {
    /// What a command did.
    ///
    /// ```
    /// # use wharf_spec::History;
    /// assert!(!History::by("COPY . /").empty_layer);
    /// ```
    #[must_use]
    pub fn by(command: impl Into<String>) -> Self {
        Self { created_by: Some(command.into()), ..Self::default() }
    }
}
