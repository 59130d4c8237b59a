//! Referrers (distribution-spec, "Listing Referrers"): the registry's own list, or the index under the fallback tag where
//! it has none.
//!
//! Registries without the list say so in many ways: most with 404, some with another refusal, some by leading to their
//! web site, some with a page of HTML. All of them are taken for the same.

use futures_util::{StreamExt, TryStreamExt, stream};
use http::{HeaderMap, StatusCode};
use wharf_distribution::referrers::{self, Filter, has_no_list, keeps_index};
use wharf_distribution::{Endpoint, Page, Scope};
use wharf_registry::{Descriptor, Digest, Document, Index, Items, MediaType, Operation, Repository, Tag, TagOrDigest};

use crate::pages::Pages;
use crate::{Client, Error, ErrorKind, Fault, Party};

/// What refers to a manifest, asked for when the stream gets to it.
pub(crate) fn list<'a>(
    client: &'a Client,
    repository: &'a Repository,
    digest: &'a Digest,
    artifact_type: Option<&'a MediaType>,
) -> Items<'a, Descriptor> {
    let filter = Filter::new(artifact_type.cloned());
    let filtered = move |headers: &HeaderMap, bytes: &[u8]| {
        let mut page = entries(headers, bytes)?;
        filter.apply(headers, &mut page);
        Some(page)
    };
    let first = Pages::new(client, question(repository, digest, artifact_type), Scope::pull(repository), filtered);
    let pages = stream::try_unfold(State::First(first), move |state| async move {
        let (mut pages, first) = match state {
            State::First(pages) => (pages, true),
            State::Rest(pages) => (pages, false),
            State::End => return Ok(None),
        };
        match pages.page().await {
            Ok(page) => Ok(page.map(|page| (page, State::Rest(pages)))),
            Err(error) if first && is_none(&error) => {
                let mut tagged = client.tagged_referrers(repository, digest).await?;
                Filter::new(artifact_type.cloned()).apply(&HeaderMap::new(), &mut tagged);
                Ok(Some((tagged, State::End)))
            }
            Err(error) => Err(error),
        }
    });
    let items = pages.map_ok(|page| stream::iter(page.into_iter().map(Ok))).try_flatten();
    items.map_err(move |error: Error| error.during(Operation::ListReferrers).about(repository, digest)).boxed()
}

enum State<'a> {
    First(Pages<'a, Descriptor>),
    Rest(Pages<'a, Descriptor>),
    End,
}

/// The first page of what refers to a manifest.
fn question(repository: &Repository, digest: &Digest, artifact_type: Option<&MediaType>) -> Endpoint {
    Endpoint::ListReferrers {
        repository: repository.clone(),
        digest: digest.clone(),
        artifact_type: artifact_type.cloned(),
        page: Page::default(),
    }
}

fn entries(_: &HeaderMap, bytes: &[u8]) -> Option<Vec<Descriptor>> {
    let document = Document::new(MediaType::IMAGE_INDEX, bytes.to_vec());
    Some(document.decode::<Index>().ok()?.view().manifests.clone())
}

/// Whether an answer is that of a registry that lists no referrers.
fn is_none(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Refused(status) => has_no_list(status, error.party() == Party::Elsewhere),
        ErrorKind::RateLimited => has_no_list(StatusCode::TOO_MANY_REQUESTS, error.party() == Party::Elsewhere),
        ErrorKind::Peer(fault) => matches!(fault, Fault::List | Fault::Redirect(_)),
        _ => false,
    }
}

impl Client {
    /// Whether a registry lists a referrer itself. `named` tells whether it said so: then all that is open is whether it
    /// has a list at all, and it is asked for what refers to the referrer, which is little. A subject can have thousands.
    pub(crate) async fn lists(
        &self,
        repository: &Repository,
        subject: &Digest,
        referrer: &Digest,
        named: bool,
    ) -> bool {
        let endpoint = question(repository, if named { referrer } else { subject }, None);
        let mut pages = Pages::new(self, endpoint, Scope::pull(repository), entries);
        loop {
            let said = match pages.page().await {
                Ok(Some(page)) if page.iter().any(|entry| entry.digest == *referrer) => referrers::List::Has,
                Ok(Some(_)) => referrers::List::Lacks,
                Ok(None) => referrers::List::Ends,
                Err(error) if is_none(&error) => referrers::List::IsNone,
                Err(_) => referrers::List::CannotBeAsked,
            };
            if let Some(keeps) = keeps_index(named, said) {
                return !keeps;
            }
        }
    }

    /// The entries of the index under the fallback tag.
    async fn tagged_referrers(&self, repository: &Repository, subject: &Digest) -> Result<Vec<Descriptor>, Error> {
        let tag = TagOrDigest::Tag(Tag::referrers_fallback(subject));
        match self.get_manifest(repository, &tag).await {
            Ok(document) => Ok(referrers::tagged(&document, subject)),
            Err(error) if error.kind() == ErrorKind::Refused(StatusCode::NOT_FOUND) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}
