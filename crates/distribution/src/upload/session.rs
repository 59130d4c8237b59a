//! An upload session as the registry describes it: an address that changes with every answer.
//!
//! The address is the registry's to choose, and may hold a secret or lead to another host. It is used as it was given,
//! with nothing added but the digest. Once a session was elsewhere it counts as elsewhere to its end, so that nobody can
//! send it back home to a place of their choice with the registry's authorization.

use http::header::LOCATION;
use url::Url;
use url::form_urlencoded::Serializer;
use wharf_reference::Repository;
use wharf_spec::{Algorithm, Digest, UploadId};

use super::answer::Answer;
use super::fault::Fault;
use super::request::{Action, Request};
use crate::address::Home;
use crate::{Endpoint, UrlFault, header};

/// The registry and the repository that a blob goes to.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) home: Home,
    pub(super) repository: Repository,
}

impl Place {
    /// A request to the registry itself; nothing when its root is none.
    pub(super) fn request(&self, action: Action, endpoint: &Endpoint) -> Option<Request> {
        Some(Request::new(action, endpoint.url(self.home.url())?, false))
    }

    /// A request for a session, with what is [said](said_algorithm) of the algorithm.
    pub(super) fn open(&self, algorithm: Option<Algorithm<'static>>) -> Option<Request> {
        self.request(Action::Open, &Endpoint::StartUpload { repository: self.repository.clone(), algorithm })
    }

    pub(super) fn mount(&self, digest: &Digest, from: Option<Repository>) -> Option<Request> {
        let (repository, digest) = (self.repository.clone(), digest.clone());
        let endpoint = Endpoint::MountBlob { repository, digest, from: from.clone() };
        self.request(Action::Mount(from), &endpoint)
    }

    pub(super) fn head(&self, action: Action, digest: &Digest) -> Option<Request> {
        let (repository, digest) = (self.repository.clone(), digest.clone());
        self.request(action, &Endpoint::HeadBlob { repository, digest })
    }

    /// The session that an answer tells of.
    pub(super) fn session(&self, answer: &Answer<'_>) -> Result<Session, Fault> {
        let place = self.located(answer, answer.is_foreign)?;
        place.ok_or(Fault::Location(UrlFault::Missing))
    }

    /// The session that was asked about by its name: it is where it was asked, if the answer does not say otherwise.
    pub(super) fn found(&self, answer: &Answer<'_>) -> Result<Session, Fault> {
        match self.located(answer, answer.is_foreign)? {
            Some(session) => Ok(session),
            None => Session::at(answer.url.clone(), answer.is_foreign),
        }
    }

    /// Where an answer says that the session is, and whether that is not, or no longer, the registry's own.
    fn located(&self, answer: &Answer<'_>, is_foreign: bool) -> Result<Option<Session>, Fault> {
        let Some(text) = answer.text(&LOCATION)? else { return Ok(None) };
        let url = self.home.resolve(text, answer.url).map_err(Fault::Location)?;
        let is_foreign = is_foreign || url.origin() != self.home.url().origin();
        Session::at(url, is_foreign).map(Some)
    }
}

/// What is said of the algorithm that the digest will have: nothing of the one that everybody would assume anyway, and
/// nothing of one that is not registered.
pub(super) fn said_algorithm(algorithm: Algorithm<'_>) -> Option<Algorithm<'static>> {
    (algorithm == Algorithm::SHA512).then_some(Algorithm::SHA512)
}

/// Where a session is.
#[derive(Clone, Debug)]
pub(super) struct Session {
    url: Url,
    is_foreign: bool,
}

impl Session {
    /// Who declared the registry's network to be safe did not do so for others.
    fn at(url: Url, is_foreign: bool) -> Result<Self, Fault> {
        match is_foreign && url.scheme() != "https" {
            true => Err(Fault::Location(UrlFault::Insecure)),
            false => Ok(Self { url, is_foreign }),
        }
    }

    /// Follows the session to where an answer says that it has moved to. No answer has to say so again.
    pub(super) fn follow(&mut self, place: &Place, answer: &Answer<'_>) -> Result<(), Fault> {
        if let Some(moved) = place.located(answer, self.is_foreign || answer.is_foreign)? {
            *self = moved;
        }
        Ok(())
    }

    pub(super) fn request(&self, action: Action) -> Request {
        Request::new(action, self.url.clone(), self.is_foreign)
    }

    /// A request that ends the session: all bytes together are `digest`.
    pub(super) fn ending(&self, action: Action, digest: &Digest) -> Request {
        Request::new(action, with_digest(&self.url, digest), self.is_foreign)
    }
}

/// The address with the digest as one more parameter; what the registry wrote stays as it is, byte for byte.
fn with_digest(url: &Url, digest: &Digest) -> Url {
    let parameter = Serializer::new(String::new()).append_pair("digest", &digest.to_string()).finish();
    let query = match url.query() {
        Some(query) if !query.is_empty() => format!("{query}&{parameter}"),
        _ => parameter,
    };
    let mut url = url.clone();
    url.set_query(Some(&query));
    url
}

/// The registry's name for a session, if it has one that can be asked for, else one that nobody knows: a session under
/// such a name cannot be resumed.
pub(super) fn name(answer: &Answer<'_>) -> Result<Option<UploadId>, Fault> {
    let location = answer.text(&LOCATION)?.unwrap_or_default();
    let path = location.split(['?', '#']).next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    let named = [answer.text(&header::DOCKER_UPLOAD_UUID)?.unwrap_or_default(), last];
    let known = named.into_iter().find_map(|name| UploadId::parse(name).ok());
    Ok(known.or_else(|| UploadId::parse(&Digest::of(location.as_bytes()).encoded().to_string()).ok()))
}
