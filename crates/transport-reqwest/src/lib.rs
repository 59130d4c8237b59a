//! The client's [`Transport`](wharf_client::Transport) over a [`reqwest::Client`](::reqwest::Client) that a program already has.
//!
//! A program without one uses `wharf-transport-hyper`, which is smaller, tells more, and keeps more promises. Here it is
//! the program's client that decides, and most of what it decides cannot be seen from outside:
//!
//! | what | how the client has to be built | otherwise |
//! |---|---|---|
//! | redirects | `redirect(redirect::Policy::none())` | every response that was led elsewhere is refused |
//! | decompression | without the features `gzip`, `brotli`, `zstd` and `deflate`, or switched off | digests and lengths are wrong |
//! | cookies | without a cookie store | what one account was told, another repeats |
//! | proxies | `no_proxy()`, unless the environment's are wanted | it obeys the environment |
//! | names | a second client with [`PublicAddresses`], see [`Reqwest::with_public_client`] | peers can lead into private networks |
//! | connections | `connect_timeout` | the system's patience |
//! | silence | `read_timeout`, longer than the longest upload: it counts from the beginning of a request | no end of patience before a response |
//!
//! ```
//! use reqwest::redirect::Policy;
//! use wharf_client::Client;
//! use wharf_transport_reqwest::{PublicAddresses, Reqwest};
//!
//! # fn client(host: wharf_client::Host) -> Result<Client, Box<dyn std::error::Error>> {
//! let builder = || reqwest::Client::builder().redirect(Policy::none()).no_proxy();
//! let transport = Reqwest::new(builder().build()?).with_public_client(builder().dns_resolver(PublicAddresses::new()).build()?);
//! let client = Client::new(transport, host)?;
//! # Ok(client)
//! # }
//! ```
//!
//! * [`Reqwest`] - the transport
//! * [`PublicAddresses`] - a resolver for clients that are to stay on the Internet
//! * [`Redirected`] - what a client did that should not have

mod body;
mod failure;
mod names;
mod reqwest;

pub use names::PublicAddresses;
pub use reqwest::{Redirected, Reqwest};
