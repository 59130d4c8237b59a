//! Requests of any kind to a server of a store in memory. The input is a script: requests with an empty line between
//! them, each of which is a method and a target, headers, and after a line's first `=` or `~` the body, whose length is
//! told or not. `{at}` stands for the newest `Location`, `{of}` for the digest of the request's own body, and
//! `{of:TEXT}` for that of a text.

use bytes::Bytes;
use futures_util::{FutureExt, TryStreamExt, stream};
use http::header::LOCATION;
use http::{Method, Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full, StreamBody};
use tower_service::Service as _;
use wharf_registry::{Content, Descriptor, Digest, List, Read, Repository};
use wharf_server::Service;
use wharf_store::{Store, memory};
use wharf_testkit::exchange::well_formed;

type Memory = Store<memory::Blobs, memory::Names>;

/// More requests than any state needs.
const REQUESTS: usize = 64;

/// Whatever is asked, every answer is well-formed and none is the server's fault; in the end every tag leads to a
/// manifest that has its digest, and what a manifest needs is there unless somebody has deleted something.
pub fn server_request(input: &[u8]) {
    let (store, mut location, mut deleted) = (Store::memory(), String::new(), false);
    let mut service = Service::new(store.clone());
    for script in String::from_utf8_lossy(input).split("\n\n").take(REQUESTS) {
        let Some((method, response)) = exchange(&mut service, script, &location) else { continue };
        if let Err(wrong) = well_formed(&method, &response) {
            panic!("{script:?}: {wrong}");
        }
        deleted |= method == Method::DELETE && response.status() == 202;
        if let Some(newest) = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()) {
            newest.clone_into(&mut location);
        }
    }
    now(hold(&store, deleted));
}

/// What is answered; nothing when this is no request that a server could get.
fn exchange(service: &mut Service, script: &str, location: &str) -> Option<(Method, Response<Bytes>)> {
    let (head, body) = match script.find("\n=").or_else(|| script.find("\n~")) {
        Some(at) => script.split_at_checked(at)?,
        None => (script, ""),
    };
    let content = body.get(2..).unwrap_or_default();
    let head = head.replace("{at}", location).replace("{of}", &Digest::of(content.as_bytes()).to_string());
    let head = digests(&head);
    let mut lines = head.lines();
    let (method, target) = lines.next()?.split_once(' ')?;
    let request = Request::builder().method(method).uri(target);
    let headers = lines.filter_map(|line| line.split_once(':'));
    let request = headers.fold(request, |request, (name, value)| request.header(name, value.trim()));
    let content = Bytes::from(digests(content));
    let method = Method::from_bytes(method.as_bytes()).ok()?;
    let response = match body.starts_with("\n~") {
        true => send(service, request.body(pieces(content)).ok()?),
        false => send(service, request.body(Full::new(content)).ok()?),
    };
    Some((method, response))
}

/// Replaces what stands for the digest of a text.
fn digests(text: &str) -> String {
    let mut parts = text.split("{of:");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('}') {
            Some((content, rest)) => filled.extend([&*Digest::of(content.as_bytes()).to_string(), rest]),
            None => filled.push_str(part),
        }
    }
    filled
}

/// A body of two pieces, whose length nobody tells.
fn pieces(content: Bytes) -> impl Body<Data = Bytes, Error = std::io::Error> + Send {
    let half = content.len() / 2;
    let pieces = [content.slice(..half), content.slice(half..)];
    StreamBody::new(stream::iter(pieces.map(|piece| Ok(Frame::data(piece)))))
}

fn send<B>(service: &mut Service, request: Request<B>) -> Response<Bytes>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let Ok(response) = now(service.call(request));
    let (head, body) = response.into_parts();
    match now(body.collect()) {
        Ok(body) => Response::from_parts(head, body.to_bytes()),
        Err(error) => panic!("a body breaks off: {error:?}"),
    }
}

/// Nothing here has anything to wait for.
fn now<T>(future: impl Future<Output = T>) -> T {
    match future.now_or_never() {
        Some(value) => value,
        None => panic!("somebody waits"),
    }
}

async fn hold(store: &Memory, deleted: bool) {
    let repositories: Vec<Repository> = store.repositories(None).try_collect().await.unwrap_or_default();
    for repository in repositories {
        let tags: Vec<_> = match store.tags(&repository, None).try_collect().await {
            Ok(tags) => tags,
            Err(error) => panic!("the tags of a repository that is listed: {error:?}"),
        };
        for tag in tags {
            match store.manifest(&repository, &tag.into()).await {
                Err(error) => panic!("a tag leads nowhere: {error:?}"),
                Ok(document) if deleted => drop(document),
                Ok(document) => match document.decode::<Content>() {
                    Ok(document) => has_needs(store, &repository, document.view()).await,
                    Err(error) => panic!("a manifest that was taken does not read: {error}"),
                },
            }
        }
    }
}

async fn has_needs(store: &Memory, repository: &Repository, content: &Content) {
    let (blobs, manifests): (Vec<&Descriptor>, &[Descriptor]) = match content {
        Content::Manifest(manifest) => (manifest.layers.iter().chain([&manifest.config]).collect(), &[]),
        Content::Index(index) => (Vec::new(), &index.manifests),
        _ => return,
    };
    for blob in blobs.into_iter().filter(|blob| is_needed(blob)) {
        assert!(store.stat_blob(repository, &blob.digest).await.is_ok(), "a blob is missing: {blob:?}");
    }
    for manifest in manifests.iter().filter(|manifest| is_needed(manifest)) {
        let which = manifest.digest.clone().into();
        assert!(store.resolve(repository, &which).await.is_ok(), "a manifest is missing: {manifest:?}");
    }
}

/// Whether it must be in the registry itself.
fn is_needed(descriptor: &Descriptor) -> bool {
    let kind = descriptor.media_type.as_str();
    descriptor.urls.is_empty() && !kind.contains("nondistributable") && !kind.contains("foreign")
}
