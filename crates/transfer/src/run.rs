//! From a plan to content that is there.

use wharf_registry::{Descriptor, Document, Tag};

use crate::bounded::side_by_side;
use crate::error::Step;
use crate::flow::Flow;
use crate::{BlobState, Error, Event, Plan, Report, Source, Target};

impl Plan {
    /// Does what is planned: blobs first, then manifests, children before parents, then the root together with `tags`.
    ///
    /// The sides are those that the plan was made for. Tags are moved whatever they point to; none are needed to copy
    /// by digest. If the target had the root, it is stored again only for tags that point elsewhere. What the manifests
    /// say of a blob is what the target verifies, so a source that sends anything else is found out.
    ///
    /// At most [`Options::jobs`](crate::Options::jobs) blobs are open at a time. `progress` is called from inside the
    /// future.
    ///
    /// # Errors
    /// [`Error`], the first that occurs: what else was on its way is dropped. No tag has moved, unless the target moves
    /// some and fails. What has arrived stays; another [`plan`](crate::plan()) finds it there and moves the rest.
    ///
    /// # Cancel safety
    /// As with an error: blobs and manifests are stored whole or not at all, and tags come last.
    pub async fn run(
        &self,
        source: Source<'_>,
        target: Target<'_>,
        tags: &[Tag],
        progress: &(dyn Fn(Event<'_>) + Sync),
    ) -> Result<Report, Error> {
        progress(Event::Planned { plan: self });
        for blob in self.blobs.iter().filter(|blob| blob.state == BlobState::Present) {
            progress(Event::BlobPresent { blob: &blob.descriptor });
        }
        let run = Run { plan: self, source, target, progress };
        let mut report = run.blobs().await?;
        for level in &self.levels {
            side_by_side(self.jobs, level.iter().map(|document| run.manifest(document, &[]))).await?;
            report.manifests += level.len();
        }
        report.tags = run.unset(tags).await?;
        if !self.root_present || !report.tags.is_empty() {
            run.manifest(&self.root, &report.tags).await?;
            report.manifests += 1;
        }
        report.tags.iter().for_each(|tag| progress(Event::TagDone { tag }));
        Ok(report)
    }
}

struct Run<'a> {
    plan: &'a Plan,
    source: Source<'a>,
    target: Target<'a>,
    progress: &'a (dyn Fn(Event<'_>) + Sync),
}

/// How a blob came to be at the target.
enum Arrival {
    Moved(u64),
    Mounted,
}

impl Run<'_> {
    async fn blobs(&self) -> Result<Report, Error> {
        let arrivals = side_by_side(self.plan.jobs, self.plan.missing().map(|blob| self.blob(blob))).await?;
        let mut report =
            Report { root: self.plan.root(), blobs: 0, bytes: 0, mounted: 0, manifests: 0, tags: Vec::new() };
        for arrival in arrivals {
            match arrival {
                Arrival::Mounted => report.mounted += 1,
                Arrival::Moved(bytes) => {
                    report.blobs += 1;
                    report.bytes = report.bytes.saturating_add(bytes);
                }
            }
        }
        Ok(report)
    }

    async fn blob(&self, blob: &Descriptor) -> Result<Arrival, Error> {
        if self.plan.mount && self.mount(blob).await? {
            (self.progress)(Event::BlobMounted { blob });
            return Ok(Arrival::Mounted);
        }
        (self.progress)(Event::BlobStarted { blob });
        self.move_blob(blob).await?;
        (self.progress)(Event::BlobDone { blob });
        Ok(Arrival::Moved(blob.size))
    }

    async fn mount(&self, blob: &Descriptor) -> Result<bool, Error> {
        let mount = self.target.registry.mount(self.target.repository, &blob.digest, self.source.repository);
        mount.await.map_err(|error| Error::at_target(Step::Blob(blob.digest.clone()), error))
    }

    async fn move_blob(&self, blob: &Descriptor) -> Result<(), Error> {
        let step = || Step::Blob(blob.digest.clone());
        let sent = self.source.registry.blob(self.source.repository, &blob.digest).await;
        let watched = sent.and_then(|sent| Flow::watch(blob, sent));
        let (flow, promised) = watched.map_err(|error| Error::at_source(step(), error))?;
        let put = self.target.registry.put_blob(self.target.repository, promised);
        let tell = |added, moved| (self.progress)(Event::BlobProgress { blob, added, moved });
        flow.follow(put, tell).await.map_err(|error| {
            let (side, error) = flow.blame(error);
            Error::new(side, step(), error)
        })
    }

    async fn manifest(&self, document: &Document, tags: &[Tag]) -> Result<(), Error> {
        self.target.put_manifest(document, tags).await?;
        (self.progress)(Event::ManifestDone { manifest: &document.descriptor() });
        Ok(())
    }

    /// The tags that do not point to the root; a root that is new has none yet.
    async fn unset(&self, tags: &[Tag]) -> Result<Vec<Tag>, Error> {
        let mut unset = Vec::new();
        for tag in tags {
            let stands = self.plan.root_present
                && self.target.resolve(tag.clone().into()).await?.as_ref() == Some(self.plan.root.digest());
            if !stands {
                unset.push(tag.clone());
            }
        }
        Ok(unset)
    }
}
