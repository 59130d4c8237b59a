//! Proving who is asking, when and only when the registry wants to know: the steps of a client, without I/O, a clock or
//! locks.
//!
//! It carries out the token protocol of the distribution project. [`Step::begin`] says what to do first; each step is a
//! value that takes what came of it and gives the next one, until [`Step::Done`] gives back the registry's answer or
//! [`Step::Fail`] tells why there is none. A step is used up by its outcome, so that none can be taken twice or out of
//! turn. Who carries out the steps may block, wait or be a test.
//!
//! ```text
//! begin ──> Send ──> Done             the answer is not about who is asking
//!   │        │ ^
//!   │        v └───────────┐
//!   └──> Identify ─────────┤          whose credentials?
//!          │ ^  │          │
//!          v │  v          │
//!         Ping  Exchange ──┘          how are they wanted?    a token, of the service that the registry named
//! ```
//!
//! A request goes out with what is at hand. A 401 with a `Bearer` challenge leads to one exchange at the token service
//! and one more request, one with `Basic` alone to the credentials themselves (RFC 7617). What was refused is forgotten
//! and not sent again. Some registries say 400 or 403 to a token that has expired: one that was not got for this very
//! request is renewed once then, the way that it was got. A token that is good and not enough (`insufficient_scope`) is
//! followed by one for more, once, as far as [`Policy::widen`] allows. After a 401 without any challenge, who has
//! credentials asks the registry's root how they are wanted; who has none is told the 401. In all that is at most three
//! requests to the registry, one to its root, and two exchanges of at most two requests each.
//!
//! Credentials go where [`Policy::judge`] lets them go; a token is for the registry's own origin, and it is the caller's
//! to send it nowhere else and to say ([`Reply::elsewhere`]) when an answer came from there.
//!
//! ```
//! use std::time::Duration;
//! use http::StatusCode;
//! use url::Url;
//! use wharf_distribution::auth::{AuthError, Policy, Reply, Step, Tokens};
//! use wharf_distribution::{Challenge, Credential, Scope, Secret, TokenRequest};
//! use wharf_reference::{Host, Repository};
//!
//! /// What there is of a network: a registry, and its token service.
//! trait Network {
//!     fn registry(&mut self, authorization: Option<&str>) -> (StatusCode, Vec<Challenge>);
//!     fn token_service(&mut self, request: &TokenRequest) -> (StatusCode, Vec<u8>);
//! }
//!
//! /// A request to the registry with whatever it takes, and the status of the answer.
//! fn request(
//!     network: &mut impl Network,
//!     tokens: &mut Tokens,
//!     scope: Scope,
//!     now: Duration,
//! ) -> Result<StatusCode, AuthError> {
//!     let mut step = Step::begin(tokens, vec![scope], now);
//!     loop {
//!         step = match step {
//!             Step::Send(sending) => {
//!                 let authorization = sending.authorization().map(|header| header.to_str().unwrap());
//!                 let (status, challenges) = network.registry(authorization);
//!                 sending.answered(tokens, &Reply::new(status).with_challenges(challenges), status, now)
//!             }
//!             Step::Ping(ping) => {
//!                 let (_, challenges) = network.registry(None);
//!                 ping.answered(tokens, challenges, now)
//!             }
//!             Step::Identify(identify) => {
//!                 let credential = Credential::basic("robot", Secret::new("hunter2"));
//!                 identify.with(tokens, Some(credential), now)
//!             }
//!             Step::Exchange(exchange) => {
//!                 let (status, body) = network.token_service(exchange.request());
//!                 exchange.answered(tokens, status, &body)
//!             }
//!             Step::Done(status) => return Ok(status),
//!             Step::Fail(error) => return Err(error),
//!         }
//!     }
//! }
//!
//! # struct Fake;
//! # impl Network for Fake {
//! #     fn registry(&mut self, authorization: Option<&str>) -> (StatusCode, Vec<Challenge>) {
//! #         match authorization {
//! #             Some("Bearer good") => (StatusCode::OK, Vec::new()),
//! #             _ => (StatusCode::UNAUTHORIZED, Challenge::parse("Bearer realm=\"https://r.io/token\"")),
//! #         }
//! #     }
//! #     fn token_service(&mut self, request: &TokenRequest) -> (StatusCode, Vec<u8>) {
//! #         assert!(request.authorization().is_some());
//! #         (StatusCode::OK, br#"{"token":"good"}"#.to_vec())
//! #     }
//! # }
//! let home = Url::parse("https://r.io").unwrap();
//! let mut tokens = Tokens::new(Policy::new(Host::parse("r.io").unwrap(), home));
//! let pull = Scope::pull(&Repository::from_static("team/app"));
//! # let mut network = Fake;
//! assert_eq!(request(&mut network, &mut tokens, pull.clone(), Duration::ZERO), Ok(StatusCode::OK));
//! assert!(tokens.find(&pull.into(), Duration::from_secs(9)).is_some());
//! ```

mod course;
mod error;
mod exchange;
mod identify;
mod ping;
mod policy;
mod reply;
mod sending;
mod step;
mod tokens;

pub use error::AuthError;
pub use policy::{Policy, Widening};
pub use reply::Reply;
pub use step::{Exchange, Identify, Ping, Sending, Step};
pub use tokens::Tokens;
