//! The size of a blob, asked for by `HEAD`, and by its first byte where that says nothing.
//!
//! Registries that keep blobs elsewhere may lead there for `HEAD` as well, by an address that is good for `GET` alone;
//! some do not answer `HEAD` at all; and proxies leave lengths out. One byte of the blob has the size of all of it beside
//! it (RFC 9110, section 14.4).

use http::header::CONTENT_RANGE;
use http::{HeaderValue, StatusCode};
use wharf_distribution::header::Unsatisfied;
use wharf_distribution::{Endpoint, Scope};
use wharf_registry::{Descriptor, Digest, Repository};

use crate::answer::Answer;
use crate::{Client, Error, Fault, Party};

/// The first byte of a blob.
const FIRST: HeaderValue = HeaderValue::from_static("bytes=0-0");

impl Client {
    pub(crate) async fn head_blob(&self, repository: &Repository, digest: &Digest) -> Result<Descriptor, Error> {
        let endpoint = Endpoint::HeadBlob { repository: repository.clone(), digest: digest.clone() };
        let answer = self.send(self.call(&endpoint, vec![Scope::pull(repository)])?).await?;
        if answer.status != StatusCode::OK {
            return match says_nothing(&answer) {
                true => self.first_byte(repository, digest).await,
                false => Err(answer.refusal(&self.limits).await),
            };
        }
        answer.require_content(digest)?;
        answer.require_no_web_page(Fault::MediaType)?;
        match answer.length()? {
            Some(size) => self.describe(&answer, digest, size),
            None => self.first_byte(repository, digest).await,
        }
    }

    async fn first_byte(&self, repository: &Repository, digest: &Digest) -> Result<Descriptor, Error> {
        let endpoint = Endpoint::GetBlob { repository: repository.clone(), digest: digest.clone() };
        let call = self.call(&endpoint, vec![Scope::pull(repository)])?.with_header(http::header::RANGE, FIRST);
        let answer = self.send(call).await?;
        // The whole of it, which is not read.
        let size = match answer.status {
            StatusCode::OK => answer.length()?,
            StatusCode::PARTIAL_CONTENT => answer.content_range()?.and_then(|range| range.size),
            // What has no first byte has none.
            StatusCode::RANGE_NOT_SATISFIABLE => Some(0).filter(|_| says_empty(&answer)),
            _ => return Err(answer.refusal(&self.limits).await),
        };
        answer.require_content(digest)?;
        answer.require_no_web_page(Fault::MediaType)?;
        self.describe(&answer, digest, size.ok_or_else(|| answer.fault(Fault::Length))?)
    }
}

/// Whether a refusal of `HEAD` is none of the blob: the method is not known, or not at the place that it led to.
fn says_nothing(answer: &Answer) -> bool {
    let unknown = matches!(answer.status, StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED);
    unknown
        || answer.request.party == Party::Elsewhere
            && matches!(answer.status, StatusCode::BAD_REQUEST | StatusCode::FORBIDDEN)
}

/// Whether there is nothing in what has no first byte.
fn says_empty(answer: &Answer) -> bool {
    let said = answer.header(&CONTENT_RANGE).ok().flatten().and_then(Unsatisfied::parse);
    said.is_some_and(|said| said.size == 0)
}
