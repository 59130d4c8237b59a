use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri};

use super::Peer;

/// Peers at their addresses. Clones are the same network.
#[derive(Clone, Default)]
pub struct Network(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    peers: Vec<(String, Arc<dyn Peer>)>,
    sent: Vec<Sent>,
}

/// A request as it was sent, and the status of what was answered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Sent {
    /// The method.
    pub method: Method,
    /// Where to.
    pub url: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// What was answered, if anything was.
    pub status: Option<u16>,
}

impl Sent {
    /// The method and where to, with a space between them.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.url)
    }

    /// The value of a header that is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Network {
    /// Puts a peer at an origin (`https://registry.example.com`), in place of the one that was there.
    pub fn put(&self, origin: &str, peer: impl Peer + 'static) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.peers.retain(|(taken, _)| taken != origin);
        state.peers.push((origin.to_owned(), Arc::new(peer)));
    }

    /// Sends a request to whom it is for, and records it. Nothing is answered where nobody is.
    pub async fn send(&self, request: Request<Bytes>) -> Option<Response<Bytes>> {
        let origin = origin(request.uri());
        let sent = Sent {
            method: request.method().clone(),
            url: request.uri().to_string(),
            headers: request.headers().clone(),
            body: request.body().clone(),
            status: None,
        };
        let (peer, place) = {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            state.sent.push(sent);
            let peer = state.peers.iter().find(|(at, _)| *at == origin).map(|(_, peer)| Arc::clone(peer));
            (peer, state.sent.len() - 1)
        };
        let response = peer?.answer(request).await;
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sent) = state.sent.get_mut(place) {
            sent.status = response.as_ref().map(|response| response.status().as_u16());
        }
        response
    }

    /// What was sent, in order.
    #[must_use]
    pub fn sent(&self) -> Vec<Sent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).sent.clone()
    }

    /// What was sent since this was called last, as method and path with what was answered: `GET /v2/ 200`.
    ///
    /// ```
    /// use wharf_testkit::emulate::Network;
    ///
    /// assert!(Network::default().take_lines().is_empty());
    /// ```
    #[must_use]
    pub fn take_lines(&self) -> Vec<String> {
        let sent = std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).sent);
        let line = |sent: Sent| {
            let uri: Uri = sent.url.parse().unwrap();
            let status = sent.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
            format!("{} {} {status}", sent.method, uri.path())
        };
        sent.into_iter().map(line).collect()
    }
}

fn origin(uri: &Uri) -> String {
    let authority = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    format!("{}://{authority}", uri.scheme_str().unwrap_or("https"))
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").finish_non_exhaustive()
    }
}
