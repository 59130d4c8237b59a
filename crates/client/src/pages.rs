//! Pages that lead to each other by a `Link` header (RFC 8288).
//!
//! A page is asked for when the stream gets to it, and never ahead. The registry's order is kept as it is, and entries
//! that were not asked for are left out. Pages are asked for at the list's own address: of a link that leads elsewhere
//! only the query counts, since registries behind proxies do not know what they are called, and nobody else has the
//! rest of the list. Each page is read once.

use std::collections::HashSet;

use futures_util::{StreamExt, TryStreamExt, stream};
use http::header::LINK;
use http::{HeaderMap, StatusCode};
use url::Url;
use wharf_distribution::{Endpoint, Page, Scope, address, link};
use wharf_registry::{Descriptor, Error as RegistryError, Items, Repository, Tag};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::Summary;
use crate::{Client, Error, ErrorKind, Fault, Party, UrlFault};

/// The pages of a list, as far as they have been read.
pub(crate) struct Pages<'a, T> {
    client: &'a Client,
    next: Next<T>,
    scope: Scope,
    decode: Decode<'a, T>,
    seen: HashSet<Url>,
    items: usize,
}

/// What is on a page, by the headers and the body of an answer; nothing when that is no list.
type Decode<'a, T> = Box<dyn Fn(&HeaderMap, &[u8]) -> Option<Vec<T>> + Send + Sync + 'a>;

enum Next<T> {
    First(Endpoint),
    /// What comes after an entry, which nobody said that there is.
    After(Endpoint, T),
    /// The page at an address that the registry gave, as the continuation of the list's own.
    At(Url, Summary),
    End,
}

/// What lists have on their pages.
pub(crate) trait Entry: Clone + PartialEq + Send + Sync {
    /// The request for what comes after this entry, the last of so many on a page of `list`, where the list can be asked
    /// for that and the page had as many as it was to have.
    fn next(&self, list: &Endpoint, count: usize) -> Option<Endpoint>;
}

impl<'a, T: Entry + 'a> Pages<'a, T> {
    pub(crate) fn new(
        client: &'a Client,
        endpoint: Endpoint,
        scope: Scope,
        decode: impl Fn(&HeaderMap, &[u8]) -> Option<Vec<T>> + Send + Sync + 'a,
    ) -> Self {
        Self { client, next: Next::First(endpoint), scope, decode: Box::new(decode), seen: HashSet::new(), items: 0 }
    }

    /// The entries. Some registries list everything, whatever was asked for.
    pub(crate) fn items(self, after: Option<&'a T>, during: impl Fn(Error) -> RegistryError + Send + 'a) -> Items<'a, T>
    where
        T: Ord,
    {
        let pages = stream::try_unfold(self, |mut pages| async move {
            let page = pages.page().await?;
            Ok(page.map(|page| (page, pages)))
        });
        let entries = pages.map_ok(move |page| {
            let wanted = page.into_iter().filter(move |item| after.is_none_or(|after| item > after));
            stream::iter(wanted.map(Ok))
        });
        entries.try_flatten().map_err(during).boxed()
    }

    /// The next page, if there is one. A first page that is refused for what was asked of it is asked for once more as
    /// the registry would give it.
    pub(crate) async fn page(&mut self) -> Result<Option<Vec<T>>, Error> {
        let plain = self.next.plain();
        match (self.read().await, plain) {
            (Err(error), Some((plain, after))) if may_be_about_page(&error, after) => {
                self.next = Next::First(plain);
                self.read().await
            }
            (page, _) => page,
        }
    }

    async fn read(&mut self) -> Result<Option<Vec<T>>, Error> {
        let next = std::mem::replace(&mut self.next, Next::End);
        let Some(call) = self.call(&next)? else { return Ok(None) };
        let own = call.url.clone();
        let call = call.for_document(self.client.limits.page_bytes);
        let answer = self.client.demand(call, &[StatusCode::OK]).await?;
        let too_many = answer.fault(Fault::TooManyPages);
        let following = following(&answer, &own)?;
        let (unreadable, headers) = (answer.fault(Fault::List), answer.headers.clone());
        let bytes = answer.collect(self.client.limits.page_bytes, &self.client.limits).await?;
        let items = (self.decode)(&headers, &bytes).ok_or(unreadable)?;
        // A page that has what it was to come after is not what comes after it.
        if matches!(&next, Next::After(_, last) if items.contains(last)) {
            return Ok(None);
        }
        self.next = following.unwrap_or_else(|| next.unsaid(&items));
        self.items = self.items.saturating_add(items.len());
        if self.items > self.client.limits.items { Err(too_many) } else { Ok(Some(items)) }
    }

    /// The request for a page, which was not read before.
    fn call(&mut self, next: &Next<T>) -> Result<Option<Call>, Error> {
        let scopes = vec![self.scope.clone()];
        let call = match next {
            Next::First(endpoint) | Next::After(endpoint, _) => self.client.call(endpoint, scopes)?,
            Next::At(url, request) => self.client.call_to(request.clone(), url.clone(), scopes),
            Next::End => return Ok(None),
        };
        let wrong = |fault| Error::new(ErrorKind::Peer(fault), call.request.clone());
        if self.seen.len() >= self.client.limits.pages {
            return Err(wrong(Fault::TooManyPages));
        }
        match self.seen.insert(call.url.clone()) {
            true => Ok(Some(call)),
            false => Err(wrong(Fault::LinkLoop)),
        }
    }
}

/// The next page, if an answer has a link to one.
fn following<T>(answer: &Answer, own: &Url) -> Result<Option<Next<T>>, Error> {
    let values = answer.headers(&LINK)?;
    let Some(target) = values.into_iter().find_map(link::next) else { return Ok(None) };
    let url = continuation(target, answer, own).map_err(|fault| answer.fault(Fault::Link(fault)))?;
    Ok(Some(Next::At(url, answer.request.clone())))
}

/// The list's own address with the query of a link. A link to somewhere else without a query leads nowhere.
fn continuation(target: &str, answer: &Answer, own: &Url) -> Result<Url, UrlFault> {
    let url = address::join(target, &answer.url)?;
    let elsewhere = match url.origin() == own.origin() {
        true => (url.path() != own.path()).then_some(UrlFault::OtherPath),
        false => Some(UrlFault::OtherOrigin),
    };
    match (url.query(), elsewhere) {
        (None, Some(fault)) => Err(fault),
        (query, _) => {
            let mut next = own.clone();
            next.set_query(query);
            Ok(next)
        }
    }
}

impl<T: Entry> Next<T> {
    /// The same list without a number of entries nor one that it begins after, if it is a first page that has these;
    /// and whether it was to begin after one.
    fn plain(&self) -> Option<(Endpoint, bool)> {
        match self {
            Self::First(Endpoint::ListTags { repository, page }) if *page != Page::default() => {
                let plain = Endpoint::ListTags { repository: repository.clone(), page: Page::default() };
                Some((plain, page.last.is_some()))
            }
            Self::First(Endpoint::ListRepositories { page }) if *page != Page::default() => {
                Some((Endpoint::ListRepositories { page: Page::default() }, page.last.is_some()))
            }
            _ => None,
        }
    }

    /// What there may be after a page without a link that is as full as it was to be.
    fn unsaid(&self, items: &[T]) -> Self {
        let list = match self {
            Self::First(list) | Self::After(list, _) => list,
            Self::At(..) | Self::End => return Self::End,
        };
        let next = items.last().and_then(|last| Some((last.next(list, items.len())?, last.clone())));
        next.map_or(Self::End, |(endpoint, last)| Self::After(endpoint, last))
    }
}

impl Entry for Tag {
    fn next(&self, list: &Endpoint, count: usize) -> Option<Endpoint> {
        match list {
            Endpoint::ListTags { repository, page } if page.n == Some(count) => {
                Some(Endpoint::ListTags { repository: repository.clone(), page: Page::new(page.n, Some(self.clone())) })
            }
            _ => None,
        }
    }
}

impl Entry for Repository {
    fn next(&self, list: &Endpoint, count: usize) -> Option<Endpoint> {
        match list {
            Endpoint::ListRepositories { page } if page.n == Some(count) => {
                Some(Endpoint::ListRepositories { page: Page::new(page.n, Some(self.clone())) })
            }
            _ => None,
        }
    }
}

impl Entry for Descriptor {
    /// The specification has no other way than by link.
    fn next(&self, _: &Endpoint, _: usize) -> Option<Endpoint> {
        None
    }
}

/// Whether a refusal may be about the number of entries, which some registries limit, or about the one that a list is to
/// begin after, which must be there at some.
fn may_be_about_page(error: &Error, after: bool) -> bool {
    let refusal = match error.kind() {
        ErrorKind::Refused(status) => status,
        _ => return false,
    };
    let is_about = matches!(refusal, StatusCode::BAD_REQUEST | StatusCode::METHOD_NOT_ALLOWED);
    error.party() == Party::Registry && (is_about || after && refusal == StatusCode::NOT_FOUND)
}
