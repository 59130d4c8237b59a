//! The outermost object of manifests, and which kind of manifest it makes the document.
//!
//! Readers have been led to take one document for two: a manifest by its `layers`, an index by its `manifests`. So members
//! of two kinds are refused, and what a document says, what it was given as and what it has must be one.
//!
//! The object is read once, with the members of all kinds in one table. Those of the kind that it was given as are read
//! into descriptors; of the others it is enough to know that they are there. Then the questions come in an order in which
//! no answer depends on a later one: members of two kinds, schema 1, the media types, the version, and what is missing.

use crate::error::Parties;
use crate::json::{Fault, Member, Notes, Reader, Result, members};
use crate::{Annotations, DecodeError, DecodeErrorKind, Descriptor, DocumentKind, Limits, MediaType, descriptor};

type Decoded<T> = std::result::Result<T, DecodeError>;

/// The members of all kinds. The values of other kinds' members are looked through and left.
pub(crate) struct Top {
    /// Where the object begins.
    pub(crate) at: usize,
    /// With the place of the value.
    schema_version: Option<(usize, i64)>,
    /// With the place of the value.
    media_type: Option<(usize, MediaType)>,
    pub(crate) artifact_type: Option<MediaType>,
    pub(crate) config: Member<Option<Descriptor>>,
    pub(crate) layers: Member<Option<Vec<Descriptor>>>,
    pub(crate) manifests: Member<Option<Vec<Descriptor>>>,
    pub(crate) blobs: Member<Option<Vec<Descriptor>>>,
    fs_layers: Member<()>,
    pub(crate) subject: Option<Descriptor>,
    pub(crate) annotations: Annotations,
}

impl Top {
    /// Reads a document of a kind, or only its outline when the kind is not known.
    pub(crate) fn decode(
        kind: Option<DocumentKind>,
        bytes: &[u8],
        limits: &Limits,
        notes: Option<Notes>,
    ) -> Decoded<(Box<Self>, Option<Notes>)> {
        let read = |reader: &mut Reader<'_>| Self::read(reader, kind);
        Reader::document(bytes, limits, limits.text_bytes, notes, read).map_err(DecodeError::from)
    }

    fn read(reader: &mut Reader<'_>, kind: Option<DocumentKind>) -> Result<Self> {
        let (image, index, artifact) =
            [DocumentKind::Manifest, DocumentKind::Index, DocumentKind::Artifact].map(|own| kind == Some(own)).into();
        members! { at = reader;
            schema_version: "schemaVersion" => |reader| reader.placed(Reader::integer),
            media_type: "mediaType" => |reader| reader.placed(Reader::media_type),
            artifact_type: "artifactType" => Reader::media_type,
            config: "config" => |reader| read_own(reader, image, descriptor::read),
            layers: "layers" => |reader| read_own(reader, image, descriptor::read_all),
            manifests: "manifests" => |reader| read_own(reader, index, descriptor::read_all),
            blobs: "blobs" => |reader| read_own(reader, artifact, descriptor::read_all),
            fs_layers: "fsLayers" => Reader::skip,
            subject: "subject" => descriptor::read,
            annotations: "annotations" => Reader::annotations,
        }
        Ok(Self {
            at,
            schema_version: schema_version.optional(),
            media_type: media_type.optional(),
            artifact_type: artifact_type.optional(),
            config,
            layers,
            manifests,
            blobs,
            fs_layers,
            subject: subject.optional(),
            annotations: annotations.or_default(),
        })
    }

    /// Whether the document is of the kind as which it was given and read.
    pub(crate) fn agrees(&self, given: &MediaType) -> Decoded<()> {
        let found = self.structure()?;
        let kind = DocumentKind::of(given);
        let parties = || Parties { given: Some(given.clone()), said: self.said().cloned(), found };
        if found == Some(DocumentKind::Schema1) {
            return Err(DecodeError::between(DecodeErrorKind::Obsolete, self.at, parties()));
        }
        if let Some((at, said)) = &self.media_type
            && said != given
        {
            return Err(DecodeError::between(DecodeErrorKind::MediaType, *at, parties()));
        }
        if found.is_some_and(|found| found != kind) {
            return Err(DecodeError::between(DecodeErrorKind::MediaType, self.at, parties()));
        }
        match self.schema_version {
            Some((_, 2)) => Ok(()),
            // The draft of the artifact manifest had none.
            None if kind == DocumentKind::Artifact => Ok(()),
            other => Err(self.fault(DecodeErrorKind::SchemaVersion, other.map(|(at, _)| at))),
        }
    }

    /// The media type of a document that came without one: what it says, else what it looks like.
    pub(crate) fn infer(self) -> Decoded<MediaType> {
        let found = self.structure()?;
        let by_structure = match found {
            Some(DocumentKind::Manifest) => Some(MediaType::IMAGE_MANIFEST),
            Some(DocumentKind::Index) => Some(MediaType::IMAGE_INDEX),
            Some(DocumentKind::Artifact) => Some(MediaType::ARTIFACT_MANIFEST),
            _ => None,
        };
        let first = matches!(self.schema_version, Some((_, 1))) && found.is_none();
        let found = if first { Some(DocumentKind::Schema1) } else { found };
        if found == Some(DocumentKind::Schema1) || self.said().is_some_and(MediaType::is_schema1) {
            let parties = Parties { given: None, said: self.said().cloned(), found };
            return Err(DecodeError::between(DecodeErrorKind::Obsolete, self.at, parties));
        }
        let unknown = self.fault(DecodeErrorKind::Unknown, None);
        self.media_type.map(|(_, said)| said).or(by_structure).ok_or(unknown)
    }

    /// What the document says that it is.
    pub(crate) fn said(&self) -> Option<&MediaType> {
        self.media_type.as_ref().map(|(_, said)| said)
    }

    fn fault(&self, kind: DecodeErrorKind, at: Option<usize>) -> DecodeError {
        DecodeError::from(Fault { kind, at: at.unwrap_or(self.at) })
    }

    /// The kind whose members there are, if there are any.
    fn structure(&self) -> Decoded<Option<DocumentKind>> {
        let there = [
            (self.config.is_there() || self.layers.is_there(), DocumentKind::Manifest),
            (self.manifests.is_there(), DocumentKind::Index),
            (self.blobs.is_there(), DocumentKind::Artifact),
            (self.fs_layers.is_there(), DocumentKind::Schema1),
        ];
        // Go's writers make null of an empty list, which says less than a value.
        let null = [
            (self.layers.is_null(), DocumentKind::Manifest),
            (self.manifests.is_null(), DocumentKind::Index),
            (self.blobs.is_null(), DocumentKind::Artifact),
        ];
        let kind = only(&there).and_then(|kind| if kind.is_none() { only(&null) } else { Ok(kind) });
        kind.map_err(|kind| self.fault(kind, None))
    }
}

/// The one kind for which there is something.
fn only(kinds: &[(bool, DocumentKind)]) -> std::result::Result<Option<DocumentKind>, DecodeErrorKind> {
    let mut found = kinds.iter().filter(|(there, _)| *there).map(|(_, kind)| *kind);
    match (found.next(), found.next()) {
        (kind, None) => Ok(kind),
        _ => Err(DecodeErrorKind::Ambiguous),
    }
}

/// A list that documents of the kind must have. Null is read as an empty one, as Go's writers mean it; it is a violation.
pub(crate) fn list(member: Member<Option<Vec<Descriptor>>>, at: usize) -> Decoded<Vec<Descriptor>> {
    if member.is_null() { Ok(Vec::new()) } else { own(member, at) }
}

/// A member that documents of the kind must have, of an object that begins `at`.
pub(crate) fn own<T>(member: Member<Option<T>>, at: usize) -> Decoded<T> {
    let missing = || DecodeError::from(Fault { kind: DecodeErrorKind::Missing, at });
    member.optional().flatten().ok_or_else(missing)
}

/// The value if it is one of the document's own kind.
fn read_own<'a, T>(
    reader: &mut Reader<'a>,
    own: bool,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T>,
) -> Result<Option<T>> {
    if own { read(reader).map(Some) } else { reader.skip().map(|()| None) }
}
