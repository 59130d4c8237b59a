//! Which requests go through which proxy.

use std::error::Error;
use std::ffi::OsString;
use std::fmt;

use http::Uri;

use crate::bypass::Bypass;
use crate::{Proxy, ProxyError};

/// The proxies for plain http and for https, and the hosts that are gone to directly.
///
/// There are none unless somebody asks for them: the environment is read by [`from_env`](Self::from_env) alone.
///
/// A proxy looks up names itself, so that it, and not this transport, decides which addresses a request may reach
/// ([`Reach`](wharf_client::Reach)).
///
/// ```
/// use wharf_transport_hyper::{Hyper, Proxies};
///
/// let proxies = Proxies::all("http://proxy.example:3128".parse()?).with_bypass("localhost, .corp.example, 10.0.0.0/8")?;
/// let transport = Hyper::new().with_proxies(proxies);
/// # Ok::<_, wharf_transport_hyper::ProxyError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    bypass: Bypass,
}

impl Proxies {
    /// No proxies.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// One proxy for everything.
    #[must_use]
    pub fn all(proxy: Proxy) -> Self {
        Self { http: Some(proxy.clone()), https: Some(proxy), bypass: Bypass::default() }
    }

    /// The same with a proxy for plain http.
    #[must_use]
    pub fn with_http(self, proxy: Proxy) -> Self {
        Self { http: Some(proxy), ..self }
    }

    /// The same with a proxy for https.
    #[must_use]
    pub fn with_https(self, proxy: Proxy) -> Self {
        Self { https: Some(proxy), ..self }
    }

    /// The same with more hosts that are gone to directly, separated by commas or spaces:
    ///
    /// | rule | which hosts |
    /// |---|---|
    /// | `example.com` | the domain and all below it |
    /// | `.example.com`, `*.example.com` | all below the domain |
    /// | `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/32` | addresses, as they are written in a URL: names are not looked up |
    /// | `*` | all |
    ///
    /// A rule may end in a port: `example.com:5000`.
    ///
    /// # Errors
    /// [`ProxyError::Rule`] when one of them is none of these.
    pub fn with_bypass(mut self, rules: &str) -> Result<Self, ProxyError> {
        split(rules).try_for_each(|rule| self.bypass.add(rule)).ok_or(ProxyError::Rule)?;
        Ok(self)
    }

    /// What the environment says: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` for what the first two leave open, and the
    /// rules in `NO_PROXY`; each of them in lower case, too, where there is none in upper case or an empty one.
    ///
    /// This machine itself is always gone to directly. Under CGI, where `REQUEST_METHOD` is set, `HTTP_PROXY` is what a
    /// stranger sent as the header `Proxy`, and is not heard. Of `NO_PROXY`, what is no rule is passed over.
    ///
    /// # Errors
    /// [`VariableError`] when a variable does not hold the address of a proxy.
    pub fn from_env() -> Result<Self, VariableError> {
        Self::from_variables(|name| std::env::var_os(name))
    }

    /// As [`from_env`](Self::from_env), with variables from somewhere else.
    ///
    /// # Errors
    /// The same.
    ///
    /// ```
    /// use wharf_transport_hyper::Proxies;
    ///
    /// let proxies = Proxies::from_variables(|name| (name == "https_proxy").then(|| "ftp://proxy.example".into()));
    /// assert_eq!(proxies.unwrap_err().to_string(), "https_proxy cannot be used");
    /// ```
    pub fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, VariableError> {
        let find = |names: [&'static str; 2]| {
            let set = names.map(|name| (name, variable(name).filter(|value| !value.is_empty())));
            set.into_iter().find_map(|(name, value)| Some((name, value?)))
        };
        let proxy = |names| find(names).map(|(name, value)| parse(name, value)).transpose();
        let is_cgi = variable("REQUEST_METHOD").is_some();
        let all = proxy(["ALL_PROXY", "all_proxy"])?;
        let http = if is_cgi { None } else { proxy(["HTTP_PROXY", "http_proxy"])? };
        let https = proxy(["HTTPS_PROXY", "https_proxy"])?;
        let mut bypass = Bypass::of_this_machine();
        if let Some((_, rules)) = find(["NO_PROXY", "no_proxy"]) {
            split(&rules.to_string_lossy()).for_each(|rule| bypass.add(rule).unwrap_or_default());
        }
        Ok(Self { http: http.or_else(|| all.clone()), https: https.or(all), bypass })
    }

    /// The proxy that a request to `uri` goes through, if any.
    ///
    /// ```
    /// use wharf_transport_hyper::Proxies;
    ///
    /// let proxies = Proxies::all("proxy.example".parse()?).with_bypass("corp.example")?;
    /// assert!(proxies.of(&http::Uri::from_static("https://registry.example/v2/")).is_some());
    /// assert!(proxies.of(&http::Uri::from_static("https://registry.corp.example/v2/")).is_none());
    /// # Ok::<_, wharf_transport_hyper::ProxyError>(())
    /// ```
    #[must_use]
    pub fn of(&self, uri: &Uri) -> Option<&Proxy> {
        let proxy = if uri.scheme_str() == Some("http") { &self.http } else { &self.https };
        proxy.as_ref().filter(|_| !self.bypass.covers(uri))
    }
}

fn split(rules: &str) -> impl Iterator<Item = &str> {
    rules.split([',', ' ', '\t', '\n']).filter(|rule| !rule.is_empty())
}

fn parse(variable: &'static str, value: OsString) -> Result<Proxy, VariableError> {
    let value = value.into_string().map_err(|_| ProxyError::Malformed);
    value.and_then(|value| value.parse()).map_err(|source| VariableError { variable, source })
}

/// A variable of the environment that should hold the address of a proxy, and does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VariableError {
    variable: &'static str,
    source: ProxyError,
}

impl VariableError {
    /// The name of the variable.
    #[must_use]
    pub const fn variable(&self) -> &'static str {
        self.variable
    }
}

impl fmt::Display for VariableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot be used", self.variable)
    }
}

impl Error for VariableError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}
