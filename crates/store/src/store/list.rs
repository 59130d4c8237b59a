//! Lists, each read at once from the back end and then handed out. Referrers are not kept track of, so they are
//! unsupported.

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
        let _ = artifact_type;
        let error = Error::unsupported(Operation::ListReferrers).about(repository, digest);
        stream::once(std::future::ready(Err(error))).boxed()
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
