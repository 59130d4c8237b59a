use std::fmt;

/// A rule of the image-spec that a document breaks although it can be read, and where.
///
/// Every reader understands such a document in the same way; it is merely not what its author should have written. So
/// it is data for the caller's policy and no error: a linter prints it, a registry may refuse what breaks a must, and a
/// mirror passes the bytes on. [`Document::violations`](crate::Document::violations) finds them.
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

    /// The rule. What it demands and where it is written, the rule itself tells.
    ///
    /// ```
    /// use wharf_spec::{Descriptor, Document, Index, Level, MediaType};
    ///
    /// let mut entry = Descriptor::of(MediaType::IMAGE_MANIFEST, b"{}");
    /// entry.urls.push("ftp://mirror.example.com/x".into());
    /// let document = Document::assemble(Index::new(vec![entry])).unwrap();
    /// let is_fatal = document.violations().iter().any(|violation| violation.rule().level() == Level::Must);
    /// assert!(is_fatal);
    /// ```
    #[must_use]
    pub const fn rule(&self) -> Rule {
        self.rule
    }

    /// Where it is broken, as a JSON path (RFC 9535). Names are the author's; what could drive a terminal is escaped.
    ///
    /// ```
    /// use wharf_spec::{Document, ImageConfig, MediaType};
    ///
    /// let bytes = r#"{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]},
    ///     "config":{"ExposedPorts":{"http":{}},"Env":["A=b","\u001b[2J"]}}"#;
    /// let document = Document::new(MediaType::IMAGE_CONFIG, bytes).decode::<ImageConfig>().unwrap();
    /// let violations = document.violations();
    /// let paths: Vec<_> = violations.iter().map(|violation| violation.path()).collect();
    /// assert_eq!(paths, ["$.config.ExposedPorts.http", "$.config.Env[1]"]);
    /// ```
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

/// How much a rule demands (RFC 2119). A must is more than a should, so levels can be compared.
///
/// What the specification leaves to everyone, a may, cannot be broken and has no level.
///
/// ```
/// use wharf_spec::{Level, Rule};
///
/// assert_eq!(Rule::LayersEmpty.level(), Level::Should);
/// assert!(Rule::Url.level() > Rule::LayersEmpty.level());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Level {
    /// What there may be reasons to do: most images with such a violation run everywhere.
    Should,
    /// What is never right. Such a document is never written here:
    /// [`Document::author`](crate::Document::author) refuses it.
    Must,
}

macro_rules! rules {
    ($($(#[doc = $doc:literal])* $rule:ident = $level:ident, $section:literal, $says:literal;)*) => {
        /// The rules of image-spec 1.1 that a document can break and still be read. What the reader refuses is not
        /// among them.
        ///
        /// They are the image-spec's alone. Docker's foreign layers break none, since the image-spec does not know
        /// them; what else Docker adds has no rules here.
        ///
        /// ```
        /// use wharf_spec::Rule;
        ///
        /// assert_eq!(Rule::DataDigest.section(), "descriptor.md, data");
        /// ```
        ///
        /// One index can break several, each at its place:
        ///
        /// ```
        /// use wharf_spec::{Document, Index, MediaType, Rule};
        ///
        /// let bytes = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{
        ///     "mediaType":"application/vnd.oci.image.layer.nondistributable.v1.tar",
        ///     "digest":"sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
        ///     "size":4,
        ///     "data":"aGVsbG8=",
        ///     "urls":["/blobs/x"],
        ///     "annotations":{"org.opencontainers.image.created":"2024-05-01"},
        ///     "platform":{"os":"linux","architecture":"aarch64"}
        /// }]}"#;
        /// let document = Document::new(MediaType::IMAGE_INDEX, bytes).decode::<Index>().unwrap();
        /// let rules: Vec<_> = document.violations().iter().map(|violation| violation.rule()).collect();
        /// assert_eq!(
        ///     rules,
        ///     [Rule::NonDistributable, Rule::Url, Rule::DataSize, Rule::Date, Rule::PlatformName],
        /// );
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[doc = $doc])* $rule,)*
        }

        impl Rule {
            /// How much the rule demands: what the image-spec says, not how much harm is done.
            ///
            /// ```
            /// # use wharf_spec::{Level, Rule};
            /// let [date, media_type] = [Rule::Date, Rule::ManifestMediaType].map(Rule::level);
            /// assert_eq!((date, media_type), (Level::Must, Level::Should));
            /// ```
            #[must_use]
            pub const fn level(self) -> Level {
                match self { $(Self::$rule => Level::$level,)* }
            }

            /// Where in the image-spec the rule is written: the file, and the member or the heading in it. Where the
            /// same rule is written twice, both are named.
            ///
            /// ```
            /// # use wharf_spec::Rule;
            /// assert_eq!(Rule::Env.section(), "config.md, Env");
            /// assert_eq!(Rule::Date.section(), "annotations.md and config.md, created");
            /// ```
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
    ///
    /// A manifest should name its own media type, so that it cannot be taken for another kind of document once it is
    /// apart from its `Content-Type`. umoci, Helm, `podman import` and older tools leave it out.
    ManifestMediaType = Should, "manifest.md, mediaType", "the document does not say its media type";
    /// An index does not say its media type.
    ///
    /// An index should name its own media type. Buildah, Podman, skopeo, umoci and containerd leave it out of the
    /// `index.json` of a layout.
    IndexMediaType = Should, "image-index.md, mediaType", "the document does not say its media type";
    /// A member is null where it must be absent or hold a value.
    ///
    /// A member that has nothing to say is left out; null is a value, and no schema of the specification has it. Go
    /// programs write it for a list that nobody has put anything in: `umoci init` starts a layout with
    /// `"manifests":null`. In a configuration null is absence by the specification, but for `diff_ids`, which must be
    /// there.
    Null = Must, "manifest.md, image-index.md, descriptor.md and config.md, the member", "null is no value of this member";
    /// A manifest has no layers, which some registries refuse.
    ///
    /// A manifest should have a layer, since some registries refuse one that has none. An image from `FROM scratch`
    /// with nothing in it and an artifact that is all annotations break this;
    /// [`Manifest::artifact`](crate::Manifest::artifact) does not.
    LayersEmpty = Should, "manifest.md, layers", "there is no layer";
    /// The config is empty and nothing says what the manifest is of.
    ///
    /// A manifest whose config is empty must say by `artifactType` what it is a manifest of: nobody else does.
    ArtifactTypeAbsent = Must, "manifest.md, artifactType", "an empty config, and no artifactType";
    /// A descriptor has the empty media type and is not that of `{}`.
    ///
    /// The empty media type is that of the two bytes `{}`, so its descriptor must have their digest and their size. A
    /// tool breaks this when it embeds something else, such as nothing at all, under that type.
    EmptyDescriptor = Must, "manifest.md, Guidance for an Empty Descriptor", "not the descriptor of {}";
    /// The subject is a layer or a config.
    ///
    /// The subject must be a manifest of some kind, one that is not known here included. What the specification calls a
    /// layer or a config is none; a tool that signs layers one by one breaks this.
    SubjectKind = Must, "manifest.md, subject", "the subject is not a manifest";
    /// Embedded content does not have the size that the descriptor says.
    ///
    /// Embedded content must have the size that its descriptor says. Whoever edits the content and not the descriptor,
    /// or the other way round, breaks this.
    DataSize = Must, "descriptor.md, data", "embedded content of another size";
    /// Embedded content does not have the digest that the descriptor says.
    ///
    /// Embedded content must have the digest that its descriptor says. Who believed the content would have another one
    /// than who fetched it. A digest that cannot be computed here is not called wrong.
    DataDigest = Must, "descriptor.md, data", "embedded content of another digest";
    /// A URL is not an absolute one of http or https.
    ///
    /// Each of `urls` must be an absolute URL of http or https. Relative paths and `ftp:` break this; whether somebody
    /// follows the others is another question, which [`Descriptor::urls`](crate::Descriptor::urls) is about.
    Url = Must, "descriptor.md, urls", "not an absolute http or https URL";
    /// The layer is of a kind that is no longer to be made.
    ///
    /// OCI's non-distributable layers are deprecated and should not be made. The base layers of older Windows versions are
    /// met under these types when an image was converted to OCI's.
    NonDistributable = Should, "layer.md, Non-Distributable Layers", "a layer that may not be distributed";
    /// A platform or a config does not name its operating system or its processor, or a config has no file system or does
    /// not say its layers.
    ///
    /// A platform must name an operating system and a processor, and a configuration those two and its `rootfs` with the
    /// layers in it. cosign and ko leave the names empty in the configurations of signatures and SBOMs, which run
    /// nowhere; OPA pushes `{}`; Docker leaves the list out when there are no layers.
    Required = Must, "image-index.md, platform, and config.md", "a required value is missing or empty";
    /// An operating system or a processor is not named in Go's words.
    ///
    /// Operating systems and processors should have the names that Go gives them: `arm64`, not `aarch64`. BuildKit's
    /// `unknown/unknown` on attestations breaks this, twice for each of them.
    PlatformName = Should, "image-index.md, platform, and config.md", "not a name of GOOS or GOARCH";
    /// A date is not written as RFC 3339 has it.
    ///
    /// Dates must be written as RFC 3339 has them, with time and offset: see
    /// [`is_date_time`](crate::annotation::is_date_time). Homebrew writes the day alone.
    Date = Must, "annotations.md and config.md, created", "not a date and time of RFC 3339";
    /// The name of an entry of a layout breaks the grammar of names.
    ///
    /// The name of an entry should fit the grammar that [`is_ref_name`](crate::annotation::is_ref_name) tells. Names
    /// with blanks, with two separators in a row or with nothing in them break this. Judged in every index, since a
    /// document does not say whether it is a layout's.
    RefName = Should, "annotations.md, org.opencontainers.image.ref.name", "not a name of the grammar";
    /// The file system of a config is not one of layers.
    ///
    /// The one kind of file system that there is, is `layers`. Absence is another fault, [`Self::Required`].
    RootFsType = Must, "config.md, rootfs.type", "not layers";
    /// The history is not that of the layers.
    ///
    /// The steps of a history that are not `empty_layer` should be as many as the layers, or there should be no history
    /// at all. Kaniko breaks this when it takes one snapshot of many steps.
    HistoryCount = Should, "config.md, history", "as many layers in the history as in the file system there are not";
    /// A port is neither a number nor a number with tcp or udp.
    ///
    /// A port is a number from 0 to 65535, alone or with `/tcp` or `/udp`. Names such as `http`, ranges, and `36412/sctp`,
    /// which engines take, break this; the specification only says that ports can be written so.
    ExposedPort = Should, "config.md, ExposedPorts", "not a port";
    /// An environment variable is not written as a name and a value.
    ///
    /// An environment variable must have a name, an equals sign and a value, which may be empty. Only a name,
    /// or only `=b`, breaks this.
    Env = Must, "config.md, Env", "not NAME=VALUE";
    /// A manifest does not have as many layers as its config.
    ///
    /// A manifest must have as many layers as its configuration has `diff_ids`. This takes both documents:
    /// [`ImageConfig::violation_under`](crate::ImageConfig::violation_under).
    LayerCount = Must, "config.md, rootfs.diff_ids", "another number of layers than the config has";
}
