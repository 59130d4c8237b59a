//! What those who use a store do, and what they may be told.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::TryStreamExt;
use wharf_registry::{
    Algorithm, Blob, Delete, Digest, Document, Error, ErrorCode, List, Precondition, Raw, Read, Repository, Tag,
    TagOrDigest, Write,
};
use wharf_store::Store;
use wharf_store::collect::{Collector, Lease, Options};
use wharf_store::layout::disk::Disk;
use wharf_store::layout::{Blobs, Directory, Layout, Names};
use wharf_testkit::fixture::{self, Image};

use crate::world::{HOUR, Variant, begin, now};

/// The one that every world has.
pub(crate) const APP: Repository = Repository::from_static("layout");
pub(crate) const OTHER: Repository = Repository::from_static("team/other");

/// How often somebody does again what they were told to.
const ATTEMPTS: usize = 8;

/// A process.
pub(crate) struct Client {
    store: Store<Blobs, Names>,
    variant: Variant,
}

impl Client {
    pub(crate) fn open(disk: Arc<dyn Disk>, variant: Variant) -> Self {
        let store = if variant.many { Directory::open_on(disk) } else { Layout::open_on(disk) };
        Self { store: store.unwrap(), variant }
    }

    pub(crate) fn put_blob(&self, to: &Repository, bytes: &Bytes) {
        self.again(|| now(self.store.put_blob(to, Blob::from_bytes(bytes.clone()))));
    }

    /// Asks for each blob and puts what is not there, then the manifest; what is missing by then is put again. Then all of
    /// it is there.
    pub(crate) fn push(&self, to: &Repository, image: &Image, tag: &str) {
        let mut is_new = true;
        self.again(|| {
            for blob in image.blobs() {
                if !is_new || !self.has(to, blob) {
                    self.put_blob(to, blob);
                }
            }
            is_new = false;
            self.put(to, &image.document(), &[tag])
        });
    }

    /// The same without asking.
    pub(crate) fn push_all(&self, to: &Repository, image: &Image, tags: &[&str]) {
        self.again(|| {
            image.blobs().for_each(|blob| self.put_blob(to, blob));
            self.put(to, &image.document(), tags)
        });
    }

    pub(crate) fn put(&self, to: &Repository, manifest: &Document<Raw>, tags: &[&str]) -> Result<(), Error> {
        let tags: Vec<_> = tags.iter().map(|tag| fixture::tag(tag)).collect();
        now(self.store.put_manifest(to, manifest, &tags, &Precondition::Always))
    }

    /// Mounts each blob, or puts it where that cannot be, then the manifest.
    pub(crate) fn mount(&self, to: &Repository, from: &Repository, image: &Image, tag: &str) {
        let mut is_new = true;
        self.again(|| {
            for blob in image.blobs() {
                if !is_new || !now(self.store.mount(to, &Digest::of(blob), from))? {
                    self.put_blob(to, blob);
                }
            }
            is_new = false;
            self.put(to, &image.document(), &[tag])
        });
    }

    /// Puts a blob by an upload session.
    pub(crate) fn upload(&self, to: &Repository, bytes: &Bytes) {
        self.again(|| {
            let mut upload = now(self.store.start_upload(to, Algorithm::SHA256))?;
            now(upload.append(fixture::pieces(bytes)))?;
            now(upload.commit(&Digest::of(bytes))).map(drop)
        });
    }

    /// Names what is held, and was there or was put: of that nothing can be missing. The manifest itself is not held.
    pub(crate) fn push_held(&self, to: &Repository, image: &Image, tag: &str) {
        let mut lease = now(self.store.lease(to)).unwrap();
        for blob in image.blobs() {
            match now(lease.hold(&Digest::of(blob))).unwrap() {
                true => self.read(to, blob),
                false => self.put_blob(to, blob),
            }
        }
        self.again(|| {
            let put = self.put(to, &image.document(), &[tag]);
            put.inspect_err(|error| assert_eq!(*error.code(), ErrorCode::UNAVAILABLE))
        });
        drop(lease);
    }

    pub(crate) fn has(&self, repository: &Repository, bytes: &Bytes) -> bool {
        found(now(self.store.stat_blob(repository, &Digest::of(bytes)))).is_some()
    }

    pub(crate) fn read(&self, repository: &Repository, bytes: &Bytes) {
        let blob = now(self.store.blob(repository, &Digest::of(bytes))).unwrap();
        assert_eq!(now(blob.try_collect::<Vec<_>>()).unwrap().concat(), *bytes);
    }

    /// A tag leads to an image of which every byte is there.
    pub(crate) fn pull(&self, from: &Repository, tag: &str, image: &Image) {
        self.pull_as(from, &fixture::tag(tag).into(), image);
    }

    pub(crate) fn pull_as(&self, from: &Repository, which: &TagOrDigest, image: &Image) {
        assert_eq!(now(self.store.manifest(from, which)).unwrap(), image.document());
        now(self.store.resolve(from, which)).unwrap();
        image.blobs().for_each(|blob| self.read(from, blob));
    }

    pub(crate) fn tag(&self, from: &Repository, tag: &str) -> Option<Digest> {
        found(now(self.store.resolve(from, &fixture::tag(tag).into()))).map(|manifest| manifest.digest)
    }

    pub(crate) fn delete(&self, from: &Repository, manifest: &Document<Raw>) -> bool {
        found(now(self.store.delete_manifest(from, manifest.digest()))).is_some()
    }

    pub(crate) fn delete_blob(&self, from: &Repository, bytes: &Bytes) {
        found(now(self.store.delete_blob(from, &Digest::of(bytes))));
    }

    pub(crate) fn delete_tag(&self, from: &Repository, tag: &str) {
        let tag: Tag = fixture::tag(tag);
        found(now(self.store.delete_tag(from, &tag)));
    }

    pub(crate) fn referrers(&self, from: &Repository, subject: &Digest) -> Vec<Digest> {
        let found = self.store.referrers(from, subject, None).map_ok(|referrer| referrer.digest);
        now(found.try_collect()).unwrap()
    }

    /// Collects twice, at the time at which what was condemned before is to go.
    pub(crate) fn collect(&self) {
        (0..2).for_each(|_| self.collect_by(3 * HOUR, Options::default().with_grace(self.variant.grace)));
    }

    /// The same, and manifests without a tag go too.
    pub(crate) fn collect_untagged(&self) {
        let options = Options::default().with_grace(self.variant.grace).with_untagged(Duration::ZERO);
        (0..2).for_each(|_| self.collect_by(3 * HOUR, options));
    }

    /// Collects so long after everything was written.
    pub(crate) fn collect_at(&self, after: Duration, grace: Duration) {
        self.collect_by(after, Options::default().with_grace(grace).with_untagged(Duration::ZERO));
    }

    /// Where somebody else collects there is nothing to do.
    fn collect_by(&self, after: Duration, options: Options) {
        let time = SystemTime::UNIX_EPOCH + begin() + after;
        let collector = match now(Collector::begin(&self.store)) {
            Err(wharf_store::Error::Collecting) => return,
            begun => begun.unwrap().with_clock(move || time),
        };
        let plan = now(collector.plan(&options)).unwrap();
        let report = now(collector.run(plan, &|_| ()));
        assert!(report.stopped.is_empty(), "{report:?}");
    }

    /// Does something until it succeeds. With a grace that is at once; without one, what is needed can be missing.
    #[track_caller]
    pub(crate) fn again(&self, mut act: impl FnMut() -> Result<(), Error>) {
        for _ in 0..ATTEMPTS {
            match act() {
                Ok(()) => return,
                Err(error) if self.may_be_told(&error) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
        panic!("this fails again and again");
    }

    /// Without a grace what is needed can be missing by now, and what is being pushed can be swept before it has a name.
    fn may_be_told(&self, error: &Error) -> bool {
        use ErrorCode as Code;
        let codes = [Code::MANIFEST_BLOB_UNKNOWN, Code::BLOB_UNKNOWN, Code::UNAVAILABLE];
        self.variant.grace.is_zero() && codes.contains(error.code())
    }
}

/// What is not there is no error.
#[track_caller]
fn found<T>(result: Result<T, Error>) -> Option<T> {
    match result {
        Ok(found) => Some(found),
        Err(error) if error.is_not_found() => None,
        Err(error) => panic!("{error:?}"),
    }
}
