//! Lists, each page read from the back end when the one before has been handed out; of referrers all digests are read at
//! once and nothing else, since what is told of each can be large.

use std::future::ready;

use futures_util::{StreamExt, TryStreamExt, stream};
use wharf_registry::{Descriptor, Digest, ErrorCode, Items, List, MediaType, Operation, Repository, Tag};

use crate::context::Context;
use crate::page::pages;
use crate::{Cas, Refs, Store};

#[deny(clippy::missing_trait_methods)]
impl<C: Cas, R: Refs> List for Store<C, R> {
    fn tags<'a>(&'a self, repository: &'a Repository, after: Option<&'a Tag>) -> Items<'a, Tag> {
        let at = Context::whole(Operation::ListTags, repository);
        let page = move |after: Option<Tag>, limit| async move {
            let tags = self.refs.tags(repository, after.as_ref(), limit).await.map_err(|error| at.failed(error))?;
            tags.ok_or_else(|| at.error(ErrorCode::NAME_UNKNOWN))
        };
        pages(after, page).boxed()
    }

    fn repositories<'a>(&'a self, after: Option<&'a Repository>) -> Items<'a, Repository> {
        let page = move |after: Option<Repository>, limit| async move {
            let found = self.refs.repositories(after.as_ref(), limit).await;
            found.map_err(|error| error.during(Operation::ListRepositories))
        };
        pages(after, page).boxed()
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
