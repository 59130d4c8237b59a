//! Every endpoint, for everybody, on what is there, what is not there, and what must not be seen.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::FutureExt;
use http::Method;
use tower_service::Service as _;
use wharf_distribution::{Challenge, Endpoint};
use wharf_registry::{Digest, ErrorCode, ReadOnly, Registry};
use wharf_server::{Access, Authorize, Identity, Permission, Server, Service, Unidentified};
use wharf_store::Store;

use crate::backend::{Failing, Small};
use crate::doorkeeper::{Doorkeeper, guarded};
use crate::harness::{Answer, EMPTY_INDEX, INDEX, ask, put_blob, put_index, send};
use crate::net::Running;

const PATHS: [&str; 3] = ["there", "empty", "hidden"];

/// An endpoint, and what is answered to who may: in a repository with everything in it, and in one that does not exist.
struct Row {
    endpoint: &'static str,
    method: &'static str,
    target: &'static str,
    body: &'static str,
    right: Right,
    there: (u16, &'static str),
    absent: (u16, &'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
enum Right {
    Base,
    Catalog,
    Pull,
    Push,
    Delete,
}

use Right::{Base, Catalog, Delete, Pull, Push};

/// Neither of these is what a store answers alone: lists of referrers depend on what it keeps.
const AS_WITHOUT_RIGHTS: (u16, &str) = (0, "");

/// `{r}` is the repository, `{b}` a blob, `{s}` a session, and `{e}` the digest of nothing.
#[rustfmt::skip]
const ROWS: [Row; 18] = [
    row("Base", "GET", "/v2/", "", Base, (200, ""), (200, "")),
    row("ListRepositories", "GET", "/v2/_catalog", "", Catalog, (200, ""), (200, "")),
    row("GetManifest", "GET", "/v2/{r}/manifests/latest", "", Pull, (200, ""), (404, "MANIFEST_UNKNOWN")),
    row("HeadManifest", "HEAD", "/v2/{r}/manifests/latest", "", Pull, (200, ""), (404, "")),
    row("PutManifest", "PUT", "/v2/{r}/manifests/latest", EMPTY_INDEX, Push, (201, ""), (201, "")),
    row("DeleteManifest", "DELETE", "/v2/{r}/manifests/latest", "", Delete, (202, ""), (404, "NAME_UNKNOWN")),
    row("GetBlob", "GET", "/v2/{r}/blobs/{b}", "", Pull, (200, ""), (404, "BLOB_UNKNOWN")),
    row("HeadBlob", "HEAD", "/v2/{r}/blobs/{b}", "", Pull, (200, ""), (404, "")),
    row("DeleteBlob", "DELETE", "/v2/{r}/blobs/{b}", "", Delete, (202, ""), (404, "NAME_UNKNOWN")),
    row("StartUpload", "POST", "/v2/{r}/blobs/uploads/", "", Push, (202, ""), (202, "")),
    row("PostBlob", "POST", "/v2/{r}/blobs/uploads/?digest={e}", "", Push, (201, ""), (201, "")),
    row("MountBlob", "POST", "/v2/{r}/blobs/uploads/?mount={b}&from={r}/source", "", Push, (201, ""), (202, "")),
    row("UploadStatus", "GET", "/v2/{r}/blobs/uploads/{s}", "", Push, (204, ""), (404, "BLOB_UPLOAD_UNKNOWN")),
    row("AppendUpload", "PATCH", "/v2/{r}/blobs/uploads/{s}", "x", Push, (202, ""), (404, "BLOB_UPLOAD_UNKNOWN")),
    row("FinishUpload", "PUT", "/v2/{r}/blobs/uploads/{s}?digest={e}", "", Push, (201, ""), (404, "BLOB_UPLOAD_UNKNOWN")),
    row("CancelUpload", "DELETE", "/v2/{r}/blobs/uploads/{s}", "", Push, (204, ""), (404, "BLOB_UPLOAD_UNKNOWN")),
    row("ListTags", "GET", "/v2/{r}/tags/list", "", Pull, (200, ""), (404, "NAME_UNKNOWN")),
    row("ListReferrers", "GET", "/v2/{r}/referrers/{b}", "", Pull, AS_WITHOUT_RIGHTS, AS_WITHOUT_RIGHTS),
];

const fn row(
    endpoint: &'static str,
    method: &'static str,
    target: &'static str,
    body: &'static str,
    right: Right,
    there: (u16, &'static str),
    absent: (u16, &'static str),
) -> Row {
    Row { endpoint, method, target, body, right, there, absent }
}

/// The names of the variants, as they are written.
fn endpoints() -> BTreeSet<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../distribution/src/endpoint.rs");
    let source = std::fs::read_to_string(path).unwrap();
    let (_, variants) = source.split_once("pub enum Endpoint {").unwrap();
    let (variants, _) = variants.split_once("\n}").unwrap();
    let variants = variants.lines().map(str::trim).filter(|line| line.starts_with(char::is_uppercase));
    variants.map(|line| line.chars().take_while(|letter| letter.is_alphanumeric()).collect()).collect()
}

/// An endpoint that nobody has thought about here fails this test.
#[test]
fn the_table_has_every_endpoint() {
    assert_eq!(ROWS.iter().map(|row| row.endpoint.to_owned()).collect::<BTreeSet<_>>(), endpoints());
    for row in &ROWS {
        let target = fill(row.target, "there", "session");
        let (path, query) = target.split_once('?').map_or((&*target, None), |(path, query)| (path, Some(query)));
        let endpoint = Endpoint::parse(&Method::from_bytes(row.method.as_bytes()).unwrap(), path, query).unwrap();
        assert!(format!("{endpoint:?}").starts_with(row.endpoint), "{target}");
    }
}

fn fill(target: &str, repository: &str, session: &str) -> String {
    let target = target.replace("{r}", repository).replace("{s}", session);
    target.replace("{b}", &Digest::of(b"content").to_string()).replace("{e}", &Digest::of(b"").to_string())
}

/// Everything that is asked for is in `there` and in `hidden`, and nothing is in `empty`.
fn furnished() -> (Service, Service) {
    let (store, service) = guarded();
    let open = Service::new(store);
    for repository in ["there", "hidden"] {
        put_index(&open, repository, "latest");
        put_blob(&open, repository, "content");
        put_blob(&open, &format!("{repository}/source"), "content");
    }
    (open, service)
}

fn ask_as(service: &Service, name: Option<&str>, method: &str, target: &str, body: &'static str) -> Answer {
    let mut headers = vec![("content-type", INDEX)];
    headers.extend(name.map(|name| ("authorization", name)));
    ask(service, method, target, &headers, body)
}

/// A session of this name's where it may have one, and else of somebody's.
fn session(service: &Service, repository: &str, name: Option<&str>) -> String {
    let owner = match (repository, name) {
        ("hidden", _) => "owner",
        (_, Some("writer" | "keeper")) => name.unwrap(),
        _ => "keeper",
    };
    if repository == "empty" {
        return "0123456789abcdef0123456789abcdef".into();
    }
    let answer = ask_as(service, Some(owner), "POST", &format!("/v2/{repository}/blobs/uploads/"), "");
    answer.header("docker-upload-uuid").into()
}

fn expected(
    row: &Row,
    name: Option<&str>,
    repository: &str,
    open: impl Fn() -> (u16, &'static str),
) -> (u16, &'static str) {
    let most = match name {
        None | Some("wrong") => return (401, "UNAUTHORIZED"),
        Some("unsure") => return (503, "UNAVAILABLE"),
        Some("nobody") => Base,
        Some("reader") => Pull,
        Some("writer") => Push,
        _ => Delete,
    };
    let in_repository = row.right >= Pull;
    if repository == "hidden" && in_repository {
        return match (row.endpoint, row.right) {
            ("ListReferrers", _) => (200, ""),
            (_, Pull) => row.absent,
            _ => (403, "DENIED"),
        };
    }
    if row.right > most {
        return (403, "DENIED");
    }
    match if repository == "there" { row.there } else { row.absent } {
        AS_WITHOUT_RIGHTS => open(),
        answer => answer,
    }
}

#[test]
fn everybody_gets_what_they_have_a_right_to() {
    let names = [None, Some("wrong"), Some("unsure"), Some("nobody"), Some("reader"), Some("writer"), Some("keeper")];
    for row in &ROWS {
        for name in names {
            for repository in PATHS {
                let (open, service) = furnished();
                let target = fill(row.target, repository, &session(&service, repository, name));
                let answer = ask_as(&service, name, row.method, &target, row.body);
                let code = if row.method == "HEAD" || answer.status < 400 { String::new() } else { answer.code() };
                let (status, said) =
                    expected(row, name, repository, || match ask(&open, "GET", &target, &[], "").status {
                        200 => (200, ""),
                        _ => (404, "UNSUPPORTED"),
                    });
                let said = if row.method == "HEAD" { "" } else { said };
                assert_eq!((answer.status, &*code), (status, said), "{} {target} as {name:?}", row.method);
                assert_eq!(answer.has("www-authenticate"), status == 401, "{answer:?}");
                assert_eq!(answer.has("retry-after"), status == 503, "{answer:?}");
            }
        }
    }
}

/// What is refused has changed nothing, and what was carried out has.
#[test]
fn who_may_not_changes_nothing() {
    for row in ROWS.iter().filter(|row| row.right >= Push) {
        for name in [None, Some("wrong"), Some("unsure"), Some("nobody"), Some("reader"), Some("writer")] {
            for repository in ["there", "hidden"] {
                if name == Some("writer") && repository == "there" && row.right == Push {
                    continue;
                }
                let (open, service) = furnished();
                let session = session(&service, repository, None);
                let state = || {
                    let targets = ["/v2/{r}/manifests/latest", "/v2/{r}/blobs/{b}", "/v2/{r}/blobs/{e}"];
                    let mut state: Vec<_> = targets
                        .iter()
                        .map(|target| ask(&open, "GET", &fill(target, repository, ""), &[], "").status)
                        .collect();
                    let target = fill("/v2/{r}/blobs/uploads/{s}", repository, &session);
                    state.push(ask(&open, "GET", &target, &[], "").status);
                    state
                };
                assert_eq!(state(), [200, 200, 404, 204]);
                ask_as(&service, name, row.method, &fill(row.target, repository, &session), row.body);
                assert_eq!(state(), [200, 200, 404, 204], "{} as {name:?}", row.endpoint);
            }
        }
    }
}

/// The answer as somebody sees it who compares: everything, but for the names that they asked with.
fn seen(answer: &Answer, repository: &str) -> String {
    format!("{answer:?}").replace(repository, "{r}")
}

const PROBES: [&[(&str, &str)]; 4] =
    [&[], &[("if-none-match", "*")], &[("range", "bytes=0-1")], &[("if-match", "\"x\""), ("accept", "text/html")]];

#[test]
fn what_is_hidden_looks_like_what_is_not_there() {
    let (open, service) = furnished();
    // A repository in which other things are, and one in which nothing is.
    put_blob(&open, "others", "other content");
    let kept = ask(
        &open,
        "GET",
        "/v2/others/referrers/sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        &[],
        "",
    );
    for row in ROWS.iter().filter(|row| row.right == Pull) {
        for headers in PROBES {
            let ask = |repository: &str| {
                let headers = [headers, &[("authorization", "reader")]].concat();
                let answer = ask(&service, row.method, &fill(row.target, repository, ""), &headers, "");
                seen(&answer, repository)
            };
            let hidden = ask("hidden");
            match row.endpoint {
                "ListReferrers" if kept.status == 404 => {}
                // Tags are listed of what is there, although it has none.
                "ListTags" => assert_eq!(hidden, ask("absent")),
                _ => assert_eq!((&*hidden, &*hidden), (&*ask("absent"), &*ask("others")), "{}", row.endpoint),
            }
        }
    }
}

/// Registries have their own ways to say that something is not there; none of them tells it from what is hidden.
#[test]
fn what_is_not_there_sounds_the_same_whatever_the_registry_says() {
    let codes = [ErrorCode::MANIFEST_UNKNOWN, ErrorCode::BLOB_UNKNOWN, ErrorCode::NAME_UNKNOWN];
    for row in ROWS.iter().filter(|row| ["GetManifest", "HeadManifest", "GetBlob", "HeadBlob"].contains(&row.endpoint))
    {
        for code in &codes {
            let service = Service::new(Failing(code.clone())).with_authorize(Doorkeeper);
            let [hidden, absent] = ["hidden", "absent"].map(|repository| {
                seen(&ask_as(&service, Some("reader"), row.method, &fill(row.target, repository, ""), ""), repository)
            });
            assert_eq!(hidden, absent, "{} of a registry that says {code}", row.endpoint);
        }
    }
}

/// The specification has an empty list for every subject, there or not.
#[test]
fn nothing_refers_to_what_is_hidden() {
    let registry = || Small { referrers: Some(Vec::new()), ..Small::default() };
    let service = Service::new(registry()).with_authorize(Doorkeeper);
    for query in ["", "?artifactType=a%2Fb", "?artifactType="] {
        let [hidden, absent] = ["hidden", "absent"].map(|repository| {
            let target = fill("/v2/{r}/referrers/{b}", repository, "") + query;
            let answer = ask_as(&service, Some("reader"), "GET", &target, "");
            assert_eq!(answer.status, 200);
            seen(&answer, repository)
        });
        assert_eq!(hidden, absent, "{query}");
    }
}

/// A refusal is the same whether there is something, nothing, or something hidden.
#[test]
fn a_write_that_is_refused_tells_nothing() {
    for row in ROWS.iter().filter(|row| row.right >= Push) {
        let (_, service) = furnished();
        let answers = PATHS.map(|repository| {
            let target = fill(row.target, repository, "0123456789abcdef0123456789abcdef");
            seen(&ask_as(&service, Some("reader"), row.method, &target, row.body), repository)
        });
        assert_eq!((&answers[0], &answers[0]), (&answers[1], &answers[2]), "{}", row.endpoint);
    }
}

#[test]
fn a_challenge_names_what_is_wanted() {
    let rows = [
        ("GET", "/v2/", ""),
        ("GET", "/v2/_catalog", "registry:catalog:*"),
        ("GET", "/v2/a/tags/list", "repository:a:pull"),
        ("POST", "/v2/a/blobs/uploads/", "repository:a:pull,push"),
        ("POST", "/v2/a/blobs/uploads/?mount={b}&from=b", "repository:a:pull,push repository:b:pull"),
        ("POST", "/v2/a/blobs/uploads/?mount={b}", "repository:a:pull,push"),
        ("DELETE", "/v2/a/blobs/{b}", "repository:a:delete,pull"),
        ("GET", "/nowhere", ""),
    ];
    let (_, service) = guarded();
    for (method, target, scope) in rows {
        for name in [None, Some("wrong")] {
            let answer = ask_as(&service, name, method, &fill(target, "", ""), "");
            assert_eq!(answer.status, 401, "{target}");
            let lines = answer.all("www-authenticate");
            assert_eq!(lines.len(), 2, "one line each");
            let challenges = Challenge::parse(lines[0]);
            assert_eq!(challenges[0].parameter("scope"), Some(scope), "{target}");
            assert_eq!(lines[1], r#"Basic realm="the door""#);
        }
    }
}

/// What is no endpoint says so to whom it knows, and to nobody else.
#[test]
fn nothing_is_told_without_credentials() {
    let rows = [
        ("GET", "/", 404),
        ("GET", "/v2/a/unheard/of", 404),
        ("GET", "/v2/A/manifests/latest", 400),
        ("GET", "/v2/a/blobs/sha256:bad", 400),
        ("GET", "/v2/_catalog?n=x", 400),
        ("POST", "/v2/", 405),
        ("OPTIONS", "/v2/a/manifests/latest", 405),
        ("GET", "/v2/a/blobs/uploads/..", 404),
    ];
    let (_, service) = guarded();
    let anonymous = seen(&ask(&service, "GET", "/v2/", &[], ""), "?");
    for (method, target, status) in rows {
        assert_eq!(seen(&ask(&service, method, target, &[], ""), "?"), anonymous, "{target}");
        assert_eq!(ask_as(&service, Some("nobody"), method, target, "").status, status, "{target}");
    }
}

/// A body that must not be asked for before it is known whether it may come.
struct Unasked;

impl http_body::Body for Unasked {
    type Data = bytes::Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, std::io::Error>>> {
        panic!("the body was read")
    }
}

/// Before rights are known no registry is even chosen, and a client that waits to be asked for its body is not asked.
#[test]
fn nobody_hears_of_what_may_not_be() {
    let service = Service::per_identity(|_| panic!("the registry was asked for")).with_authorize(Doorkeeper);
    for row in &ROWS {
        for name in [None, Some("wrong"), Some("unsure"), Some("nobody")] {
            if row.right == Base && name == Some("nobody") {
                continue;
            }
            let mut headers = vec![("expect", "100-continue"), ("content-length", "7")];
            headers.extend(name.map(|name| ("authorization", name)));
            let answer = send(&service, row.method, &fill(row.target, "there", "session"), &headers, Unasked);
            assert!(matches!(answer.status, 401 | 403 | 503), "{} as {name:?}", row.endpoint);
        }
    }
}

/// A body that is on its way is taken, so that the connection can be used again.
#[test]
fn a_refusal_takes_the_body_off_the_connection() {
    let (_, service) = guarded();
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel::<Result<_, std::io::Error>>();
    for piece in ["con", "tent"] {
        sender.send(Ok(http_body::Frame::data(bytes::Bytes::from(piece)))).unwrap();
    }
    let body =
        http_body_util::StreamBody::new(futures_util::stream::poll_fn(move |context| receiver.poll_recv(context)));
    let request = crate::harness::request("PUT", "/v2/a/manifests/latest", &[], body);
    let mut answered = service.clone().call(request);
    assert!(answered.as_mut().now_or_never().is_none(), "the end of the body has not come");
    drop(sender);
    let answered = answered.now_or_never().expect("all has come").unwrap();
    assert_eq!(crate::harness::answer("PUT", answered).status, 401);
}

/// A mount is done only where its source may be read; elsewhere it is answered as any mount that cannot be done.
#[test]
fn a_mount_from_where_one_may_not_read_is_an_upload() {
    let digest = Digest::of(b"content");
    for (name, from, status) in
        [("writer", "there", 201), ("writer", "hidden", 202), ("owner", "hidden", 201), ("writer", "empty", 202)]
    {
        let (open, service) = furnished();
        let target = format!("/v2/new/blobs/uploads/?mount={digest}&from={from}");
        let answer = ask_as(&service, Some(name), "POST", &target, "");
        assert_eq!(answer.status, status, "{from} as {name}");
        let blob = ask(&open, "GET", &format!("/v2/new/blobs/{digest}"), &[], "");
        assert_eq!(blob.status == 200, status == 201, "{from} as {name}");
    }
    let (_, service) = furnished();
    let [hidden, absent] = ["hidden", "absent"].map(|from| {
        let answer =
            ask_as(&service, Some("writer"), "POST", &format!("/v2/new/blobs/uploads/?mount={digest}&from={from}"), "");
        let session = answer.header("docker-upload-uuid").to_owned();
        seen(&answer, &session)
    });
    assert_eq!(hidden, absent);
}

/// Where there is no way to ask for credentials there is nothing but to refuse.
#[test]
fn without_a_challenge_there_is_no_401() {
    struct Mute;

    #[async_trait::async_trait]
    impl Authorize for Mute {
        async fn identify(&self, head: &http::request::Parts) -> Result<Identity, Unidentified> {
            match head.headers.contains_key("authorization") {
                true => Err(Unidentified::Refused),
                false => Ok(Identity::ANONYMOUS),
            }
        }

        async fn permit(&self, _: &Identity, _: &Access) -> Permission {
            Permission::Unauthorized
        }

        fn challenges(&self, _: &[Access]) -> Vec<Challenge> {
            Vec::new()
        }
    }

    let service = Service::new(Small::default()).with_authorize(Mute);
    for name in [None, Some("anybody")] {
        let answer = ask_as(&service, name, "GET", "/v2/", "");
        assert_eq!((answer.status, answer.code().as_str()), (403, "DENIED"));
    }
}

/// Whoever is let in by name gets the registry that is theirs.
#[test]
fn each_has_their_own_registry() {
    let store: Arc<dyn Registry> = Arc::new(Store::memory());
    let library: Arc<dyn Registry> = Arc::new(ReadOnly::new(Arc::clone(&store)));
    let choose = move |identity: &Identity| match identity.name() {
        Some("keeper") => Arc::clone(&store),
        _ => Arc::clone(&library),
    };
    let service = Service::per_identity(choose).with_authorize(Doorkeeper);
    let put = |name| ask_as(&service, Some(name), "PUT", "/v2/a/manifests/latest", EMPTY_INDEX);
    let refused = put("writer");
    assert_eq!((refused.status, refused.code().as_str()), (405, "UNSUPPORTED"));
    assert_eq!(put("keeper").status, 201);
    assert_eq!(ask_as(&service, Some("reader"), "GET", "/v2/a/manifests/latest", "").status, 200);
}

/// Whoever is refused can ask again on the same connection, with what they should have brought at once.
#[tokio::test(start_paused = true)]
async fn a_refusal_leaves_the_connection_usable() {
    let (_, service) = guarded();
    let running = Running::serving(Server::default(), service.clone(), service);
    let mut peer = running.connect().await;
    let put = |authorization: &str| {
        let head =
            format!("PUT /v2/a/manifests/latest HTTP/1.1\r\nHost: x\r\nContent-Type: {INDEX}\r\n{authorization}");
        format!("{head}Content-Length: {}\r\n\r\n{EMPTY_INDEX}", EMPTY_INDEX.len())
    };
    for (authorization, status) in [
        ("", 401),
        ("Authorization: reader\r\n", 403),
        ("Authorization: wrong\r\n", 401),
        ("Authorization: writer\r\n", 201),
    ] {
        peer.send(&put(authorization)).await;
        let (head, _) = peer.response().await;
        assert!(head.starts_with(&format!("http/1.1 {status}")) && !head.contains("connection: close"), "{head}");
    }
}
