use async_trait::async_trait;
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};

/// Somebody on the network who answers requests.
///
/// A body that is shorter than its `Content-Length` is one whose connection breaks off there, and no answer at all a
/// connection that is closed without one. A function from a request to a response is a peer, too.
#[async_trait]
pub trait Peer: Send + Sync {
    /// Answers a request, whose body has come whole.
    async fn answer(&self, request: Request<Bytes>) -> Option<Response<Bytes>>;
}

#[async_trait]
impl<F: Fn(&Request<Bytes>) -> Response<Bytes> + Send + Sync> Peer for F {
    async fn answer(&self, request: Request<Bytes>) -> Option<Response<Bytes>> {
        Some(self(&request))
    }
}

/// A response with its length.
///
/// ```
/// use wharf_testkit::emulate::answer;
///
/// let response = answer(404, &[("content-type", "text/plain")], "404 page not found");
/// assert_eq!((response.status().as_u16(), &response.headers()["content-length"]), (404, &"18".parse().unwrap()));
/// ```
///
/// # Panics
/// When the status or a header is none.
#[must_use]
pub fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    let length = response.body().len();
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        response.headers_mut().append(name, HeaderValue::from_str(value).unwrap());
    }
    response
}
