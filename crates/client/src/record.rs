//! What passed between a client and its peers, written down without secrets, and given again without a network.
//!
//! A [`Recorder`] is a transport around another one. It keeps each [`Exchange`] in order: heads, and of bodies their
//! length, their digest and their first bytes. A [`Replay`] is a transport that answers from such exchanges, recorded or
//! made by hand, strictly in their order, so that a test of what stands on a client needs no registry.
//!
//! What is secret is not kept: authorization and cookies, all values in queries but those that the protocol gives a
//! meaning, forms, tokens, and everything that repeats a secret that has passed. A replayed client therefore gets a token
//! that says `redacted`, and follows addresses whose signatures do.
//!
//! ```
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use wharf_client::record::{Exchange, Replay};
//! use wharf_client::{Client, Host};
//! use wharf_registry::{MediaType, Read, Repository, Tag};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let url = "https://registry.example.com/v2/app/manifests/latest";
//! let request = Request::get(url).body(Bytes::new()).unwrap();
//! let index = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;
//! let replay = Replay::new([Exchange::new(request, Response::new(index.into()))]);
//!
//! let client = Client::new(replay, Host::parse("registry.example.com").unwrap()).unwrap();
//! let manifest = client.manifest(&Repository::from_static("app"), &Tag::LATEST.into()).await.unwrap();
//! assert_eq!(*manifest.media_type(), MediaType::IMAGE_INDEX);
//! # });
//! ```

mod content;
mod exchange;
mod recorder;
mod redact;
mod replay;

pub use content::{Content, End};
pub use exchange::Exchange;
pub use recorder::Recorder;
pub use replay::{Replay, ReplayError};
