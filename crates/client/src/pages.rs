//! Pages that lead to each other by a `Link` header (RFC 8288).
//!
//! A page is asked for when the stream gets to it, and never ahead. The registry's order is kept as it is, and entries
//! that were not asked for are left out. A link is followed only to the same list of the same registry, and to each
//! page once.

use std::collections::HashSet;

use futures_util::{StreamExt, TryStreamExt, stream};
use http::StatusCode;
use http::header::LINK;
use url::Url;
use wharf_distribution::{Endpoint, Scope, link};
use wharf_registry::{Error as RegistryError, Items};

use crate::answer::Answer;
use crate::call::Call;
use crate::{Client, Error, Fault, UrlFault};

/// The pages of a list, as far as they have been read.
pub(crate) struct Pages<'a, T> {
    client: &'a Client,
    next: Next,
    scope: Scope,
    decode: fn(&[u8]) -> Option<Vec<T>>,
    seen: HashSet<Url>,
    items: usize,
}

enum Next {
    First(Endpoint),
    /// The page at an address that the registry gave, as the continuation of the list's own.
    At(Url, crate::error::Summary),
    End,
}

impl<'a, T: Send + Sync + 'a> Pages<'a, T> {
    pub(crate) fn new(
        client: &'a Client,
        endpoint: Endpoint,
        scope: Scope,
        decode: fn(&[u8]) -> Option<Vec<T>>,
    ) -> Self {
        Self { client, next: Next::First(endpoint), scope, decode, seen: HashSet::new(), items: 0 }
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

    /// The next page, if there is one.
    pub(crate) async fn page(&mut self) -> Result<Option<Vec<T>>, Error> {
        let Some(call) = self.call()? else { return Ok(None) };
        self.seen.insert(call.url.clone());
        let call = call.for_document(self.client.limits.page_bytes);
        let answer = self.client.demand(call, &[StatusCode::OK]).await?;
        let too_many = answer.fault(Fault::TooManyPages);
        self.next = self.following(&answer)?;
        let unreadable = answer.fault(Fault::List);
        let bytes = answer.collect(self.client.limits.page_bytes, &self.client.limits).await?;
        let items = (self.decode)(&bytes).ok_or(unreadable)?;
        self.items = self.items.saturating_add(items.len());
        if self.items > self.client.limits.items { Err(too_many) } else { Ok(Some(items)) }
    }

    fn call(&mut self) -> Result<Option<Call>, Error> {
        let scopes = vec![self.scope.clone()];
        match std::mem::replace(&mut self.next, Next::End) {
            Next::First(endpoint) => self.client.call(&endpoint, scopes).map(Some),
            Next::At(url, request) => Ok(Some(self.client.call_to(request, url, scopes))),
            Next::End => Ok(None),
        }
    }

    /// The next page belongs to the same list of the same registry, and was not read before.
    fn following(&self, answer: &Answer) -> Result<Next, Error> {
        let values = answer.headers(&LINK)?;
        let Some(target) = values.into_iter().find_map(link::next) else { return Ok(Next::End) };
        let fault = |fault| answer.fault(Fault::Link(fault));
        let url = self.client.resolve(target, &answer.url).map_err(fault)?;
        if url.origin() != self.client.base.origin() {
            return Err(fault(UrlFault::OtherOrigin));
        }
        if url.path() != answer.request.path {
            return Err(fault(UrlFault::OtherPath));
        }
        if self.seen.contains(&url) {
            return Err(answer.fault(Fault::LinkLoop));
        }
        if self.seen.len() >= self.client.limits.pages {
            return Err(answer.fault(Fault::TooManyPages));
        }
        Ok(Next::At(url, answer.request.clone()))
    }
}
