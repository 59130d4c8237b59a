//! From what was asked for to a plan.

use std::collections::{BTreeSet, HashMap, HashSet};

use wharf_registry::walk::{Visit, decode, walk};
use wharf_registry::{
    Content, Descriptor, Digest, Document, Error as RegistryError, ErrorCode, Mismatch, Operation, TagOrDigest,
};

use crate::bounded::side_by_side;
use crate::error::Step;
use crate::{BlobState, Error, Options, Plan, PlannedBlob, Source, Target, platform};

/// Finds out what copying a manifest with everything below it takes. Nothing is written.
///
/// The tag or digest is resolved once; from then on everything is asked for by digest. If the target has the manifest,
/// the plan is empty: a registry has the content of the manifests that it has, unless it is sparse by its own decision
/// and then does not want it. A target that is damaged is a matter for its own repair.
///
/// With [`Options::platform`], the manifest of an index that fits best becomes the root, in the index itself before the
/// indexes in it: an older variant of the processor will do where there is nothing better, a newer one or another
/// processor never. Where no entry fits, those that do not say their platform are read for it. Attestations are never
/// chosen. An image without an index must fit too.
///
/// # Errors
/// [`Error`], which names the side and the step; among others [`NoPlatform`](crate::NoPlatform), and a
/// [`WalkError`](wharf_registry::walk::WalkError) when the source's manifests break [`Options::limits`].
///
/// # Cancel safety
/// Leaves nothing behind.
pub async fn plan(
    source: Source<'_>,
    which: &TagOrDigest,
    target: Target<'_>,
    options: &Options,
) -> Result<Plan, Error> {
    let mut root = read_root(source, which, options).await?;
    if let Some(wanted) = &options.platform {
        root = platform::narrow(source, root, wanted, &options.limits).await?;
    }
    let root_present = target.manifest(root.digest().clone()).await?.is_some();
    let mut plan = Plan {
        root: root.clone().into_raw(),
        root_present,
        levels: Vec::new(),
        blobs: Vec::new(),
        jobs: options.jobs,
        mount: options.same_registry && source.repository != target.repository,
    };
    if !root_present {
        let (documents, blobs) = read_tree(source, root, target, options).await?;
        plan.levels = levels(documents);
        plan.levels.pop(); // the root, which is alone on the highest level
        plan.blobs = stat(target, blobs, options).await?;
    }
    Ok(plan)
}

async fn read_root(source: Source<'_>, which: &TagOrDigest, options: &Options) -> Result<Document<Content>, Error> {
    let fail = |error| Error::at_source(Step::Resolve(which.clone()), error);
    let document = source.registry.manifest(source.repository, which).await.map_err(fail)?;
    if let TagOrDigest::Digest(expected) = which
        && document.digest() != expected
    {
        let mismatch = Mismatch::Digest { expected: expected.clone().into(), actual: document.digest().clone().into() };
        let error = RegistryError::new(ErrorCode::DIGEST_INVALID, Operation::GetManifest);
        return Err(fail(error.about(source.repository, expected).because(mismatch)));
    }
    decode(document, &options.limits).map_err(|error| Error::at_source(Step::Walk, error))
}

/// Everything below the root, except for what is below children that the target has.
async fn read_tree(
    source: Source<'_>,
    root: Document<Content>,
    target: Target<'_>,
    options: &Options,
) -> Result<(Vec<Document<Content>>, Vec<Descriptor>), Error> {
    let children: BTreeSet<_> = root.view().children().map(|child| child.digest.clone()).collect();
    let asked = children.into_iter().map(|child| target.manifest(child));
    let present: HashSet<_> = side_by_side(options.jobs, asked).await?.into_iter().flatten().collect();
    let visit = |child: &Descriptor| if present.contains(&child.digest) { Visit::Skip } else { Visit::Enter };
    let tree = walk(source.registry, source.repository, root, &options.limits, visit).await;
    let tree = tree.map_err(|error| Error::at_source(Step::Walk, error))?;
    Ok((tree.documents, tree.blobs))
}

/// Documents that come children first, by how far they are above those without children, so that all of a level can be
/// stored side by side.
fn levels(documents: Vec<Document<Content>>) -> Vec<Vec<Document>> {
    let mut heights: HashMap<Digest, usize> = HashMap::new();
    let mut levels: Vec<Vec<Document>> = Vec::new();
    for document in documents {
        let children = document.view().children().filter_map(|child| heights.get(&child.digest));
        let height = children.max().map_or(0, |height| height + 1);
        heights.insert(document.digest().clone(), height);
        match levels.get_mut(height) {
            Some(level) => level.push(document.into_raw()),
            // Heights grow by one: a level below this one has been begun by a child.
            None => levels.push(vec![document.into_raw()]),
        }
    }
    levels
}

async fn stat(target: Target<'_>, blobs: Vec<Descriptor>, options: &Options) -> Result<Vec<PlannedBlob>, Error> {
    let asked = blobs.iter().map(|blob| target.blob(blob));
    let present: HashSet<_> = side_by_side(options.jobs, asked).await?.into_iter().flatten().collect();
    let state = |blob: &Descriptor| match present.contains(&blob.digest) {
        true => BlobState::Present,
        false => BlobState::Missing,
    };
    Ok(blobs.into_iter().map(|descriptor| PlannedBlob { state: state(&descriptor), descriptor }).collect())
}
