use crate::Secret;

/// Who asks for a token, and how that is said.
///
/// ```
/// use wharf_distribution::{Grant, Secret};
///
/// assert!(!Grant::Anonymous.is_form());
/// assert!(Grant::RefreshToken(Secret::new("x")).is_form());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Grant {
    /// Nobody in particular, with a `GET`.
    Anonymous,
    /// Somebody with a password, in the header of a `GET`.
    Basic {
        /// The user's name, which has no colon.
        username: Box<str>,
        /// The password.
        password: Secret,
    },
    /// Somebody with a password, in a form (`grant_type=password`). Many services take no forms.
    Password {
        /// The user's name.
        username: Box<str>,
        /// The password.
        password: Secret,
    },
    /// Somebody with a refresh token, in a form (`grant_type=refresh_token`).
    RefreshToken(Secret),
}

impl Grant {
    /// Whether it is said in a form that is posted.
    ///
    /// ```
    /// # use wharf_distribution::{Grant, Secret};
    /// assert!(!Grant::Basic { username: "u".into(), password: Secret::new("p") }.is_form());
    /// ```
    #[must_use]
    pub const fn is_form(&self) -> bool {
        matches!(self, Self::Password { .. } | Self::RefreshToken(_))
    }

    /// The `grant_type` of a form.
    pub(crate) const fn kind(&self) -> Option<&'static str> {
        match self {
            Self::Password { .. } => Some("password"),
            Self::RefreshToken(_) => Some("refresh_token"),
            Self::Anonymous | Self::Basic { .. } => None,
        }
    }

    /// What of a form is secret, or next to it.
    pub(crate) fn secrets(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Password { username, password } => vec![("username", username), ("password", password.reveal())],
            Self::RefreshToken(token) => vec![("refresh_token", token.reveal())],
            Self::Anonymous | Self::Basic { .. } => Vec::new(),
        }
    }
}
