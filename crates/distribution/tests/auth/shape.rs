//! What a registry and its token service look like on the wire.

use http::StatusCode;

/// A registry, as literal as the wire. In texts, `{scope}` stands for what the request needs, and `{token}` for a token.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) host: &'static str,
    pub(crate) home: &'static str,
    /// What it says to a request without authorization; a status below 400 lets everybody read.
    pub(crate) nobody: Said,
    /// What it says to a token that has expired or that it does not know.
    pub(crate) expired: Said,
    /// What it says to a token that is good and not enough.
    pub(crate) narrow: Said,
    /// What it says at its root.
    pub(crate) root: Said,
    /// The actions that it wants for reading, writing, deleting, and for its lists of tags.
    pub(crate) actions: [&'static str; 4],
    /// Whether it takes the password itself.
    pub(crate) takes_basic: bool,
    pub(crate) service: Service,
}

/// A status, and the lines of `WWW-Authenticate`.
#[derive(Clone, Copy)]
pub(crate) struct Said(pub(crate) u16, pub(crate) &'static [&'static str]);

#[derive(Clone, Copy)]
pub(crate) struct Service {
    /// Where it is.
    pub(crate) realm: &'static str,
    /// How it answers a form; nothing when it takes forms.
    pub(crate) forms: Option<u16>,
    /// How it answers somebody without credentials; nothing when it gives them tokens for reading.
    pub(crate) nobody: Option<u16>,
    /// The body with a token.
    pub(crate) body: &'static str,
    /// How long a token is really good, in seconds.
    pub(crate) lifetime: u64,
    /// A scope with one of these actions is refused with 400.
    pub(crate) refuses: &'static [&'static str],
}

impl Said {
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0).unwrap()
    }
}

/// A service that gives everybody tokens, in the form of the CNCF's, for five minutes.
pub(crate) const SERVICE: Service = Service {
    realm: "https://r.example/token",
    forms: None,
    nobody: None,
    body: r#"{"token":"{token}","access_token":"{token}","expires_in":300,"issued_at":"2018-07-27T15:59:03.973148921Z"}"#,
    lifetime: 300,
    refuses: &[],
};

/// The CNCF's registry.
pub(crate) const REGISTRY: Shape = Shape {
    host: "r.example",
    home: "https://r.example",
    nobody: Said(401, &[r#"Bearer realm="https://r.example/token",service="r",scope="{scope}""#]),
    expired: Said(
        401,
        &[r#"Bearer realm="https://r.example/token",service="r",scope="{scope}",error="invalid_token""#],
    ),
    narrow: Said(
        401,
        &[r#"Bearer realm="https://r.example/token",service="r",scope="{scope}",error="insufficient_scope""#],
    ),
    root: Said(401, &[r#"Bearer realm="https://r.example/token",service="r""#]),
    actions: ["pull", "pull,push", "delete", "pull"],
    takes_basic: false,
    service: SERVICE,
};
