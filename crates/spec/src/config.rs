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
/// Its digest is the image's ID in Docker's classic engine. It is a blob to registries, and the only part of an image that says
/// for sure what it runs on: an index's entry says so for convenience. Docker's configuration has the same members under
/// another media type and is read in the same way.
///
/// It may lack anything. Artifacts are pushed with `{}` as the configuration of an image; that is read, with empty texts,
/// and [`Document::violations`](crate::Document::violations) says what is missing. Members of other tools, such as
/// `moby.buildkit.cache.v0`, stay in the bytes and are listed by [`Document::unknown`](crate::Document::unknown).
///
/// ```
/// use wharf_spec::{Document, ImageConfig, MediaType};
///
/// let bytes = r#"{"architecture":"arm64","os":"linux","config":{"Cmd":["sh"]},"rootfs":{"type":"layers","diff_ids":null}}"#;
/// let document = Document::new(MediaType::IMAGE_CONFIG, bytes).decode::<ImageConfig>().unwrap();
/// assert_eq!(document.view().config.cmd, ["sh"]);
///
/// let nothing = Document::new(MediaType::IMAGE_CONFIG, "{}").decode::<ImageConfig>().unwrap();
/// assert_eq!((nothing.view().os.as_str(), nothing.view().rootfs.kind.as_str()), ("", ""));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ImageConfig {
    /// When the image was built, as RFC 3339 has it, which nobody checked: see
    /// [`is_date_time`](crate::annotation::is_date_time). Builders that want the same bytes each time write a fixed moment,
    /// such as `1970-01-01T00:00:00Z`, or leave it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Who built it: a person with an address, as `MAINTAINER` and `--author` give it, or a tool, `kaniko`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The processor that the image is for, in Go's words (`GOARCH`): `amd64`. Empty when the document does not say, as in
    /// what cosign makes.
    pub architecture: String,
    /// The processor's variant, such as `v7` of `arm`. Tools differ on `v8` of `arm64`, which says nothing and is left out
    /// by some; [`Platform::normalized`] makes the two one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// The operating system that the image is for, in Go's words (`GOOS`): `linux`. Empty when the document does not say.
    pub os: String,
    /// The version of the operating system. Windows runs only some builds on others, so its images say it,
    /// `10.0.17763.7009`; Homebrew writes `macOS 15.1`.
    #[serde(rename = "os.version", skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// What the operating system must offer: `win32k` is the one word that the specification knows.
    #[serde(rename = "os.features", skip_serializing_if = "Vec::is_empty")]
    pub os_features: Vec<String>,
    /// How to run the image. Optional in the document, where nothing stands for the default; what is authored here always
    /// has it.
    pub config: Execution,
    /// The file system, which must be there. Without it, [`RootFs::kind`] is empty rather than made up.
    pub rootfs: RootFs,
    /// How each layer came to be, from the lowest up, with steps that left none among them. Empty when nobody tells; when
    /// somebody does, [`Rule::HistoryCount`](crate::Rule::HistoryCount) compares it with the layers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<History>,
    /// A remark (Docker): what `docker commit -m` was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The identifier of the container that the image was made from, 64 hexadecimal digits (Docker). BuildKit leaves it
    /// out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// How that container was run (Docker). Its command is the build step, `/bin/sh -c #(nop) CMD ["/hello"]`: nothing that
    /// should be run again, and no more than history today.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_config: Option<Execution>,
    /// Which Docker made the image: `20.10.24+dfsg1`. Absent from other tools, BuildKit included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docker_version: Option<String>,
}

impl ImageConfig {
    /// A configuration with no layers yet. The platform is taken as it is given; [`Platform::normalized`] brings names to
    /// the usual ones before.
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

    /// The same with one more layer on top, by the digest that it has before compression (`DiffID`): the manifest has the
    /// one after it. The step is made one that left a layer. Steps that leave none, such as `CMD`, are pushed to
    /// [`Self::history`] with [`History::empty_layer`].
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

    /// The platform that the image is for, as the configuration has it: what an index's entry should say, and what to look
    /// at where it does not.
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
/// A layer has two digests: the one in the manifest is of what travels, the one here of the tar archive in it. The same
/// archive compressed twice can differ in the first; so caches and engines go by the second.
///
/// ```
/// use wharf_spec::{Digest, Document, ImageConfig, MediaType, RootFs};
///
/// let mut config = ImageConfig::new("linux/amd64".parse().unwrap());
/// config.rootfs.diff_ids.push(Digest::of(b"a tar file"));
/// assert_eq!(config.rootfs.kind, RootFs::default().kind);
/// assert!(Document::author(config).unwrap().bytes().ends_with(br#"]}}"#));
///
/// // An image without layers has the list all the same; null there is a violation.
/// let bytes = r#"{"os":"linux","architecture":"arm64","rootfs":{"type":"layers","diff_ids":null}}"#;
/// let document = Document::new(MediaType::IMAGE_CONFIG, bytes).decode::<ImageConfig>().unwrap();
/// assert_eq!(document.violations()[0].path(), "$.rootfs.diff_ids");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RootFs {
    /// Always `layers`; empty when the document does not say.
    #[serde(rename = "type")]
    pub kind: String,
    /// The digests of the uncompressed layers, from the lowest up: one for each layer of the manifest, in the same order.
    /// [`ImageConfig::violation_under`] compares the numbers.
    pub diff_ids: Vec<Digest>,
}

impl Default for RootFs {
    fn default() -> Self {
        Self { kind: "layers".into(), diff_ids: Vec::new() }
    }
}

/// How a layer came to be, or a step that left none: an entry of the `history` of an [`ImageConfig`].
///
/// It is told for people, who see it in `docker history`; nothing depends on it. Every member may be absent, and tools
/// that care for reproducible bytes leave most of them out.
///
/// ```
/// use wharf_spec::{Digest, Document, History, ImageConfig};
///
/// let mut config = ImageConfig::new("linux/amd64".parse().unwrap())
///     .with_layer(Digest::of(b"a tar file"), History::by("COPY hello / # buildkit"));
/// let mut command = History::by(r#"CMD ["/hello"]"#);
/// command.empty_layer = true;
/// config.history.push(command);
///
/// // Two steps and one layer: the step that left none is not counted.
/// assert!(Document::author(config).unwrap().violations().is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct History {
    /// When, as RFC 3339. Bazel and Jib write the beginning of 1970, kaniko the year 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// By which command: Docker's classic builder writes the shell's line with `#(nop)`, BuildKit the line of the
    /// Dockerfile with `# buildkit`, Jib and ko their own names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// Who did it: a person, or the tool, as `lifecycle` of the Buildpacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// A remark. BuildKit writes `buildkit.dockerfile.v0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether the step left no layer, as `ENV` and `CMD` do. Absent is false, and false is not written.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub empty_layer: bool,
}

impl History {
    /// What a command did, with a layer and without a date: the same bytes on every day.
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
