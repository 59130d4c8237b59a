//! The client itself: what it knows and how it is made. What it does is in the modules that implement the traits.
//!
//! Tokens belong to one scheme, one identity and one set of trusted token services. Every setter that changes one of
//! these begins with no tokens, so that a token is never sent where it would not have been asked for.

use std::fmt;
use std::sync::Arc;

use url::Url;
use wharf_distribution::auth::Policy;
use wharf_registry::Host;

use crate::event::Observer;
use crate::fallback::Queues;
use crate::gate::Gate;
use crate::push::Learnt;
use crate::ranges::Window;
use crate::reach::Surroundings;
use crate::tokens::Tokens;
use crate::{Anonymous, Clock, Credentials, Event, HostError, Limits, Ranges, Retry, SystemClock, Transport, address};

/// A registry at the other end of a network.
///
/// It is all of [`Read`](wharf_registry::Read), [`Write`](wharf_registry::Write), [`List`](wharf_registry::List) and
/// [`Delete`](wharf_registry::Delete) but preconditions on tags, which are unsupported. A clone shares connections,
/// tokens and limits with its original, so a client is made once for a registry and an identity.
///
/// Requests go over https unless [`plain_http`](Self::plain_http) is asked for; what fails over https is never tried
/// without. A request that failed is repeated once with a token when the registry wants one, and as [`Retry`] says when
/// it failed in a way that may pass and does no harm when it is done twice.
///
/// # Cancel safety
/// Dropping the future of any method abandons its request or its pause before the next, gives its place to the next who
/// waits for one, and leaves nothing behind but what the method itself tells.
///
/// # Errors
/// Every method answers with a [`wharf_registry::Error`], whose source is an [`Error`](crate::Error) when the wire was
/// involved. The code is the registry's own word where it has one, and follows from the status where it has none.
///
/// ```
/// use wharf_client::{Client, Credential, Host, HostError, Limits, Secret, Transport};
///
/// fn client(transport: impl Transport + 'static) -> Result<Client, HostError> {
///     let mut limits = Limits::default();
///     limits.blob_bytes = 10 << 30;
///     let host = Host::parse("registry.example.com:5000").unwrap();
///     let client = Client::new(transport, host)?
///         .with_credentials(Credential::basic("robot", Secret::new("hunter2")))
///         .with_limits(limits);
///     assert_eq!(client.host().as_str(), "registry.example.com:5000");
///     assert_eq!(format!("{client:?}"), r#"Client { base: "https://registry.example.com:5000/", .. }"#);
///     Ok(client)
/// }
/// # struct Unplugged;
/// # #[async_trait::async_trait]
/// # impl Transport for Unplugged {
/// #     async fn send(
/// #         &self,
/// #         _: http::Request<wharf_client::Body>,
/// #     ) -> Result<http::Response<wharf_client::Body>, wharf_client::TransportError> {
/// #         unreachable!()
/// #     }
/// # }
/// # client(Unplugged).unwrap();
/// ```
#[derive(Clone)]
pub struct Client {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) host: Host,
    pub(crate) base: Url,
    pub(crate) credentials: Arc<dyn Credentials>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: Limits,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) retry: Retry,
    pub(crate) gate: Arc<Gate>,
    pub(crate) observer: Arc<Observer>,
    pub(crate) queues: Arc<Queues>,
    pub(crate) learnt: Arc<Learnt>,
    pub(crate) policy: Policy,
    /// Blobs are looked for anywhere in the registry before they are sent.
    pub(crate) mounts_anywhere: bool,
    pub(crate) surroundings: Arc<Surroundings>,
    /// The registry may lead to any address.
    pub(crate) any_address: bool,
    /// How blobs are fetched in parts, if they are.
    pub(crate) window: Option<Window>,
    plain: Url,
}

impl Client {
    /// A client of the registry at `host`, as named in references: `docker.io` leads to where Docker Hub really is.
    ///
    /// # Errors
    /// [`HostError`] when the host cannot be an address. Whether there is a registry is not tried.
    pub fn new(transport: impl Transport + 'static, host: Host) -> Result<Self, HostError> {
        let (base, plain) = (address::base(&host, "https")?, address::base(&host, "http")?);
        let policy = Policy::new(host.clone(), base.clone());
        Ok(Self {
            transport: Arc::new(transport),
            host,
            base,
            credentials: Arc::new(Anonymous),
            clock: Arc::new(SystemClock::new()),
            limits: Limits::default(),
            tokens: Arc::new(Tokens::new(policy.clone())),
            policy,
            retry: Retry::default(),
            gate: Arc::new(Gate::new(&Limits::default())),
            observer: Arc::default(),
            queues: Arc::default(),
            learnt: Arc::default(),
            mounts_anywhere: false,
            surroundings: Arc::default(),
            any_address: false,
            window: None,
            plain,
        })
    }

    /// The same over http, for a network on which everybody may read and change what is sent, credentials included.
    ///
    /// ```
    /// # use wharf_client::{Client, Host, HostError, Transport};
    /// # fn client(transport: impl Transport + 'static) -> Result<Client, HostError> {
    /// // A registry for tests on this machine.
    /// let client = Client::new(transport, Host::parse("localhost:5000").unwrap())?.plain_http();
    /// # Ok(client)
    /// # }
    /// ```
    #[must_use]
    pub fn plain_http(mut self) -> Self {
        self.base = self.plain.clone();
        self.policy = self.policy.at(self.plain.clone());
        self.without_tokens()
    }

    /// The same with another identity.
    ///
    /// They are asked for when the registry wants to know who is asking, and not before. Tokens that were got for the
    /// identity before are not used any more.
    ///
    /// ```
    /// # use wharf_client::{Client, Credential, Secret};
    /// # fn both(anonymous: &Client) {
    /// let robot = anonymous.clone().with_credentials(Credential::basic("robot", Secret::new("hunter2")));
    /// // `anonymous` is as it was; the two share connections and no tokens.
    /// # }
    /// ```
    #[must_use]
    pub fn with_credentials(mut self, credentials: impl Credentials + 'static) -> Self {
        self.credentials = Arc::new(credentials);
        self.without_tokens()
    }

    /// The same with other limits.
    ///
    /// Tokens are kept: a limit does not change who is asking. Requests are counted anew, apart from those of the
    /// original.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self.gate = Arc::new(Gate::new(&limits));
        self
    }

    /// The same with another persistence.
    ///
    /// ```
    /// # use wharf_client::{Client, Retry};
    /// # fn impatient(client: Client) -> Client {
    /// client.with_retry(Retry::none())
    /// # }
    /// ```
    #[must_use]
    pub const fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The same, fetching large blobs in several parts at once. Without this, a blob is fetched in one piece.
    ///
    /// A registry, or a proxy before it, that gives no parts is asked for the whole; one that asks for fewer requests
    /// gets fewer. Parts are counted anew, apart from those of the original.
    ///
    /// ```
    /// # use wharf_client::{Client, Ranges};
    /// # fn far_away(client: Client) -> Client {
    /// client.with_ranges(Ranges::default())
    /// # }
    /// ```
    #[must_use]
    pub fn with_ranges(mut self, ranges: Ranges) -> Self {
        self.window = Window::new(ranges);
        self
    }

    /// The same, telling `notify` what happens beside results: warnings, rate limits, repetitions, and how far blobs have
    /// come.
    ///
    /// It is called in the middle of requests and must not wait. There is one observer; another takes its place. What
    /// was told to one handle is not told again to its clones.
    #[must_use]
    pub fn with_observer(mut self, notify: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.observer = Arc::new(Observer::new(notify));
        self
    }

    /// The same with another idea of the time.
    ///
    /// Tokens are forgotten, because their expiry was told by the other clock, and requests are counted anew.
    ///
    /// ```
    /// use std::pin::Pin;
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use std::time::Duration;
    /// use wharf_client::{Client, Clock};
    ///
    /// /// A clock that a test moves on by hand.
    /// #[derive(Clone, Default)]
    /// struct Seconds(Arc<AtomicU64>);
    ///
    /// impl Clock for Seconds {
    ///     fn now(&self) -> Duration {
    ///         Duration::from_secs(self.0.load(Ordering::Relaxed))
    ///     }
    ///
    ///     fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    ///         // Nobody has to wait in a test.
    ///         self.0.fetch_add(duration.as_secs(), Ordering::Relaxed);
    ///         Box::pin(std::future::ready(()))
    ///     }
    /// }
    ///
    /// # fn test(client: Client) {
    /// let clock = Seconds::default();
    /// let client = client.with_clock(clock.clone());
    /// clock.0.fetch_add(3600, Ordering::Relaxed);
    /// # }
    /// ```
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self.gate = Arc::new(Gate::new(&self.limits));
        self.without_tokens()
    }

    /// The same, and the credentials may be sent to a token service at `host`.
    ///
    /// A registry says where its tokens come from, and could say anything. Without this, credentials go to a token
    /// service only when it is at the registry's own host and port, or is Docker Hub's; others are asked for an
    /// anonymous token.
    ///
    /// ```
    /// # use wharf_client::{Client, Host};
    /// # fn trusting(client: Client) -> Client {
    /// // `registry.example.com` gets its tokens from `https://login.example.com/token`.
    /// client.trust_realm(Host::parse("login.example.com").unwrap())
    /// # }
    /// ```
    #[must_use]
    pub fn trust_realm(mut self, host: Host) -> Self {
        let origins = ["https", "http"].into_iter().filter_map(|scheme| address::base(&host, scheme).ok());
        self.policy = origins.fold(self.policy, Policy::trusting);
        self.without_tokens()
    }

    /// The same, posting a password to a token service in a form first, as OAuth 2 has it.
    ///
    /// Without this it is in the header of a `GET`, which every token service takes. One that takes no forms is asked
    /// in that way as well, and from then on; where the password is wrong, it is sent twice for that the first time.
    ///
    /// ```
    /// # use wharf_client::Client;
    /// # fn posting(client: Client) -> Client {
    /// client.prefer_forms()
    /// # }
    /// ```
    #[must_use]
    pub fn prefer_forms(mut self) -> Self {
        self.policy = self.policy.preferring_forms();
        self.without_tokens()
    }

    fn without_tokens(mut self) -> Self {
        self.tokens = Arc::new(Tokens::new(self.policy.clone()));
        self
    }

    /// The same, and a blob that is to be stored is asked for wherever the registry has it first: if it has it at all,
    /// and knows this, nothing is sent.
    ///
    /// It costs nothing at registries that do not know it, and a request at those that refuse it. Without this, every
    /// blob is sent, because then it is also compared with its digest on its way: a source that lies is told from one
    /// that does not, and nobody learns from how long it took whether others have the same blob.
    ///
    /// ```
    /// # use wharf_client::Client;
    /// # fn frugal(client: Client) -> Client {
    /// client.mount_anywhere()
    /// # }
    /// ```
    #[must_use]
    pub const fn mount_anywhere(mut self) -> Self {
        self.mounts_anywhere = true;
        self
    }

    /// The same, and the registry may lead to addresses of private networks and of this machine.
    ///
    /// Without this, it may only if it is at such an address itself, or was named without https: a public registry could
    /// have requests made that it cannot make itself. It is for registries whose content has a private address in the
    /// caller's own network, as the storage of a cloud can have.
    ///
    /// ```
    /// # use wharf_client::Client;
    /// # fn endpoints(client: Client) -> Client {
    /// // Blobs are behind a private endpoint, the registry is not.
    /// client.allow_private_addresses()
    /// # }
    /// ```
    #[must_use]
    pub const fn allow_private_addresses(mut self) -> Self {
        self.any_address = true;
        self
    }

    /// The registry's host, as it was given.
    #[must_use]
    pub const fn host(&self) -> &Host {
        &self.host
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}
