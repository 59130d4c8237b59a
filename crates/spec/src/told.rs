//! What a document that was read tells besides its content.
//!
//! Nulls and unknown members are not kept when a document is decoded: hardly anybody asks for them, and all would pay. Who
//! asks has the bytes read once more, this time with notes. The second reading has no limits, since the bytes are those
//! that were read before within limits that someone chose.

use crate::json::{Notes, Unknown};
use crate::path::Walker;
use crate::rules::Judge;
use crate::view::{self, View};
use crate::{Document, DocumentKind, Limits, Links, Rule, Violation};

const DIFF_IDS: &str = "$.rootfs.diff_ids";

impl<T: View> Document<T> {
    /// What the document points at, each with what it is for: its config, then its layers, blobs or manifests, then its
    /// subject. Configurations and opaque documents point at nothing.
    ///
    /// ```
    /// # use wharf_spec::{Descriptor, Digest, Document, Manifest, MediaType};
    /// let config = Descriptor::of(MediaType::IMAGE_CONFIG, b"a config");
    /// let document = Document::author(Manifest::new(config.clone(), Vec::new())).unwrap();
    /// assert_eq!(*document.links().next().unwrap().descriptor, config);
    /// ```
    pub fn links(&self) -> Links<'_> {
        self.view().links()
    }

    /// Every rule of the image-spec that the document breaks although it can be read, in the order in which the rules are
    /// written down for its kind. What they are worth is the caller's policy. Content that is embedded is hashed.
    ///
    /// ```
    /// # use wharf_spec::{Descriptor, Document, Manifest, MediaType, Rule};
    /// let config = Descriptor::of(MediaType::IMAGE_CONFIG, b"a config");
    /// let document = Document::author(Manifest::new(config, Vec::new())).unwrap();
    /// let broken: Vec<_> = document.violations().iter().map(|violation| violation.rule()).collect();
    /// assert_eq!(broken, [Rule::LayersEmpty]);
    /// ```
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        let mut judge = Judge::default();
        self.view().judge(&mut judge);
        let mut found = judge.into_found();
        if T::null_matters(self.view()) && (self.is_config() || self.has_null()) {
            found.extend(self.noted());
        }
        found
    }

    /// The members that are not known here, in their order, wherever they stand; those within a member that is not known
    /// are not told apart from it, nor those of one entry of `ExposedPorts` or `Volumes`, which should be empty.
    ///
    /// ```
    /// # use wharf_spec::{Document, Index, MediaType};
    /// let bytes = r#"{"schemaVersion":2,"manifests":[],"x-of-mine":{"a": 1}}"#;
    /// let document = Document::new(MediaType::IMAGE_INDEX, bytes).decode::<Index>().unwrap();
    /// let unknown = document.unknown();
    /// assert_eq!((unknown[0].path(), unknown[0].json()), ("$['x-of-mine']", r#"{"a": 1}"#));
    /// ```
    #[must_use]
    pub fn unknown(&self) -> Vec<UnknownMember<'_>> {
        let mut walker = Walker::new(self.bytes());
        let member = |unknown: Unknown| {
            walker.advance(unknown.name_at);
            let json = self.bytes().get(unknown.value).unwrap_or_default();
            UnknownMember { path: walker.path(|name| name), json: std::str::from_utf8(json).unwrap_or_default() }
        };
        self.notes().unknown.into_iter().map(member).collect()
    }

    /// Whether there may be a null. No escape can hide the word, and few manifests have it.
    fn has_null(&self) -> bool {
        std::str::from_utf8(self.bytes()).is_ok_and(|text| text.contains("null"))
    }

    /// What is null, or missing, and reads as if it were empty. In a config only the layers are required, and null is as good
    /// as absence for the others.
    fn noted(&self) -> Vec<Violation> {
        let Notes { nulls, no_diff_ids, .. } = self.notes();
        let mut walker = Walker::new(self.bytes());
        let paths = nulls.into_iter().map(|at| {
            walker.advance(at);
            walker.path(|name| name)
        });
        let wrong = |path: &String| !self.is_config() || path == DIFF_IDS;
        let nulls = paths.filter(wrong).map(|path| Violation::new(Rule::Null, path));
        nulls.chain(no_diff_ids.then(|| Violation::new(Rule::Required, DIFF_IDS.into()))).collect()
    }

    fn is_config(&self) -> bool {
        DocumentKind::of(self.media_type()) == DocumentKind::Config
    }

    /// Reads the document again for what is not worth keeping each time.
    fn notes(&self) -> Notes {
        let noted = view::decode::<T>(self.media_type(), self.bytes(), &Limits::NONE, Some(Notes::default()));
        noted.ok().and_then(|(_, notes)| notes).unwrap_or_default()
    }
}

/// A member of a document that is not known here: a builder's own, a younger specification's, or one that stands where it
/// does not belong. Nobody may drop it, for the digest is of the bytes with it; so it lives there, and this is a window.
///
/// ```
/// # use wharf_spec::{Document, ImageConfig, MediaType};
/// let bytes = r#"{"architecture":"amd64","os":"linux","moby.buildkit.buildinfo.v1":"e30="}"#;
/// let document = Document::new(MediaType::IMAGE_CONFIG, bytes).decode::<ImageConfig>().unwrap();
/// assert_eq!(document.unknown()[0].json(), r#""e30=""#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownMember<'a> {
    path: String,
    json: &'a str,
}

impl<'a> UnknownMember<'a> {
    /// Where it stands, as a JSON path (RFC 9535). What could drive a terminal is escaped in it.
    ///
    /// ```
    /// use wharf_spec::{Document, Manifest, MediaType};
    ///
    /// let bytes = r#"{"schemaVersion":2,"layers":[{"mediaType":"a/b","size":0,"from":"/var/blobs/x",
    ///     "digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}],
    ///     "config":{"mediaType":"application/vnd.oci.empty.v1+json","size":2,
    ///     "digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}}"#;
    /// let document = Document::new(MediaType::IMAGE_MANIFEST, bytes).decode::<Manifest>().unwrap();
    /// assert_eq!(document.unknown()[0].path(), "$.layers[0].from");
    /// ```
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Its value as it is written, which is JSON without duplicate names, for a reader of your own.
    ///
    /// ```
    /// use wharf_spec::{Document, Index, MediaType};
    ///
    /// let bytes = r#"{"schemaVersion":2,"manifests":[],"x-ports":[80, 443]}"#;
    /// let document = Document::new(MediaType::IMAGE_INDEX, bytes).decode::<Index>().unwrap();
    /// let unknown = document.unknown();
    /// let ports: Vec<u16> = serde_json::from_str(unknown[0].json()).unwrap();
    /// assert_eq!(ports, [80, 443]);
    /// ```
    #[must_use]
    pub const fn json(&self) -> &'a str {
        self.json
    }
}
