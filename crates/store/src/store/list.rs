//! Lists, each read at once from the back end and then handed out; of referrers only the digests, since what is told of
//! each can be large.

use std::future::ready;

use futures_util::{StreamExt, TryStreamExt, stream};
use wharf_registry::{Descriptor, Digest, Error, ErrorCode, Items, List, MediaType, Operation, Repository, Tag};

use crate::context::Context;
use crate::{Cas, Refs, Store};

#[deny(clippy::missing_trait_methods)]
impl<C: Cas, R: Refs> List for Store<C, R> {
    fn tags<'a>(&'a self, repository: &'a Repository, after: Option<&'a Tag>) -> Items<'a, Tag> {
        items(self.all_tags(repository), after)
    }

    fn repositories<'a>(&'a self, after: Option<&'a Repository>) -> Items<'a, Repository> {
        items(self.all_repositories(), after)
    }

    fn referrers<'a>(
        &'a self,
        repository: &'a Repository,
        digest: &'a Digest,
        artifact_type: Option<&'a MediaType>,
    ) -> Items<'a, Descriptor> {
        let at = Context::new(Operation::ListReferrers, repository, digest);
        let read = move |found| async move { self.referrer(at, found, digest).await };
        let digests = stream::once(self.candidates(at, digest)).map_ok(|found| stream::iter(found.into_iter().map(Ok)));
        let entries = digests.try_flatten().and_then(read).try_filter_map(|entry| ready(Ok(entry)));
        let is_wanted =
            move |entry: &Descriptor| ready(artifact_type.is_none() || entry.artifact_type.as_ref() == artifact_type);
        entries.try_filter(is_wanted).boxed()
    }
}

impl<C: Cas, R: Refs> Store<C, R> {
    async fn all_tags(&self, repository: &Repository) -> Result<Vec<Tag>, Error> {
        let at = Context::whole(Operation::ListTags, repository);
        let tags = self.refs.tags(repository).await.map_err(|error| at.failed(error))?;
        tags.ok_or_else(|| at.error(ErrorCode::NAME_UNKNOWN))
    }

    async fn all_repositories(&self) -> Result<Vec<Repository>, Error> {
        self.refs.repositories().await.map_err(|error| error.during(Operation::ListRepositories))
    }
}

/// What comes after `after` of a sorted list, which is asked for when it is first polled.
fn items<'a, T: Ord + Send + Sync + 'a>(
    all: impl Future<Output = Result<Vec<T>, Error>> + Send + 'a,
    after: Option<&'a T>,
) -> Items<'a, T> {
    let rest = move |mut all: Vec<T>| {
        let skipped = after.map_or(0, |after| all.partition_point(|item| item <= after));
        all.drain(..skipped);
        stream::iter(all.into_iter().map(Ok))
    };
    stream::once(all).map_ok(rest).try_flatten().boxed()
}
