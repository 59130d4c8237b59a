//! A registry behind passwords, request by request.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use tower_service::Service as _;
use wharf_server::{Action, Body, Service};
use wharf_server_auth::{Basic, Htpasswd, Rules, Who};
use wharf_store::Store;

use crate::htpasswd::{ALICE, ROBOT};

/// `alice:wonderland`, `robot:beep`, and a password that is wrong.
const IS_ALICE: &str = "Basic YWxpY2U6d29uZGVybGFuZA==";
const IS_ROBOT: &str = "bAsIc cm9ib3Q6YmVlcA==";
const IS_WRONG: &str = "Basic YWxpY2U6bG9va2luZy1nbGFzcw==";

fn service() -> Service {
    let users = Htpasswd::parse(&[ALICE, ROBOT].join("\n")).unwrap();
    let rules = Rules::none()
        .allow(Who::Everybody, "library/*", &[Action::Pull])
        .and_then(|rules| rules.allow(Who::user("alice"), "**", &[Action::Pull, Action::Push, Action::Delete]))
        .and_then(|rules| rules.allow(Who::SignedIn, "team/*", &[Action::Pull]))
        .unwrap();
    Service::new(Store::memory()).with_authorize(Basic::new(users, "a \"registry\"").unwrap().with_rules(rules))
}

async fn answer(authorization: &[&str], method: &str, path: &str) -> Response<Body> {
    let request = Request::builder().method(method).uri(path);
    let request = authorization.iter().fold(request, |request, line| request.header("authorization", *line));
    service().call(request.body(Full::<Bytes>::default()).unwrap()).await.unwrap()
}

#[tokio::test]
async fn who_may_do_what() {
    let (ok, unauthorized, denied, missing) =
        (StatusCode::OK, StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::NOT_FOUND);
    let accepted = StatusCode::ACCEPTED;
    for (authorization, method, path, expected) in [
        (&[][..], "GET", "/v2/", unauthorized),
        (&[IS_ALICE], "GET", "/v2/", ok),
        (&[IS_ROBOT], "GET", "/v2/", ok),
        (&[IS_WRONG], "GET", "/v2/", unauthorized),
        (&["Basic"], "GET", "/v2/", unauthorized),
        (&["Basic !"], "GET", "/v2/", unauthorized),
        (&["Basic YWxpY2U="], "GET", "/v2/", unauthorized),
        (&["Basic Og=="], "GET", "/v2/", unauthorized),
        (&["Bearer abc"], "GET", "/v2/", unauthorized),
        (&[IS_ALICE, IS_ALICE], "GET", "/v2/", unauthorized),
        (&[], "GET", "/v2/library/app/manifests/1", missing),
        (&[IS_WRONG], "GET", "/v2/library/app/manifests/1", unauthorized),
        (&[], "GET", "/v2/team/app/manifests/1", unauthorized),
        (&[], "POST", "/v2/library/app/blobs/uploads/", unauthorized),
        (&[IS_ROBOT], "GET", "/v2/team/app/manifests/1", missing),
        (&[IS_ROBOT], "POST", "/v2/team/app/blobs/uploads/", denied),
        (&[IS_ROBOT], "DELETE", "/v2/team/app/manifests/1", denied),
        (&[IS_ROBOT], "GET", "/v2/other/app/manifests/1", denied),
        (&[IS_ALICE], "POST", "/v2/team/app/blobs/uploads/", accepted),
        (&[IS_ALICE], "POST", "/v2/library/app/blobs/uploads/", denied),
        (&[], "GET", "/v2/_catalog", ok),
        (&[IS_ROBOT], "GET", "/v2/_catalog", ok),
    ] {
        let found = answer(authorization, method, path).await.status();
        assert_eq!(found, expected, "{authorization:?} {method} {path}");
    }
}

#[tokio::test]
async fn a_refusal_says_how_to_sign_in() {
    let response = answer(&[], "GET", "/v2/").await;
    assert_eq!(response.headers()["www-authenticate"], r#"Basic realm="a \"registry\"",charset="UTF-8""#);
    assert!(Basic::new(Htpasswd::parse("").unwrap(), "a\r\nb").is_none());
}
