//! Random operations on a store and on the plainest model of one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use proptest::prelude::*;
use wharf_registry::{
    Algorithm, Blob, Delete, Digest, Document, Error, ErrorCode, Index, List, Precondition, Raw, Read, Repository, Tag,
    Write,
};
use wharf_store::{Store, memory};

use crate::{APP, OTHER, described, image, read, tag};

static REPOSITORIES: [Repository; 2] = [APP, OTHER];
const CONFIGS: [&str; 2] = ["first", "second"];

/// An index of the first image, and both images.
static MANIFESTS: LazyLock<[Document<Raw>; 3]> = LazyLock::new(|| {
    let [first, second] = CONFIGS.map(image);
    [Document::author(Index::new(vec![first.descriptor()])).unwrap().into_raw(), first, second]
});

/// All there is to be stored: every manifest can also be stored as a blob.
static CONTENTS: LazyLock<Vec<Bytes>> = LazyLock::new(|| {
    CONFIGS.map(Bytes::from).into_iter().chain(MANIFESTS.iter().map(|it| it.bytes().clone())).collect()
});

#[derive(Clone, Copy, Debug, PartialEq)]
enum Truth {
    Right,
    Longer,
    Shorter,
    Other,
}

#[derive(Clone, Debug)]
enum Op {
    PutBlob { repository: usize, content: usize, truth: Truth },
    Upload { repository: usize, content: usize, right: bool },
    Mount { repository: usize, content: usize, from: usize },
    PutManifest { repository: usize, manifest: usize, tags: Vec<usize>, when: Option<Option<usize>> },
    DeleteTag { repository: usize, tag: usize },
    DeleteManifest { repository: usize, content: usize },
    DeleteBlob { repository: usize, content: usize },
}

fn op() -> impl Strategy<Value = Op> {
    let (repository, content, manifest, name) = (0..2_usize, 0..5_usize, 0..3_usize, 0..3_usize);
    let truth = prop_oneof![
        4 => Just(Truth::Right), 1 => Just(Truth::Longer), 1 => Just(Truth::Shorter), 1 => Just(Truth::Other)
    ];
    let when = proptest::option::of(proptest::option::of(manifest.clone()));
    let tags = proptest::collection::vec(name.clone(), 0..3);
    prop_oneof![
        4 => (repository.clone(), content.clone(), truth)
            .prop_map(|(repository, content, truth)| Op::PutBlob { repository, content, truth }),
        2 => (repository.clone(), content.clone(), any::<bool>())
            .prop_map(|(repository, content, right)| Op::Upload { repository, content, right }),
        1 => (repository.clone(), content.clone(), repository.clone())
            .prop_map(|(repository, content, from)| Op::Mount { repository, content, from }),
        6 => (repository.clone(), manifest, tags, when)
            .prop_map(|(repository, manifest, tags, when)| Op::PutManifest { repository, manifest, tags, when }),
        1 => (repository.clone(), name).prop_map(|(repository, tag)| Op::DeleteTag { repository, tag }),
        1 => (repository.clone(), content.clone())
            .prop_map(|(repository, content)| Op::DeleteManifest { repository, content }),
        1 => (repository, content).prop_map(|(repository, content)| Op::DeleteBlob { repository, content }),
    ]
}

/// What one repository holds, by the places of the contents.
#[derive(Default)]
struct Model {
    linked: BTreeSet<usize>,
    recorded: BTreeSet<usize>,
    tags: BTreeMap<usize, usize>,
}

/// The place of a manifest among the contents.
fn place(manifest: usize) -> usize {
    CONFIGS.len() + manifest
}

fn needs(manifest: usize) -> usize {
    match manifest {
        0 => place(1),
        image => image - 1,
    }
}

impl Op {
    fn on_model(&self, model: &mut BTreeMap<usize, Model>) -> Result<bool, ErrorCode> {
        match *self {
            Self::PutBlob { repository, content, truth } => {
                let there = model.get(&repository).is_some_and(|it| it.linked.contains(&content));
                match truth {
                    Truth::Right => {}
                    // A blob that is there is not read again, so nobody sees that other bytes would have come.
                    Truth::Other if there => {}
                    Truth::Other => return Err(ErrorCode::DIGEST_INVALID),
                    Truth::Longer | Truth::Shorter => return Err(ErrorCode::SIZE_INVALID),
                }
                model.entry(repository).or_default().linked.insert(content);
                Ok(true)
            }
            Self::Upload { right: false, .. } => Err(ErrorCode::DIGEST_INVALID),
            Self::Upload { repository, content, .. } => {
                model.entry(repository).or_default().linked.insert(content);
                Ok(true)
            }
            Self::Mount { repository, content, from } => {
                let there = model.get(&from).is_some_and(|it| it.linked.contains(&content));
                if there {
                    model.entry(repository).or_default().linked.insert(content);
                }
                Ok(there)
            }
            Self::PutManifest { repository, manifest, ref tags, when } => {
                put_manifest(model, repository, manifest, tags, when)
            }
            Self::DeleteTag { repository, tag } => {
                let model = model.get_mut(&repository).ok_or(ErrorCode::NAME_UNKNOWN)?;
                model.tags.remove(&tag).map(|_| true).ok_or(ErrorCode::MANIFEST_UNKNOWN)
            }
            Self::DeleteManifest { repository, content } => {
                let model = model.get_mut(&repository).ok_or(ErrorCode::NAME_UNKNOWN)?;
                if content < CONFIGS.len() || !model.linked.remove(&content) {
                    return Err(ErrorCode::MANIFEST_UNKNOWN);
                }
                model.recorded.remove(&content);
                model.tags.retain(|_, target| *target != content);
                Ok(true)
            }
            Self::DeleteBlob { repository, content } => {
                let model = model.get_mut(&repository).ok_or(ErrorCode::NAME_UNKNOWN)?;
                match model.recorded.contains(&content) {
                    true => Err(ErrorCode::DENIED),
                    false => model.linked.remove(&content).then_some(true).ok_or(ErrorCode::BLOB_UNKNOWN),
                }
            }
        }
    }

    async fn on_store(&self, store: &Store<memory::Blobs, memory::Names>) -> Result<bool, Error> {
        let (repository, digest) = match *self {
            Self::PutBlob { repository, content, .. }
            | Self::Upload { repository, content, .. }
            | Self::Mount { repository, content, .. }
            | Self::DeleteManifest { repository, content }
            | Self::DeleteBlob { repository, content } => (&REPOSITORIES[repository], Digest::of(&CONTENTS[content])),
            Self::PutManifest { repository, .. } | Self::DeleteTag { repository, .. } => {
                (&REPOSITORIES[repository], Digest::of(b""))
            }
        };
        match *self {
            Self::PutBlob { content, truth, .. } => store.put_blob(repository, blob(content, truth)).await?,
            Self::Upload { content, right, .. } => {
                let mut upload = store.start_upload(repository, Algorithm::SHA256).await?;
                let halves = CONTENTS[content].chunks(3).map(Bytes::copy_from_slice).map(Ok).collect::<Vec<_>>();
                upload.append(stream::iter(halves).boxed()).await?;
                upload.commit(&if right { digest } else { Digest::of(b"other") }).await?;
            }
            Self::Mount { from, .. } => return store.mount(repository, &digest, &REPOSITORIES[from]).await,
            Self::PutManifest { manifest, ref tags, when, .. } => {
                let tags: Vec<_> = tags.iter().map(|it| name(*it)).collect();
                store.put_manifest(repository, &MANIFESTS[manifest], &tags, &precondition(when)).await?;
            }
            Self::DeleteTag { tag, .. } => store.delete_tag(repository, &name(tag)).await?,
            Self::DeleteManifest { .. } => store.delete_manifest(repository, &digest).await?,
            Self::DeleteBlob { .. } => store.delete_blob(repository, &digest).await?,
        }
        Ok(true)
    }
}

fn put_manifest(
    model: &mut BTreeMap<usize, Model>,
    repository: usize,
    manifest: usize,
    tags: &[usize],
    when: Option<Option<usize>>,
) -> Result<bool, ErrorCode> {
    let none = Model::default();
    let now = model.get(&repository).unwrap_or(&none);
    let allowed = |tag: &usize| match (when, now.tags.get(tag)) {
        (None, _) | (Some(None), None) => true,
        (Some(None), Some(current)) => *current == place(manifest),
        (Some(Some(expected)), current) => current == Some(&place(expected)),
    };
    if !tags.iter().all(allowed) {
        return Err(ErrorCode::DENIED);
    }
    if !has_needs(now, manifest) {
        return Err(ErrorCode::MANIFEST_BLOB_UNKNOWN);
    }
    let model = model.entry(repository).or_default();
    model.linked.insert(place(manifest));
    model.recorded.insert(place(manifest));
    model.tags.extend(tags.iter().map(|tag| (*tag, place(manifest))));
    Ok(true)
}

/// What it needs is there, and what that needs.
fn has_needs(now: &Model, manifest: usize) -> bool {
    let needed = needs(manifest);
    let child = needed.checked_sub(CONFIGS.len());
    now.linked.contains(&needed) && child.is_none_or(|child| has_needs(now, child))
}

fn name(place: usize) -> Tag {
    tag(["a", "b", "c"][place])
}

fn precondition(when: Option<Option<usize>>) -> Precondition {
    match when {
        None => Precondition::Always,
        Some(None) => Precondition::Unset,
        Some(Some(manifest)) => Precondition::PointsTo(MANIFESTS[manifest].digest().clone()),
    }
}

/// A blob whose descriptor and bytes differ as they are told to.
fn blob(content: usize, truth: Truth) -> Blob {
    let bytes = CONTENTS[content].clone();
    let mut descriptor = described(&bytes);
    match truth {
        Truth::Longer => descriptor.size -= 1,
        Truth::Shorter => descriptor.size += 1,
        Truth::Right | Truth::Other => {}
    }
    let bytes = if truth == Truth::Other { vec![b'?'; bytes.len()].into() } else { bytes };
    Blob::new(descriptor, stream::iter([Ok(bytes)]).boxed())
}

/// Everything that can be seen of the store is what the model holds.
async fn compare(store: &Store<memory::Blobs, memory::Names>, model: &BTreeMap<usize, Model>) {
    let repositories: Vec<_> = store.repositories(None).try_collect().await.unwrap();
    assert_eq!(repositories, model.keys().map(|it| REPOSITORIES[*it].clone()).collect::<Vec<_>>());
    for (repository, model) in model.iter().map(|(place, model)| (&REPOSITORIES[*place], model)) {
        let tags: Vec<_> = store.tags(repository, None).try_collect().await.unwrap();
        assert_eq!(tags, model.tags.keys().map(|it| name(*it)).collect::<Vec<_>>());
        for (tag, target) in &model.tags {
            let manifest = store.manifest(repository, &name(*tag).into()).await.unwrap();
            assert_eq!(manifest, MANIFESTS[target - CONFIGS.len()]);
            assert_eq!(store.resolve(repository, &name(*tag).into()).await.unwrap(), manifest.descriptor());
        }
        for (place, content) in CONTENTS.iter().enumerate() {
            let (digest, linked) = (Digest::of(content), model.linked.contains(&place));
            assert_eq!(read(store, repository, &digest).await.ok(), linked.then(|| content.to_vec()));
            assert_eq!(store.stat_blob(repository, &digest).await.is_ok(), linked);
            let manifest = store.manifest(repository, &digest.into()).await.ok();
            let expected = place.checked_sub(CONFIGS.len()).filter(|_| linked).map(|it| MANIFESTS[it].clone());
            assert_eq!(manifest, expected);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_store_is_its_model(ops in proptest::collection::vec(op(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (store, mut model) = (Store::memory(), BTreeMap::new());
            for op in &ops {
                let actual = op.on_store(&store).await.map_err(|error| error.code().clone());
                assert_eq!(actual, op.on_model(&mut model), "{op:?}");
            }
            compare(&store, &model).await;
        });
    }
}
