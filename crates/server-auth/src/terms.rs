use wharf_server::distribution::Challenge;

/// What a registry and its token service agree on: where tokens are to be had, whom they are for, and who makes them.
///
/// ```
/// use wharf_server_auth::Terms;
///
/// let terms = Terms::new("https://auth.example.com/token", "registry.example.com").unwrap();
/// assert_eq!((terms.issuer(), terms.service()), ("https://auth.example.com/token", "registry.example.com"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    challenge: Challenge,
    realm: Box<str>,
    service: Box<str>,
    issuer: Box<str>,
}

impl Terms {
    /// Tokens are asked for at the URL `realm`, for `service`, which is how the registry names itself. A path alone
    /// stands for one of the registry's own host, for clients that take that (not all do). Who makes the tokens is
    /// called as the realm is, unless said. Nothing when the two are not printable ASCII, or one is empty.
    #[must_use]
    pub fn new(realm: &str, service: &str) -> Option<Self> {
        let challenge = Challenge::bearer(realm)?.with("service", service)?;
        let said = !realm.is_empty() && !service.is_empty();
        said.then(|| Self { challenge, realm: realm.into(), service: service.into(), issuer: realm.into() })
    }

    /// The same with another name for who makes the tokens.
    #[must_use]
    pub fn with_issuer(mut self, issuer: &str) -> Self {
        self.issuer = issuer.into();
        self
    }

    /// Where tokens are to be had.
    #[must_use]
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// Whom the tokens are for: their `aud`.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// Who makes them: their `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// How a token is asked for, whatever it is to allow.
    pub(crate) fn challenge(&self) -> Challenge {
        self.challenge.clone()
    }
}
