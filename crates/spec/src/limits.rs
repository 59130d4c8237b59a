/// How much of a document is read before it is refused. Every number that a peer controls has one.
///
/// ```
/// use wharf_spec::Limits;
///
/// assert_eq!(Limits::default().document_bytes, 4 * 1024 * 1024);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The size of a manifest, index or config, in bytes: 4 MiB, what every registry must accept.
    pub document_bytes: usize,
    /// How many descriptors one document may hold: 16,384.
    pub descriptors: usize,
    /// How deep indexes may nest below the document that was asked for: 8.
    pub depth: usize,
    /// How many distinct documents one walk may visit: 16,384.
    pub documents: usize,
    /// How many bytes of documents one walk may read: 64 MiB.
    pub walk_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { document_bytes: 4 << 20, descriptors: 16_384, depth: 8, documents: 16_384, walk_bytes: 64 << 20 }
    }
}
