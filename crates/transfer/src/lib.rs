//! Copying images between any two registries: planned as data, bounded, children before parents, tag last.
//!
//! [`copy`] takes whatever a tag or a digest stands for - an image, an index for many platforms, an index of indexes,
//! an artifact - from one repository to another. Exact bytes travel, so digests stay as they are; what the target has
//! is neither read nor sent; and a tag never points to something that is not all there.
//!
//! The registries are [`wharf_registry`] traits: remote, on disk, in memory or your own. This crate does no I/O besides
//! them, spawns nothing and knows no clock: all that is side by side happens in the future that you poll.
//!
//! ```
//! use wharf_registry::{Read, Repository, Tag, TagOrDigest};
//! use wharf_store::Store;
//! use wharf_transfer::{Options, Source, Target, copy};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let (staging, production) = (Store::memory(), Store::memory());
//! let (team, app) = (Repository::from_static("team/app"), Repository::from_static("app"));
//! # let index = wharf_registry::Document::author(wharf_registry::Index::new(Vec::new())).unwrap().into_raw();
//! # let candidate = [Tag::parse("candidate").unwrap()];
//! # use wharf_registry::Write;
//! # staging.put_manifest(&team, &index, &candidate, &wharf_registry::Precondition::Always).await.unwrap();
//!
//! // `team/app:candidate` becomes `app:1.2` in production, for all platforms.
//! let candidate = TagOrDigest::parse("candidate").unwrap();
//! let tags = [Tag::parse("1.2").unwrap()];
//! let (source, target) = (Source::new(&staging, &team), Target::new(&production, &app));
//! let report = copy(source, &candidate, target, &tags, &Options::default(), &|_| ()).await.unwrap();
//!
//! let [tag] = tags;
//! assert_eq!(production.resolve(&app, &tag.into()).await.unwrap().digest, report.root.digest);
//! # });
//! ```
//!
//! [`plan()`] and [`Plan::run`] are the same in two steps, to look at what would happen:
//!
//! ```
//! use wharf_transfer::{Error, Options, Source, Target, plan};
//! # use wharf_registry::{Tag, TagOrDigest};
//!
//! # async fn look(source: Source<'_>, target: Target<'_>) -> Result<(), Error> {
//! let plan = plan(source, &TagOrDigest::Tag(Tag::LATEST), target, &Options::default()).await?;
//! if plan.bytes() < 1 << 30 {
//!     plan.run(source, target, &[Tag::LATEST], &|event| println!("{event:?}")).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! * [`Source`], [`Target`], [`Options`] - from where, to where, how
//! * [`Plan`], [`PlannedBlob`], [`BlobState`] - what is to be done; [`Event`], [`Report`] - what is and was done
//! * [`Error`], [`Side`], [`Step`], [`NoPlatform`] - who is to blame, and for what
//!
//! Not copied are what refers to the image (signatures and the like), the subject that it refers to, and layers that
//! may not be distributed. Nothing is retried here: a registry that can be retried does that itself.

mod bounded;
mod error;
mod event;
mod flow;
mod options;
mod place;
mod plan;
mod planning;
mod platform;
mod report;
mod run;

pub use error::{Error, NoPlatform, Side, Step};
pub use event::Event;
pub use options::Options;
pub use place::{Source, Target};
pub use plan::{BlobState, Plan, PlannedBlob};
pub use planning::plan;
pub use report::Report;

use wharf_registry::{Tag, TagOrDigest};

/// Copies a manifest with everything below it, and makes `tags` point to it: [`plan()`], then [`Plan::run`].
///
/// # Errors
/// Those of the two.
///
/// # Cancel safety
/// Blobs and manifests are stored whole or not at all, and tags come last. What has arrived stays; copying again moves
/// the rest.
pub async fn copy(
    source: Source<'_>,
    which: &TagOrDigest,
    target: Target<'_>,
    tags: &[Tag],
    options: &Options,
    progress: &(dyn Fn(Event<'_>) + Sync),
) -> Result<Report, Error> {
    plan(source, which, target, options).await?.run(source, target, tags, progress).await
}
