//! Requests as text, sent to a registry and to proxies before it, and what of an answer has to be the same.

use std::fmt;

use futures_util::{StreamExt, TryStreamExt, stream};
use http::Request;
use wharf::client::{Body, Client, InProcess, Transport};
use wharf::registry::{Algorithm, Digest, Host};
use wharf::server::Service;
use wharf::store::Store;

/// A registry in memory behind proxies, each of which is a server of a client.
pub(crate) struct Stack(InProcess<Service>);

impl Stack {
    /// A registry behind so many proxies.
    pub(crate) fn proxies(depth: usize) -> Self {
        let registry = Service::new(Store::memory());
        Self(InProcess::new((0..depth).fold(registry, |service, _| {
            let host = Host::parse("registry.test").unwrap();
            Service::new(Client::new(InProcess::new(service), host).unwrap())
        })))
    }

    /// The answers to one request after another. Those about a session are about the one that was told of last.
    pub(crate) async fn all(&self, asks: &[Ask]) -> Vec<Answer> {
        let (mut answers, mut session) = (Vec::new(), String::new());
        for ask in asks {
            let answer = self.answer(ask, &session).await;
            let moved = answer.all.iter().find(|(name, _)| name == "location").map(|(_, value)| value);
            session = moved.filter(|place| place.contains("/uploads/")).cloned().unwrap_or(session);
            answers.push(answer);
        }
        answers
    }

    async fn answer(&self, ask: &Ask, session: &str) -> Answer {
        let target = ask.target.replace("{session}", session);
        let mut request = Request::builder().method(ask.method).uri(format!("http://registry.test{target}"));
        for (name, value) in &ask.headers {
            request = request.header(*name, value);
        }
        let pieces = stream::iter([Ok(ask.body.into())]);
        let body = if ask.is_chunked { Body::stream(pieces, None) } else { Body::from(ask.body) };
        let (head, body) = self.0.send(request.body(body).unwrap()).await.unwrap().into_parts();
        let body: Vec<_> = body.into_stream().map(|piece| piece.map(Vec::from)).try_concat().await.unwrap();
        let all = head.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        Answer::new(head.status.as_u16(), all.collect(), &String::from_utf8(body).unwrap(), session)
    }
}

/// A request.
#[derive(Clone)]
pub(crate) struct Ask {
    method: &'static str,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: &'static str,
    is_chunked: bool,
}

impl Ask {
    /// One to a path.
    pub(crate) fn new(method: &'static str, target: &str) -> Self {
        Self { method, target: target.into(), headers: Vec::new(), body: "", is_chunked: false }
    }

    /// One to the session that was opened last.
    pub(crate) fn session(method: &'static str, query: &str) -> Self {
        Self::new(method, &format!("{{session}}{query}"))
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn body(self, body: &'static str) -> Self {
        Self { body, ..self }
    }

    /// The same without telling how long the body is.
    pub(crate) fn chunked(self) -> Self {
        Self { is_chunked: true, ..self }
    }
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {:?} {:?}", self.method, self.target, self.headers, self.body)
    }
}

/// What of an answer has to be the same, whoever gives it: all but the names of sessions, and the words of an error.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The code of the error that the body is, else nothing.
    pub(crate) code: String,
    /// All but an error's words.
    body: String,
    /// Without the names of sessions.
    headers: Vec<(String, String)>,
    all: Vec<(String, String)>,
}

impl Answer {
    fn new(status: u16, all: Vec<(String, String)>, body: &str, session: &str) -> Self {
        let error: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
        let code = error["errors"][0]["code"].as_str().unwrap_or_default().to_owned();
        // An error's words are the proxy's own, and so is their length.
        let told = |name: &str| status < 400 || name != "content-length";
        let mut headers: Vec<_> = all.iter().filter(|(name, _)| told(name)).cloned().collect();
        for (name, value) in &mut headers {
            match name.as_str() {
                "docker-upload-uuid" => *value = "{id}".into(),
                "location" => *value = value.replace(last(session), "{id}"),
                _ => {}
            }
            if name == "location" && value.contains("/uploads/") {
                *value = value.replace(last(&value.clone()), "{id}");
            }
        }
        headers.sort();
        let body = if code.is_empty() { body.to_owned() } else { String::new() };
        Self { status, code, body, headers, all }
    }

    /// All values of a header.
    pub(crate) fn header(&self, name: &str) -> String {
        let values: Vec<_> =
            self.all.iter().filter(|(each, _)| each == name).map(|(_, value)| value.as_str()).collect();
        values.join(", ")
    }
}

impl PartialEq for Answer {
    fn eq(&self, other: &Self) -> bool {
        (self.status, &self.code, &self.body, &self.headers) == (other.status, &other.code, &other.body, &other.headers)
    }
}

/// What comes after the last `/`.
fn last(path: &str) -> &str {
    path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("{none}")
}

/// The names of content by all algorithms that there are.
pub(crate) fn digests(content: &str) -> [String; 2] {
    [Algorithm::SHA256, Algorithm::SHA512].map(|algorithm| {
        let mut hasher = wharf::registry::Hasher::new(algorithm).unwrap();
        hasher.update(content.as_bytes());
        Digest::to_string(&hasher.finish())
    })
}
