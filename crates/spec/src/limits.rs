/// How much of a document is read before it is refused. Every number that a peer controls has one.
///
/// Each is held while reading, at the value that exceeds it, so a document that breaks one costs no more than what came
/// before. At these defaults, no document of 4 MiB makes more than 64 MiB of memory, and what tools write a small multiple
/// of its size. All limits can be raised; each is the largest number that is still accepted.
///
/// The first eleven are for [`Document::decode_within`](crate::Document::decode_within) and one document. The last three
/// are for those who walk from document to document, and are kept here so that there is one place to set limits.
///
/// ```
/// use wharf_spec::{DecodeErrorKind, Document, Index, Limits, MediaType};
///
/// let mut limits = Limits::default();
/// assert_eq!(limits.document_bytes, 4 * 1024 * 1024);
///
/// limits.nesting = 3;
/// let index = |body: &'static str| Document::new(MediaType::IMAGE_INDEX, body).decode_within::<Index>(&limits);
/// assert!(index(r#"{"schemaVersion":2,"manifests":[],"x":[[]]}"#).is_ok());
/// let error = index(r#"{"schemaVersion":2,"manifests":[],"x":[[[]]]}"#).unwrap_err();
/// assert_eq!(error.kind(), DecodeErrorKind::TooDeep);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The size of a manifest, index or config, in bytes: 4 MiB, what every registry must accept.
    pub document_bytes: usize,
    /// How many descriptors one document may hold: 16,384. Config, subject, layers and entries count.
    pub descriptors: usize,
    /// How deep arrays and objects may nest in one document: 64. The document itself is the first. Known members need five;
    /// no number here can exhaust the stack.
    pub nesting: usize,
    /// How long a text in a manifest or an index may be, in bytes: 4 MiB, as the document. In a config, the document's size
    /// is the limit whatever this says.
    pub text_bytes: usize,
    /// How many annotations one object may have: 16,384.
    pub annotations: usize,
    /// How many bytes the annotations of one object may have together, keys and values: 4 MiB, as the document.
    pub annotation_bytes: usize,
    /// How many URLs one descriptor may have: 16. Foreign layers have one.
    pub urls: usize,
    /// How long a URL may be, in bytes: 2 KiB.
    pub url_bytes: usize,
    /// How much content one descriptor may embed, in bytes after base64: 1 MiB.
    pub data_bytes: usize,
    /// How much content all descriptors of a document may embed, in bytes: 2 MiB.
    pub all_data_bytes: usize,
    /// How many entries any other array or map of a configuration may have, such as labels: 16,384.
    pub entries: usize,
    /// How deep indexes may nest below the document that was asked for: 8.
    pub depth: usize,
    /// How many distinct documents one walk may visit: 16,384. Indexes that share children are a small file and a large
    /// tree, so a walk visits each digest once and still needs an end.
    pub documents: usize,
    /// How many bytes of documents one walk may read: 64 MiB.
    pub walk_bytes: usize,
}

impl Limits {
    /// For what has been read before, within limits that someone chose.
    pub(crate) const NONE: Self = Self {
        document_bytes: usize::MAX,
        descriptors: usize::MAX,
        nesting: usize::MAX,
        text_bytes: usize::MAX,
        annotations: usize::MAX,
        annotation_bytes: usize::MAX,
        urls: usize::MAX,
        url_bytes: usize::MAX,
        data_bytes: usize::MAX,
        all_data_bytes: usize::MAX,
        entries: usize::MAX,
        depth: usize::MAX,
        documents: usize::MAX,
        walk_bytes: usize::MAX,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: 4 << 20,
            descriptors: 16_384,
            nesting: 64,
            text_bytes: 4 << 20,
            annotations: 16_384,
            annotation_bytes: 4 << 20,
            urls: 16,
            url_bytes: 2 << 10,
            data_bytes: 1 << 20,
            all_data_bytes: 2 << 20,
            entries: 16_384,
            depth: 8,
            documents: 16_384,
            walk_bytes: 64 << 20,
        }
    }
}
