//! The index under a fallback tag: what is written there, when, and what is never written over.

use std::collections::HashMap;
use std::error::Error as _;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use bytes::Bytes;
use futures_util::future::join_all;
use http::Response;
use wharf_client::{Body, Client, Credential, Error, ErrorKind, Fault, Secret};
use wharf_registry::{
    Delete, Descriptor, Digest, Document, ErrorCode, Index, Manifest, MediaType, Precondition, Raw, Repository, Tag,
    Write,
};

use crate::peer::{BASIC, Peer, SECRET, Sent, reply, repository, wire};

/// A registry that stores manifests under names, with or without a list of referrers and conditions.
#[derive(Clone, Default)]
struct Shelf {
    manifests: Arc<Mutex<HashMap<String, (String, Bytes)>>>,
    api: Api,
    /// Says of what it stores that it has listed it.
    names: bool,
    conditions: bool,
    keeps_tags: bool,
}

/// What it answers when it is asked for a list of referrers.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Api {
    #[default]
    None,
    Empty,
    Lists,
    Denied,
}

impl Shelf {
    fn peer(&self) -> Peer {
        let shelf = self.clone();
        Peer::new(move |sent| shelf.answer(sent))
    }

    fn answer(&self, sent: &Sent) -> Response<Body> {
        let name = sent.url.rsplit('/').next().unwrap().to_owned();
        match (sent.method.as_str(), sent.url.contains("/referrers/")) {
            (_, true) => self.list(),
            ("GET", _) => self.get(&name),
            ("PUT", _) => self.put(&name, sent),
            _ if self.keeps_tags && !name.contains(':') => reply(405, &[], ""),
            _ => reply(if self.manifests.lock().unwrap().remove(&name).is_some() { 202 } else { 404 }, &[], ""),
        }
    }

    fn list(&self) -> Response<Body> {
        let of = |entries| reply(200, &[("content-type", INDEX)], index(entries).bytes().clone());
        match self.api {
            Api::None => reply(404, &[], "404 page not found"),
            Api::Empty => of(vec![]),
            Api::Lists => of(vec![signature("a").descriptor()]),
            Api::Denied => reply(403, &[], ""),
        }
    }

    fn get(&self, name: &str) -> Response<Body> {
        let Some((kind, bytes)) = self.manifests.lock().unwrap().get(name).cloned() else { return reply(404, &[], "") };
        let etag = format!("\"{}\"", Digest::of(&bytes));
        let mut headers = vec![("content-type", kind.as_str())];
        headers.extend(self.conditions.then_some(("etag", etag.as_str())));
        reply(200, &headers, bytes)
    }

    fn put(&self, name: &str, sent: &Sent) -> Response<Body> {
        let mut manifests = self.manifests.lock().unwrap();
        let now = manifests.get(name).map(|(_, bytes)| format!("\"{}\"", Digest::of(bytes)));
        if self.conditions && sent.header("if-match").is_some_and(|tag| now.as_deref() != Some(tag)) {
            return reply(412, &[], "");
        }
        manifests.insert(name.to_owned(), (sent.header("content-type").unwrap().to_owned(), sent.body.clone()));
        let subject = subject().to_string();
        let headers: Vec<_> = self.names.then_some(("oci-subject", subject.as_str())).into_iter().collect();
        reply(201, &headers, "")
    }

    fn set(&self, kind: &str, bytes: impl Into<Bytes>) {
        self.manifests.lock().unwrap().insert(tag(), (kind.to_owned(), bytes.into()));
    }

    fn tagged(&self) -> Option<Vec<Descriptor>> {
        let (kind, bytes) = self.manifests.lock().unwrap().get(&tag()).cloned()?;
        let document = Document::new(MediaType::parse(&kind).unwrap(), bytes);
        Some(document.decode::<Index>().unwrap().view().manifests.clone())
    }
}

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn subject() -> Digest {
    Digest::of(b"the subject")
}

fn tag() -> String {
    Tag::referrers_fallback(&subject()).to_string()
}

fn image() -> Descriptor {
    Descriptor::of(MediaType::IMAGE_MANIFEST, b"the subject")
}

fn kind(text: &str) -> MediaType {
    MediaType::parse(text).unwrap()
}

/// A referrer of the subject, told from others by its name.
fn signature(name: &str) -> Document {
    let manifest = Manifest::artifact(kind("a/signature"), Vec::new()).with_subject(image());
    Document::author(manifest.with_annotation("name", name)).unwrap().into_raw()
}

fn entry(name: &str) -> Descriptor {
    let mut entry = signature(name).descriptor();
    entry.artifact_type = Some(kind("a/signature"));
    entry.annotations.insert("name".into(), name.into());
    entry
}

fn index(entries: Vec<Descriptor>) -> Document<Index> {
    Document::assemble(Index::new(entries)).unwrap()
}

async fn put(client: &Client, document: &Document<Raw>) -> Result<(), wharf_registry::Error> {
    client.put_manifest(&repository(), document, &[], &Precondition::Always).await
}

/// Why the list of referrers could not be brought up to date, although the manifest itself was.
fn cause(error: &wharf_registry::Error) -> &Error {
    assert_eq!(wire(error).kind(), ErrorKind::Referrers);
    wire(error).source().unwrap().downcast_ref().unwrap()
}

#[tokio::test]
async fn a_referrer_is_listed_with_its_kind_and_all_its_annotations() {
    let config = Descriptor::of(kind("a/config"), b"{}");
    let table = [
        (signature("a"), Some("a/signature"), 1),
        (
            Document::author(Manifest::new(config, vec![]).with_subject(image())).unwrap().into_raw(),
            Some("a/config"),
            0,
        ),
        (Document::author(Index::new(vec![]).with_subject(image())).unwrap().into_raw(), None, 0),
        (
            Document::author(Index::new(vec![]).with_subject(image()).with_annotation("b", "c")).unwrap().into_raw(),
            None,
            1,
        ),
    ];
    for (document, artifact_type, annotations) in table {
        let shelf = Shelf::default();
        let peer = shelf.peer();
        put(&peer.client(), &document).await.unwrap();
        let mut expected = document.descriptor();
        expected.artifact_type = artifact_type.map(kind);
        let [found] = &shelf.tagged().unwrap()[..] else { panic!("one entry") };
        assert_eq!(found.annotations.len(), annotations);
        expected.annotations.clone_from(&found.annotations);
        assert_eq!(*found, expected);
        let base = "https://registry.example.com/v2/team/app";
        let digest = document.digest();
        assert_eq!(
            peer.lines(),
            [
                format!("PUT {base}/manifests/{digest}"),
                format!("GET {base}/referrers/{}", subject()),
                format!("GET {base}/manifests/{}", tag()),
                format!("PUT {base}/manifests/{}", tag()),
            ]
        );
    }
}

#[tokio::test]
async fn a_manifest_without_a_subject_concerns_nobody_else() {
    let peer = Shelf::default().peer();
    put(&peer.client(), &index(vec![]).into_raw()).await.unwrap();
    assert_eq!(peer.sent().len(), 1);
}

/// What a registry says that it does, and what it does.
#[tokio::test]
async fn the_fallback_tag_is_for_registries_that_do_not_list_referrers() {
    let table = [
        (true, Api::Lists, false),
        (true, Api::Empty, false),
        (true, Api::Denied, false),
        (true, Api::None, true),
        (false, Api::Lists, false),
        (false, Api::Empty, true),
        (false, Api::None, true),
    ];
    for (number, (names, api, written)) in table.into_iter().enumerate() {
        let shelf = Shelf { names, api, ..Shelf::default() };
        put(&shelf.peer().client(), &signature("a")).await.unwrap();
        assert_eq!(shelf.tagged().is_some(), written, "{number}");
    }
    let other = Descriptor::of(MediaType::IMAGE_MANIFEST, b"another subject");
    let manifest = Manifest::artifact(kind("a/signature"), Vec::new()).with_subject(other);
    let shelf = Shelf { names: true, api: Api::Empty, ..Shelf::default() };
    put(&shelf.peer().client(), &Document::author(manifest).unwrap().into_raw()).await.unwrap();
    assert_eq!(shelf.manifests.lock().unwrap().len(), 2, "another subject than the manifest's is none");
}

/// A subject can have thousands of referrers, and each push would read them all.
#[tokio::test]
async fn a_registry_that_names_the_subject_is_asked_for_little() {
    let document = signature("a");
    for (names, asked) in [(true, document.digest().clone()), (false, subject())] {
        let peer = Shelf { names, api: Api::Lists, ..Shelf::default() }.peer();
        put(&peer.client(), &document).await.unwrap();
        let base = "https://registry.example.com/v2/team/app";
        assert_eq!(peer.lines()[1..], [format!("GET {base}/referrers/{asked}")], "named: {names}");
    }
}

#[tokio::test]
async fn what_others_listed_stays() {
    let mut odd = Descriptor::of(kind("a/b"), b"odd").with_platform(wharf_registry::Platform::new("linux", "arm64"));
    odd.urls.push("not a url".into());
    let shelf = Shelf::default();
    shelf.set(INDEX, index(vec![odd.clone(), entry("x")]).bytes().clone());
    put(&shelf.peer().client(), &signature("a")).await.unwrap();
    assert_eq!(shelf.tagged().unwrap(), [odd, entry("x"), entry("a")]);
    let peer = shelf.peer();
    put(&peer.client(), &signature("a")).await.unwrap();
    assert_eq!(peer.lines().iter().filter(|line| line.starts_with("PUT")).count(), 1, "it is there already");
}

/// Members that are not known here belong to somebody else, and so do the spaces between them.
#[tokio::test]
async fn what_others_wrote_keeps_its_bytes() {
    let odd = r#"{"mediaType":"a/b","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "size" : 2,"x":{"y":1.50}}"#;
    let shelf = Shelf::default();
    shelf.set(INDEX, format!(r#"{{"schemaVersion":2,"x-note":"kept","manifests":[{odd}]}}"#));
    put(&shelf.peer().client(), &signature("a")).await.unwrap();
    let (_, bytes) = shelf.manifests.lock().unwrap().get(&tag()).cloned().unwrap();
    let text = std::str::from_utf8(&bytes).unwrap();
    assert!(text.starts_with(&format!(r#"{{"schemaVersion":2,"x-note":"kept","manifests":[{odd},"#)), "{text}");
}

#[tokio::test]
async fn what_is_no_list_of_referrers_is_not_written_over() {
    let manifest = signature("x").bytes().clone();
    let list =
        r#"{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.list.v2+json","manifests":[]}"#;
    let table = [
        ("application/vnd.oci.image.manifest.v1+json", manifest.clone()),
        ("application/vnd.docker.distribution.manifest.list.v2+json", list.into()),
        ("text/html", "<html>".into()),
        (INDEX, "{".into()),
        (INDEX, manifest),
    ];
    for (kind, bytes) in table {
        let shelf = Shelf::default();
        shelf.set(kind, bytes.clone());
        let error = put(&shelf.peer().client(), &signature("a")).await.unwrap_err();
        assert_eq!(cause(&error).kind(), ErrorKind::Peer(Fault::FallbackTag), "{kind}");
        assert_eq!(*error.code(), ErrorCode::UNAVAILABLE);
        let kept = shelf.manifests.lock().unwrap().get(&tag()).cloned().unwrap();
        assert_eq!(kept, (kind.to_owned(), bytes));
        let text = wire(&error).to_string();
        assert!(
            text.starts_with("PUT registry.example.com/v2/team/app/manifests/sha256:") && text.contains("done, but"),
            "{text}"
        );
    }
}

/// A registry that reads the tag as the digest that it is made of answers with the subject, which may be an index.
#[tokio::test]
async fn a_subject_is_not_written_over() {
    let subject = index(vec![image()]);
    let manifest = Manifest::artifact(kind("a/signature"), Vec::new()).with_subject(subject.descriptor());
    let document = Document::author(manifest).unwrap().into_raw();
    let bytes = subject.bytes().clone();
    let peer = Peer::new(move |sent| match sent.method.as_str() {
        "PUT" => reply(201, &[], ""),
        _ if sent.url.contains("/referrers/") => reply(404, &[], ""),
        _ => reply(200, &[("content-type", INDEX)], bytes.clone()),
    });
    let error = put(&peer.client(), &document).await.unwrap_err();
    assert_eq!(cause(&error).kind(), ErrorKind::Peer(Fault::FallbackTag));
    assert_eq!(peer.sent().len(), 3);
}

/// A list that came here with errors is not what others have written.
#[tokio::test]
async fn a_list_that_has_another_digest_is_not_written_back() {
    let digest = Digest::of(b"another").to_string();
    let peer = Peer::script([
        reply(201, &[], ""),
        reply(404, &[], ""),
        reply(200, &[("content-type", INDEX), ("docker-content-digest", &digest)], index(vec![]).bytes().clone()),
    ]);
    let error = put(&peer.client(), &signature("a")).await.unwrap_err();
    assert_eq!(cause(&error).kind(), ErrorKind::Peer(Fault::WrongDigest));
}

#[tokio::test]
async fn the_error_is_about_the_list_and_not_about_the_manifest() {
    let table =
        [(403, "DENIED"), (401, "UNAUTHORIZED"), (404, "UNAVAILABLE"), (405, "UNAVAILABLE"), (500, "UNAVAILABLE")];
    for (status, code) in table {
        let peer = Peer::script([
            reply(201, &[], ""),
            reply(404, &[], ""),
            reply(404, &[], ""),
            reply(status, &[], r#"{"errors":[{"code":"UNKNOWN"}]}"#),
        ]);
        let error = put(&peer.client(), &signature("a")).await.unwrap_err();
        assert_eq!(error.code().as_str(), code);
        assert_eq!(cause(&error).kind(), ErrorKind::Refused(status.try_into().unwrap()));
        assert_eq!(wire(&error).is_retryable(), status == 500);
    }
}

/// Others write between reading and writing, as often as `others` says.
fn race(others: usize, conditions: bool) -> (Shelf, Peer) {
    let shelf = Shelf { conditions, ..Shelf::default() };
    shelf.set(INDEX, index(vec![]).bytes().clone());
    let (inner, left) = (shelf.clone(), Mutex::new(others));
    let peer = Peer::new(move |sent| {
        let mut left = left.lock().unwrap();
        let answer = inner.answer(sent);
        if sent.method == "GET" && sent.url.ends_with(&tag()) && *left > 0 {
            *left -= 1;
            let mut entries = inner.tagged().unwrap();
            entries.push(entry(&format!("other {left}")));
            inner.set(INDEX, index(entries).bytes().clone());
        }
        answer
    });
    (shelf, peer)
}

#[tokio::test]
async fn a_lost_race_is_run_again_and_not_for_ever() {
    for (others, kept) in [(0, true), (1, true), (4, true), (5, false), (100, false)] {
        let (shelf, peer) = race(others, true);
        let result = put(&peer.client(), &signature("a")).await;
        let tagged = shelf.tagged().unwrap();
        assert_eq!((result.is_ok(), tagged.contains(&entry("a"))), (kept, kept), "{others}");
        assert_eq!(tagged.len(), others.min(5) + usize::from(kept), "nobody's entry is lost");
        if let Err(error) = result {
            assert_eq!(cause(&error).kind(), ErrorKind::Refused(http::StatusCode::PRECONDITION_FAILED));
        }
    }
}

#[tokio::test]
async fn a_condition_is_sent_when_the_registry_can_hold_it() {
    for (etag, sent) in [(Some("\"x\""), Some("\"x\"")), (Some("W/\"x\""), None), (Some("x"), None), (None, None)] {
        let mut headers = vec![("content-type", INDEX)];
        headers.extend(etag.map(|etag| ("etag", etag)));
        let peer = Peer::script([
            reply(201, &[], ""),
            reply(404, &[], ""),
            reply(200, &headers, index(vec![]).bytes().clone()),
            reply(201, &[], ""),
        ]);
        put(&peer.client(), &signature("a")).await.unwrap();
        assert_eq!((peer.sent()[3].header("if-match"), peer.sent()[3].header("if-none-match")), (sent, None));
    }
}

#[tokio::test]
async fn the_first_index_is_written_where_there_is_none() {
    let peer = Shelf::default().peer();
    put(&peer.client(), &signature("a")).await.unwrap();
    assert_eq!((peer.sent()[3].header("if-match"), peer.sent()[3].header("if-none-match")), (None, Some("*")));
}

#[tokio::test]
async fn handles_of_a_client_write_one_after_the_other_and_together_what_waits() {
    let shelf = Shelf::default();
    let peer = shelf.peer();
    let names: Vec<_> = (0..8).map(|number| number.to_string()).collect();
    let client = peer.client();
    let puts = names.iter().map(|name| {
        let client = client.clone();
        async move { put(&client, &signature(name)).await }
    });
    join_all(puts).await.into_iter().for_each(Result::unwrap);
    let mut found = shelf.tagged().unwrap();
    found.sort_by_key(|entry| entry.annotations.get("name").cloned());
    assert_eq!(found, names.iter().map(|name| entry(name)).collect::<Vec<_>>());
    assert_eq!(peer.count(&tag()), 4, "read and written by the first, and by one for all that waited for it");
}

/// Whoever is dropped, or fails, in the middle of writing leaves the others' entries to the others.
#[tokio::test]
async fn who_gives_up_holds_up_nobody() {
    for steps in 0..60 {
        let shelf = Shelf::default();
        let peer = shelf.peer();
        let client = peer.client();
        let (a, b) = (signature("a"), signature("b"));
        let mut first = Box::pin(put(&client, &a));
        let mut second = Box::pin(put(&client, &b));
        let mut context = Context::from_waker(Waker::noop());
        let mut ended = false;
        for _ in 0..steps {
            ended = ended || first.as_mut().poll(&mut context).is_ready();
            if ended {
                break;
            }
        }
        let ready = second.as_mut().poll(&mut context).is_ready();
        drop(first);
        assert!(!ready);
        second.await.unwrap();
        assert!(shelf.tagged().unwrap().contains(&entry("b")), "{steps}");
    }
    let failed = std::sync::atomic::AtomicBool::new(false);
    let shelf = Shelf::default();
    let inner = shelf.clone();
    let peer = Peer::new(move |sent| {
        let is_tag = sent.method == "PUT" && sent.url.ends_with(&tag());
        match is_tag && !failed.swap(true, std::sync::atomic::Ordering::Relaxed) {
            true => reply(500, &[], ""),
            false => inner.answer(sent),
        }
    });
    let client = peer.client();
    let (a, b, c) = (signature("a"), signature("b"), signature("c"));
    let results = join_all([put(&client, &a), put(&client, &b), put(&client, &c)]).await;
    assert_eq!(results.iter().filter(|result| result.is_err()).count(), 1);
    assert_eq!(shelf.tagged().unwrap().len(), 2, "what failed for one does not fail for all");
}

#[tokio::test]
async fn what_is_deleted_is_listed_no_more() {
    let digest = signature("a").digest().clone();
    for (keeps_tags, entries, left) in [
        (false, vec!["a", "x"], Some(vec!["x"])),
        (false, vec!["a"], None),
        (true, vec!["a"], Some(vec![])),
        (false, vec!["x"], Some(vec!["x"])),
        (false, vec![], Some(vec![])),
    ] {
        let shelf = Shelf { keeps_tags, ..Shelf::default() };
        shelf.set(INDEX, index(entries.into_iter().map(entry).collect()).bytes().clone());
        let manifest = (MediaType::IMAGE_MANIFEST.to_string(), signature("a").bytes().clone());
        shelf.manifests.lock().unwrap().insert(digest.to_string(), manifest);
        shelf.peer().client().delete_manifest(&repository(), &digest).await.unwrap();
        assert_eq!(shelf.tagged(), left.map(|left| left.into_iter().map(entry).collect()));
        assert!(!shelf.manifests.lock().unwrap().contains_key(&digest.to_string()));
    }
}

#[tokio::test]
async fn what_cannot_be_listed_is_deleted_all_the_same() {
    let shelf = Shelf::default();
    let digest = signature("a").digest().clone();
    let manifest = (MediaType::IMAGE_MANIFEST.to_string(), signature("a").bytes().clone());
    for other in [Some(signature("x").bytes().clone()), None] {
        shelf.manifests.lock().unwrap().insert(digest.to_string(), manifest.clone());
        shelf.manifests.lock().unwrap().remove(&tag());
        other.iter().for_each(|other| shelf.set(MediaType::IMAGE_MANIFEST.as_str(), other.clone()));
        shelf.peer().client().delete_manifest(&repository(), &digest).await.unwrap();
        assert_eq!(shelf.manifests.lock().unwrap().len(), usize::from(other.is_some()));
    }
    let peer = Peer::script([reply(403, &[], ""), reply(202, &[], "")]);
    peer.client().delete_manifest(&repository(), &digest).await.unwrap();

    let peer = Peer::script([
        reply(200, &[("content-type", MediaType::IMAGE_MANIFEST.as_str())], signature("a").bytes().clone()),
        reply(202, &[], ""),
        reply(403, &[], ""),
    ]);
    let error = peer.client().delete_manifest(&repository(), &digest).await.unwrap_err();
    assert_eq!(
        (cause(&error).kind(), error.code()),
        (ErrorKind::Refused(http::StatusCode::FORBIDDEN), &ErrorCode::DENIED)
    );
    assert!(wire(&error).to_string().starts_with("DELETE registry.example.com/v2/team/app/manifests/sha256:"));
}

/// Repositories and subjects have nothing to do with each other.
#[tokio::test]
async fn who_writes_elsewhere_does_not_wait() {
    let shelf = Shelf::default();
    let peer = shelf.peer();
    let client = peer.client();
    let (document, other) = (signature("a"), Repository::from_static("other"));
    let mut stuck = Box::pin(put(&client, &document));
    for _ in 0..9 {
        let _ = stuck.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
    client.put_manifest(&other, &document, &[], &Precondition::Always).await.unwrap();
    assert_eq!(peer.count("/other/manifests/sha256-"), 2);
}

/// A registry that knows two identities, one of which may not write under the fallback tag.
#[tokio::test]
async fn nobody_s_change_is_made_with_another_s_rights() {
    let shelf = Shelf::default();
    let inner = shelf.clone();
    let peer = Peer::new(move |sent| match sent.header("authorization") {
        None => reply(401, &[("www-authenticate", "Basic realm=x")], ""),
        Some(who) if who != BASIC && sent.method == "PUT" && sent.url.ends_with(&tag()) => reply(403, &[], ""),
        Some(_) => inner.answer(sent),
    });
    let may = peer.client().with_credentials(Credential::basic("robot", Secret::new(SECRET)));
    let may_not = may.clone().with_credentials(Credential::basic("other", Secret::new("another")));
    let referrers = ["a", "b", "c"].map(signature);
    let puts = [(&may, &referrers[0]), (&may, &referrers[1]), (&may_not, &referrers[2])];
    let done = join_all(puts.map(|(client, document)| put(client, document))).await;
    assert_eq!(done.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, true, false]);
    assert_eq!(shelf.tagged().unwrap(), [entry("a"), entry("b")]);
}
