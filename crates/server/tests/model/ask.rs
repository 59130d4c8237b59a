//! What is done, as a request.

use bytes::Bytes;
use futures_util::stream;
use http::{Method, Request};
use http_body::Frame;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use wharf_registry::Digest;

use crate::model::Model;
use crate::op::{MANIFESTS, Op, What, When, Which, digest};

/// A request before it is one.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: String,
    told: bool,
}

impl Asked {
    fn new(method: Method, target: String) -> Self {
        Self { method, target, headers: Vec::new(), body: String::new(), told: true }
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn body(self, body: impl Into<String>) -> Self {
        Self { body: body.into(), ..self }
    }

    pub(crate) fn request(&self) -> Request<BoxBody<Bytes, std::convert::Infallible>> {
        let body = Bytes::from(self.body.clone());
        let body = match self.told {
            true => Full::new(body).boxed(),
            false => BodyExt::boxed(StreamBody::new(stream::iter([Ok(Frame::data(body))]))),
        };
        let request = Request::builder().method(&self.method).uri(&self.target);
        let headers = self.headers.iter().filter(|(_, value)| !value.is_empty());
        headers.fold(request, |request, (name, value)| request.header(*name, value)).body(body).unwrap()
    }
}

pub(crate) fn request(op: &Op, model: &Model) -> Asked {
    let Op { who, repository, what } = op;
    let at = |rest: String| format!("/v2/{repository}/{rest}");
    let blob_at = |blob: &str| at(format!("blobs/{}", Digest::of(blob.as_bytes())));
    let manifest_at = |which: &Which| match which {
        Which::Tag(tag) => at(format!("manifests/{tag}")),
        Which::Digest(digest) => at(format!("manifests/{digest}")),
    };
    let session = |slot: usize| model.location(slot, repository);
    let read = |head: bool, target| Asked::new(if head { Method::HEAD } else { Method::GET }, target);
    let asked = match what {
        What::Restart => unreachable!("nothing is asked"),
        What::PostBlob { blob, told, right } => {
            let target = at(format!("blobs/uploads/?digest={}", Digest::of(blob.as_bytes())));
            let body = if *right { (*blob).to_owned() } else { format!("{blob}!") };
            Asked { told: *told, ..Asked::new(Method::POST, target).body(body) }
        }
        What::Start => Asked::new(Method::POST, at("blobs/uploads/".into())),
        What::Mount { blob, from } => {
            Asked::new(Method::POST, at(format!("blobs/uploads/?mount={}&from={from}", Digest::of(blob.as_bytes()))))
        }
        What::Append { slot, length, place } => {
            let (offset, piece) = model.piece(*slot, *length);
            let range = place.range(offset, piece.len()).map(|(first, last)| format!("{first}-{last}"));
            let range = range.unwrap_or_default();
            Asked::new(Method::PATCH, session(*slot)).header("content-range", range).body(piece)
        }
        What::Finish { slot, right } => {
            let (content, rest) = model.rest(*slot);
            let digest = Digest::of(if *right { content.as_bytes() } else { b"something else" });
            Asked::new(Method::PUT, format!("{}?digest={digest}", session(*slot))).body(rest)
        }
        What::Status { slot } => Asked::new(Method::GET, session(*slot)),
        What::Cancel { slot } => Asked::new(Method::DELETE, session(*slot)),
        What::GetBlob { blob, head, known, range } => {
            let tag = if *known { format!("\"{}\"", Digest::of(blob.as_bytes())) } else { String::new() };
            let range = range.map(|(first, last)| format!("bytes={first}-{last}")).unwrap_or_default();
            read(*head, blob_at(blob)).header("if-none-match", tag).header("range", range)
        }
        What::DeleteBlob { blob } => Asked::new(Method::DELETE, blob_at(blob)),
        What::PutManifest { manifest, which, tags, when } => {
            let query: Vec<_> = tags.iter().map(|tag| format!("tag={tag}")).collect();
            let put = Asked::new(Method::PUT, format!("{}?{}", manifest_at(which), query.join("&")));
            let put = match when {
                When::Always => put,
                When::Unset => put.header("if-none-match", "*"),
                When::PointsTo(manifest) => put.header("if-match", format!("\"{}\"", digest(*manifest, false))),
            };
            put.header("content-type", MANIFESTS[*manifest].media_type).body(MANIFESTS[*manifest].body.as_str())
        }
        What::GetManifest { which, head, known } => {
            let tag = if *known { format!("\"{}\"", digest(0, false)) } else { String::new() };
            read(*head, manifest_at(which)).header("if-none-match", tag)
        }
        What::DeleteManifest { which } => Asked::new(Method::DELETE, manifest_at(which)),
        What::Tags { n, last } => {
            let n = n.map(|n| format!("n={n}"));
            let query: Vec<_> = n.into_iter().chain(last.map(|last| format!("last={last}"))).collect();
            Asked::new(Method::GET, at(format!("tags/list?{}", query.join("&"))))
        }
        What::Catalog => Asked::new(Method::GET, "/v2/_catalog".into()),
    };
    asked.header("x-name", *who)
}
