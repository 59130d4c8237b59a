//! The manifest for one platform.

use std::collections::HashSet;
use std::iter;

use wharf_registry::walk::{Visit, walk};
use wharf_registry::{
    Blob, Content, Descriptor, Digest, Document, ErrorCode, ImageConfig, Limits, Manifest, Operation, Platform,
    PlatformMatcher,
};

use crate::error::{Cause, Step};
use crate::{Error, NoPlatform, Source};

/// The root of what is to be copied: the manifest for `wanted` in `root`.
///
/// Whoever names a platform means its processor, so an older variant will do, and another processor that could run the
/// same programs will not.
pub(crate) async fn narrow(
    source: Source<'_>,
    root: Document<Content>,
    wanted: &Platform,
    limits: &Limits,
) -> Result<Document<Content>, Error> {
    let matcher = PlatformMatcher::same_architecture(wanted);
    let found = match root.view() {
        Content::Index(_) => in_index(source, root, &matcher, limits).await?,
        Content::Manifest(manifest) => match platform_of(source, manifest, limits).await? {
            Some(platform) if matcher.matches(&platform) => Ok(root),
            platform => Err(platform.into_iter().collect()),
        },
        _ => Err(Vec::new()),
    };
    found.map_err(|available| none(wanted, available))
}

/// The manifest that an index leads to, or the platforms that there are instead.
type Found = Result<Document<Content>, Vec<Platform>>;

/// The index's own entries come first, then those of the indexes in it, then those that do not say their platform.
async fn in_index(
    source: Source<'_>,
    root: Document<Content>,
    matcher: &PlatformMatcher,
    limits: &Limits,
) -> Result<Found, Error> {
    if let Some(digest) = select(&root, matcher) {
        return read(source, root, &digest, limits).await.map(Ok);
    }
    let mut indexes = below(source, root, limits, |entry| entry.media_type.is_index()).await?;
    let found = indexes.iter().find_map(|index| Some((index, select(index, matcher)?)));
    if let Some((index, digest)) = found {
        return read(source, index.clone(), &digest, limits).await.map(Ok);
    }
    let Some(root) = indexes.pop() else { return Ok(Err(Vec::new())) };
    let mut available: Vec<_> = iter::once(&root).chain(&indexes).flat_map(platforms).collect();
    let silent = silent(source, root, limits).await?;
    match matcher.best(silent.iter().map(|(platform, _)| platform)) {
        Some(best) => Ok(silent.into_iter().nth(best).map(|(_, document)| document).ok_or(available)),
        None => {
            available.extend(silent.into_iter().map(|(platform, _)| platform));
            Ok(Err(available))
        }
    }
}

/// The images of which no index says the platform, each with the one that it says itself.
async fn silent(
    source: Source<'_>,
    root: Document<Content>,
    limits: &Limits,
) -> Result<Vec<(Platform, Document<Content>)>, Error> {
    let unsaid = |entry: &Descriptor| entry.media_type.is_manifest() && entry.platform.is_none();
    let wanted = |entry: &Descriptor| entry.media_type.is_index() || (unsaid(entry) && !entry.is_attestation());
    let mut images = Vec::new();
    for document in below(source, root, limits, wanted).await? {
        let Content::Manifest(manifest) = document.view() else { continue };
        if let Some(platform) = platform_of(source, manifest, limits).await? {
            images.push((platform, document));
        }
    }
    Ok(images)
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

/// The best of the entries that say their platform.
fn select(index: &Document<Content>, matcher: &PlatformMatcher) -> Option<Digest> {
    let Content::Index(index) = index.view() else { return None };
    index.select_by(matcher).filter(|entry| entry.platform.is_some()).map(|entry| entry.digest.clone())
}

/// The platforms of the entries that can be chosen: no indexes, and no attestations.
fn platforms(index: &Document<Content>) -> impl Iterator<Item = Platform> {
    let images = index.view().children().filter(|entry| !entry.media_type.is_index() && !entry.is_attestation());
    images.filter_map(|entry| entry.platform.clone())
}

/// The platform that an image says itself to be for; an artifact has none, even if it came with an empty image
/// configuration.
async fn platform_of(source: Source<'_>, manifest: &Manifest, limits: &Limits) -> Result<Option<Platform>, Error> {
    let config = &manifest.config;
    if !config.media_type.is_config() {
        return Ok(None);
    }
    let fail = |cause: Cause| Error::at_source(Step::Blob(config.digest.clone()), cause);
    let blob = source.registry.blob(source.repository, &config.digest).await.map_err(|error| fail(error.into()))?;
    let blob = Blob::new(config.clone(), blob.into_unverified().1);
    let bytes = blob.into_bytes(limits).await.map_err(|error| fail(error.into()))?;
    let decoded = Document::new(config.media_type.clone(), bytes).decode_within::<ImageConfig>(limits);
    let document = decoded.map_err(|error| fail(error.into()))?;
    let platform = document.view().platform();
    Ok(Some(platform).filter(|platform| !platform.os.is_empty() || !platform.architecture.is_empty()))
}

fn none(wanted: &Platform, found: impl IntoIterator<Item = Platform>) -> Error {
    let mut seen = HashSet::new();
    let available = found.into_iter().filter(|platform| seen.insert(platform.clone())).collect();
    Error::at_source(Step::Platform, NoPlatform { wanted: wanted.clone(), available })
}
