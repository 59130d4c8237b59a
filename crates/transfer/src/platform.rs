//! The manifest for one platform.

use std::collections::HashSet;

use wharf_registry::walk::{Visit, walk};
use wharf_registry::{
    Blob, Content, Descriptor, Digest, Document, ErrorCode, ImageConfig, Limits, Manifest, MediaType, Operation,
    Platform,
};

use crate::error::{Cause, Step};
use crate::{Error, NoPlatform, Source};

/// The root of what is to be copied: the manifest for `wanted` in `root`.
pub(crate) async fn narrow(
    source: Source<'_>,
    root: Document<Content>,
    wanted: &Platform,
    limits: &Limits,
) -> Result<Document<Content>, Error> {
    match root.view() {
        Content::Index(_) => in_index(source, root, wanted, limits).await,
        Content::Manifest(manifest) => match platform_of(source, manifest, limits).await? {
            Some(platform) if wanted.matches(&platform) => Ok(root),
            platform => Err(none(wanted, platform)),
        },
        _ => Err(none(wanted, None)),
    }
}

/// The index's own entries come first, then those of the indexes in it.
async fn in_index(
    source: Source<'_>,
    root: Document<Content>,
    wanted: &Platform,
    limits: &Limits,
) -> Result<Document<Content>, Error> {
    if let Some(digest) = select(&root, wanted) {
        return read(source, root, &digest, limits).await;
    }
    let mut indexes = below(source, root, limits, |entry| entry.media_type.is_index()).await?;
    let root = indexes.pop();
    let found = indexes.iter().find_map(|index| Some((index, select(index, wanted)?)));
    match found {
        Some((index, digest)) => read(source, index.clone(), &digest, limits).await,
        None => Err(none(wanted, root.iter().chain(&indexes).flat_map(platforms))),
    }
}

/// The manifest under `digest`, which is an entry of `index`.
async fn read(
    source: Source<'_>,
    index: Document<Content>,
    digest: &Digest,
    limits: &Limits,
) -> Result<Document<Content>, Error> {
    let documents = below(source, index, limits, |entry| entry.digest == *digest).await?;
    let gone = || wharf_registry::Error::new(ErrorCode::MANIFEST_UNKNOWN, Operation::GetManifest).named(digest);
    // Another document under the entry's digest is as good as none.
    let found = documents.into_iter().find(|document| document.digest() == digest);
    found.ok_or_else(|| Error::at_source(Step::Walk, gone()))
}

/// The documents below and including `index` that `wanted` leads to, children first.
async fn below(
    source: Source<'_>,
    index: Document<Content>,
    limits: &Limits,
    wanted: impl Fn(&Descriptor) -> bool + Send + Sync,
) -> Result<Vec<Document<Content>>, Error> {
    let visit = |entry: &Descriptor| if wanted(entry) { Visit::Enter } else { Visit::Skip };
    let tree = walk(source.registry, source.repository, index, limits, visit).await;
    Ok(tree.map_err(|error| Error::at_source(Step::Walk, error))?.documents)
}

fn select(index: &Document<Content>, wanted: &Platform) -> Option<Digest> {
    let fits = |entry: &&Descriptor| entry.platform.as_ref().is_some_and(|platform| wanted.matches(platform));
    images(index).find(fits).map(|entry| entry.digest.clone())
}

fn platforms(index: &Document<Content>) -> impl Iterator<Item = Platform> {
    images(index).filter_map(|entry| entry.platform.clone())
}

/// The entries that can be chosen: no indexes, and no attestations, which say that their platform is unknown.
fn images(index: &Document<Content>) -> impl Iterator<Item = &Descriptor> {
    let unknown = |platform: &Platform| platform.os == "unknown" && platform.architecture == "unknown";
    index
        .view()
        .children()
        .filter(move |entry| !entry.media_type.is_index() && !entry.platform.as_ref().is_some_and(unknown))
}

/// The platform that an image says itself to be for; an artifact has none.
async fn platform_of(source: Source<'_>, manifest: &Manifest, limits: &Limits) -> Result<Option<Platform>, Error> {
    let config = &manifest.config;
    if config.media_type != MediaType::IMAGE_CONFIG && config.media_type != MediaType::DOCKER_CONFIG {
        return Ok(None);
    }
    let fail = |cause: Cause| Error::at_source(Step::Blob(config.digest.clone()), cause);
    let blob = source.registry.blob(source.repository, &config.digest).await.map_err(|error| fail(error.into()))?;
    let blob = Blob::new(config.clone(), blob.into_unverified().1);
    let bytes = blob.into_bytes(limits).await.map_err(|error| fail(error.into()))?;
    let decoded = Document::new(config.media_type.clone(), bytes).decode_within::<ImageConfig>(limits);
    let document = decoded.map_err(|error| fail(error.into()))?;
    let ImageConfig { os, architecture, variant, .. } = document.view().clone();
    let mut platform = Platform::new(os, architecture);
    platform.variant = variant;
    Ok(Some(platform))
}

fn none(wanted: &Platform, found: impl IntoIterator<Item = Platform>) -> Error {
    let mut seen = HashSet::new();
    let available = found.into_iter().filter(|platform| seen.insert(platform.clone())).collect();
    Error::at_source(Step::Platform, NoPlatform { wanted: wanted.clone(), available })
}
