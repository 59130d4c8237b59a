//! Garbage collection beside running pushes: content that nothing leads to goes, and nothing else.
//!
//! What a repository sees is kept for its *roots*: the manifests that are recorded, tagged or not, and what a [`Lease`]
//! holds. What they lead to is kept: the manifests of an index, the blobs of a manifest, and whatever refers to a manifest
//! that is kept. Everything else is *condemned*, which hides it from lists and from nobody who asks for it: a question, a
//! mount, a lease or a manifest that needs it brings it back. What nobody has asked for in a whole grace is *swept*. Content
//! that no repository names any more goes the same way.
//!
//! ```
//! use std::time::Duration;
//! use wharf_registry::{Blob, Digest, Read, Repository, Write};
//! use wharf_store::Store;
//! use wharf_store::collect::{Collector, Options, Reason};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let (store, app) = (Store::memory(), Repository::from_static("team/app"));
//! store.put_blob(&app, Blob::from_bytes("nobody needs this")).await.unwrap();
//!
//! let collector = Collector::begin(&store).await.unwrap();
//! let plan = collector.plan(&Options::default()).await.unwrap();
//! assert_eq!(plan.repositories[0].young.items, 1, "somebody may be about to need it");
//!
//! let plan = collector.plan(&Options::default().with_grace(Duration::ZERO)).await.unwrap();
//! assert_eq!(plan.repositories[0].condemn[0].reason, Reason::Unreferenced);
//! let report = collector.run(plan, &|_| ()).await;
//! assert_eq!((report.repositories.swept.items, report.pool.swept.bytes), (1, 17));
//!
//! let gone = store.stat_blob(&app, &Digest::of(b"nobody needs this")).await;
//! assert!(gone.unwrap_err().is_not_found());
//! # });
//! ```
//!
//! # What holds
//!
//! * Nothing that is named goes, whatever is pushed, mounted, tagged and deleted meanwhile, in whatever process, wherever a
//!   process ends, and whatever clocks say. Each step is judged and done under the lock under which roots change, and each
//!   one can be undone but the last, which is done only to what nobody can have named in between.
//! * The grace decides only how often a client has to repeat something: whoever was told that content is there has a whole
//!   grace to name it.
//! * What cannot be read is never taken for what needs nothing. A manifest that is damaged or of a kind that is not known
//!   stops the collection of its repository, and the plan says so.
//! * A [`Plan`] is data: what goes, and why. It is made without changing anything, and judged again while it is run.
//!
//! # What does not
//!
//! * Other tools do not look for condemned content. One that finds content in a layout and names it in `index.json` a grace
//!   later or more has lost a race that its kind has with any collector; within the grace what it names comes back.
//! * Nothing here runs by itself: whoever owns a store says when it is collected.

mod back_end;
mod collector;
mod epoch;
mod item;
mod judge;
mod mark;
mod options;
mod plan;
mod report;
mod run;
mod stop;

pub use back_end::{CollectCas, CollectRefs, Lease};
pub use collector::Collector;
pub use epoch::Epoch;
pub use item::{Condemn, Item, Known, Outcome, Root, Sweep};
pub use options::Options;
pub use plan::{Count, Garbage, Plan, PoolPlan, Reason, RepositoryPlan};
pub use report::{Done, Event, Report};
pub use stop::Stop;
