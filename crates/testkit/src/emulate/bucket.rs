use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{ACCEPT_RANGES, AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, RANGE};
use http::{HeaderValue, Method, Request, Response, StatusCode};

use super::{About, Clock, Peer, Quirk, Step, answer};

/// A storage that a registry leads to for its blobs, by addresses that are signed for one method and some time. Clones
/// are the same storage.
///
/// It is refused there to whom is authorized otherwise as well, as S3 and Azure do.
#[derive(Clone)]
pub struct Bucket {
    clock: Clock,
    lifetime: Duration,
    origin: &'static str,
    once: bool,
    heads: bool,
    objects: Arc<Mutex<Vec<Object>>>,
}

struct Object {
    answer: Response<Bytes>,
    until: Duration,
    used: bool,
}

/// What S3 says to a signature that is not good for what is asked.
const DENIED: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"#;
/// What S3 says to a request that is authorized twice.
const TWICE: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified</Message></Error>"#;

impl Bucket {
    /// A storage at `origin`, whose addresses are good for `GET` and for so long.
    #[must_use]
    pub fn new(clock: Clock, origin: &'static str, lifetime: Duration) -> Self {
        Self { clock, lifetime, origin, once: false, heads: false, objects: Arc::default() }
    }

    /// The same with addresses that are good once.
    #[must_use]
    pub const fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// The same for a registry that leads there for `HEAD` as well, by the same addresses.
    #[must_use]
    pub const fn for_heads(mut self) -> Self {
        self.heads = true;
        self
    }

    /// Leads to the storage for blobs, with a status of a redirect.
    ///
    /// # Panics
    /// When the status is none.
    #[must_use]
    pub fn redirecting(&self, status: u16) -> [Quirk; 2] {
        let (bucket, heads) = (self.clone(), self.heads);
        // All of the blob goes there, whatever part of it is wanted.
        let whole = Quirk::before(About::Blob, |request| {
            request.headers_mut().remove(RANGE);
            Step::On
        });
        let lead = Quirk::after(About::Blob, move |request, response| {
            let reads = request.method() == Method::GET || heads && request.method() == Method::HEAD;
            if reads && response.status() == StatusCode::OK {
                let location = bucket.keep(response.clone());
                *response = answer(status, &[("location", &location)], "");
            }
        });
        [lead, whole]
    }

    fn keep(&self, answer: Response<Bytes>) -> String {
        let mut objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        objects.push(Object { answer, until: self.clock.now() + self.lifetime, used: false });
        format!("{}/object?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature={}", self.origin, objects.len() - 1)
    }

    fn serve(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let xml = [("content-type", "application/xml")];
        if request.headers().contains_key(AUTHORIZATION) {
            return answer(400, &xml, TWICE);
        }
        let query = request.uri().query().unwrap_or_default();
        let number = query.rsplit_once('=').and_then(|(_, number)| number.parse::<usize>().ok());
        let mut objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        let object = number.and_then(|number| objects.get_mut(number));
        let is_good = |object: &&mut Object| self.clock.now() < object.until && !(self.once && object.used);
        let Some(object) = object.filter(is_good).filter(|_| request.method() == Method::GET) else {
            return answer(403, &xml, DENIED);
        };
        object.used = true;
        part(request, object.answer.clone())
    }
}

/// The part of an answer that is wanted, if it is only a part from a first byte on.
fn part(request: &Request<Bytes>, mut whole: Response<Bytes>) -> Response<Bytes> {
    whole.headers_mut().insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let wanted = request.headers().get(RANGE).and_then(|range| range.to_str().ok()?.strip_prefix("bytes="));
    let Some((first, last)) = wanted.and_then(|wanted| wanted.split_once('-')) else { return whole };
    let size = whole.body().len();
    let first: usize = first.parse().unwrap();
    let last = last.parse().unwrap_or(usize::MAX).min(size.saturating_sub(1));
    if first > last {
        return answer(416, &[("content-range", &format!("bytes */{size}"))], "");
    }
    let bytes = whole.body().slice(first..=last);
    *whole.status_mut() = StatusCode::PARTIAL_CONTENT;
    let said = HeaderValue::from_str(&format!("bytes {first}-{last}/{size}")).unwrap();
    whole.headers_mut().insert(CONTENT_RANGE, said);
    whole.headers_mut().insert(CONTENT_LENGTH, bytes.len().into());
    *whole.body_mut() = bytes;
    whole
}

#[async_trait]
impl Peer for Bucket {
    async fn answer(&self, request: Request<Bytes>) -> Option<Response<Bytes>> {
        Some(self.serve(&request))
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket").field("origin", &self.origin).finish_non_exhaustive()
    }
}
