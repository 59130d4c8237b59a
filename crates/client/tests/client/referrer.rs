//! Referrers: a registry's own list, the fallback tag, and the ways in which registries say that they have neither.

use futures_util::TryStreamExt;
use http::Response;
use wharf_client::Body;
use wharf_registry::{Descriptor, Digest, Document, ErrorCode, Index, List, MediaType};

use crate::peer::{Peer, reply, repository};

const API: &str = "https://registry.example.com/v2/team/app/referrers/";
const TAG: &str = "https://registry.example.com/v2/team/app/manifests/sha256-";

fn subject() -> Digest {
    Digest::of(b"the subject")
}

fn entry(content: &str) -> Descriptor {
    Descriptor::of(MediaType::IMAGE_MANIFEST, content.as_bytes())
}

fn index(entries: &[&str]) -> Document<Index> {
    Document::author(Index::new(entries.iter().map(|content| entry(content)).collect())).unwrap()
}

/// An index as a registry answers with it.
fn listed(entries: &[&str], link: Option<&str>) -> Response<Body> {
    let mut headers = vec![("content-type", MediaType::IMAGE_INDEX.as_str().to_owned())];
    headers.extend(link.map(|link| ("link", link.to_owned())));
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    reply(200, &headers, index(entries).bytes().clone())
}

async fn referrers(peer: &Peer) -> Result<Vec<Descriptor>, wharf_registry::Error> {
    let (client, repository, subject) = (peer.client(), repository(), subject());
    client.referrers(&repository, &subject, None).try_collect().await
}

#[tokio::test]
async fn the_registry_s_list_is_read_to_its_end() {
    let next = format!("<{API}{}?last=x>; rel=\"next\"", subject());
    let peer = Peer::script([listed(&["a", "b"], Some(&next)), listed(&["c"], None)]);
    assert_eq!(referrers(&peer).await.unwrap(), ["a", "b", "c"].map(entry));
    assert_eq!(peer.lines(), [format!("GET {API}{}", subject()), format!("GET {API}{}?last=x", subject())]);
}

/// Registries may look for one kind and say so, or list others all the same, and a fallback tag has whatever is there.
#[tokio::test]
async fn one_kind_is_listed_whoever_looks_for_it() {
    let kind = MediaType::parse("application/vnd.example.signature").unwrap();
    let (mut signature, other) = (entry("a signature"), entry("something else"));
    signature.artifact_type = Some(kind.clone());
    let list = Document::author(Index::new(vec![other.clone(), signature.clone()])).unwrap();
    let mixed = |extra: Option<(&str, &str)>| {
        let headers: Vec<_> = [("content-type", MediaType::IMAGE_INDEX.as_str())].into_iter().chain(extra).collect();
        reply(200, &headers, list.bytes().clone())
    };
    let asked = format!("GET {API}{}?artifactType=application%2Fvnd.example.signature", subject());
    let table = [
        (vec![mixed(None)], vec![signature.clone()]),
        (vec![mixed(Some(("oci-filters-applied", "org.example, annotations")))], vec![signature.clone()]),
        (vec![mixed(Some(("oci-filters-applied", "artifactType")))], vec![other, signature.clone()]),
        (vec![reply(404, &[], ""), mixed(Some(("oci-filters-applied", "artifactType")))], vec![signature]),
    ];
    for (number, (replies, expected)) in table.into_iter().enumerate() {
        let peer = Peer::script(replies);
        let (client, repository, subject) = (peer.client(), repository(), subject());
        let found: Vec<_> = client.referrers(&repository, &subject, Some(&kind)).try_collect().await.unwrap();
        assert_eq!(found, expected, "{number}");
        assert_eq!(peer.lines()[0], asked, "{number}");
    }
}

#[tokio::test]
async fn nothing_may_be_listed() {
    let peer = Peer::script([listed(&[], None)]);
    assert_eq!(referrers(&peer).await.unwrap(), []);
}

/// Every way of having no list leads to the fallback tag, and to nothing where that is not there either.
#[tokio::test]
async fn registries_without_a_list_are_asked_for_the_fallback_tag() {
    let answers: [fn() -> Response<Body>; 9] = [
        || reply(404, &[], "404 page not found"),
        || reply(404, &[], r#"{"errors":[{"code":"NAME_UNKNOWN"}]}"#),
        || reply(400, &[], r#"{"errors":[{"code":"MANIFEST_INVALID"}]}"#),
        || reply(405, &[], ""),
        || reply(406, &[], ""),
        || reply(501, &[], ""),
        || reply(200, &[("content-type", "text/html")], "<html>"),
        || reply(200, &[], r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json"}"#),
        || reply(303, &[("location", "http://web.example.net/packages")], ""),
    ];
    for (number, answer) in answers.into_iter().enumerate() {
        let peer = Peer::script([answer(), listed(&["a"], None)]);
        assert_eq!(referrers(&peer).await.unwrap(), [entry("a")], "{number}");
        assert_eq!(peer.lines()[1], format!("GET {TAG}{}", subject().encoded()), "{number}");
        let peer = Peer::script([answer(), reply(404, &[], "")]);
        assert_eq!(referrers(&peer).await.unwrap(), [], "{number}");
    }
}

/// A web site that a registry leads to answers as web sites do, which says nothing about referrers.
#[tokio::test]
async fn a_list_that_is_led_to_a_web_site_is_none() {
    for status in [403, 404, 429] {
        let peer = Peer::new(move |sent| match sent.url.as_str() {
            url if url.starts_with(API) => reply(303, &[("location", "https://web.example.net/packages")], ""),
            url if url.starts_with(TAG) => listed(&["a"], None),
            _ => reply(status, &[("content-type", "text/html"), ("retry-after", "3600")], "<html>"),
        });
        assert_eq!(referrers(&peer).await.unwrap(), [entry("a")], "{status}");
    }
}

/// What may not be seen is not what is not there.
#[tokio::test]
async fn a_refusal_is_no_empty_list() {
    for (status, code) in [(401, ErrorCode::UNAUTHORIZED), (403, ErrorCode::DENIED)] {
        let peer = Peer::script([reply(status, &[], "")]);
        assert_eq!(*referrers(&peer).await.unwrap_err().code(), code);
        let peer = Peer::script([reply(404, &[], ""), reply(status, &[], "")]);
        assert_eq!(*referrers(&peer).await.unwrap_err().code(), code, "under the tag");
    }
    let next = format!("<{API}{}?last=x>; rel=\"next\"", subject());
    let peer = Peer::script([listed(&["a"], Some(&next)), reply(404, &[], "")]);
    referrers(&peer).await.expect_err("a list that breaks off is not a whole one");
}

/// Some registries read the fallback tag as the digest that it is made of, and anyone may have put anything there.
#[tokio::test]
async fn what_is_no_index_lists_nothing() {
    let manifest = r#"{"schemaVersion":2,"config":{"mediaType":"a/b","size":0,"digest":"a:b"},"layers":[]}"#;
    let manifest = |headers: &[(&str, &str)]| reply(200, headers, manifest);
    let types = [("content-type", MediaType::IMAGE_MANIFEST.as_str())];
    let peer = Peer::script([reply(404, &[], ""), manifest(&types)]);
    assert_eq!(referrers(&peer).await.unwrap(), []);

    let itself = index(&["a"]);
    let peer = Peer::script([reply(404, &[], ""), listed(&["a"], None)]);
    let (client, repository) = (peer.client(), repository());
    let found: Vec<_> = client.referrers(&repository, itself.digest(), None).try_collect().await.unwrap();
    assert_eq!(found, [], "the subject is no list of what refers to it");
}
