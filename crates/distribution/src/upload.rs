//! The upload of a blob as a machine without I/O: it says what to do next, and is told what became of it.
//!
//! [`BlobUpload`] brings a blob whose digest and size are known to a registry: by finding it there or in another
//! repository, in one request, or in parts where that does not get through. [`StreamUpload`] is a session that is
//! filled in parts whose length nobody knows, until a digest is named for all of them. [`Mount`] asks for a blob of
//! another repository, and for nothing else. Each of them gives a [`Step`]; whoever has a connection and a clock makes
//! the request, or waits, and says what came of it ([`Event`]), what of the source can be sent ([`Window`]), and what
//! time it is. `docs/design/upload.md` tells what they do when, and why.
//!
//! Whatever they are told, three things hold. They end: each failure costs patience, which comes back with new bytes that
//! got through and with nothing else. No registry is believed to hold more than was sent. And no byte is asked for that
//! is not at hand.
//!
//! ```
//! use std::time::Duration;
//!
//! use http::{HeaderMap, HeaderValue, Method, StatusCode, header::LOCATION};
//! use url::Url;
//! use wharf_distribution::upload::{Answer, BlobUpload, Event, Plan, Step, Stored, Window};
//! use wharf_reference::Repository;
//! use wharf_spec::{Descriptor, MediaType};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (base, now) = (Url::parse("https://registry.example.com/")?, Duration::ZERO);
//! let blob = Descriptor::of(MediaType::OCTET_STREAM, b"content");
//! let mut upload = BlobUpload::new(&base, &Repository::from_static("a"), &blob.digest, blob.size, Plan::default());
//!
//! let Step::Send(request) = upload.start() else { panic!() };
//! assert_eq!((request.method(), request.url.path()), (Method::POST, "/v2/a/blobs/uploads/"));
//!
//! let headers = HeaderMap::from_iter([(LOCATION, HeaderValue::from_static("one?_state=x"))]);
//! let answer = Answer::new(StatusCode::ACCEPTED, &headers, &request.url);
//! let Step::Send(request) = upload.on(Event::Answer(answer), Window::default(), now) else { panic!() };
//! assert!(request.url.as_str().starts_with("https://registry.example.com/v2/a/blobs/uploads/one?_state=x&digest=sha256"));
//!
//! let (headers, sent) = (HeaderMap::new(), Window { first: 0, end: 7, is_all: true });
//! let answer = Answer::new(StatusCode::CREATED, &headers, &request.url);
//! assert_eq!(upload.on(Event::Answer(answer), sent, now), Step::Done(Stored::Sent));
//! # Ok(())
//! # }
//! ```

mod answer;
mod blob;
mod fault;
mod held;
mod mount;
mod persistence;
mod request;
mod session;
mod standing;
mod stream;

pub use answer::{Answer, Event, Window};
pub use blob::{BlobUpload, Plan, Stored};
pub use fault::{Failure, Fault, Reason};
pub use mount::Mount;
pub use request::{Action, Content, Request, Sizes, Step, Wait};
pub use stream::StreamUpload;
