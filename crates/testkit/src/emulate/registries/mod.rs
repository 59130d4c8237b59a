//! Registries by their names, as far as their answers to a client are known to differ.
//!
//! Each function puts a registry of one's own, any [`Peer`], behind what the registry of that name does, with its token
//! service and its storage on a network of their own. `docs/design/quirks.md` tells what it is that they do, and which
//! tests stand on it. What is not told there behaves as the registry behind does.
//!
//! ```
//! use bytes::Bytes;
//! use futures_util::FutureExt;
//! use http::Request;
//! use wharf_testkit::emulate::{answer, registries};
//!
//! let harbor = registries::harbor(|_: &Request<Bytes>| answer(200, &[], "{}"));
//! let request = Request::get(format!("https://{}/v2/proj/app/tags/list", harbor.host)).body(Bytes::new()).unwrap();
//! let refused = harbor.network.send(request).now_or_never().unwrap().unwrap();
//! assert_eq!(refused.status(), 401);
//! assert!(refused.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer realm="));
//! ```

mod own;
mod service;

use bytes::Bytes;
use http::Response;

pub use own::{artifactory, distribution, harbor, nexus, quay, zot};
pub use service::{azure, docker_hub, ecr, ecr_public, github, gitlab, google};

use super::{Asked, Clock, Desk, Network, Peer, Why, answer};

/// The `Authorization` of the user and the password that the registries which want a password know: `robot` and
/// `canary-5eecret`.
pub const PASSWORD: &str = "Basic cm9ib3Q6Y2FuYXJ5LTVlZWNyZXQ=";

/// An emulated registry and what belongs to it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Emulation {
    /// How it is called in references.
    pub host: &'static str,
    /// Where it is to be found, with its token service and its storage.
    pub network: Network,
    /// The clock that its tokens and signatures go by.
    pub clock: Clock,
    /// Its token service, if it has one.
    pub desk: Option<Desk>,
}

impl Emulation {
    fn new(host: &'static str, clock: Clock) -> Self {
        Self { host, network: Network::default(), clock, desk: None }
    }

    fn with(self, origin: &str, peer: impl Peer + 'static) -> Self {
        self.network.put(origin, peer);
        self
    }

    fn with_desk(self, origin: &str, desk: Desk) -> Self {
        let this = self.with(origin, desk.clone());
        Self { desk: Some(desk), ..this }
    }
}

const JSON: (&str, &str) = ("content-type", "application/json");
const UNAUTHORIZED: &str = r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":null}]}"#;

/// A refusal with a challenge for what was asked, as CNCF distribution writes it.
fn challenged(realm: &str, service: &str, asked: Asked<'_>) -> Response<Bytes> {
    let scope =
        if asked.request.uri().path() == "/v2/" { String::new() } else { format!(r#",scope="{}""#, asked.scope) };
    let error = match asked.why {
        Why::Absent => "",
        Why::Expired => r#",error="invalid_token""#,
        Why::Insufficient => r#",error="insufficient_scope""#,
    };
    let challenge = format!(r#"Bearer realm="{realm}",service="{service}"{scope}{error}"#);
    answer(401, &[("www-authenticate", &challenge), JSON], UNAUTHORIZED)
}
