//! Lists (distribution-spec, "Content Discovery").

use http::HeaderMap;
use wharf_distribution::{Endpoint, Page, RepositoryList, Scope, TagList};
use wharf_registry::{Descriptor, Digest, Items, List, MediaType, Operation, Repository, Tag};

use crate::pages::Pages;
use crate::{Client, referrer, trace};

/// How many entries a page is asked to have: more than this is refused by some registries.
const PAGE: usize = 1_000;

impl List for Client {
    /// In the order in which the registry lists them, a page at a time.
    fn tags<'a>(&'a self, repository: &'a Repository, after: Option<&'a Tag>) -> Items<'a, Tag> {
        let endpoint =
            Endpoint::ListTags { repository: repository.clone(), page: Page::new(Some(PAGE), after.cloned()) };
        let decode = |_: &HeaderMap, bytes: &[u8]| TagList::decode(bytes).map(|list| list.tags);
        let pages = Pages::new(self, endpoint, Scope::pull(repository), decode);
        let tags = pages.items(after, move |error| error.during(Operation::ListTags).named(repository));
        Box::pin(trace::within(self.span(Operation::ListTags, repository, None), tags))
    }

    /// In the order in which the registry lists them, a page at a time.
    fn repositories<'a>(&'a self, after: Option<&'a Repository>) -> Items<'a, Repository> {
        let endpoint = Endpoint::ListRepositories { page: Page::new(Some(PAGE), after.cloned()) };
        let decode = |_: &HeaderMap, bytes: &[u8]| RepositoryList::decode(bytes).map(|list| list.repositories);
        let pages = Pages::new(self, endpoint, Scope::catalog(), decode);
        let repositories = pages.items(after, |error| error.during(Operation::ListRepositories));
        Box::pin(trace::within(self.wide_span(Operation::ListRepositories), repositories))
    }

    /// The registry's own list, a page at a time, or the list under the fallback tag where it has none. A registry that
    /// does not say that it has looked for one kind may list others, which are left out here.
    fn referrers<'a>(
        &'a self,
        repository: &'a Repository,
        digest: &'a Digest,
        artifact_type: Option<&'a MediaType>,
    ) -> Items<'a, Descriptor> {
        let referrers = referrer::list(self, repository, digest, artifact_type);
        Box::pin(trace::within(self.span(Operation::ListReferrers, repository, Some(digest)), referrers))
    }
}
