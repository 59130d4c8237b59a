use std::collections::HashSet;
use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::SystemTime;

use futures_util::{Stream, TryStreamExt};
use wharf_registry::{Digest, Repository};

use super::judge::{self, Ages};
use super::mark::{Marker, Marks};
use super::plan::{Plan, PoolPlan, RepositoryPlan};
use super::run::Run;
use super::stop::Stop;
use super::{CollectCas, CollectRefs, Event, Item, Options, Report, Root};
use crate::clock::Clock;
use crate::page::pages;
use crate::{Error, Store};

/// Whoever collects a store. There is one at a time, in whatever process; the right to collect ends with this value or
/// with its process.
///
/// # Cancel safety
/// Dropping the future of any method leaves the store as usable as before. What was condemned by then is brought back by
/// whoever asks for it and swept by the next collection.
pub struct Collector<C: CollectCas, R: CollectRefs> {
    store: Store<C, R>,
    clock: Clock,
    _turn: R::Turn,
}

impl<C: CollectCas, R: CollectRefs> Collector<C, R> {
    /// Begins to collect a store, of which this holds a clone.
    ///
    /// # Errors
    /// [`Error::Collecting`] when somebody else does; when the storage does not answer.
    pub async fn begin(store: &Store<C, R>) -> Result<Self, Error> {
        let turn = store.refs().begin().await?;
        Ok(Self { store: store.clone(), clock: Clock::default(), _turn: turn })
    }

    /// The same, where `now` tells what content is old, and in which epoch it is condemned: for tests. Nothing that is
    /// needed goes, whatever this says.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wharf_store::Store;
    /// use wharf_store::collect::Collector;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let beginning = Collector::begin(&Store::memory()).await.unwrap().with_clock(|| SystemTime::UNIX_EPOCH);
    /// # });
    /// ```
    #[must_use]
    pub fn with_clock(self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self { clock: Clock::new(now), ..self }
    }

    /// Looks at the whole store and says what is to be done, without doing it; only what was condemned and is needed to
    /// know what is needed comes back.
    ///
    /// Memory grows with the number of contents, and time with that and with what has to be read: manifests.
    ///
    /// # Errors
    /// When it cannot even be said which repositories there are. What goes wrong in one repository stops its collection,
    /// and that of the content that no repository names; the plan says so.
    pub async fn plan(&self, options: &Options) -> Result<Plan, Error> {
        let mut repositories = Vec::new();
        let mut found = pin!(self.repositories());
        while let Some(repository) = found.try_next().await? {
            repositories.push(self.plan_repository(repository, options).await);
        }
        let pool = self.plan_pool(options).await;
        Ok(Plan { repositories, pool, options: *options })
    }

    /// Does what a plan says, as far as it still holds, and tells what happens. What nobody names any more when the
    /// repositories are done is looked for anew.
    ///
    /// Content that a plan condemns is swept in the same run only if there is no grace at all.
    pub async fn run(&self, plan: Plan, tell: &(dyn Fn(Event<'_>) + Send + Sync)) -> Report {
        let Plan { repositories, options, .. } = plan;
        let mut run = Run::new(&self.store, options, &self.clock, tell);
        for repository in repositories {
            run.repository(repository).await;
        }
        let pool = self.plan_pool(&options).await;
        run.pool(pool, || self.named()).await;
        run.finish()
    }

    /// What happens in a repository; when something goes wrong, nothing.
    async fn plan_repository(&self, repository: Repository, options: &Options) -> RepositoryPlan {
        let mut plan = RepositoryPlan::new(repository);
        if let Err(stop) = self.look_at(&mut plan, options).await {
            plan = RepositoryPlan { stop: Some(stop), ..RepositoryPlan::new(plan.repository) };
        }
        plan
    }

    /// Lists what there is, marks what is needed, and judges the rest. Content is listed before the roots are: what comes
    /// later is not judged.
    async fn look_at(&self, plan: &mut RepositoryPlan, options: &Options) -> Result<(), Stop> {
        let ages = Ages::new(self.clock.now(), options);
        let items = self.store.refs().content(&plan.repository).await?;
        let roots = self.store.refs().roots(&plan.repository).await?;
        plan.marks = self.mark(&plan.repository, &items, &roots, &ages).await?;
        let items = self.sized(items).await?;
        judge::repository(plan, items, &ages);
        Ok(())
    }

    /// What is needed, and which untagged manifests are not.
    async fn mark(&self, repository: &Repository, items: &[Item], roots: &[Root], ages: &Ages) -> Result<Marks, Stop> {
        let marker = Marker { store: &self.store, repository };
        let mut marks = Marks::new(items);
        let (doubtful, sure) = judge::doubtful(roots, items, ages);
        marker.follow(&mut marks, &sure).await?;
        let young = judge::young(items, &marks, ages);
        marker.follow_young(&mut marks, young).await?;
        let doomed = doubtful.into_iter().filter(|digest| !marks.reach(digest)).collect();
        Arc::make_mut(&mut marks.known).doomed = doomed;
        Ok(marks)
    }

    async fn plan_pool(&self, options: &Options) -> PoolPlan {
        let mut plan = PoolPlan::default();
        if let Err(error) = self.look_at_pool(&mut plan, options).await {
            plan = PoolPlan { stop: Some(error.into()), ..PoolPlan::default() };
        }
        plan
    }

    /// Content is listed before the names are: what is named by then is not judged.
    async fn look_at_pool(&self, plan: &mut PoolPlan, options: &Options) -> Result<(), Error> {
        let ages = Ages::new(self.clock.now(), options);
        let items = self.store.cas().content().await?;
        let named = self.named().await?;
        let items =
            items.into_iter().filter(|item| item.condemned.is_some() || !named.contains(&item.digest)).collect();
        judge::pool(plan, self.sized(items).await?, &named, &ages);
        Ok(())
    }

    /// All that repositories see, and that is condemned in them.
    async fn named(&self) -> Result<HashSet<Digest>, Error> {
        let mut named = HashSet::new();
        let mut found = pin!(self.repositories());
        while let Some(repository) = found.try_next().await? {
            let items = self.store.refs().content(&repository).await?;
            named.extend(items.into_iter().map(|item| item.digest));
        }
        Ok(named)
    }

    fn repositories(&self) -> impl Stream<Item = Result<Repository, Error>> + '_ {
        let refs = self.store.refs();
        pages(
            None,
            move |after: Option<Repository>, limit| async move { refs.repositories(after.as_ref(), limit).await },
        )
    }

    /// Finds out the sizes that are not known yet.
    async fn sized(&self, mut items: Vec<Item>) -> Result<Vec<Item>, Error> {
        for item in items.iter_mut().filter(|item| item.size.is_none()) {
            item.size = self.store.cas().stat(&item.digest).await?;
        }
        Ok(items)
    }
}

impl<C: CollectCas, R: CollectRefs> fmt::Debug for Collector<C, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector").finish_non_exhaustive()
    }
}
