//! An upload session as the registry describes it: an address that changes with every answer.
//!
//! The address is the registry's to choose, and may hold a secret or lead to another host. It is used as it was given,
//! with nothing added but the digest, and is in no error. Once a session was elsewhere it counts as elsewhere to its
//! end.

use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Method, StatusCode};
use url::Url;
use wharf_distribution::{Endpoint, Scope, header};
use wharf_registry::{Digest, Repository};

use crate::answer::Answer;
use crate::call::{Call, Payload};
use crate::error::Summary;
use crate::{Client, Error, ErrorKind, Fault, Party, Retry, TransportErrorKind, UrlFault, address};

pub(crate) struct Session {
    pub(crate) client: Client,
    repository: Repository,
    url: Url,
    /// The session is, or was once, at another host than the registry: no authorization goes there.
    foreign: bool,
}

impl Session {
    pub(crate) async fn start(client: &Client, repository: &Repository) -> Result<(Self, Answer), Error> {
        let endpoint = Endpoint::StartUpload { repository: repository.clone(), algorithm: None };
        let call = client.call(&endpoint, vec![Scope::push(repository)])?;
        let answer = client.demand(call, &[StatusCode::ACCEPTED]).await?;
        Ok((Self::at(client, repository, &answer)?, answer))
    }

    /// The session that an answer tells of.
    pub(crate) fn at(client: &Client, repository: &Repository, answer: &Answer) -> Result<Self, Error> {
        let (url, foreign) = location(client, answer, answer.request.party == Party::Elsewhere)?
            .ok_or_else(|| answer.fault(Fault::Location(UrlFault::Missing)))?;
        Ok(Self { client: client.clone(), repository: repository.clone(), url, foreign })
    }

    /// Follows the session to where an answer says that it has moved to. No answer has to say so again.
    pub(crate) fn moved(&mut self, answer: &Answer) -> Result<(), Error> {
        if let Some((url, foreign)) =
            location(&self.client, answer, self.foreign || answer.request.party == Party::Elsewhere)?
        {
            (self.url, self.foreign) = (url, foreign);
        }
        Ok(())
    }

    /// A request to the session. Where that is, is not told in errors: the address may be a secret.
    pub(crate) fn call(&self, method: Method, body: Payload) -> Call {
        self.call_to(method, self.url.clone(), body)
    }

    fn call_to(&self, method: Method, url: Url, body: Payload) -> Call {
        let path = format!("/v2/{}/blobs/uploads/", self.repository);
        let party = if self.foreign { Party::Elsewhere } else { Party::Registry };
        let request = Summary::new(method, path, party);
        let mut call = self.client.call_to(request, url, vec![Scope::push(&self.repository)]).with_body(body);
        call.foreign |= self.foreign;
        call
    }

    /// Ends the session with `body` as its last bytes: all of them together are `digest`, says the registry. When it is
    /// left open whether it has done so, it is asked whether it has the blob.
    pub(crate) async fn finish(&self, digest: &Digest, body: Payload) -> Result<(), Error> {
        let Err(error) = self.put(digest, body).await else { return Ok(()) };
        let asks = self.client.retry.attempts > 1 && error.leaves_open();
        match asks && self.client.head_blob(&self.repository, digest).await.is_ok() {
            true => Ok(()),
            false => Err(error),
        }
    }

    async fn put(&self, digest: &Digest, body: Payload) -> Result<(), Error> {
        let call = self.call_to(Method::PUT, with_digest(&self.url, digest), body);
        let answer = self.client.demand(call.with_header(CONTENT_TYPE, OCTET_STREAM), &STORED).await?;
        require_digest(&answer, digest)?;
        answer.drain(&self.client.limits).await;
        Ok(())
    }

    /// How much the registry says that it has, when it is asked with some persistence.
    pub(crate) async fn status(&mut self, retry: Retry) -> Result<Held, Error> {
        let call = self.call(Method::GET, Payload::Bytes(bytes::Bytes::new()));
        let answer = self.client.clone().with_retry(retry).demand(call, &STATUS).await?;
        self.moved(&answer)?;
        let held = held(&answer)?.ok_or_else(|| answer.fault(Fault::UploadRange))?;
        answer.drain(&self.client.limits).await;
        Ok(held)
    }

    /// Tells the registry that nothing more will come, as far as it wants to know. Many registries want other rights
    /// for this than for pushing, and all of them forget a session in time.
    pub(crate) async fn abandon(&self, after: Option<&Error>) {
        use TransportErrorKind::{Connect, Forbidden, Timeout, Tls};
        let gone = [Connect, Forbidden, Timeout, Tls];
        if matches!(after.map(Error::kind), Some(ErrorKind::Transport(kind)) if gone.contains(&kind)) {
            return;
        }
        let call = self.call(Method::DELETE, Payload::Bytes(bytes::Bytes::new()));
        if let Ok(answer) = self.client.send_once(call).await {
            answer.drain(&self.client.limits).await;
        }
    }
}

pub(crate) const OCTET_STREAM: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// Not just any success: a server that says yes to everything says 200.
const STORED: [StatusCode; 2] = [StatusCode::CREATED, StatusCode::NO_CONTENT];

/// What a session that is there answers with when it is asked how much it has.
pub(crate) const STATUS: [StatusCode; 2] = [StatusCode::NO_CONTENT, StatusCode::OK];

/// What a session answers with that has taken a part.
pub(crate) const APPENDED: [StatusCode; 3] = [StatusCode::ACCEPTED, StatusCode::CREATED, StatusCode::NO_CONTENT];

/// Fails when the registry stored something under another name.
pub(crate) fn require_digest(answer: &Answer, digest: &Digest) -> Result<(), Error> {
    answer.require_digest(digest)
}

/// Where an answer says that the session is, and whether that is not, or no longer, the registry's own.
fn location(client: &Client, answer: &Answer, foreign: bool) -> Result<Option<(Url, bool)>, Error> {
    let fault = |fault| answer.fault(Fault::Location(fault));
    let Some(text) = answer.header(&LOCATION)? else { return Ok(None) };
    let url = address::resolve(text, &answer.url, &client.base).map_err(fault)?;
    let foreign = foreign || url.origin() != client.base.origin();
    match foreign && url.scheme() != "https" {
        true => Err(fault(UrlFault::Insecure)),
        false => Ok(Some((url, foreign))),
    }
}

/// The address with the digest as one more parameter; what the registry wrote stays as it is, byte for byte.
fn with_digest(url: &Url, digest: &Digest) -> Url {
    let parameter =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("digest", &digest.to_string()).finish();
    let query = match url.query() {
        Some(query) if !query.is_empty() => format!("{query}&{parameter}"),
        _ => parameter,
    };
    let mut url = url.clone();
    url.set_query(Some(&query));
    url
}

/// How many bytes a session says that it holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    Bytes(u64),
    /// `0-0`, which many registries say of a session that holds nothing, and all of one that holds one byte.
    OneOrNone,
}

impl Held {
    /// Whether a session that holds `offset` bytes may say so.
    pub(crate) const fn can_be(self, offset: u64) -> bool {
        match self {
            Self::Bytes(held) => held == offset,
            Self::OneOrNone => offset <= 1,
        }
    }
}

/// How many bytes a session says that it holds, if it says something that can be read.
pub(crate) fn held(answer: &Answer) -> Result<Option<Held>, Error> {
    let Some(text) = answer.header(&http::header::RANGE)? else { return Ok(None) };
    let range = header::UploadRange::parse(text.strip_prefix("bytes=").unwrap_or(text));
    let held = |range: header::UploadRange| if range.last == 0 { Held::OneOrNone } else { Held::Bytes(range.length()) };
    Ok(range.filter(|range| range.first == 0).map(held))
}
