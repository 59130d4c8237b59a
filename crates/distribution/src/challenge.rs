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

    /// Whether this is the scheme; case does not matter.
    #[must_use]
    pub fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// The value of a parameter; the case of its name does not matter.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

struct Scanner<'a> {
    rest: &'a str,
}

/// A quoted value without its closing quote.
struct Unterminated;

impl Scanner<'_> {
    /// The next token, past spaces and commas.
    fn word(&mut self) -> Option<String> {
        self.rest = self.rest.trim_start_matches([' ', '\t', ',']);
        let word = self.take(is_token);
        (!word.is_empty()).then_some(word)
    }

    /// The value of the token just read. Unquoted values may hold what tokens may not, such as the slashes of a URL.
    /// Without a value the token was a scheme.
    fn value(&mut self) -> Result<Option<String>, Unterminated> {
        let trimmed = self.rest.trim_start_matches([' ', '\t']);
        let Some(after) = trimmed.strip_prefix('=') else { return Ok(None) };
        self.rest = after.trim_start_matches([' ', '\t']);
        match self.rest.strip_prefix('"') {
            Some(quoted) => self.quoted(quoted).map(Some),
            None => Ok(Some(self.take(|letter| !matches!(letter, ',' | ' ' | '\t' | '"')))),
        }
    }

    /// Past the data that some schemes have in place of parameters (`token68`), so that what follows is still read.
    fn skip_data(&mut self) {
        let data = self.rest.trim_start_matches([' ', '\t']);
        let rest = data.trim_start_matches(is_data).trim_start_matches('=').trim_start_matches([' ', '\t']);
        if rest.is_empty() || rest.starts_with(',') {
            self.rest = rest;
        }
    }

    fn quoted(&mut self, text: &str) -> Result<String, Unterminated> {
        let mut value = String::new();
        let mut letters = text.char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => {
                    let end = self.rest.len() - text.len() + at + 1;
                    self.rest = self.rest.get(end..).unwrap_or_default();
                    return Ok(value);
                }
                '\\' => value.extend(letters.next().map(|(_, escaped)| escaped)),
                letter => value.push(letter),
            }
        }
        Err(Unterminated)
    }

    fn take(&mut self, of: impl Fn(char) -> bool) -> String {
        let end = self.rest.find(|letter| !of(letter)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken.to_owned()
    }
}

/// RFC 9110, section 5.6.2.
fn is_token(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter)
}

/// RFC 9110, section 11.2.
fn is_data(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-._~+/".contains(letter)
}
