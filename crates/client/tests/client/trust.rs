//! Where a request may be led to, and that no secret goes there.

use wharf_client::{Client, Credential, Fault, Secret, UrlFault};
use wharf_registry::{Blob, ErrorCode, Read, Write};

use crate::peer::{
    BASIC, HOST, Peer, SECRET, assert_confined, bearer, blob_reply, digest, fault, host, latest, manifest_reply,
    printed, reply, repository, token,
};

const HOME: &str = "https://registry.example.com";

fn robot() -> Credential {
    Credential::basic("robot", Secret::new(SECRET))
}

/// Wants Basic for everything at home, and answers everything else with `elsewhere`.
fn guarded(
    home: impl Fn(&str) -> http::Response<wharf_client::Body> + Send + Sync + 'static,
    elsewhere: impl Fn(&str) -> http::Response<wharf_client::Body> + Send + Sync + 'static,
) -> Peer {
    Peer::new(move |sent| match sent.url.strip_prefix(HOME).filter(|rest| rest.starts_with('/')) {
        Some(_) if sent.header("authorization").is_none() => {
            reply(401, &[("www-authenticate", "Basic realm=\"x\"")], "")
        }
        Some(path) => home(path),
        None => elsewhere(&sent.url),
    })
}

#[tokio::test]
async fn a_redirect_elsewhere_is_followed_without_authorization() {
    let places = [
        "https://cdn.example.net/blob?X-Amz-Signature=canary-5eecret",
        "https://registry.example.com:8443/blob",
        "https://other.registry.example.com/blob",
        "//cdn.example.net/blob",
    ];
    for status in [301, 302, 303, 307, 308] {
        for place in places {
            let peer = guarded(move |_| reply(status, &[("location", place)], "moved"), |_| blob_reply("content"));
            let client = peer.client().with_credentials(robot());
            let blob = client.blob(&repository(), &digest("content")).await.unwrap();
            assert_eq!(blob.into_bytes(&wharf_registry::Limits::default()).await.unwrap(), "content");
            let last = peer.sent().pop().unwrap();
            assert_eq!(last.header("authorization"), None, "{place}");
            assert_eq!(last.header("cookie"), None);
        }
    }
}

#[tokio::test]
async fn a_redirect_at_home_keeps_the_authorization() {
    let peer = guarded(
        |path| match path {
            "/v2/library/app/manifests/latest" => manifest_reply(),
            _ => reply(301, &[("location", "/v2/library/app/manifests/latest")], ""),
        },
        |_| unreachable!(),
    );
    peer.client().with_credentials(robot()).manifest(&repository(), &latest()).await.unwrap();
    assert_eq!(peer.sent().pop().unwrap().header("authorization"), Some(BASIC));
}

#[tokio::test]
async fn authorization_that_was_dropped_is_not_restored_back_home() {
    let back = "https://registry.example.com/back";
    let peer = Peer::new(move |sent| match sent.url.as_str() {
        "https://elsewhere.example.net/a" => reply(307, &[("location", back)], ""),
        url if url == back => reply(307, &[("location", "/further")], ""),
        "https://registry.example.com/further" => reply(401, &[("www-authenticate", "Basic realm=x")], ""),
        _ if sent.header("authorization").is_none() => reply(401, &[("www-authenticate", "Basic realm=x")], ""),
        _ => reply(307, &[("location", "https://elsewhere.example.net/a")], ""),
    });
    let client = peer.client().with_credentials(robot());
    let error = client.blob(&repository(), &digest("x")).await.unwrap_err();
    assert_eq!(*error.code(), ErrorCode::UNAUTHORIZED);
    let last = peer.sent().pop().unwrap();
    assert_eq!((last.url.as_str(), last.header("authorization")), ("https://registry.example.com/further", None));
    assert_eq!(peer.count("/further"), 1, "and no challenge is answered there");
}

#[tokio::test]
async fn a_challenge_elsewhere_is_not_answered() {
    for challenge in ["Basic realm=\"x\"", "Bearer realm=\"https://evil.example.net/token\""] {
        let peer = guarded(
            |_| reply(302, &[("location", "https://evil.example.net/blob")], ""),
            move |_| reply(401, &[("www-authenticate", challenge)], ""),
        );
        let client = peer.client().with_credentials(robot());
        let error = client.blob(&repository(), &digest("x")).await.unwrap_err();
        assert_eq!(*error.code(), ErrorCode::UNAUTHORIZED);
        assert_eq!(peer.sent().len(), 3);
        client.blob(&repository(), &digest("x")).await.unwrap_err();
        assert_eq!(peer.sent().len(), 5, "what home wants is known, and elsewhere nothing is answered");
        assert_confined(&peer, &[HOME]);
    }
}

/// What a `Location` can be, and what is wrong with it.
const UNUSABLE: [(&str, UrlFault); 25] = [
    ("http://registry.example.com/x", UrlFault::Insecure),
    ("http://evil.example.net/x", UrlFault::Insecure),
    ("http://registry.example.com:443/x", UrlFault::Insecure),
    ("https://user@evil.example.net/x", UrlFault::UserInformation),
    ("https://canary-5eecret:x@registry.example.com/x", UrlFault::UserInformation),
    ("", UrlFault::Malformed),
    ("/\\evil.example.net/x", UrlFault::Malformed),
    ("\\\\evil.example.net/x", UrlFault::Malformed),
    ("https://ev il/x", UrlFault::Malformed),
    ("https://[::1/x", UrlFault::Malformed),
    ("file:///etc/passwd", UrlFault::Scheme),
    ("data:text/plain,x", UrlFault::Scheme),
    ("https://127.0.0.1/x", UrlFault::PrivateAddress),
    ("https://[::ffff:127.0.0.1]/x", UrlFault::PrivateAddress),
    ("https://169.254.169.254/latest/meta-data", UrlFault::PrivateAddress),
    ("https://localhost:8443/x", UrlFault::PrivateAddress),
    ("https://localhost./x", UrlFault::PrivateAddress),
    ("https://100.64.0.1/x", UrlFault::PrivateAddress),
    ("https://192.0.0.1/x", UrlFault::PrivateAddress),
    ("https://198.18.0.1/x", UrlFault::PrivateAddress),
    ("https://224.0.0.1/x", UrlFault::PrivateAddress),
    ("https://[::7f00:1]/x", UrlFault::PrivateAddress),
    ("https://[2002:7f00:1::]/x", UrlFault::PrivateAddress),
    ("https://[64:ff9b::7f00:1]/x", UrlFault::PrivateAddress),
    ("https://[fec0::1]/x", UrlFault::PrivateAddress),
];

#[tokio::test]
async fn an_unusable_redirect_is_refused() {
    for (place, wrong) in UNUSABLE {
        let peer = Peer::script([reply(302, &[("location", place)], "")]);
        let error = peer.client().blob(&repository(), &digest("x")).await.unwrap_err();
        assert_eq!(fault(&error), Fault::Redirect(wrong), "{place}");
        assert!(!printed(&error).contains(SECRET));
    }
    let peer = Peer::script([reply(302, &[], "")]);
    let error = peer.client().blob(&repository(), &digest("x")).await.unwrap_err();
    assert_eq!(fault(&error), Fault::Redirect(UrlFault::Missing));
}

#[tokio::test]
async fn five_redirects_are_followed_and_not_six() {
    for (hops, ends) in [(5, true), (6, false)] {
        let peer = Peer::new(move |sent| {
            let hop: u32 = sent.url.rsplit_once('=').map_or(0, |(_, hop)| hop.parse().unwrap());
            match hop == hops {
                true => blob_reply("content"),
                false => reply(307, &[("location", &format!("/x?hop={}", hop + 1))], ""),
            }
        });
        let blob = peer.client().blob(&repository(), &digest("content")).await;
        assert_eq!(blob.is_ok(), ends);
        assert_eq!(peer.sent().len(), 6);
    }
}

#[tokio::test]
async fn a_write_is_not_redirected() {
    let peer = Peer::script([reply(307, &[("location", "https://evil.example.net/")], "")]);
    let error = peer.client().put_blob(&repository(), Blob::from_bytes("x")).await.unwrap_err();
    assert_eq!(fault(&error), Fault::Redirected);
}

#[tokio::test]
async fn an_upload_goes_where_the_location_says() {
    let table = [
        ("/v2/team/app/blobs/uploads/1", "https://registry.example.com/v2/team/app/blobs/uploads/1?", true),
        ("1?_state=a%2Fb%3D", "https://registry.example.com/v2/team/app/blobs/uploads/1?_state=a%2Fb%3D&", true),
        ("https://registry.example.com/u?x=1&y", "https://registry.example.com/u?x=1&y&", true),
        ("https://registry.example.com:443/u", "https://registry.example.com/u?", true),
        ("https://registry.example.com:8443/u", "https://registry.example.com:8443/u?", false),
        ("https://store.example.net/u?sig=canary-5eecret", "https://store.example.net/u?sig=canary-5eecret&", false),
        ("//evil.example.net/u", "https://evil.example.net/u?", false),
    ];
    for (location, put, authorized) in table {
        let peer = Peer::new(move |sent| match sent.method.as_str() {
            "PUT" => reply(201, &[], ""),
            _ if sent.header("authorization").is_none() => reply(401, &[("www-authenticate", "Basic realm=x")], ""),
            _ => reply(202, &[("location", location)], ""),
        });
        let client = peer.client().with_credentials(robot());
        client.put_blob(&repository(), Blob::from_bytes("content")).await.unwrap();
        let last = peer.sent().pop().unwrap();
        let hex = digest("content").encoded().to_string();
        assert_eq!(last.line(), format!("PUT {put}digest=sha256%3A{hex}"));
        assert_eq!(last.header("authorization").is_some(), authorized, "{location}");
        assert_eq!((&last.body[..], last.header("content-length")), (&b"content"[..], Some("7")));
    }
}

#[tokio::test]
async fn an_unusable_location_is_refused() {
    for (place, wrong) in UNUSABLE {
        let peer = Peer::script([reply(202, &[("location", place)], "")]);
        let error = peer.client().put_blob(&repository(), Blob::from_bytes("x")).await.unwrap_err();
        assert_eq!(fault(&error), Fault::Location(wrong), "{place}");
        assert_eq!(peer.sent().len(), 1);
        assert!(!printed(&error).contains(SECRET));
    }
    let long = format!("/{}", "x".repeat(9000));
    let peer = Peer::script([reply(202, &[("location", &long)], "")]);
    let error = peer.client().put_blob(&repository(), Blob::from_bytes("x")).await.unwrap_err();
    assert_eq!(fault(&error), Fault::Header);
}

#[tokio::test]
async fn the_location_of_a_plain_registry_is_not_elsewhere_over_http() {
    let peer = Peer::script([reply(202, &[("location", "http://evil.example.net/u")], "")]);
    let client = peer.client().plain_http();
    let error = client.put_blob(&repository(), Blob::from_bytes("x")).await.unwrap_err();
    assert_eq!(fault(&error), Fault::Location(UrlFault::Insecure));
}

/// Realms, whether credentials go there, or what is wrong with them.
#[tokio::test]
async fn credentials_go_to_trusted_realms_only() {
    let table: [(&str, Result<bool, UrlFault>); 21] = [
        ("https://registry.example.com/token", Ok(true)),
        ("https://registry.example.com:443/token", Ok(true)),
        ("https://trusted.example.net/token", Ok(true)),
        ("https://registry.example.com:8443/token", Ok(false)),
        ("https://auth.example.com/token", Ok(false)),
        ("https://auth.docker.io/token", Ok(false)),
        ("https://evil.example.net/registry.example.com", Ok(false)),
        ("http://registry.example.com/token", Err(UrlFault::Insecure)),
        ("http://trusted.example.net/token", Err(UrlFault::Insecure)),
        ("https://127.0.0.1/token", Err(UrlFault::PrivateAddress)),
        ("https://[::ffff:7f00:1]/token", Err(UrlFault::PrivateAddress)),
        ("https://169.254.169.254/token", Err(UrlFault::PrivateAddress)),
        ("https://localhost/token", Err(UrlFault::PrivateAddress)),
        ("https://robot:canary-5eecret@registry.example.com/", Err(UrlFault::Malformed)),
        ("/token", Ok(true)),
        ("", Err(UrlFault::Missing)),
        ("token", Err(UrlFault::Relative)),
        ("?scope=x", Err(UrlFault::Relative)),
        ("//evil.example.net/token", Err(UrlFault::Relative)),
        ("/\\\\evil.example.net/token", Err(UrlFault::Relative)),
        ("file:///etc/passwd", Err(UrlFault::Malformed)),
    ];
    for (realm, expected) in table {
        let peer = Peer::new(move |sent| match sent.header("authorization") {
            Some("Bearer t") => manifest_reply(),
            _ if sent.url.contains("scope=") => token("t"),
            _ => bearer(realm),
        });
        let client = peer.client().with_credentials(robot()).trust_realm(host("trusted.example.net"));
        let result = client.manifest(&repository(), &latest()).await;
        match expected {
            Ok(told) => {
                result.unwrap();
                let asked = &peer.sent()[1];
                let realm = if realm == "/token" { "https://registry.example.com/token" } else { realm };
                assert!(asked.url.starts_with(&realm.replace(":443", "")));
                assert_eq!(asked.header("authorization").is_some(), told, "{realm}");
            }
            Err(wrong) => {
                let error = result.unwrap_err();
                assert_eq!(fault(&error), Fault::Realm(wrong), "{realm}");
                assert!(!printed(&error).contains(SECRET));
                assert_eq!(peer.sent().len(), 1);
            }
        }
    }
}

#[tokio::test]
async fn docker_hub_has_its_own_addresses() {
    let peer = Peer::new(|sent| match sent.header("authorization") {
        Some("Bearer t") => manifest_reply(),
        _ if sent.url.contains("scope=") => token("t"),
        _ => bearer("https://auth.docker.io/token"),
    });
    let client = Client::new(peer.clone(), host("docker.io")).unwrap().with_credentials(robot());
    client.manifest(&repository(), &latest()).await.unwrap();
    assert_confined(&peer, &["https://registry-1.docker.io", "https://auth.docker.io"]);
    let authorized: Vec<_> = peer.sent().iter().map(|sent| sent.header("authorization").is_some()).collect();
    assert_eq!(authorized, [false, true, true]);
}

#[tokio::test]
async fn plain_http_is_for_the_named_host_alone() {
    let realms = [
        ("http://registry.example.com/token", Ok(true)),
        ("http://other.example.com/token", Err(UrlFault::Insecure)),
        ("http://registry.example.com:81/token", Err(UrlFault::Insecure)),
        ("https://other.example.com/token", Ok(false)),
    ];
    for (realm, expected) in realms {
        let peer = Peer::new(move |sent| match sent.header("authorization") {
            Some("Bearer t") => manifest_reply(),
            _ if sent.url.contains("scope=") => token("t"),
            _ => bearer(realm),
        });
        let client = peer.client().plain_http().with_credentials(robot());
        let result = client.manifest(&repository(), &latest()).await.map_err(|error| fault(&error));
        match expected {
            Ok(told) => {
                result.unwrap();
                assert_eq!(peer.sent()[1].header("authorization").is_some(), told, "{realm}");
            }
            Err(wrong) => assert_eq!(result.unwrap_err(), Fault::Realm(wrong)),
        }
        assert!(peer.sent()[0].url.starts_with("http://registry.example.com/"));
    }
}

#[tokio::test]
async fn a_registry_that_repeats_a_secret_is_not_quoted() {
    let echo = r#"{"errors":[{"code":"UNAUTHORIZED","message":"bad token canary-5eecret"}]}"#;
    let peer = Peer::new(move |sent| match sent.header("authorization") {
        _ if sent.url.contains("scope=") => token(SECRET),
        None => bearer("https://registry.example.com/token"),
        _ => reply(401, &[], echo),
    });
    let error = peer.client().manifest(&repository(), &latest()).await.unwrap_err();
    assert!(!printed(&error).contains(SECRET), "{}", printed(&error));

    let echo = reply(400, &[], r#"{"errors":[{"code":"DENIED","message":"wrong password canary-5eecret"}]}"#);
    let peer = Peer::script([bearer("https://registry.example.com/token"), echo]);
    let error = peer.client().with_credentials(robot()).manifest(&repository(), &latest()).await.unwrap_err();
    assert!(!printed(&error).contains(SECRET), "{}", printed(&error));
}

#[test]
fn nothing_public_prints_a_secret() {
    let peer = Peer::script([]);
    let client = peer.client().with_credentials(robot());
    let text = format!("{client:?} {client:#?} {:?} {:?}", robot(), Secret::new(SECRET));
    assert!(!text.contains(SECRET) && text.contains(HOST));
}
