use std::fmt;

/// A rule of the image-spec that a document breaks although it can be read, and where.
///
/// ```
/// use wharf_spec::{Document, Index, Level, MediaType, Rule};
///
/// let bytes = r#"{"schemaVersion":2,"manifests":[],"annotations":null}"#;
/// let document = Document::new(MediaType::IMAGE_INDEX, bytes).decode::<Index>().unwrap();
/// let violations = document.violations();
/// assert_eq!(violations[0].to_string(), "$: the document does not say its media type (image-index.md, mediaType)");
/// assert_eq!((violations[1].rule(), violations[1].path()), (Rule::Null, "$.annotations"));
/// assert_eq!(violations[1].rule().level(), Level::Must);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    rule: Rule,
    path: String,
}

impl Violation {
    pub(crate) const fn new(rule: Rule, path: String) -> Self {
        Self { rule, path }
    }

    /// The rule.
    #[must_use]
    pub const fn rule(&self) -> Rule {
        self.rule
    }

    /// Where it is broken, as a JSON path (RFC 9535). Names are the author's; what could drive a terminal is escaped.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.path, self.rule.says(), self.rule.section())
    }
}

/// How much a rule demands (RFC 2119).
///
/// ```
/// use wharf_spec::{Level, Rule};
///
/// assert_eq!(Rule::LayersEmpty.level(), Level::Should);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Level {
    /// What there may be reasons to do.
    Should,
    /// What is never right. Such a document is never written here.
    Must,
}

macro_rules! rules {
    ($($(#[doc = $doc:literal])* $rule:ident = $level:ident, $section:literal, $says:literal;)*) => {
        /// The rules of image-spec 1.1 that a document can break and still be read. What the reader refuses is not among
        /// them.
        ///
        /// ```
        /// use wharf_spec::Rule;
        ///
        /// assert_eq!(Rule::DataDigest.section(), "descriptor.md, data");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[doc = $doc])* $rule,)*
        }

        impl Rule {
            /// How much the rule demands.
            #[must_use]
            pub const fn level(self) -> Level {
                match self { $(Self::$rule => Level::$level,)* }
            }

            /// Where in the image-spec the rule is written.
            #[must_use]
            pub const fn section(self) -> &'static str {
                match self { $(Self::$rule => $section,)* }
            }

            const fn says(self) -> &'static str {
                match self { $(Self::$rule => $says,)* }
            }
        }
    };
}

rules! {
    /// A manifest does not say its media type.
    ManifestMediaType = Should, "manifest.md, mediaType", "the document does not say its media type";
    /// An index does not say its media type.
    IndexMediaType = Should, "image-index.md, mediaType", "the document does not say its media type";
    /// A member is null where it must be absent or hold a value.
    Null = Must, "manifest.md, image-index.md, descriptor.md and config.md, the member", "null is no value of this member";
    /// A manifest has no layers, which some registries refuse.
    LayersEmpty = Should, "manifest.md, layers", "there is no layer";
    /// The config is empty and nothing says what the manifest is of.
    ArtifactTypeAbsent = Must, "manifest.md, artifactType", "an empty config, and no artifactType";
    /// A descriptor has the empty media type and is not that of `{}`.
    EmptyDescriptor = Must, "manifest.md, Guidance for an Empty Descriptor", "not the descriptor of {}";
    /// The subject is a layer or a config.
    SubjectKind = Must, "manifest.md, subject", "the subject is not a manifest";
    /// Embedded content does not have the size that the descriptor says.
    DataSize = Must, "descriptor.md, data", "embedded content of another size";
    /// Embedded content does not have the digest that the descriptor says.
    DataDigest = Must, "descriptor.md, data", "embedded content of another digest";
    /// A URL is not an absolute one of http or https.
    Url = Must, "descriptor.md, urls", "not an absolute http or https URL";
    /// The layer is of a kind that is no longer to be made.
    NonDistributable = Should, "layer.md, Non-Distributable Layers", "a layer that may not be distributed";
    /// A platform or a config does not name its operating system or its processor, or a config has no file system or does
    /// not say its layers.
    Required = Must, "image-index.md, platform, and config.md", "a required value is missing or empty";
    /// An operating system or a processor is not named in Go's words.
    PlatformName = Should, "image-index.md, platform, and config.md", "not a name of GOOS or GOARCH";
    /// A date is not written as RFC 3339 has it.
    Date = Must, "annotations.md and config.md, created", "not a date and time of RFC 3339";
    /// The name of an entry of a layout breaks the grammar of names.
    RefName = Should, "annotations.md, org.opencontainers.image.ref.name", "not a name of the grammar";
    /// The file system of a config is not one of layers.
    RootFsType = Must, "config.md, rootfs.type", "not layers";
    /// The history is not that of the layers.
    HistoryCount = Should, "config.md, history", "as many layers in the history as in the file system there are not";
    /// A port is neither a number nor a number with tcp or udp.
    ExposedPort = Must, "config.md, ExposedPorts", "not a port";
    /// An environment variable is not written as a name and a value.
    Env = Must, "config.md, Env", "not NAME=VALUE";
    /// A manifest does not have as many layers as its config.
    LayerCount = Must, "config.md, rootfs.diff_ids", "another number of layers than the config has";
}
