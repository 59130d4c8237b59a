//! Reading: what is believed, and what is not.

use futures_util::TryStreamExt;
use wharf_client::{Fault, Limits};
use wharf_registry::{ByteRange, Digest, ErrorCode, MediaType, Read, TagOrDigest};

use crate::peer::{
    MANIFEST, Peer, blob_reply, digest, fault, latest, manifest_reply, printed, reply, repository, wire,
};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn by_digest() -> TagOrDigest {
    TagOrDigest::Digest(digest(MANIFEST))
}

#[tokio::test]
async fn a_manifest_is_asked_for_by_what_can_be_used_and_not_encoded() {
    let peer = Peer::script([manifest_reply()]);
    let document = peer.client().manifest(&repository(), &latest()).await.unwrap();
    assert_eq!((document.bytes().as_ref(), document.digest()), (MANIFEST.as_bytes(), &digest(MANIFEST)));
    let sent = &peer.sent()[0];
    assert_eq!(sent.line(), "GET https://registry.example.com/v2/team/app/manifests/latest");
    let accepted = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
                    application/vnd.docker.distribution.manifest.list.v2+json, \
                    application/vnd.docker.distribution.manifest.v2+json";
    assert_eq!(sent.header("accept"), Some(accepted));
    assert_eq!(sent.header("accept-encoding"), Some("identity"));
    assert!(sent.header("user-agent").unwrap().starts_with("wharf/"));
}

/// Headers of an answer to a tag, and what comes of them.
#[tokio::test]
async fn a_manifest_by_tag_is_what_the_registry_says_that_it_is() {
    let (right, wrong) = (digest(MANIFEST).to_string(), digest("other").to_string());
    let sha512 = "sha512:".to_owned() + &"a".repeat(128);
    let unknown = "blake3:abcdefabcdefabcdefabcdefabcdefabcdef";
    let table: [(&[&str], Option<Fault>); 8] = [
        (&[], None),
        (&[&right], None),
        (&[&right, &right], None),
        (&[unknown], None),
        (&[&wrong], Some(Fault::WrongDigest)),
        (&[&sha512], Some(Fault::WrongDigest)),
        (&[&right, &wrong], Some(Fault::DuplicateHeader)),
        (&["sha256:../../x"], Some(Fault::Digest)),
    ];
    for (digests, expected) in table {
        let mut headers = vec![("content-type", INDEX)];
        headers.extend(digests.iter().map(|digest| ("docker-content-digest", *digest)));
        let peer = Peer::script([reply(200, &headers, MANIFEST)]);
        let result = peer.client().manifest(&repository(), &latest()).await;
        match expected {
            None => assert_eq!(*result.unwrap().digest(), digest(MANIFEST)),
            Some(expected) => {
                let error = result.unwrap_err();
                assert_eq!(fault(&error), expected, "{digests:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_manifest_by_digest_has_that_digest() {
    let peer = Peer::script([manifest_reply(), reply(200, &[("content-type", INDEX)], "{}")]);
    let client = peer.client();
    assert_eq!(client.manifest(&repository(), &by_digest()).await.unwrap().bytes(), MANIFEST);
    let error = client.manifest(&repository(), &by_digest()).await.unwrap_err();
    assert_eq!((error.code(), fault(&error)), (&ErrorCode::DIGEST_INVALID, Fault::WrongDigest));
}

/// What is asked for by digest comes under no other: the right bytes under a wrong name are a sign of trouble, and a head
/// has no bytes that could tell. What is said under another algorithm says nothing.
#[tokio::test]
async fn what_is_asked_for_by_digest_is_not_said_to_have_another() {
    let (right, wrong) = (digest(MANIFEST).to_string(), digest("other").to_string());
    let sha512 = "sha512:".to_owned() + &"a".repeat(128);
    let unknown = "blake3:abcdefabcdefabcdefabcdefabcdefabcdef";
    let table: [(&[&str], Option<Fault>); 8] = [
        (&[], None),
        (&[&right], None),
        (&[&right, &right], None),
        (&[unknown], None),
        (&[&sha512], None),
        (&[&wrong], Some(Fault::WrongDigest)),
        (&[&right, &wrong], Some(Fault::DuplicateHeader)),
        (&["sha256:../../x"], Some(Fault::Digest)),
    ];
    for (digests, expected) in table {
        let said: Vec<String> = digests.iter().map(ToString::to_string).collect();
        let peer = Peer::new(move |sent| {
            let mut headers = vec![("content-type", INDEX), ("content-length", "34")];
            headers.extend(said.iter().map(|said| ("docker-content-digest", said.as_str())));
            match sent.header("range") {
                None => reply(200, &headers, if sent.method == "HEAD" { "" } else { MANIFEST }),
                Some(_) => {
                    headers.push(("content-range", "bytes 0-33/34"));
                    reply(206, &headers, MANIFEST)
                }
            }
        });
        let (client, repository, digest) = (peer.client(), repository(), digest(MANIFEST));
        let by_parts = client.clone().with_ranges(wharf_client::Ranges::default());
        let range = ByteRange::Between { first: 0, last: 33 };
        let results = [
            client.manifest(&repository, &by_digest()).await.map(drop),
            client.resolve(&repository, &by_digest()).await.map(drop),
            client.blob(&repository, &digest).await.map(drop),
            client.stat_blob(&repository, &digest).await.map(drop),
            client.blob_range(&repository, &digest, range).await.map(drop),
            by_parts.blob(&repository, &digest).await.map(drop),
        ];
        for (number, result) in results.into_iter().enumerate() {
            let found = result.map_err(|error| fault(&error)).err();
            assert_eq!(found, expected, "{digests:?}, operation {number}");
        }
    }
    // A head that lies is not asked again in another way.
    let headers = [("content-type", INDEX), ("content-length", "34"), ("docker-content-digest", wrong.as_str())];
    let peer = Peer::script([reply(200, &headers, "")]);
    let error = peer.client().resolve(&repository(), &by_digest()).await.unwrap_err();
    assert_eq!(fault(&error), Fault::WrongDigest);
}

#[tokio::test]
async fn sha512_is_verified_as_such() {
    let mut hasher = wharf_registry::Hasher::new(wharf_registry::Algorithm::SHA512).unwrap();
    hasher.update(MANIFEST.as_bytes());
    let digest = hasher.finish();
    let peer = Peer::script([manifest_reply()]);
    let document = peer.client().manifest(&repository(), &TagOrDigest::Digest(digest.clone())).await.unwrap();
    assert_eq!(*document.digest(), digest);
}

#[tokio::test]
async fn what_cannot_be_verified_is_not_fetched() {
    let digest = Digest::parse("blake3:abcdefabcdefabcdefabcdefabcdefabcdef").unwrap();
    let peer = Peer::script([]);
    let client = peer.client();
    let which = TagOrDigest::Digest(digest.clone());
    for error in [
        client.manifest(&repository(), &which).await.unwrap_err(),
        client.resolve(&repository(), &which).await.unwrap_err(),
        client.blob(&repository(), &digest).await.unwrap_err(),
        client.stat_blob(&repository(), &digest).await.unwrap_err(),
    ] {
        assert_eq!(*error.code(), ErrorCode::DIGEST_INVALID);
    }
}

#[tokio::test]
async fn a_page_is_no_manifest() {
    let peer = Peer::script([reply(200, &[("content-type", "text/html")], "<html>Welcome</html>")]);
    let error = peer.client().manifest(&repository(), &latest()).await.unwrap_err();
    assert_eq!((error.code(), fault(&error)), (&ErrorCode::MANIFEST_INVALID, Fault::MediaType));
}

#[tokio::test]
async fn a_manifest_is_read_up_to_its_limit() {
    let mut limits = Limits::default();
    for (limit, announced, fits) in
        [(MANIFEST.len(), true, true), (MANIFEST.len() - 1, true, false), (MANIFEST.len() - 1, false, false)]
    {
        limits.manifest_bytes = limit;
        let length = MANIFEST.len().to_string();
        let mut headers = vec![("content-type", INDEX)];
        if announced {
            headers.push(("content-length", &length));
        }
        let peer = Peer::script([reply(200, &headers, MANIFEST)]);
        let result = peer.client().with_limits(limits).manifest(&repository(), &latest()).await;
        assert_eq!(result.map_err(|error| fault(&error)).err(), (!fits).then_some(Fault::TooLarge));
    }
}

#[tokio::test]
async fn a_manifest_that_is_cut_short_is_an_error() {
    let length = (MANIFEST.len() + 1).to_string();
    let peer = Peer::script([reply(200, &[("content-type", INDEX), ("content-length", &length)], MANIFEST)]);
    let error = peer.client().manifest(&repository(), &latest()).await.unwrap_err();
    assert_eq!(fault(&error), Fault::WrongLength);
}

#[tokio::test]
async fn encoded_content_is_refused() {
    for coding in ["gzip", "br", "identity, gzip"] {
        let headers = [("content-type", INDEX), ("content-encoding", coding), ("content-length", "7")];
        let peer = Peer::new(move |_| reply(200, &headers, "content"));
        let client = peer.client();
        let errors = [
            client.manifest(&repository(), &latest()).await.unwrap_err(),
            client.blob(&repository(), &digest("content")).await.unwrap_err(),
            client.stat_blob(&repository(), &digest("content")).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(fault(&error), Fault::ContentEncoding);
        }
    }
    let headers = [("content-type", INDEX), ("content-encoding", "Identity")];
    let peer = Peer::script([reply(200, &headers, MANIFEST)]);
    peer.client().manifest(&repository(), &latest()).await.unwrap();
}

/// What a registry leaves out of its answer to HEAD has to be found out by GET.
#[tokio::test]
async fn resolve_asks_for_the_manifest_when_the_head_does_not_say_all() {
    let said = digest(MANIFEST).to_string();
    let all = [("content-type", INDEX), ("content-length", "34"), ("docker-content-digest", said.as_str())];
    assert_eq!(MANIFEST.len(), 34);
    for missing in 0..=all.len() {
        let headers: Vec<_> = all.iter().enumerate().filter(|(at, _)| *at != missing).map(|(_, pair)| *pair).collect();
        let peer = Peer::script([reply(200, &headers, ""), manifest_reply()]);
        let descriptor = peer.client().resolve(&repository(), &latest()).await.unwrap();
        assert_eq!((descriptor.digest, descriptor.size), (digest(MANIFEST), 34));
        assert_eq!(descriptor.media_type, MediaType::IMAGE_INDEX);
        assert_eq!(peer.sent().len(), if missing == all.len() { 1 } else { 2 });
    }
    let peer = Peer::script([reply(405, &[], ""), manifest_reply()]);
    peer.client().resolve(&repository(), &latest()).await.unwrap();
    let peer = Peer::script([reply(404, &[], "")]);
    let error = peer.client().resolve(&repository(), &latest()).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::MANIFEST_UNKNOWN);
    // Under another algorithm, a registry says nothing of the digest that was asked for.
    let other = format!("sha512:{}", "a".repeat(128));
    let headers = [("content-type", INDEX), ("content-length", "34"), ("docker-content-digest", other.as_str())];
    let peer = Peer::script([reply(200, &headers, ""), manifest_reply()]);
    assert_eq!(peer.client().resolve(&repository(), &by_digest()).await.unwrap().digest, digest(MANIFEST));
}

#[tokio::test]
async fn a_blob_is_verified_as_it_flows() {
    for (sent, expected) in [
        ("content", None),
        ("CONTENT", Some(ErrorCode::DIGEST_INVALID)),
        ("conten", Some(ErrorCode::SIZE_INVALID)),
        ("content!", Some(ErrorCode::SIZE_INVALID)),
    ] {
        let peer = Peer::script([reply(200, &[("content-length", "7")], sent)]);
        let blob = peer.client().blob(&repository(), &digest("content")).await.unwrap();
        assert_eq!(blob.descriptor().size, 7);
        let read = blob.try_collect::<Vec<_>>().await;
        assert_eq!(read.map_err(|error| error.code().clone()).err(), expected, "{sent}");
    }
}

#[tokio::test]
async fn the_size_of_a_blob_is_asked_for_when_it_is_not_said() {
    let peer = Peer::script([reply(200, &[], "content"), reply(200, &[("content-length", "7")], "")]);
    let blob = peer.client().blob(&repository(), &digest("content")).await.unwrap();
    assert_eq!(blob.try_collect::<Vec<_>>().await.unwrap().concat(), b"content");
}

/// What a registry may say to `HEAD`, and to the request for the first byte that is made when that says nothing of the
/// blob.
#[tokio::test]
async fn the_size_of_a_blob_stands_beside_its_first_byte() {
    let part = |range: &'static str| move || reply(206, &[("content-range", range)], "c");
    let (silent, said) = (|| reply(200, &[], ""), || reply(200, &[("content-length", "7")], ""));
    let unknown = |status| move || reply(status, &[], "");
    type Answer = Box<dyn Fn() -> http::Response<wharf_client::Body>>;
    let table: [(Answer, Answer, Result<u64, Fault>); 11] = [
        (Box::new(silent), Box::new(part("bytes 0-0/7")), Ok(7)),
        (Box::new(unknown(405)), Box::new(part("bytes 0-0/7")), Ok(7)),
        (Box::new(unknown(501)), Box::new(said), Ok(7)),
        (Box::new(silent), Box::new(|| reply(416, &[("content-range", "bytes */0")], "")), Ok(0)),
        (Box::new(silent), Box::new(silent), Err(Fault::Length)),
        (Box::new(silent), Box::new(part("bytes 0-0/*")), Err(Fault::Length)),
        (Box::new(silent), Box::new(part("bytes 0-0/1099511627777")), Err(Fault::TooLarge)),
        (Box::new(silent), Box::new(|| reply(416, &[], "")), Err(Fault::Length)),
        (Box::new(silent), Box::new(|| reply(416, &[("content-range", "bytes */7")], "")), Err(Fault::Length)),
        (
            Box::new(silent),
            Box::new(|| reply(206, &[("content-range", "bytes 0-0/7"), ("content-encoding", "gzip")], "c")),
            Err(Fault::ContentEncoding),
        ),
        (
            Box::new(|| reply(200, &[("content-type", "text/html"), ("content-length", "7")], "")),
            Box::new(silent),
            Err(Fault::MediaType),
        ),
    ];
    for (number, (head, first, expected)) in table.into_iter().enumerate() {
        let peer = Peer::script([head(), first()]);
        let found = peer.client().stat_blob(&repository(), &digest("content")).await;
        let found = found.map(|found| found.size).map_err(|error| fault(&error));
        assert_eq!(found, expected, "{number}");
        let sent = peer.sent();
        assert_eq!(sent[0].method, "HEAD");
        assert!(sent.get(1).is_none_or(|sent| sent.method == "GET" && sent.header("range") == Some("bytes=0-0")));
    }
    for status in [401, 403, 404] {
        let peer = Peer::script([reply(status, &[], "")]);
        let error = peer.client().stat_blob(&repository(), &digest("content")).await.unwrap_err();
        assert_eq!(wire(&error).status().unwrap(), status, "a refusal of the registry is one");
    }
}

#[tokio::test]
async fn headers_are_read_up_to_their_limit() {
    let table = [(999, None), (1000, None), (1001, Some(Fault::Headers))];
    for (size, expected) in table {
        let headers = [("content-type", MediaType::IMAGE_INDEX.as_str()), ("x", "y")];
        let known: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        let padding = "z".repeat(size - known - 1);
        let peer = Peer::new(move |_| reply(200, &[headers[0], headers[1], ("p", &padding)], MANIFEST));
        let mut limits = Limits::default();
        limits.header_bytes = 1000;
        let read = peer.client().with_limits(limits).manifest(&repository(), &latest()).await;
        assert_eq!(read.as_ref().err().map(fault), expected, "{size}");
    }
}

#[tokio::test]
async fn a_length_is_a_number_and_one() {
    let table: [(&[&str], Fault); 6] = [
        (&["+7"], Fault::Length),
        (&["7,7"], Fault::Length),
        (&["18446744073709551616"], Fault::Length),
        (&["7", "8"], Fault::DuplicateHeader),
        (&["ü"], Fault::Header),
        (&["1099511627777"], Fault::TooLarge),
    ];
    for (lengths, expected) in table {
        let headers: Vec<_> = lengths.iter().map(|length| ("content-length", *length)).collect();
        let peer = Peer::script([reply(200, &headers, "content")]);
        let error = peer.client().blob(&repository(), &digest("content")).await.unwrap_err();
        assert_eq!(fault(&error), expected, "{lengths:?}");
    }
}

#[tokio::test]
async fn a_range_is_the_one_that_was_asked_for() {
    let range = ByteRange::Between { first: 1, last: 3 };
    let table: [(&str, Option<&str>, Option<Fault>); 9] = [
        ("ont", Some("bytes 1-3/7"), None),
        ("ont", None, Some(Fault::ContentRange)),
        ("ont", Some("bytes 0-2/7"), Some(Fault::ContentRange)),
        ("ont", Some("bytes 1-4/7"), Some(Fault::ContentRange)),
        ("ont", Some("bytes 1-3/*"), Some(Fault::ContentRange)),
        ("ont", Some("bytes 1-3/3"), Some(Fault::ContentRange)),
        ("ont", Some("bytes +1-3/7"), Some(Fault::ContentRange)),
        ("ont", Some("1-3/7"), Some(Fault::ContentRange)),
        ("ont", Some("bytes 1-18446744073709551615/7"), Some(Fault::ContentRange)),
    ];
    for (body, said, expected) in table {
        let headers: Vec<_> = said.iter().map(|said| ("content-range", *said)).collect();
        let peer = Peer::script([reply(206, &headers, body)]);
        let result = peer.client().blob_range(&repository(), &digest("content"), range).await;
        assert_eq!(peer.sent()[0].header("range"), Some("bytes=1-3"));
        match expected {
            None => {
                let part = result.unwrap();
                assert_eq!((part.offset(), part.length(), part.blob().size), (1, 3, 7));
                assert_eq!(part.into_unverified().try_collect::<Vec<_>>().await.unwrap().concat(), b"ont");
            }
            Some(expected) => assert_eq!(fault(&result.unwrap_err()), expected, "{said:?}"),
        }
    }
}

#[tokio::test]
async fn a_range_of_another_length_is_an_error_at_its_end() {
    for body in ["on", "onte"] {
        let peer = Peer::script([reply(206, &[("content-range", "bytes 1-3/7")], body)]);
        let range = ByteRange::Between { first: 1, last: 3 };
        let part = peer.client().blob_range(&repository(), &digest("content"), range).await.unwrap();
        let error = part.into_unverified().try_collect::<Vec<_>>().await.unwrap_err();
        assert_eq!(fault(&error), Fault::WrongLength);
    }
}

#[tokio::test]
async fn a_registry_without_ranges_says_so() {
    let range = ByteRange::From { first: 1 };
    let peer = Peer::script([blob_reply("content"), reply(416, &[], "")]);
    let client = peer.client();
    assert!(client.blob_range(&repository(), &digest("content"), range).await.unwrap_err().is_unsupported());
    let error = client.blob_range(&repository(), &digest("content"), range).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::RANGE_INVALID);
}

/// Answers that say no, and the code that each operation gives for them.
#[tokio::test]
async fn refusals_have_the_codes_of_the_specification() {
    let body = |code: &str| format!("{{\"errors\":[{{\"code\":\"{code}\",\"message\":\"m\",\"detail\":null}}]}}");
    let table = [
        (401, body("UNAUTHORIZED"), "UNAUTHORIZED", "UNAUTHORIZED"),
        (403, body("DENIED"), "DENIED", "DENIED"),
        (403, String::new(), "DENIED", "DENIED"),
        (404, body("NAME_UNKNOWN"), "NAME_UNKNOWN", "NAME_UNKNOWN"),
        (404, body("NOT_FOUND"), "MANIFEST_UNKNOWN", "BLOB_UNKNOWN"),
        (404, "404 page not found".into(), "MANIFEST_UNKNOWN", "BLOB_UNKNOWN"),
        (404, body("MANIFEST_UNKNOWN"), "MANIFEST_UNKNOWN", "MANIFEST_UNKNOWN"),
        (405, String::new(), "UNSUPPORTED", "UNSUPPORTED"),
        (412, body("PROJECTPOLICYVIOLATION"), "PROJECTPOLICYVIOLATION", "PROJECTPOLICYVIOLATION"),
        (429, "<html>".into(), "TOOMANYREQUESTS", "TOOMANYREQUESTS"),
        (500, body("UNKNOWN"), "UNAVAILABLE", "UNAVAILABLE"),
        (502, "<html>".into(), "UNAVAILABLE", "UNAVAILABLE"),
        (418, "{\"errors\":null}".into(), "UNKNOWN", "UNKNOWN"),
        (418, "{\"errors\":[\"text\"]}".into(), "UNKNOWN", "UNKNOWN"),
    ];
    for (status, body, manifest, blob) in table {
        let peer = Peer::new(move |_| reply(status, &[], body.clone()));
        let client = peer.client();
        let error = client.manifest(&repository(), &latest()).await.unwrap_err();
        assert_eq!(error.code().as_str(), manifest, "{status}");
        assert_eq!(wire(&error).status().unwrap(), status);
        let error = client.blob(&repository(), &digest("x")).await.unwrap_err();
        assert_eq!(error.code().as_str(), blob, "{status}");
    }
}

#[tokio::test]
async fn an_error_tells_what_the_registry_said_and_no_more() {
    let long = format!("{{\"errors\":[{{\"code\":\"DENIED\",\"message\":\"{}\"}}]}}", "x".repeat(70_000));
    let body = r#"{"errors":[{"code":"DENIED","message":"no\u001b[31m entry"}]}"#;
    let peer = Peer::script([reply(403, &[], body), reply(403, &[], long)]);
    let client = peer.client();
    let error = client.manifest(&repository(), &latest()).await.unwrap_err();
    assert_eq!(error.to_string(), "get manifest team/app latest: DENIED");
    let text = "GET registry.example.com/v2/team/app/manifests/latest: status 403: DENIED: no\u{fffd}[31m entry \
                (the repository is missing, or not for this caller)";
    assert_eq!(wire(&error).to_string(), text);
    let error = client.manifest(&repository(), &latest()).await.unwrap_err();
    assert!(wire(&error).body().errors.is_empty(), "more than is read of an error is none");
    assert!(printed(&error).len() < 2000);
}
