//! Referrers (distribution-spec, "Listing Referrers"): the registry's own list, or the index under the fallback tag where
//! it has none.
//!
//! Registries without the list say so in many ways: most with 404, some with another refusal, some by leading to their web
//! site, some with a page of HTML. All of them are taken for the same; a refusal that is about who is asking, or about how
//! often, is not, since it would turn what may not be seen into what is not there.

use futures_util::{StreamExt, TryStreamExt, stream};
use http::StatusCode;
use wharf_distribution::{Endpoint, Scope};
use wharf_registry::{
    Content, Descriptor, Digest, Document, Index, Items, MediaType, Operation, Repository, Tag, TagOrDigest,
};

use crate::pages::Pages;
use crate::{Client, Error, ErrorKind, Fault, Party};

/// What refers to a manifest, asked for when the stream gets to it.
pub(crate) fn list<'a>(client: &'a Client, repository: &'a Repository, digest: &'a Digest) -> Items<'a, Descriptor> {
    let endpoint =
        Endpoint::ListReferrers { repository: repository.clone(), digest: digest.clone(), artifact_type: None };
    let first = Pages::new(client, endpoint, Scope::pull(repository), entries);
    let pages = stream::try_unfold(State::First(first), move |state| async move {
        let (mut pages, first) = match state {
            State::First(pages) => (pages, true),
            State::Rest(pages) => (pages, false),
            State::End => return Ok(None),
        };
        match pages.page().await {
            Ok(page) => Ok(page.map(|page| (page, State::Rest(pages)))),
            Err(error) if first && has_no_list(&error) => {
                Ok(Some((client.tagged_referrers(repository, digest).await?, State::End)))
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

fn entries(bytes: &[u8]) -> Option<Vec<Descriptor>> {
    let document = Document::new(MediaType::IMAGE_INDEX, bytes.to_vec());
    Some(document.decode::<Index>().ok()?.view().manifests.clone())
}

/// Whether an answer is that of a registry that lists no referrers.
fn has_no_list(error: &Error) -> bool {
    const NONE: [StatusCode; 5] = [
        StatusCode::BAD_REQUEST, // also of a subject that is not there, whose fallback tag is not there either
        StatusCode::NOT_FOUND,
        StatusCode::METHOD_NOT_ALLOWED,
        StatusCode::NOT_ACCEPTABLE,
        StatusCode::NOT_IMPLEMENTED,
    ];
    match error.kind() {
        ErrorKind::Refused(status) => NONE.contains(&status) || error.party() == Party::Elsewhere,
        ErrorKind::RateLimited => error.party() == Party::Elsewhere,
        ErrorKind::Peer(fault) => matches!(fault, Fault::List | Fault::Redirect(_)),
        _ => false,
    }
}

impl Client {
    /// Whether a registry lists a referrer itself. It is believed about one that it does not list yet when it said so
    /// (`named`), as long as it lists anything at all; what cannot be asked now is what it said.
    pub(crate) async fn lists(
        &self,
        repository: &Repository,
        subject: &Digest,
        referrer: &Digest,
        named: bool,
    ) -> bool {
        let endpoint =
            Endpoint::ListReferrers { repository: repository.clone(), digest: subject.clone(), artifact_type: None };
        let mut pages = Pages::new(self, endpoint, Scope::pull(repository), entries);
        loop {
            match pages.page().await {
                Ok(Some(page)) if named || page.iter().any(|entry| entry.digest == *referrer) => return true,
                Ok(Some(_)) => {}
                Ok(None) => return named,
                Err(error) => return named && !has_no_list(&error),
            }
        }
    }

    /// The entries of the index under the fallback tag. Some registries read that tag as the digest that it is made of and
    /// answer with the subject, and anyone may have put something else there: what is not an index lists nothing.
    async fn tagged_referrers(&self, repository: &Repository, subject: &Digest) -> Result<Vec<Descriptor>, Error> {
        let tag = TagOrDigest::Tag(Tag::referrers_fallback(subject));
        let document = match self.get_manifest(repository, &tag).await {
            Ok(document) => document,
            Err(error) if error.kind() == ErrorKind::Refused(StatusCode::NOT_FOUND) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        if document.digest() == subject {
            return Ok(Vec::new());
        }
        match document.decode::<Content>().map(|document| document.view().clone()) {
            Ok(Content::Index(index)) => Ok(index.manifests),
            _ => Ok(Vec::new()),
        }
    }
}
