//! A repository of a registry, with one connection for each request.

use std::thread;
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use url::Url;
use wharf::distribution::auth::{Policy, Reply, Step, Tokens};
use wharf::distribution::upload::{self, BlobUpload, Content, Event, Plan, Stored, Window};
use wharf::distribution::{Challenge, Credential, Endpoint, ErrorBody, Scope, TokenRequest, field};
use wharf::registry::{Descriptor, Digest, Document, Host, MediaType, Raw, Repository, Tag, Verifier};

use crate::Failure;
use crate::exchange::{Answer, exchange};

pub(crate) struct Registry {
    home: Url,
    repository: Repository,
    tokens: Tokens,
    credential: Option<Credential>,
    began: Instant,
}

impl Registry {
    /// A repository of the registry at `host`, which speaks plain http.
    #[allow(
        clippy::disallowed_methods,
        reason = "time is an argument of the machines, and this is where it comes from"
    )]
    pub(crate) fn new(host: &Host, repository: &Repository) -> Result<Self, Failure> {
        let home = Url::parse(&format!("http://{host}/"))?;
        let tokens = Tokens::new(Policy::new(host.clone(), home.clone()));
        Ok(Self { home, repository: repository.clone(), tokens, credential: None, began: Instant::now() })
    }

    pub(crate) fn with_credential(mut self, credential: Credential) -> Self {
        self.credential = Some(credential);
        self
    }

    /// The same, and the credential may be shown to a token service there.
    pub(crate) fn trusting(mut self, service: &Host) -> Result<Self, Failure> {
        let policy = self.tokens.policy().clone().trusting(Url::parse(&format!("http://{service}/"))?);
        self.tokens = Tokens::new(policy);
        Ok(self)
    }

    /// Uploads a blob, in whatever requests that takes.
    pub(crate) fn push(&mut self, blob: &[u8]) -> Result<&'static str, Failure> {
        let mut plan = Plan::default();
        plan.check = true;
        let window = Window { first: 0, end: blob.len() as u64, is_all: true };
        let mut upload = BlobUpload::new(&self.home, &self.repository, &Digest::of(blob), window.end, plan);
        let mut step = upload.start();
        loop {
            step = match step {
                upload::Step::Send(request) => {
                    let answer = self.send_part(&request, blob);
                    let event = match &answer {
                        Ok(answer) => Event::Answer(upload::Answer::new(answer.status, &answer.headers, &request.url)),
                        Err(_) => Event::Failed(upload::Failure::Broken),
                    };
                    upload.on(event, window, self.now())
                }
                upload::Step::Wait(wait) => {
                    thread::sleep(wait.pause.most);
                    upload.on(Event::Waited, window, self.now())
                }
                upload::Step::Done(Stored::Present) => return Ok("was there already"),
                upload::Step::Done(_) => return Ok("sent"),
                upload::Step::GiveUp(reason) => return Err(reason.into()),
            }
        }
    }

    pub(crate) fn put_manifest(&mut self, manifest: &Document<Raw>, tag: &Tag) -> Result<(), Failure> {
        let (repository, which) = (self.repository.clone(), tag.clone().into());
        let request = self.request(&Endpoint::PutManifest { repository, which, tags: Vec::new() })?;
        let kind = HeaderValue::try_from(manifest.media_type().as_str())?;
        let request = request.with(header::CONTENT_TYPE, kind).carrying(manifest.bytes());
        let answer = self.send(&request, Scope::push(&self.repository))?;
        require(&answer, StatusCode::CREATED)
    }

    /// What a tag stands for; what the registry says that its digest is has to be true.
    pub(crate) fn manifest(&mut self, tag: &Tag) -> Result<Document<Raw>, Failure> {
        let (repository, which) = (self.repository.clone(), tag.clone().into());
        let request = self.request(&Endpoint::GetManifest { repository, which })?;
        let kinds = MediaType::MANIFESTS.map(|kind| kind.as_str().to_owned()).join(", ");
        let request = request.with(header::ACCEPT, HeaderValue::try_from(kinds)?);
        let answer = self.send(&request, Scope::pull(&self.repository))?;
        require(&answer, StatusCode::OK)?;
        let kind = field::document_type(&answer.headers)?.ok_or("the registry does not say what the manifest is")?;
        match field::digest(&answer.headers)? {
            Some(digest) => Ok(Document::verified(kind, answer.body, &digest)?),
            None => Ok(Document::new(kind, answer.body)),
        }
    }

    pub(crate) fn blob(&mut self, blob: &Descriptor) -> Result<Vec<u8>, Failure> {
        let (repository, digest) = (self.repository.clone(), blob.digest.clone());
        let request = self.request(&Endpoint::GetBlob { repository, digest })?;
        let answer = self.send(&request, Scope::pull(&self.repository))?;
        require(&answer, StatusCode::OK)?;
        let mut verifier = Verifier::new(&blob.digest, blob.size)?;
        verifier.update(&answer.body)?;
        verifier.finish()?;
        Ok(answer.body)
    }

    fn send_part(&mut self, request: &upload::Request, blob: &[u8]) -> Result<Answer, Failure> {
        let content = match request.content {
            Content::Nothing => Some(&[][..]),
            Content::Between { from, to } => blob.get(usize::try_from(from)?..usize::try_from(to)?),
            Content::Rest { from } => blob.get(usize::try_from(from)?..),
        };
        let body = content.ok_or("there is no such part")?;
        let whole = Request { method: request.method(), url: request.url.clone(), headers: request.headers(), body };
        match request.is_foreign {
            true => whole.send(None),
            false => self.send(&whole, Scope::push(&self.repository)),
        }
    }

    /// Makes a request with whatever proof of who is asking it takes.
    fn send(&mut self, request: &Request<'_>, scope: Scope) -> Result<Answer, Failure> {
        let mut step = Step::begin(&self.tokens, vec![scope], self.now());
        loop {
            let now = self.now();
            step = match step {
                Step::Send(sending) => {
                    let answer = request.send(sending.authorization())?;
                    let reason = ErrorBody::decode(&answer.body).errors.into_iter().next().map(|entry| entry.code);
                    let reply = Reply::new(answer.status).with_challenges(challenges(&answer)).with_reason(reason);
                    sending.answered(&mut self.tokens, &reply, answer, now)
                }
                Step::Ping(ping) => {
                    let answer = self.request(&Endpoint::Base)?.send(None)?;
                    ping.answered(&mut self.tokens, challenges(&answer), now)
                }
                Step::Identify(identify) => identify.with(&mut self.tokens, self.credential.clone(), now),
                Step::Exchange(asking) => {
                    let answer = ask(asking.request())?;
                    asking.answered(&mut self.tokens, answer.status, &answer.body)
                }
                Step::Done(answer) => return Ok(answer),
                Step::Fail(error) => return Err(error.into()),
            }
        }
    }

    fn request(&self, endpoint: &Endpoint) -> Result<Request<'static>, Failure> {
        let url = endpoint.url(&self.home).ok_or("the registry has no address")?;
        Ok(Request { method: endpoint.method(), url, headers: HeaderMap::new(), body: &[] })
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }
}

/// A request without its authorization.
struct Request<'a> {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: &'a [u8],
}

impl Request<'_> {
    fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    fn carrying(self, body: &[u8]) -> Request<'_> {
        Request { method: self.method, url: self.url, headers: self.headers, body }
    }

    fn send(&self, authorization: Option<&HeaderValue>) -> Result<Answer, Failure> {
        let mut headers = self.headers.clone();
        headers.extend(authorization.map(|value| (header::AUTHORIZATION, value.clone())));
        exchange(&self.method, &self.url, &headers, self.body)
    }
}

/// Asks a token service for a token.
fn ask(request: &TokenRequest) -> Result<Answer, Failure> {
    let form = request.form();
    let mut headers = HeaderMap::new();
    headers.extend(form.as_ref().map(|_| (header::CONTENT_TYPE, HeaderValue::from_static(TokenRequest::FORM))));
    headers.extend(request.authorization().map(|value| (header::AUTHORIZATION, value)));
    let body = form.as_ref().map_or(&[][..], |form| form.reveal().as_bytes());
    exchange(&request.method(), &request.url(), &headers, body)
}

/// How the registry wants to be told who is asking.
fn challenges(answer: &Answer) -> Vec<Challenge> {
    let values = answer.headers.get_all(header::WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(Challenge::parse).collect()
}

fn require(answer: &Answer, status: StatusCode) -> Result<(), Failure> {
    match answer.status == status {
        true => Ok(()),
        false => Err(format!("the registry answered {}: {}", answer.status, ErrorBody::decode(&answer.body)).into()),
    }
}
