//! What a store promises, whatever it stands on.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests may fail as tests do"
)]

mod error;
mod fault;
mod model;
#[cfg(feature = "layout")]
mod names;
mod needs;
mod race;
mod rule;
mod size;
mod upload;

use std::error::Error as _;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use wharf_registry::{
    Blob, ByteStream, Descriptor, Digest, Document, Error, ErrorCode, Hasher, Manifest, MediaType, Mismatch,
    Precondition, Raw, Read, Repository, Tag, TagOrDigest, Write,
};

const APP: Repository = Repository::from_static("team/app");
const OTHER: Repository = Repository::from_static("team/other");

fn tag(text: &str) -> Tag {
    Tag::parse(text).unwrap()
}

fn pieces(pieces: &[&'static str]) -> ByteStream {
    stream::iter(pieces.to_vec()).map(|piece| Ok(Bytes::from(piece))).boxed()
}

fn sha512(content: &[u8]) -> Digest {
    let mut hasher = Hasher::sha512();
    hasher.update(content);
    hasher.finish()
}

fn described(content: &[u8]) -> Descriptor {
    Descriptor::new(MediaType::OCTET_STREAM, Digest::of(content), content.len() as u64)
}

/// The manifest of an image whose config is `config`.
fn image(config: &'static str) -> Document<Raw> {
    Document::author(Manifest::new(described(config.as_bytes()), Vec::new())).unwrap().into_raw()
}

async fn put_image(registry: &impl Write, config: &'static str, tags: &[Tag]) -> Document<Raw> {
    let manifest = image(config);
    registry.put_blob(&APP, Blob::from_bytes(config)).await.unwrap();
    registry.put_manifest(&APP, &manifest, tags, &Precondition::Always).await.unwrap();
    manifest
}

async fn read(registry: &impl Read, repository: &Repository, digest: &Digest) -> Result<Vec<u8>, Error> {
    let pieces: Vec<_> = registry.blob(repository, digest).await?.try_collect().await?;
    Ok(pieces.concat())
}

async fn manifest(registry: &impl Read, which: impl Into<TagOrDigest>) -> Result<Document<Raw>, Error> {
    registry.manifest(&APP, &which.into()).await
}

#[track_caller]
fn code<T>(result: Result<T, Error>) -> ErrorCode {
    match result {
        Ok(_) => panic!("this must not succeed"),
        Err(error) => error.code().clone(),
    }
}

/// The two sides of a mismatch that is the source of an error.
fn mismatch(error: &Error) -> Option<&Mismatch> {
    error.source()?.downcast_ref()
}
