//! Lists, and the base of the API.
//!
//! A page has as many entries as were asked for, at most a thousand, and a `Link` (RFC 8288) to the next one only when
//! there is one. Only one entry more than the page has is taken from the registry; of referrers all are gone through, to
//! put them in order.

use futures_util::{StreamExt, TryStreamExt};
use http::header::CONTENT_TYPE;
use http::{Response, StatusCode};
use wharf_distribution::response::{Listed, Success};
use wharf_distribution::{Access, Endpoint, Page, RepositoryList, TagList};
use wharf_registry::{Digest, Error, ErrorCode, Items, MediaType, Repository, Tag};

use crate::call::{Answer, Call};
use crate::failure::Failure;
use crate::referrers::Selection;
use crate::reply::{self, Reply};
use crate::{Body, Permission};

/// How many entries a page has unless fewer are wanted.
const PAGE: usize = 1000;

/// `GET /v2/`: this is a registry.
pub(crate) fn base() -> Response<Body> {
    Reply::of(&Success::Base).json(b"{}".into())
}

/// `GET /v2/<name>/tags/list`
pub(crate) async fn tags(call: &Call<'_>, repository: &Repository, page: Page<Tag>) -> Answer {
    let (n, tags) = (size(&page), call.registry.tags(repository, page.last.as_ref()));
    let (tags, next) = first(tags, n).await?;
    let next = next.map(|page| Endpoint::ListTags { repository: repository.clone(), page });
    Ok(linked(next).json(TagList::new(repository, tags).encode()))
}

/// `GET /v2/_catalog`: only what the caller may see, so that not even a link names anything else.
pub(crate) async fn repositories(call: &Call<'_>, page: Page<Repository>) -> Answer {
    let (n, repositories) = (size(&page), call.registry.repositories(page.last.as_ref()));
    let (repositories, next) = match call.gate {
        None => first(repositories, n).await?,
        Some(gate) => {
            let visible = |repository| async {
                let access = Access::Listed(repository);
                let permission = gate.authorize.permit(call.identity, &access).await;
                let Access::Listed(repository) = access else { return Ok(None) };
                Ok(Some(repository).filter(|_| permission == Permission::Granted))
            };
            first(Box::pin(repositories.try_filter_map(visible)), n).await?
        }
    };
    let next = next.map(|page| Endpoint::ListRepositories { page });
    Ok(linked(next).json(RepositoryList::new(repositories).encode()))
}

/// `GET /v2/<name>/referrers/<digest>`: an index, possibly empty, also for a subject that is not there. A filter by
/// kind is applied here and said to be (`OCI-Filters-Applied`). What does not fit into one index is on the next page.
pub(crate) async fn referrers(
    call: &Call<'_>,
    repository: &Repository,
    digest: &Digest,
    artifact_type: Option<MediaType>,
    page: Page<Digest>,
) -> Answer {
    let wanted = artifact_type.as_ref();
    let found = match select(call, repository, digest, wanted, &page).await {
        Err(error) if error.is_unsupported() => return Err(no_referrers(&error)),
        Err(error) if error.is_not_found() => Selection::new(0, None),
        found => found?,
    };
    let next = found.last().map(|last| Endpoint::ListReferrers {
        repository: repository.clone(),
        digest: digest.clone(),
        artifact_type: artifact_type.clone(),
        page: Page::new(page.n, Some(last.clone())),
    });
    let listed = next.iter().fold(Listed::default(), |listed, next| listed.with_next(next));
    let reply = Reply::of(&Success::Listed(if wanted.is_some() { listed.with_filter() } else { listed }));
    let reply = reply.header(CONTENT_TYPE, reply::value(MediaType::IMAGE_INDEX.to_string()));
    let unwritable =
        |_| Failure::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::UNKNOWN, "the list cannot be written");
    Ok(reply.body(Body::whole(found.into_index().map_err(unwritable)?.bytes().clone())))
}

/// Goes through all referrers for those of a page.
async fn select(
    call: &Call<'_>,
    repository: &Repository,
    digest: &Digest,
    wanted: Option<&MediaType>,
    page: &Page<Digest>,
) -> Result<Selection, Error> {
    let mut found = Selection::new(size(page).min(call.settings.limits.descriptors), page.last.clone());
    let mut items = call.registry.referrers(repository, digest, wanted);
    while let Some(referrer) = items.try_next().await? {
        // A back end may list all of them; what is said to have been filtered has been.
        if wanted.is_none() || referrer.artifact_type.as_ref() == wanted {
            found.offer(&referrer);
        }
    }
    Ok(found)
}

/// A registry without the endpoint answers 404, by which clients know that they must keep the list under a tag.
fn no_referrers(error: &Error) -> Failure {
    Failure::new(StatusCode::NOT_FOUND, ErrorCode::UNSUPPORTED, error.to_string())
}

/// How many entries a page has: no more than were asked for, and no more than we like to hold at once.
fn size<T>(page: &Page<T>) -> usize {
    page.n.unwrap_or(PAGE).min(PAGE)
}

/// The first `n` items, and the page that comes after them if there is more. No items are no place to go on from.
async fn first<T: Clone>(items: Items<'_, T>, n: usize) -> Result<(Vec<T>, Option<Page<T>>), Error> {
    let mut found: Vec<T> = items.take(n + 1).try_collect().await?;
    let more = found.len() > n;
    found.truncate(n);
    let last = found.last().filter(|_| more).cloned();
    Ok((found, last.map(|last| Page::new(Some(n), Some(last)))))
}

/// The head of a page, with the way to the next one.
fn linked(next: Option<Endpoint>) -> Reply {
    let page = next.iter().fold(Listed::default(), |page, next| page.with_next(next));
    Reply::of(&Success::Listed(page))
}
