//! What those who use a store do, and what they may be told.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::TryStreamExt;
use wharf_registry::{
    Algorithm, Blob, Content, Delete, Digest, Document, Error, ErrorCode, LinkRole, List, Precondition, Raw, Read,
    Repository, Tag, TagOrDigest, Upload, UploadId, Write,
};
use wharf_store::Store;
use wharf_store::collect::Options;
use wharf_store::layout::disk::Disk;
use wharf_store::layout::{Directory, Layout};
use wharf_testkit::fixture::{self, Image};

use crate::kind::Kind;
use crate::memory::Memory;
use crate::now::{at_once, now};
use crate::power::Outage;
use crate::tree::Tree;
use crate::world::{HOUR, Variant, begin};

/// The one that every world has.
pub(crate) const APP: Repository = Repository::from_static("layout");
pub(crate) const OTHER: Repository = Repository::from_static("team/other");

/// How often somebody does again what they were told to.
const ATTEMPTS: usize = 8;

/// What those who do something tell each other beside the store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    /// A session that was begun.
    pub(crate) session: Option<UploadId>,
    /// How many collections there were.
    collections: u64,
    /// How far somebody has come, as they were told.
    pub(crate) reached: usize,
    pub(crate) cuts: Vec<Cut>,
}

/// What a power cut left, and what must hold there.
#[derive(Clone, Debug)]
pub(crate) struct Cut {
    pub(crate) tree: Tree,
    pub(crate) check: fn(&Client),
}

/// Whoever uses a store.
#[derive(Clone)]
pub(crate) struct Client {
    store: Arc<dyn Kind>,
    variant: Variant,
    notes: Arc<Mutex<Notes>>,
    machine: Option<Machine>,
}

/// What a store on disk is on.
#[derive(Clone)]
pub(crate) struct Machine {
    pub(crate) disk: Memory,
    /// What was durable on it at first.
    pub(crate) base: Arc<Tree>,
}

impl Client {
    pub(crate) fn open(disk: Arc<dyn Disk>, variant: Variant, notes: Arc<Mutex<Notes>>) -> Self {
        let store = if variant.many { Directory::open_on(disk) } else { Layout::open_on(disk) };
        Self { store: Arc::new(store.unwrap()), variant, notes, machine: None }
    }

    pub(crate) fn in_memory(variant: Variant) -> Self {
        Self { store: Arc::new(Store::memory()), variant, notes: Arc::default(), machine: None }
    }

    pub(crate) fn with_machine(self, machine: &Machine) -> Self {
        Self { machine: Some(machine.clone()), ..self }
    }

    pub(crate) fn notes(&self) -> Notes {
        self.notes.lock().unwrap().clone()
    }

    pub(crate) fn note(&self, change: impl FnOnce(&mut Notes)) {
        change(&mut self.notes.lock().unwrap());
    }

    /// If the power is cut now, this holds when it is back.
    pub(crate) fn survives(&self, check: fn(&Self)) {
        if let Some(Machine { disk, base }) = &self.machine {
            let mut outage = Outage::of(base);
            disk.log().iter().for_each(|effect| outage.apply(effect));
            self.note(|notes| notes.cuts.push(Cut { tree: outage.worst(), check }));
        }
    }

    /// Content goes bad, if it is on a disk.
    pub(crate) fn damage(&self, bytes: &Bytes) {
        if let Some(Machine { disk, .. }) = &self.machine {
            disk.damage(&format!("blobs/sha256/{}", Digest::of(bytes).encoded()), |content| content[0] ^= 1);
        }
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
        self.put_when(to, manifest, tags, &Precondition::Always)
    }

    pub(crate) fn put_when(
        &self,
        to: &Repository,
        manifest: &Document<Raw>,
        tags: &[&str],
        when: &Precondition,
    ) -> Result<(), Error> {
        let tags: Vec<_> = tags.iter().map(|tag| fixture::tag(tag)).collect();
        now(self.store.put_manifest(to, manifest, &tags, when))
    }

    /// Puts a manifest if nobody has to be waited for.
    pub(crate) fn put_at_once(&self, to: &Repository, manifest: &Document<Raw>, tag: &str) {
        drop(at_once(self.store.put_manifest(to, manifest, &[fixture::tag(tag)], &Precondition::Always)));
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
        let mut lease = self.store.begin_lease(to);
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

    /// Holds what is there, and lets go of it.
    pub(crate) fn hold(&self, from: &Repository, image: &Image) {
        let mut lease = self.store.begin_lease(from);
        image.blobs().for_each(|blob| assert!(now(lease.hold(&Digest::of(blob))).is_ok()));
    }

    /// Begins a session, which others know of.
    pub(crate) fn begin_session(&self, to: &Repository) {
        let upload = now(self.store.start_upload(to, Algorithm::SHA256)).unwrap();
        self.note(|notes| notes.session = Some(upload.id().clone()));
    }

    /// Takes up the session, unless somebody else holds it or has ended it.
    pub(crate) fn resume(&self, to: &Repository) -> Result<Box<dyn Upload>, ErrorCode> {
        let id = self.notes().session.unwrap();
        now(self.store.resume_upload(to, &id)).map_err(|error| error.code().clone())
    }

    /// Sends the next part of some bytes, or commits them when that was the last one, of which others know, and says whether
    /// it did.
    pub(crate) fn send_next(&self, mut upload: Box<dyn Upload>, bytes: &Bytes, part: usize) -> bool {
        let offset = usize::try_from(upload.offset()).unwrap();
        assert!(offset.is_multiple_of(part), "{offset}");
        if offset == bytes.len() {
            self.note(|notes| notes.reached += 1);
            now(upload.commit(&Digest::of(bytes))).unwrap();
            return true;
        }
        let next = bytes.slice(offset..offset + part);
        assert_eq!(now(upload.append(fixture::pieces(&next))).unwrap(), (offset + part) as u64);
        false
    }

    pub(crate) fn has(&self, repository: &Repository, bytes: &Bytes) -> bool {
        found(now(self.store.stat_blob(repository, &Digest::of(bytes)))).is_some()
    }

    pub(crate) fn read(&self, repository: &Repository, bytes: &Bytes) {
        let blob = now(self.store.blob(repository, &Digest::of(bytes))).unwrap();
        assert_eq!(now(blob.try_collect::<Vec<_>>()).unwrap().concat(), *bytes);
    }

    /// Reads what may have gone bad, and says whether it has.
    pub(crate) fn reads_right(&self, repository: &Repository, bytes: &Bytes) -> bool {
        let blob = now(self.store.blob(repository, &Digest::of(bytes))).unwrap();
        match now(blob.try_collect::<Vec<_>>()) {
            Ok(read) => {
                assert_eq!(read.concat(), *bytes);
                true
            }
            Err(error) => {
                assert_eq!(*error.code(), ErrorCode::DIGEST_INVALID);
                false
            }
        }
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

    /// Each tag leads to a manifest that is whole.
    pub(crate) fn is_whole(&self) {
        for repository in [APP, OTHER] {
            for tag in found(now(self.store.tags(&repository, None).try_collect::<Vec<_>>())).unwrap_or_default() {
                self.follow(&repository, &tag.into());
            }
        }
    }

    fn follow(&self, from: &Repository, which: &TagOrDigest) {
        let document = now(self.store.manifest(from, which)).unwrap().decode::<Content>().unwrap();
        for link in document.links() {
            match link.role {
                LinkRole::Subject => {}
                LinkRole::Manifest => self.follow(from, &link.descriptor.digest.clone().into()),
                _ => self.read_all(from, &link.descriptor.digest),
            }
        }
    }

    fn read_all(&self, from: &Repository, digest: &Digest) {
        let blob = now(self.store.blob(from, digest)).unwrap();
        now(blob.try_collect::<Vec<_>>()).unwrap();
    }

    pub(crate) fn document(&self, from: &Repository, which: &TagOrDigest) -> Option<Document<Raw>> {
        found(now(self.store.manifest(from, which)))
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
        self.collect_twice(Options::default().with_grace(self.variant.grace));
    }

    /// The same, and manifests without a tag go too.
    pub(crate) fn collect_untagged(&self) {
        let options = Options::default().with_grace(self.variant.grace).with_untagged(Duration::ZERO);
        self.collect_twice(options);
    }

    fn collect_twice(&self, options: Options) {
        (0..2).for_each(|_| self.collect_by(3 * HOUR, options));
    }

    /// Collects so long after everything was written.
    pub(crate) fn collect_at(&self, after: Duration, grace: Duration) {
        self.collect_by(after, Options::default().with_grace(grace).with_untagged(Duration::ZERO));
    }

    /// No two collections are of one epoch, as long as there is a grace: each is a second later than the one before, whoever
    /// collects. Where somebody else does there is nothing to do.
    fn collect_by(&self, after: Duration, options: Options) {
        self.note(|notes| notes.collections += 1);
        let time = begin() + after + Duration::from_secs(self.notes().collections);
        if let Some(report) = self.store.collect(SystemTime::UNIX_EPOCH + time, &options) {
            assert!(report.stopped.is_empty(), "{report:?}");
        }
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
