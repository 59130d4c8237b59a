use std::fmt;

use crate::ScopeSet;

mod scanner;

use scanner::{Scanner, is_token};

/// One way to authenticate that a registry offers (RFC 9110, section 11.6.1).
///
/// ```
/// use wharf_distribution::Challenge;
///
/// let header = r#"Bearer realm="https://auth.example.com/token",service=registry, BASIC realm="a \"b\"""#;
/// let challenges = Challenge::parse(header);
/// assert_eq!(challenges[0].parameter("Service"), Some("registry"));
/// assert!(challenges[1].is("basic"));
/// assert_eq!(challenges[1].parameter("realm"), Some(r#"a "b""#));
/// assert_eq!(challenges[1].to_string(), r#"BASIC realm="a \"b\"""#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    scheme: String,
    parameters: Vec<(String, String)>,
}

/// Longer headers are not read: no challenge of a real registry comes near.
const MAX_HEADER: usize = 8 * 1024;
const MAX_PARAMETERS: usize = 64;

impl Challenge {
    /// Reads the value of a `WWW-Authenticate` header, which may hold several challenges. What cannot be read ends the
    /// list; what was read before it counts.
    ///
    /// ```
    /// # use wharf_distribution::Challenge;
    /// assert_eq!(Challenge::parse("Negotiate, Basic realm=x").len(), 2);
    /// ```
    #[must_use]
    pub fn parse(header: &str) -> Vec<Self> {
        let mut scanner = Scanner { rest: if header.len() > MAX_HEADER { "" } else { header } };
        let mut challenges: Vec<Self> = Vec::new();
        while let Some(word) = scanner.word() {
            match (scanner.value(), challenges.last_mut()) {
                (Ok(None), _) => {
                    scanner.skip_data();
                    challenges.push(Self { scheme: word, parameters: Vec::new() });
                }
                (Ok(Some(value)), Some(challenge)) if challenge.parameters.len() < MAX_PARAMETERS => {
                    challenge.parameters.push((word, value));
                }
                _ => break,
            }
        }
        challenges
    }

    /// A challenge of a scheme, without parameters; nothing when the name cannot be that of a scheme.
    ///
    /// ```
    /// # use wharf_distribution::Challenge;
    /// assert_eq!(Challenge::new("Negotiate").unwrap().to_string(), "Negotiate");
    /// assert_eq!(Challenge::new("Not a scheme"), None);
    /// ```
    #[must_use]
    pub fn new(scheme: &str) -> Option<Self> {
        is_name(scheme).then(|| Self { scheme: scheme.into(), parameters: Vec::new() })
    }

    /// A wish for a token that is to be got at `realm`, which is a URL.
    ///
    /// ```
    /// # use wharf_distribution::Challenge;
    /// let challenge = Challenge::bearer("https://auth.example.com/token").unwrap().with("service", "registry").unwrap();
    /// assert_eq!(challenge.to_string(), r#"Bearer realm="https://auth.example.com/token",service="registry""#);
    /// ```
    #[must_use]
    pub fn bearer(realm: &str) -> Option<Self> {
        Self::new("Bearer")?.with("realm", realm)
    }

    /// A wish for a user name and a password.
    ///
    /// ```
    /// # use wharf_distribution::Challenge;
    /// assert_eq!(Challenge::basic("registry").unwrap().to_string(), r#"Basic realm="registry""#);
    /// ```
    #[must_use]
    pub fn basic(realm: &str) -> Option<Self> {
        Self::new("Basic")?.with("realm", realm)
    }

    /// The same with one more parameter, after the others. Nothing when that would not be read as it was meant: when the
    /// name is none, is there already, or the value is not printable ASCII, and when a header would not hold it all.
    ///
    /// ```
    /// # use wharf_distribution::Challenge;
    /// let challenge = Challenge::basic("x").unwrap();
    /// assert_eq!(challenge.clone().with("charset", "UTF-8").unwrap().parameter("charset"), Some("UTF-8"));
    /// assert_eq!(challenge.clone().with("Realm", "y"), None);
    /// assert_eq!(challenge.with("charset", "a\r\nSet-Cookie: b"), None);
    /// ```
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Option<Self> {
        let is_new = is_name(name) && self.parameter(name).is_none();
        let is_text = value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        self.parameters.push((name.into(), value.into()));
        let fits = self.parameters.len() <= MAX_PARAMETERS && self.to_string().len() <= MAX_HEADER;
        (is_new && is_text && fits).then_some(self)
    }

    /// Whether this is the scheme; case does not matter.
    ///
    /// ```
    /// # use wharf_distribution::Challenge;
    /// assert!(Challenge::parse("BASIC realm=x")[0].is("basic"));
    /// ```
    #[must_use]
    pub fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// The value of a parameter; the case of its name does not matter.
    ///
    /// ```
    /// # use wharf_distribution::Challenge;
    /// assert_eq!(Challenge::parse("Basic realm=x")[0].parameter("Realm"), Some("x"));
    /// ```
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The scopes that it names; of a text that is none, nothing.
    ///
    /// ```
    /// # use wharf_distribution::{Challenge, ScopeSet};
    /// let challenge = &Challenge::parse(r#"Bearer realm="x",scope="repository:a:pull aws""#)[0];
    /// assert_eq!(challenge.scopes(), ScopeSet::parse("repository:a:pull"));
    /// ```
    #[must_use]
    pub fn scopes(&self) -> ScopeSet {
        ScopeSet::parse(self.parameter("scope").unwrap_or_default())
    }
}

/// As it stands in a header; several are separated by commas. What was read is written as something that reads the same.
impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.scheme)?;
        for (at, (name, value)) in self.parameters.iter().enumerate() {
            write!(f, "{}{name}=\"{}\"", if at == 0 { " " } else { "," }, escaped(value))?;
        }
        Ok(())
    }
}

/// With quoted pairs (RFC 9110, section 5.6.4).
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"")
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_token)
}
