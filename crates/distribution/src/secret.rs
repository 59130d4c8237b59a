use std::fmt;

/// A password or a token. It has no `Display` and no serialisation, and its `Debug` shows nothing.
///
/// ```
/// use wharf_distribution::Secret;
///
/// let secret = Secret::new("hunter2");
/// assert_eq!(format!("{secret:?}"), "Secret(..)");
/// assert_eq!(secret.reveal(), "hunter2");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// Hides a text.
    ///
    /// ```
    /// # use wharf_distribution::Secret;
    /// let secret = Secret::new(String::from("hunter2"));
    /// assert!(!format!("{secret:?}").contains("hunter2"));
    /// ```
    #[must_use]
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The text, to be sent to whom it is meant for and to nobody else.
    ///
    /// ```
    /// # use wharf_distribution::Secret;
    /// assert_eq!(Secret::new("hunter2").reveal(), "hunter2");
    /// ```
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
