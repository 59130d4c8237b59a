use http::StatusCode;
use wharf_spec::ErrorCode;

use crate::Challenge;

/// What an answer of the registry says of who is asking.
///
/// ```
/// use http::StatusCode;
/// use wharf_distribution::Challenge;
/// use wharf_distribution::auth::Reply;
///
/// let challenges = Challenge::parse(r#"Bearer realm="https://auth.example.com/token""#);
/// let reply = Reply::new(StatusCode::UNAUTHORIZED).with_challenges(challenges);
/// ```
#[derive(Clone, Debug)]
pub struct Reply {
    status: StatusCode,
    challenges: Vec<Challenge>,
    reason: Option<ErrorCode>,
    is_elsewhere: bool,
}

impl Reply {
    /// An answer of the registry itself, on a way that did not leave it.
    ///
    /// ```
    /// # use http::StatusCode;
    /// # use wharf_distribution::auth::Reply;
    /// let reply = Reply::new(StatusCode::FORBIDDEN);
    /// ```
    #[must_use]
    pub const fn new(status: StatusCode) -> Self {
        Self { status, challenges: Vec::new(), reason: None, is_elsewhere: false }
    }

    /// An answer of another origin than the registry's, or after a redirect by way of one. It is the registry's answer
    /// to nothing: what it says is not obeyed, and what was sent is not doubted.
    ///
    /// ```
    /// # use http::StatusCode;
    /// # use wharf_distribution::auth::Reply;
    /// let reply = Reply::elsewhere(StatusCode::UNAUTHORIZED);
    /// ```
    #[must_use]
    pub const fn elsewhere(status: StatusCode) -> Self {
        Self { status, challenges: Vec::new(), reason: None, is_elsewhere: true }
    }

    /// The same with what the headers offer (`WWW-Authenticate`).
    #[must_use]
    pub fn with_challenges(mut self, challenges: impl IntoIterator<Item = Challenge>) -> Self {
        self.challenges = challenges.into_iter().collect();
        self
    }

    /// The same with the first code of the body, if there is one. Only some answers need it:
    /// [`Sending::needs_reason`](super::Sending::needs_reason).
    #[must_use]
    pub fn with_reason(mut self, reason: Option<ErrorCode>) -> Self {
        self.reason = reason;
        self
    }

    pub(super) fn status(&self) -> StatusCode {
        if self.is_elsewhere { StatusCode::OK } else { self.status }
    }

    pub(super) fn challenges(&self) -> &[Challenge] {
        if self.is_elsewhere { &[] } else { &self.challenges }
    }

    /// Whether the reason given is not about who is asking.
    pub(super) fn is_about_content(&self) -> bool {
        self.reason.as_ref().is_some_and(|reason| !PERSONAL.contains(reason))
    }
}

/// The codes that can be meant for who is asking.
const PERSONAL: [ErrorCode; 3] = [ErrorCode::UNAUTHORIZED, ErrorCode::DENIED, ErrorCode::UNKNOWN];
