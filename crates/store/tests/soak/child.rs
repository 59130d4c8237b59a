//! What a process does until it is killed. It says what it is about to do and what it has done, each as a line.

use std::io::Write as _;
use std::time::Duration;

use wharf_registry::{
    Algorithm, Blob, Delete, Digest, Error, ErrorCode, Precondition, Repository, Tag, UploadId, Write,
};
use wharf_store::Store;
use wharf_store::collect::{Collector, Options, Stop};
use wharf_store::layout::{Blobs, Directory, Names};
use wharf_testkit::fixture::{self, Image};

use crate::chance::Chance;
use crate::ledger::MARK;

pub(crate) const ROOT: &str = "WHARF_SOAK_ROOT";
pub(crate) const LANE: &str = "WHARF_SOAK_LANE";
pub(crate) const SEED: &str = "WHARF_SOAK_SEED";
pub(crate) const SESSION: &str = "WHARF_SOAK_SESSION";

/// The one that all write to.
pub(crate) const SHARED: Repository = Repository::from_static("soak/shared");

/// How much an upload has in the end, in bytes, and what it is for each lane.
const UPLOAD: usize = 1_500_000;
/// How much is done at most, so that a process that nobody kills comes to an end.
const MOST: usize = 100_000;

/// How often somebody pushes again what was swept before it was named.
const ATTEMPTS: usize = 1000;

struct Worker {
    store: Store<Blobs, Names>,
    lane: u64,
    chance: Chance,
}

#[test]
#[ignore = "this is what the processes run that another test starts"]
fn works_until_it_is_killed() {
    let told = |name| std::env::var(name).unwrap();
    let (lane, seed) = (told(LANE).parse().unwrap(), told(SEED).parse().unwrap());
    let store = Directory::open(told(ROOT)).unwrap();
    let mut worker = Worker { store, lane, chance: Chance::new(seed) };
    let work = async {
        let mut session = Some(told(SESSION)).filter(|id| !id.is_empty());
        for _ in 0..MOST {
            match worker.chance.below(6) {
                0 => worker.delete().await,
                1 => session = worker.upload(session).await,
                2 => worker.collect().await,
                _ => worker.push().await,
            }
        }
    };
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work);
}

fn say(words: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{MARK}{words}").unwrap();
    out.flush().unwrap();
}

/// Without a grace, what is pushed can be swept until a manifest names it.
fn was_swept(error: &Error) -> bool {
    [ErrorCode::MANIFEST_BLOB_UNKNOWN, ErrorCode::UNAVAILABLE].contains(error.code())
}

impl Worker {
    fn tag(&mut self) -> Tag {
        Tag::parse(&format!("lane-{}-{}", self.lane, self.chance.below(5))).unwrap()
    }

    /// An image that others push as well, under a tag of this lane and one of all.
    async fn push(&mut self) {
        let tag = self.tag();
        let image = fixture::image(self.chance.below(20), 2, 30_000);
        let digest = image.document().digest().clone();
        let tags = [tag.clone(), Tag::parse(&format!("shared-{}", self.chance.below(2))).unwrap()];
        say(&format!("will-tag {tag} {digest}"));
        for _ in 0..ATTEMPTS {
            match self.try_push(&image, &tags).await {
                Ok(()) => return say(&format!("tagged {tag} {digest}")),
                Err(error) => assert!(was_swept(&error), "{error:?}"),
            }
        }
        panic!("{tag} cannot be pushed");
    }

    async fn try_push(&self, image: &Image, tags: &[Tag]) -> Result<(), Error> {
        for blob in image.blobs() {
            self.store.put_blob(&SHARED, Blob::from_bytes(blob.clone())).await?;
        }
        self.store.put_manifest(&SHARED, &image.document(), tags, &Precondition::Always).await
    }

    /// Nobody is given time to name what they pushed, so that there is much to do, and much that is repeated.
    async fn collect(&mut self) {
        let options = Options::default().with_grace(Duration::ZERO).with_batch(4);
        let options = if self.chance.below(2) == 0 { options } else { options.with_untagged(Duration::ZERO) };
        let collector = match Collector::begin(&self.store).await {
            // One at a time.
            Err(wharf_store::Error::Collecting) => return,
            begun => begun.unwrap(),
        };
        let plan = collector.plan(&options).await.unwrap();
        say("will-collect");
        let report = collector.run(plan, &|_| ()).await;
        let is_busy = |stop: &Stop| matches!(stop, Stop::Busy);
        assert!(report.stopped.iter().all(|(_, stop)| is_busy(stop)), "{report:?}");
        say("collected");
    }

    /// Only what is this lane's own, so that nobody else misses it.
    async fn delete(&mut self) {
        let tag = self.tag();
        say(&format!("will-untag {tag}"));
        match self.store.delete_tag(&SHARED, &tag).await {
            Err(error) if !error.is_not_found() => panic!("{error:?}"),
            _ => say(&format!("untagged {tag}")),
        }
    }

    /// A part of an upload, and its end when all is there. Another process, killed meanwhile, may have begun it.
    async fn upload(&mut self, session: Option<String>) -> Option<String> {
        let repository = Repository::parse(&format!("soak/lane-{}", self.lane)).unwrap();
        let content = fixture::bytes(100 + self.lane, UPLOAD);
        let mut upload = match &session {
            None => self.store.start_upload(&repository, Algorithm::SHA256).await.unwrap(),
            Some(id) => match self.store.resume_upload(&repository, &UploadId::parse(id).unwrap()).await {
                Ok(upload) => upload,
                Err(error) if *error.code() == ErrorCode::BLOB_UPLOAD_UNKNOWN => {
                    say(&format!("lost {id}"));
                    return None;
                }
                Err(error) => panic!("the lock of {id} did not end with its process: {error:?}"),
            },
        };
        let id = upload.id().to_string();
        match &session {
            None => say(&format!("begun {id}")),
            Some(_) => say(&format!("resumed {id} {}", upload.offset())),
        }
        let offset = usize::try_from(upload.offset()).unwrap();
        let end = UPLOAD.min(offset + 1 + usize::try_from(self.chance.below(600_000)).unwrap());
        upload.append(fixture::pieces(&content.slice(offset..end))).await.unwrap();
        say(&format!("appended {id} {end}"));
        if end < UPLOAD {
            return Some(id);
        }
        say("will-finish");
        let digest = match self.chance.below(2) {
            0 => Digest::of(&content),
            _ => fixture::sha512(&content),
        };
        match upload.commit(&digest).await {
            Ok(_) => say("finished"),
            Err(error) => assert!(was_swept(&error), "{error:?}"),
        }
        None
    }
}
