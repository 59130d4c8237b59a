//! What the tests do to a store, step by step, and who does it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::{StreamExt, stream};
use wharf_registry::{
    Algorithm, Blob, Delete, Descriptor, Digest, Document, Error, Index, Manifest, MediaType, Operation, Precondition,
    Repository, Tag, UploadId, Write,
};
use wharf_store::collect::{Collector, Options};
use wharf_store::layout::disk::Disk;
use wharf_store::layout::{Blobs, Directory, Layout, Names, REPOSITORY};
use wharf_store::{Error as StoreError, Store};

use crate::model::Act;

pub(crate) type Disked = Store<Blobs, Names>;

/// How a store lies on its disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Layout,
    Directory,
}

impl Shape {
    pub(crate) const ALL: [Self; 2] = [Self::Layout, Self::Directory];

    /// Opens a store, by whose clock nothing is old.
    pub(crate) fn open(self, disk: impl Disk + 'static) -> Result<Disked, StoreError> {
        let disk: Arc<dyn Disk> = Arc::new(disk);
        let store = match self {
            Self::Layout => Layout::create_on(disk),
            Self::Directory => Directory::create_on(disk),
        };
        Ok(store?.with_clock(|| SystemTime::UNIX_EPOCH + Duration::from_secs(60)))
    }
}

/// Whoever uses a store and remembers its upload sessions.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) store: Disked,
    pub(crate) sessions: BTreeMap<Repository, UploadId>,
}

impl Client {
    pub(crate) fn new(store: Disked) -> Self {
        Self { store, sessions: BTreeMap::new() }
    }

    pub(crate) async fn act(&mut self, act: &Act) -> Result<(), Error> {
        let store = &self.store;
        match act {
            Act::PutBlob { to, content } => store.put_blob(to, Blob::from_bytes(content.clone())).await,
            Act::PutManifest { to, document, tags, .. } => {
                store.put_manifest(to, document, tags, &Precondition::Always).await
            }
            Act::Mount { to, from, digest } => store.mount(to, digest, from).await.map(|mounted| assert!(mounted)),
            Act::DeleteTag { from, tag } => store.delete_tag(from, tag).await,
            Act::DeleteManifest { from, digest } => store.delete_manifest(from, digest).await,
            Act::DeleteBlob { from, digest } => store.delete_blob(from, digest).await,
            Act::Begin { to } => {
                let upload = store.start_upload(to, Algorithm::SHA256).await?;
                self.sessions.insert(to.clone(), upload.id().clone());
                Ok(())
            }
            Act::Append { to, content } => {
                let mut upload = store.resume_upload(to, &self.sessions[to]).await?;
                let content = stream::once(std::future::ready(Ok(content.clone().into()))).boxed();
                upload.append(content).await.map(drop)
            }
            Act::Commit { to } => {
                let upload = store.resume_upload(to, &self.sessions[to]).await?;
                upload.commit(&Digest::of(&session(to))).await.map(drop)
            }
            Act::Cancel { to } => store.resume_upload(to, &self.sessions[to]).await?.cancel().await,
            Act::Collect { grace, .. } => collect(store, *grace).await,
        }
    }

    /// The same once more, by whoever does not know whether it was done: what is gone need not be removed, and a session
    /// that cannot be gone on with is begun anew. Says whether the store said that it is done.
    pub(crate) async fn act_again(&mut self, act: &Act) -> Result<bool, Error> {
        match act {
            Act::Append { to, .. } => {
                let upload = self.store.resume_upload(to, &self.sessions[to]).await;
                let there = match upload {
                    Ok(upload) => usize::try_from(upload.offset()).unwrap(),
                    Err(error) if error.is_not_found() => return Ok(false),
                    Err(error) => return Err(error),
                };
                let content = session(to)[there..].to_vec();
                self.act(&Act::Append { to: to.clone(), content }).await.map(|()| true)
            }
            Act::Commit { to } => match self.act(act).await {
                Err(error) if error.is_not_found() => {
                    self.act(&Act::PutBlob { to: to.clone(), content: session(to) }).await.map(|()| true)
                }
                done => done.map(|()| true),
            },
            _ => match self.act(act).await {
                Err(error) if error.is_not_found() && act.removes() => Ok(false),
                done => done.map(|()| true),
            },
        }
    }
}

impl Act {
    pub(crate) const fn removes(&self) -> bool {
        matches!(
            self,
            Self::DeleteTag { .. } | Self::DeleteManifest { .. } | Self::DeleteBlob { .. } | Self::Cancel { .. }
        )
    }

    pub(crate) const fn is_of_session(&self) -> bool {
        matches!(self, Self::Begin { .. } | Self::Append { .. } | Self::Commit { .. } | Self::Cancel { .. })
    }
}

/// Collects by a clock to which everything is old. What stops a collection is its report's to say, and hurts nobody.
async fn collect(store: &Disked, grace: Duration) -> Result<(), Error> {
    let failed = |error: StoreError| error.during(Operation::DeleteBlob);
    let later = || SystemTime::UNIX_EPOCH + Duration::from_secs(100 * 365 * 24 * 60 * 60);
    let collector = Collector::begin(store).await.map_err(failed)?.with_clock(later);
    let plan = collector.plan(&Options::default().with_grace(grace)).await.map_err(failed)?;
    collector.run(plan, &|_| ()).await;
    Ok(())
}

/// What comes in the parts of an upload session.
pub(crate) fn session(of: &Repository) -> Vec<u8> {
    format!("begun in {of}, ").into_bytes().repeat(60)
}

pub(crate) fn tag(text: &str) -> Tag {
    Tag::parse(text).unwrap()
}

/// The repositories that a store of this shape has in these tests.
pub(crate) fn repositories(shape: Shape) -> [Repository; 2] {
    match shape {
        Shape::Layout => [REPOSITORY.clone(), REPOSITORY.clone()],
        Shape::Directory => [Repository::from_static("team/app"), Repository::from_static("mirror")],
    }
}

fn descriptor(content: &[u8]) -> Descriptor {
    Descriptor::new(MediaType::OCTET_STREAM, Digest::of(content), content.len() as u64)
}

fn image(contents: &[&[u8]], subject: Option<Descriptor>) -> Document {
    let layers = contents[1..].iter().map(|layer| descriptor(layer)).collect();
    let mut manifest = Manifest::new(descriptor(contents[0]), layers);
    manifest.subject = subject;
    Document::author(manifest).unwrap().into_raw()
}

/// Pushes, tags that move, referrers, an index, mounts, upload sessions, deletions and collections, in two repositories.
pub(crate) fn script(shape: Shape) -> Vec<Act> {
    let [app, mirror] = repositories(shape);
    let (config, layer) = (b"{}".to_vec(), b"a layer that takes more than one sector ".repeat(40));
    let images = [image(&[&config], None), image(&[&config, &layer], None)];
    let signature = image(&[&config], Some(images[1].descriptor()));
    let index = Document::author(Index::new(images.iter().map(Document::descriptor).collect())).unwrap().into_raw();
    let put = |content: &Vec<u8>| Act::PutBlob { to: app.clone(), content: content.clone() };
    let manifest = |document: &Document, subject: Option<&Document>, tags: &[&str]| Act::PutManifest {
        to: app.clone(),
        document: document.clone(),
        subject: subject.map(|subject| subject.digest().clone()),
        tags: tags.iter().map(|text| tag(text)).collect(),
    };
    let part = |range: std::ops::Range<usize>| Act::Append { to: app.clone(), content: session(&app)[range].to_vec() };
    let all = session(&app).len();
    let garbage = b"nobody needs this".to_vec();
    let mut collected = vec![(app.clone(), Digest::of(&garbage))];
    if mirror != app {
        collected.push((mirror.clone(), Digest::of(&layer)));
    }
    vec![
        put(&config),
        manifest(&images[0], None, &["v1", "latest"]),
        put(&layer),
        manifest(&images[1], None, &["latest", "v2"]),
        manifest(&signature, Some(&images[1]), &[]),
        Act::Mount { to: mirror.clone(), from: app.clone(), digest: Digest::of(&layer) },
        Act::Begin { to: app.clone() },
        part(0..700),
        put(&garbage),
        Act::Collect { garbage: collected.clone(), grace: Duration::from_secs(60) },
        manifest(&image(&[&config, &garbage], None), None, &["saved"]),
        Act::DeleteManifest { from: app.clone(), digest: image(&[&config, &garbage], None).digest().clone() },
        Act::Collect { garbage: collected, grace: Duration::ZERO },
        manifest(&index, None, &["all"]),
        part(700..all),
        Act::Commit { to: app.clone() },
        Act::Begin { to: mirror.clone() },
        Act::Append { to: mirror.clone(), content: b"not to stay".to_vec() },
        Act::Cancel { to: mirror },
        put(&config),
        Act::DeleteTag { from: app.clone(), tag: tag("v1") },
        Act::DeleteManifest { from: app.clone(), digest: signature.digest().clone() },
        Act::DeleteBlob { from: app.clone(), digest: Digest::of(&session(&app)) },
        manifest(&signature, Some(&images[1]), &["signature"]),
        Act::Collect { garbage: Vec::new(), grace: Duration::ZERO },
    ]
}

/// Nothing here waits for more than a thread, so each test has a runtime of its own.
pub(crate) fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}
