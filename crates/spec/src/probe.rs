//! What kind of document some bytes are, judged before anything in them is believed.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::{DecodeError, DecodeErrorKind, Limits, MediaType, strict};

/// The members that tell one kind of document from another.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members {
    #[serde(default)]
    schema_version: Option<u32>,
    #[serde(default)]
    media_type: Option<MediaType>,
    #[serde(default)]
    config: Option<IgnoredAny>,
    #[serde(default)]
    layers: Option<IgnoredAny>,
    #[serde(default)]
    manifests: Option<IgnoredAny>,
    #[serde(default)]
    fs_layers: Option<IgnoredAny>,
}

/// The kinds of documents that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Manifest,
    Index,
    Opaque,
}

/// The kind of a document and the media type that it has: the one it was given as, or the one it says.
pub(crate) fn probe(given: &MediaType, bytes: &[u8], limits: &Limits) -> Result<Kind, DecodeError> {
    if given.is_schema1() {
        return Err(DecodeError::new(DecodeErrorKind::Obsolete));
    }
    let kind = match given {
        given if given.is_manifest() => Kind::Manifest,
        given if given.is_index() => Kind::Index,
        _ => return Ok(Kind::Opaque),
    };
    let members = read(bytes, limits)?;
    if members.structure()? != Some(kind) || members.media_type.is_some_and(|said| said != *given) {
        return Err(DecodeError::new(DecodeErrorKind::MediaType));
    }
    match members.schema_version {
        Some(2) => Ok(kind),
        _ => Err(DecodeError::new(DecodeErrorKind::SchemaVersion)),
    }
}

/// The media type of a manifest that came without one: what it says, else what it looks like.
pub(crate) fn infer(bytes: &[u8], limits: &Limits) -> Result<MediaType, DecodeError> {
    let members = read(bytes, limits)?;
    let by_structure = match members.structure()? {
        Some(Kind::Manifest) => MediaType::IMAGE_MANIFEST,
        Some(Kind::Index) => MediaType::IMAGE_INDEX,
        _ => return Err(DecodeError::new(DecodeErrorKind::WrongShape)),
    };
    Ok(members.media_type.unwrap_or(by_structure))
}

fn read(bytes: &[u8], limits: &Limits) -> Result<Members, DecodeError> {
    if bytes.len() > limits.document_bytes {
        return Err(DecodeError::new(DecodeErrorKind::TooLarge));
    }
    object(bytes)?;
    strict::check(bytes, strict::MANIFEST, limits)?;
    serde_json::from_slice(bytes).map_err(|error| DecodeError::json(&error, bytes))
}

/// Only an object: the JSON reader would take an array for one.
pub(crate) fn object(bytes: &[u8]) -> Result<(), DecodeError> {
    match bytes.trim_ascii_start().first() {
        Some(b'{') => Ok(()),
        _ => Err(DecodeError::new(DecodeErrorKind::NotJson)),
    }
}

impl Members {
    fn structure(&self) -> Result<Option<Kind>, DecodeError> {
        let image = self.config.is_some() || self.layers.is_some();
        match (image, self.manifests.is_some(), self.fs_layers.is_some()) {
            (true, false, false) => Ok(Some(Kind::Manifest)),
            (false, true, false) => Ok(Some(Kind::Index)),
            (false, false, true) => Err(DecodeError::new(DecodeErrorKind::Obsolete)),
            (false, false, false) => Ok(None),
            _ => Err(DecodeError::new(DecodeErrorKind::Ambiguous)),
        }
    }
}
